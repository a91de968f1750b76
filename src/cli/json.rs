//! The JSON that other programs rely on: names and shapes are part of the interface.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::core::etiquette::Window;
use crate::core::followup::Kind;
use crate::core::tone::{Remark, Severity};
use crate::ops::Situation;

/// `{"application": {...}}`
pub(super) fn one(situation: &Situation) -> Value {
    json!({ "application": application(situation) })
}

/// `{"applications": [...]}`
pub(super) fn many(situations: &[Situation]) -> Value {
    // Not by the macro, which would copy all that is in it.
    let applications = situations.iter().map(application).collect();
    Value::Object([("applications".to_owned(), applications)].into_iter().collect())
}

/// One application with its newest follow-up that has come due, or the planned one.
pub(super) fn application(situation: &Situation) -> Value {
    let facts = &situation.case.application;
    let followup = situation.followup();
    let due = situation.due();
    let draft = followup.and_then(|followup| followup.phase.draft());
    let window: Option<Window> = followup.map(|it| it.window).or(due.map(|due| due.window));
    let rule = followup.map(|it| it.rule).or(due.map(|due| due.rule));
    let kind = kind(followup.map(|it| it.kind).or(due.map(|due| due.kind)).unwrap_or(Kind::Letter));
    let whom = facts.recipient().unwrap_or(&facts.contact);
    let (zone, there) = (&situation.zone, &situation.recipient);
    json!({
        "id": facts.id,
        "company": facts.company,
        "position": facts.position,
        "contact": { "name": whom.name, "email": whom.email },
        "recipient": {
            "country": there.country,
            "region": there.region,
            "country_by": there.country_by.word(),
            "timezone": zone.iana_name(),
            "timezone_by": there.zone_by.word(),
        },
        "thread": facts.thread.as_ref().map(|thread| json!({ "references": thread.references, "subject": thread.subject })),
        "status": if facts.closed { "closed" } else { "open" },
        "outcome": facts.answer.map(|answer| answer.word()),
        "rule": rule.map(|rule| rule.name()),
        "phase": followup.map_or("planned", |it| it.phase.word()),
        "opens": window.map(|window| rfc3339(window.opens, zone)),
        "closes": window.map(|window| rfc3339(window.closes, zone)),
        "late": followup.is_some_and(|it| it.late),
        "kind": rule.map(|_| kind),
        "subject": draft.map(|draft| &draft.text.subject),
        "body": draft.map(|draft| &draft.text.body),
        "digest": draft.map(|draft| draft.digest.to_string()),
        "remarks": situation.remarks.iter().map(remark).collect::<Vec<_>>(),
        "next": situation.coming.map(|coming| json!({ "what": coming.what.word(), "at": rfc3339(coming.at, zone) })),
        "held": situation.held,
    })
}

/// The word for a letter, or a call.
pub(super) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Letter => "email",
        Kind::Call => "call",
    }
}

fn remark(remark: &Remark) -> Value {
    let severity = match remark.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    json!({ "severity": severity, "rule": remark.rule, "text": remark.text, "reason": remark.reason })
}

/// RFC 3339 with the offset of `zone`.
pub(super) fn rfc3339(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

//! `why`: the arithmetic of the step that is on its way or comes next, as a person would do it with a wall calendar.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::failure::{Failure, Kind};
use super::look::One;
use super::sentence::whom_to_call;
use super::{Context, Report, json as shapes, render};
use crate::core::course::{Course, LetGo, last_letter};
use crate::core::etiquette::{Anchor, ClosingCount, CountedDay, CountsFrom, Due, Offset, Rule};
use crate::core::followup::{self, FollowUp, Phase};
use crate::ops::{Desk, Situation};

const LET_GO_REASON: &str = "nothing was answered, and more letters would not help";
const LET_GO_SOURCE: &str = "this program's own custom; as long as between two letters";

/// The arithmetic of the window, as with a wall calendar.
pub(super) fn why(context: &Context, one: &One) -> Result<Report, Failure> {
    context.at_desk(|desk| {
        let id = desk.find(&one.id)?;
        let situation = desk.look(id)?;
        let application = &situation.case.application;
        let is_over = application.closed || application.answer.is_some();
        let mut text = match &situation.course {
            _ if is_over => {
                format!("{}\n\n{}\n", render::title(application), in_order(events(&situation), desk.today()))
            }
            Course::Step(due) => step(due, &situation, desk),
            Course::AtItsEnd(end) => letting_go(end, &situation, desk),
            Course::NoStep | Course::NoInterview => return Err(nothing_to_count(&situation)),
        };
        if let Some(answer) = application.answer {
            text += &format!("They have answered: {}. Nothing further is planned.\n", answer.word());
        } else if application.closed {
            text += "It is closed. Nothing further is planned.\n";
        }
        let cautions = desk.cautions(&situation)?;
        text += &cautions.iter().map(|it| format!("Mind: {}.\n", it.text)).collect::<String>();
        text += &(render::next_sentence(&situation, desk.now) + "\n");
        if let Some(held) = &situation.held {
            text += &format!("Held: {held}\n");
        }
        text += &match situation.coming {
            _ if is_over => format!("Change it: followup reopen {id}\n"),
            Some(_) if situation.due().is_some_and(|due| due.rule != Rule::ThankYou) => {
                format!("Change it: followup promise {id} DATE · followup snooze {id} 3d\n")
            }
            _ => format!("Change it: followup promise {id} DATE · followup interview {id} --on DATE\n"),
        };
        let mut json = shapes::one(&situation);
        let cautions = cautions.iter().map(|it| json!({ "rule": it.rule, "text": it.text }));
        json["cautions"] = cautions.collect();
        json["why"] = match &situation.course {
            _ if is_over => Value::Null,
            Course::Step(due) => arithmetic(due, &situation, desk),
            Course::AtItsEnd(end) => end_in_json(end, &situation),
            Course::NoStep | Course::NoInterview => Value::Null,
        };
        Ok(Report::new(text, json))
    })
}

fn nothing_to_count(situation: &Situation) -> Failure {
    let id = situation.case.application.id;
    match &situation.held {
        Some(held) => Failure::new(Kind::NotFound, format!("application {id} is held: {held}"))
            .hint(format!("correct it: followup set {id} --help")),
        None => {
            let message = format!("application {id} has no interview yet, so that there is nothing to count from");
            Failure::new(Kind::NotFound, message).hint(format!("followup interview {id} --on DATE"))
        }
    }
}

/// The step with its window, the count day by day, the rule and where that comes from.
fn step(due: &Due, situation: &Situation, desk: &Desk) -> String {
    let (application, zone) = (&situation.case.application, &situation.zone);
    let whom = match due.kind {
        followup::Kind::Letter => render::whom(application),
        followup::Kind::Call => whom_to_call(application, situation.recipient.country.as_deref()),
    };
    let noun = if due.kind == followup::Kind::Call { "call" } else { due.rule.noun() };
    let mut text = format!(
        "{}: {noun} to {whom}\n{} - {}\n\n",
        render::title(application),
        due.window.opens.to_zoned(zone.clone()).strftime("%a %-d %b %H:%M"),
        render::exact(due.window.closes, zone),
    );
    let mut rows = events(situation);
    let is_quiet = due.opens_on != due.counted_to;
    let is_moved = |date| is_quiet && date == due.counted_to;
    for CountedDay { date, count, free } in desk.etiquette.count_days(application, due) {
        let count = count.map_or(" -".to_owned(), |count| format!("{count:>2}"));
        let opens = match date {
            date if date == due.opens_on => "   opens",
            date if is_moved(date) => "late December is a quiet time: a week later",
            _ => "",
        };
        let next = if count == " -" && !is_moved(date) { "the next business day" } else { "" };
        let note = free.as_deref().unwrap_or(next);
        rows.push((date, format!("{count}  {note}{opens}")));
    }
    if is_quiet {
        rows.push((due.opens_on, "    opens".to_owned()));
    }
    let close = desk.etiquette.count_to_close(application, due);
    let closes = format!("closes: {}", in_words(&close, due));
    rows.extend(close.skipped.into_iter().map(|(date, name)| (date, format!(" -  {name}"))));
    rows.push((due.closes_on, closes));
    if due.late_closes_on != due.closes_on {
        rows.push((due.late_closes_on, "given up, if it was still not sent by then".to_owned()));
    }
    text += &in_order(rows, desk.today());
    let there = &situation.recipient;
    text += &format!("\nRule {}: {}.\nSource: {}.\n", due.rule.name(), due.rule.reason(), due.rule.source());
    text += &format!("Country: {}. Time: {}.\n", there.country_in_words(), there.zone_in_words());
    let gap = desk.etiquette.gap_in_calendar(application, due);
    text + &gap.map_or_else(String::new, |gap| format!("Mind: {gap}.\n"))
}

/// How the end of the window comes about.
fn in_words(close: &ClosingCount, due: &Due) -> String {
    if close.is_after_opening {
        return "a business day after it opens".to_owned();
    }
    let week = if close.is_a_week_later { " and a week" } else { "" };
    let put_off = if close.is_put_off { ", on to a business day" } else { "" };
    format!("{}{week} after {}{put_off}", due.closes_after, named(due.counted_from, due))
}

/// When it is time to ask whether to let go, and from what that counts.
fn letting_go(end: &LetGo, situation: &Situation, desk: &Desk) -> String {
    let days = Offset::BusinessDays(end.business_days);
    let what = if end.business_days == 1 { "the end of the last step" } else { "the last that happened" };
    let mut rows = events(situation);
    rows.push((end.on, format!("let go? {days} after {what}, {}", end.counted_from.strftime("%-d %b"))));
    let title = render::title(&situation.case.application);
    let rows = in_order(rows, desk.today());
    format!("{title}\n\n{rows}\nRule let-go: {LET_GO_REASON}.\nSource: {LET_GO_SOURCE}.\n")
}

/// The same for other programs.
fn end_in_json(end: &LetGo, situation: &Situation) -> Value {
    json!({
        "rule": "let-go",
        "reason": LET_GO_REASON,
        "source": LET_GO_SOURCE,
        "counts_from": { "what": "last-event", "date": end.counted_from.to_string() },
        "opens_after": Offset::BusinessDays(end.business_days).to_string(),
        "opens_on": end.on.to_string(),
        "opens": shapes::rfc3339(end.close_at, &situation.zone),
    })
}

/// What has been, and what they promised: interview, promise, letters and calls.
fn events(situation: &Situation) -> Vec<(Date, String)> {
    let case = &situation.case;
    let Some(interview) = case.application.latest_interview() else { return Vec::new() };
    let mut events = vec![(interview.held_on, "interview".to_owned())];
    events.extend(interview.promised_on.map(|date| (date, "the answer they promised".to_owned())));
    let anchor = Anchor::of(&interview);
    let done = |it: &&FollowUp| matches!(it.phase, Phase::Sent { .. }) && it.anchor.is_same_interview(&anchor);
    for it in case.followups.iter().filter(done) {
        let what = match it.kind {
            followup::Kind::Letter => format!("your {}", it.rule.noun()),
            followup::Kind::Call => "your call".to_owned(),
        };
        events.extend(it.phase.ended_at().map(|at| (at.to_zoned(situation.zone.clone()).date(), what)));
    }
    events
}

/// A line for each, as on a wall calendar; with the year, where a day without it would be taken for another.
fn in_order(mut rows: Vec<(Date, String)>, today: Date) -> String {
    /// Days from today at which a day and its month are not enough.
    const FAR: i32 = 300;
    rows.sort_by_key(|(date, _)| *date);
    let is_far = rows.iter().any(|(date, _)| (*date - today).get_days().abs() > FAR);
    let shown =
        |date| render::column_date(date) + &if is_far { date.strftime(" %Y").to_string() } else { String::new() };
    rows.into_iter().map(|(date, note)| format!("  {}   {note}", shown(date)).trim_end().to_owned() + "\n").collect()
}

/// The day from which the step counts, by what it is.
fn named(date: Date, due: &Due) -> String {
    let what = match due.rule.counts_from() {
        CountsFrom::Interview => "the interview",
        CountsFrom::Promise => "the promised day",
        CountsFrom::LastLetter => "your last letter",
    };
    format!("{what}, {}", date.strftime("%-d %b"))
}

/// The same for other programs.
fn arithmetic(due: &Due, situation: &Situation, desk: &Desk) -> Value {
    let application = &situation.case.application;
    let day = |CountedDay { date, count, free }| json!({ "date": date.to_string(), "count": count, "free": free });
    let days: Vec<Value> = desk.etiquette.count_days(application, due).into_iter().map(day).collect();
    let close = desk.etiquette.count_to_close(application, due);
    let closes = in_words(&close, due);
    let skipped: Vec<Value> =
        close.skipped.into_iter().map(|(date, name)| json!({ "date": date.to_string(), "free": name })).collect();
    let from = match due.rule.counts_from() {
        CountsFrom::Interview => "interview",
        CountsFrom::Promise => "promise",
        CountsFrom::LastLetter => "last-letter",
    };
    let counts_days = |offset| if matches!(offset, Offset::Days(_)) { "days" } else { "business days" };
    let last = last_letter(&situation.case, &due.anchor).and_then(|it| it.phase.ended_at());
    json!({
        "rule": due.rule.name(),
        "kind": shapes::kind(due.kind),
        "reason": due.rule.reason(),
        "source": due.rule.source(),
        "counts_from": { "what": from, "date": due.counted_from.to_string() },
        "last_letter": last.map(|at| shapes::rfc3339(at, &situation.zone)),
        "opens_after": due.opens_after.to_string(),
        "closes_after": due.closes_after.to_string(),
        "counted_in": counts_days(due.opens_after),
        "days": days,
        "opens_on": due.opens_on.to_string(),
        "closes_on": due.closes_on.to_string(),
        "late_until": (due.late_closes_on != due.closes_on).then(|| due.late_closes_on.to_string()),
        "closes_in_words": closes,
        "holidays_before_close": skipped,
        "gap_in_calendar": desk.etiquette.gap_in_calendar(application, due),
        "opens": shapes::rfc3339(due.window.opens, &situation.zone),
        "closes": shapes::rfc3339(due.window.closes, &situation.zone),
    })
}

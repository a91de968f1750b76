//! `followups`: each row is a [`FollowUp`], and each [`Phase`] a set of columns.

use jiff::Timestamp;
use rusqlite::{Row, named_params};

use super::journal::instant;
use super::{StoreError, Tables};
use crate::core::application::Answer;
use crate::core::etiquette::{Anchor, Rule, Window};
use crate::core::followup::{Approval, CancelReason, Claim, Draft, FollowUp, Kind, Phase, Recipient, Told, Tries};
use crate::core::letter::Text;

impl Tables<'_> {
    /// All follow-ups of an application, oldest first.
    pub fn followups(&self, application: i64) -> Result<Vec<FollowUp>, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT * FROM followups WHERE application_id = ? ORDER BY id")?;
        let mut rows = statement.query([application])?;
        let mut followups = Vec::new();
        while let Some(row) = rows.next()? {
            followups.push(from_row(row)?);
        }
        Ok(followups)
    }

    /// Adds a follow-up, planned or done; gives its id.
    pub(super) fn insert_followup(&self, followup: &FollowUp) -> Result<i64, StoreError> {
        let sql = "INSERT INTO followups (application_id, kind, rule, anchor_interview, anchor_held_on, opens, closes, \
                   phase) VALUES (:application, 'email', '', 0, '', 0, 0, :phase)";
        let (application, phase) = (followup.application, followup.phase.word());
        self.connection.prepare_cached(sql)?.execute(named_params! {":application": application, ":phase": phase})?;
        let id = self.connection.last_insert_rowid();
        self.update_followup(&FollowUp { id, ..followup.clone() })?;
        Ok(id)
    }

    /// Writes every column of the follow-up's row.
    pub(super) fn update_followup(&self, followup: &FollowUp) -> Result<(), StoreError> {
        let Columns { not_before, draft, kept, approval, tries, claim, stop, ended_at, ended_by } =
            Columns::of(&followup.phase);
        let text = draft.map(|draft| &draft.text).or(kept);
        let millisecond = |at: Timestamp| at.as_millisecond();
        let sql = "UPDATE followups SET kind = :kind, rule = :rule, anchor_interview = :interview, \
                   anchor_held_on = :held_on, anchor_promised_on = :promised_on, opens = :opens, closes = :closes, \
                   late = :late, phase = :phase, not_before = :not_before, recipient_name = :recipient_name, \
                   recipient_email = :recipient_email, recipient_phone = :recipient_phone, thread = :thread, subject = :subject, body = :body, edited = :edited, \
                   written_earlier = :written_earlier, digest = :digest, composed_digest = :composed, \
                   shown_digest = :shown, approved_digest = :approved, approved_at = :approved_at, tries = :tries, \
                   tried_at = :tried_at, tried_why = :tried_why, claimed_at = :claimed_at, attempt = :attempt, \
                   message_id = :message_id, stop_reason = :stop, ended_at = :ended_at, ended_by = :ended_by, \
                   told = :told, told_times = :told_times, told_ever = :told_ever, told_at = :told_at, tell_after = :tell_after WHERE id = :id";
        let last_try = tries.and_then(|tries| tries.last.as_ref());
        let sent_message_id = match &followup.phase {
            Phase::Sent { message_id, .. } => message_id.as_deref(),
            _ => claim.map(|claim| claim.message_id.as_str()),
        };
        self.connection.prepare_cached(sql)?.execute(named_params! {
            ":id": followup.id,
            ":kind": match followup.kind { Kind::Letter => "email", Kind::Call => "call" },
            ":rule": followup.rule.name(),
            ":interview": followup.anchor.interview,
            ":held_on": followup.anchor.held_on.to_string(),
            ":promised_on": followup.anchor.promised_on.map(|date| date.to_string()),
            ":opens": millisecond(followup.window.opens),
            ":closes": millisecond(followup.window.closes),
            ":late": followup.late,
            ":phase": followup.phase.word(),
            ":not_before": not_before.map(|date| date.to_string()),
            ":recipient_name": draft.and_then(|draft| draft.recipient.name.as_deref()),
            ":recipient_email": draft.map(|draft| &draft.recipient.email).filter(|email| !email.is_empty()),
            ":recipient_phone": draft.and_then(|draft| draft.recipient.phone.as_deref()),
            ":thread": draft.map_or_else(String::new, |draft| draft.references.join(" ")),
            ":subject": text.map(|text| &text.subject),
            ":body": text.map(|text| &text.body),
            ":edited": draft.is_some_and(|draft| draft.edited),
            ":written_earlier": draft.is_some_and(|draft| draft.written_earlier),
            ":digest": draft.map(|draft| draft.digest.to_string()),
            ":composed": draft.map(|draft| draft.composed.to_string()),
            ":shown": followup.shown.map(|digest| digest.to_string()),
            ":approved": approval.map(|approval| approval.digest.to_string()),
            ":approved_at": approval.map(|approval| millisecond(approval.at)),
            ":tries": tries.map_or(0, |tries| tries.count),
            ":tried_at": last_try.map(|(at, _)| millisecond(*at)),
            ":tried_why": last_try.map(|(_, why)| why),
            ":claimed_at": claim.map(|claim| millisecond(claim.at)),
            ":attempt": tries.map(|tries| tries.claims),
            ":message_id": sent_message_id,
            ":stop": stop.map(reason_word),
            ":ended_at": ended_at.map(millisecond),
            ":ended_by": ended_by,
            ":told": followup.told.news,
            ":told_times": followup.told.times,
            ":told_ever": followup.told.ever,
            ":told_at": followup.told.at.map(millisecond),
            ":tell_after": followup.told.after.map(millisecond),
        })?;
        Ok(())
    }
}

/// What a phase carries, by column.
#[derive(Default)]
struct Columns<'a> {
    not_before: Option<jiff::civil::Date>,
    draft: Option<&'a Draft>,
    kept: Option<&'a Text>,
    approval: Option<&'a Approval>,
    tries: Option<&'a Tries>,
    claim: Option<&'a Claim>,
    stop: Option<&'a CancelReason>,
    ended_at: Option<Timestamp>,
    ended_by: Option<&'a str>,
}

impl<'a> Columns<'a> {
    fn of(phase: &'a Phase) -> Self {
        let none = Self { draft: phase.draft(), ..Self::default() };
        match phase {
            Phase::Planned { not_before, kept } => Self { not_before: *not_before, kept: kept.as_ref(), ..none },
            Phase::Waiting { .. } => none,
            Phase::Approved { approval, tries, .. } => Self { approval: Some(approval), tries: Some(tries), ..none },
            Phase::Sending { approval, tries, claim, stop, .. } => {
                Self { approval: Some(approval), tries: Some(tries), claim: Some(claim), stop: stop.as_ref(), ..none }
            }
            Phase::Sent { at, by, .. } => Self { ended_at: Some(*at), ended_by: Some(by), ..none },
            Phase::Failed { at, reply, .. } => Self { ended_at: Some(*at), ended_by: Some(reply), ..none },
            Phase::Uncertain { approval, tries, claim, at, why, .. } => Self {
                approval: approval.as_ref(),
                tries: Some(tries),
                claim: Some(claim),
                ended_at: Some(*at),
                ended_by: Some(why),
                ..none
            },
            Phase::Cancelled { at, why, .. } => {
                let words = if let CancelReason::Rejected(why) = why { why.as_deref() } else { None };
                Self { stop: Some(why), ended_at: Some(*at), ended_by: words, ..none }
            }
        }
    }
}

fn reason_word(reason: &CancelReason) -> String {
    match reason {
        CancelReason::Rejected(_) => "rejected".to_owned(),
        CancelReason::Answered(answer) => format!("answered {}", answer.word()),
        CancelReason::Closed => "closed".to_owned(),
        CancelReason::Lapsed => "lapsed".to_owned(),
        CancelReason::NoRoom => "no room".to_owned(),
        CancelReason::Superseded => "superseded".to_owned(),
    }
}

fn reason_from(word: &str, why: Option<String>) -> Option<CancelReason> {
    match word {
        "rejected" => Some(CancelReason::Rejected(why)),
        "closed" => Some(CancelReason::Closed),
        "lapsed" => Some(CancelReason::Lapsed),
        "no room" => Some(CancelReason::NoRoom),
        "superseded" => Some(CancelReason::Superseded),
        _ => word.strip_prefix("answered ").and_then(Answer::from_word).map(CancelReason::Answered),
    }
}

fn from_row(row: &Row) -> Result<FollowUp, StoreError> {
    let kind: String = row.get("kind")?;
    Ok(FollowUp {
        id: row.get("id")?,
        application: row.get("application_id")?,
        kind: if kind == "call" { Kind::Call } else { Kind::Letter },
        rule: needed(row, "rule", Rule::from_name)?,
        anchor: Anchor {
            interview: row.get("anchor_interview")?,
            held_on: needed(row, "anchor_held_on", |text| text.parse().ok())?,
            promised_on: parsed(row, "anchor_promised_on", |text| text.parse().ok())?,
        },
        window: Window { opens: instant(row.get("opens")?)?, closes: instant(row.get("closes")?)? },
        late: row.get("late")?,
        phase: phase_from(row)?,
        shown: parsed(row, "shown_digest", |text| text.parse().ok())?,
        told: Told {
            news: row.get("told")?,
            times: row.get("told_times")?,
            ever: row.get("told_ever")?,
            at: row.get::<_, Option<i64>>("told_at")?.map(instant).transpose()?,
            after: row.get::<_, Option<i64>>("tell_after")?.map(instant).transpose()?,
        },
    })
}

fn phase_from(row: &Row) -> Result<Phase, StoreError> {
    let word: String = row.get("phase")?;
    let missing = || StoreError::Corrupt(format!("a follow-up that is {word} without all it needs"));
    let draft = || draft_from(row)?.ok_or_else(missing);
    let approval = || approval_from(row)?.ok_or_else(missing);
    let claim = || claim_from(row)?.ok_or_else(missing);
    let ended_at = || row.get::<_, Option<i64>>("ended_at")?.map(instant).transpose()?.ok_or_else(missing);
    let ended_by = || Ok::<_, StoreError>(row.get::<_, Option<String>>("ended_by")?.unwrap_or_default());
    let stop = || {
        let word: Option<String> = row.get("stop_reason")?;
        let why = row.get("ended_by")?;
        Ok::<_, StoreError>(word.and_then(|word| reason_from(&word, why)))
    };
    Ok(match word.as_str() {
        "planned" => {
            Phase::Planned { not_before: parsed(row, "not_before", |text| text.parse().ok())?, kept: text_from(row)? }
        }
        "waiting" => Phase::Waiting { draft: draft()? },
        "approved" => Phase::Approved { draft: draft()?, approval: approval()?, tries: tries_from(row)? },
        "sending" => Phase::Sending {
            draft: draft()?,
            approval: approval()?,
            tries: tries_from(row)?,
            claim: claim()?,
            stop: stop()?,
        },
        "sent" => Phase::Sent {
            draft: draft_from(row)?,
            at: ended_at()?,
            message_id: row.get("message_id")?,
            by: ended_by()?,
        },
        "failed" => Phase::Failed { draft: draft()?, at: ended_at()?, reply: ended_by()? },
        "uncertain" => Phase::Uncertain {
            draft: draft()?,
            approval: approval_from(row)?,
            tries: tries_from(row)?,
            claim: claim()?,
            at: ended_at()?,
            why: ended_by()?,
        },
        "cancelled" => Phase::Cancelled { draft: draft_from(row)?, at: ended_at()?, why: stop()?.ok_or_else(missing)? },
        other => return Err(StoreError::Corrupt(format!("a follow-up in the phase {other:?}"))),
    })
}

fn text_from(row: &Row) -> Result<Option<Text>, StoreError> {
    let subject: Option<String> = row.get("subject")?;
    let body: Option<String> = row.get("body")?;
    Ok(subject.zip(body).map(|(subject, body)| Text { subject, body }))
}

fn draft_from(row: &Row) -> Result<Option<Draft>, StoreError> {
    let digest = parsed(row, "digest", |text| text.parse().ok())?;
    let composed = parsed(row, "composed_digest", |text| text.parse().ok())?;
    let email: Option<String> = row.get("recipient_email")?;
    let phone: Option<String> = row.get("recipient_phone")?;
    let (Some(text), Some(digest), Some(composed)) = (text_from(row)?, digest, composed) else { return Ok(None) };
    if email.is_none() && phone.is_none() {
        return Ok(None);
    }
    let recipient = Recipient { name: row.get("recipient_name")?, email: email.unwrap_or_default(), phone };
    let (edited, written_earlier) = (row.get("edited")?, row.get("written_earlier")?);
    let thread: String = row.get("thread")?;
    let references = thread.split_whitespace().map(str::to_owned).collect();
    Ok(Some(Draft { text, recipient, references, digest, composed, edited, written_earlier }))
}

fn approval_from(row: &Row) -> Result<Option<Approval>, StoreError> {
    let digest = parsed(row, "approved_digest", |text| text.parse().ok())?;
    let at: Option<i64> = row.get("approved_at")?;
    digest.zip(at).map(|(digest, at)| Ok(Approval { digest, at: instant(at)? })).transpose()
}

fn tries_from(row: &Row) -> Result<Tries, StoreError> {
    let at: Option<i64> = row.get("tried_at")?;
    let why: Option<String> = row.get("tried_why")?;
    let last = at.zip(why).map(|(at, why)| Ok::<_, StoreError>((instant(at)?, why))).transpose()?;
    let claims: Option<u32> = row.get("attempt")?;
    Ok(Tries { claims: claims.unwrap_or(0), count: row.get("tries")?, last })
}

fn claim_from(row: &Row) -> Result<Option<Claim>, StoreError> {
    let at: Option<i64> = row.get("claimed_at")?;
    let attempt: Option<u32> = row.get("attempt")?;
    let message_id: Option<String> = row.get("message_id")?;
    let (Some(at), Some(attempt), Some(message_id)) = (at, attempt, message_id) else { return Ok(None) };
    Ok(Some(Claim { at: instant(at)?, attempt, message_id }))
}

/// A text column that may be missing, read by `parse`.
fn parsed<T>(row: &Row, column: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, StoreError> {
    let text: Option<String> = row.get(column)?;
    let Some(text) = text else { return Ok(None) };
    parse(&text).map(Some).ok_or_else(|| StoreError::Corrupt(format!("{column} = {text:?} in a follow-up")))
}

fn needed<T>(row: &Row, column: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, StoreError> {
    parsed(row, column, parse)?.ok_or_else(|| StoreError::Corrupt(format!("a follow-up without {column}")))
}

//! What people read: sentences and table cells, times in words and exact, the next command at the end.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::ask::wording;
use crate::core::application::Application;
use crate::core::followup::{CancelReason, Phase};
use crate::core::plan::{Coming, What};
use crate::ops::Situation;

pub(super) use wording::{exact, place};

/// Whom the letter goes to, by name where it is known.
pub(super) fn whom(application: &Application) -> String {
    let contact = application.recipient().unwrap_or(&application.contact);
    one_line(contact.name.as_ref().or(contact.email.as_ref()).unwrap_or(&application.company))
}

/// `text` in one line: another program may have written a line end into a company's name, and with it a line that
/// looks like one of ours.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect()
}

/// Whom its letter went to, or goes to: the contact may be another one by now.
pub(super) fn written_to(situation: &Situation) -> String {
    let phase = situation.followup().map(|followup| &followup.phase);
    let draft = match phase {
        Some(Phase::Sent { .. } | Phase::Sending { .. } | Phase::Uncertain { .. } | Phase::Failed { .. }) => {
            phase.and_then(Phase::draft)
        }
        _ => None,
    };
    // What is still to come goes to whoever is the contact then.
    match draft.filter(|_| situation.coming.is_none()) {
        Some(draft) => draft.recipient.name.clone().unwrap_or_else(|| draft.recipient.email.clone()),
        None => whom(&situation.case.application),
    }
}

/// Position and company.
pub(super) fn title(application: &Application) -> String {
    one_line(&format!("{} at {}", application.position, application.company))
}

/// The letter with its remarks; nothing where there is none.
pub(super) fn letter(situation: &Situation) -> String {
    let Some(draft) = situation.followup().and_then(|followup| followup.phase.draft()) else { return String::new() };
    wording::letter(draft) + &wording::remark_lines(&situation.remarks)
}

/// What comes next, as a sentence; `id` for the commands in it.
pub(super) fn next_sentence(situation: &Situation, now: Timestamp) -> String {
    let application = &situation.case.application;
    let (id, whom, zone) = (application.id, written_to(situation), &situation.zone);
    let phase = situation.followup().map(|followup| &followup.phase);
    match (phase, situation.coming) {
        (Some(Phase::Waiting { .. } | Phase::Approved { .. }), Some(Coming { what, at }))
            if what != What::Send && at <= now =>
        {
            format!(
                "The time of this letter to {whom} was over on {}. What can follow: followup draft {id}",
                exact(at, zone)
            )
        }
        (Some(Phase::Waiting { .. }), Some(Coming { at, .. })) => {
            format!("The letter to {whom} waits for your word until {}: followup approve {id}", until(at, now, zone))
        }
        (Some(Phase::Approved { tries, .. }), Some(Coming { what: What::Send, at })) => {
            let failed = tries
                .last
                .as_ref()
                .map_or_else(String::new, |(at, why)| format!(" It could not go on {}: {why}.", exact(*at, zone)));
            format!(
                "The letter to {whom} is approved and goes {}.{failed} Changed your mind: followup recall {id}",
                when(at, now, zone)
            )
        }
        (Some(Phase::Approved { .. }), Some(Coming { at, .. })) => format!(
            "The letter to {whom} is approved, but cannot go before its window closes, {}; you will be asked again.",
            until(at, now, zone)
        ),
        (Some(Phase::Waiting { .. } | Phase::Approved { .. }), None) if situation.held.is_some() => {
            format!("The letter to {whom} is held until this is corrected.")
        }
        (Some(Phase::Waiting { .. } | Phase::Approved { .. }), None) => {
            format!("Something in the letter to {whom} has changed; see it as it would go now: followup draft {id}")
        }
        (Some(Phase::Sending { .. }), _) => format!("The letter to {whom} has begun to be sent."),
        (Some(Phase::Uncertain { at, .. }), _) => format!(
            "Whether the letter to {whom} has arrived is not known, since {}. It is not sent again by itself. It arrived: followup resolve {id} --sent (or --not-sent)",
            exact(*at, zone)
        ),
        (Some(Phase::Failed { reply, .. }), _) => {
            let text = format!("The letter to {whom} was refused by their server: {reply}");
            match application.closed || application.answer.is_some() {
                true => text,
                false => text + &format!("\nThe right address: followup set {id} --contact 'NAME <MAIL>'"),
            }
        }
        (_, Some(Coming { what: What::Ask, at })) if at <= now => {
            format!(
                "A letter to {whom} is due; it is asked for as soon as the daemon looks, or with: followup draft {id}"
            )
        }
        (_, Some(Coming { what: What::Ask, at })) => {
            format!("A letter to {whom} will be ready for you {}.", when(at, now, zone))
        }
        (Some(Phase::Sent { at, .. }), _) => format!("The letter to {whom} was sent on {}.", exact(*at, zone)),
        (Some(Phase::Cancelled { why, at, .. }), _) => {
            format!("The letter to {whom} was cancelled on {}: {}.", exact(*at, zone), cancelled_because(why))
        }
        _ if application.closed => "It is closed.".to_owned(),
        _ if application.answer.is_some() => "They have answered.".to_owned(),
        _ if application.interviews.is_empty() => "It has no interview yet.".to_owned(),
        _ if situation.held.is_some() => "It cannot go on until this is corrected.".to_owned(),
        _ if application.recipient().is_none() => {
            let phones = [&application.contact.phone, &application.hr.phone];
            let phone = phones.into_iter().flatten().next().cloned().unwrap_or_default();
            format!("There is no address to write to. You may call: {phone}, and then followup called {id} OUTCOME")
        }
        _ => "The time for a letter is over; nothing more is planned.".to_owned(),
    }
}

fn cancelled_because(why: &CancelReason) -> String {
    match why {
        CancelReason::Rejected(Some(why)) => format!("you did not want it ({why})"),
        CancelReason::Rejected(None) => "you did not want it".to_owned(),
        CancelReason::Answered(answer) => format!("they answered ({})", answer.word()),
        CancelReason::Closed => "the application was closed".to_owned(),
        CancelReason::Lapsed => "its time was over before you decided".to_owned(),
        CancelReason::Superseded => "newer facts call for another letter".to_owned(),
    }
}

/// An instant in words and exact: `in 3 days, Tue 8 Dec 09:00 (Berlin)`.
pub(super) fn when(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let exact = exact(at, zone);
    match in_words(at.duration_since(now)) {
        words if words.is_empty() => format!("now ({exact})"),
        words => format!("{words}, {exact}"),
    }
}

/// The same, the exact time first: `Tue 8 Dec 09:00 (Berlin), in 3 days`.
fn until(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let exact = exact(at, zone);
    match in_words(at.duration_since(now)) {
        words if words.is_empty() => exact,
        words => format!("{exact}, {words}"),
    }
}

fn in_words(distance: SignedDuration) -> String {
    let some = |number: i64, unit: &str| {
        let plural = if number == 1 { "" } else { "s" };
        format!("in {number} {unit}{plural}")
    };
    match distance.as_secs() {
        ..=0 => String::new(),
        seconds @ 1..120 => some(seconds, "second"),
        seconds @ 120..7200 => some((seconds + 30) / 60, "minute"),
        seconds @ 7200..172_800 => some((seconds + 1800) / 3600, "hour"),
        seconds => some((seconds + 43_200) / 86_400, "day"),
    }
}

/// How long ago, such as `12 s ago`.
pub(super) fn ago(at: Timestamp, now: Timestamp) -> String {
    match now.duration_since(at).as_secs() {
        seconds @ ..120 => format!("{} s ago", seconds.max(0)),
        seconds @ 120..7200 => format!("{} min ago", seconds / 60),
        seconds @ 7200..172_800 => format!("{} h ago", seconds / 3600),
        seconds => format!("{} days ago", seconds / 86_400),
    }
}

/// `Tue  3 Nov`, for columns.
pub(super) fn column_date(date: Date) -> String {
    date.strftime("%a %e %b").to_string()
}

/// `text` cut to `width` columns, and padded to them.
pub(super) fn cell(text: &str, width: usize) -> String {
    let mut shown = text.to_owned();
    if text.width() > width {
        let mut used = 0;
        shown = text
            .chars()
            .take_while(|c| {
                used += c.width().unwrap_or(0);
                used < width
            })
            .collect();
        shown.push('…');
    }
    let missing = width.saturating_sub(shown.width());
    shown + &" ".repeat(missing)
}

//! What people read: names, table cells, times in words and exact. The sentence on what comes next is `sentence.rs`'s.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::ask::wording;
use crate::core::application::Application;
use crate::ops::Situation;

pub(super) use super::sentence::next_sentence;
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

/// Position and company.
pub(super) fn title(application: &Application) -> String {
    one_line(&format!("{} at {}", application.position, application.company))
}

/// The letter with its remarks; nothing where there is none.
pub(super) fn letter(situation: &Situation) -> String {
    let Some(draft) = situation.followup().and_then(|followup| followup.phase.draft()) else { return String::new() };
    wording::letter(draft) + &wording::remark_lines(&situation.remarks)
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
pub(super) fn until(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
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

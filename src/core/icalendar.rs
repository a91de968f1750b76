//! What calendar programs read: iCalendar (RFC 5545, with RFC 7986), as far as a list of windows, days and things to do
//! needs it.

use jiff::Timestamp;
use jiff::civil::Date;

use super::message::concealed;

/// The longest a line may be, in octets, without the line break. (RFC 5545, 3.1)
const LONGEST_LINE: usize = 75;

/// A calendar must have something in it (RFC 5545, 3.4): what stands in an empty one, which no program shows.
const NOTHING: [(&str, &str); 8] = [
    ("BEGIN", "VTIMEZONE"),
    ("TZID", "Etc/UTC"),
    ("BEGIN", "STANDARD"),
    ("DTSTART", "19700101T000000"),
    ("TZOFFSETFROM", "+0000"),
    ("TZOFFSETTO", "+0000"),
    ("END", "STANDARD"),
    ("END", "VTIMEZONE"),
];

/// One thing in a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is known by, whatever else of it changes: see [`uid`].
    pub uid: String,
    pub when: When,
    /// One line.
    pub summary: String,
    /// Lines end with a line feed.
    pub description: String,
}

/// What kind of thing it is, and its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// From an instant until just before another; the day is not blocked by it.
    Window { opens: Timestamp, closes: Timestamp },
    /// A whole day, wherever one is.
    Day(Date),
    /// To be done, from an instant until another.
    ToDo { from: Timestamp, until: Timestamp },
    /// To be done as soon as one can.
    Urgent,
}

/// The name of what `parts` name, in the database of that `installation`; a UUID of version 8 (RFC 9562), as RFC 7986, 5.3
/// wants it.
///
/// It follows from these alone, so that a program that reads it again finds what it had. Another database's is another
/// one, and neither the installation's text nor the machine can be known from it.
pub fn uid(installation: &str, parts: &[&str]) -> String {
    let digits = concealed(installation, &[&["calendar"], parts].concat().join(" "));
    // Version and variant take the place of a digit each.
    format!("{}-{}-8{}-8{}-{}", &digits[..8], &digits[8..12], &digits[12..15], &digits[15..18], &digits[18..30])
}

/// The calendar of `entries`, called `name`, as it is at `now`. Lines end with CRLF.
///
/// There is no SEQUENCE: of two states of one thing with the same number the one with the later DTSTAMP holds (RFC 5546,
/// 2.1.5), and that is `now`.
pub fn calendar(name: &str, entries: &[Entry], now: Timestamp) -> String {
    let mut text = String::new();
    let head = [("BEGIN", "VCALENDAR"), ("VERSION", "2.0"), ("PRODID", "-//followup//followup//EN")];
    let more = [("CALSCALE", "GREGORIAN"), ("METHOD", "PUBLISH")];
    for (property, value) in head.into_iter().chain(more) {
        line(&mut text, property, value);
    }
    // The second is what programs read that are older than the first.
    line(&mut text, "NAME", &escaped(name));
    line(&mut text, "X-WR-CALNAME", &escaped(name));
    for entry in entries {
        add(&mut text, entry, now);
    }
    for (property, value) in NOTHING.iter().filter(|_| entries.is_empty()) {
        line(&mut text, property, value);
    }
    line(&mut text, "END", "VCALENDAR");
    text
}

fn add(text: &mut String, entry: &Entry, now: Timestamp) {
    let component = if matches!(entry.when, When::Window { .. } | When::Day(_)) { "VEVENT" } else { "VTODO" };
    let mut line = |property: &str, value: &str| line(text, property, value);
    line("BEGIN", component);
    line("UID", &entry.uid);
    line("DTSTAMP", &utc(now));
    match entry.when {
        When::Window { opens, closes } => {
            line("DTSTART", &utc(opens));
            // What ends when it begins has no end of its own. (RFC 5545, 3.8.2.2)
            if closes > opens {
                line("DTEND", &utc(closes));
            }
        }
        // Without an end it takes the one day. (RFC 5545, 3.6.1)
        When::Day(date) => line("DTSTART;VALUE=DATE", &date.strftime("%Y%m%d").to_string()),
        When::ToDo { from, until } => {
            if until > from {
                line("DTSTART", &utc(from));
            }
            line("DUE", &utc(until));
        }
        When::Urgent => {}
    }
    line("SUMMARY", &escaped(&entry.summary));
    line("DESCRIPTION", &escaped(entry.description.trim_end()));
    line("CATEGORIES", "followup");
    // Nobody else is to read in a shared calendar who looks for work where.
    line("CLASS", "PRIVATE");
    match entry.when {
        When::Window { .. } | When::Day(_) => line("TRANSP", "TRANSPARENT"),
        When::ToDo { .. } | When::Urgent => {
            line("STATUS", "NEEDS-ACTION");
            // 1 is the highest, 5 in the middle. (RFC 5545, 3.8.1.9)
            line("PRIORITY", if entry.when == When::Urgent { "1" } else { "5" });
        }
    }
    line("END", component);
}

/// An instant in UTC: `20261116T140000Z`.
fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// `text` as a value of the type TEXT (RFC 5545, 3.3.11). What may not stand there, or what some programs take for the
/// end of a line, is shown to be missing.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => escaped.extend(['\\', c]),
            '\n' => escaped += "\\n",
            '\u{2028}' | '\u{2029}' => escaped.push('\u{FFFD}'),
            c if c.is_control() && c != '\t' => escaped.push('\u{FFFD}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Adds a line, folded between two characters where it is too long; not within an escape, though that is allowed: some
/// programs read line by line.
fn line(text: &mut String, property: &str, value: &str) {
    let (mut used, mut is_escape) = (0, false);
    for c in property.chars().chain([':']).chain(value.chars()) {
        is_escape = c == '\\' && !is_escape;
        if used + c.len_utf8() + usize::from(is_escape) > LONGEST_LINE {
            // The blank belongs to the fold.
            text.push_str("\r\n ");
            used = 1;
        }
        text.push(c);
        used += c.len_utf8();
    }
    text.push_str("\r\n");
}

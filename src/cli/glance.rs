//! Applications at a glance: a row each, and what to do next.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::page::Passage;
use super::render;
use super::status::Stuck;
use super::table::{Table, blanks};
use crate::core::etiquette::Etiquette;
use crate::core::plan::{Coming, What};
use crate::daemon::Pulse;
use crate::store::Line;

/// The company and the position are cut where there is no room, since what is left of them tells which application is
/// meant, and the place after a time; never the time.
const GIVE_WAY: [(usize, usize); 3] = [(1, 6), (2, 6), (4, "closes tomorrow 17:00".len())];

/// Rows of a list, as far as they have been added.
pub(super) struct Glances<'a> {
    table: Table,
    etiquette: &'a Etiquette,
    now: Timestamp,
    /// A person's applications are in a handful of zones.
    places: Vec<(Option<String>, Here)>,
    /// Columns of the longest number.
    number: usize,
    /// How urgent the most urgent one is, and its number.
    first: Option<(u8, i64)>,
    held: Vec<Stuck>,
}

impl<'a> Glances<'a> {
    /// None yet; their numbers are at most `last`.
    pub(super) fn new(last: i64, now: Timestamp, etiquette: &'a Etiquette) -> Self {
        Self {
            table: Table::new::<6>(&GIVE_WAY),
            etiquette,
            now,
            places: Vec::new(),
            number: last.to_string().len().max(3),
            first: None,
            held: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, line: &Line) {
        let zone = line.timezone.as_deref();
        let place = self.places.iter().position(|(name, _)| name.as_deref() == zone).unwrap_or_else(|| {
            self.places.push((zone.map(str::to_owned), Here::of(line, self.now, self.etiquette)));
            self.places.len() - 1
        });
        let glance = glance(line, &self.places[place].1);
        let id = line.id.to_string();
        self.table.push([
            &[glance.mark, " ", &blanks(self.number.saturating_sub(id.len())), &id],
            &[&line.company],
            &[&line.position],
            &[glance.word],
            &[&glance.what],
            &["followup ", glance.verb, " ", &id],
        ]);
        let this = Some((urgency(line), line.id));
        self.first = if self.first.is_none() { this } else { self.first.min(this) };
        self.held.extend(Stuck::held(line));
    }

    /// Whether none was added.
    pub(super) fn are_none(&self) -> bool {
        self.first.is_none()
    }

    /// Those that are held.
    pub(super) fn held(&mut self) -> Vec<Stuck> {
        std::mem::take(&mut self.held)
    }

    pub(super) fn rows(self) -> Passage {
        Passage::Rows(self.table)
    }

    /// What to do next, for the end of the list.
    pub(super) fn next_step(&self) -> String {
        match self.first {
            None => "Add an application: followup add --help\n".to_owned(),
            Some((1, id)) => format!("Read it: followup draft {id} · send it: followup approve {id}\n"),
            Some((_, id)) => format!("The whole story of one: followup show {id}\n"),
        }
    }
}

/// One application at a glance, for lists.
struct Glance {
    /// `!` needs the person, `>` waits for their word.
    mark: &'static str,
    word: &'static str,
    what: Cow<'static, str>,
    /// The command that does what is to be done, or that looks.
    verb: &'static str,
}

/// `line` as it is at `now` while `pulse` is so, where nobody has recorded that yet: a letter that nobody is sending
/// was interrupted, and one whose time ran out is given up as soon as somebody looks.
pub(super) fn as_seen<'a>(line: Line<'a>, now: Timestamp, pulse: &Pulse) -> Line<'a> {
    let is_over = line.coming.is_some_and(|coming| coming.what == What::Lapses && coming.at <= now);
    match line.phase {
        Some("sending") if !pulse.is_running() => Line { phase: Some("interrupted"), ..line },
        Some("waiting" | "approved") if is_over => Line { phase: Some("overdue"), ..line },
        _ => line,
    }
}

/// 0 needs the person most, 1 waits for their word.
pub(super) fn urgency(line: &Line) -> u8 {
    match line.phase {
        Some("uncertain" | "interrupted") => 0,
        _ if line.held.is_some() && !line.closed => 0,
        Some("failed") if !line.closed && !line.answered => 0,
        Some("waiting") => 1,
        Some("approved" | "sending") => 2,
        _ if line.coming.is_some() => 3,
        _ => 4,
    }
}

/// The present instant, and what day it is where a recipient is.
struct Here {
    now: Timestamp,
    zone: TimeZone,
    today: Date,
    /// The name of the place, where its clocks show another time than the person's do.
    elsewhere: Option<String>,
}

impl Here {
    /// Where the recipient of `line` is.
    fn of(line: &Line, now: Timestamp, etiquette: &Etiquette) -> Self {
        let own = line.timezone.as_deref().and_then(|name| TimeZone::get(name).ok());
        let zone = own.unwrap_or_else(|| etiquette.zone.clone());
        let there = zone.to_datetime(now);
        let elsewhere = (there != etiquette.zone.to_datetime(now)).then(|| render::place(&zone));
        Self { now, today: there.date(), zone, elsewhere }
    }
}

/// What a list says of `line`.
fn glance(line: &Line, here: &Here) -> Glance {
    let now = here.now;
    let mark = match urgency(line) {
        0 => "!",
        1 => ">",
        _ => " ",
    };
    let on = |before: &str, at: Option<Timestamp>| at.map_or(Cow::Borrowed(""), |at| soon(before, at, here).into());
    let ended = |at| match on("", at) {
        day if day.starts_with("to") || day.is_empty() => day,
        day => ["on ", &day].concat().into(),
    };
    let (word, what, verb) = match (line.phase, line.coming) {
        (Some("uncertain"), _) => ("uncertain", "did it arrive?".into(), "show"),
        (Some("interrupted"), _) => ("sending", "stopped".into(), "show"),
        (Some("sending"), _) => ("sending", "going now".into(), "show"),
        _ if line.closed => ("closed", "".into(), "show"),
        _ if line.held.is_some() => ("held", "cannot go on".into(), "show"),
        _ if line.answered => ("answered", "".into(), "show"),
        (Some("overdue"), _) => ("waiting", "its time is over".into(), "show"),
        (Some("waiting"), Some(Coming { at, .. })) if at <= now => ("waiting", "late now".into(), "draft"),
        (Some("waiting"), Some(Coming { at, .. })) => ("waiting", on("closes ", Some(at)), "draft"),
        (Some("waiting"), None) => ("waiting", "changed".into(), "draft"),
        (Some("approved"), Some(Coming { what: What::Send, at })) => ("approved", on("goes ", Some(at)), "recall"),
        (Some("approved"), Some(Coming { what, at })) if what != What::Send && at <= now => {
            ("approved", "late now".into(), "draft")
        }
        (Some("approved"), Some(Coming { at, .. })) => ("approved", on("closes ", Some(at)), "show"),
        (Some("approved"), None) => ("approved", "changed".into(), "draft"),
        (_, Some(Coming { what: What::Ask, at })) if at <= now => ("planned", "due now".into(), "draft"),
        (_, Some(Coming { at, .. })) => ("planned", on("from ", Some(at)), "why"),
        (Some("sent"), _) => ("sent", ended(line.ended_at), "show"),
        (Some("failed"), _) => ("refused", "by their server".into(), "show"),
        (Some("cancelled"), _) => ("cancelled", ended(line.ended_at), "show"),
        _ => ("", "nothing planned".into(), "show"),
    };
    Glance { mark, word, what, verb }
}

/// An instant in as few words as can be, after `before`: `today 17:00`, `tomorrow 09:00 Tokyo`, `Tue 8 Dec`, or with
/// its year.
fn soon(before: &str, at: Timestamp, here: &Here) -> String {
    // Spelled out, since a list of ten thousand does this for each line.
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (at, today) = (here.zone.to_datetime(at), here.today);
    let day = at.date();
    let (hour, minute) = (at.hour(), at.minute());
    let word = match today.tomorrow() {
        _ if day == today => Some("today"),
        Ok(tomorrow) if day == tomorrow => Some("tomorrow"),
        _ => None,
    };
    if let Some(word) = word {
        let (gap, place) = here.elsewhere.as_ref().map_or(("", ""), |place| (" ", place));
        return format!("{before}{word} {hour:02}:{minute:02}{gap}{place}");
    }
    let weekday = DAYS[usize::from(day.weekday().to_monday_zero_offset().unsigned_abs())];
    let month = MONTHS[usize::from(day.month().unsigned_abs()) - 1];
    let number = day.day().to_string();
    match day.year() == today.year() {
        true => [before, weekday, " ", &number, " ", month].concat(),
        false => [before, weekday, " ", &number, " ", month, " ", &day.year().to_string()].concat(),
    }
}

//! Applications at a glance: a row each, and what to do next.

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
    /// How urgent the most urgent one is, its number, and whether it is a call.
    first: Option<(u8, i64, bool)>,
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
            &glance.what.pieces(),
            &["followup ", glance.verb, " ", &id],
        ]);
        let this = Some((urgency(line), line.id, line.is_call));
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
            Some((1, id, true)) => {
                format!("What to say: followup draft {id} · what came of it: followup called {id} OUTCOME\n")
            }
            Some((1, id, false)) => format!("Read it: followup draft {id} · send it: followup approve {id}\n"),
            Some((_, id, _)) => format!("The whole story of one: followup show {id}\n"),
        }
    }
}

/// One application at a glance, for lists.
struct Glance {
    /// `!` needs the person, `>` waits for their word.
    mark: &'static str,
    word: &'static str,
    what: Words,
    /// The command that does what is to be done, or that looks.
    verb: &'static str,
}

/// A few words in pieces, nearly all of which are there already: a list of ten thousand says them in each line.
#[derive(Default)]
struct Words {
    begin: &'static str,
    weekday: &'static str,
    day: &'static str,
    month: &'static str,
    end: String,
}

impl Words {
    fn pieces(&self) -> [&str; 5] {
        [self.begin, self.weekday, self.day, self.month, &self.end]
    }
}

impl From<&'static str> for Words {
    fn from(begin: &'static str) -> Self {
        Self { begin, ..Self::default() }
    }
}

/// `line` as it is at `now` while `pulse` is so, where nobody has recorded that yet: a letter that nobody is sending
/// was interrupted, and one whose time ran out is given up as soon as somebody looks.
pub(super) fn as_seen<'a>(line: Line<'a>, now: Timestamp, pulse: &Pulse) -> Line<'a> {
    let is_now = |what| line.coming.is_some_and(|coming| coming.what == what && coming.at <= now);
    let phase = match line.phase {
        Some("sending") if !pulse.is_running() => Some("interrupted"),
        Some("waiting" | "approved") if is_now(What::Lapses) => Some("overdue"),
        _ if is_now(What::Ask) || is_now(What::Call) => Some("due"),
        phase => phase,
    };
    let is_call = if phase == Some("due") { is_now(What::Call) } else { line.is_call };
    Line { phase, is_call, ..line }
}

/// 0 needs the person most, 1 waits for their word.
pub(super) fn urgency(line: &Line) -> u8 {
    match line.phase {
        Some("uncertain" | "interrupted") => 0,
        _ if line.held.is_some() && !line.closed => 0,
        Some("sending") => 2,
        _ if line.closed || line.answered => 4,
        Some("failed") => 0,
        Some("waiting" | "due") => 1,
        Some("approved") => 2,
        _ if line.coming.is_some() => 3,
        _ => 4,
    }
}

/// The present instant, and what day it is where a recipient is.
struct Here {
    now: Timestamp,
    zone: TimeZone,
    today: Date,
    /// The person's own zone: the place is named where its clocks show another time.
    own: TimeZone,
}

impl Here {
    /// Where the recipient of `line` is.
    fn of(line: &Line, now: Timestamp, etiquette: &Etiquette) -> Self {
        let theirs = line.timezone.as_deref().and_then(|name| TimeZone::get(name).ok());
        let own = etiquette.zone.clone();
        let zone = theirs.unwrap_or_else(|| own.clone());
        Self { now, today: zone.to_datetime(now).date(), zone, own }
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
    let on = |before, at: Option<Timestamp>| at.map_or(Words::from(""), |at| soon(before, at, here));
    let ended = |at: Option<Timestamp>| {
        let is_near = |at: Timestamp| (here.zone.to_datetime(at).date() - here.today).get_days() >= 0;
        on(if at.is_some_and(is_near) { "" } else { "on " }, at)
    };
    let (word, what, verb) = match (line.phase, line.coming) {
        (Some("uncertain"), _) => ("uncertain", "did it arrive?".into(), "show"),
        (Some("interrupted"), _) => ("sending", "stopped".into(), "show"),
        (Some("sending"), _) => ("sending", "going now".into(), "show"),
        _ if line.closed => ("closed", "".into(), "show"),
        _ if line.held.is_some() => ("held", "cannot go on".into(), "show"),
        _ if line.answered => ("answered", "".into(), "show"),
        (Some("overdue"), _) => ("lapsed", "its time is over".into(), "show"),
        (Some("due"), _) => ("planned", "due now".into(), "draft"),
        (Some("waiting"), Some(Coming { at, .. })) if line.is_call && at <= now => {
            ("call", "its time is over".into(), "draft")
        }
        (Some("waiting"), Some(Coming { at, .. })) if line.is_call => ("call", on("until ", Some(at)), "draft"),
        (Some("waiting"), None) if line.is_call => ("call", "changed".into(), "draft"),
        (Some("waiting"), Some(Coming { at, .. })) if at <= now => ("waiting", "late now".into(), "draft"),
        (Some("waiting"), Some(Coming { at, .. })) => {
            (if line.is_late { "late" } else { "waiting" }, on("closes ", Some(at)), "draft")
        }
        (Some("waiting"), None) => ("waiting", "changed".into(), "draft"),
        (Some("approved"), Some(Coming { what: What::Send, at })) => ("approved", on("goes ", Some(at)), "recall"),
        (Some("approved"), Some(Coming { what, at })) if what != What::Send && at <= now => {
            ("approved", "late now".into(), "draft")
        }
        (Some("approved"), Some(Coming { at, .. })) => ("approved", on("closes ", Some(at)), "show"),
        (Some("approved"), None) => ("approved", "changed".into(), "draft"),
        (Some("failed"), _) => ("refused", "by their server".into(), "show"),
        (_, Some(Coming { what: What::Call, at })) => ("planned", on("call from ", Some(at)), "why"),
        (None, Some(Coming { what: What::LetGo, at })) => ("silent", on("let go? ", Some(at)), "why"),
        (_, Some(Coming { what, at })) if what != What::LetGo => ("planned", on("from ", Some(at)), "why"),
        (Some("sent"), _) if line.is_call => ("called", ended(line.ended_at), "show"),
        (Some("sent"), _) => ("sent", ended(line.ended_at), "show"),
        (Some("cancelled"), _) => ("cancelled", ended(line.ended_at), "show"),
        _ => ("", "nothing planned".into(), "show"),
    };
    Glance { mark, word, what, verb }
}

/// An instant in as few words as can be, after `begin`: `today 17:00`, `tomorrow 09:00 Tokyo`, `Tue 8 Dec`, or with
/// its year.
fn soon(begin: &'static str, at: Timestamp, here: &Here) -> Words {
    const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const DAYS: [&str; 31] = [
        " 1 ", " 2 ", " 3 ", " 4 ", " 5 ", " 6 ", " 7 ", " 8 ", " 9 ", " 10 ", " 11 ", " 12 ", " 13 ", " 14 ", " 15 ",
        " 16 ", " 17 ", " 18 ", " 19 ", " 20 ", " 21 ", " 22 ", " 23 ", " 24 ", " 25 ", " 26 ", " 27 ", " 28 ", " 29 ",
        " 30 ", " 31 ",
    ];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let is_own_time = || here.own.to_datetime(at) == here.zone.to_datetime(at);
    let (there, today) = (here.zone.to_datetime(at), here.today);
    let date = there.date();
    let near = match today.tomorrow() {
        _ if date == today => Some("today"),
        Ok(tomorrow) if date == tomorrow => Some("tomorrow"),
        _ => None,
    };
    if let Some(near) = near {
        let place = if is_own_time() { String::new() } else { format!(" {}", render::place(&here.zone)) };
        let end = format!("{near} {:02}:{:02}{place}", there.hour(), there.minute());
        return Words { begin, end, ..Words::default() };
    }
    // Counted from 1.
    let of = |names: &[&'static str], number: i8| names[usize::from(number.unsigned_abs()) - 1];
    Words {
        begin,
        weekday: of(&WEEKDAYS, date.weekday().to_monday_one_offset()),
        day: of(&DAYS, date.day()),
        month: of(&MONTHS, date.month()),
        end: if date.year() == today.year() { String::new() } else { format!(" {}", date.year()) },
    }
}

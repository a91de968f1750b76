//! Applications in a line each, for lists: what was recorded when they were last looked at, in one query, so
//! that ten thousand of them are read in an instant.

use std::borrow::Cow;

use jiff::Timestamp;
use rusqlite::{Row, Rows};

use super::journal::instant;
use super::{StoreError, Tables};
use crate::core::plan::{Coming, What};

/// One application in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<'row> {
    pub id: i64,
    pub company: Cow<'row, str>,
    pub position: Cow<'row, str>,
    /// IANA name of the recipient's zone; the person's own where it is missing.
    pub timezone: Option<Cow<'row, str>>,
    pub closed: bool,
    /// They have answered.
    pub answered: bool,
    /// The word of its open follow-up's phase, else of its newest one's; `None` before the first.
    pub phase: Option<&'static str>,
    /// It is a call, not a letter.
    pub is_call: bool,
    /// It missed its first window.
    pub is_late: bool,
    /// When that follow-up ended: was sent, refused, cancelled.
    pub ended_at: Option<Timestamp>,
    /// What was coming when it was last looked at.
    pub coming: Option<Coming>,
    pub held: Option<String>,
    /// Something changed since, or its time has come: the plan would say more.
    pub is_due: bool,
}

impl Line<'_> {
    /// The same, to be kept.
    pub fn into_owned(self) -> Line<'static> {
        let own = |text: Cow<str>| Cow::Owned(text.into_owned());
        Line { company: own(self.company), position: own(self.position), timezone: self.timezone.map(own), ..self }
    }

    /// Whether the plan may say more than was recorded: it is due, or held, or approved, and then the moment at
    /// which it goes moves with what else is sent.
    pub fn may_have_changed(&self) -> bool {
        self.is_due || self.held.is_some() || self.phase == Some("approved")
    }
}

impl Tables<'_> {
    /// Shows `each` of the applications by number, the closed ones only if asked for; `now` says which of them are
    /// due. Text that cannot be read is shown with marks in its place: its application is held.
    ///
    /// The follow-ups are read from the first to the last beside the applications: that is several times as fast as
    /// looking up each application's own.
    pub fn each_line(
        &self,
        closed_too: bool,
        now: Timestamp,
        mut each: impl FnMut(Line) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let sql = "SELECT application_id, phase, ended_at, kind, late FROM followups ORDER BY application_id, id";
        let mut followups = self.connection.prepare_cached(sql)?;
        let mut followups = Followups::start(followups.query([])?)?;
        // Every application has its case: a trigger makes it.
        // Three answers in one number: each column costs.
        let sql = "SELECT id, company, position, coalesce(timezone, zone), coming, coming_at, held, \
                   (status = 'closed') + 2 * (outcome IS NOT NULL) + 4 * ifnull(wake_at <= ?, 0) \
                   FROM applications JOIN cases ON application_id = id WHERE ? OR status = 'open' ORDER BY id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query((now.as_millisecond(), closed_too))?;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            let mut newest = followups.next_of(id)?;
            while let Some(newer) = followups.next_of(id)? {
                newest = newest.filter(|it| it.is_to_speak_of_before(&newer)).or(Some(newer));
            }
            let is: u8 = row.get(7)?;
            let coming = row.get_ref(4)?.as_str_or_null().ok().flatten().and_then(What::from_word);
            each(Line {
                id,
                company: text(row, 1)?.unwrap_or_default(),
                position: text(row, 2)?.unwrap_or_default(),
                timezone: text(row, 3)?,
                closed: is & 1 > 0,
                answered: is & 2 > 0,
                phase: newest.as_ref().map(|it| it.phase),
                is_call: newest.as_ref().is_some_and(|it| it.is_call),
                is_late: newest.as_ref().is_some_and(|it| it.is_late),
                ended_at: newest.and_then(|it| it.ended_at),
                coming: coming.zip(at(row, 5)?).map(|(what, at)| Coming { what, at }),
                held: row.get(6)?,
                is_due: is & 4 > 0,
            })?;
        }
        Ok(())
    }
}

/// The words of the phases; the first five are open.
const PHASES: [&str; 8] = ["planned", "waiting", "approved", "sending", "uncertain", "sent", "failed", "cancelled"];
const OPEN: [&str; 5] = ["planned", "waiting", "approved", "sending", "uncertain"];

/// The newest follow-ups, in the order of their applications.
struct Followups<'statement> {
    rows: Rows<'statement>,
    /// The one to come, and its application.
    next: Option<(i64, Newest)>,
}

impl<'statement> Followups<'statement> {
    /// `rows`: application, phase, end, kind, lateness.
    fn start(rows: Rows<'statement>) -> Result<Self, StoreError> {
        let mut started = Self { rows, next: None };
        started.advance()?;
        Ok(started)
    }

    /// Steps to the next row; gives the one before.
    fn advance(&mut self) -> Result<Option<Newest>, StoreError> {
        let next = match self.rows.next()? {
            Some(row) => Some((row.get(0)?, Newest::read(row)?)),
            None => None,
        };
        Ok(std::mem::replace(&mut self.next, next).map(|(_, row)| row))
    }

    /// The next follow-up of application `id`; those of the applications before it are passed over.
    fn next_of(&mut self, id: i64) -> Result<Option<Newest>, StoreError> {
        while self.next.as_ref().is_some_and(|(of, _)| *of < id) {
            self.advance()?;
        }
        if self.next.as_ref().is_some_and(|(of, _)| *of == id) { self.advance() } else { Ok(None) }
    }
}

/// A follow-up, as far as a line says it.
struct Newest {
    phase: &'static str,
    is_call: bool,
    is_late: bool,
    ended_at: Option<Timestamp>,
}

impl Newest {
    /// The open one is the one to speak of, wherever it stands, else the one that ended last.
    fn is_to_speak_of_before(&self, newer: &Newest) -> bool {
        let is_open = |it: &Newest| OPEN.contains(&it.phase);
        is_open(self) || !is_open(newer) && self.ended_at > newer.ended_at
    }

    fn read(row: &Row) -> Result<Self, StoreError> {
        let word = row.get_ref(1)?.as_str().unwrap_or_default();
        let phase = PHASES.into_iter().find(|phase| *phase == word).unwrap_or_default();
        Ok(Self { phase, is_call: row.get_ref(3)?.as_str() == Ok("call"), is_late: row.get(4)?, ended_at: at(row, 2)? })
    }
}

fn at(row: &Row, column: usize) -> Result<Option<Timestamp>, StoreError> {
    row.get::<_, Option<i64>>(column)?.map(instant).transpose()
}

/// Text as far as it can be read.
fn text<'row>(row: &'row Row, column: usize) -> Result<Option<Cow<'row, str>>, rusqlite::Error> {
    // Nearly all can be, and checking that is faster than looking for what cannot.
    let readable =
        |bytes: &'row [u8]| str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed);
    Ok(row.get_ref(column)?.as_bytes_or_null()?.map(readable))
}

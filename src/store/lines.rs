//! Applications in a line each, for lists: what was recorded when they were last looked at, in one query, so
//! that ten thousand of them are read in an instant.

use jiff::Timestamp;
use rusqlite::Row;

use super::journal::instant;
use super::{StoreError, Tables};
use crate::core::plan::{Coming, What};

/// One application in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub id: i64,
    pub company: String,
    pub position: String,
    /// IANA name of the recipient's zone; the person's own where it is missing.
    pub timezone: Option<String>,
    pub closed: bool,
    /// They have answered.
    pub answered: bool,
    /// The word of its open follow-up's phase, else of its newest one's; `None` before the first.
    pub phase: Option<&'static str>,
    /// When that follow-up ended: was sent, refused, cancelled.
    pub ended_at: Option<Timestamp>,
    /// What was coming when it was last looked at.
    pub coming: Option<Coming>,
    pub held: Option<String>,
    /// Something changed since, or its time has come: the plan would say more.
    pub is_due: bool,
}

impl Line {
    /// Whether its follow-up is on its way.
    /// Whether the plan may say more than was recorded: it is due, or held, or approved, and then the moment at
    /// which it goes moves with what else is sent.
    pub fn may_have_changed(&self) -> bool {
        self.is_due || self.held.is_some() || self.phase == Some("approved")
    }
}

impl Tables<'_> {
    /// All applications by number, the closed ones only if asked for; `now` says which of them are due. Text
    /// that cannot be read is shown with marks in its place: its application is held.
    ///
    /// Each table is read from its beginning to its end in the order of the applications, and put together here:
    /// that is several times as fast as looking up each application's rows.
    pub fn lines(&self, closed_too: bool, now: Timestamp) -> Result<Vec<Line>, StoreError> {
        let mut cases = self.recorded(now)?.into_iter().peekable();
        let mut followups = self.newest_followups()?.into_iter().peekable();
        let sql = "SELECT id, company, position, timezone, status = 'closed', outcome IS NOT NULL FROM applications \
                   WHERE ? OR status = 'open' ORDER BY id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([closed_too])?;
        let mut lines = Vec::new();
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            while cases.next_if(|case| case.id < id).is_some() {}
            while followups.next_if(|followup| followup.id < id).is_some() {}
            // Every application has its case: a trigger makes it.
            let Some(Recorded { coming, held, is_due, .. }) = cases.next_if(|case| case.id == id) else { continue };
            let newest = followups.next_if(|followup| followup.id == id);
            lines.push(Line {
                id,
                company: text(row, 1)?.unwrap_or_default(),
                position: text(row, 2)?.unwrap_or_default(),
                timezone: text(row, 3)?,
                closed: row.get(4)?,
                answered: row.get(5)?,
                phase: newest.as_ref().map(|it| it.phase),
                ended_at: newest.and_then(|it| it.ended_at),
                coming,
                held,
                is_due,
            });
        }
        Ok(lines)
    }

    /// What was recorded of each case, by application.
    fn recorded(&self, now: Timestamp) -> Result<Vec<Recorded>, StoreError> {
        let sql = "SELECT application_id, coming, coming_at, held, wake_at <= ? FROM cases ORDER BY application_id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([now.as_millisecond()])?;
        let mut recorded = Vec::new();
        while let Some(row) = rows.next()? {
            let coming = row.get_ref(1)?.as_str_or_null().ok().flatten().and_then(What::from_word);
            recorded.push(Recorded {
                id: row.get(0)?,
                coming: coming.zip(at(row, 2)?).map(|(what, at)| Coming { what, at }),
                held: row.get(3)?,
                is_due: row.get::<_, Option<bool>>(4)?.unwrap_or(false),
            });
        }
        Ok(recorded)
    }

    /// The open follow-up of each application, else its newest one, by application.
    fn newest_followups(&self) -> Result<Vec<Newest>, StoreError> {
        let sql = "SELECT application_id, phase, ended_at FROM followups ORDER BY application_id, id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let mut newest: Vec<Newest> = Vec::new();
        while let Some(row) = rows.next()? {
            let word = row.get_ref(1)?.as_str().unwrap_or_default();
            let phase = PHASES.into_iter().find(|phase| *phase == word).unwrap_or_default();
            let followup = Newest { id: row.get(0)?, phase, ended_at: at(row, 2)? };
            match newest.last_mut().filter(|last| last.id == followup.id) {
                None => newest.push(followup),
                // The open one is the one to speak of, wherever it stands.
                Some(last) if OPEN.contains(&last.phase) => {}
                Some(last) => *last = followup,
            }
        }
        Ok(newest)
    }
}

/// The words of the phases; the first five are open.
const PHASES: [&str; 8] = ["planned", "waiting", "approved", "sending", "uncertain", "sent", "failed", "cancelled"];
const OPEN: [&str; 5] = ["planned", "waiting", "approved", "sending", "uncertain"];

struct Recorded {
    id: i64,
    coming: Option<Coming>,
    held: Option<String>,
    is_due: bool,
}

struct Newest {
    id: i64,
    phase: &'static str,
    ended_at: Option<Timestamp>,
}

fn at(row: &Row, column: usize) -> Result<Option<Timestamp>, StoreError> {
    row.get::<_, Option<i64>>(column)?.map(instant).transpose()
}

/// Text as far as it can be read.
fn text(row: &Row, column: usize) -> Result<Option<String>, rusqlite::Error> {
    let bytes = row.get_ref(column)?.as_bytes_or_null()?;
    let readable = |bytes: &[u8]| match str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    };
    Ok(bytes.map(readable))
}

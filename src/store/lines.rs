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
    pub phase: Option<String>,
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
    fn is_open(&self) -> bool {
        matches!(self.phase.as_deref(), Some("planned" | "waiting" | "approved" | "sending" | "uncertain"))
    }

    /// Whether the plan may say more than was recorded: it is due, or held, or approved, and then the moment at
    /// which it goes moves with what else is sent.
    pub fn may_have_changed(&self) -> bool {
        self.is_due || self.held.is_some() || self.phase.as_deref() == Some("approved")
    }
}

impl Tables<'_> {
    /// All applications by number, the closed ones only if asked for; `now` says which of them are due. Text
    /// that cannot be read is shown with marks in its place: its application is held.
    pub fn lines(&self, closed_too: bool, now: Timestamp) -> Result<Vec<Line>, StoreError> {
        let sql = "SELECT a.id, a.company, a.position, a.timezone, a.status = 'closed', a.outcome IS NOT NULL, \
                   f.phase, f.ended_at, c.coming, c.coming_at, c.held, c.wake_at <= ?2 \
                   FROM applications a JOIN cases c ON c.application_id = a.id \
                   LEFT JOIN followups f ON f.application_id = a.id \
                   WHERE ?1 OR a.status = 'open' ORDER BY a.id, f.id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query((closed_too, now.as_millisecond()))?;
        let mut lines: Vec<Line> = Vec::new();
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            match lines.last_mut().filter(|last| last.id == id) {
                None => lines.push(from_row(id, row)?),
                // Another follow-up of the same application.
                Some(last) if last.is_open() => {}
                Some(last) => (last.phase, last.ended_at) = (row.get(6)?, at(row, 7)?),
            }
        }
        Ok(lines)
    }
}

fn from_row(id: i64, row: &Row) -> Result<Line, StoreError> {
    let coming = row.get_ref(8)?.as_str_or_null().ok().flatten().and_then(What::from_word);
    Ok(Line {
        id,
        company: text(row, 1)?.unwrap_or_default(),
        position: text(row, 2)?.unwrap_or_default(),
        timezone: text(row, 3)?,
        closed: row.get(4)?,
        answered: row.get(5)?,
        phase: row.get(6)?,
        ended_at: at(row, 7)?,
        coming: coming.zip(at(row, 9)?).map(|(what, at)| Coming { what, at }),
        held: row.get(10)?,
        is_due: row.get::<_, Option<bool>>(11)?.unwrap_or(false),
    })
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

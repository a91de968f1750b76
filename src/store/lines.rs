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

impl Tables<'_> {
    /// All applications by number, the closed ones only if asked for; `now` says which of them are due. Text
    /// that cannot be read is shown with marks in its place: its application is held.
    pub fn lines(&self, closed_too: bool, now: Timestamp) -> Result<Vec<Line>, StoreError> {
        let sql = "SELECT a.id, a.company, a.position, a.timezone, a.status = 'closed', a.outcome IS NOT NULL, \
                   f.phase, f.ended_at, c.coming, c.coming_at, c.held, c.wake_at <= ?2 \
                   FROM applications a JOIN cases c ON c.application_id = a.id \
                   LEFT JOIN followups f ON f.id = coalesce( \
                       (SELECT id FROM followups WHERE application_id = a.id AND phase IN \
                           ('planned', 'waiting', 'approved', 'sending', 'uncertain')), \
                       (SELECT max(id) FROM followups WHERE application_id = a.id)) \
                   WHERE ?1 OR a.status = 'open' ORDER BY a.id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query((closed_too, now.as_millisecond()))?;
        let mut lines = Vec::new();
        while let Some(row) = rows.next()? {
            lines.push(from_row(row)?);
        }
        Ok(lines)
    }
}

fn from_row(row: &Row) -> Result<Line, StoreError> {
    let at = |column| row.get::<_, Option<i64>>(column)?.map(instant).transpose();
    let coming = row.get::<_, Option<String>>(8)?.as_deref().and_then(What::from_word);
    Ok(Line {
        id: row.get(0)?,
        company: text(row, 1)?.unwrap_or_default(),
        position: text(row, 2)?.unwrap_or_default(),
        timezone: text(row, 3)?,
        closed: row.get(4)?,
        answered: row.get(5)?,
        phase: row.get(6)?,
        ended_at: at(7)?,
        coming: coming.zip(at(9)?).map(|(what, at)| Coming { what, at }),
        held: row.get(10)?,
        is_due: row.get::<_, Option<bool>>(11)?.unwrap_or(false),
    })
}

/// Text as far as it can be read.
fn text(row: &Row, column: usize) -> Result<Option<String>, rusqlite::Error> {
    let bytes = row.get_ref(column)?.as_bytes_or_null()?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
}

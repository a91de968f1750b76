//! The daily digest: when the last one was recorded, and what it names of the open applications.

use jiff::Timestamp;
use rusqlite::params;

use super::journal::instant;
use super::{StoreError, Tables};

const KEY: &str = "digest";

/// An open application that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub application: i64,
    pub why: String,
    /// The person has not been told, and is to be told now.
    pub is_news: bool,
}

impl Tables<'_> {
    /// When a digest was handed over last, or its day found to need none; `None` before the first.
    pub fn last_digest(&self) -> Result<Option<Timestamp>, StoreError> {
        let Some(text) = self.meta(KEY)? else { return Ok(None) };
        let millisecond = text.parse().map_err(|_| StoreError::Corrupt(format!("{KEY:?} in meta: {text:?}")))?;
        instant(millisecond).map(Some)
    }

    /// Records that the day of `at` has had its digest, or needs none; with `None`, that there was none yet.
    pub fn set_last_digest(&self, at: Option<Timestamp>) -> Result<(), StoreError> {
        let Some(at) = at else {
            self.connection.prepare_cached("DELETE FROM meta WHERE key = ?")?.execute([KEY])?;
            return Ok(());
        };
        self.set_meta(KEY, &at.as_millisecond().to_string())
    }

    /// The open applications that are held, with what is news at `now`.
    pub fn open_held(&self, now: Timestamp) -> Result<Vec<Held>, StoreError> {
        let sql = "SELECT c.application_id, c.held, c.held_told IS NOT c.held AND coalesce(c.tell_after, 0) <= ? \
                   FROM cases c JOIN applications a ON a.id = c.application_id \
                   WHERE c.held IS NOT NULL AND a.status = 'open' AND a.outcome IS NULL ORDER BY c.application_id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let held = |row: &rusqlite::Row| Ok(Held { application: row.get(0)?, why: row.get(1)?, is_news: row.get(2)? });
        let rows = statement.query_map(params![now.as_millisecond()], held)?.collect::<Result<_, _>>()?;
        Ok(rows)
    }

    /// Application and follow-up of each letter that waits for a word, of the open applications without an answer.
    pub fn open_waiting(&self) -> Result<Vec<(i64, i64)>, StoreError> {
        let sql = "SELECT f.application_id, f.id FROM followups f JOIN applications a ON a.id = f.application_id \
                   WHERE f.phase = 'waiting' AND a.status = 'open' AND a.outcome IS NULL ORDER BY f.id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        Ok(rows)
    }
}

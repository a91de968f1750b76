//! The journal: who did what, when and why. Rows are only ever added.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::{StoreError, Tables};

/// Whose doing an entry was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The person, by a command.
    Person,
    /// The daemon, by itself.
    Daemon,
}

impl Who {
    fn word(self) -> &'static str {
        match self {
            Who::Person => "person",
            Who::Daemon => "daemon",
        }
    }
}

/// One entry, about one application or one of its follow-ups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    pub who: Who,
    pub application: Option<i64>,
    pub followup: Option<i64>,
    /// What happened, in a word or two, such as `approved`.
    pub what: &'a str,
    pub detail: Option<&'a str>,
}

/// An entry as it is read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    pub at: Timestamp,
    /// `person` or `daemon`.
    pub who: String,
    /// `None` for what concerns all of them, such as the mail account.
    pub application: Option<i64>,
    pub what: String,
    pub detail: Option<String>,
}

/// The newest entry of a database, by which it is told from an older copy of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub id: i64,
    pub at: Timestamp,
}

impl Tables<'_> {
    /// The newest entry; `None` in a new database.
    pub fn mark(&self) -> Result<Option<Mark>, StoreError> {
        let sql = "SELECT id, at FROM journal ORDER BY id DESC LIMIT 1";
        let row: Option<(i64, i64)> =
            self.connection.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        row.map(|(id, at)| Ok(Mark { id, at: instant(at)? })).transpose()
    }

    /// Whether this database, or the one that it is a copy of, once had the entry `mark` as its newest.
    pub fn remembers(&self, mark: Mark) -> Result<bool, StoreError> {
        let sql = "SELECT at FROM journal WHERE id = ?";
        let at: Option<i64> = self.connection.prepare_cached(sql)?.query_row([mark.id], |row| row.get(0)).optional()?;
        Ok(match at {
            Some(at) => at == mark.at.as_millisecond(),
            // What is forgotten is gone, but that it was forgotten is an entry of its own.
            None => self.mark()?.is_some_and(|newest| newest.id > mark.id),
        })
    }

    /// Whether the person's last word on a letter that waits was yes, which a change of the letter has undone since.
    pub fn lost_its_approval(&self, application: i64, followup: i64) -> Result<bool, StoreError> {
        let sql = "SELECT what = 'approved' FROM journal WHERE application_id = ? AND followup_id = ? AND what NOT IN \
                   ('begun', 'planned anew', 'composed', 'composed, late', 'claimed', 'not sent', 'told', 'lapsed') \
                   ORDER BY id DESC LIMIT 1";
        let found =
            self.connection.prepare_cached(sql)?.query_row([application, followup], |row| row.get(0)).optional()?;
        Ok(found.unwrap_or(false))
    }

    /// Adds `entry` at the instant `at`.
    pub fn journal(&self, at: Timestamp, entry: &Entry) -> Result<(), StoreError> {
        let sql = "INSERT INTO journal (at, who, application_id, followup_id, what, detail) VALUES (?, ?, ?, ?, ?, ?)";
        self.connection.prepare_cached(sql)?.execute(params![
            at.as_millisecond(),
            entry.who.word(),
            entry.application,
            entry.followup,
            entry.what,
            entry.detail
        ])?;
        Ok(())
    }

    /// The latest instant that was recorded since the clock was last accepted; `None` in a new database.
    pub fn last_instant(&self) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT max(at) FROM journal \
                   WHERE id > coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'clock accepted'), 0)";
        let at: Option<i64> = self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        at.map(instant).transpose()
    }

    /// From now on the clock is judged by what is recorded after this, by the person's word at `now`.
    pub fn accept_clock(&self, now: Timestamp) -> Result<(), StoreError> {
        let last: i64 = self.connection.query_row("SELECT coalesce(max(id), 0) FROM journal", [], |row| row.get(0))?;
        self.set_meta("clock accepted", &last.to_string())?;
        // What was counted or put off by the wrong clock would otherwise hold letters until its time comes.
        let now_ms = now.as_millisecond();
        for sql in [
            "UPDATE claims SET at = ?1 WHERE at > ?1",
            "UPDATE followups SET tried_at = ?1 WHERE tried_at > ?1",
            "UPDATE followups SET told_at = ?1 WHERE told_at > ?1",
            "UPDATE followups SET tell_after = NULL WHERE tell_after > ?",
            "UPDATE cases SET tell_after = NULL WHERE tell_after > ?",
            "UPDATE followups SET approved_at = ?1 WHERE approved_at > ?1",
            "UPDATE applications SET added_at = ?1 WHERE added_at > ?1",
            "UPDATE cases SET known_since = ?1 WHERE known_since > ?1",
            // The day was counted from one that has not come.
            "UPDATE followups SET not_before = NULL WHERE not_before IS NOT NULL \
             AND id IN (SELECT followup_id FROM journal WHERE what = 'snoozed' AND at > ?)",
            // Its time was not over: it is begun anew.
            "UPDATE followups SET stop_reason = 'superseded', ended_at = ?1 WHERE stop_reason = 'lapsed' AND ended_at > ?1",
        ] {
            self.connection.execute(sql, [now_ms])?;
        }
        self.try_again()?;
        self.wake_all()?;
        let what = "accepted the clock";
        self.journal(now, &Entry { who: Who::Person, application: None, followup: None, what, detail: None })
    }

    /// What was recorded of the application `id`, or of all and what they share, oldest first; only the last
    /// `most` of it.
    pub fn story(&self, id: Option<i64>, most: u32) -> Result<Vec<Happened>, StoreError> {
        let of_one = "SELECT at, who, application_id, what, detail FROM journal \
                      WHERE application_id = ? ORDER BY id DESC LIMIT ?";
        let of_all = "SELECT at, who, application_id, what, detail FROM journal ORDER BY id DESC LIMIT ?";
        let mut story = match id {
            Some(id) => self.happened(of_one, params![id, most])?,
            None => self.happened(of_all, [most])?,
        };
        story.reverse();
        Ok(story)
    }

    /// The letters that went since `since`, oldest first.
    pub fn sent_since(&self, since: Timestamp) -> Result<Vec<Happened>, StoreError> {
        let sql = "SELECT at, who, application_id, what, detail FROM journal \
                   WHERE at >= ? AND what IN ('sent', 'settled: it arrived') ORDER BY at, id";
        self.happened(sql, [since.as_millisecond()])
    }

    fn happened(&self, sql: &str, parameters: impl rusqlite::Params) -> Result<Vec<Happened>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(parameters)?;
        let mut story = Vec::new();
        while let Some(row) = rows.next()? {
            story.push(Happened {
                at: instant(row.get(0)?)?,
                who: row.get(1)?,
                application: row.get(2)?,
                what: row.get(3)?,
                detail: row.get(4)?,
            });
        }
        Ok(story)
    }
}

/// An instant from its stored form, milliseconds in UTC.
pub(super) fn instant(millisecond: i64) -> Result<Timestamp, StoreError> {
    // The end of time is written without its last nanoseconds.
    if millisecond >= Timestamp::MAX.as_millisecond() {
        return Ok(Timestamp::MAX);
    }
    Timestamp::from_millisecond(millisecond).map_err(|_| StoreError::Corrupt(format!("the instant {millisecond}")))
}

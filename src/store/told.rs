//! What the person was told of, or shown: of a follow-up, of a hold, of a silence.

use jiff::Timestamp;
use rusqlite::params;

use super::journal::{Entry, Who};
use super::{StoreError, Tables};
use crate::core::application::Application;
use crate::core::message::Digest;

impl Tables<'_> {
    /// Number, `rev` and hold of the held applications of whose hold the person is to be told at `now`.
    pub fn held_untold(&self, now: Timestamp) -> Result<Vec<(i64, i64, String)>, StoreError> {
        let sql = "SELECT c.application_id, c.rev, c.held FROM cases c JOIN applications a ON a.id = c.application_id \
                   WHERE c.held IS NOT NULL AND c.held_told IS NOT c.held AND coalesce(c.tell_after, 0) <= ? \
                   ORDER BY c.application_id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement
            .query_map([now.as_millisecond()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?;
        Ok(rows)
    }

    /// Records that the person was told of the hold `why`.
    pub fn hold_told(&self, application: i64, why: &str) -> Result<(), StoreError> {
        let sql = "UPDATE cases SET held_told = ? WHERE application_id = ? AND held = ?1";
        self.connection.prepare_cached(sql)?.execute(params![why, application])?;
        Ok(())
    }

    /// Whether nobody answered yet, and it is not closed.
    pub fn is_unanswered(&self, application: i64) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM applications WHERE id = ? AND status = 'open' AND outcome IS NULL";
        Ok(self.connection.prepare_cached(sql)?.exists([application])?)
    }

    /// Records that the person was asked whether to let go after the silence of that name. The case becomes due.
    pub fn proposed(&self, application: i64, silence: &str, at: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE cases SET proposed = ?, tell_after = NULL, wake_at = 0 WHERE application_id = ?";
        self.connection.prepare_cached(sql)?.execute(params![silence, application])?;
        let (application, what) = (Some(application), "asked whether to close it");
        self.journal(at, &Entry { who: Who::Daemon, application, followup: None, what, detail: None })
    }

    /// An interview or a promise came to be known: what was over by then is not asked for.
    pub fn known_since(&self, application: i64, at: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE cases SET known_since = ? WHERE application_id = ?";
        self.connection.prepare_cached(sql)?.execute(params![at.as_millisecond(), application])?;
        Ok(())
    }

    /// It is reopened: what was over by then is not asked for, and whether to let go may be asked anew.
    pub fn reopened(&self, application: i64, at: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE cases SET known_since = ?, proposed = NULL WHERE application_id = ?";
        self.connection.prepare_cached(sql)?.execute(params![at.as_millisecond(), application])?;
        Ok(())
    }

    /// Records that the person was told `news` of a follow-up. The case becomes due, for the next reminder.
    pub fn told(&self, application: &Application, followup: i64, news: &str, at: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE followups SET told_times = CASE WHEN told IS ?2 THEN told_times + 1 ELSE 1 END, told_ever = told_ever + 1, \
                   told = ?2, told_at = ?3, tell_after = NULL WHERE id = ?1";
        self.connection.prepare_cached(sql)?.execute(params![followup, news, at.as_millisecond()])?;
        let sql = "UPDATE followups SET shown_digest = digest WHERE id = ? AND digest = ?";
        self.connection.prepare_cached(sql)?.execute(params![followup, news])?;
        let sql = "UPDATE cases SET wake_at = 0 WHERE application_id = ?";
        self.connection.prepare_cached(sql)?.execute([application.id])?;
        let entry = Entry {
            who: Who::Daemon,
            application: Some(application.id),
            followup: Some(followup),
            what: "told",
            detail: None,
        };
        self.journal(at, &entry)
    }

    /// The mail about a follow-up, or about the hold of the whole application, did not get through: it is not
    /// tried again before `after`.
    pub fn tell_later(&self, application: i64, followup: Option<i64>, after: Timestamp) -> Result<(), StoreError> {
        let (sql, id) = match followup {
            Some(followup) => ("UPDATE followups SET tell_after = ? WHERE id = ?", followup),
            None => ("UPDATE cases SET tell_after = ? WHERE application_id = ?", application),
        };
        self.connection.prepare_cached(sql)?.execute([after.as_millisecond(), id])?;
        let sql = "UPDATE cases SET wake_at = 0 WHERE application_id = ?";
        self.connection.prepare_cached(sql)?.execute([application])?;
        Ok(())
    }

    /// Records that the person has the letter `digest` before their eyes, through a command.
    pub fn shown(&self, followup: i64, digest: Digest) -> Result<(), StoreError> {
        let sql = "UPDATE followups SET shown_digest = ?2 WHERE id = ?1 AND digest = ?2 AND shown_digest IS NOT ?2";
        self.connection.prepare_cached(sql)?.execute(params![followup, digest.to_string()])?;
        Ok(())
    }

    /// Records that the person wrote the letter `digest` themselves at `at`: they need not be asked about it
    /// at once.
    pub fn written(&self, followup: i64, digest: Digest, at: Timestamp) -> Result<(), StoreError> {
        self.shown(followup, digest)?;
        let sql = "UPDATE followups SET told = ?2, told_times = 1, told_at = ?3 WHERE id = ?1 AND digest = ?2";
        self.connection.prepare_cached(sql)?.execute(params![followup, digest.to_string(), at.as_millisecond()])?;
        Ok(())
    }
}

//! What all applications share: the letters counted against the limits, and how the mail account fares.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::journal::instant;
use super::{StoreError, Tables};
use crate::core::application::caseless;
use crate::core::calendar::midnight;
use crate::core::employer::Employer;
use crate::core::etiquette::Etiquette;
use crate::core::followup::{FollowUp, Phase};
use crate::core::forecast::Ledger;
use crate::core::pace::Budget;
use crate::core::plan::Case;

/// What can fail for all letters at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The mail account: nothing can be sent.
    Mail,
    /// The mail to the person themselves: letters go, but nobody is asked.
    Telling,
}

impl Part {
    fn word(self) -> &'static str {
        match self {
            Part::Mail => "mail",
            Part::Telling => "telling",
        }
    }
}

/// How a [`Part`] fared last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// Tries in a row that failed.
    pub failures: u32,
    /// Nothing is tried before this instant.
    pub rests_until: Option<Timestamp>,
    /// The server refused the account itself; the person has to look.
    pub paused: bool,
    pub why: Option<String>,
    pub since: Option<Timestamp>,
}

/// A stretch in which a [`Part`] failed, which is over; the person has not been told so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// The first failure.
    pub since: Timestamp,
    /// When it worked again.
    pub until: Timestamp,
    /// Why the last try failed.
    pub why: String,
}

impl Tables<'_> {
    /// What has been used of the limits at `now`, seen from `case`: claims of its open follow-up itself do
    /// not count, and a day is the person's.
    pub fn budget(&self, now: Timestamp, case: &Case, etiquette: &Etiquette) -> Result<Budget, StoreError> {
        let own = case.open().map_or(0, |open| open.id);
        let today = midnight(now.to_zoned(etiquette.zone.clone()).date(), &etiquette.zone);
        let sql = "SELECT count(*) FROM claims WHERE at >= ? AND followup_id <> ?";
        let sent_today =
            self.connection.prepare_cached(sql)?.query_row(params![today.as_millisecond(), own], |row| row.get(0))?;
        // Before the version 4 of the schema, the whole name stood there.
        let sql = "SELECT max(at) FROM (\
                   SELECT max(at) AS at FROM claims WHERE employer IN (?1, ?2) AND followup_id <> ?4 UNION ALL \
                   SELECT max(at) FROM claims WHERE domain = ?3 AND followup_id <> ?4)";
        let (employer, company) = (case.application.employer(), caseless(&case.application.company));
        let parameters = params![employer.key(), company, employer.domain, own];
        let last: Option<i64> = self.connection.prepare_cached(sql)?.query_row(parameters, |row| row.get(0))?;
        Ok(Budget {
            sent_today,
            last_to_employer: last.map(instant).transpose()?,
            account_rests_until: self.health(Part::Mail)?.rests_until,
        })
    }

    /// The same for planning, which asks for the limits only of a letter that may go, or is about to be composed.
    pub fn budget_to_plan(&self, now: Timestamp, case: &Case, etiquette: &Etiquette) -> Result<Budget, StoreError> {
        match case.open() {
            Some(FollowUp { phase: Phase::Planned { .. } | Phase::Approved { .. }, .. }) => {
                self.budget(now, case, etiquette)
            }
            _ => {
                let account_rests_until = self.health(Part::Mail)?.rests_until;
                Ok(Budget { account_rests_until, ..Budget::default() })
            }
        }
    }

    /// The letters that count against the limits since `since`, and how long the mail account rests, for a
    /// forecast.
    pub fn ledger(&self, since: Timestamp) -> Result<Ledger, StoreError> {
        let mut ledger = Ledger::new(self.health(Part::Mail)?.rests_until);
        let sql = "SELECT followup_id, employer, at, domain FROM claims WHERE at >= ?";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([since.as_millisecond()])?;
        while let Some(row) = rows.next()? {
            // Before the version 4 of the schema, the whole name stood there.
            let company: String = row.get(1)?;
            let employer = Employer { domain: row.get(3)?, ..Employer::of(&company, None) };
            ledger.enter(row.get(0)?, employer, instant(row.get(2)?)?);
        }
        Ok(ledger)
    }

    /// Counts the follow-up's letter from `at` on; once, however often it is claimed.
    pub fn count_claim(&self, followup: i64, employer: &Employer, at: Timestamp) -> Result<(), StoreError> {
        let sql = "INSERT INTO claims (followup_id, employer, at, domain) VALUES (?1, ?2, ?3, ?4) \
                   ON CONFLICT (followup_id) DO UPDATE SET employer = ?2, at = ?3, domain = ?4";
        let parameters = params![followup, employer.key(), at.as_millisecond(), employer.domain];
        self.connection.prepare_cached(sql)?.execute(parameters)?;
        Ok(())
    }

    /// The letter left at `at`, or may have: from then on it counts, and not only from its claim.
    pub(super) fn count_from(&self, followup: i64, at: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE claims SET at = max(at, ?2) WHERE followup_id = ?1";
        self.connection.prepare_cached(sql)?.execute(params![followup, at.as_millisecond()])?;
        Ok(())
    }

    /// Gives the follow-up's place in the limits back: its letter did not and will not go.
    pub fn give_claim_back(&self, followup: i64) -> Result<(), StoreError> {
        let given_back =
            self.connection.prepare_cached("DELETE FROM claims WHERE followup_id = ?")?.execute([followup])?;
        // Another approved letter may have waited for that place; nothing else does.
        if given_back > 0 {
            let sql = "UPDATE cases SET wake_at = 0 WHERE application_id IN \
                       (SELECT application_id FROM followups WHERE phase = 'approved')";
            self.connection.prepare_cached(sql)?.execute([])?;
        }
        Ok(())
    }

    /// How `part` fared last.
    pub fn health(&self, part: Part) -> Result<Health, StoreError> {
        let sql = "SELECT failures, rests_until, paused, why, since FROM health WHERE part = ?";
        let row = self.connection.prepare_cached(sql)?.query_row([part.word()], |row| {
            let numbers: (u32, Option<i64>, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok((numbers, row.get(3)?, row.get::<_, Option<i64>>(4)?))
        })?;
        let ((failures, rests_until, paused), why, since) = row;
        let rests_until = rests_until.map(instant).transpose()?;
        Ok(Health { failures, rests_until, paused, why, since: since.map(instant).transpose()? })
    }

    /// Records how `part` fares.
    pub fn set_health(&self, part: Part, health: &Health) -> Result<(), StoreError> {
        let sql = "UPDATE health SET failures = ?, rests_until = ?, paused = ?, why = ?, since = ? WHERE part = ?";
        self.connection.prepare_cached(sql)?.execute(params![
            health.failures,
            health.rests_until.map(Timestamp::as_millisecond),
            health.paused,
            health.why,
            health.since.map(Timestamp::as_millisecond),
            part.word(),
        ])?;
        Ok(())
    }

    /// The outage of `part` that is over and untold, if any.
    pub fn outage(&self, part: Part) -> Result<Option<Outage>, StoreError> {
        let Some(text) = self.meta(&outage_key(part))? else { return Ok(None) };
        let corrupt = || StoreError::Corrupt(format!("{:?} in meta: {text:?}", outage_key(part)));
        let (since, rest) = text.split_once(' ').ok_or_else(corrupt)?;
        let (until, why) = rest.split_once(' ').ok_or_else(corrupt)?;
        let at = |text: &str| instant(text.parse().map_err(|_| corrupt())?);
        Ok(Some(Outage { since: at(since)?, until: at(until)?, why: why.to_owned() }))
    }

    /// Remembers an outage of `part` that is over, until the person was told.
    pub fn set_outage(&self, part: Part, outage: &Outage) -> Result<(), StoreError> {
        let Outage { since, until, why } = outage;
        let text = format!("{} {} {why}", since.as_millisecond(), until.as_millisecond());
        self.set_meta(&outage_key(part), &text)
    }

    /// The person was told of the outage of `part`, or it is not over after all.
    pub fn forget_outage(&self, part: Part) -> Result<(), StoreError> {
        self.connection.prepare_cached("DELETE FROM meta WHERE key = ?")?.execute([outage_key(part)])?;
        Ok(())
    }

    /// Whether a mail about something did not get through, and is not tried again before a time after `now`.
    pub fn is_news_put_off(&self, now: Timestamp) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM followups WHERE tell_after > ?1) \
                   OR EXISTS (SELECT 1 FROM cases WHERE tell_after > ?1 AND held IS NOT NULL AND held_told IS NOT held)";
        Ok(self.connection.prepare_cached(sql)?.query_row([now.as_millisecond()], |row| row.get(0))?)
    }

    /// Lets nothing rest any longer, since somebody may have looked after it; every case that waited for it
    /// becomes due.
    pub fn try_again(&self) -> Result<(), StoreError> {
        let sql = "UPDATE health SET rests_until = NULL WHERE rests_until IS NOT NULL";
        if self.connection.execute(sql, [])? > 0 {
            self.wake_all()?;
        }
        Ok(())
    }

    /// The random text that was made with this database.
    pub fn installation(&self) -> Result<String, StoreError> {
        self.meta("installation")?.ok_or_else(|| StoreError::Corrupt("no installation in meta".to_owned()))
    }

    /// The value kept under `key`.
    pub fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT value FROM meta WHERE key = ?";
        Ok(self.connection.prepare_cached(sql)?.query_row([key], |row| row.get(0)).optional()?)
    }

    /// Keeps `value` under `key`.
    pub fn set_meta(&self, key: &str, value: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2";
        self.connection.prepare_cached(sql)?.execute([key, value])?;
        Ok(())
    }
}

fn outage_key(part: Part) -> String {
    format!("works again: {}", part.word())
}

//! `cases`: which application is due when, and the one way in which a follow-up is changed.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::journal::{Entry, Who, instant};
use super::{StoreError, Tables};
use crate::core::address::without_people;
use crate::core::application::Application;
use crate::core::delivery::{NotSent, Outcome};
use crate::core::etiquette::{Anchor, Rule, Window};
use crate::core::followup::{Event, FollowUp, Kind, Phase, Told};
use crate::core::message::Digest;
use crate::core::plan::{Case, Next};

/// A case, and what it is held for.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    pub case: Case,
    pub held: Option<String>,
    /// The hold that the person was told of.
    pub held_told: Option<String>,
}

impl Tables<'_> {
    /// The applications that are due at `now`, the longest due first.
    pub fn due(&self, now: Timestamp) -> Result<Vec<i64>, StoreError> {
        let sql = "SELECT application_id FROM cases WHERE wake_at <= ? ORDER BY wake_at, application_id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let ids = statement.query_map([now.as_millisecond()], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(ids)
    }

    /// The earliest instant at which a case is due; `None` if nothing is to come.
    pub fn next_wake(&self) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT min(wake_at) FROM cases WHERE wake_at IS NOT NULL";
        let wake: Option<i64> = self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        wake.map(instant).transpose()
    }

    /// Makes every case due: something changed that enters all of them, such as the settings.
    pub fn wake_all(&self) -> Result<(), StoreError> {
        self.connection
            .execute("UPDATE cases SET wake_at = 0 WHERE application_id IN (SELECT id FROM applications)", [])?;
        Ok(())
    }

    /// Everything that is known of application `id`; `None` if it is not there (any more).
    ///
    /// Errors with [`StoreError::BadRow`] where one of its columns cannot be read.
    pub fn case(&self, id: i64) -> Result<Option<Loaded>, StoreError> {
        let sql = "SELECT rev, held, held_told FROM cases WHERE application_id = ?";
        let row: Option<(i64, Option<String>, Option<String>)> = self
            .connection
            .prepare_cached(sql)?
            .query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((rev, held, held_told)) = row else { return Ok(None) };
        let Some(application) = self.application(id)? else { return Ok(None) };
        let followups = self.followups(id)?;
        Ok(Some(Loaded { case: Case { application, rev, followups }, held, held_told }))
    }

    /// Turns a step whose time has come into a follow-up, planned; gives its id.
    pub fn begin(
        &self,
        case: &Case,
        rule: Rule,
        anchor: &Anchor,
        window: Window,
        at: Timestamp,
        who: Who,
    ) -> Result<i64, StoreError> {
        let application = case.application.id;
        let followup = FollowUp {
            id: 0,
            application,
            kind: Kind::Letter,
            rule,
            anchor: anchor.clone(),
            window,
            late: false,
            phase: Phase::Planned { not_before: None, kept: None },
            shown: None,
            told: Told::default(),
        };
        self.move_rev(application, case.rev)?;
        let id = self.insert_followup(&followup)?;
        let entry =
            Entry { who, application: Some(application), followup: Some(id), what: "begun", detail: Some(rule.name()) };
        self.journal(at, &entry)?;
        Ok(id)
    }

    /// The one way in which a follow-up changes: the transition by [`Phase::on`], compared and set on the
    /// case's `rev`, with its journal row and its place in the limits. The case becomes due.
    ///
    /// Errors with [`StoreError::Stale`] if the case changed since it was loaded, and with
    /// [`StoreError::Refused`] if the event cannot happen now; both change nothing.
    pub fn advance(
        &self,
        case: &Case,
        followup: i64,
        event: Event,
        at: Timestamp,
        who: Who,
    ) -> Result<FollowUp, StoreError> {
        let before = case
            .followup(followup)
            .ok_or_else(|| StoreError::Corrupt(format!("no follow-up {followup} of this application")))?;
        // Refused before anything is written.
        before.clone().on(event.clone(), at)?;
        self.move_rev(case.application.id, case.rev)?;
        self.change(before.clone(), Some(&case.application.employer()), event, at, who)
    }

    /// [`Tables::advance`] for what became of a letter in hand: it is recorded whatever happened to the
    /// application meanwhile, even if it was deleted or its facts can no longer be read.
    pub fn advance_in_hand(
        &self,
        application: i64,
        followup: i64,
        event: Event,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.advance_anyhow(application, followup, event, at, Who::Daemon)
    }

    /// [`Tables::advance`] without looking at the application, which may be held or gone.
    ///
    /// Errors with [`StoreError::Refused`] if the event cannot happen now; that changes nothing.
    pub fn advance_anyhow(
        &self,
        application: i64,
        followup: i64,
        event: Event,
        at: Timestamp,
        who: Who,
    ) -> Result<(), StoreError> {
        let found = self.followups(application)?.into_iter().find(|it| it.id == followup);
        let before = found.ok_or_else(|| StoreError::Corrupt(format!("the follow-up {followup} is gone")))?;
        before.clone().on(event.clone(), at)?;
        let sql = "UPDATE cases SET rev = rev + 1, wake_at = 0 WHERE application_id = ?";
        self.connection.prepare_cached(sql)?.execute([application])?;
        self.change(before, None, event, at, who).map(drop)
    }

    /// Writes the transition, its journal row and its place in the limits.
    fn change(
        &self,
        before: FollowUp,
        employer: Option<&str>,
        event: Event,
        at: Timestamp,
        who: Who,
    ) -> Result<FollowUp, StoreError> {
        let (what, detail) = describe(&before, &event);
        // Whoever sends says what became of it, and why.
        let is_of_a_send = matches!(event, Event::Claim { .. } | Event::Submitted(_) | Event::Orphan);
        let is_submitted = matches!(event, Event::Submitted(_));
        let settled = if let Event::Settle { arrived, .. } = &event { Some(*arrived) } else { None };
        let after = before.on(event, at)?;
        self.update_followup(&after)?;
        if !is_of_a_send {
            let (id, followup, phase) = (after.application, after.id, after.phase.word());
            tracing::info!(application = id, followup, phase, "application {id}: {what}");
        }
        if let Some(arrived) = settled {
            self.settle_elsewhere(after.id, arrived)?;
        }
        match (&after.phase, employer) {
            (Phase::Sending { .. }, Some(employer)) => self.count_claim(after.id, employer, at)?,
            // The machine may have slept over it.
            (Phase::Sent { .. } | Phase::Uncertain { .. }, _) if is_submitted => self.count_from(after.id, at)?,
            (Phase::Failed { .. } | Phase::Cancelled { .. }, _) => self.give_claim_back(after.id)?,
            _ => {}
        }
        let (application, followup) = (Some(after.application), Some(after.id));
        self.journal(at, &Entry { who, application, followup, what, detail: detail.as_deref() })?;
        Ok(after)
    }

    fn move_rev(&self, application: i64, rev: i64) -> Result<(), StoreError> {
        let sql = "UPDATE cases SET rev = rev + 1, wake_at = 0 WHERE application_id = ? AND rev = ?";
        match self.connection.prepare_cached(sql)?.execute([application, rev])? {
            1 => Ok(()),
            _ => Err(StoreError::Stale),
        }
    }

    /// Records what `plan` said of a case: when to look again, what is coming, what it is held for. Does
    /// nothing if the case changed since: it is due anyway. What is recorded already is not written again, so
    /// that looking waits for no disk.
    pub fn rest(&self, application: i64, rev: i64, next: &Next) -> Result<(), StoreError> {
        let sql = "UPDATE cases SET wake_at = ?, coming = ?, coming_at = ?, held = ?, \
                   held_told = CASE WHEN ?4 IS NULL THEN NULL ELSE held_told END \
                   WHERE application_id = ? AND rev = ? AND (wake_at, coming, coming_at, held) IS NOT (?1, ?2, ?3, ?4)";
        self.connection.prepare_cached(sql)?.execute(params![
            next.wake_at.map(Timestamp::as_millisecond),
            next.coming.map(|coming| coming.what.word()),
            next.coming.map(|coming| coming.at.as_millisecond()),
            next.hold,
            application,
            rev,
        ])?;
        Ok(())
    }

    /// Holds a case whose rows cannot be used, until a change of them makes it due again, or `until`.
    pub fn hold(&self, application: i64, why: &str, until: Timestamp) -> Result<(), StoreError> {
        let sql = "SELECT 1 FROM cases WHERE application_id = ? AND held = ?";
        if !self.connection.prepare_cached(sql)?.exists(params![application, why])? {
            tracing::warn!(application, "application {application}: held: {}", without_people(why));
        }
        let sql = "UPDATE cases SET held = ?, wake_at = ?, coming = NULL, coming_at = NULL WHERE application_id = ?";
        self.connection.prepare_cached(sql)?.execute(params![why, until.as_millisecond(), application])?;
        Ok(())
    }

    /// Lets the case of a deleted application rest until `wake_at`, or for good.
    pub fn rest_deleted(&self, application: i64, wake_at: Option<Timestamp>) -> Result<(), StoreError> {
        let sql = "UPDATE cases SET wake_at = ? WHERE application_id = ?";
        self.connection.prepare_cached(sql)?.execute(params![wake_at.map(Timestamp::as_millisecond), application])?;
        Ok(())
    }

    /// The applications that are held, and for what.
    pub fn held(&self) -> Result<Vec<(i64, String)>, StoreError> {
        let sql = "SELECT c.application_id, c.held FROM cases c JOIN applications a ON a.id = c.application_id \
                   WHERE c.held IS NOT NULL ORDER BY c.application_id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        Ok(rows)
    }

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

    /// Application and follow-up of each letter in hand. When no send is live, a dead process left these.
    pub fn sending(&self) -> Result<Vec<(i64, i64)>, StoreError> {
        self.in_phase("sending")
    }

    /// Application and follow-up of each letter of which it is not known whether it arrived.
    pub fn uncertain(&self) -> Result<Vec<(i64, i64)>, StoreError> {
        self.in_phase("uncertain")
    }

    /// The open applications without an answer whose last letter was refused for good.
    pub fn refused(&self) -> Result<Vec<i64>, StoreError> {
        let sql = "SELECT f.application_id FROM followups f JOIN applications a ON a.id = f.application_id \
                   WHERE f.phase = 'failed' AND a.status = 'open' AND a.outcome IS NULL AND NOT EXISTS \
                   (SELECT 1 FROM followups n WHERE n.application_id = f.application_id AND n.id > f.id) \
                   ORDER BY f.application_id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let ids = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(ids)
    }

    /// As [`Tables::uncertain`], but for those that no longer matter: they answered, or it is closed.
    pub fn in_doubt(&self) -> Result<Vec<(i64, i64)>, StoreError> {
        let sql = "SELECT f.application_id, f.id FROM followups f LEFT JOIN applications a ON a.id = f.application_id \
                   WHERE f.phase = 'uncertain' AND coalesce(a.status, 'open') = 'open' AND a.outcome IS NULL \
                   ORDER BY f.application_id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        Ok(found)
    }

    /// Application and follow-up of each letter that waits for the person's word.
    pub fn waiting(&self) -> Result<Vec<(i64, i64)>, StoreError> {
        self.in_phase("waiting")
    }

    /// Application and follow-up of each letter that was approved and has not gone yet.
    pub fn approved(&self) -> Result<Vec<(i64, i64)>, StoreError> {
        self.in_phase("approved")
    }

    fn in_phase(&self, phase: &str) -> Result<Vec<(i64, i64)>, StoreError> {
        let sql = "SELECT application_id, id FROM followups WHERE phase = ? ORDER BY id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let ids = statement.query_map([phase], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        Ok(ids)
    }
}

/// What the journal says of an event: what happened, and the detail.
fn describe(before: &FollowUp, event: &Event) -> (&'static str, Option<String>) {
    let typed = || {
        let text = match &before.phase {
            Phase::Planned { kept, .. } => kept.as_ref(),
            phase => phase.draft().filter(|draft| draft.edited).map(|draft| &draft.text),
        };
        text.map(|text| format!("replaced the words you had typed:\n{}", text.to_file()))
    };
    match event {
        Event::Replan { rule, .. } => ("planned anew", Some(rule.name().to_owned())),
        Event::Compose { late: true, draft, .. } => ("composed, late", typed().filter(|_| !draft.edited)),
        Event::Compose { draft, .. } => ("composed", typed().filter(|_| !draft.edited)),
        Event::Edit { .. } => ("edited", typed()),
        Event::Approve { digest } => ("approved", Some(digest.to_string())),
        Event::Recall => ("recalled", None),
        Event::Snooze { until } => ("snoozed", Some(until.to_string())),
        Event::Reject { why } => ("rejected", why.clone()),
        Event::Heard { answer } => ("answered", Some(answer.word().to_owned())),
        Event::Close => ("closed", None),
        Event::Lapse => ("lapsed", None),
        Event::Supersede => ("superseded", None),
        Event::Called { outcome } => ("called", Some(outcome.clone())),
        Event::Claim { message_id, .. } => ("claimed", Some(message_id.clone())),
        Event::Submitted(Outcome::Accepted { reply }) => ("sent", Some(reply.clone())),
        Event::Submitted(Outcome::Rejected { reply }) => ("refused by the server", Some(reply.clone())),
        Event::Submitted(Outcome::NotSent(NotSent { why, .. })) => ("not sent", Some(why.clone())),
        Event::Submitted(Outcome::Uncertain { why }) => ("uncertain", Some(why.clone())),
        Event::TakeBack => ("approval taken back", None),
        Event::WentElsewhere { claim, accepted: true } => ("sent before", Some(claim.message_id.clone())),
        Event::WentElsewhere { claim, accepted: false } => ("uncertain", Some(claim.message_id.clone())),
        Event::Orphan => ("uncertain", Some("the program ended while the letter was being sent".to_owned())),
        Event::Settle { arrived: true, by } => ("settled: it arrived", Some(by.clone())),
        Event::Settle { arrived: false, by } => ("settled: it did not arrive", Some(by.clone())),
    }
}

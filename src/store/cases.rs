//! `cases`: which application is due when, and the one way in which a follow-up is changed.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::journal::{Entry, Who, instant};
use super::{StoreError, Tables};
use crate::core::address::without_people;
use crate::core::application::Application;
use crate::core::delivery::{NotSent, Outcome};
use crate::core::etiquette::{Anchor, Due, Rule, Window};
use crate::core::followup::{Event, FollowUp, Kind, Phase, Told};
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
    /// The applications that are due at `now`: those whose letter was approved in the order of that, after all others, as
    /// the forecast has them; else the longest due first.
    pub fn due(&self, now: Timestamp) -> Result<Vec<i64>, StoreError> {
        let sql = "SELECT application_id FROM cases WHERE wake_at <= ? ORDER BY (SELECT max(f.approved_at) FROM followups f \
                   WHERE f.application_id = cases.application_id AND f.phase = 'approved'), wake_at, application_id";
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
        let sql = "SELECT rev, held, held_told, known_since, proposed, tell_after FROM cases WHERE application_id = ?";
        let row = self
            .connection
            .prepare_cached(sql)?
            .query_row([id], |row| {
                let hold: (Option<String>, Option<String>) = (row.get(1)?, row.get(2)?);
                let times: (Option<i64>, Option<i64>) = (row.get(3)?, row.get(5)?);
                Ok((row.get(0)?, hold, times, row.get(4)?))
            })
            .optional()?;
        let Some((rev, (held, held_told), (known_since, tell_after), proposed)) = row else { return Ok(None) };
        let Some(application) = self.application(id)? else { return Ok(None) };
        let case = Case {
            known_since: known_since.map(instant).transpose()?,
            proposed,
            tell_after: tell_after.map(instant).transpose()?,
            ..Case::new(application, rev, self.followups(id)?)
        };
        Ok(Some(Loaded { case, held, held_told }))
    }

    /// Turns a step whose time has come into a follow-up, planned; gives its id.
    pub fn begin(&self, case: &Case, due: &Due, at: Timestamp, who: Who) -> Result<i64, StoreError> {
        let application = case.application.id;
        self.move_rev(application, case.rev)?;
        let id = self.insert_followup(&FollowUp::begun(application, due))?;
        let (application, followup, detail) = (Some(application), Some(id), Some(due.rule.name()));
        self.journal(at, &Entry { who, application, followup, what: "begun", detail })?;
        Ok(id)
    }

    /// Records a phone call that was not asked for, or before its time: it is done, with this outcome.
    pub fn call_made(
        &self,
        case: &Case,
        rule: Rule,
        anchor: Anchor,
        outcome: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let application = case.application.id;
        self.move_rev(application, case.rev)?;
        let phase = Phase::Sent { draft: None, at, message_id: None, by: outcome.to_owned() };
        let window = Window { opens: at, closes: at };
        self.insert_followup(&FollowUp {
            id: 0,
            application,
            kind: Kind::Call,
            rule,
            anchor,
            window,
            late: false,
            phase,
            shown: None,
            told: Told::default(),
        })
        .map(drop)
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
        self.change(before.clone(), Some(&case.application), event, at, who)
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
        application: Option<&Application>,
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
        match (&after.phase, application) {
            (Phase::Sending { .. }, Some(application)) => self.count_claim(after.id, &application.employer(), at)?,
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
    ///
    /// `zone` is where the recipient is, where that follows from their country and is not given as a fact.
    pub fn rest(&self, application: i64, rev: i64, next: &Next, zone: Option<&str>) -> Result<(), StoreError> {
        let sql = "UPDATE cases SET wake_at = ?1, coming = ?2, coming_at = ?3, held = ?4, zone = ?7, \
                   held_told = CASE WHEN ?4 IS NULL THEN NULL ELSE held_told END WHERE application_id = ?5 AND rev = ?6 \
                   AND (wake_at, coming, coming_at, held, zone) IS NOT (?1, ?2, ?3, ?4, ?7)";
        self.connection.prepare_cached(sql)?.execute(params![
            next.wake_at.map(Timestamp::as_millisecond),
            next.coming.map(|coming| coming.what.word()),
            next.coming.map(|coming| coming.at.as_millisecond()),
            next.hold,
            application,
            rev,
            zone,
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
                   (SELECT 1 FROM followups n WHERE n.application_id = f.application_id \
                   AND (coalesce(n.ended_at, 9223372036854775807), n.id) > (f.ended_at, f.id)) \
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
        Event::LetPass => ("let pass", None),
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

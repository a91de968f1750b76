//! What a person decides about a letter: to read it, change it, send it, not yet, not at all.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Desk, OpError, Situation, Together, as_it_stands, settle_if_trusted};
use crate::core::application::{bad, check_line, check_text};
use crate::core::etiquette::Etiquette;
use crate::core::followup::{Event, FollowUp, Kind, Phase, Refusal};
use crate::core::letter::{Text, tidy};
use crate::core::plan::retype;
use crate::core::tone::Severity;
use crate::reconcile::settle;
use crate::store::{Store, StoreError, Tables, Who};

impl Desk<'_> {
    /// One application with its letter, which from now on counts as shown.
    pub fn show(&mut self, id: i64) -> Result<Situation, OpError> {
        let (now, etiquette) = (self.now, self.etiquette);
        let shown = self.decide(id, |tables, situation| {
            mark_shown(tables, &situation)?;
            Ok(Together::of(tables, now, etiquette)?.put_right(situation))
        });
        match shown {
            Err(OpError::Clock(_)) => self.look(id),
            shown => shown,
        }
    }

    /// As [`Desk::show`], where there must be a letter.
    pub fn draft(&mut self, id: i64) -> Result<Situation, OpError> {
        let (now, etiquette) = (self.now, self.etiquette);
        self.decide(id, |tables, situation| {
            match situation.followup() {
                Some(followup) if followup.phase.draft().is_some() => {}
                Some(FollowUp { phase: Phase::Planned { .. }, .. }) => return Err(not_yet(&situation)),
                _ => return Err(not_open(&situation)),
            }
            mark_shown(tables, &situation)?;
            Ok(Together::of(tables, now, etiquette)?.put_right(situation))
        })
    }

    /// Yes to exactly the letter that was shown last, or to the one of `digest`. `despite`: errors of tone
    /// do not keep it back.
    ///
    /// If the letter has changed since, or was never shown, nothing is approved; the letter in the error
    /// counts as shown.
    pub fn approve(&mut self, id: i64, digest: Option<&str>, despite: bool) -> Result<Situation, OpError> {
        let (now, etiquette) = (self.now, self.etiquette);
        self.decide(id, |tables, situation| {
            if let Some(why) = &situation.held {
                return Err(OpError::Held(why.clone()));
            }
            let open = situation.case.open().ok_or_else(|| not_open(&situation))?;
            let (Phase::Waiting { draft } | Phase::Approved { draft, .. }) = &open.phase else {
                return Err(OpError::Refused(open.phase.standing()));
            };
            if open.kind == Kind::Call {
                return Err(OpError::Refused(Refusal::IsACall));
            }
            let (current, followup) = (draft.digest, open.id);
            let meant = match digest {
                Some(digest) => current.to_string().starts_with(&digest.to_lowercase()) && digest.len() >= 8,
                None => open.shown == Some(current),
            };
            if !meant {
                let never_shown = open.shown.is_none() && digest.is_none();
                tables.shown(followup, current)?;
                let situation = Box::new(situation);
                return Err(if never_shown { OpError::NotShown(situation) } else { OpError::Changed(situation) });
            }
            let has_error = situation.remarks.iter().any(|remark| remark.severity == Severity::Error);
            if has_error && !despite && matches!(open.phase, Phase::Waiting { .. }) {
                return Err(OpError::Tone(Box::new(situation)));
            }
            tables.advance(&situation.case, followup, Event::Approve { digest: current }, now, Who::Person)?;
            let situation = as_it_stands(tables, id, now, etiquette)?;
            Ok(Together::of(tables, now, etiquette)?.put_right(situation))
        })
    }

    /// Takes the approval back; too late once the letter is being sent. Works whatever the clock says: it can
    /// only keep a letter from going.
    pub fn recall(&mut self, id: i64) -> Result<Situation, OpError> {
        let (now, etiquette) = (self.now, self.etiquette);
        self.store.write(|tables| {
            let case = tables.case(id)?.ok_or(StoreError::NoSuchApplication(id))?.case;
            let Some(open) = case.open() else {
                let was_sent = matches!(case.current().map(|it| &it.phase), Some(Phase::Sent { .. }));
                let situation = as_it_stands(tables, id, now, etiquette)?;
                return Ok(Err(if was_sent { OpError::Refused(Refusal::AlreadySent) } else { not_open(&situation) }));
            };
            if let Err(error) = tables.advance(&case, open.id, Event::Recall, now, Who::Person) {
                return Ok(Err(error.into()));
            }
            settle_if_trusted(tables, id, now, etiquette)?;
            Ok(Ok(as_it_stands(tables, id, now, etiquette)?))
        })?
    }

    /// Not this letter: its step is used up.
    pub fn reject(&mut self, id: i64, why: Option<String>) -> Result<Situation, OpError> {
        if let Some(why) = &why {
            check_line("why", why)?;
        }
        self.advance(id, Event::Reject { why })
    }

    /// Puts other words in place of the letter's; what is not given stays. Counts as shown, and takes an
    /// approval back.
    pub fn edit(&mut self, id: i64, subject: Option<&str>, body: Option<&str>) -> Result<Situation, OpError> {
        let (now, etiquette) = (self.now, self.etiquette);
        self.decide(id, |tables, situation| {
            let open = situation.case.open().ok_or_else(|| not_open(&situation))?;
            let Some(draft) = open.phase.draft() else { return Err(not_yet(&situation)) };
            let text = Text {
                subject: subject.map_or_else(|| draft.text.subject.clone(), |subject| subject.trim().to_owned()),
                body: body.map_or_else(|| draft.text.body.clone(), tidy),
            };
            check_line("subject", &text.subject)?;
            check_text("body", &text.body)?;
            let retyped = retype(now, &situation.case, etiquette, &text).ok_or(OpError::NothingOpen(id))?;
            let draft = retyped.map_err(OpError::Held)?;
            let (digest, followup) = (draft.digest, open.id);
            tables.advance(&situation.case, followup, Event::Edit { draft }, now, Who::Person)?;
            tables.written(followup, digest, now)?;
            Ok(as_it_stands(tables, id, now, etiquette)?)
        })
    }

    /// Not before `until`. The letter is asked for again then.
    ///
    /// Errors if that is not ahead, or after the last day on which the letter could go at all.
    pub fn snooze(&mut self, id: i64, until: Date) -> Result<Situation, OpError> {
        if until <= self.now.to_zoned(self.etiquette.zone.clone()).date() {
            return Err(OpError::BadFact(bad("until", format!("{until} is not ahead; name a later day"))));
        }
        self.advance(id, Event::Snooze { until })
    }

    /// Settles a letter of which it is not known whether it arrived, by the person's word. One that did not
    /// is as approved as it was, and goes.
    pub fn resolve(&mut self, id: i64, arrived: bool) -> Result<Situation, OpError> {
        self.advance(id, Event::Settle { arrived, by: "by your word".to_owned() })
    }

    fn advance(&mut self, id: i64, event: Event) -> Result<Situation, OpError> {
        let (now, etiquette) = (self.now, self.etiquette);
        self.decide(id, |tables, situation| {
            let is_there = situation.case.open().is_some() || situation.is_ahead();
            let last = situation.due().map(|due| due.late_closes_on);
            if let (Event::Snooze { until }, Some(last), true) = (&event, last, is_there)
                && *until > last
            {
                return Err(OpError::BeyondItsTime(id, last));
            }
            let situation = match (&event, situation.case.open()) {
                (Event::Reject { .. } | Event::Snooze { .. }, None) if situation.is_ahead() => {
                    begin_early(tables, situation, now, etiquette)?
                }
                _ => situation,
            };
            let open = situation.case.open().ok_or_else(|| not_open(&situation))?;
            tables.advance(&situation.case, open.id, event, now, Who::Person)?;
            // What follows from it at once, such as from an answer that came while the letter was uncertain.
            settle(tables, id, now, etiquette)?;
            Ok(as_it_stands(tables, id, now, etiquette)?)
        })
    }
}

/// An approval that was to be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recalled {
    pub id: i64,
    pub company: String,
    /// Why it could not be taken back; `None` if it was.
    pub refused: Option<Refusal>,
}

/// Takes every approval back, also of applications that are held, whatever the clock and the settings say:
/// the emergency stop. What is being sent comes too late.
pub fn recall_all(store: &mut Store, now: Timestamp) -> Result<Vec<Recalled>, StoreError> {
    store.write(|tables| {
        let mut recalled = Vec::new();
        for (application, followup) in [tables.approved()?, tables.sending()?].concat() {
            let refused = match tables.advance_anyhow(application, followup, Event::Recall, now, Who::Person) {
                Ok(()) => None,
                Err(StoreError::Refused(refusal)) => Some(refusal),
                Err(error) => return Err(error),
            };
            let company = tables.company(application)?.unwrap_or_else(|| "(deleted)".to_owned());
            recalled.push(Recalled { id: application, company, refused });
        }
        recalled.sort_by_key(|it| it.id);
        Ok(recalled)
    })
}

/// Nothing is on its way: because its time has not come, because it is held, or because there is nothing.
///
/// Who says yes again means the letter that went, and not the step after it: nothing is open then.
fn not_open(situation: &Situation) -> OpError {
    let was_sent = matches!(situation.followup().map(|it| &it.phase), Some(Phase::Sent { .. }));
    match !was_sent && situation.is_ahead() || (situation.held.is_some() && situation.followup().is_none()) {
        true => not_yet(situation),
        false => OpError::NothingOpen(situation.case.application.id),
    }
}

/// There is no letter yet: its time has not come, or cannot come.
fn not_yet(situation: &Situation) -> OpError {
    situation.held.clone().map_or(OpError::Refused(Refusal::NotYetOpen), OpError::Held)
}

/// Turns the step that is still ahead into a follow-up, so that something can be decided on it.
fn begin_early(
    tables: &Tables,
    situation: Situation,
    now: Timestamp,
    etiquette: &Etiquette,
) -> Result<Situation, StoreError> {
    if let Some(due) = situation.due() {
        tables.begin(&situation.case, due, now, Who::Person)?;
    }
    as_it_stands(tables, situation.case.application.id, now, etiquette)
}

fn mark_shown(tables: &Tables, situation: &Situation) -> Result<(), StoreError> {
    let Some(followup) = situation.followup() else { return Ok(()) };
    match &followup.phase {
        Phase::Waiting { draft } | Phase::Approved { draft, .. } => tables.shown(followup.id, draft.digest),
        _ => Ok(()),
    }
}

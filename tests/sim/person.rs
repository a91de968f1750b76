//! The person of a life. She adds, reads, approves, edits, recalls, snoozes, hears and closes, through the same use cases
//! as the command line, on a connection of her own, as another process would.

#[path = "deeds.rs"]
mod deeds;

use std::path::PathBuf;

use followup::clock::Clock;
use followup::core::application::{Answer, Application};
use followup::core::followup::{CancelReason, FollowUp, Phase};
use followup::ops::{Desk, OpError};
use followup::store::{Store, StoreError};
use jiff::Timestamp;

use super::stage::Stage;

/// From this calm day on she knows what there is to know.
const DAYS_TO_BE_TOLD: i32 = 3;

/// What she knows of one application.
#[derive(Debug, Clone)]
struct Known {
    id: i64,
    address: String,
    /// Names it: no other application has this position.
    position: String,
    facts: Application,
    /// She has removed it.
    gone: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Person {
    store: Option<Store>,
    known: Vec<Known>,
    /// How many positions she has named: no two have one name.
    named: usize,
    edits: usize,
    /// What she typed for letters that were not late.
    typed_in_time: Vec<String>,
    /// Copies of the database, and what she knew then.
    backups: Vec<(PathBuf, Vec<Known>)>,
}

impl Person {
    /// Does one thing, whatever comes to her mind.
    pub(crate) fn act(&mut self, stage: &Stage) {
        let dice = stage.dice.clone();
        let here: Vec<usize> = (0..self.known.len()).filter(|&index| !self.known[index].gone).collect();
        if here.is_empty() || (self.known.len() < stage.fate.most_applications && dice.chance(30.0)) {
            return self.add(stage);
        }
        let index = dice.one_of(&here);
        if matches!(self.phase(stage, index), Some(Phase::Waiting { .. })) && dice.chance(60.0) {
            return self.approve(stage, index);
        }
        match dice.number(0, 99) {
            0..=9 => self.approve(stage, index),
            // Letters have time to go.
            10..=24 => {}
            25..=39 => self.ask_whether_they_arrived(stage),
            40..=44 => self.edit(stage, index),
            45..=48 => self.recall(stage, index),
            49 => self.recall_all(stage),
            50..=53 => self.put_off(stage, index),
            54..=55 => self.change(stage, index, "reject", |desk, id| desk.reject(id, None)),
            56..=58 => self.change(stage, index, "heard", |desk, id| desk.heard(id, Answer::Reply)),
            59 => self.change(stage, index, "close", |desk, id| desk.close(id, None)),
            60..=63 => self.change(stage, index, "reopen", |desk, id| desk.reopen(id)),
            64..=68 => self.promise(stage, index),
            69..=72 => self.interview(stage, index),
            73..=75 => self.correct_address(stage, index),
            76 => self.forget(stage, index),
            77 => self.delete(stage, index),
            78..=80 => stage.change_name(),
            81..=89 if stage.fate.restores => self.back_up(stage),
            90..=99 => self.accept_clock(stage),
            _ => {}
        }
    }

    /// What she does every day once all is well: nothing, or what she is asked for. Gives whether anything waits for
    /// her word.
    pub(crate) fn on_a_calm_day(&mut self, stage: &Stage, day: i32, is_attentive: bool) {
        self.accept_clock(stage);
        if is_attentive {
            if day >= DAYS_TO_BE_TOLD {
                self.must_have_been_told(stage);
                self.ask_whether_they_arrived(stage);
            }
            (0..self.known.len()).filter(|&index| !self.known[index].gone).collect::<Vec<_>>().into_iter().for_each(
                |index| {
                    let is_waiting = |phase: &Phase| matches!(phase, Phase::Waiting { .. });
                    if self.phase(stage, index).is_some_and(|phase| is_waiting(&phase)) {
                        self.approve(stage, index);
                    }
                },
            );
        }
    }

    /// Of what came to an end that she should know of, once nothing stands in the way of a mail to her.
    pub(crate) fn must_have_been_told(&mut self, stage: &Stage) {
        for (position, is_open, followup) in self.all(stage) {
            if let Some(words) = must_be_told_of(&followup.phase).filter(|_| is_open)
                && !stage.witness(|witness| witness.was_told(&position, followup.application, words))
            {
                let phase = followup.phase.word();
                stage.witness(|witness| witness.breach(format!("{position}: {phase}, and she was never told")));
            }
        }
    }

    fn phase(&mut self, stage: &Stage, index: usize) -> Option<Phase> {
        let id = self.known[index].id;
        let situation = self.quietly(stage, |desk| desk.look(id)).ok()?;
        situation.followup().map(|it| it.phase.clone())
    }

    fn at_desk<T>(
        &mut self,
        stage: &Stage,
        what: &str,
        work: impl FnOnce(&mut Desk) -> Result<T, OpError>,
    ) -> Option<T> {
        match self.quietly(stage, work) {
            Ok(done) => {
                if !what.starts_with("check") {
                    stage.tell(format!("person: {what}"));
                }
                Some(done)
            }
            Err(error) => {
                stage.tell(format!("person: {what}: {error}"));
                None
            }
        }
    }

    fn quietly<T>(&mut self, stage: &Stage, work: impl FnOnce(&mut Desk) -> Result<T, OpError>) -> Result<T, OpError> {
        let config = stage.config();
        let store = match &mut self.store {
            Some(store) => store,
            empty => empty.insert(Store::open(&stage.database()).map_err(OpError::Store)?),
        };
        work(&mut Desk { store, etiquette: &config.etiquette, now: stage.clocks.now() })
    }

    /// Every follow-up that there is, with its application's position, and whether that still waits for an answer.
    pub(crate) fn all(&mut self, stage: &Stage) -> Vec<(String, bool, FollowUp)> {
        let known = self.known.clone();
        let all = self.quietly(stage, |desk| {
            let mut all = Vec::new();
            for one in &known {
                let (application, followups) =
                    desk.store.read(|tables| Ok((tables.application(one.id)?, tables.followups(one.id)?)))?;
                let is_open = application.is_some_and(|it| !it.closed && it.answer.is_none());
                all.extend(followups.into_iter().map(|it| (one.position.clone(), is_open, it)));
            }
            Ok(all)
        });
        all.unwrap_or_default()
    }

    /// Whether the application waits for a fact to be corrected.
    pub(crate) fn is_held(&mut self, stage: &Stage, id: i64) -> bool {
        let held = self.quietly(stage, |desk| Ok(desk.store.read(|tables| tables.held())?));
        held.is_ok_and(|held| held.iter().any(|(application, _)| *application == id))
    }

    /// The journal, for the story.
    pub(crate) fn journal(&mut self, stage: &Stage) -> String {
        let read = |desk: &mut Desk| Ok(desk.store.read(|tables| tables.story(None, u32::MAX))?);
        let rows = self.quietly(stage, read).unwrap_or_default();
        let line = |row: &followup::store::Happened| {
            format!("{} {:?} {} {}", row.at, row.application, row.what, row.detail.as_deref().unwrap_or_default())
        };
        rows.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// The earliest instant at which the program has something to do by itself.
    pub(crate) fn next_wake(&mut self, stage: &Stage) -> Result<Option<Timestamp>, StoreError> {
        let read = |desk: &mut Desk| Ok(desk.store.read(|tables| tables.next_wake())?);
        self.quietly(stage, read).map_err(|error| match error {
            OpError::Store(error) => error,
            other => StoreError::Corrupt(other.to_string()),
        })
    }

    /// Whether `phase` is one in which a follow-up may stay for ever.
    pub(crate) fn may_rest_in(phase: &Phase) -> bool {
        matches!(phase, Phase::Sent { .. } | Phase::Failed { .. } | Phase::Cancelled { .. } | Phase::Uncertain { .. })
    }
}

/// The words with which she has to be told of a follow-up that rests in `phase`.
fn must_be_told_of(phase: &Phase) -> Option<&'static str> {
    match phase {
        Phase::Failed { .. } => Some("Their mail server did not take the letter"),
        Phase::Uncertain { .. } => Some("has arrived is not known"),
        Phase::Cancelled { why: CancelReason::Lapsed, .. } => Some("its time was over"),
        _ => None,
    }
}

//! The person of a life. She adds, reads, approves, edits, recalls, snoozes, hears and closes, through the same use cases
//! as the command line, on a connection of her own, as another process would.

#[path = "deeds.rs"]
mod deeds;

use std::path::PathBuf;

use followup::clock::Clock;
use followup::core::application::Application;
use followup::core::followup::{CancelReason, FollowUp, Kind, Phase};
use followup::ops::{Desk, OpError};
use followup::store::{Store, StoreError};
use jiff::Timestamp;

use super::notes::Notes;
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
    notes: Notes,
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
        if let Some((kind, Phase::Waiting { .. })) = self.on_its_way(stage, index)
            && dice.chance(60.0)
        {
            return match (kind, dice.number(0, 9)) {
                (Kind::Letter, _) | (Kind::Call, 0) => self.approve(stage, index),
                (Kind::Call, 1) => self.put_off(stage, index),
                (Kind::Call, 2) => self.reject(stage, index),
                (Kind::Call, _) => self.call(stage, index),
            };
        }
        match dice.number(0, 105) {
            0..=9 => self.approve(stage, index),
            // Letters have time to go.
            10..=24 => {}
            25..=39 => self.ask_whether_they_arrived(stage),
            40..=44 => self.edit(stage, index),
            45..=48 => self.recall(stage, index),
            49 => self.recall_all(stage),
            50..=53 => self.put_off(stage, index),
            54..=55 => self.reject(stage, index),
            56..=58 => self.hear(stage, index),
            59 => self.close(stage, index),
            60..=63 => self.reopen(stage, index),
            64..=68 => self.promise(stage, index),
            69..=72 => self.interview(stage, index),
            73..=75 => self.correct_address(stage, index),
            76 => self.forget(stage, index),
            77 => self.delete(stage, index),
            78..=80 => stage.change_name(),
            81..=89 if stage.fate.restores => self.back_up(stage),
            90..=99 => self.accept_clock(stage),
            // Asked for or not.
            100..=105 => self.call(stage, index),
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
                    match self.on_its_way(stage, index) {
                        Some((Kind::Letter, Phase::Waiting { .. })) => self.approve(stage, index),
                        // Some calls are let pass.
                        Some((Kind::Call, Phase::Waiting { .. })) if stage.dice.chance(20.0) => {
                            self.call_in_vain(stage, index);
                        }
                        _ => {}
                    }
                },
            );
        }
    }

    /// Of what came to an end that she should know of, once nothing stands in the way of a mail to her.
    pub(crate) fn must_have_been_told(&mut self, stage: &Stage) {
        let all = self.all(stage);
        for (position, is_open, followup) in &all {
            let Some(words) = must_be_told_of(followup).filter(|_| *is_open) else { continue };
            // Of each of them once.
            let is_like_it =
                |it: &&(String, bool, FollowUp)| it.0 == *position && must_be_told_of(&it.2) == Some(words);
            let times = all.iter().filter(is_like_it).count();
            if stage.witness(|witness| witness.times_told(position, followup.application, words)) < times {
                let phase = followup.phase.word();
                stage.witness(|witness| witness.breach(format!("{position}: {phase}, and she was never told")));
            }
        }
    }

    /// Whether to let go of what was never answered, once nothing stands in the way of a mail to her.
    pub(crate) fn must_have_been_asked_to_let_go(&mut self, stage: &Stage) {
        for index in 0..self.known.len() {
            let Known { id, notes, gone, .. } = self.known[index].clone();
            if gone || notes.is_over() || self.is_held(stage, id) {
                continue;
            }
            let is_in_doubt = matches!(self.phase(stage, index), Some(Phase::Uncertain { .. }));
            if !is_in_doubt && !stage.witness(|witness| witness.was_asked_to_let_go(&notes)) {
                let what = format!("{}: never answered, and she was never asked whether to let go", notes.position);
                stage.witness(|witness| witness.breach(what));
            }
        }
    }

    fn phase(&mut self, stage: &Stage, index: usize) -> Option<Phase> {
        self.on_its_way(stage, index).map(|(_, phase)| phase)
    }

    fn on_its_way(&mut self, stage: &Stage, index: usize) -> Option<(Kind, Phase)> {
        let id = self.known[index].id;
        let situation = self.quietly(stage, |desk| desk.look(id)).ok()?;
        situation.followup().map(|it| (it.kind, it.phase.clone()))
    }

    /// Writes something down, for the witness too.
    fn note(&mut self, stage: &Stage, index: usize, write: impl FnOnce(&mut Notes)) {
        let notes = &mut self.known[index].notes;
        write(notes);
        stage.witness(|witness| witness.noted(notes.clone()));
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

/// The words with which she has to be told of `followup` as it rests.
fn must_be_told_of(followup: &FollowUp) -> Option<&'static str> {
    match &followup.phase {
        Phase::Failed { .. } => Some("Their mail server did not take the letter"),
        Phase::Uncertain { .. } => Some("has arrived is not known"),
        // A call is just let pass.
        Phase::Cancelled { why: CancelReason::Lapsed, .. } if followup.kind == Kind::Letter => {
            Some("its time was over")
        }
        _ => None,
    }
}

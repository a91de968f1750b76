//! What she can do, one function each; and what the witness is told of it.

use followup::clock::{Clock, distrust};
use followup::core::application::{Answer, Application, Contact, Interview};
use followup::core::etiquette::Rule;
use followup::core::followup::{CancelReason, Kind, Phase};
use followup::core::letter::Sender;
use followup::ops::{Called, Desk, OpError, Situation, recall_all};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::super::notes::{Notes, Round, Step};
use super::super::stage::{Fate, Stage};
use super::super::witness::{Approval, Standing, Witness};
use super::{Known, Person};

/// She asks them whether a letter arrived no earlier than this: the server may still have it in hand.
const PATIENCE: SignedDuration = SignedDuration::from_hours(5);

/// Only a late letter says this.
const LATE_WORDS: [&str; 2] = ["Some time has passed since the interview", "Some time ago, on "];

impl Person {
    pub(super) fn add(&mut self, stage: &Stage) {
        let dice = &stage.dice;
        let today = stage.clocks.now().to_zoned(stage.config().etiquette.zone.clone()).date();
        let longest_ago = if dice.chance(35.0) { 2 } else { 25 };
        let held_on = today.saturating_sub(dice.number(0, longest_ago).days());
        let promised_on = dice.chance(60.0).then(|| held_on.saturating_add(dice.number(0, 20).days()));
        self.named += 1;
        let letter = |number: usize| char::from(b'A' + u8::try_from(number % 26).unwrap());
        let position = format!("Post{}{}", letter(self.named / 26), letter(self.named));
        let address = format!("{}@globex.example", position.to_lowercase());
        let round = u32::try_from(dice.number(1, 3)).unwrap();
        let [contact_phone, hr_phone] =
            // Of no country: the judge knows of no holidays.
            [30.0, 30.0].map(|percent| dice.chance(percent).then(|| "+800 1234 5678".to_owned()));
        // Some can only be called.
        let has_mail = contact_phone.is_none() || dice.chance(80.0);
        let facts = Application {
            id: 0,
            company: dice.one_of(&["Globex", "Initech"]).to_owned(),
            position: position.clone(),
            contact: Contact {
                name: Some("Jane Doe".to_owned()),
                email: has_mail.then(|| address.clone()),
                phone: contact_phone,
            },
            hr: Contact { phone: hr_phone, ..Contact::default() },
            timezone: dice.chance(70.0).then(|| Fate::any_zone(dice).to_owned()),
            country: None,
            region: None,
            language: "en".to_owned(),
            strategy: None,
            job_url: None,
            thread: None,
            strengths: Vec::new(),
            closed: false,
            answer: None,
            added_at: stage.clocks.now(),
            interviews: vec![Interview { id: 0, held_on, round, promised_on }],
        };
        let what = format!("add {position}, interview {held_on}, promised {promised_on:?}, {:?}", facts.timezone);
        if let Some(situation) = self.at_desk(stage, &what, |desk| desk.add(&facts)) {
            let notes = notes_of(stage, &facts);
            stage.witness(|witness| witness.noted(notes.clone()));
            self.known.push(Known { id: situation.case.application.id, address, position, facts, notes, gone: false });
            stage.witness(|witness| witness.recorded(stage.clocks.now()));
        }
    }

    pub(super) fn approve(&mut self, stage: &Stage, index: usize) {
        let id = self.known[index].id;
        let dice = &stage.dice;
        let shown = if dice.chance(90.0) { self.quietly(stage, |desk| desk.show(id)).ok() } else { None };
        let digest = shown.as_ref().and_then(Situation::followup).and_then(|it| it.phase.draft()).map(|it| it.digest);
        let digest = digest.filter(|_| dice.chance(20.0)).map(|digest| digest.to_string());
        let Some(situation) =
            self.at_desk(stage, &format!("approve {id}"), |desk| desk.approve(id, digest.as_deref(), false))
        else {
            return;
        };
        let notes = &self.known[index].notes;
        if situation.followup().is_some_and(|it| it.kind == Kind::Call) {
            stage.witness(|witness| witness.breach(format!("{}: a call could be approved", notes.position)));
        }
        if situation.case.application.latest_interview().as_ref().map(round) != Some(notes.last_round()) {
            let what = format!("{}: the last interview is another one than she noted", notes.position);
            stage.witness(|witness| witness.breach(what));
        }
        if let Some(approval) = approval(&situation, notes, &stage.config().etiquette.sender, stage.clocks.now()) {
            self.hold_to_its_time(stage, &situation);
            stage.tell(format!("approved {id}: {:?} to {}", approval.subject, approval.recipient));
            stage.witness(|witness| witness.approved(approval));
        }
    }

    pub(super) fn edit(&mut self, stage: &Stage, index: usize) {
        self.edits += 1;
        let body = format!("Dear Jane,\n\nthese are my own words, number {}.\n\nAda", self.edits);
        let mut late = false;
        self.change(stage, index, "edit", |desk, id| {
            let situation = desk.edit(id, None, Some(&body))?;
            late = situation.followup().is_some_and(|it| it.late);
            Ok(situation)
        });
        if !late {
            self.typed_in_time.push(body);
        }
    }

    /// Words of a letter in time are not to be shown for a late one.
    fn hold_to_its_time(&self, stage: &Stage, situation: &Situation) {
        let Some(followup) = situation.followup().filter(|it| it.late) else { return };
        let Some(draft) = followup.phase.draft() else { return };
        let is_in_time = self.typed_in_time.iter().any(|body| *body == draft.text.body.trim_end());
        if is_in_time || !draft.edited && !LATE_WORDS.iter().any(|words| draft.text.body.contains(words)) {
            let what = format!("{}: a late letter has the words of one in time", draft.recipient.email);
            stage.witness(|witness| witness.breach(what));
        }
    }

    pub(super) fn recall(&mut self, stage: &Stage, index: usize) {
        self.change(stage, index, "recall", |desk, id| desk.recall(id));
    }

    pub(super) fn recall_all(&mut self, stage: &Stage) {
        let now = stage.clocks.now();
        let Some(recalled) = self.at_desk(stage, "recall --all", |desk| Ok(recall_all(desk.store, now)?)) else {
            return;
        };
        for one in recalled.iter().filter(|one| one.refused.is_none()) {
            let address = self.known.iter().rev().find(|it| it.id == one.id).map(|it| it.address.clone());
            stage.witness(|witness| address.iter().for_each(|address| witness.taken_back(address, false)));
        }
    }

    pub(super) fn reject(&mut self, stage: &Stage, index: usize) {
        let mut rule = None;
        let done = self.change_if(stage, index, "reject", |desk, id| {
            let now = desk.now;
            let situation = desk.reject(id, None)?;
            // Not the newest: a call may have been made while it waited.
            let is_it = |phase: &Phase| {
                matches!(phase, Phase::Cancelled { at, why: CancelReason::Rejected(_), .. } if *at == now)
            };
            rule = situation.case.followups.iter().rev().find(|it| is_it(&it.phase)).map(|it| it.rule);
            Ok(situation)
        });
        if let Some(rule) = rule.filter(|_| done) {
            let now = stage.clocks.now();
            self.note(stage, index, |notes| notes.turned_down.push((notes.anchor(), step_of(rule), now)));
        }
    }

    pub(super) fn hear(&mut self, stage: &Stage, index: usize) {
        if self.change_if(stage, index, "heard", |desk, id| desk.heard(id, Answer::Reply)) {
            self.note(stage, index, |notes| notes.is_answered = true);
        }
    }

    pub(super) fn close(&mut self, stage: &Stage, index: usize) {
        if self.change_if(stage, index, "close", |desk, id| desk.close(id, None)) {
            self.note(stage, index, |notes| notes.is_closed = true);
        }
    }

    pub(super) fn reopen(&mut self, stage: &Stage, index: usize) {
        if self.change_if(stage, index, "reopen", |desk, id| desk.reopen(id)) {
            let now = stage.clocks.now();
            self.note(stage, index, |notes| {
                (notes.is_closed, notes.is_answered, notes.since) = (false, false, now);
                notes.reopened += 1;
            });
        }
    }

    /// Calls them, asked for or not.
    pub(super) fn call(&mut self, stage: &Stage, index: usize) {
        let outcome = match stage.dice.number(0, 9) {
            0..=2 => Called::NoAnswer,
            3..=4 => Called::Voicemail,
            5..=7 => Called::StillDeciding,
            _ => Called::Answered(stage.dice.one_of(&[
                Answer::Reply,
                Answer::Rejected,
                Answer::Offer,
                Answer::NextRound,
                Answer::Filled,
            ])),
        };
        let is_named = outcome == Called::StillDeciding && stage.dice.chance(50.0);
        let days = is_named.then(|| stage.dice.number(0, 14).days());
        self.called(stage, index, outcome, days);
    }

    pub(super) fn call_in_vain(&mut self, stage: &Stage, index: usize) {
        self.called(stage, index, Called::NoAnswer, None);
    }

    fn called(&mut self, stage: &Stage, index: usize, outcome: Called, promised: Option<jiff::Span>) {
        let what = format!("called ({}{})", outcome.word(), if promised.is_some() { ", a date was named" } else { "" });
        let mut date = None;
        let done = self.change_if(stage, index, &what, |desk, id| {
            date = promised.map(|days| desk.today().saturating_add(days));
            desk.called(id, outcome, date, None)
        });
        if done {
            let now = stage.clocks.now();
            self.note(stage, index, |notes| {
                let before = notes.anchor();
                notes.is_answered |= matches!(outcome, Called::Answered(_));
                notes.calls.push((before, now));
                if let Some(date) = date {
                    notes.promised(date);
                    notes.calls.push((notes.anchor(), now));
                }
            });
        }
    }

    pub(super) fn put_off(&mut self, stage: &Stage, index: usize) {
        let days = stage.dice.number(1, 20).days();
        self.change(stage, index, "snooze", |desk, id| {
            let until = desk.today().saturating_add(days);
            desk.snooze(id, until)
        });
    }

    pub(super) fn promise(&mut self, stage: &Stage, index: usize) {
        let days = stage.dice.number(0, 14).days();
        let mut named = None;
        let done = self.change_if(stage, index, "promise", |desk, id| {
            let date = desk.today().saturating_add(days);
            named = Some(date);
            desk.promise(id, date)
        });
        if let Some(date) = named.filter(|_| done) {
            self.note(stage, index, |notes| notes.promised(date));
        }
    }

    pub(super) fn interview(&mut self, stage: &Stage, index: usize) {
        let dice = &stage.dice;
        let (ago, round) = (dice.number(0, 3).days(), u32::try_from(dice.number(2, 5)).unwrap());
        let promised = dice.chance(50.0).then(|| dice.number(0, 14).days());
        let mut held = None;
        let done = self.change_if(stage, index, "interview", |desk, id| {
            let held_on = desk.today().saturating_sub(ago);
            let promised_on = promised.map(|days| held_on.saturating_add(days));
            held = Some(Round { held_on, round, promised_on });
            desk.interview(id, Interview { id: 0, held_on, round, promised_on })
        });
        if let Some(round) = held.filter(|_| done) {
            self.note(stage, index, |notes| {
                notes.rounds.push(round);
                notes.is_answered = false;
            });
        }
    }

    pub(super) fn correct_address(&mut self, stage: &Stage, index: usize) {
        let new = format!("{}{}@globex.example", self.known[index].position.to_lowercase(), stage.dice.number(1, 99));
        let address = new.clone();
        let done = self.change_if(stage, index, "set --contact", |desk, id| {
            desk.set(id, |application| {
                application.contact.email = Some(address);
                Ok(())
            })
        });
        if done {
            self.known[index].address = new.clone();
            self.known[index].facts.contact.email = Some(new);
            self.note(stage, index, |notes| notes.has_mail = true);
        }
    }

    /// A change after which what was approved may not go any more.
    pub(super) fn change(
        &mut self,
        stage: &Stage,
        index: usize,
        what: &str,
        work: impl FnOnce(&mut Desk, i64) -> Result<Situation, OpError>,
    ) {
        self.change_if(stage, index, what, work);
    }

    fn change_if(
        &mut self,
        stage: &Stage,
        index: usize,
        what: &str,
        work: impl FnOnce(&mut Desk, i64) -> Result<Situation, OpError>,
    ) -> bool {
        let (id, address) = (self.known[index].id, self.known[index].address.clone());
        let look = |desk: &mut Desk| desk.look(id);
        let before = self.quietly(stage, look).ok();
        let Some(situation) = self.at_desk(stage, &format!("{what} {id}"), |desk| work(desk, id)) else { return false };
        let in_hand = matches!(situation.followup().map(|it| &it.phase), Some(Phase::Sending { .. }));
        let nothing_new = before.is_some_and(|before| {
            let [before, after] = [&before, &situation].map(|it| &it.case.application);
            match what {
                // She may have told what is known already.
                "reopen" | "promise" | "set --contact" => before == after,
                // Or of a round before the last, under a clock that had fallen back.
                "interview" => before.latest_interview() == after.latest_interview(),
                // Nobody was reached, or nothing was said that is new.
                what if what.starts_with("called") => before == after,
                _ => false,
            }
        });
        if !nothing_new {
            stage.witness(|witness| witness.taken_back(&address, in_hand));
        }
        if !matches!(what, "recall" | "edit" | "snooze" | "reject") {
            stage.witness(|witness| witness.recorded(stage.clocks.now()));
        }
        true
    }

    pub(super) fn forget(&mut self, stage: &Stage, index: usize) {
        let Known { id, address, position, .. } = self.known[index].clone();
        if self.at_desk(stage, &format!("forget {id}"), |desk| desk.forget(id)).is_some() {
            self.known[index].gone = true;
            stage.witness(|witness| {
                witness.taken_back(&address, false);
                witness.forgotten(&position.to_lowercase());
            });
        }
    }

    /// With plain SQL, as another program would.
    pub(super) fn delete(&mut self, stage: &Stage, index: usize) {
        let (id, address) = (self.known[index].id, self.known[index].address.clone());
        let in_hand = matches!(self.phase(stage, index), Some(Phase::Sending { .. }));
        let deleted = rusqlite::Connection::open(stage.database())
            .and_then(|connection| connection.execute("DELETE FROM applications WHERE id = ?", [id]));
        stage.tell(format!("DELETE FROM applications WHERE id = {id}: {deleted:?}"));
        if deleted.is_ok() {
            self.known[index].gone = true;
            stage.witness(|witness| witness.taken_back(&address, in_hand));
        }
    }

    pub(super) fn accept_clock(&mut self, stage: &Stage) {
        let now = stage.clocks.now();
        let accepted = self.at_desk(stage, "check --accept-clock", |desk| {
            let recorded = desk.store.read(|tables| tables.last_instant())?;
            if distrust(now, recorded).is_none() {
                return Ok(false);
            }
            desk.store.write(|tables| tables.accept_clock(now))?;
            Ok(true)
        });
        if accepted == Some(true) {
            stage.tell("person: check --accept-clock");
            stage.witness(|witness| witness.clock_accepted(now));
        }
    }

    /// Asks those of whom it is not known whether they got the letter, and says what they say.
    pub(super) fn ask_whether_they_arrived(&mut self, stage: &Stage) {
        for index in 0..self.known.len() {
            let Some(Phase::Uncertain { draft, .. }) = self.phase(stage, index) else { continue };
            let (id, recipient) = (self.known[index].id, draft.recipient.email);
            let named = stage.witness(|witness| witness.last_named.get(&recipient).copied());
            if named.is_some_and(|at| stage.clocks.now().duration_since(at).abs() < PATIENCE) {
                continue;
            }
            let arrived =
                stage.witness(|witness| witness.has_arrived(&recipient, &draft.text.subject, &draft.text.body));
            let what = if arrived { "resolve --sent" } else { "resolve --not-sent" };
            self.at_desk(stage, what, |desk| desk.resolve(id, arrived));
        }
    }

    pub(super) fn back_up(&mut self, stage: &Stage) {
        let path = stage.folder.join(format!("backup-{}", self.backups.len()));
        if self.at_desk(stage, "backup", |desk| Ok(desk.store.back_up(&path)?)).is_some() {
            self.backups.push((path, self.known.clone()));
        }
    }

    /// Puts a backup in the place of the database, which nobody uses now, and enters again what is missing in it.
    /// Gives whether there was one.
    pub(crate) fn restore(&mut self, stage: &Stage) -> bool {
        if self.backups.is_empty() {
            return false;
        }
        let (path, known) = stage.dice.one_of(&self.backups);
        stage.tell(format!("puts {} in the place of the database", path.display()));
        self.store = None;
        for end in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(stage.folder.join(format!("followup.db{end}")));
        }
        std::fs::remove_file(stage.database()).unwrap();
        std::fs::copy(path, stage.database()).unwrap();
        if stage.dice.chance(20.0) {
            stage.change_machine();
            if stage.dice.chance(50.0) {
                // Only the database came along. What it does not know, nobody can: she may approve again what went.
                for end in ["db.sent", "lock"] {
                    let _ = std::fs::remove_file(stage.folder.join(format!("followup.{end}")));
                }
                stage.witness(|witness| witness.journal_lost = true);
            }
        }
        stage.witness(Witness::forgets);
        let missing: Vec<Known> =
            self.known.iter().filter(|it| !known.iter().any(|old| old.id == it.id)).cloned().collect();
        self.known = known;
        for known in &self.known {
            stage.witness(|witness| witness.noted(known.notes.clone()));
        }
        for lost in missing.into_iter().filter(|lost| !lost.gone) {
            let facts = Application { added_at: stage.clocks.now(), ..lost.facts.clone() };
            if let Some(situation) = self.at_desk(stage, "add again", |desk| desk.add(&facts)) {
                let notes = notes_of(stage, &facts);
                stage.witness(|witness| witness.noted(notes.clone()));
                self.known.push(Known { id: situation.case.application.id, notes, ..lost });
            }
        }
        true
    }
}

/// What she writes down of what she enters.
fn notes_of(stage: &Stage, facts: &Application) -> Notes {
    Notes {
        position: facts.position.clone(),
        zone: TimeZone::get(facts.timezone.as_deref().unwrap_or(stage.fate.zone)).unwrap(),
        has_mail: facts.contact.email.is_some(),
        has_phone: facts.contact.phone.is_some() || facts.hr.phone.is_some(),
        rounds: facts.interviews.iter().map(round).collect(),
        is_closed: false,
        is_answered: false,
        reopened: 0,
        since: stage.clocks.now(),
        calls: Vec::new(),
        turned_down: Vec::new(),
    }
}

fn round(interview: &Interview) -> Round {
    let Interview { held_on, round, promised_on, .. } = *interview;
    Round { held_on, round, promised_on }
}

/// What she is told that is written or done by `rule`.
fn step_of(rule: Rule) -> Step {
    match rule {
        Rule::ThankYou => Step::Thanks,
        Rule::Promise | Rule::SecondInterview | Rule::FirstInterview => Step::First,
        Rule::Call => Step::Call,
        Rule::SecondLetter | Rule::LastLetter => Step::Second,
    }
}

fn approval(situation: &Situation, notes: &Notes, sender: &Sender, given_at: Timestamp) -> Option<Approval> {
    let followup = situation.followup()?;
    let Phase::Approved { draft, .. } = &followup.phase else { return None };
    let application = &situation.case.application;
    Some(Approval {
        recipient: draft.recipient.email.clone(),
        subject: draft.text.subject.clone(),
        body: draft.text.body.clone(),
        application: application.id,
        position: notes.position.clone(),
        step: step_of(followup.rule),
        round: notes.last_round(),
        edited: draft.edited,
        late: followup.late,
        company: application.company.clone(),
        zone: notes.zone.clone(),
        from: sender.name.clone(),
        given_at,
        followup: followup.id,
        closes: followup.window.closes,
        message_id: None,
        refused_at: None,
        told_before: 0,
        standing: Standing::Given,
    })
}

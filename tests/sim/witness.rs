//! What the other side saw, held against what the person allowed. It never reads our database.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use mail_parser::{Message, MessageParser};

use super::notes::{Anchor, Manners, Notes, Round, Silence, Step, business_days_after};
use super::stage::ME;

/// A clock that says less than this is wrong: it is the build date of the program.
const WRITTEN: Timestamp = Timestamp::constant(1_793_491_200, 0);
const TOLERANCE: SignedDuration = SignedDuration::from_mins(2);
/// In which she may still change her mind: the default.
const GRACE: SignedDuration = SignedDuration::from_secs(30);

/// Only thanks have such a subject.
const THANKS: &str = "Thank you for the interview on ";
/// Only second letters have it.
const SECOND: &str = ": my letter of ";
/// Only what is to be said by phone has these words.
const SCRIPT: &str = "The one question";
/// Only the mail that asks whether to let go.
const LET_GO: &str = "Nothing has been noted from them since ";
/// Only the mail that says that it is time to call.
const TIME_TO_CALL: &str = "This is the time to call";
/// One of these has to be said of a letter that had her word, and did not go.
const NEWS: [&str; 4] =
    ["its time was over", "did not take the letter", "has arrived is not known", "This is ready to go to "];

/// The person's yes to one letter, as they read it.
#[derive(Debug, Clone)]
pub(crate) struct Approval {
    pub(crate) followup: i64,
    pub(crate) recipient: String,
    pub(crate) subject: String,
    pub(crate) body: String,
    pub(crate) application: i64,
    /// Names the application: no other has this position.
    pub(crate) position: String,
    /// What it is, by what she was told when she read it.
    pub(crate) step: Step,
    /// The interview that it is about, by her own notes.
    pub(crate) round: Round,
    /// Its words are her own.
    pub(crate) edited: bool,
    pub(crate) late: bool,
    pub(crate) company: String,
    /// The recipient's.
    pub(crate) zone: TimeZone,
    /// The name under which it goes.
    pub(crate) from: String,
    pub(crate) given_at: Timestamp,
    /// The end of the window for which it was shown.
    pub(crate) closes: Timestamp,
    /// By which it would be found, once the server has seen it.
    pub(crate) message_id: Option<String>,
    /// When the server refused it for good.
    pub(crate) refused_at: Option<Timestamp>,
    /// How many mails she had got by then.
    pub(crate) told_before: usize,
    pub(crate) standing: Standing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Given,
    /// Taken back while the letter was in hand: that one may still arrive.
    TooLate,
    TakenBack,
    /// Another step came, though she had not taken it back: something must have been in the way.
    Over,
    Used,
}

/// A letter that the server took.
#[derive(Debug, Clone)]
struct Letter {
    /// When its recipient was named, by the wall clock.
    at: Timestamp,
    /// When the server took it, by the wall clock; not after the time to which that was put back since.
    taken_at: Timestamp,
    position: String,
    anchor: Anchor,
    is_thanks: bool,
    company: String,
    /// What was known of the application was forgotten since, and with it how long ago the letter went.
    is_forgotten: bool,
    recipient: String,
}

/// How many letters may go. Only a clock that runs on can be held to it, and to the time for a change of mind.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    pub(crate) per_day: usize,
    /// Business days between two letters to one company.
    pub(crate) gap: usize,
    /// The person's, whose days count.
    pub(crate) zone: TimeZone,
}

/// How often what happened.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) thanks: u64,
    pub(crate) second_letters: u64,
    pub(crate) calls_asked_for: u64,
    pub(crate) let_go: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Witness {
    pub(crate) manners: Manners,
    pub(crate) limits: Option<Limits>,
    /// What she has written down, by position.
    notes: BTreeMap<String, Notes>,
    /// In which look of the program, or between which two, she wrote something down last.
    noted_in: BTreeMap<String, u64>,
    /// Odd while the program looks.
    look: u64,
    /// The silences at whose end she was asked, ever.
    asked: BTreeSet<Silence>,
    /// Those of the look that goes on, and those of looks that ended well: the program knows of these.
    asked_just_now: Vec<Silence>,
    asked_and_recorded: BTreeSet<Silence>,
    pub(crate) seen: Seen,
    pub(crate) approvals: Vec<Approval>,
    /// The mails to the person themselves, each on one line.
    pub(crate) told: Vec<String>,
    letters: Vec<Letter>,
    /// How many of them had gone when an older copy took the place of the database.
    before_the_copy: usize,
    /// The program cannot know any more what went out.
    pub(crate) journal_lost: bool,
    /// What was never to be.
    pub(crate) breaches: Vec<String>,
    /// The latest instant that the person's own doings recorded since they last accepted the clock.
    last_recorded: Option<Timestamp>,
    /// What that was when MAIL was said last: a letter was in hand from then on.
    recorded_before_it: Option<Timestamp>,
    /// And what the clock said then.
    opened: Timestamp,
    first_seen: BTreeMap<String, Timestamp>,
    /// When somebody was last named as a recipient.
    pub(crate) last_named: BTreeMap<String, Timestamp>,
}

impl Witness {
    pub(crate) fn breach(&mut self, what: impl Into<String>) {
        self.breaches.push(what.into());
    }

    /// The person said yes to a letter that they had before their eyes.
    pub(crate) fn approved(&mut self, approval: Approval) {
        let approval = Approval { told_before: self.told.len(), ..approval };
        self.must_be_what_it_says(&approval);
        let Approval { followup, recipient, subject, body, from, closes, .. } = &approval;
        // What was allowed of a step that is over, such as one that lapsed, is not any longer.
        let is_over = |it: &&mut Approval| it.recipient == *recipient && it.followup != *followup;
        let given = |it: &Approval| it.standing == Standing::Given;
        self.approvals.iter_mut().filter(is_over).filter(|it| given(it)).for_each(|it| it.standing = Standing::Over);
        let known = self.approvals.iter().position(|it| given(it) && it.is_of(recipient, subject, body, from));
        let approval = match known.map(|at| self.approvals.remove(at)) {
            Some(known) => Approval { closes: *closes, ..known },
            None => approval,
        };
        self.approvals.push(approval);
    }

    /// Words that the program chose are those of the step that it named.
    fn must_be_what_it_says(&mut self, approval: &Approval) {
        let Approval { position, step, subject, edited, late, .. } = approval;
        let is_right = match step {
            Step::Thanks => subject.starts_with(THANKS) && !late,
            Step::First => !subject.starts_with(THANKS) && (*edited || !subject.contains(SECOND)),
            Step::Second => !subject.starts_with(THANKS) && (*edited || subject.contains(SECOND)),
            Step::Call => false,
        };
        if !is_right {
            self.breach(format!("{position}: she was shown {step:?}, late: {late}, with the words {subject:?}"));
        }
    }

    /// She has written something down of an application.
    pub(crate) fn noted(&mut self, notes: Notes) {
        self.noted_in.insert(notes.position.clone(), self.look);
        self.notes.insert(notes.position.clone(), notes);
    }

    /// The program begins to look.
    pub(crate) fn look_begins(&mut self) {
        self.look += 1;
        self.asked_just_now.clear();
    }

    /// It has looked, and `is_recorded` what it did.
    pub(crate) fn look_ends(&mut self, is_recorded: bool) {
        self.look += 1;
        let asked = std::mem::take(&mut self.asked_just_now);
        if is_recorded {
            self.asked_and_recorded.extend(asked);
        }
    }

    /// The wall clock says `now` from one moment to the next: what is recorded after this may be of before.
    pub(crate) fn clock_jumped(&mut self, now: Timestamp) {
        self.letters.iter_mut().for_each(|it| it.taken_at = it.taken_at.min(now));
    }

    /// Whatever was allowed to go to `recipient` is not any longer; `in_hand`: a letter was being sent just then.
    pub(crate) fn taken_back(&mut self, recipient: &str, in_hand: bool) {
        let to = if in_hand { Standing::TooLate } else { Standing::TakenBack };
        for approval in self.approvals.iter_mut().filter(|it| it.recipient == recipient) {
            if matches!(approval.standing, Standing::Given | Standing::TooLate) {
                approval.standing = to;
            }
        }
    }

    /// The person did something at `now`, which was recorded.
    pub(crate) fn recorded(&mut self, now: Timestamp) {
        self.last_recorded = self.last_recorded.max(Some(now));
    }

    /// From now on, whatever was recorded before says nothing of the clock.
    pub(crate) fn clock_accepted(&mut self, now: Timestamp) {
        self.last_recorded = Some(now);
    }

    /// What was recorded is gone: a copy took its place.
    pub(crate) fn forgets(&mut self) {
        self.last_recorded = None;
        self.asked_and_recorded.clear();
        self.asked_just_now.clear();
        self.before_the_copy = self.letters.len();
        self.approvals
            .iter_mut()
            .filter(|it| it.standing != Standing::Used)
            .for_each(|it| it.standing = Standing::TakenBack);
    }

    /// MAIL was said.
    pub(crate) fn opens(&mut self, now: Timestamp) {
        self.recorded_before_it = self.last_recorded;
        self.opened = now;
    }

    /// RCPT was said of `recipient`, the first of its letter.
    pub(crate) fn names(&mut self, recipient: &str, now: Timestamp) {
        self.last_named.insert(recipient.to_owned(), now);
    }

    /// DATA was said for a letter to `recipient`.
    pub(crate) fn begins(&mut self, recipient: &str, now: Timestamp) {
        if recipient == ME {
            return;
        }
        let live =
            |it: &&Approval| it.recipient == recipient && matches!(it.standing, Standing::Given | Standing::TooLate);
        let live: Vec<&Approval> = self.approvals.iter().filter(live).collect();
        // What was being sent when it was taken back may be another one.
        let newest = live.iter().rev().find(|it| it.standing == Standing::Given).or(live.last());
        let Some(approval) = newest else {
            return self.breach(format!("{recipient}: a letter was begun that nobody had approved (any more)"));
        };
        let is_hasty = self.limits.is_some() && live.iter().all(|it| now.duration_since(it.given_at) < GRACE);
        let is_over = live.iter().all(|it| now >= it.closes);
        let there = now.to_zoned(approval.zone.clone());
        // A clock that fell back a little since MAIL, while the server answered, is none the worse for it.
        let fell_back = self.opened.duration_since(now);
        let is_slight = fell_back.is_positive() && fell_back <= TOLERANCE;
        let there = if is_slight { self.opened.to_zoned(approval.zone.clone()) } else { there };
        let is_office =
            !matches!(there.weekday(), Weekday::Saturday | Weekday::Sunday) && (9..17).contains(&there.hour());
        let is_answered = live.iter().all(|it| it.standing == Standing::Given)
            && self.notes.get(&approval.position).is_some_and(Notes::is_over);
        let out_of_time = self.out_of_time(approval, there.date());
        let position = approval.position.clone();
        // It may fall behind what was recorded, and then once more while the server answers.
        let is_behind = |last: Timestamp| last.duration_since(now) > TOLERANCE * 2;
        let is_wrong = now < WRITTEN || self.recorded_before_it.is_some_and(is_behind);
        if is_wrong {
            self.breach(format!("{recipient}: a letter was begun while the clock said {now}, which cannot be"));
        }
        if is_hasty {
            self.breach(format!("{recipient}: a letter was begun at {there}, before she could change her mind"));
        }
        if is_over {
            self.breach(format!("{recipient}: a letter was begun at {there}, after the window for which it was shown"));
        }
        if !is_office {
            self.breach(format!("{recipient}: a letter was begun at {there}"));
        }
        if is_answered {
            self.breach(format!("{position}: a letter was begun after an answer or a close was noted"));
        }
        if let Some(why) = out_of_time {
            self.breach(format!("{recipient}: a letter was begun at {there}, {why}"));
        }
    }

    /// What is wrong with the `day` on which the letter of `approval` is begun, if anything.
    fn out_of_time(&self, approval: &Approval, day: Date) -> Option<String> {
        let Approval { position, round, zone, step, .. } = approval;
        let anchor = Anchor { held_on: round.held_on, promised_on: round.promised_on };
        let last = self.last_letter(position, anchor).map(|it| it.taken_at.to_zoned(zone.clone()).date());
        let days = match (step, last) {
            (Step::Thanks, _) => Manners::thanks(round.held_on),
            // What she was told that it is, is not what counts.
            (_, Some(last)) if self.keeps_count() => self.manners.second(last),
            (Step::First, _) => self.manners.first(round),
            _ => return None,
        };
        if day < days.first {
            return Some(format!("too early: not before {}, {step:?} after {round:?}, {last:?}", days.first));
        }
        // From a letter of which it was in doubt for long whether it arrived, the program counts from later on.
        let is_too_late = day > days.late && (*step != Step::Second || last.is_none());
        is_too_late.then(|| format!("too late: not after {}, {step:?} after {round:?}", days.late))
    }

    /// Whether the program can know which letters went.
    fn keeps_count(&self) -> bool {
        !self.journal_lost
    }

    /// The letters after an interview, thanks aside.
    fn letters_after(&self, position: &str, held_on: Date) -> impl Iterator<Item = &Letter> {
        self.letters.iter().filter(move |it| it.position == position && it.anchor.held_on == held_on && !it.is_thanks)
    }

    /// Those of them that count for its promise too. An older copy knows of no later promise: there, one of the letters
    /// after such a promise is the one of this.
    fn letters_of(&self, position: &str, anchor: Anchor) -> Vec<&Letter> {
        let of_it: Vec<&Letter> =
            self.letters_after(position, anchor.held_on).filter(|it| it.anchor == anchor).collect();
        if !of_it.is_empty() {
            return of_it;
        }
        let is_one = |it: &&Letter| it.position == position && it.anchor.held_on == anchor.held_on && !it.is_thanks;
        let before = self.letters[..self.before_the_copy].iter().filter(is_one);
        before
            .filter(|it| it.anchor.promised_on >= anchor.promised_on)
            .max_by_key(|it| it.taken_at)
            .into_iter()
            .collect()
    }

    fn last_letter(&self, position: &str, anchor: Anchor) -> Option<&Letter> {
        self.letters_of(position, anchor).into_iter().max_by_key(|it| it.taken_at)
    }

    /// The server said that it will never take what is for `recipient`.
    pub(crate) fn refuses(&mut self, recipients: &[String], now: Timestamp) {
        let is_live = |it: &&mut Approval| matches!(it.standing, Standing::Given | Standing::TooLate);
        let is_of_it = |it: &&mut Approval| recipients.contains(&it.recipient);
        self.approvals.iter_mut().filter(is_live).filter(is_of_it).for_each(|it| it.refused_at = Some(now));
    }

    /// The server has all of a letter, whether it takes it or not: each try has one name, by which it can be found.
    pub(crate) fn reads(&mut self, recipients: &[String], message: &[u8]) {
        let parsed = MessageParser::new().parse(message).unwrap_or_default();
        let [subject, body, from] = words(&parsed);
        let Some(recipient) = recipients.iter().find(|it| *it != ME) else { return };
        let id = parsed.message_id().unwrap_or_default().to_owned();
        let live = |it: &&mut Approval| {
            matches!(it.standing, Standing::Given | Standing::TooLate) && it.is_of(recipient, &subject, &body, &from)
        };
        let known =
            self.approvals.iter_mut().find(live).map(|it| it.message_id.get_or_insert_with(|| id.clone()).clone());
        if let Some(known) = known.filter(|known| *known != id) {
            self.breach(format!("{recipient}: the letter is {id} now, and was {known} at an earlier try"));
        }
    }

    /// The server took a letter, whatever it says.
    pub(crate) fn accepts(&mut self, recipients: &[String], message: &[u8], now: Timestamp, says_so: bool) {
        let parsed = MessageParser::new().parse(message).unwrap_or_default();
        let [subject, body, from] = words(&parsed);
        if recipients.iter().filter(|it| *it != ME).count() > 1 {
            self.breach(format!("{recipients:?}: one letter went to all of them"));
        }
        let Some(recipient) = recipients.iter().find(|it| *it != ME) else {
            let told = body.split_whitespace().collect::<Vec<_>>().join(" ");
            self.tells(&told, now, says_so);
            self.told.push(told);
            return;
        };
        if body.contains(SCRIPT) || !recipient.contains('@') {
            self.breach(format!("{recipient}: a call went as a letter"));
        }
        let same = |it: &&mut Approval| it.is_of(recipient, &subject, &body, &from);
        let mut candidates: Vec<&mut Approval> = self.approvals.iter_mut().filter(same).collect();
        let standings: Vec<Standing> = candidates.iter().map(|it| it.standing).collect();
        let went_before = standings.contains(&Standing::Used);
        let allowed = candidates.iter_mut().find(|it| matches!(it.standing, Standing::Given | Standing::TooLate));
        match allowed {
            Some(approval) => {
                approval.standing = Standing::Used;
                let approval = approval.clone();
                self.counts(recipient, &approval, now);
                if went_before && !self.journal_lost {
                    self.breach(format!("{recipient}: a letter that had gone was asked for again, and went TWICE"));
                }
            }
            None if went_before => self.breach(format!("{recipient}: the letter went TWICE")),
            None if standings.contains(&Standing::TakenBack) => {
                self.breach(format!("{recipient}: a letter went whose approval had been taken back"));
            }
            None => self.breach(format!(
                "{recipient}: a letter went that was not approved in these words:\n{from}\n{subject}\n{body}"
            )),
        }
    }

    /// Holds the letter against those before it.
    fn counts(&mut self, recipient: &str, approval: &Approval, now: Timestamp) {
        let Approval { company, zone, position, round, .. } = approval;
        let company = company.clone();
        let at = self.last_named.get(recipient).copied().unwrap_or(now);
        if let Some(Limits { per_day, gap, zone: own }) = self.limits.clone().filter(|_| !self.journal_lost) {
            let today = at.to_zoned(own.clone()).date();
            let before = self.letters.iter().filter(|it| it.at.to_zoned(own.clone()).date() == today).count();
            if before >= per_day {
                self.breach(format!("{recipient}: letter {} of {today}, of {per_day} at most", before + 1));
            }
            let last = self.letters.iter().rev().find(|it| it.company == company && !it.is_forgotten).map(|it| it.at);
            let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
            if let Some(last) = last.filter(|_| gap > 0)
                && day(at) < business_days_after(day(last), gap)
            {
                self.breach(format!("{recipient}: a letter to {company} on {}, after one on {}", day(at), day(last)));
            }
        }
        let anchor = Anchor { held_on: round.held_on, promised_on: round.promised_on };
        let is_thanks = approval.subject.starts_with(THANKS);
        if self.keeps_count() {
            self.has_its_place(approval, anchor, is_thanks);
        }
        self.seen.thanks += u64::from(is_thanks);
        self.seen.second_letters += u64::from(!is_thanks && self.last_letter(position, anchor).is_some());
        self.letters.push(Letter {
            at,
            taken_at: now,
            position: position.clone(),
            anchor,
            is_thanks,
            company,
            is_forgotten: false,
            recipient: recipient.to_owned(),
        });
    }

    /// Holds a letter against those that went after the same interview.
    fn has_its_place(&mut self, approval: &Approval, anchor: Anchor, is_thanks: bool) {
        let Approval { position, step, subject, zone, .. } = approval;
        let Anchor { held_on, .. } = anchor;
        let letters = self.letters_after(position, held_on).count();
        if is_thanks {
            let thanks = self
                .letters
                .iter()
                .filter(|it| it.position == *position && it.anchor.held_on == held_on && it.is_thanks);
            if thanks.count() > 0 {
                self.breach(format!("{position}: thanks for the interview on {held_on} went again"));
            }
            if letters > 0 {
                self.breach(format!("{position}: thanks for the interview on {held_on} went after a letter"));
            }
            return;
        }
        if letters >= self.manners.max_letters {
            let most = self.manners.max_letters;
            self.breach(format!("{position}: letter {} after the interview on {held_on}, of {most}", letters + 1));
        }
        let before = self.letters_of(position, anchor);
        let expected = [Step::First, Step::Second].get(before.len()).copied();
        // A second letter says of which day the first one was.
        let named = subject.split_once(SECOND).and_then(|(_, rest)| rest.split_once(" - ")).map(|(day, _)| day);
        let day = |it: &&Letter| it.taken_at.to_zoned(zone.clone()).strftime("%-d %B").to_string();
        let is_true = named.is_none_or(|named| self.limits.is_none() || before.iter().any(|it| day(it) == named));
        let before = before.len();
        if expected != Some(*step) {
            self.breach(format!("{position}: {before} letters went after {anchor:?}, and then {step:?}"));
        }
        if !is_true {
            self.breach(format!("{position}: {subject:?}, but none went on that day"));
        }
    }

    /// The sections of a mail to her, each with the position that it is about, where it names one.
    fn sections<'a>(told: &'a str, positions: &BTreeMap<String, Notes>) -> Vec<(String, &'a str)> {
        let parts = told.split("--------").map(|part| part.trim_start_matches('-').trim());
        let about = |part: &&'a str| {
            let (position, _) = part.split_once(" at ")?;
            positions.contains_key(position).then(|| (position.to_owned(), *part))
        };
        parts.filter_map(|part| about(&part)).collect()
    }

    /// The server took a mail to her, and said so or not.
    fn tells(&mut self, told: &str, now: Timestamp, says_so: bool) {
        for (position, words) in Self::sections(told, &self.notes) {
            let notes = self.notes[&position].clone();
            // What she notes while the mail is on its way comes too late for it.
            let is_of_before = self.noted_in.get(&position) == Some(&self.look);
            if words.contains(TIME_TO_CALL) {
                self.seen.calls_asked_for += 1;
                if let Some(why) = self.wrong_call(&notes, now).filter(|_| !is_of_before) {
                    self.breach(format!("{position}: she was asked to call, {why}"));
                }
            }
            if words.contains(LET_GO) {
                self.seen.let_go += 1;
                self.asked.insert(notes.silence());
                if is_of_before {
                    continue;
                }
                if let Some(why) = self.wrong_end(&notes, now) {
                    self.breach(format!("{position}: she was asked whether to let go, {why}"));
                }
                if says_so {
                    self.asked_just_now.push(notes.silence());
                }
            }
        }
    }

    /// Why nobody should be called now, if so.
    fn wrong_call(&self, notes: &Notes, now: Timestamp) -> Option<String> {
        let anchor = notes.anchor();
        if notes.is_over() {
            return Some("after an answer or a close was noted".to_owned());
        }
        if !notes.has_phone {
            return Some("without a number".to_owned());
        }
        if self.limits.is_none() || !self.keeps_count() {
            return None;
        }
        let last = self.last_letter(&notes.position, anchor).map(|it| it.taken_at);
        let (days, since) = match last {
            Some(at) => (Manners::call(notes.day(at)), at),
            // Where there is nobody to write to, the call takes the place of the letter, at its time.
            None if !notes.has_mail => {
                let days = self.manners.first(&notes.last_round());
                (days, days.first.at(9, 0, 0, 0).to_zoned(notes.zone.clone()).unwrap().timestamp())
            }
            None => return Some("though no letter went".to_owned()),
        };
        if notes.day(now) < days.first {
            return Some(format!("before {}", days.first));
        }
        // Once for an interview and its promise: what was done since the first of its letters counts.
        let first = self.letters_of(&notes.position, anchor).into_iter().map(|it| it.taken_at).min();
        let since = first.unwrap_or(since);
        let is_done = notes.calls.iter().any(|(of, at)| *of == anchor && *at >= since);
        let is_of_it = |(of, step, at): &(Anchor, Step, Timestamp)| {
            let is_it = if last.is_some() { *step == Step::Call && *at >= since } else { *step == Step::First };
            *of == anchor && is_it
        };
        let is_turned_down = notes.turned_down.iter().any(is_of_it);
        (is_done || is_turned_down).then(|| "which she had done, or did not want".to_owned())
    }

    /// Why it is not the time to let go, if so.
    fn wrong_end(&self, notes: &Notes, now: Timestamp) -> Option<String> {
        if notes.is_over() {
            return Some("after an answer or a close was noted".to_owned());
        }
        if self.asked_and_recorded.contains(&notes.silence()) || self.asked_just_now.contains(&notes.silence()) {
            return Some("again".to_owned());
        }
        if self.limits.is_none() || !self.keeps_count() {
            return None;
        }
        let Notes { position, .. } = notes;
        let (round, anchor) = (notes.last_round(), notes.anchor());
        let is_same = |it: &Anchor| it.held_on == anchor.held_on;
        let letters = self.letters.iter().filter(|it| it.position == *position && is_same(&it.anchor));
        let refused = self.approvals.iter().filter(|it| it.position == *position && it.round.held_on == anchor.held_on);
        let instants = letters
            .map(|it| it.taken_at)
            .chain(refused.filter_map(|it| it.refused_at))
            .chain(notes.calls.iter().filter(|(of, _)| is_same(of)).map(|(_, at)| *at))
            .chain([notes.since]);
        let days = instants.map(|at| notes.day(at)).chain([round.held_on]).chain(round.promised_on);
        let last = days.max().unwrap();
        if notes.day(now) < Manners::let_go(last) {
            return Some(format!("before {}", Manners::let_go(last)));
        }
        self.to_come(notes, now).map(|step| format!("though {step:?} is still to come"))
    }

    /// A step that is still to come, or on its way.
    fn to_come(&self, notes: &Notes, now: Timestamp) -> Option<Step> {
        let Notes { position, .. } = notes;
        let (round, anchor) = (notes.last_round(), notes.anchor());
        let is_used_up = |step: Step, since: Timestamp| {
            let is_refused = |it: &Approval| {
                let of = Anchor { held_on: it.round.held_on, promised_on: it.round.promised_on };
                it.position == *position && of == anchor && it.step == step && it.refused_at.is_some()
            };
            let is_turned_down =
                |(of, what, at): &(Anchor, Step, Timestamp)| *of == anchor && *what == step && *at >= since;
            notes.turned_down.iter().any(is_turned_down) || self.approvals.iter().any(is_refused)
        };
        let is_left = self.letters_after(position, anchor.held_on).count() < self.manners.max_letters;
        let before = self.letters_of(position, anchor).len();
        let Some(last) = self.last_letter(position, anchor).map(|it| it.taken_at) else {
            let days = self.manners.first(&round);
            // A call that was made before its time may have been that of this step, or one besides.
            let has_called = notes.calls.iter().any(|(of, _)| *of == anchor);
            let is_possible = if notes.has_mail { is_left } else { notes.has_phone && !has_called };
            let end = if notes.has_mail { days.late } else { days.last };
            let is_to_come =
                is_possible && !is_used_up(Step::First, Timestamp::MIN) && notes.is_before_end_of(end, now);
            return is_to_come.then_some(Step::First);
        };
        let has_called = notes.calls.iter().any(|(of, at)| *of == anchor && *at >= last);
        let call = Manners::call(notes.day(last)).last;
        // After another letter there is no call, unless none could be asked for after the first.
        let is_call_possible = notes.has_phone && before == 1 && !has_called;
        if is_call_possible && !is_used_up(Step::Call, last) && notes.is_before_end_of(call, now) {
            return Some(Step::Call);
        }
        let second = self.manners.second(notes.day(last)).late;
        let is_second_possible = notes.has_mail && is_left && before == 1;
        (is_second_possible && !is_used_up(Step::Second, Timestamp::MIN) && notes.is_before_end_of(second, now))
            .then_some(Step::Second)
    }

    /// Once all has come to rest: whatever had her word went, or she was told why not.
    pub(crate) fn must_have_gone_or_been_told(&mut self, now: Timestamp) {
        let is_left = |it: &&Approval| matches!(it.standing, Standing::Given | Standing::Over) && it.closes <= now;
        let is_open = |it: &&Approval| self.notes.get(&it.position).is_some_and(|notes| !notes.is_over());
        let left: Vec<&Approval> = self.approvals.iter().filter(is_left).filter(is_open).collect();
        let untold = left.into_iter().filter(|it| {
            let since = &self.told[it.told_before..];
            let is_said = |words: &str| times_told(since, &it.position, it.application, words) > 0;
            !NEWS.into_iter().any(is_said) && !self.was_told_of_hold(it.application)
        });
        let breaches: Vec<String> = untold
            .map(|it| format!("{}: {:?} had her word, did not go, and she was never told why", it.position, it.step))
            .collect();
        breaches.into_iter().for_each(|breach| self.breach(breach));
    }

    /// Whether she was asked at the end of the silence that `notes` speak of.
    pub(crate) fn was_asked_to_let_go(&self, notes: &Notes) -> bool {
        self.asked.contains(&notes.silence())
    }

    /// Whatever is known of those whose addresses begin with `name` is removed.
    pub(crate) fn forgotten(&mut self, name: &str) {
        self.letters.iter_mut().filter(|it| it.recipient.starts_with(name)).for_each(|it| it.is_forgotten = true);
    }

    /// How many letters the server took.
    pub(crate) fn letters(&self) -> usize {
        self.letters.len()
    }

    /// Until when the server takes nothing for `recipient`.
    pub(crate) fn greylisted_until(&mut self, recipient: &str, truth: Timestamp) -> Timestamp {
        *self.first_seen.entry(recipient.to_owned()).or_insert(truth + 20.minutes())
    }

    /// Whether the letter to `recipient` in these words has arrived: what asking them would tell.
    pub(crate) fn has_arrived(&self, recipient: &str, subject: &str, body: &str) -> bool {
        let is_it = |it: &Approval| it.is_of(recipient, subject, body, &it.from);
        self.approvals.iter().any(|it| is_it(it) && it.standing == Standing::Used)
    }

    /// How often the person got a mail that says `words` of `position`.
    pub(crate) fn times_told(&self, position: &str, id: i64, words: &str) -> usize {
        times_told(&self.told, position, id, words)
    }

    /// Whether the person got a mail that the application cannot go on until a fact of it is corrected.
    pub(crate) fn was_told_of_hold(&self, id: i64) -> bool {
        let words = format!("Application {id} cannot go on");
        self.told.iter().any(|told| told.contains(&words))
    }
}

impl Approval {
    fn is_of(&self, recipient: &str, subject: &str, body: &str, from: &str) -> bool {
        let is_said = self.subject == subject && self.body.trim_end() == body.trim_end();
        is_said && self.recipient == recipient && self.from == from
    }
}

/// Subject, text, and the name of the sender.
fn words(message: &Message) -> [String; 3] {
    let from = message.from().and_then(|from| from.first()).and_then(|from| from.name()).unwrap_or_default();
    let body = message.body_text(0).unwrap_or_default().replace("\r\n", "\n");
    [message.subject().unwrap_or_default().to_owned(), body, from.to_owned()]
}

/// How often `mails` say `words` of `position`. While its facts cannot be used, its number `id` names it.
fn times_told(mails: &[String], position: &str, id: i64, words: &str) -> usize {
    let (head, number) = (format!("{position} at "), format!("Letter at application {id} "));
    let says = |part: &&str| (part.contains(&head) || part.contains(&number)) && part.contains(words);
    mails.iter().map(|told| told.split("--------").filter(says).count()).sum()
}

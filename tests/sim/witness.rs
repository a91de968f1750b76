//! What the other side saw, held against what the person allowed. It never reads our database.

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use mail_parser::{Message, MessageParser};

use super::stage::ME;

/// A clock that says less than this is wrong: it is the build date of the program.
const WRITTEN: Timestamp = Timestamp::constant(1_793_491_200, 0);
const TOLERANCE: SignedDuration = SignedDuration::from_mins(2);
/// In which she may still change her mind: the default.
const GRACE: SignedDuration = SignedDuration::from_secs(30);

/// The person's yes to one letter, as they read it.
#[derive(Debug, Clone)]
pub(crate) struct Approval {
    pub(crate) followup: i64,
    pub(crate) recipient: String,
    pub(crate) subject: String,
    pub(crate) body: String,
    /// No letter after this interview may go before this day.
    pub(crate) not_before: Date,
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
    pub(crate) standing: Standing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Given,
    /// Taken back while the letter was in hand: that one may still arrive.
    TooLate,
    TakenBack,
    Used,
}

/// A letter that the server took.
#[derive(Debug, Clone)]
struct Letter {
    /// When its recipient was named, by the wall clock.
    at: Timestamp,
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

#[derive(Debug, Default)]
pub(crate) struct Witness {
    pub(crate) limits: Option<Limits>,
    pub(crate) approvals: Vec<Approval>,
    /// The mails to the person themselves, each on one line.
    pub(crate) told: Vec<String>,
    letters: Vec<Letter>,
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
        let Approval { followup, recipient, subject, body, from, closes, .. } = &approval;
        // What was allowed of a step that is over, such as one that lapsed, is not any longer.
        let is_over = |it: &&mut Approval| it.recipient == *recipient && it.followup != *followup;
        let given = |it: &Approval| it.standing == Standing::Given;
        self.approvals
            .iter_mut()
            .filter(is_over)
            .filter(|it| given(it))
            .for_each(|it| it.standing = Standing::TakenBack);
        let known = self.approvals.iter().position(|it| given(it) && it.is_of(recipient, subject, body, from));
        let approval = match known.map(|at| self.approvals.remove(at)) {
            Some(known) => Approval { closes: *closes, ..known },
            None => approval,
        };
        self.approvals.push(approval);
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
        let Some(approval) = live.first() else {
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
        let is_early = there.date() < approval.not_before;
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
        if is_early {
            self.breach(format!("{recipient}: a letter was begun at {there}, too early"));
        }
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
    pub(crate) fn accepts(&mut self, recipients: &[String], message: &[u8], now: Timestamp) {
        let parsed = MessageParser::new().parse(message).unwrap_or_default();
        let [subject, body, from] = words(&parsed);
        if recipients.iter().filter(|it| *it != ME).count() > 1 {
            self.breach(format!("{recipients:?}: one letter went to all of them"));
        }
        let Some(recipient) = recipients.iter().find(|it| *it != ME) else {
            self.told.push(body.split_whitespace().collect::<Vec<_>>().join(" "));
            return;
        };
        let same = |it: &&mut Approval| it.is_of(recipient, &subject, &body, &from);
        let mut candidates: Vec<&mut Approval> = self.approvals.iter_mut().filter(same).collect();
        let standings: Vec<Standing> = candidates.iter().map(|it| it.standing).collect();
        let went_before = standings.contains(&Standing::Used);
        let allowed = candidates.iter_mut().find(|it| matches!(it.standing, Standing::Given | Standing::TooLate));
        match allowed {
            Some(approval) => {
                approval.standing = Standing::Used;
                let (company, zone) = (approval.company.clone(), approval.zone.clone());
                self.counts(recipient, company, &zone, now);
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
    fn counts(&mut self, recipient: &str, company: String, zone: &TimeZone, now: Timestamp) {
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
        self.letters.push(Letter { at, company, is_forgotten: false, recipient: recipient.to_owned() });
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

    /// Whether the letter to `recipient` that was approved last has arrived: what asking them would tell.
    pub(crate) fn has_arrived(&self, recipient: &str) -> bool {
        self.approvals.iter().rev().find(|it| it.recipient == recipient).is_some_and(|it| it.standing == Standing::Used)
    }

    /// Whether the person got a mail that says `words` of `position`. While its facts cannot be used, its number names it.
    pub(crate) fn was_told(&self, position: &str, id: i64, words: &str) -> bool {
        let (head, number) = (format!("{position} at "), format!("Letter at application {id} "));
        let says = |part: &str| (part.contains(&head) || part.contains(&number)) && part.contains(words);
        self.told.iter().any(|told| told.split("--------").any(says))
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

/// The `count`-th day after `date` that is none of a weekend.
pub(crate) fn business_days_after(date: Date, count: usize) -> Date {
    let is_business_day = |day: &Date| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    date.series(1.day()).skip(1).filter(is_business_day).nth(count - 1).unwrap()
}

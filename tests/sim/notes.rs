//! What she has written down herself, and the etiquette as it stands in the book: from these two and from what the mail
//! server saw, the witness works out what may be. Nothing here is asked of the program.

use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// A step of the course, thanks to a second letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Thanks,
    First,
    Call,
    Second,
}

/// One round, as she noted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Round {
    pub(crate) held_on: Date,
    pub(crate) round: u32,
    pub(crate) promised_on: Option<Date>,
}

/// An interview with what they promised after it. Two rounds of one day are one to whoever gets the letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Anchor {
    pub(crate) held_on: Date,
    pub(crate) promised_on: Option<Date>,
}

/// A silence is over with another interview, another promise, or when she opens the application again.
pub(crate) type Silence = (String, Round, u32);

/// What she knows of one application.
#[derive(Debug, Clone)]
pub(crate) struct Notes {
    pub(crate) position: String,
    /// The recipient's.
    pub(crate) zone: TimeZone,
    pub(crate) has_mail: bool,
    pub(crate) has_phone: bool,
    pub(crate) rounds: Vec<Round>,
    pub(crate) is_closed: bool,
    pub(crate) is_answered: bool,
    pub(crate) reopened: u32,
    /// When it was added, or opened again.
    pub(crate) since: Timestamp,
    pub(crate) calls: Vec<(Anchor, Timestamp)>,
    /// What she did not want, or did in another way.
    pub(crate) turned_down: Vec<(Anchor, Step, Timestamp)>,
}

impl Notes {
    /// The round that counts now. A date that they named for an answer still stands after another round.
    pub(crate) fn last_round(&self) -> Round {
        let last = self.rounds.iter().max_by_key(|it| (it.held_on, it.round)).unwrap();
        let ahead = self.rounds.iter().filter_map(|it| it.promised_on).filter(|date| *date >= last.held_on).max();
        Round { promised_on: last.promised_on.or(ahead), ..*last }
    }

    pub(crate) fn anchor(&self) -> Anchor {
        let Round { held_on, promised_on, .. } = self.last_round();
        Anchor { held_on, promised_on }
    }

    /// They named a date for their answer.
    pub(crate) fn promised(&mut self, date: Date) {
        let last = self.last_round();
        let is_last = |it: &&mut Round| (it.held_on, it.round) == (last.held_on, last.round);
        self.rounds.iter_mut().filter(is_last).for_each(|it| it.promised_on = Some(date));
        self.is_answered = false;
    }

    pub(crate) fn silence(&self) -> Silence {
        (self.position.clone(), self.last_round(), self.reopened)
    }

    pub(crate) fn is_over(&self) -> bool {
        self.is_closed || self.is_answered
    }

    /// The day it is there.
    pub(crate) fn day(&self, at: Timestamp) -> Date {
        at.to_zoned(self.zone.clone()).date()
    }

    /// Whether the office there closes on `day` only after `at`.
    pub(crate) fn is_before_end_of(&self, day: Date, at: Timestamp) -> bool {
        at.to_zoned(self.zone.clone()).datetime() < end_of(day)
    }
}

/// The end of the office hours of `day`.
fn end_of(day: Date) -> DateTime {
    day.at(17, 0, 0, 0)
}

/// What the settings say of the etiquette: everything else is the same in all lives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manners {
    /// The profile `prompt`, else `patient`.
    pub(crate) is_prompt: bool,
    /// Letters after one interview, thanks aside.
    pub(crate) max_letters: usize,
}

impl Default for Manners {
    fn default() -> Self {
        Self { is_prompt: false, max_letters: 2 }
    }
}

/// The first day of a window, its last one, and the last on which a late letter may go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Days {
    pub(crate) first: Date,
    pub(crate) last: Date,
    pub(crate) late: Date,
}

impl Manners {
    /// When thanks may go.
    pub(crate) fn thanks(held_on: Date) -> Days {
        let last = business_days_after(held_on, 2);
        Days { first: business_days_after(held_on, 1), last, late: last }
    }

    /// When the first letter after `it` may go.
    pub(crate) fn first(&self, it: &Round) -> Days {
        let (first, last) = match (it.promised_on, it.round) {
            (Some(promised_on), _) => (
                business_days_after(promised_on, if self.is_prompt { 2 } else { 5 }),
                business_days_after(promised_on, 15),
            ),
            (None, 2..) => {
                let bare = match self.is_prompt {
                    true => business_days_after(it.held_on, 8),
                    false => it.held_on.saturating_add(14.days()),
                };
                let counted_to = business_day_from(bare);
                // Nobody is there in late December.
                let later = if counted_to.month() == 12 && counted_to.day() >= 18 { 7 } else { 0 };
                let first = business_day_from(bare.saturating_add(later.days()));
                (first, business_day_from(it.held_on.saturating_add((21 + later).days())))
            }
            (None, _) => (business_days_after(it.held_on, 7), business_days_after(it.held_on, 15)),
        };
        Days { first, last, late: business_days_after(last, 20) }
    }

    /// When the second letter may go, after a first one of that day.
    pub(crate) fn second(&self, day: Date) -> Days {
        let last = business_days_after(day, 20);
        let first = business_days_after(day, if self.is_prompt { 7 } else { 10 });
        Days { first, last, late: business_days_after(last, 20) }
    }

    /// When to call, after a letter of that day.
    pub(crate) fn call(day: Date) -> Days {
        let last = business_days_after(day, 10);
        Days { first: business_days_after(day, 5), last, late: last }
    }

    /// The first day on which to ask whether to let go, when `day` was the last on which anything happened.
    pub(crate) fn let_go(day: Date) -> Date {
        business_days_after(day, 10)
    }
}

fn is_business_day(day: &Date) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// The `count`-th day after `date` that is none of a weekend.
pub(crate) fn business_days_after(date: Date, count: usize) -> Date {
    date.series(1.day()).skip(1).filter(is_business_day).nth(count - 1).unwrap()
}

fn business_day_from(date: Date) -> Date {
    date.series(1.day()).find(is_business_day).unwrap()
}

//! When a step is due: the interview, the promised date, the letters that went and the calendar become a window. The
//! rules with their numbers are in `strategy.rs`; which step's turn it is, `course` says.

mod recipient;
mod strategy;

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::application::{Application, BadFact, Interview, bad};
use super::calendar::{OfficeHours, is_weekend};
use super::followup::Kind;
use super::holidays::Calendars;
use super::letter::{Letters, Sender};

pub(super) use recipient::There;
pub use recipient::{By, Recipient};
pub use strategy::{CountsFrom, LONGEST_OFFSET, Offset, Rule, Stage, Step, Strategy};

/// Everything that is set once for all applications: when letters go, how they read, who writes them.
#[derive(Debug)]
pub struct Etiquette {
    pub sender: Sender,
    pub letters: Letters,
    /// The profile: for every application that names no other.
    pub strategy: Strategy,
    /// All that an application may name, by name; the built-in ones are among them.
    pub strategies: BTreeMap<String, Strategy>,
    /// Letters after one interview at most, whatever dates they go on to name.
    pub max_letters: u32,
    pub hours: OfficeHours,
    pub calendars: Calendars,
    /// The person's own zone: their days, and the zone of recipients for whom none is known.
    pub zone: TimeZone,
    /// Between the approval and the send, for a change of mind.
    pub grace: SignedDuration,
    /// Letters a day at most; `None` is no limit.
    pub per_day: Option<u32>,
    /// Business days between two letters to one employer; 0 is no limit.
    pub per_employer: u32,
    /// Between two reminders of a letter that waits for a word; `None` where the daily digest is the reminder.
    pub remind: Option<SignedDuration>,
}

/// What a step counts from: an interview with its promised date. A step fires once per anchor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    pub interview: i64,
    pub held_on: Date,
    pub promised_on: Option<Date>,
}

impl Anchor {
    /// The anchor that `interview` is.
    pub fn of(interview: &Interview) -> Self {
        Self { interview: interview.id, held_on: interview.held_on, promised_on: interview.promised_on }
    }

    /// Whether both speak of the same interview and promise.
    ///
    /// A corrected day keeps the anchor, and so does a row that another program deleted and wrote again:
    /// neither is a reason to write to someone a second time.
    pub fn is_same(&self, other: &Anchor) -> bool {
        self.promised_on == other.promised_on && self.is_same_interview(other)
    }

    /// Whether both speak of the same interview, whatever was promised after it.
    pub fn is_same_interview(&self, other: &Anchor) -> bool {
        self.interview == other.interview || self.held_on == other.held_on
    }
}

/// When a follow-up may go: from `opens` until just before `closes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub opens: Timestamp,
    pub closes: Timestamp,
}

/// A step with its window worked out for one application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub rule: Rule,
    /// A letter, or a call where there is nothing to write to.
    pub kind: Kind,
    pub anchor: Anchor,
    /// The date from which the offsets count, see [`Rule::counts_from`].
    pub counted_from: Date,
    /// How far the window opens from there, and closes.
    pub opens_after: Offset,
    pub closes_after: Offset,
    /// The day that the count alone gives; `opens_on` is later where late December is in the way.
    pub counted_to: Date,
    pub opens_on: Date,
    pub closes_on: Date,
    /// The last day on which the letter may go late, with late wording; `closes_on` for thanks and calls.
    pub late_closes_on: Date,
    pub window: Window,
    /// When it is given up, if it was still not done when the window closed.
    pub late_closes: Timestamp,
}

impl Etiquette {
    /// How far back letters may count against a limit: for each business day between two of them to one employer two
    /// days, which is more than its weekends take, and besides a month and every holiday of the person's own.
    pub fn limits_reach_back(&self) -> SignedDuration {
        let days = 31 + 2 * i64::from(self.per_employer) + i64::try_from(self.calendars.own_days().len()).unwrap_or(0);
        SignedDuration::from_hours(24 * days)
    }

    /// Checks the facts of `application`, and that there is a strategy of the name it gives; `today` is the person's
    /// date.
    ///
    /// Errors with the first column that cannot be used.
    pub fn check(&self, application: &Application, today: Date) -> Result<(), BadFact> {
        application.check(today)?;
        match &application.strategy {
            Some(name) if !self.strategies.contains_key(name) => {
                let names: Vec<&str> = self.strategies.keys().map(String::as_str).collect();
                Err(bad("strategy", format!("there is no strategy {name:?}; there are: {}", names.join(", "))))
            }
            _ => Ok(()),
        }
    }

    /// The application's own strategy, else the profile; `None` where there is none of that name.
    pub fn strategy_of(&self, application: &Application) -> Option<&Strategy> {
        match &application.strategy {
            Some(name) => self.strategies.get(name),
            None => Some(&self.strategy),
        }
    }

    /// The first letter that the latest interview calls for, thanks aside, with its window, whether it went or not; a
    /// call where there is nothing to write to. `None` without an interview, or where no step of the application's
    /// strategy is for it.
    pub fn letter_due(&self, application: &Application) -> Option<Due> {
        let interview = application.latest_interview()?;
        let is_for_it = |step: &&Step| step.rule.stage() == Stage::Letter && step.rule.applies_to(&interview);
        let strategy = self.strategy_of(application)?;
        let step = strategy.steps.iter().find(is_for_it)?;
        let from = interview.promised_on.unwrap_or(interview.held_on);
        Some(self.window(&self.there(application), application, &interview, step, from))
    }

    /// The window of `step` where it counts from `counted_from`, in the recipient's zone.
    pub(super) fn window(
        &self,
        There { calendar, zone }: &There,
        application: &Application,
        interview: &Interview,
        step: &Step,
        counted_from: Date,
    ) -> Due {
        let kind = match step.rule {
            Rule::Call => Kind::Call,
            _ if application.recipient().is_none() => Kind::Call,
            _ => Kind::Letter,
        };
        let counted_to = step.opens.after(counted_from, calendar);
        let is_quiet = step.rule == Rule::SecondInterview && opens_in_late_december(counted_to);
        let shifted = |offset: Offset| {
            let week = if is_quiet { 7 } else { 0 };
            calendar.on_or_after(offset.bare_after(counted_from, calendar).saturating_add(week.days()))
        };
        let opens_on = shifted(step.opens);
        // Holidays stretch business days, and not days: a step of both may close before it opens.
        let closes_on = shifted(step.closes).max(calendar.business_days_after(opens_on, 1));
        let late = match (step.rule.may_be_late(kind), self.strategy_of(application)) {
            (true, Some(strategy)) => strategy.late,
            _ => 0,
        };
        let late_closes_on = calendar.business_days_after(closes_on, late);
        Due {
            rule: step.rule,
            kind,
            anchor: Anchor::of(interview),
            counted_from,
            opens_after: step.opens,
            closes_after: step.closes,
            counted_to,
            opens_on,
            closes_on,
            late_closes_on,
            window: Window { opens: self.hours.opens(opens_on, zone), closes: self.hours.closes(closes_on, zone) },
            late_closes: self.hours.closes(late_closes_on, zone),
        }
    }

    /// The count from `due.counted_from` to the day that it gives, day by day as on a wall calendar; and where late
    /// December moves that by a week, the days after the week that put it off further.
    pub fn count_days(&self, application: &Application, due: &Due) -> Vec<CountedDay> {
        let calendar = self.calendar_of(application);
        let free = |date| calendar.holiday(date).or(is_weekend(date).then_some("weekend")).map(str::to_owned);
        let days = due.counted_from.tomorrow().map(|first| first.series(1.day()));
        let days = days.into_iter().flatten().take_while(|&day| day <= due.counted_to);
        let mut count = 0;
        let mut counted: Vec<CountedDay> = days
            .map(|date| {
                let free = free(date);
                let counts = match due.opens_after {
                    Offset::Days(days) => count < days,
                    Offset::BusinessDays(_) => free.is_none(),
                };
                count += u32::from(counts);
                CountedDay { date, count: counts.then_some(count), free }
            })
            .collect();
        if due.opens_on != due.counted_to {
            let a_week_later = due.opens_after.bare_after(due.counted_from, calendar).saturating_add(7.days());
            let put_off = a_week_later.series(1.day()).take_while(|&day| day < due.opens_on);
            counted.extend(put_off.map(|date| CountedDay { date, count: None, free: free(date) }));
        }
        counted
    }

    /// How the end of `due`'s window is counted, besides the days that already put off its opening.
    pub fn count_to_close(&self, application: &Application, due: &Due) -> ClosingCount {
        let calendar = self.calendar_of(application);
        let is_a_week_later = due.opens_on != due.counted_to;
        let week = if is_a_week_later { 7 } else { 0 };
        let counted_to = due.closes_after.bare_after(due.counted_from, calendar).saturating_add(week.days());
        let free = |date| calendar.holiday(date).or(is_weekend(date).then_some("weekend")).map(str::to_owned);
        let holidays = due.opens_on.series(1.day()).take_while(|&day| day < counted_to.min(due.closes_on));
        let holidays = holidays.filter(|&day| matches!(due.closes_after, Offset::BusinessDays(_)) && !is_weekend(day));
        let put_off = counted_to.series(1.day()).take_while(|&day| day < due.closes_on);
        ClosingCount {
            skipped: holidays.chain(put_off).filter_map(|day| Some((day, free(day)?))).collect(),
            is_a_week_later,
            is_put_off: counted_to < due.closes_on,
            is_after_opening: calendar.on_or_after(counted_to) < due.closes_on,
        }
    }
}

/// How the end of a window comes about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosingCount {
    /// The days that do not count, or on which it does not end: the name of the holiday, or that it is a weekend.
    pub skipped: Vec<(Date, String)>,
    /// Late December moves it with the opening.
    pub is_a_week_later: bool,
    /// Its day is no business day, and the next one takes its place.
    pub is_put_off: bool,
    /// It would be over before it begins, and is a business day long.
    pub is_after_opening: bool,
}

/// One day of a count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedDay {
    pub date: Date,
    /// The how-manieth it is, if it counts.
    pub count: Option<u32>,
    /// Why nobody works on it, if so: the name of the holiday, or that it is a weekend.
    pub free: Option<String>,
}

/// Few people are at their desks from 18 to 31 December.
fn opens_in_late_december(date: Date) -> bool {
    date.month() == 12 && date.day() >= 18
}

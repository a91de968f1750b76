//! When a letter is due, and by which rule: the interview, the promised date and the calendar become a
//! window. Every number of the table in the etiquette stands here, once.

use std::collections::BTreeMap;
use std::str::FromStr;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::application::{Application, BadFact, Interview, bad};
use super::calendar::{Calendar, OfficeHours, is_weekend};
use super::holidays::Calendars;
use super::letter::{Letters, Sender};

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

/// The rule by which a letter is due, by its name in the etiquette.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// They named a date, and it has passed.
    Promise,
    /// A second or later round, and no date was named.
    SecondInterview,
    /// The first round, and no date was named.
    FirstInterview,
}

impl Rule {
    /// Every rule, in the order in which they are tried.
    pub const ALL: [Rule; 3] = [Rule::Promise, Rule::SecondInterview, Rule::FirstInterview];

    /// The name of the rule in the etiquette, in messages and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Rule::Promise => "promise",
            Rule::SecondInterview => "second-interview",
            Rule::FirstInterview => "first-interview",
        }
    }

    /// The rule of that name, or `None`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }

    /// The name of its letter in `config/letters/`.
    pub fn template(self) -> &'static str {
        match self {
            Rule::Promise => "promise-passed",
            Rule::SecondInterview => "after-second-interview",
            Rule::FirstInterview => "after-interview",
        }
    }

    /// Why this rule opens its window then, for `why`; how many days it waits is for the strategy to say.
    pub fn reason(self) -> &'static str {
        match self {
            Rule::Promise => "they named a date, and it has passed: neither impatient nor forgetful",
            Rule::SecondInterview => "some weeks after a second interview, when no date was named",
            Rule::FirstInterview => "some time after a first interview, when no date was named",
        }
    }

    fn applies_to(self, interview: &Interview) -> bool {
        match self {
            Rule::Promise => interview.promised_on.is_some(),
            Rule::SecondInterview => interview.promised_on.is_none() && interview.round >= 2,
            Rule::FirstInterview => interview.promised_on.is_none() && interview.round < 2,
        }
    }
}

/// A distance from the anchor's date, which itself does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offset {
    Days(u32),
    BusinessDays(u32),
}

impl Offset {
    fn after(self, date: Date, calendar: &Calendar) -> Date {
        match self {
            Offset::Days(days) => calendar.on_or_after(date.saturating_add(i64::from(days).days())),
            Offset::BusinessDays(count) => calendar.business_days_after(date, count),
        }
    }
}

/// How far a step may reach, in days of either kind.
pub const LONGEST_OFFSET: u32 = 365;

impl FromStr for Offset {
    type Err = ();

    /// Reads `14 days` or `5 business days`, of 1 to [`LONGEST_OFFSET`].
    fn from_str(text: &str) -> Result<Self, ()> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let number = words.first().filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
        let number = number.and_then(|number| number.parse().ok()).filter(|days| (1..=LONGEST_OFFSET).contains(days));
        match (number, &words[1.min(words.len())..]) {
            (Some(days), ["day" | "days"]) => Ok(Offset::Days(days)),
            (Some(days), ["business", "day" | "days"]) => Ok(Offset::BusinessDays(days)),
            _ => Err(()),
        }
    }
}

/// One entry of a strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pub rule: Rule,
    pub opens: Offset,
    pub closes: Offset,
}

impl Step {
    /// Whether its window closes after it opens, whatever weekday it is counted from.
    pub fn is_in_order(&self) -> bool {
        match (self.opens, self.closes) {
            (Offset::Days(opens), Offset::Days(closes)) => opens < closes,
            (Offset::BusinessDays(opens), Offset::BusinessDays(closes)) => opens < closes,
            // A week stands for all of them; holidays would move both ends.
            (opens, closes) => date(2026, 11, 2).series(1.day()).take(7).all(|day| {
                let calendar = Calendar::default();
                opens.after(day, &calendar) < closes.after(day, &calendar)
            }),
        }
    }
}

/// The ordered steps of polite following up. Of these that answer one anchor, the first that applies fires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strategy {
    pub steps: Vec<Step>,
    /// How many business days longer a letter stays open that missed its window and was composed anew as late.
    pub late: u32,
}

/// For how many business days a letter that missed its window may still go late.
const LATE_BUSINESS_DAYS: u32 = 20;

impl Strategy {
    /// The strategies that are built in, by name.
    pub fn built_in() -> BTreeMap<String, Strategy> {
        [("patient", Self::patient()), ("prompt", Self::prompt())].map(|(name, it)| (name.to_owned(), it)).into()
    }

    /// A strategy of these steps.
    pub fn new(steps: Vec<Step>) -> Self {
        Self { steps, late: LATE_BUSINESS_DAYS }
    }

    /// Profile `patient`: two to three weeks after a second interview, or a week past a broken promise.
    pub fn patient() -> Self {
        use Offset::{BusinessDays, Days};
        Self::of([
            (Rule::Promise, BusinessDays(5), BusinessDays(15)),
            (Rule::SecondInterview, Days(14), Days(21)),
            (Rule::FirstInterview, BusinessDays(7), BusinessDays(15)),
        ])
    }

    /// Profile `prompt`: two business days past a promise, eight after a second interview.
    pub fn prompt() -> Self {
        use Offset::{BusinessDays, Days};
        Self::of([
            (Rule::Promise, BusinessDays(2), BusinessDays(15)),
            (Rule::SecondInterview, BusinessDays(8), Days(21)),
            (Rule::FirstInterview, BusinessDays(7), BusinessDays(15)),
        ])
    }

    fn of(steps: [(Rule, Offset, Offset); 3]) -> Self {
        Self::new(steps.into_iter().map(|(rule, opens, closes)| Step { rule, opens, closes }).collect())
    }
}

/// What a step counts from: an interview with its promised date. A step fires once per anchor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    pub interview: i64,
    pub held_on: Date,
    pub promised_on: Option<Date>,
}

impl Anchor {
    fn of(interview: &Interview) -> Self {
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
    pub anchor: Anchor,
    /// The date from which the offsets count: the promised one, else the interview's.
    pub counted_from: Date,
    /// How far the window opens from there.
    pub opens_after: Offset,
    /// The day that the count alone gives; `opens_on` is later where late December is in the way.
    pub counted_to: Date,
    pub opens_on: Date,
    pub closes_on: Date,
    /// The last day on which the letter may go late, with late wording.
    pub late_closes_on: Date,
    pub window: Window,
    /// When the letter is given up, if it was still not sent when the window closed.
    pub late_closes: Timestamp,
}

impl Etiquette {
    /// The recipient's zone: the application's own, else the person's.
    pub fn zone_of(&self, application: &Application) -> TimeZone {
        let own = application.timezone.as_deref().and_then(|name| TimeZone::get(name).ok());
        own.unwrap_or_else(|| self.zone.clone())
    }

    /// How far back letters may count against a limit: for each business day between two of them to one employer two
    /// days, which is more than its weekends take, and besides a month and every holiday of the person's own.
    pub fn limits_reach_back(&self) -> SignedDuration {
        let days = 31 + 2 * i64::from(self.per_employer) + i64::try_from(self.calendars.own_days().len()).unwrap_or(0);
        SignedDuration::from_hours(24 * days)
    }

    /// The days that count where the recipient is.
    pub fn calendar_of(&self, application: &Application) -> &Calendar {
        self.calendars.of(application.country.as_deref(), None)
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
    fn strategy_of(&self, application: &Application) -> Option<&Strategy> {
        match &application.strategy {
            Some(name) => self.strategies.get(name),
            None => Some(&self.strategy),
        }
    }

    /// The step that the latest interview calls for, with its window in the recipient's zone; `None`
    /// without an interview, or where no step of the application's strategy applies.
    pub fn due(&self, application: &Application) -> Option<Due> {
        let interview = application.latest_interview()?;
        let strategy = self.strategy_of(application)?;
        let step = strategy.steps.iter().find(|step| step.rule.applies_to(interview))?;
        let counted_from = interview.promised_on.unwrap_or(interview.held_on);
        let calendar = self.calendar_of(application);
        let counted_to = step.opens.after(counted_from, calendar);
        let mut opens_on = counted_to;
        let mut closes_on = step.closes.after(counted_from, calendar);
        if step.rule == Rule::SecondInterview && opens_in_late_december(opens_on) {
            opens_on = calendar.on_or_after(opens_on.saturating_add(7.days()));
            closes_on = calendar.on_or_after(closes_on.saturating_add(7.days()));
        }
        let late_closes_on = calendar.business_days_after(closes_on, strategy.late);
        let zone = self.zone_of(application);
        Some(Due {
            rule: step.rule,
            anchor: Anchor::of(interview),
            counted_from,
            opens_after: step.opens,
            counted_to,
            opens_on,
            closes_on,
            late_closes_on,
            window: Window { opens: self.hours.opens(opens_on, &zone), closes: self.hours.closes(closes_on, &zone) },
            late_closes: self.hours.closes(late_closes_on, &zone),
        })
    }

    /// The count from `due.counted_from` to `due.counted_to`, day by day as on a wall calendar.
    pub fn count_days(&self, application: &Application, due: &Due) -> Vec<CountedDay> {
        let calendar = self.calendar_of(application);
        let days = due.counted_from.tomorrow().map(|first| first.series(1.day()));
        let days = days.into_iter().flatten().take_while(|&day| day <= due.counted_to);
        let mut count = 0;
        days.map(|date| {
            let free = calendar.holiday(date).or(is_weekend(date).then_some("weekend")).map(str::to_owned);
            let counts = match due.opens_after {
                Offset::Days(days) => count < days,
                Offset::BusinessDays(_) => free.is_none(),
            };
            count += u32::from(counts);
            CountedDay { date, count: counts.then_some(count), free }
        })
        .collect()
    }
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

//! The steps of polite following up: every rule of the etiquette with its numbers, its reason and its source, once.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::{Date, date};

use crate::core::application::Interview;
use crate::core::calendar::Calendar;
use crate::core::followup::Kind;

/// The rule by which a step is due, by its name in the etiquette.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Thanks, right after the interview.
    ThankYou,
    /// They named a date, and it has passed.
    Promise,
    /// A second or later round, and no date was named.
    SecondInterview,
    /// The first round, and no date was named.
    FirstInterview,
    /// A letter went and was not answered: a call.
    Call,
    /// Neither was the call: once more in writing.
    SecondLetter,
    /// A graceful close, for who asks for it.
    LastLetter,
}

/// What a step is in the course of one anchor. The three rules for the first letter are alternatives: one of them writes
/// it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    ThankYou,
    Letter,
    Call,
    SecondLetter,
    LastLetter,
}

/// The date from which a step counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountsFrom {
    Interview,
    Promise,
    /// The last letter that went after this interview and promise; thanks do not count.
    LastLetter,
}

impl Rule {
    /// Every rule, in the order of the etiquette's table.
    pub const ALL: [Rule; 7] = [
        Rule::ThankYou,
        Rule::Promise,
        Rule::SecondInterview,
        Rule::FirstInterview,
        Rule::Call,
        Rule::SecondLetter,
        Rule::LastLetter,
    ];

    /// The name of the rule in the etiquette, in messages and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Rule::ThankYou => "thank-you",
            Rule::Promise => "promise",
            Rule::SecondInterview => "second-interview",
            Rule::FirstInterview => "first-interview",
            Rule::Call => "call",
            Rule::SecondLetter => "second-letter",
            Rule::LastLetter => "last-letter",
        }
    }

    /// The rule of that name, or `None`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }

    /// What a person calls what is written or done by it.
    pub fn noun(self) -> &'static str {
        match self {
            Rule::ThankYou => "thank-you",
            Rule::Promise | Rule::SecondInterview | Rule::FirstInterview => "letter",
            Rule::Call => "call",
            Rule::SecondLetter => "second letter",
            Rule::LastLetter => "last letter",
        }
    }

    /// Its place in the course.
    pub fn stage(self) -> Stage {
        match self {
            Rule::ThankYou => Stage::ThankYou,
            Rule::Promise | Rule::SecondInterview | Rule::FirstInterview => Stage::Letter,
            Rule::Call => Stage::Call,
            Rule::SecondLetter => Stage::SecondLetter,
            Rule::LastLetter => Stage::LastLetter,
        }
    }

    /// The date from which its window counts.
    pub fn counts_from(self) -> CountsFrom {
        match self {
            Rule::Promise => CountsFrom::Promise,
            Rule::ThankYou | Rule::SecondInterview | Rule::FirstInterview => CountsFrom::Interview,
            Rule::Call | Rule::SecondLetter | Rule::LastLetter => CountsFrom::LastLetter,
        }
    }

    /// The name of its letter in `config/letters/`.
    pub fn template(self) -> &'static str {
        match self {
            Rule::Promise => "promise-passed",
            Rule::SecondInterview => "after-second-interview",
            Rule::FirstInterview => "after-interview",
            Rule::ThankYou | Rule::Call | Rule::SecondLetter | Rule::LastLetter => self.name(),
        }
    }

    /// Why this rule opens its window then, for `why`; how many days it waits is for the strategy to say.
    pub fn reason(self) -> &'static str {
        match self {
            Rule::ThankYou => "thanks are welcome while the interview is fresh",
            Rule::Promise => "they named a date, and it has passed: neither impatient nor forgetful",
            Rule::SecondInterview => "some weeks after a second interview, when no date was named",
            Rule::FirstInterview => "some time after a first interview, when no date was named",
            Rule::Call => "a letter that is not answered may not have arrived, and a call tells",
            Rule::SecondLetter => "once more in writing, when neither letter nor call was answered",
            Rule::LastLetter => "a graceful close, when nothing was answered",
        }
    }

    /// Where its numbers come from, as the etiquette of this program has them.
    pub fn source(self) -> &'static str {
        match self {
            Rule::ThankYou => "thanks within a day: TopResume, survey of 358 recruiters and managers, 2017",
            Rule::Promise => {
                "a week past a promised date is this program's own custom; profile `prompt` has one to two days \
                 (ivyexec.com, youtern.com); never before the date (askamanager.org, 2008)"
            }
            Rule::SecondInterview => {
                "two to three weeks after a second interview is this program's own custom; profile `prompt` has seven \
                 to ten days (Randstad, in businessnewsdaily.com/8364)"
            }
            Rule::FirstInterview => "this program's own custom",
            Rule::Call | Rule::SecondLetter => {
                "not more than weekly (askamanager.org, 2008), and two letters after the thanks at most (careery.pro)"
            }
            Rule::LastLetter => "this program's own custom",
        }
    }

    /// Whether it is for this interview at all; of the steps that count from a letter, the letter decides.
    pub(in crate::core) fn applies_to(self, interview: &Interview) -> bool {
        match self {
            Rule::Promise => interview.promised_on.is_some(),
            Rule::SecondInterview => interview.promised_on.is_none() && interview.round >= 2,
            Rule::FirstInterview => interview.promised_on.is_none() && interview.round < 2,
            Rule::ThankYou | Rule::Call | Rule::SecondLetter | Rule::LastLetter => true,
        }
    }

    /// Whether a letter by this rule that missed its window may still go, in late wording. Thanks and calls just lapse.
    pub(in crate::core) fn may_be_late(self, kind: Kind) -> bool {
        kind == Kind::Letter && self != Rule::ThankYou
    }
}

/// A distance from the anchor's date, which itself does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offset {
    Days(u32),
    BusinessDays(u32),
}

impl Offset {
    /// The day so far after `date`; the next business day, where that is none.
    pub fn after(self, date: Date, calendar: &Calendar) -> Date {
        calendar.on_or_after(self.bare_after(date, calendar))
    }

    /// The same, where it falls.
    pub(super) fn bare_after(self, date: Date, calendar: &Calendar) -> Date {
        match self {
            Offset::Days(days) => date.saturating_add(i64::from(days).days()),
            Offset::BusinessDays(count) => calendar.business_days_after(date, count),
        }
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) = match self {
            Offset::Days(days) => (days, "day"),
            Offset::BusinessDays(days) => (days, "business day"),
        };
        write!(f, "{number} {unit}{}", if *number == 1 { "" } else { "s" })
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

/// The ordered steps of polite following up. Of these that answer one anchor, the first that applies, and is neither
/// used up nor over, is the one.
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
            (Rule::ThankYou, BusinessDays(1), BusinessDays(2)),
            (Rule::Promise, BusinessDays(5), BusinessDays(15)),
            (Rule::SecondInterview, Days(14), Days(21)),
            (Rule::FirstInterview, BusinessDays(7), BusinessDays(15)),
            (Rule::Call, BusinessDays(5), BusinessDays(10)),
            (Rule::SecondLetter, BusinessDays(10), BusinessDays(20)),
        ])
    }

    /// Profile `prompt`: two business days past a promise, eight after a second interview, seven between letters.
    pub fn prompt() -> Self {
        use Offset::{BusinessDays, Days};
        Self::of([
            (Rule::ThankYou, BusinessDays(1), BusinessDays(2)),
            (Rule::Promise, BusinessDays(2), BusinessDays(15)),
            (Rule::SecondInterview, BusinessDays(8), Days(21)),
            (Rule::FirstInterview, BusinessDays(7), BusinessDays(15)),
            (Rule::Call, BusinessDays(5), BusinessDays(10)),
            (Rule::SecondLetter, BusinessDays(7), BusinessDays(20)),
        ])
    }

    fn of<const N: usize>(steps: [(Rule, Offset, Offset); N]) -> Self {
        Self::new(steps.into_iter().map(|(rule, opens, closes)| Step { rule, opens, closes }).collect())
    }

    /// How many letters it writes after one interview and promise at most, thanks aside.
    pub fn letters(&self) -> u32 {
        let has = |stage| u32::from(self.steps.iter().any(|step| step.rule.stage() == stage));
        has(Stage::Letter) + has(Stage::SecondLetter) + has(Stage::LastLetter)
    }
}

//! One line of a data file: a day, its name, the regions that have it, the years, and what happens when it falls on a
//! weekend.

use jiff::civil::{Date, Weekday};

use super::day::Day;
use crate::core::calendar::is_weekend;

/// A holiday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) day: Day,
    pub(super) name: String,
    pub(super) regions: Regions,
    /// The first and the last year in which it is one.
    pub(super) from: i16,
    pub(super) until: i16,
    pub(super) moves: Moves,
}

/// Where a holiday is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Regions {
    All,
    Only(Vec<String>),
    Not(Vec<String>),
}

impl Regions {
    /// Whether it is one in `region`, or in the country as a whole where that is `None`.
    pub(super) fn have(&self, region: Option<&str>) -> bool {
        let is_named = |names: &[String]| region.is_some_and(|region| names.iter().any(|name| name == region));
        match self {
            Regions::All => true,
            Regions::Only(names) => is_named(names),
            // Not everybody in the country has it.
            Regions::Not(names) => region.is_some() && !is_named(names),
        }
    }
}

/// What happens to a holiday that falls on a weekend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moves {
    /// Nothing: it is lost.
    Never,
    /// Saturday's is kept on the Friday before, Sunday's on the Monday after (United States).
    NearestWeekday,
    /// The next weekday that is no holiday itself is one (United Kingdom).
    NextWeekday,
    /// Only Sunday's: the next day that is no holiday itself is one (Japan); a Monday as a rule.
    SundayToNextDay,
}

impl Rule {
    /// The days in `year`, with no regard to what happens on weekends.
    pub(super) fn days(&self, year: i16) -> Vec<Date> {
        if (self.from..=self.until).contains(&year) { self.day.in_year(year) } else { Vec::new() }
    }

    /// The day off that stands in for a holiday on `date`, when `is_holiday` tells those that are one anyway.
    pub(super) fn stand_in(&self, date: Date, is_holiday: impl Fn(Date) -> bool) -> Option<Date> {
        let next = |is_free: &dyn Fn(Date) -> bool| {
            let days = std::iter::successors(date.tomorrow().ok(), |day| day.tomorrow().ok());
            days.take(14).find(|&day| is_free(day))
        };
        match (self.moves, date.weekday()) {
            (Moves::NearestWeekday, Weekday::Saturday) => date.yesterday().ok(),
            (Moves::NearestWeekday, Weekday::Sunday) => date.tomorrow().ok(),
            (Moves::NextWeekday, _) if is_weekend(date) => next(&|day| !is_weekend(day) && !is_holiday(day)),
            (Moves::SundayToNextDay, Weekday::Sunday) => next(&|day| !is_holiday(day)),
            _ => None,
        }
    }
}

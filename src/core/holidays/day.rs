//! When a holiday falls, in the words of the data files: `1 January`, `3rd Monday of January`,
//! `Wednesday before 23 November`, `2 days before Easter`, `2026-02-17`, `2026-02-15 to 2026-02-23`.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::easter::easter;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [(&str, Weekday); 7] = [
    ("Monday", Weekday::Monday),
    ("Tuesday", Weekday::Tuesday),
    ("Wednesday", Weekday::Wednesday),
    ("Thursday", Weekday::Thursday),
    ("Friday", Weekday::Friday),
    ("Saturday", Weekday::Saturday),
    ("Sunday", Weekday::Sunday),
];
/// No run of dated days is longer.
const LONGEST_RUN: i32 = 31;

/// The day, or days, of a holiday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Day {
    /// `1 January`
    Fixed { month: i8, day: i8 },
    /// `3rd Monday of January`; -1 is the last.
    Nth { nth: i8, weekday: Weekday, month: i8 },
    /// `Wednesday before 23 November`: so many days after that date (before it, where negative), and then on to the
    /// first such weekday, or back to the last.
    Near { weekday: Weekday, forward: bool, offset: i8, month: i8, day: i8 },
    /// `2 days before Easter`
    Easter { offset: i32 },
    /// `2026-02-17`, or several days in a row.
    Dated { from: Date, to: Date },
}

impl Day {
    /// Reads the words of a data file.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["Easter"] => Some(Day::Easter { offset: 0 }),
            [days, "day" | "days", "before", "Easter"] => Some(Day::Easter { offset: -number(days)? }),
            [days, "day" | "days", "after", "Easter"] => Some(Day::Easter { offset: number(days)? }),
            [date] => written(date).map(|date| Day::Dated { from: date, to: date }),
            [from, "to", to] => {
                let (from, to) = (written(from)?, written(to)?);
                (from < to && (to - from).get_days() <= LONGEST_RUN).then_some(Day::Dated { from, to })
            }
            [day, month] => day_of_month(day, month).map(|(month, day)| Day::Fixed { month, day }),
            [nth, weekday, "of", month] => {
                Some(Day::Nth { nth: ordinal(nth)?, weekday: weekday_named(weekday)?, month: month_named(month)? })
            }
            [weekday, "before", day, month] => Self::near(weekday, false, -1, day, month),
            [weekday, "after", day, month] => Self::near(weekday, true, 1, day, month),
            [weekday, "on", "or", "before", day, month] => Self::near(weekday, false, 0, day, month),
            [weekday, "on", "or", "after", day, month] => Self::near(weekday, true, 0, day, month),
            _ => None,
        }
    }

    fn near(weekday: &str, forward: bool, offset: i8, day: &str, month: &str) -> Option<Self> {
        let (month, day) = day_of_month(day, month)?;
        Some(Day::Near { weekday: weekday_named(weekday)?, forward, offset, month, day })
    }

    /// The days in `year`; none where that year has none.
    pub(super) fn in_year(self, year: i16) -> Vec<Date> {
        let one = match self {
            Day::Fixed { month, day } => Date::new(year, month, day).ok(),
            Day::Nth { nth, weekday, month } => {
                let first = Date::new(year, month, 1).ok();
                first.and_then(|first| first.nth_weekday_of_month(nth, weekday).ok())
            }
            Day::Near { weekday, forward, offset, month, day } => {
                let date = Date::new(year, month, day).ok().map(|date| date.saturating_add(i64::from(offset).days()));
                date.and_then(|date| nearest(date, weekday, forward))
            }
            Day::Easter { offset } => easter(year).map(|easter| easter.saturating_add(offset.days())),
            Day::Dated { from, to } => {
                return from.series(1.day()).take_while(|&day| day <= to).filter(|day| day.year() == year).collect();
            }
        };
        one.into_iter().collect()
    }
}

/// The first `weekday` from `date` on, or the last one up to it.
fn nearest(date: Date, weekday: Weekday, forward: bool) -> Option<Date> {
    match date.weekday() == weekday {
        true => Some(date),
        false => date.nth_weekday(if forward { 1 } else { -1 }, weekday).ok(),
    }
}

fn day_of_month(day: &str, month: &str) -> Option<(i8, i8)> {
    let (month, day) = (month_named(month)?, i8::try_from(number(day)?).ok()?);
    // A year that has a 29 February.
    Date::new(2024, month, day).ok().map(|_| (month, day))
}

fn month_named(name: &str) -> Option<i8> {
    (1..).zip(MONTHS).find(|(_, month)| *month == name).map(|(number, _)| number)
}

fn weekday_named(name: &str) -> Option<Weekday> {
    WEEKDAYS.iter().find(|(weekday, _)| *weekday == name).map(|(_, weekday)| *weekday)
}

fn ordinal(word: &str) -> Option<i8> {
    let words = [("1st", 1), ("2nd", 2), ("3rd", 3), ("4th", 4), ("5th", 5), ("last", -1)];
    words.into_iter().find(|(ordinal, _)| *ordinal == word).map(|(_, number)| number)
}

fn number(text: &str) -> Option<i32> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
        .filter(|number| (1..=366).contains(number))
}

/// `2026-02-17`, and nothing that is only like it.
fn written(text: &str) -> Option<Date> {
    text.parse::<Date>().ok().filter(|date| date.to_string() == text)
}

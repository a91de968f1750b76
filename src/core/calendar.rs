//! Business days and office hours: which days count, and when a day's office hours begin and end in a zone.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::{AmbiguousOffset, AmbiguousTimestamp, TimeZone};

/// How far ahead an opening is looked for; no calendar has a longer run of free days.
const LONGEST_CLOSURE_DAYS: usize = 400;

/// The days that count in one place.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Calendar {
    /// Days off besides Saturday and Sunday, with their names. (Some of them are a Saturday or a Sunday.)
    holidays: BTreeMap<Date, Cow<'static, str>>,
    /// The years of which the public holidays are known.
    years: Option<RangeInclusive<i16>>,
}

impl Calendar {
    /// A calendar with these days off, and their names; in `years` there are no others.
    pub fn new(holidays: BTreeMap<Date, Cow<'static, str>>, years: Option<RangeInclusive<i16>>) -> Self {
        Self { holidays, years }
    }

    /// The name of the holiday on `date`, be it a weekend or not: "Thanksgiving".
    pub fn holiday(&self, date: Date) -> Option<&str> {
        self.holidays.get(&date).map(AsRef::as_ref)
    }

    /// The holidays of `year` with their names, in order.
    pub fn holidays_in(&self, year: i16) -> impl Iterator<Item = (Date, &str)> {
        let (first, last) = (Date::new(year, 1, 1).ok(), Date::new(year, 12, 31).ok());
        let days = first.zip(last).map(|(first, last)| self.holidays.range(first..=last));
        days.into_iter().flatten().map(|(date, name)| (*date, name.as_ref()))
    }

    /// Whether the public holidays of `year` are known. Where they are not, only weekends and the person's own days
    /// off count for sure.
    pub fn knows(&self, year: i16) -> bool {
        self.years.as_ref().is_some_and(|years| years.contains(&year))
    }

    /// The years of which the public holidays are known; `None` where they are not, or not all of them.
    pub fn years(&self) -> Option<&RangeInclusive<i16>> {
        self.years.as_ref()
    }

    /// Whether `date` is Monday to Friday and no holiday.
    pub fn is_business_day(&self, date: Date) -> bool {
        !is_weekend(date) && !self.holidays.contains_key(&date)
    }

    /// `date` itself if it is a business day, else the next one.
    pub fn on_or_after(&self, date: Date) -> Date {
        let mut day = date;
        while !self.is_business_day(day) {
            let Ok(next) = day.tomorrow() else { return day };
            day = next;
        }
        day
    }

    /// The `count`-th business day after `date`, which itself does not count. (Etiquette: "start with the
    /// day after it".)
    pub fn business_days_after(&self, date: Date, count: u32) -> Date {
        let mut day = date;
        for _ in 0..count {
            let Ok(next) = day.tomorrow() else { return day };
            day = self.on_or_after(next);
        }
        day
    }
}

/// Whether `date` is a Saturday or a Sunday.
pub fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// The hours of a day in which a letter may go, by the clock on the recipient's wall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficeHours {
    /// Minutes after midnight, 0 to 1439.
    pub from: u16,
    /// Minutes after midnight, later than `from`; 1440 is the end of the day.
    pub to: u16,
    pub days: OfficeDays,
}

/// The days on which a letter may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfficeDays {
    /// Monday to Friday without public holidays.
    BusinessDays,
    /// Every day, public holidays too.
    All,
}

impl OfficeHours {
    /// The instant at which the office hours of `date` begin in `zone`: of a time that clocks show twice the second, of
    /// one that they skip the same time after the gap.
    pub fn opens(&self, date: Date, zone: &TimeZone) -> Timestamp {
        wall(date, self.from, zone).later().unwrap_or(Timestamp::MAX)
    }

    /// The instant at which the office hours of `date` are over in `zone`; it no longer belongs to them. Of a time that
    /// clocks show twice that is the first, of one that they skip the instant at which they do.
    pub fn closes(&self, date: Date, zone: &TimeZone) -> Timestamp {
        let end = wall(date, self.to, zone);
        // In a gap this is before it.
        let earlier = end.earlier().unwrap_or(Timestamp::MAX);
        match end.offset() {
            AmbiguousOffset::Gap { .. } => zone.following(earlier).next().map_or(earlier, |skip| skip.timestamp()),
            _ => earlier,
        }
    }

    /// `at` itself if it lies in office hours, else the next instant at which these begin.
    pub fn next_open(&self, at: Timestamp, zone: &TimeZone, calendar: &Calendar) -> Timestamp {
        let mut day = at.to_zoned(zone.clone()).date();
        for _ in 0..LONGEST_CLOSURE_DAYS {
            let (opens, closes) = (self.opens(day, zone), self.closes(day, zone));
            // Where clocks skip them, or the whole day, there are none.
            let is_open = opens < closes && (self.days == OfficeDays::All || calendar.is_business_day(day));
            if is_open && at < closes {
                return at.max(opens);
            }
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
        Timestamp::MAX
    }
}

/// The instant at which `date` begins in `zone`.
pub fn midnight(date: Date, zone: &TimeZone) -> Timestamp {
    wall(date, 0, zone).compatible().unwrap_or(Timestamp::MAX)
}

/// `minutes` after midnight of `date` by the wall clock of `zone`; 1440 is the next midnight.
fn wall(date: Date, minutes: u16, zone: &TimeZone) -> AmbiguousTimestamp {
    let (date, minutes) = if minutes >= 1440 { (date.tomorrow().unwrap_or(date), 0) } else { (date, minutes) };
    // Both are below their limits, 24 and 60, so that the casts lose nothing.
    let wall = date.at((minutes / 60) as i8, (minutes % 60) as i8, 0, 0);
    zone.to_ambiguous_timestamp(wall)
}

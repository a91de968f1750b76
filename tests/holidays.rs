//! Public holidays: facts that anybody can look up on a wall calendar, what holds for every country and year, and the
//! command that shows them. `tests/real/holidays.sh` compares all of it with another program.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

// The paths are spelled out so that these files do not become tests of their own.
#[path = "holidays/always.rs"]
mod always;
#[path = "holidays/command.rs"]
mod command;
#[path = "holidays/facts.rs"]
mod facts;
#[path = "holidays/files.rs"]
mod files;

use followup::core::calendar::Calendar;
use followup::core::holidays::{Calendars, Place};
use jiff::civil::Date;

/// The calendar of a place such as `DE-BY`.
fn calendar<'a>(calendars: &'a Calendars, place: &str) -> &'a Calendar {
    let place = Place::find(place).unwrap();
    calendars.of(Some(&place.country), place.region.as_deref())
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

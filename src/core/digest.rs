//! The daily digest: whether it is time for it, and what stands in it, in which order.

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::application::{Application, check_line};
use super::calendar::Calendar;

/// One mail a day with all that waits for the person.
#[derive(Debug, Clone, PartialEq)]
pub struct DailyDigest {
    /// What there is, the most urgent first; never empty.
    pub things: Vec<Thing>,
    /// Names this digest among all others.
    pub identity: String,
}

/// One application that needs the person.
#[derive(Debug, Clone, PartialEq)]
pub struct Thing {
    /// The number of the application.
    pub application: i64,
    /// Company and position; `None` where they cannot be used, and then the number has to do.
    pub names: Option<(String, String)>,
    pub wanted: Wanted,
    /// The recipient's zone.
    pub zone: TimeZone,
}

/// What is wanted of the person.
#[derive(Debug, Clone, PartialEq)]
pub enum Wanted {
    /// To say whether the letter to `whom` arrived.
    Settle { whom: String },
    /// To correct a fact that cannot be used; `why` names it.
    Correct { why: String },
    /// To correct the address, since the letter to it was refused for good.
    Address { email: String },
    /// A word on the letter to `whom`. `late`: it is the second chance.
    Word { whom: String, closes: Timestamp, late: bool },
    /// To call them.
    Call { closes: Timestamp },
}

impl Thing {
    /// What is `wanted` for `application`.
    pub fn new(application: &Application, wanted: Wanted, zone: TimeZone) -> Self {
        let Application { id, company, position, .. } = application;
        let can_be_said = check_line("company", company).is_ok() && check_line("position", position).is_ok();
        let names = can_be_said.then(|| (company.clone(), position.clone()));
        Self { application: *id, names, wanted, zone }
    }

    /// What is wanted for an application of which nothing but its number can be said.
    pub fn nameless(application: i64, wanted: Wanted, zone: TimeZone) -> Self {
        Self { application, names: None, wanted, zone }
    }

    /// By this a digest is ordered: what nobody knows first, then what does not go on, then what waits, the one that
    /// closes first before the others.
    pub fn urgency(&self) -> (u8, Option<Timestamp>, i64) {
        let (how, closes) = match &self.wanted {
            Wanted::Settle { .. } => (0, None),
            Wanted::Correct { .. } | Wanted::Address { .. } => (1, None),
            Wanted::Word { closes, .. } | Wanted::Call { closes } => (2, Some(*closes)),
        };
        (how, closes, self.application)
    }
}

/// Whether a digest is due at `now`: it is a working day by `calendar` where the person is, the clock on their wall
/// shows `at` or later, and `last`, when the last one was recorded, was no such day's as this.
///
/// Only what the wall shows counts: of a time that clocks show twice the first, of one that they skip what follows the
/// gap. A day that `last` lies behind, by a clock that was corrected a little, or in another zone, has had its own.
pub fn is_due(now: Timestamp, last: Option<Timestamp>, at: Time, zone: &TimeZone, calendar: &Calendar) -> bool {
    let (wall, today) = (zone.to_datetime(now), zone.to_datetime(now).date());
    let is_recorded = last.is_some_and(|last| zone.to_datetime(last).date() >= today);
    !is_recorded && wall.time() >= at && calendar.is_business_day(today)
}

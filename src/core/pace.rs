//! How fast: the limits on letters a day and per employer, the distance between two tries, and from these
//! the moment at which an approved letter may go.

use jiff::{SignedDuration, Timestamp, ToSpan};

use super::application::Application;
use super::calendar::midnight;
use super::etiquette::{Etiquette, Window};
use super::followup::{Approval, Tries};

/// The first distance between two tries; it doubles from there.
const FIRST_BACKOFF: SignedDuration = SignedDuration::from_mins(5);
/// The longest distance between two tries.
const LONGEST_BACKOFF: SignedDuration = SignedDuration::from_hours(4);
/// A paused account is tried again after this long, if nothing else wakes it.
pub const ACCOUNT_PAUSE: SignedDuration = SignedDuration::from_hours(4);

/// A letter that could not go so often is news: greylisting and a busy server are over by then. The fifth try is more
/// than an hour after the first.
pub const TRIES_UNTIL_TOLD: u32 = 5;

/// What has been used of the limits that all applications share. Letters count when they are claimed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Budget {
    /// Letters claimed on the person's present day.
    pub sent_today: u32,
    /// When the last letter to this employer was claimed.
    pub last_to_employer: Option<Timestamp>,
    /// Until when the mail account rests, because the server is out of reach or refused the login.
    pub account_rests_until: Option<Timestamp>,
}

/// The distance after the `tries`-th try that failed: 5 minutes, doubling to 4 hours, up to a tenth more by
/// `seed`, so that many letters do not knock at once.
pub fn backoff(tries: u32, seed: i64) -> SignedDuration {
    let doubled = FIRST_BACKOFF.as_secs().saturating_mul(1_i64 << tries.saturating_sub(1).min(20));
    let seconds = doubled.min(LONGEST_BACKOFF.as_secs());
    // A multiplicative hash (Knuth) of the two, to spread neighbouring ids.
    let spread = seed.wrapping_add(i64::from(tries)).wrapping_mul(2_654_435_761).rem_euclid(101);
    SignedDuration::from_secs(seconds + seconds * spread / 1000)
}

/// The first moment, not before `now`, at which an approved letter may go: after the grace time and the
/// last try's backoff, in the recipient's office hours, within the limits.
pub fn may_go_at(
    now: Timestamp,
    application: &Application,
    approval: &Approval,
    tries: &Tries,
    etiquette: &Etiquette,
    budget: &Budget,
) -> Timestamp {
    let recipient_zone = etiquette.zone_of(application);
    let calendar = etiquette.calendar_of(application);
    let mut at = now.max(later(approval.at, etiquette.grace));
    if let Some((failed_at, _)) = &tries.last {
        at = at.max(later(*failed_at, backoff(tries.count, application.id)));
    }
    if let Some(rests_until) = budget.account_rests_until {
        at = at.max(rests_until);
    }
    if let Some(free_again) = free_for_employer(application, etiquette, budget) {
        at = at.max(free_again);
    }
    if etiquette.per_day.is_some_and(|most| budget.sent_today >= most) {
        let today = now.to_zoned(etiquette.zone.clone()).date();
        let tomorrow = today.saturating_add(1.day());
        at = at.max(midnight(tomorrow, &etiquette.zone));
    }
    etiquette.hours.next_open(at, &recipient_zone, calendar)
}

/// When the next letter to this employer may go at the earliest, so many business days after the last one; `None` where
/// none went of late, or nothing limits it. (Etiquette: never two letters to one employer within 5 business days.)
pub fn free_for_employer(application: &Application, etiquette: &Etiquette, budget: &Budget) -> Option<Timestamp> {
    let last = budget.last_to_employer.filter(|_| etiquette.per_employer > 0)?;
    let zone = etiquette.zone_of(application);
    let last_day = last.to_zoned(zone.clone()).date();
    let free_again = etiquette.calendar_of(application).business_days_after(last_day, etiquette.per_employer);
    Some(etiquette.hours.opens(free_again, &zone))
}

/// When the office hours in which `at` lies are over, or the follow-up's window if that is earlier: until
/// then a letter that is claimed at `at` may begin.
pub fn must_begin_before(at: Timestamp, application: &Application, window: Window, etiquette: &Etiquette) -> Timestamp {
    let zone = etiquette.zone_of(application);
    let mut end = etiquette.hours.closes(at.to_zoned(zone.clone()).date(), &zone);
    // Hours of the whole day go on after midnight.
    while end < window.closes && etiquette.hours.next_open(end, &zone, etiquette.calendar_of(application)) == end {
        end = etiquette.hours.closes(end.to_zoned(zone.clone()).date(), &zone);
    }
    end.min(window.closes)
}

/// `at` plus `distance`, at most the end of time.
pub fn later(at: Timestamp, distance: SignedDuration) -> Timestamp {
    at.checked_add(distance).unwrap_or(Timestamp::MAX)
}

/// `at` less `distance`, at least the beginning of time.
pub fn earlier(at: Timestamp, distance: SignedDuration) -> Timestamp {
    at.checked_sub(distance).unwrap_or(Timestamp::MIN)
}

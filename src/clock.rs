//! The only place that asks what time it is.

use jiff::{SignedDuration, Timestamp};

/// Midnight (UTC) of 1 November 2026, before this version was written: a clock that says less is wrong. Every
/// release moves it.
const WRITTEN: Timestamp = Timestamp::constant(1_793_491_200, 0);
/// How far behind the last recorded instant the clock may be, after an ordinary correction.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(2);

/// A source of the present instant. Everything that decides takes the instant as an argument; only what
/// waits and acts holds a clock.
pub trait Clock: Send + Sync {
    /// The present instant, in UTC.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that may")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// Why the clock cannot be trusted at `now`, if so: it is earlier than this program, or more than two minutes
/// behind `recorded`, the last instant that it gave. Then nothing is sent or told until it is right again.
pub fn distrust(now: Timestamp, recorded: Option<Timestamp>) -> Option<String> {
    let at = |instant: Timestamp| instant.strftime("%-d %b %Y %H:%M UTC").to_string();
    if now < WRITTEN {
        return Some(format!("the clock says {}, which cannot be", at(now)));
    }
    let last = recorded.filter(|&last| last.duration_since(now) > TOLERANCE)?;
    Some(format!("the clock says {}, but it was {} before", at(now), at(last)))
}

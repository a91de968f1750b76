//! Virtual time: the truth, what the machine's clock makes of it, and the monotonic clock that stands still while the
//! machine sleeps. Nothing here ever waits for real.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};

use followup::clock::Clock;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// The clocks of one machine. Its clones are the same clock.
#[derive(Debug, Clone)]
pub(crate) struct Clocks {
    began_at: Timestamp,
    began: Instant,
    /// Milliseconds that the machine has slept: they pass for the world, but not for the monotonic clock.
    slept: Arc<AtomicI64>,
    /// Milliseconds by which the wall clock is ahead of the truth.
    error: Arc<AtomicI64>,
}

impl Clocks {
    /// Clocks that are right, at the instant `now`. They run with tokio's time, which must be paused.
    pub(crate) fn new(now: Timestamp) -> Self {
        Self { began_at: now, began: Instant::now(), slept: Arc::default(), error: Arc::default() }
    }

    /// What time it really is.
    pub(crate) fn truth(&self) -> Timestamp {
        let awake = i64::try_from(self.began.elapsed().as_millis()).unwrap();
        self.began_at + SignedDuration::from_millis(awake + self.slept.load(SeqCst))
    }

    /// The machine sleeps, and wakes up with a right clock if it had one.
    pub(crate) fn suspend(&self, time: SignedDuration) {
        self.slept.fetch_add(milliseconds(time), SeqCst);
    }

    /// The wall clock jumps.
    pub(crate) fn jump(&self, by: SignedDuration) {
        self.error.fetch_add(milliseconds(by), SeqCst);
    }

    /// The wall clock is put right.
    pub(crate) fn put_right(&self) {
        self.error.store(0, SeqCst);
    }

    /// By how much the wall clock is ahead.
    pub(crate) fn error(&self) -> SignedDuration {
        SignedDuration::from_millis(self.error.load(SeqCst))
    }
}

impl Clock for Clocks {
    fn now(&self) -> Timestamp {
        self.truth() + self.error()
    }
}

fn milliseconds(time: SignedDuration) -> i64 {
    i64::try_from(time.as_millis()).unwrap()
}

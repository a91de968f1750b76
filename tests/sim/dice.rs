//! Every chance of a life comes from its one seed.

use std::sync::{Arc, Mutex};

use fastrand::Rng;
use jiff::SignedDuration;

/// The dice of one life. Its clones throw the same dice.
#[derive(Debug, Clone)]
pub(crate) struct Dice(Arc<Mutex<Rng>>);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Rng::with_seed(seed))))
    }

    /// True in `percent` of 100 throws.
    pub(crate) fn chance(&self, percent: f64) -> bool {
        self.0.lock().unwrap().f64() * 100.0 < percent
    }

    /// From `least` to `most`, both included.
    pub(crate) fn number(&self, least: i64, most: i64) -> i64 {
        self.0.lock().unwrap().i64(least..=most)
    }

    /// One of `choices`, which must not be empty.
    pub(crate) fn one_of<T: Clone>(&self, choices: &[T]) -> T {
        let index = self.0.lock().unwrap().usize(..choices.len());
        choices[index].clone()
    }

    /// A length of time of any order of magnitude between the two, which are in seconds.
    pub(crate) fn time(&self, least: i64, most: i64) -> SignedDuration {
        let exponent = self.0.lock().unwrap().f64();
        let seconds = least as f64 * (most as f64 / least as f64).powf(exponent);
        SignedDuration::from_secs(seconds as i64)
    }
}

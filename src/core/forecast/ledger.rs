//! The letters that count against the limits, in memory: what the table of claims is to the daemon.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::core::calendar::midnight;
use crate::core::etiquette::Etiquette;
use crate::core::pace::Budget;
use crate::core::plan::Case;

/// The letters that count against the limits, each once: which follow-up, to which employer, since when.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    account_rests_until: Option<Timestamp>,
    by_followup: BTreeMap<i64, (String, Timestamp)>,
    by_time: BTreeSet<(Timestamp, i64)>,
    by_employer: BTreeMap<String, BTreeSet<(Timestamp, i64)>>,
}

impl Ledger {
    /// One without a letter; until when the mail account rests, as in [`Budget`].
    pub fn new(account_rests_until: Option<Timestamp>) -> Self {
        Self { account_rests_until, ..Self::default() }
    }

    /// Counts the letter of `followup` to `employer` from `at` on; once, however often it is entered.
    pub fn enter(&mut self, followup: i64, employer: &str, at: Timestamp) {
        self.give_back(followup);
        self.by_followup.insert(followup, (employer.to_owned(), at));
        self.by_time.insert((at, followup));
        self.by_employer.entry(employer.to_owned()).or_default().insert((at, followup));
    }

    /// Gives back the place of `followup`: its letter did not and will not go. Says whether it had one.
    pub fn give_back(&mut self, followup: i64) -> bool {
        let Some((employer, at)) = self.by_followup.remove(&followup) else { return false };
        self.by_time.remove(&(at, followup));
        if let Some(letters) = self.by_employer.get_mut(&employer) {
            letters.remove(&(at, followup));
        }
        true
    }

    /// What has been used of the limits at `now`, seen from `case`: its own open follow-up does not count, and
    /// a day is the person's. The store's own count gives the same.
    pub fn budget(&self, now: Timestamp, case: &Case, etiquette: &Etiquette) -> Budget {
        let own = case.open().map_or(0, |open| open.id);
        let is_other = |letter: &&(Timestamp, i64)| letter.1 != own;
        let today = midnight(now.to_zoned(etiquette.zone.clone()).date(), &etiquette.zone);
        let sent_today = self.by_time.range((today, i64::MIN)..).filter(is_other).count();
        let to_employer = self.by_employer.get(&case.application.employer());
        Budget {
            sent_today: u32::try_from(sent_today).unwrap_or(u32::MAX),
            last_to_employer: to_employer.and_then(|it| it.iter().rev().find(is_other)).map(|&(at, _)| at),
            account_rests_until: self.account_rests_until,
        }
    }
}

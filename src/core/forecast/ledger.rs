//! The letters that count against the limits, in memory: what the table of claims is to the daemon.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::core::calendar::midnight;
use crate::core::employer::Employer;
use crate::core::etiquette::Etiquette;
use crate::core::pace::Budget;
use crate::core::plan::Case;

/// The letters that count against the limits, each once: which follow-up, to which employer, since when.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    account_rests_until: Option<Timestamp>,
    by_followup: BTreeMap<i64, (Employer, Timestamp)>,
    by_time: BTreeSet<(Timestamp, i64)>,
    /// By what is the same for one employer: a name, or a domain.
    by_employer: BTreeMap<Same, BTreeSet<(Timestamp, i64)>>,
}

/// What two letters to one employer share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Same {
    Name(String),
    Domain(String),
}

/// By what letters to `employer` are found.
fn shared(employer: &Employer) -> impl Iterator<Item = Same> {
    [Same::Name(employer.key())].into_iter().chain(employer.domain.clone().map(Same::Domain))
}

impl Ledger {
    /// One without a letter; until when the mail account rests, as in [`Budget`].
    pub fn new(account_rests_until: Option<Timestamp>) -> Self {
        Self { account_rests_until, ..Self::default() }
    }

    /// Counts the letter of `followup` to `employer` from `at` on; once, however often it is entered.
    pub fn enter(&mut self, followup: i64, employer: impl Into<Employer>, at: Timestamp) {
        let employer = employer.into();
        self.give_back(followup);
        self.by_time.insert((at, followup));
        for same in shared(&employer) {
            self.by_employer.entry(same).or_default().insert((at, followup));
        }
        self.by_followup.insert(followup, (employer, at));
    }

    /// Gives back the place of `followup`: its letter did not and will not go. Says whether it had one.
    pub fn give_back(&mut self, followup: i64) -> bool {
        let Some((employer, at)) = self.by_followup.remove(&followup) else { return false };
        self.by_time.remove(&(at, followup));
        for same in shared(&employer) {
            if let Some(letters) = self.by_employer.get_mut(&same) {
                letters.remove(&(at, followup));
            }
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
        let employer = case.application.employer();
        let to_employer = shared(&employer).filter_map(|same| self.by_employer.get(&same));
        let last_of = |letters: &BTreeSet<(Timestamp, i64)>| letters.iter().rev().find(is_other).map(|&(at, _)| at);
        Budget {
            sent_today: u32::try_from(sent_today).unwrap_or(u32::MAX),
            last_to_employer: to_employer.filter_map(last_of).max(),
            account_rests_until: self.account_rests_until,
        }
    }
}

//! When several approved letters go, which share limits.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Situation;
use crate::core::etiquette::Etiquette;
use crate::core::forecast::{Happening, forecast};
use crate::core::pace::earlier;
use crate::core::plan::{Case, Coming, What};
use crate::store::{StoreError, Tables};

/// When each of several approved letters goes: they share the limits of the day and of the employer, which a plan
/// for one of them cannot know.
#[derive(Default)]
pub(super) struct Together {
    /// Whether there are several, so that a plan for one of them may be wrong.
    are_several: bool,
    /// By application; those that will not go in time are not there.
    pub(super) times: BTreeMap<i64, Timestamp>,
}

impl Together {
    pub(super) fn of(tables: &Tables, now: Timestamp, etiquette: &Etiquette) -> Result<Self, StoreError> {
        let approved = tables.approved()?;
        if approved.len() < 2 {
            return Ok(Self::default());
        }
        let mut cases = Vec::new();
        for (id, _) in approved {
            match tables.case(id) {
                Ok(loaded) => cases.extend(loaded.map(|loaded| loaded.case)),
                Err(StoreError::BadRow { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let last = cases.iter().filter_map(Case::open).map(|open| open.window.closes).max().unwrap_or(now);
        let foreseen =
            forecast(cases, now, last, etiquette, tables.ledger(earlier(now, etiquette.limits_reach_back()))?);
        let sends = foreseen.into_iter().filter(|it| it.what == Happening::Send);
        Ok(Self { are_several: true, times: sends.map(|it| (it.application, it.at)).collect() })
    }

    /// `situation` with the moment at which its letter really goes, or with the end of its window if it will not.
    pub(super) fn put_right(&self, mut situation: Situation) -> Situation {
        let closes = situation.case.open().map(|open| (open.window.closes, open.late));
        if let (true, Some(Coming { what: What::Send, .. }), Some((closes, late))) =
            (self.are_several, situation.coming, closes)
        {
            let is_last_chance = late || situation.due().is_some_and(|due| closes >= due.late_closes);
            let end = if is_last_chance { What::Lapses } else { What::TurnsLate };
            let sent = self.times.get(&situation.case.application.id).map(|&at| Coming { what: What::Send, at });
            situation.coming = Some(sent.unwrap_or(Coming { what: end, at: closes }));
        }
        situation
    }
}

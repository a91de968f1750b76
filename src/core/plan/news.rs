//! What there is to tell of a case, and when.

use jiff::Timestamp;

use super::{Case, Next};
use crate::core::etiquette::{Anchor, Etiquette};
use crate::core::followup::{CancelReason, FollowUp, Kind, Phase};
use crate::core::pace::{Budget, TRIES_UNTIL_TOLD, later};

/// The first ask and three reminders.
const MOST_ASKS: u32 = 4;

/// Adds what the person has not been told, and when the next reminder is due.
pub(super) fn add_news(next: &mut Next, now: Timestamp, case: &Case, etiquette: &Etiquette, budget: &Budget) {
    for followup in &case.followups {
        let Some(at) = tell_at(now, followup, etiquette) else { continue };
        let at = [budget.account_rests_until, followup.told.after].into_iter().flatten().fold(at, Timestamp::max);
        if at <= now {
            next.tell.push(followup.id);
        } else {
            next.wake_at = Some(next.wake_at.map_or(at, |wake_at| wake_at.min(at)));
        }
    }
}

/// When the news of `followup`, if any, are to be told (again).
fn tell_at(now: Timestamp, followup: &FollowUp, etiquette: &Etiquette) -> Option<Timestamp> {
    let news = news(followup)?;
    let told = &followup.told;
    if told.news.as_deref() != Some(&news) {
        return Some(now);
    }
    let may_remind = matches!(followup.phase, Phase::Waiting { .. }) && told.times < MOST_ASKS;
    told.at.zip(etiquette.remind).filter(|_| may_remind).map(|(at, remind)| later(at, remind))
}

/// What there is to tell of a follow-up, as a name that changes when it is news again; `None` if it is well.
pub fn news(followup: &FollowUp) -> Option<String> {
    match &followup.phase {
        Phase::Waiting { draft } => Some(draft.digest.to_string()),
        Phase::Approved { draft, tries, .. } if tries.count >= TRIES_UNTIL_TOLD => {
            Some(format!("put off {}", draft.digest))
        }
        Phase::Failed { draft, .. } => Some(format!("failed {}", draft.digest)),
        Phase::Uncertain { claim, .. } => Some(format!("uncertain {} {}", claim.message_id, claim.at)),
        // A call is just let pass.
        Phase::Cancelled { why: CancelReason::Lapsed, .. } if followup.kind == Kind::Letter => {
            Some("lapsed".to_owned())
        }
        _ => None,
    }
}

/// The name of the silence after the last interview and promise of `case`: at its end the person is asked once whether to
/// let go. `None` without an interview.
pub fn silence(case: &Case) -> Option<String> {
    let Anchor { interview, promised_on, .. } = Anchor::of(&case.application.latest_interview()?);
    let promised = promised_on.map_or_else(String::new, |date| date.to_string());
    Some(format!("unanswered {interview} {promised}").trim_end().to_owned())
}

//! The phases of a follow-up, and the only place that says how one becomes another.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Approval, CancelReason, Claim, Draft, Event, Refusal, Tries};
use crate::core::delivery::{NotSent, Outcome, Retry};
use crate::core::letter::Text;

/// Where a follow-up stands. Each variant carries what is known then, and nothing else.
#[derive(Debug, Clone, PartialEq)]
pub enum Phase {
    /// Not before its window opens, nor before `not_before`; `kept` is what the person had typed.
    Planned {
        not_before: Option<Date>,
        kept: Option<Text>,
    },
    /// The letter waits for the person's word.
    Waiting {
        draft: Draft,
    },
    Approved {
        draft: Draft,
        approval: Approval,
        tries: Tries,
    },
    /// `stop`: an answer or a close came when it was too late to stop.
    Sending {
        draft: Draft,
        approval: Approval,
        tries: Tries,
        claim: Claim,
        stop: Option<CancelReason>,
    },
    /// The server took it; or, for a call, it was made. `by` is the server's reply or the evidence.
    Sent {
        draft: Option<Draft>,
        at: Timestamp,
        message_id: Option<String>,
        by: String,
    },
    /// The server refused it for good. Rests until the address is corrected.
    Failed {
        draft: Draft,
        at: Timestamp,
        reply: String,
    },
    /// It may or may not have arrived. Without an `approval` it needs a new word if it did not: it was taken back
    /// with all others or by an answer or a close, or given where this database does not know of it.
    Uncertain {
        draft: Draft,
        approval: Option<Approval>,
        tries: Tries,
        claim: Claim,
        at: Timestamp,
        why: String,
    },
    Cancelled {
        draft: Option<Draft>,
        at: Timestamp,
        why: CancelReason,
    },
}

impl Phase {
    /// The only transition function: the phase after `event` at `at`, or why it cannot happen now.
    ///
    /// A refusal changes nothing. An approval of what is approved already changes nothing either.
    pub fn on(self, event: Event, at: Timestamp) -> Result<Phase, Refusal> {
        use Phase::*;
        match (self, event) {
            (Planned { not_before, kept }, Event::Replan { .. }) => Ok(Planned { not_before, kept }),
            (Waiting { draft } | Approved { draft, .. }, Event::Replan { .. }) => {
                Ok(Planned { not_before: None, kept: draft.edited.then_some(draft.text) })
            }

            // In `Failed` this is the corrected address.
            (Planned { .. } | Waiting { .. } | Approved { .. } | Failed { .. }, Event::Compose { draft, .. }) => {
                Ok(Waiting { draft })
            }
            (Waiting { .. } | Approved { .. }, Event::Edit { draft }) => Ok(Waiting { draft }),

            (Waiting { draft }, Event::Approve { digest }) if draft.digest == digest => {
                Ok(Approved { draft, approval: Approval { digest, at }, tries: Tries::default() })
            }
            (Approved { draft, approval, tries }, Event::Approve { digest }) if approval.digest == digest => {
                Ok(Approved { draft, approval, tries })
            }
            (Waiting { .. } | Approved { .. }, Event::Approve { .. }) => Err(Refusal::ChangedSinceShown),
            (Approved { draft, .. }, Event::Recall | Event::TakeBack) => Ok(Waiting { draft }),
            (Uncertain { draft, tries, claim, at, why, .. }, Event::TakeBack) => {
                Ok(Uncertain { draft, approval: None, tries, claim, at, why })
            }

            (Planned { kept, .. }, Event::Snooze { until }) => Ok(Planned { not_before: Some(until), kept }),
            (Waiting { draft } | Approved { draft, .. }, Event::Snooze { until }) => {
                Ok(Planned { not_before: Some(until), kept: draft.edited.then_some(draft.text) })
            }

            (phase @ (Planned { .. } | Waiting { .. } | Approved { .. }), Event::Reject { why }) => {
                Ok(phase.cancelled(at, CancelReason::Rejected(why)))
            }
            (phase @ (Planned { .. } | Waiting { .. } | Approved { .. }), Event::Lapse) => {
                Ok(phase.cancelled(at, CancelReason::Lapsed))
            }
            (phase @ Planned { .. }, Event::LetPass) => Ok(phase.cancelled(at, CancelReason::NoRoom)),
            (phase @ (Planned { .. } | Waiting { .. } | Approved { .. }), Event::Supersede) => {
                Ok(phase.cancelled(at, CancelReason::Superseded))
            }
            (phase, event @ (Event::Heard { .. } | Event::Close)) => phase.on_end(&event, at),

            (phase @ (Planned { .. } | Waiting { .. }), Event::Called { outcome }) => {
                Ok(Sent { draft: phase.draft().cloned(), at, message_id: None, by: outcome })
            }

            (Approved { draft, approval, tries }, Event::Claim { digest, message_id })
                if approval.digest == digest && draft.digest == digest =>
            {
                let tries = Tries { claims: tries.claims + 1, ..tries };
                let claim = Claim { at, attempt: tries.claims, message_id };
                Ok(Sending { draft, approval, tries, claim, stop: None })
            }
            (Approved { .. }, Event::Claim { .. }) => Err(Refusal::NotApprovedInTheseWords),
            (sending @ Sending { .. }, Event::Submitted(outcome)) => Ok(sending.submitted(outcome, at)),
            (sending @ Sending { .. }, Event::Orphan) => {
                let why = "the program ended while the letter was being sent".to_owned();
                Ok(sending.submitted(Outcome::Uncertain { why }, at))
            }

            // Never taken up again by itself: SMTP cannot tell whether it arrived (RFC 1047).
            // It went when it was claimed, whenever that became known.
            (Uncertain { draft, claim, .. }, Event::Settle { arrived: true, by }) => {
                Ok(Sent { draft: Some(draft), at: claim.at, message_id: Some(claim.message_id), by })
            }
            (Uncertain { draft, approval, tries, .. }, Event::Settle { arrived: false, .. }) => Ok(match approval {
                Some(approval) => Approved { draft, approval, tries },
                None => Waiting { draft },
            }),

            (
                phase @ (Planned { .. } | Waiting { .. } | Approved { .. }),
                Event::WentElsewhere { claim, accepted: true },
            ) => {
                let (draft, message_id) = (phase.draft().cloned(), Some(claim.message_id));
                Ok(Sent { draft, at: claim.at, message_id, by: "by what the send journal says".to_owned() })
            }
            // Without a letter there is nothing to be in doubt of: it is composed first.
            (Waiting { draft } | Approved { draft, .. }, Event::WentElsewhere { claim, accepted: false }) => {
                let why = "the send journal says that it was begun, and not what came of it".to_owned();
                Ok(Uncertain { draft, approval: None, tries: Tries::default(), claim, at, why })
            }

            (phase, event) => Err(phase.refusal(&event)),
        }
    }

    /// An answer or a close: cancels what is open, comes too late for what is being sent. A letter that may have
    /// arrived needs a new word after it, should it not have.
    fn on_end(self, event: &Event, at: Timestamp) -> Result<Phase, Refusal> {
        let reason = match event {
            Event::Heard { answer } => CancelReason::Answered(*answer),
            _ => CancelReason::Closed,
        };
        match self {
            phase @ (Phase::Planned { .. } | Phase::Waiting { .. } | Phase::Approved { .. }) => {
                Ok(phase.cancelled(at, reason))
            }
            Phase::Sending { draft, approval, tries, claim, stop } => {
                Ok(Phase::Sending { draft, approval, tries, claim, stop: stop.or(Some(reason)) })
            }
            phase @ Phase::Uncertain { .. } => phase.on(Event::TakeBack, at),
            phase => Err(phase.refusal(event)),
        }
    }

    fn cancelled(self, at: Timestamp, why: CancelReason) -> Phase {
        Phase::Cancelled { draft: self.draft().cloned(), at, why }
    }

    /// What a live send's outcome makes of a phase that is `Sending`; any other stays as it is.
    fn submitted(self, outcome: Outcome, at: Timestamp) -> Phase {
        let Phase::Sending { draft, approval, tries, claim, stop } = self else { return self };
        match outcome {
            Outcome::Accepted { reply } => {
                Phase::Sent { draft: Some(draft), at, message_id: Some(claim.message_id), by: reply }
            }
            Outcome::Rejected { reply } => Phase::Failed { draft, at, reply },
            Outcome::Uncertain { why } => {
                Phase::Uncertain { draft, approval: stop.is_none().then_some(approval), tries, claim, at, why }
            }
            Outcome::NotSent(NotSent { why, retry }) => match stop {
                Some(reason) => Phase::Cancelled { draft: Some(draft), at, why: reason },
                None if retry == Retry::Letter => {
                    let tries = Tries { count: tries.count + 1, last: Some((at, why)), ..tries };
                    Phase::Approved { draft, approval, tries }
                }
                None => Phase::Approved { draft, approval, tries },
            },
        }
    }

    /// Why `event` cannot happen in this phase, in words for the person.
    fn refusal(&self, event: &Event) -> Refusal {
        match (event, self) {
            (Event::Submitted(_) | Event::Orphan, _) => Refusal::NotBeingSent,
            (Event::Settle { .. }, Phase::Sending { .. }) => Refusal::BeingSent,
            (Event::Settle { .. }, _) => Refusal::NothingToSettle,
            (Event::Recall | Event::TakeBack, Phase::Planned { .. } | Phase::Waiting { .. }) => Refusal::NotApproved,
            _ => self.standing(),
        }
    }

    /// Why a decision that does not fit this phase cannot be taken, in words for the person.
    pub fn standing(&self) -> Refusal {
        match self {
            Phase::Planned { .. } => Refusal::NotYetOpen,
            Phase::Waiting { .. } => Refusal::NotApproved,
            Phase::Approved { .. } => Refusal::NotApprovedInTheseWords,
            Phase::Sending { .. } => Refusal::BeingSent,
            Phase::Sent { .. } => Refusal::AlreadySent,
            Phase::Failed { .. } => Refusal::Failed,
            Phase::Uncertain { .. } => Refusal::Unsettled,
            Phase::Cancelled { .. } => Refusal::Cancelled,
        }
    }

    /// The word for it in the interface and in the database.
    pub fn word(&self) -> &'static str {
        match self {
            Phase::Planned { .. } => "planned",
            Phase::Waiting { .. } => "waiting",
            Phase::Approved { .. } => "approved",
            Phase::Sending { .. } => "sending",
            Phase::Sent { .. } => "sent",
            Phase::Failed { .. } => "failed",
            Phase::Uncertain { .. } => "uncertain",
            Phase::Cancelled { .. } => "cancelled",
        }
    }

    /// Whether this is the one follow-up of its application that is on its way.
    pub fn is_open(&self) -> bool {
        !matches!(self, Phase::Sent { .. } | Phase::Failed { .. } | Phase::Cancelled { .. })
    }

    /// When it ended, or what it is in doubt since; `None` while it is on its way.
    pub fn ended_at(&self) -> Option<Timestamp> {
        match self {
            Phase::Sent { at, .. }
            | Phase::Failed { at, .. }
            | Phase::Uncertain { at, .. }
            | Phase::Cancelled { at, .. } => Some(*at),
            Phase::Planned { .. } | Phase::Waiting { .. } | Phase::Approved { .. } | Phase::Sending { .. } => None,
        }
    }

    /// The letter's words, where there are any.
    pub fn draft(&self) -> Option<&Draft> {
        match self {
            Phase::Planned { .. } => None,
            Phase::Waiting { draft }
            | Phase::Approved { draft, .. }
            | Phase::Sending { draft, .. }
            | Phase::Failed { draft, .. }
            | Phase::Uncertain { draft, .. } => Some(draft),
            Phase::Sent { draft, .. } | Phase::Cancelled { draft, .. } => draft.as_ref(),
        }
    }
}

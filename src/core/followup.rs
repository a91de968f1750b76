//! One letter on its way: what is known of it, and what can happen to it. How it may move is [`Phase::on`]'s
//! to say, and nobody else's.

mod phase;

use jiff::Timestamp;
use jiff::civil::Date;

use super::application::{Answer, Contact};
use super::delivery::Outcome;
use super::etiquette::{Anchor, Due, Rule, Window};
use super::letter::{Letter, Sender, Text};
use super::message::Digest;

pub use phase::Phase;

/// One letter (or phone call) on its way to one employer.
#[derive(Debug, Clone, PartialEq)]
pub struct FollowUp {
    pub id: i64,
    pub application: i64,
    pub kind: Kind,
    pub rule: Rule,
    pub anchor: Anchor,
    pub window: Window,
    /// The first window was missed; this is the second chance, with late wording.
    pub late: bool,
    pub phase: Phase,
    /// The letter that the person saw last, by whatever showed it.
    pub shown: Option<Digest>,
    pub told: Told,
}

/// What the person does with it: a letter is approved, a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Letter,
    Call,
}

/// What the person was last told of this follow-up, so that a restart does not say it twice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// Names the news, such as a letter's digest; other news is told anew.
    pub news: Option<String>,
    /// How often that news was told.
    pub times: u32,
    /// How often anything was told of this follow-up.
    pub ever: u32,
    pub at: Option<Timestamp>,
    /// The mail about it did not get through; not to be tried before this.
    pub after: Option<Timestamp>,
}

impl Told {
    /// What is recorded once the person was told `news` at `at`: for the first time, or again.
    pub fn again(&self, news: String, at: Timestamp) -> Told {
        let times = if self.news.as_ref() == Some(&news) { self.times + 1 } else { 1 };
        Told { news: Some(news), times, ever: self.ever + 1, at: Some(at), after: None }
    }
}

/// A letter's words as they stand, and what exactly they would be to the recipient.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub text: Text,
    pub recipient: Recipient,
    /// See [`Letter::references`].
    pub references: Vec<String>,
    pub digest: Digest,
    /// The digest of what template and facts alone would give; it shows when a fact has changed.
    pub composed: Digest,
    /// The person typed it; it is not composed anew over their head.
    pub edited: bool,
    /// Facts or times changed since they typed it.
    pub written_earlier: bool,
}

impl Draft {
    /// The letter as it would go from `sender`.
    pub fn letter(&self, sender: &Sender) -> Letter {
        let to = self.recipient.to_contact();
        Letter { from: sender.clone(), to, text: self.text.clone(), references: self.references.clone() }
    }
}

/// Name and address a letter goes to; or name and number of a call, of which the address is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    pub name: Option<String>,
    pub email: String,
    /// As it is dialled; `None` for a letter.
    pub phone: Option<String>,
}

impl Recipient {
    /// By name where it is known, else by address or number.
    pub fn called(&self) -> &str {
        let number = self.phone.as_ref().unwrap_or(&self.email);
        self.name.as_ref().unwrap_or(number)
    }

    fn to_contact(&self) -> Contact {
        let Recipient { name, email, phone } = self.clone();
        Contact { name, email: Some(email).filter(|email| !email.is_empty()), phone }
    }
}

/// The person's yes to exactly one digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    pub digest: Digest,
    pub at: Timestamp,
}

/// Tries of an approved letter that certainly did not arrive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tries {
    /// How often it was claimed.
    pub claims: u32,
    /// How often it was this letter's own doing (deferred, or lost on the way), which lets it wait longer and
    /// longer. A server or an account that fails is not.
    pub count: u32,
    /// When and why the last one failed.
    pub last: Option<(Timestamp, String)>,
}

/// The letter is in the hands of one live send, from before the first byte of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub at: Timestamp,
    /// 1 for the first try.
    pub attempt: u32,
    pub message_id: String,
}

/// Why a follow-up came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CancelReason {
    Rejected(Option<String>),
    Answered(Answer),
    Closed,
    /// Its time was over before a word was given.
    Lapsed,
    /// It could not have gone in its time: another letter to this employer went just before.
    NoRoom,
    /// Other facts call for another step now.
    Superseded,
}

/// What happens to a follow-up.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Facts changed: back to planned, with another window.
    Replan {
        rule: Rule,
        anchor: Anchor,
        window: Window,
    },
    /// The window is open and these are the words; `late` if it is the second chance.
    Compose {
        rule: Rule,
        anchor: Anchor,
        window: Window,
        late: bool,
        draft: Draft,
    },
    /// The person typed another text.
    Edit {
        draft: Draft,
    },
    Approve {
        digest: Digest,
    },
    /// The approval is taken back.
    Recall,
    Snooze {
        until: Date,
    },
    /// Not this letter.
    Reject {
        why: Option<String>,
    },
    /// They answered.
    Heard {
        answer: Answer,
    },
    /// The application was closed.
    Close,
    /// Its time is over.
    Lapse,
    /// It cannot go in its time, since another letter to this employer went just before.
    LetPass,
    /// Other facts call for another step.
    Supersede,
    /// The person made the call; perhaps before its time.
    Called {
        outcome: String,
    },
    /// A live send takes it. `digest` is of the message about to go.
    Claim {
        digest: Digest,
        message_id: String,
    },
    Submitted(Outcome),
    /// The process died with the letter in hand.
    Orphan,
    /// Facts may be missing in this database, such as an answer: what was approved in it needs a new word.
    TakeBack,
    /// The send journal knows a letter of this step that this database does not: it was restored, or copied,
    /// before. `accepted`: the server took it; otherwise it may have.
    WentElsewhere {
        claim: Claim,
        accepted: bool,
    },
    /// An uncertain one is settled: it arrived (`by` says how one knows), or it did not.
    Settle {
        arrived: bool,
        by: String,
    },
}

/// Why an event cannot happen now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the letter has changed since it was shown")]
    ChangedSinceShown,
    #[error("it is too late: the letter is being sent")]
    BeingSent,
    #[error("it is too late: the letter has been sent")]
    AlreadySent,
    #[error("it is not known whether the letter arrived; settle that first")]
    Unsettled,
    #[error("there is nothing to take back: it is not approved")]
    NotApproved,
    #[error("its window has not opened yet")]
    NotYetOpen,
    #[error("the server refused it; correct the address first")]
    Failed,
    #[error("it was cancelled")]
    Cancelled,
    #[error("this is a phone call: record it with `called` when you have made it")]
    IsACall,
    #[error("this is a letter, not a phone call")]
    IsALetter,
    #[error("it was not approved in these words")]
    NotApprovedInTheseWords,
    #[error("it is not being sent")]
    NotBeingSent,
    #[error("there is nothing to settle")]
    NothingToSettle,
}

impl FollowUp {
    /// The step `due` of an application as it begins: planned, and not stored yet.
    pub fn begun(application: i64, due: &Due) -> Self {
        Self {
            id: 0,
            application,
            kind: due.kind,
            rule: due.rule,
            anchor: due.anchor.clone(),
            window: due.window,
            late: false,
            phase: Phase::Planned { not_before: None, kept: None },
            shown: None,
            told: Told::default(),
        }
    }

    /// What becomes of this follow-up on `event` at `at`: the phase by [`Phase::on`], and what an event
    /// says besides (window, rule, lateness; what was planned or composed anew, or taken back, is told anew).
    pub fn on(mut self, event: Event, at: Timestamp) -> Result<FollowUp, Refusal> {
        match (&event, self.kind) {
            (Event::Approve { .. } | Event::Edit { .. }, Kind::Call) => return Err(Refusal::IsACall),
            (Event::Called { .. }, Kind::Letter) => return Err(Refusal::IsALetter),
            _ => {}
        }
        let planned = match &event {
            Event::Replan { rule, anchor, window } => Some((*rule, anchor.clone(), *window, false)),
            Event::Compose { rule, anchor, window, late, .. } => Some((*rule, anchor.clone(), *window, *late)),
            _ => None,
        };
        let is_new_word_needed = matches!((&event, &self.phase), (Event::TakeBack, Phase::Approved { .. }));
        let is_asked_anew = planned.is_some() || is_new_word_needed;
        self.phase = self.phase.on(event, at)?;
        if let Some((rule, anchor, window, late)) = planned {
            (self.rule, self.anchor, self.window, self.late) = (rule, anchor, window, late);
        }
        if is_asked_anew {
            self.told = Told { ever: self.told.ever, ..Told::default() };
        }
        Ok(self)
    }
}

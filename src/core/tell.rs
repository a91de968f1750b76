//! What the person is told of without having asked: a letter that waits for their word, and everything that
//! did not go as they had a right to expect.

use std::future::Future;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::application::Application;
use super::calendar::OfficeHours;
use super::delivery::Outcome;
use super::digest::DailyDigest;
use super::etiquette::{Anchor, Etiquette, Rule, Window};
use super::followup::{Draft, FollowUp, Kind, Phase};
use super::kindness::Caution;
use super::letter::long_date;
use super::plan::{Case, news};
use super::tone::{Remark, remarks};

/// One piece of news about one application.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    pub application: Application,
    pub news: News,
    /// The recipient's zone.
    pub zone: TimeZone,
    /// Same news, same identity: a repeated mail about it carries the same Message-ID.
    pub identity: String,
}

/// What there is to tell.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// The letter waits for a word. `times`: how often that was said before. `was_approved`: the person had given it,
    /// for the letter as it was before something in it changed.
    Ask {
        draft: Draft,
        rule: Rule,
        why: String,
        window: Window,
        late: bool,
        remarks: Vec<Remark>,
        cautions: Vec<Caution>,
        times: u32,
        was_approved: bool,
    },
    /// It is time to call: `draft` has number and script, `hours` are the office hours there.
    Call { draft: Draft, why: String, window: Window, hours: OfficeHours, cautions: Vec<Caution>, times: u32 },
    /// Nothing was answered, and all steps are behind.
    Unanswered { since: Date },
    /// The approved letter could not go yet, time and again; it is tried until its window closes.
    PutOff { draft: Draft, why: String, closes: Timestamp },
    /// The server refused the letter for good.
    Failed { draft: Draft, reply: String },
    /// It may or may not have arrived.
    Uncertain { draft: Draft, why: String },
    /// Its time was over at `closed`. `was_approved`: the person's word had come, but it could not go; `was_asked`: they knew
    /// of it.
    Lapsed { rule: Rule, closed: Timestamp, was_approved: bool, was_asked: bool },
    /// A fact cannot be used; `why` names it.
    Held { why: String },
    /// The database is an older one, or comes from another machine: `words` say what that means. News of no
    /// application.
    Restored { words: String },
    /// Something that all letters share failed from `since` on, at last for this reason, and works again since
    /// `until`. It is news of no application.
    WorksAgain { what: Channel, since: Timestamp, until: Timestamp, why: String },
}

/// What can fail for all letters at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// The mail account: nothing could be sent.
    Account,
    /// The mails to the person themselves: letters went, but nobody was asked.
    Asks,
}

/// A way to reach the person.
pub trait Notifier: Send + Sync {
    /// Tells all of `notices` at once, at `now`. Whatever is not `Accepted` counts as not told.
    fn tell(&self, notices: &[Notice], now: Timestamp) -> impl Future<Output = Outcome> + Send;

    /// Hands over the digest of a day, at `now`. It does not show the letters that it names.
    fn digest(&self, digest: &DailyDigest, now: Timestamp) -> impl Future<Output = Outcome> + Send;
}

/// What there is to tell of `followup`; `None` if it is well. `was_approved`: see [`News::Ask`]; `cautions`: what to mind
/// of the step.
pub fn notice(
    application: &Application,
    followup: &FollowUp,
    was_approved: bool,
    cautions: Vec<Caution>,
    etiquette: &Etiquette,
) -> Option<Notice> {
    let name = news(followup)?;
    let times = if followup.told.news.as_deref() == Some(&name) { followup.told.times } else { 0 };
    let news = match &followup.phase {
        Phase::Waiting { draft } if followup.kind == Kind::Call => News::Call {
            draft: draft.clone(),
            why: why_now(followup.rule, &followup.anchor),
            window: followup.window,
            hours: etiquette.hours.clone(),
            cautions,
            times,
        },
        Phase::Waiting { draft } => News::Ask {
            draft: draft.clone(),
            rule: followup.rule,
            why: why_now(followup.rule, &followup.anchor),
            window: followup.window,
            late: followup.late,
            remarks: remarks(application, &etiquette.sender, draft),
            cautions,
            times,
            was_approved,
        },
        Phase::Approved { draft, tries, .. } => News::PutOff {
            draft: draft.clone(),
            why: tries.last.as_ref().map(|(_, why)| why.clone()).unwrap_or_default(),
            closes: followup.window.closes,
        },
        Phase::Failed { draft, reply, .. } => News::Failed { draft: draft.clone(), reply: reply.clone() },
        Phase::Uncertain { draft, why, .. } => News::Uncertain { draft: draft.clone(), why: why.clone() },
        _ => News::Lapsed {
            rule: followup.rule,
            closed: followup.window.closes,
            was_approved,
            was_asked: followup.told.ever > 0,
        },
    };
    Some(Notice {
        application: application.clone(),
        news,
        zone: etiquette.zone_of(application),
        identity: format!("{} {name} {}", followup.id, followup.told.ever),
    })
}

/// What there is to tell of `case`, whose every step is behind; `name` is its silence's, see [`silence`](super::plan::silence).
pub fn silence_notice(case: &Case, name: &str, etiquette: &Etiquette) -> Notice {
    let application = &case.application;
    let zone = etiquette.zone_of(application);
    let done = case.followups.iter().filter(|it| matches!(it.phase, Phase::Sent { .. }));
    let last = done.filter_map(|it| it.phase.ended_at()).max().map(|at| at.to_zoned(zone.clone()).date());
    let since = last.or(application.latest_interview().map(|it| it.promised_on.unwrap_or(it.held_on)));
    Notice {
        application: application.clone(),
        news: News::Unanswered { since: since.unwrap_or_default() },
        zone,
        identity: format!("{} {name} {:?}", application.id, case.known_since),
    }
}

/// Why a step is due, in a sentence for the person.
pub fn why_now(rule: Rule, anchor: &Anchor) -> String {
    let held_on = long_date(anchor.held_on);
    match (rule, anchor.promised_on) {
        (Rule::Promise, Some(promised_on)) => {
            format!("They promised an answer by {}, and none has been noted.", long_date(promised_on))
        }
        (Rule::ThankYou, _) => format!("The interview was on {held_on}: thanks are welcome while it is fresh."),
        (Rule::Call, _) => "Your letter has not been answered, and may not have arrived: a call tells.".to_owned(),
        (Rule::SecondLetter | Rule::LastLetter, _) => "Your letter has not been answered.".to_owned(),
        (Rule::FirstInterview, _) => format!("The interview was on {held_on}, and no date was named for an answer."),
        _ => format!("The last interview was on {held_on}, and no date was named for an answer."),
    }
}

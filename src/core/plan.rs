//! What is right now for one application, and when to look again. Pure: the same facts at the same instant
//! give the same answer, however often and for whatever reason it is asked.

use jiff::{SignedDuration, Timestamp};

use super::application::Application;
use super::etiquette::{Anchor, Due, Etiquette, Rule, Window};
use super::followup::{CancelReason, Draft, Event, FollowUp, Kind, Phase, Recipient};
use super::letter::{Letter, Text};
use super::message::Digest;
use super::pace::{Budget, TRIES_UNTIL_TOLD, later, may_go_at};

/// The first ask and three reminders.
const MOST_ASKS: u32 = 4;
/// How long another program may take from writing an application to writing its interview.
const INTERVIEW_FOLLOWS: SignedDuration = SignedDuration::from_mins(10);

/// An application with everything that [`plan`] needs to decide on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    pub application: Application,
    /// Moves with every change of the case; a write that expects an older one is refused.
    pub rev: i64,
    /// All that ever were, oldest first.
    pub followups: Vec<FollowUp>,
}

/// What is right now, and when to look again.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Next {
    pub action: Option<Action>,
    /// Follow-ups that have news for the person, now.
    pub tell: Vec<i64>,
    /// When to look again, if nothing changes before.
    pub wake_at: Option<Timestamp>,
    /// What the person can expect, and when.
    pub coming: Option<Coming>,
    /// A reason not to go on, for the person.
    pub hold: Option<String>,
}

/// The one thing to do.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time, for one step")]
pub enum Action {
    /// A step's time has come: it becomes a follow-up.
    Begin { rule: Rule, anchor: Anchor, window: Window },
    /// Something to record of the follow-up.
    Record { followup: i64, event: Event },
    /// The approved letter goes now.
    Send { followup: i64 },
}

/// What the person can expect next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coming {
    pub what: What,
    pub at: Timestamp,
}

/// The kinds of [`Coming`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A letter will be composed and asked for.
    Ask,
    /// The approved letter goes.
    Send,
    /// The letter's window closes; it would be composed anew with late wording.
    TurnsLate,
    /// The late letter is given up.
    Lapses,
}

impl What {
    /// The word for it in the interface.
    pub fn word(self) -> &'static str {
        match self {
            What::Ask => "ask",
            What::Send => "send",
            What::TurnsLate => "late",
            What::Lapses => "lapse",
        }
    }

    /// What `word` stands for, or `None`.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Ask, Self::Send, Self::TurnsLate, Self::Lapses].into_iter().find(|what| what.word() == word)
    }
}

impl Case {
    /// The one follow-up that is on its way.
    pub fn open(&self) -> Option<&FollowUp> {
        self.followups.iter().rev().find(|followup| followup.phase.is_open())
    }

    /// The follow-up to speak of: the open one, else the newest.
    pub fn current(&self) -> Option<&FollowUp> {
        self.open().or(self.followups.last())
    }

    /// The follow-up `id`.
    pub fn followup(&self, id: i64) -> Option<&FollowUp> {
        self.followups.iter().find(|followup| followup.id == id)
    }
}

/// What is right for `case` at `now`: at most one action, what to tell, and when to look again.
pub fn plan(now: Timestamp, case: &Case, etiquette: &Etiquette, budget: &Budget) -> Next {
    let mut next = step(now, case, etiquette, budget);
    if next.action.is_none() {
        add_news(&mut next, now, case, etiquette, budget);
    }
    next
}

fn step(now: Timestamp, case: &Case, etiquette: &Etiquette, budget: &Budget) -> Next {
    let application = &case.application;
    if let Some(open) = case.open() {
        if matches!(open.phase, Phase::Sending { .. } | Phase::Uncertain { .. }) {
            return Next::default();
        }
        if let Some(answer) = application.answer {
            return record(open, Event::Heard { answer });
        }
        if application.closed {
            return record(open, Event::Close);
        }
    }
    if application.closed || application.answer.is_some() {
        return Next::default();
    }
    let Some(due) = etiquette.due(application) else {
        return without_interview(now, application);
    };
    match case.open() {
        Some(open) if open.kind == Kind::Letter => on_open(now, case, open, &due, etiquette, budget),
        Some(_) => Next::default(),
        None => on_rest(now, case, &due, etiquette),
    }
}

fn without_interview(now: Timestamp, application: &Application) -> Next {
    if !application.interviews.is_empty() {
        return Next {
            hold: Some("strategy: none of its steps applies to the last interview".to_owned()),
            ..Next::default()
        };
    }
    let patience_ends = later(application.added_at, INTERVIEW_FOLLOWS);
    if now < patience_ends {
        return Next { wake_at: Some(patience_ends), ..Next::default() };
    }
    Next { hold: Some("held_on: there is no interview yet; add the day on which it was".to_owned()), ..Next::default() }
}

/// Planned, waiting or approved: keep it true to the facts, then see what its phase wants.
fn on_open(now: Timestamp, case: &Case, open: &FollowUp, due: &Due, etiquette: &Etiquette, budget: &Budget) -> Next {
    let used_up = |other: &FollowUp| other.id != open.id && uses_up(other, &due.anchor);
    if case.followups.iter().any(used_up) {
        return record(open, Event::Supersede);
    }
    let closes = if open.late { due.late_closes } else { due.window.closes };
    let expected = Window { opens: due.window.opens, closes };
    // A clock that ran ahead had made it late.
    let is_not_late = open.late && now < due.window.closes;
    if is_not_late || open.rule != due.rule || open.window != expected || !open.anchor.is_same(&due.anchor) {
        return record(open, replan(due));
    }
    match &open.phase {
        Phase::Planned { not_before, kept } => {
            let zone = etiquette.zone_of(&case.application);
            let snoozed_until = not_before.map(|date| etiquette.hours.opens(date, &zone));
            let ready = snoozed_until.map_or(due.window.opens, |until| until.max(due.window.opens));
            if now < ready {
                let coming = Some(Coming { what: What::Ask, at: ready });
                return Next { wake_at: Some(ready), coming, ..Next::default() };
            }
            compose(now, case, open, due, etiquette, kept.as_ref())
        }
        Phase::Waiting { draft } | Phase::Approved { draft, .. } => {
            if now >= open.window.closes {
                return compose(now, case, open, due, etiquette, None);
            }
            let typed = draft.edited.then_some(&draft.text);
            match write(case, due, open.late, etiquette, typed) {
                Err(hold) => Next { hold: Some(hold), ..Next::default() },
                // What is kept is what would go: its very words are compared, not only their digest.
                Ok(fresh) if (Draft { written_earlier: draft.written_earlier, ..fresh.clone() }) != *draft => {
                    let fresh = Draft { written_earlier: draft.edited, ..fresh };
                    record(open, compose_event(due, open.late, fresh))
                }
                Ok(_) => on_current(now, case, open, etiquette, budget),
            }
        }
        _ => Next::default(),
    }
}

/// Waiting or approved, its words true to the facts, its window open.
fn on_current(now: Timestamp, case: &Case, open: &FollowUp, etiquette: &Etiquette, budget: &Budget) -> Next {
    let closes = open.window.closes;
    let end = Coming { what: if open.late { What::Lapses } else { What::TurnsLate }, at: closes };
    let Phase::Approved { approval, tries, .. } = &open.phase else {
        return Next { wake_at: Some(closes), coming: Some(end), ..Next::default() };
    };
    let at = may_go_at(now, &case.application, approval, tries, etiquette, budget).max(open.window.opens);
    if at >= closes {
        return Next { wake_at: Some(closes), coming: Some(end), ..Next::default() };
    }
    let action = (at <= now).then_some(Action::Send { followup: open.id });
    Next { action, wake_at: Some(at), coming: Some(Coming { what: What::Send, at }), ..Next::default() }
}

/// Whether `followup` was the one letter of `anchor`: a step fires once per anchor. One that was cancelled by
/// an answer, a close or other facts is not, since these may be taken back: nobody wrote, and nobody decided.
fn uses_up(followup: &FollowUp, anchor: &Anchor) -> bool {
    let was_undone = |why: &CancelReason| !matches!(why, CancelReason::Rejected(_) | CancelReason::Lapsed);
    let undone = matches!(&followup.phase, Phase::Cancelled { why, .. } if was_undone(why));
    !undone && followup.anchor.is_same(anchor)
}

/// How many letters went, or may have gone, after the interview of `anchor`.
fn letters_after(case: &Case, anchor: &Anchor) -> u32 {
    let went =
        |it: &&FollowUp| it.kind == Kind::Letter && matches!(it.phase, Phase::Sent { .. } | Phase::Uncertain { .. });
    let letters = case.followups.iter().filter(went).filter(|it| it.anchor.is_same_interview(anchor));
    u32::try_from(letters.count()).unwrap_or(u32::MAX)
}

/// Nothing is on its way: has this anchor had its letter, and if not, is it time?
fn on_rest(now: Timestamp, case: &Case, due: &Due, etiquette: &Etiquette) -> Next {
    let Some(recipient) = case.application.recipient() else { return Next::default() };
    if let Some(last) = case.followups.iter().rev().find(|followup| uses_up(followup, &due.anchor)) {
        return match &last.phase {
            Phase::Failed { draft, .. }
                if recipient.email.as_ref() != Some(&draft.recipient.email) && now < due.late_closes =>
            {
                compose(now, case, last, due, etiquette, draft.edited.then_some(&draft.text))
            }
            _ => Next::default(),
        };
    }
    if letters_after(case, &due.anchor) >= etiquette.max_letters {
        return Next::default();
    }
    let opens = due.window.opens;
    if now < opens {
        let coming = Some(Coming { what: What::Ask, at: opens });
        return Next { wake_at: Some(opens), coming, ..Next::default() };
    }
    if case.application.added_at >= due.late_closes {
        return Next::default();
    }
    let action = Action::Begin { rule: due.rule, anchor: due.anchor.clone(), window: due.window };
    Next { action: Some(action), ..Next::default() }
}

/// Composes the letter as its time asks: in its window, late, or not any more.
fn compose(
    now: Timestamp,
    case: &Case,
    followup: &FollowUp,
    due: &Due,
    etiquette: &Etiquette,
    typed: Option<&Text>,
) -> Next {
    if now >= due.late_closes {
        return record(followup, Event::Lapse);
    }
    let late = now >= due.window.closes;
    // Nothing goes out with stale words: what was typed for the window is not sent after it.
    let typed = if late && !followup.late { None } else { typed };
    match write(case, due, late, etiquette, typed) {
        Ok(draft) => {
            let draft = Draft { written_earlier: typed.is_some(), ..draft };
            record(followup, compose_event(due, late, draft))
        }
        Err(hold) => Next { hold: Some(hold), ..Next::default() },
    }
}

/// The draft as facts and settings give it now, around the words in `typed` where the person wrote their own.
///
/// Errors with a hold in words where a template asks for a fact that is not there.
fn write(case: &Case, due: &Due, late: bool, etiquette: &Etiquette, typed: Option<&Text>) -> Result<Draft, String> {
    let application = &case.application;
    let Some(contact) = application.recipient() else {
        return Err("contact_email: there is no address to write to".to_owned());
    };
    let composed = etiquette
        .letters
        .compose(due.rule, late, application, contact, &due.anchor, &etiquette.sender)
        .map_err(|error| format!("letter: {error}"))?;
    let references = application.thread.as_ref().map_or_else(Vec::new, |thread| thread.references.clone());
    let letter = |text: &Text| Letter {
        from: etiquette.sender.clone(),
        to: contact.clone(),
        text: text.clone(),
        references: references.clone(),
    };
    let text = typed.unwrap_or(&composed);
    Ok(Draft {
        digest: Digest::of(&letter(text)),
        composed: Digest::of(&letter(&composed)),
        text: text.clone(),
        references: references.clone(),
        recipient: Recipient { name: contact.name.clone(), email: contact.email.clone().unwrap_or_default() },
        edited: typed.is_some(),
        written_earlier: false,
    })
}

/// The draft of an open letter around other words, as `edit` stores it; `None` where there is none to edit.
///
/// Errors as a hold does, where the letter cannot be composed at all.
pub fn retype(case: &Case, etiquette: &Etiquette, text: &Text) -> Option<Result<Draft, String>> {
    let open = case.open().filter(|open| open.phase.draft().is_some())?;
    let due = etiquette.due(&case.application)?;
    Some(write(case, &due, open.late, etiquette, Some(text)))
}

/// Adds what the person has not been told, and when the next reminder is due.
fn add_news(next: &mut Next, now: Timestamp, case: &Case, etiquette: &Etiquette, budget: &Budget) {
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
        Phase::Cancelled { why: CancelReason::Lapsed, .. } => Some("lapsed".to_owned()),
        _ => None,
    }
}

fn record(followup: &FollowUp, event: Event) -> Next {
    Next { action: Some(Action::Record { followup: followup.id, event }), ..Next::default() }
}

fn replan(due: &Due) -> Event {
    Event::Replan { rule: due.rule, anchor: due.anchor.clone(), window: due.window }
}

fn compose_event(due: &Due, late: bool, draft: Draft) -> Event {
    let closes = if late { due.late_closes } else { due.window.closes };
    let window = Window { opens: due.window.opens, closes };
    Event::Compose { rule: due.rule, anchor: due.anchor.clone(), window, late, draft }
}

//! What is right now for one application, and when to look again. Pure: the same facts at the same instant
//! give the same answer, however often and for whatever reason it is asked.

mod draft;
mod news;

use jiff::{SignedDuration, Timestamp};

use super::application::Application;
use super::course::{Course, LetGo, corrected, course};
use super::etiquette::{Due, Etiquette, Stage, Window};
use super::followup::{Draft, Event, FollowUp, Kind, Phase};
use super::letter::Text;
use super::pace::{Budget, free_for_employer, later, may_go_at};
use draft::write;
use news::add_news;

pub use draft::retype;
pub use news::{news, silence};

/// How long another program may take from writing an application to writing its interview.
const INTERVIEW_FOLLOWS: SignedDuration = SignedDuration::from_mins(10);
/// Why nothing can be planned where the strategy is for other interviews.
const NO_STEP: &str = "strategy: none of its steps applies to the last interview";

/// An application with everything that [`plan`] needs to decide on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    pub application: Application,
    /// Moves with every change of the case; a write that expects an older one is refused.
    pub rev: i64,
    /// All that ever were, oldest first.
    pub followups: Vec<FollowUp>,
    /// Since when its facts are as they are, if not since it was added: it was reopened, or an interview or a promise came
    /// to be known. What was over by then is not asked for.
    pub known_since: Option<Timestamp>,
    /// The name of the silence at whose end the person was asked to let go, see [`silence`].
    pub proposed: Option<String>,
    /// News of the whole application did not get through; not to be tried before this.
    pub tell_after: Option<Timestamp>,
}

/// What is right now, and when to look again.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Next {
    pub action: Option<Action>,
    /// Follow-ups that have news for the person, now.
    pub tell: Vec<i64>,
    /// The person is to be asked, now, whether to close it as unanswered; the name under which that is recorded.
    pub propose: Option<String>,
    /// When to look again, if nothing changes before.
    pub wake_at: Option<Timestamp>,
    /// What the person can expect, and when.
    pub coming: Option<Coming>,
    /// A reason not to go on, for the person.
    pub hold: Option<String>,
}

/// The one thing to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// A step's time has come: it becomes a follow-up.
    Begin(Due),
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
    /// It is time to call.
    Call,
    /// The approved letter goes.
    Send,
    /// The letter's window closes; it would be composed anew with late wording.
    TurnsLate,
    /// The late letter is given up; or thanks, or a call, which are never late.
    Lapses,
    /// Nothing was answered: the person is asked whether to close it.
    LetGo,
}

impl What {
    /// What a step of this kind begins with.
    pub fn beginning(kind: Kind) -> Self {
        match kind {
            Kind::Letter => What::Ask,
            Kind::Call => What::Call,
        }
    }

    /// Whether a step begins by it.
    pub fn is_beginning(self) -> bool {
        matches!(self, What::Ask | What::Call)
    }

    /// The word for it in the interface.
    pub fn word(self) -> &'static str {
        match self {
            What::Ask => "ask",
            What::Call => "call",
            What::Send => "send",
            What::TurnsLate => "late",
            What::Lapses => "lapse",
            What::LetGo => "let-go",
        }
    }

    /// What `word` stands for, or `None`.
    pub fn from_word(word: &str) -> Option<Self> {
        let all = [Self::Ask, Self::Call, Self::Send, Self::TurnsLate, Self::Lapses, Self::LetGo];
        all.into_iter().find(|what| what.word() == word)
    }
}

impl Case {
    /// A case as it stands with these follow-ups, its facts known from the start, of which nothing else was told.
    pub fn new(application: Application, rev: i64, followups: Vec<FollowUp>) -> Self {
        Self { application, rev, followups, known_since: None, proposed: None, tell_after: None }
    }

    /// The one follow-up that is on its way.
    pub fn open(&self) -> Option<&FollowUp> {
        self.followups.iter().rev().find(|followup| followup.phase.is_open())
    }

    /// The follow-up to speak of: the open one, else the one that ended last. A call may have been made while a letter
    /// was on its way.
    pub fn current(&self) -> Option<&FollowUp> {
        self.open().or_else(|| self.followups.iter().max_by_key(|it| (it.phase.ended_at(), it.id)))
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
    match course(now, case, etiquette) {
        Course::NoInterview => without_interview(now, application),
        Course::NoStep => Next { hold: Some(NO_STEP.to_owned()), ..Next::default() },
        Course::AtItsEnd(LetGo { close_at, .. }) => at_the_end(now, case, close_at, budget),
        Course::Step(due) => match case.open() {
            Some(open) => on_open(now, case, open, &due, etiquette, budget),
            None => on_rest(now, case, &due, etiquette),
        },
    }
}

fn without_interview(now: Timestamp, application: &Application) -> Next {
    let patience_ends = later(application.added_at, INTERVIEW_FOLLOWS);
    if now < patience_ends {
        return Next { wake_at: Some(patience_ends), ..Next::default() };
    }
    Next { hold: Some("held_on: there is no interview yet; add the day on which it was".to_owned()), ..Next::default() }
}

/// No step is left: what is still on its way has no place any more, and in the end it is time to let go.
fn at_the_end(now: Timestamp, case: &Case, close_at: Timestamp, budget: &Budget) -> Next {
    if let Some(open) = case.open() {
        return record(open, Event::Supersede);
    }
    let Some(name) = silence(case).filter(|name| case.proposed.as_ref() != Some(name)) else { return Next::default() };
    let at = [case.tell_after, budget.account_rests_until].into_iter().flatten().fold(close_at, Timestamp::max);
    let coming = Some(Coming { what: What::LetGo, at: close_at });
    match at <= now {
        true => Next { propose: Some(name), ..Next::default() },
        false => Next { wake_at: Some(at), coming, ..Next::default() },
    }
}

/// Planned, waiting or approved: keep it true to the facts, then see what its phase wants.
fn on_open(now: Timestamp, case: &Case, open: &FollowUp, due: &Due, etiquette: &Etiquette, budget: &Budget) -> Next {
    // What was typed for one step is no text for another.
    if open.kind != due.kind || open.rule.stage() != due.rule.stage() {
        return record(open, Event::Supersede);
    }
    let closes = if open.late { due.late_closes } else { due.window.closes };
    let expected = Window { opens: due.window.opens, closes };
    // A clock that ran ahead had made it late.
    let is_not_late = open.late && now < due.window.closes;
    // Thanks are for an interview, whatever is promised after it.
    let is_same_anchor = match open.rule.stage() {
        Stage::ThankYou => open.anchor.is_same_interview(&due.anchor),
        _ => open.anchor.is_same(&due.anchor),
    };
    if is_not_late || open.rule != due.rule || open.window != expected || !is_same_anchor {
        return record(open, replan(due));
    }
    match &open.phase {
        Phase::Planned { not_before, kept } => {
            let zone = etiquette.zone_of(&case.application);
            let snoozed_until = not_before.map(|date| etiquette.hours.opens(date, &zone));
            let ready = snoozed_until.map_or(due.window.opens, |until| until.max(due.window.opens));
            if now < ready {
                let coming = Some(Coming { what: What::beginning(due.kind), at: ready });
                return Next { wake_at: Some(ready), coming, ..Next::default() };
            }
            // Nobody is asked for thanks that could not go: another letter to this employer went just before.
            let is_free =
                free_for_employer(&case.application, etiquette, budget).is_none_or(|at| at < due.window.closes);
            match due.rule.stage() {
                Stage::ThankYou if !is_free => record(open, Event::LetPass),
                _ => compose(now, case, open, due, etiquette, kept.as_ref()),
            }
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
                Ok(_) => on_current(now, case, open, due, etiquette, budget),
            }
        }
        _ => Next::default(),
    }
}

/// Waiting or approved, its words true to the facts, its window open.
fn on_current(now: Timestamp, case: &Case, open: &FollowUp, due: &Due, etiquette: &Etiquette, budget: &Budget) -> Next {
    let closes = open.window.closes;
    let is_last_chance = closes >= due.late_closes;
    let end = Coming { what: if is_last_chance { What::Lapses } else { What::TurnsLate }, at: closes };
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

/// Nothing is on its way: is it time for the step of `due`?
fn on_rest(now: Timestamp, case: &Case, due: &Due, etiquette: &Etiquette) -> Next {
    if let Some(failed) = corrected(case, due) {
        let Phase::Failed { draft, .. } = &failed.phase else { return Next::default() };
        return compose(now, case, failed, due, etiquette, draft.edited.then_some(&draft.text));
    }
    let opens = due.window.opens;
    if now < opens {
        let coming = Some(Coming { what: What::beginning(due.kind), at: opens });
        return Next { wake_at: Some(opens), coming, ..Next::default() };
    }
    Next { action: Some(Action::Begin(due.clone())), ..Next::default() }
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

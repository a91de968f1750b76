//! What will happen until a date if nobody does anything: [`plan`] run forward over cases in memory. Pure, and
//! nothing is touched: the daemon will do the same on its way, unless facts, settings or decisions change.

mod ledger;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use jiff::Timestamp;

use super::delivery::Outcome;
use super::etiquette::{Etiquette, Rule};
use super::followup::{CancelReason, Event, FollowUp, Kind, Phase};
use super::plan::{Action, Case, news, plan};

pub use ledger::Ledger;

/// More steps than any case can need at one instant.
const MOST_STEPS: usize = 32;

/// Something that will happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreseen {
    pub at: Timestamp,
    /// The number of the application.
    pub application: i64,
    pub what: Happening,
    /// The step it happens to, and whether that is a letter or a call; `None` where it is the whole application.
    pub step: Option<(Rule, Kind)>,
}

/// What can happen by itself that the person cares about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// A letter is composed, or a call prepared, and the person asked for a word. `late`: in late wording, since its
    /// first window was missed.
    Ask { late: bool },
    /// The person is reminded of the letter or the call that waits.
    Remind,
    /// The approved letter goes.
    Send,
    /// The letter is given up, and the person told so; or the call is let pass, or thanks for which there is no room.
    Lapses,
    /// The person is told of a letter that did not go well: it was refused, or may not have arrived.
    Tell,
    /// Nothing was answered: the person is asked whether to close it.
    LetGo,
}

impl Happening {
    /// The word for it in the interface, the same as of a [`What`](super::plan::What) where there is one.
    pub fn word(self) -> &'static str {
        match self {
            Happening::Ask { late: false } => "ask",
            Happening::Ask { late: true } => "late",
            Happening::Remind => "remind",
            Happening::Send => "send",
            Happening::Lapses => "lapse",
            Happening::Tell => "tell",
            Happening::LetGo => "let-go",
        }
    }
}

/// All that will happen from `now` until `until`, which belongs to it, in the order of time and then of the
/// applications' numbers.
///
/// Every letter that goes is taken as accepted at once, and counts in `ledger` against the limits of those that
/// follow. Nothing is approved that is not: a letter that waits is reminded of, turns late and lapses. A case
/// that is held, or whose facts cannot be used, has nothing to come.
pub fn forecast(
    cases: Vec<Case>,
    now: Timestamp,
    until: Timestamp,
    etiquette: &Etiquette,
    ledger: Ledger,
) -> Vec<Foreseen> {
    let today = now.to_zoned(etiquette.zone.clone()).date();
    let mut cases: Vec<Case> = cases
        .into_iter()
        .filter(|case| case.application.closed || etiquette.check(&case.application, today).is_ok())
        .collect();
    cases.sort_by_key(|case| case.application.id);
    let mut future = Future { etiquette, ledger, begun: 0, foreseen: Vec::new() };
    // When each case is looked at, and by its place in `cases`; an entry that is not the case's latest is stale.
    let mut wakes = vec![Some(now); cases.len()];
    // At the same moment, letters go in the order in which they were approved.
    let approved_at = |case: &Case| match case.open().map(|open| &open.phase) {
        Some(Phase::Approved { approval, .. }) => Some(approval.at),
        _ => None,
    };
    let turn = |cases: &[Case], at: Timestamp, place: usize| Reverse((at, approved_at(&cases[place]), place));
    let mut queue: BinaryHeap<_> = (0..cases.len()).map(|place| turn(&cases, now, place)).collect();
    while let Some(Reverse((at, _, place))) = queue.pop() {
        if at > until {
            break;
        }
        if wakes[place] != Some(at) {
            continue;
        }
        let looked = future.look(&mut cases[place], at);
        // Time moves on, whatever the plan says: this is what makes the forecast end.
        wakes[place] = looked.wake_at.filter(|&wake_at| wake_at > at);
        queue.extend(wakes[place].map(|wake_at| turn(&cases, wake_at, place)));
        if looked.gave_a_place_back {
            // Another letter may have waited for it.
            let sooner = |other: &usize| *other != place && wakes[*other].is_some_and(|wake_at| wake_at > at);
            for other in (0..cases.len()).filter(sooner).collect::<Vec<_>>() {
                wakes[other] = Some(at);
                queue.push(turn(&cases, at, other));
            }
        }
    }
    let mut foreseen = future.foreseen;
    foreseen.sort_by_key(|it| (it.at, it.application));
    foreseen
}

/// What the cases share on their way.
struct Future<'a> {
    etiquette: &'a Etiquette,
    ledger: Ledger,
    /// Follow-ups that began on the way; they are numbered from -1 downwards, where no stored one is.
    begun: i64,
    foreseen: Vec<Foreseen>,
}

/// What came of a look at one case.
#[derive(Default)]
struct Looked {
    /// When to look again; `None` if nothing is to come of it.
    wake_at: Option<Timestamp>,
    /// A letter that counted against the limits no longer does.
    gave_a_place_back: bool,
}

impl Future<'_> {
    /// Does for `case`, at `at`, what the daemon would, until nothing of it is left.
    fn look(&mut self, case: &mut Case, at: Timestamp) -> Looked {
        let mut looked = Looked::default();
        for _ in 0..MOST_STEPS {
            let budget = self.ledger.budget(at, case, self.etiquette);
            let next = plan(at, case, self.etiquette, &budget);
            let done = match next.action {
                Some(Action::Begin(due)) => {
                    self.begun -= 1;
                    case.followups.push(FollowUp { id: self.begun, ..FollowUp::begun(case.application.id, &due) });
                    Some(())
                }
                Some(Action::Record { followup, event }) => {
                    let is_lapse = matches!(event, Event::Lapse | Event::LetPass);
                    let done = happen(case, followup, event, at);
                    // Nobody is told of what is just let pass.
                    if is_lapse && case.followup(followup).is_some_and(|it| news(it).is_none()) {
                        self.foresee(case, at, Happening::Lapses, Some(followup));
                    }
                    let is_over = |it: &FollowUp| matches!(it.phase, Phase::Cancelled { .. } | Phase::Failed { .. });
                    if case.followup(followup).is_some_and(is_over) {
                        looked.gave_a_place_back |= self.ledger.give_back(followup);
                    }
                    done
                }
                Some(Action::Send { followup }) => self.send(case, followup, at),
                None if next.hold.is_some() => return looked,
                None if next.tell.is_empty() && next.propose.is_none() => {
                    return Looked { wake_at: next.wake_at, ..looked };
                }
                None => {
                    next.tell.iter().for_each(|&followup| self.tell(case, followup, at));
                    if next.propose.is_some() {
                        case.proposed = next.propose;
                        self.foresee(case, at, Happening::LetGo, None);
                    }
                    Some(())
                }
            };
            // The daemon holds a case whose plan asks for what cannot be.
            if done.is_none() {
                return looked;
            }
        }
        looked
    }

    /// The approved letter goes, and the server takes it.
    fn send(&mut self, case: &mut Case, followup: i64, at: Timestamp) -> Option<()> {
        let digest = case.followup(followup)?.phase.draft()?.digest;
        happen(case, followup, Event::Claim { digest, message_id: String::new() }, at)?;
        happen(case, followup, Event::Submitted(Outcome::Accepted { reply: String::new() }), at)?;
        self.ledger.enter(followup, case.application.employer(), at);
        self.foresee(case, at, Happening::Send, Some(followup));
        Some(())
    }

    /// The person is told the news of `followup`, and the mail gets through.
    fn tell(&mut self, case: &mut Case, followup: i64, at: Timestamp) {
        let Some(told) = case.followups.iter_mut().find(|it| it.id == followup) else { return };
        let Some(name) = news(told) else { return };
        let what = match &told.phase {
            Phase::Waiting { .. } if told.told.news.as_ref() == Some(&name) => Happening::Remind,
            Phase::Waiting { .. } => Happening::Ask { late: told.late },
            Phase::Cancelled { why: CancelReason::Lapsed, .. } => Happening::Lapses,
            _ => Happening::Tell,
        };
        told.told = told.told.again(name, at);
        self.foresee(case, at, what, Some(followup));
    }

    fn foresee(&mut self, case: &Case, at: Timestamp, what: Happening, followup: Option<i64>) {
        let step = followup.and_then(|id| case.followup(id)).map(|it| (it.rule, it.kind));
        self.foreseen.push(Foreseen { at, application: case.application.id, what, step });
    }
}

/// Lets `event` happen to `followup`; `None` if it cannot.
fn happen(case: &mut Case, followup: i64, event: Event, at: Timestamp) -> Option<()> {
    let it = case.followups.iter_mut().find(|it| it.id == followup)?;
    *it = it.clone().on(event, at).ok()?;
    Some(())
}

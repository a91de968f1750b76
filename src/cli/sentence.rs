//! What comes next for one application, as a sentence with the next command at its end.

use jiff::Timestamp;

use super::render::{exact, one_line, until, when, whom};
use crate::core::application::{Application, Contact};
use crate::core::course::{Course, callee};
use crate::core::followup::{CancelReason, FollowUp, Kind, Phase};
use crate::core::phone::shown;
use crate::core::plan::{Coming, What};
use crate::ops::Situation;

/// What comes next, as a sentence; the number of the application stands in the commands.
pub(super) fn next_sentence(situation: &Situation, now: Timestamp) -> String {
    let open = situation.case.open();
    let sentence = match open {
        Some(call) if call.kind == Kind::Call => on_call(call, situation, now),
        Some(letter) => on_letter(letter, situation, now),
        None => None,
    };
    sentence.unwrap_or_else(|| {
        match (what_was(situation), what_comes(situation, now)) {
            // A command ends its line.
            (Some(was), Some(comes)) if was.contains('\n') => format!("{was}\n{comes}"),
            (Some(was), Some(comes)) => format!("{was} {comes}"),
            (was, comes) => was.or(comes).unwrap_or_else(|| nothing(situation)),
        }
    })
}

/// Of a letter on its way; `None` where it has not come due.
fn on_letter(letter: &FollowUp, situation: &Situation, now: Timestamp) -> Option<String> {
    let (id, zone) = (situation.case.application.id, &situation.zone);
    let late = if letter.late { "late " } else { "" };
    let name = format!("{late}{} to {}", letter.rule.noun(), addressee(letter, situation));
    Some(match (&letter.phase, situation.coming) {
        (Phase::Waiting { .. } | Phase::Approved { .. }, Some(Coming { what, at }))
            if what != What::Send && at <= now =>
        {
            format!("The time of this {name} was over on {}. What can follow: followup draft {id}", exact(at, zone))
        }
        (Phase::Waiting { .. }, Some(Coming { at, .. })) => {
            format!("The {name} waits for your word until {}: followup approve {id}", until(at, now, zone))
        }
        (Phase::Approved { tries, .. }, Some(Coming { what: What::Send, at })) => {
            let last = tries.last.as_ref();
            let failed = last.map(|(at, why)| format!(" It could not go on {}: {why}.", exact(*at, zone)));
            let (failed, when) = (failed.unwrap_or_default(), when(at, now, zone));
            format!("The {name} is approved and goes {when}.{failed} Changed your mind: followup recall {id}")
        }
        (Phase::Approved { .. }, Some(Coming { what, at })) => {
            let until = until(at, now, zone);
            match what {
                What::Lapses => format!("The {name} is approved, but cannot go before its time is over, {until}."),
                _ => format!(
                    "The {name} is approved, but cannot go before its window closes, {until}; you will be asked again."
                ),
            }
        }
        (Phase::Waiting { .. } | Phase::Approved { .. }, None) if situation.held.is_some() => {
            format!("The {name} is held until this is corrected.")
        }
        (Phase::Waiting { .. } | Phase::Approved { .. }, None) => {
            format!("Something in the {name} has changed; see it as it would go now: followup draft {id}")
        }
        (Phase::Sending { .. }, _) => format!("The {name} has begun to be sent."),
        (Phase::Uncertain { at, .. }, _) => format!(
            "Whether the {name} has arrived is not known, since {}. It is not sent again by itself. It arrived: followup resolve {id} --sent (or --not-sent)",
            exact(*at, zone)
        ),
        _ => return None,
    })
}

/// Of a call on its way; `None` where it has not come due.
fn on_call(call: &FollowUp, situation: &Situation, now: Timestamp) -> Option<String> {
    let (id, zone) = (situation.case.application.id, &situation.zone);
    let Phase::Waiting { draft } = &call.phase else { return None };
    let who = match (&draft.recipient.name, &draft.recipient.phone) {
        (Some(name), Some(number)) => format!("{name}, {number},"),
        _ => draft.recipient.called().to_owned(),
    };
    let who = one_line(&who);
    Some(match situation.coming {
        Some(Coming { at, .. }) if at <= now => {
            format!("The time to call {who} was over on {}.", exact(at, zone))
        }
        Some(Coming { at, .. }) => format!(
            "It is time to call {who} until {}. What to say: followup draft {id} · what came of it: followup called {id} OUTCOME",
            until(at, now, zone)
        ),
        None => format!("Something about calling {who} has changed; see: followup draft {id}"),
    })
}

/// What became of the last step.
fn what_was(situation: &Situation) -> Option<String> {
    let (application, zone) = (&situation.case.application, &situation.zone);
    let last = situation.followup()?;
    let name = match last.kind {
        Kind::Letter => format!("The {} to {}", last.rule.noun(), addressee(last, situation)),
        Kind::Call => "The call".to_owned(),
    };
    Some(match &last.phase {
        Phase::Sent { at, .. } if last.kind == Kind::Call => format!("You called on {}.", exact(*at, zone)),
        Phase::Sent { at, .. } => format!("{name} was sent on {}.", exact(*at, zone)),
        Phase::Cancelled { why, at, .. } => {
            format!("{name} was cancelled on {}: {}.", exact(*at, zone), cancelled_because(why))
        }
        Phase::Failed { reply, .. } => {
            let text = format!("{name} was refused by their server: {reply}");
            match application.closed || application.answer.is_some() {
                true => text,
                false => {
                    text + &format!("\nThe right address: followup set {} --contact 'NAME <MAIL>'", application.id)
                }
            }
        }
        _ => return None,
    })
}

/// What comes next, where nothing is on its way.
fn what_comes(situation: &Situation, now: Timestamp) -> Option<String> {
    let (id, zone) = (situation.case.application.id, &situation.zone);
    let Some(Coming { what, at }) = situation.coming else { return is_silent(situation, now).then(|| let_go(id)) };
    let due = situation.due();
    let thing = match due {
        _ if what == What::Call => {
            format!("A call to {}", whom_to_call(&situation.case.application, situation.recipient.country.as_deref()))
        }
        due => {
            let is_late = due.is_some_and(|due| due.window.closes <= at);
            let (late, noun) = (if is_late { "late " } else { "" }, due.map_or("letter", |due| due.rule.noun()));
            format!("A {late}{noun} to {}", whom(&situation.case.application))
        }
    };
    Some(match what {
        What::Call if at <= now => format!("{thing} is due: followup draft {id}"),
        What::Ask if at <= now => {
            format!("{thing} is due; it is asked for as soon as the daemon looks, or with: followup draft {id}")
        }
        What::Call => format!("{thing} is due {}, if nothing comes before.", when(at, now, zone)),
        What::Ask => format!("{thing} will be ready for you {}.", when(at, now, zone)),
        What::LetGo if at <= now => let_go(id),
        What::LetGo => {
            let over = if situation.followup().is_none() { "The time for a letter is over. " } else { "" };
            format!("{over}If nothing comes, you are asked {} whether to close it.", when(at, now, zone))
        }
        _ => return None,
    })
}

/// Whether every step is behind, and the person was asked whether to let go, or is asked now.
fn is_silent(situation: &Situation, now: Timestamp) -> bool {
    let application = &situation.case.application;
    let is_over = application.closed || application.answer.is_some() || situation.held.is_some();
    !is_over && matches!(situation.course, Course::AtItsEnd(end) if end.close_at <= now)
}

fn let_go(id: i64) -> String {
    format!("Nothing was answered. To let go: followup close {id}")
}

/// Nothing was, and nothing comes.
fn nothing(situation: &Situation) -> String {
    let application = &situation.case.application;
    let why = if application.closed {
        "It is closed."
    } else if application.answer.is_some() {
        "They have answered."
    } else if application.interviews.is_empty() {
        "It has no interview yet."
    } else if situation.held.is_some() {
        "It cannot go on until this is corrected."
    } else {
        "The time for a letter is over; nothing more is planned."
    };
    why.to_owned()
}

/// Whom to call, by name where it is known, else by the number; `country` is where that is dialled.
pub(super) fn whom_to_call(application: &Application, country: Option<&str>) -> String {
    let number = |who: &Contact| who.phone.as_ref().map(|number| shown(number, country));
    let name = callee(application).and_then(|who| who.name.clone().or(number(who)));
    one_line(&name.unwrap_or_else(|| application.company.clone()))
}

/// Whom a letter went to, or goes to, by name: the contact may be another one by now.
fn addressee(letter: &FollowUp, situation: &Situation) -> String {
    let has_gone = matches!(
        letter.phase,
        Phase::Sent { .. } | Phase::Sending { .. } | Phase::Uncertain { .. } | Phase::Failed { .. }
    );
    match letter.phase.draft().filter(|_| has_gone) {
        Some(draft) => one_line(draft.recipient.called()),
        None => whom(&situation.case.application),
    }
}

fn cancelled_because(why: &CancelReason) -> String {
    match why {
        CancelReason::Rejected(Some(why)) => format!("you did not want it ({why})"),
        CancelReason::Rejected(None) => "you did not want it".to_owned(),
        CancelReason::Answered(answer) => format!("they answered ({})", answer.word()),
        CancelReason::Closed => "the application was closed".to_owned(),
        CancelReason::Lapsed => "its time was over before you decided".to_owned(),
        CancelReason::NoRoom => "another letter to them went just before".to_owned(),
        CancelReason::Superseded => "newer facts call for another step".to_owned(),
    }
}

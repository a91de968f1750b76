//! The words of the daily digest: a line or two for each application, and the one command for it.

use super::wording::{exact, fill};
use crate::core::digest::{Thing, Wanted};
use crate::core::letter::Text;

/// So many are named; more are counted.
const MOST_NAMED: usize = 20;
/// A space at which no line is broken.
const HELD_TOGETHER: &str = "\u{a0}";

/// The mail that names `things`, in their order.
pub fn mail(things: &[Thing]) -> Text {
    let wait = match things.len() {
        1 => "1 thing waits for you".to_owned(),
        many => format!("{many} things wait for you"),
    };
    let mut parts = vec![format!("{wait}. No letter goes without your word.")];
    parts.extend(things.iter().take(MOST_NAMED).map(entry));
    let left_out = things.len().saturating_sub(MOST_NAMED);
    if left_out > 0 {
        parts.push(format!("and {left_out} more: followup"));
    }
    Text { subject: format!("{wait}: {}", companies(things)), body: parts.join("\n\n") + "\n" }
}

/// `Globex, Initech and 1 more`: each company once.
fn companies(things: &[Thing]) -> String {
    let mut names: Vec<String> = Vec::new();
    for thing in things {
        let name = thing.names.as_ref().map_or_else(|| numbered(thing), |(company, _)| company.clone());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    match names.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [one, other] => format!("{one} and {other}"),
        [one, other, more @ ..] => format!("{one}, {other} and {} more", more.len()),
    }
}

fn numbered(thing: &Thing) -> String {
    format!("application {}", thing.application)
}

/// What is wanted, and below it the command.
fn entry(thing: &Thing) -> String {
    let id = thing.application;
    // A time stays on one line.
    let until = |closes| exact(closes, &thing.zone).replace(' ', HELD_TOGETHER);
    let (what, command) = match &thing.wanted {
        Wanted::Settle { whom } => (
            format!("did your letter to {whom} arrive? It is not sent again by itself."),
            format!("resolve {id} --sent    (or --not-sent)"),
        ),
        Wanted::Correct { why } => (format!("cannot go on until this is corrected: {why}"), format!("show {id}")),
        Wanted::Address { email } => (
            format!("their mail server refused the letter to {email}. Is the address right?"),
            format!("set {id} --contact 'Name <mail>'"),
        ),
        Wanted::Word { whom, closes, late: false } => {
            (format!("the letter to {whom} waits for your word, until {}.", until(*closes)), format!("draft {id}"))
        }
        Wanted::Word { whom, closes, late: true } => {
            (format!("the late letter to {whom} waits for your word, until {}.", until(*closes)), format!("draft {id}"))
        }
        Wanted::Call { closes } => {
            (format!("it is time to call them, until {}.", until(*closes)), format!("draft {id}"))
        }
    };
    let what = what.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    let who = match &thing.names {
        Some((company, position)) => format!("{}, {}", company.trim(), position.trim()),
        None => format!("Application {id}"),
    };
    let what = fill(&format!("{who}: {what}")).replace(HELD_TOGETHER, " ");
    format!("{what}\n    followup {command}")
}

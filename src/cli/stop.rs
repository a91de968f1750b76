//! Where the settings or the facts cannot be used: `recall`, `heard`, `close` and `called` keep the letter from
//! going all the same. The daemon may be at work with the settings of before.

use serde_json::json;

use super::failure::Failure;
use super::{Context, Report};
use crate::core::followup::Event;
use crate::ops::{OpError, find, stop};

/// What `done` is, or if that failed since settings or facts cannot be used, what `event` alone does to the
/// application that `name` means.
pub(super) fn or_stop(
    context: &Context,
    name: &str,
    event: &Event,
    done: Result<Report, Failure>,
) -> Result<Report, Failure> {
    let failure = match done {
        Err(failure) if failure.unusable => failure,
        done => return done,
    };
    let mut store = context.existing_store()?;
    let id = find(&mut store, name)?;
    let company = match stop(&mut store, id, event, context.now()) {
        // There was nothing to stop; what is to be put right is what matters.
        Err(OpError::NothingOpen(_)) => return Err(failure),
        stopped => stopped?,
    };
    let what = match event {
        Event::Recall => "Taken back".to_owned(),
        Event::Heard { answer } => format!("Noted that they answered ({}); nothing further is sent", answer.word()),
        _ => "Closed; nothing further is sent".to_owned(),
    };
    let text = format!("{what}: {id}, {company}.\n! Something else is to be put right:\n{}", failure.to_text());
    Ok(Report::new(text, json!({ "application": { "id": id, "company": company }, "warning": failure.message() })))
}

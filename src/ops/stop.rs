//! What only keeps letters from going. It must be possible whatever the settings, the clock and the other facts
//! say: neither a typing mistake in a file nor a date that another program broke may let a letter go that the
//! person has stopped.

use jiff::Timestamp;

use super::OpError;
use crate::core::followup::Event;
use crate::store::{Entry, Store, StoreError, Who};

/// Lets `event` (a recall, an answer, a close) happen to the application `id` without reading its facts or any
/// settings; gives its company.
///
/// Errors where nothing is open that could be taken back, or where it comes too late; an answer and a close are
/// recorded all the same.
pub fn stop(store: &mut Store, id: i64, event: &Event, now: Timestamp) -> Result<String, OpError> {
    store.write(|tables| {
        let company = tables.company(id)?.ok_or(StoreError::NoSuchApplication(id))?;
        let what = match event {
            Event::Heard { answer } => tables.set_answer(id, *answer).map(|()| Some(("heard", answer.word())))?,
            Event::Close => tables.set_closed(id).map(|()| Some(("closed", "")))?,
            _ => None,
        };
        let open = tables.followups(id)?.into_iter().find(|followup| followup.phase.is_open());
        match (open, what) {
            (Some(open), _) => match tables.advance_anyhow(id, open.id, event.clone(), now, Who::Person) {
                Err(StoreError::Refused(refusal)) => return Ok(Err(OpError::Refused(refusal))),
                advanced => advanced?,
            },
            (None, Some((what, detail))) => {
                let detail = Some(detail).filter(|detail| !detail.is_empty());
                let entry = Entry { who: Who::Person, application: Some(id), followup: None, what, detail };
                tables.journal(now, &entry)?;
            }
            (None, None) => return Ok(Err(OpError::NothingOpen(id))),
        }
        Ok(Ok(company))
    })?
}

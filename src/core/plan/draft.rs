//! The words of a follow-up as facts and settings give them now: a letter, or the script of a call.

use jiff::Timestamp;
use jiff::civil::Date;

use super::Case;
use crate::core::application::Contact;
use crate::core::course::{callee, course, last_letter};
use crate::core::etiquette::{Anchor, Due, Etiquette, Stage};
use crate::core::followup::{Draft, Kind, Recipient};
use crate::core::letter::{Letter, Occasion, Text};
use crate::core::message::Digest;
use crate::core::phone::shown;

/// The draft as facts and settings give it now, around the words in `typed` where the person wrote their own.
///
/// Errors with a hold in words where a template asks for a fact that is not there.
pub(super) fn write(
    case: &Case,
    due: &Due,
    late: bool,
    etiquette: &Etiquette,
    typed: Option<&Text>,
) -> Result<Draft, String> {
    let application = &case.application;
    let to = match due.kind {
        Kind::Letter => application.recipient().map(|who| Contact { phone: None, ..who.clone() }),
        Kind::Call => callee(application).map(|who| {
            let shown = |number: &String| shown(number, etiquette.recipient_of(application).country.as_deref());
            Contact { name: who.name.clone(), email: None, phone: who.phone.as_ref().map(shown) }
        }),
    };
    let to = to.ok_or_else(|| "contact_email: there is no address to write to".to_owned())?;
    let last = last_letter(case, &due.anchor).and_then(|letter| letter.phase.ended_at());
    let zone = etiquette.zone_of(application);
    // Thanks do not look forward to a day that may have passed when they arrive.
    let is_ahead = |date: &Date| due.rule.stage() != Stage::ThankYou || *date > due.closes_on;
    let anchor = Anchor { promised_on: due.anchor.promised_on.filter(is_ahead), ..due.anchor.clone() };
    let occasion = Occasion {
        rule: due.rule,
        kind: due.kind,
        late,
        anchor: &anchor,
        last_letter: last.map(|at| at.to_zoned(zone).date()),
    };
    let composed = etiquette.letters.compose(&occasion, application, &to, &etiquette.sender);
    let composed = composed.map_err(|error| format!("letter: {error}"))?;
    let references = match (&application.thread, due.kind) {
        (Some(thread), Kind::Letter) => thread.references.clone(),
        _ => Vec::new(),
    };
    let letter = |text: &Text| Letter {
        from: etiquette.sender.clone(),
        to: to.clone(),
        text: text.clone(),
        references: references.clone(),
    };
    let text = typed.unwrap_or(&composed);
    Ok(Draft {
        digest: Digest::of(&letter(text)),
        composed: Digest::of(&letter(&composed)),
        text: text.clone(),
        references: references.clone(),
        recipient: Recipient {
            name: to.name.clone(),
            email: to.email.clone().unwrap_or_default(),
            phone: to.phone.clone(),
        },
        edited: typed.is_some(),
        written_earlier: false,
    })
}

/// The draft of an open letter around other words, as `edit` stores it; `None` where there is none to edit.
///
/// Errors as a hold does, where the letter cannot be composed at all.
pub fn retype(now: Timestamp, case: &Case, etiquette: &Etiquette, text: &Text) -> Option<Result<Draft, String>> {
    let open = case.open().filter(|open| open.phase.draft().is_some())?;
    let course = course(now, case, etiquette);
    Some(write(case, course.due()?, open.late, etiquette, Some(text)))
}

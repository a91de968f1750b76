//! A letter template of the person's own, in place of the built-in one of this number, and the facts that go into it.

use followup::core::application::{Application, Contact, Interview, check_line, check_text};
use followup::core::etiquette::{Anchor, CountsFrom, Rule};
use followup::core::followup::Kind;
use followup::core::letter::{Letters, Occasion, Sender};
use jiff::Timestamp;
use jiff::civil::date;

use super::{Parts, can_be_shown};

pub fn run(data: &[u8]) {
    let mut parts = Parts::of(data);
    let number = usize::from(parts.text().bytes().next().unwrap_or_default());
    let mut sources = Letters::built_in();
    let count = sources.len();
    sources[number % count].text = parts.text();
    let letters = match Letters::new(sources) {
        Ok(letters) => letters,
        Err(error) => return can_be_shown(&error.to_string()),
    };
    let (company, contact, strength) = (parts.text(), parts.some(), parts.some());
    let interview = Interview { id: 1, held_on: date(2026, 11, 3), round: 2, promised_on: Some(date(2026, 11, 6)) };
    let anchor = Anchor { interview: 1, held_on: interview.held_on, promised_on: interview.promised_on };
    let application = Application {
        id: 1,
        company,
        position: "Analyst".to_owned(),
        contact: Contact { name: contact, email: Some("jane@globex.example".to_owned()), phone: None },
        hr: Contact::default(),
        timezone: None,
        country: None,
        region: None,
        language: "en".to_owned(),
        strategy: None,
        job_url: None,
        thread: None,
        strengths: strength.into_iter().collect(),
        closed: false,
        answer: None,
        added_at: Timestamp::UNIX_EPOCH,
        interviews: vec![interview],
    };
    let sender = Sender {
        name: "Ada Byron".to_owned(),
        email: "ada@me.example".to_owned(),
        phone: None,
        account: "ada@localhost:465".to_owned(),
    };
    for rule in Rule::ALL {
        for late in [false, true] {
            let kind = if rule == Rule::Call { Kind::Call } else { Kind::Letter };
            let last_letter = (rule.counts_from() == CountsFrom::LastLetter).then_some(date(2026, 11, 16));
            let occasion = Occasion { rule, kind, late, anchor: &anchor, last_letter };
            let compose = || letters.compose(&occasion, &application, &application.contact, &sender);
            match compose() {
                Ok(text) => {
                    assert_eq!(check_line("subject", &text.subject), Ok(()));
                    assert_eq!(check_text("body", &text.body), Ok(()));
                    assert_eq!(compose(), Ok(text), "the same facts give the same letter");
                }
                Err(error) => can_be_shown(&error.to_string()),
            }
        }
    }
}

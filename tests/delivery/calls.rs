//! Calls are asked for by mail like letters: number, hours, what to say, and the one line for each outcome. And what to
//! mind stands in the mail that asks.

use followup::core::application::{Answer, Contact};
use followup::ops::Called;
use jiff::SignedDuration;

use crate::mails_to_me;
use crate::support::home::Home;
use crate::support::mail_server::MailServer;
use crate::support::world::{Program, promised};
use crate::tries;

const JANE: &str = "jane@globex.example";

/// The letter to Globex went on Monday, 16 November 2026; the call is due on Monday, 23.
fn program_with_a_call<'a>(home: &'a Home, server: &MailServer) -> Program<'a> {
    home.set("me.phone", "+44 20 7946 0123");
    let program = Program::start(home, "2026-11-16T10:00Z");
    let mut globex = promised("Globex", JANE);
    globex.timezone = Some("America/New_York".to_owned());
    globex.hr = Contact { name: Some("Sam Poe".to_owned()), email: None, phone: Some("(212) 555-0100".to_owned()) };
    globex.country = Some("US".to_owned());
    program.approved(globex);
    program.tick();
    assert_eq!(tries(server, JANE), 1);
    program
}

#[test]
fn a_call_is_asked_for_with_all_that_it_takes() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = program_with_a_call(&home, &server);
    home.set("sending.hours", "09:00-17:00");
    let program = program.restart();
    program.is_at("2026-11-23T14:00Z");
    program.tick();
    let mails = mails_to_me(&server);
    let ask = mails.last().unwrap();
    for words in [
        "Subject: Time to call Globex (until Tue 1 Dec)",
        "Call: Sam Poe, +1 212-555-0100",
        "Their office hours are 09:00-17:00; it is Mon 09:00 in New York now.",
        "I wrote on\n    Monday, 16 November".replace("\n    ", " ").as_str(),
        "followup called 1 no-answer",
        "followup called 1 still-deciding --promised DATE",
        "followup called 1 offer",
    ] {
        let on_one_line = ask.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(ask.contains(words) || on_one_line.contains(words), "{words}: {ask}");
    }
    assert!(!ask.contains("followup approve"), "{ask}");
}

#[test]
fn each_outcome_of_a_call_has_what_follows_from_it() {
    type Outcome = (Called, Option<&'static str>);
    let table: [(Outcome, &str); 5] = [
        ((Called::NoAnswer, None), "sent 2026-12-01"),
        ((Called::Voicemail, None), "sent 2026-12-01"),
        ((Called::StillDeciding, Some("2026-12-04")), "sent 2026-12-11"),
        ((Called::Answered(Answer::Rejected), None), "sent never"),
        ((Called::Answered(Answer::Filled), None), "sent never"),
    ];
    for ((outcome, promised), expected) in table {
        let server = MailServer::start();
        let home = Home::new(&server);
        let program = program_with_a_call(&home, &server);
        program.is_at("2026-11-23T15:00Z");
        program.tick();
        let promised = promised.map(|date| date.parse().unwrap());
        let situation = program.person().at_desk(|desk| desk.called(1, outcome, promised, None)).unwrap();
        assert_eq!(situation.followup().map(|it| it.phase.word()), Some("sent"));
        // The next letter, if there is one, has its window then.
        let opens = situation.due().filter(|_| situation.case.application.answer.is_none());
        let opens = opens.map_or("never".to_owned(), |due| due.opens_on.to_string());
        assert_eq!(format!("sent {opens}"), expected, "{outcome:?}");
        program.ticks_in_vain();
    }
}

#[test]
fn a_call_is_never_sent_and_is_let_pass_without_a_word() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = program_with_a_call(&home, &server);
    program.is_at("2026-11-23T15:00Z");
    program.tick();
    let refused = program.person().at_desk(|desk| desk.draft(1).and_then(|_| desk.approve(1, None, false)));
    assert!(refused.unwrap_err().to_string().contains("phone call"));
    let before = mails_to_me(&server).len();
    program.is_at("2026-12-02T12:00Z");
    program.tick();
    let mails = mails_to_me(&server);
    assert_eq!(mails.len(), before + 1, "the second letter is asked for, and nothing is said of the call");
    assert!(mails[before].contains("Subject: A second letter to Globex waits for your word"), "{}", mails[before]);
    assert_eq!(tries(&server, JANE), 1);
}

#[test]
fn what_to_mind_stands_in_the_mail_that_asks() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-13T10:00Z");
    program.approved(promised("Globex", JANE));
    program.tick();
    let mut other = promised("Globex", "JANE@globex.example");
    other.position = "Planner".to_owned();
    program.add(other);
    program.passes(SignedDuration::from_hours(24 * 17));
    program.tick();
    let ask = mails_to_me(&server).last().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(ask.contains("mind: this is the last letter after this interview (2 of 2)"), "{ask}");
    assert!(ask.contains("mind: Jane Doe also has your application 2, Planner at Globex"), "{ask}");
}

//! Two applications at one employer, however it was typed: never two letters to it within five business days.

use followup::core::application::Application;

use crate::mails_to_me;
use crate::support::home::Home;
use crate::support::mail_server::MailServer;
use crate::support::world::{Program, application, promised};
use crate::tries;

/// When the second letter goes if both were approved on Friday, 13 November 2026.
fn second_goes(first: Application, second: Application) -> &'static str {
    let addresses = [&first, &second].map(|it| it.contact.email.clone().unwrap());
    let server = MailServer::start();
    let home = Home::new(&server);
    home.set("sending.per_employer", "5 business days");
    let program = Program::start(&home, "2026-11-13T10:00Z");
    for it in [first, second] {
        program.approved(it);
    }
    program.tick();
    assert_eq!(tries(&server, &addresses[0]), 1, "{}", server.transcript());
    let days =
        [("2026-11-13T10:00Z", "at once"), ("2026-11-19T23:59Z", "early"), ("2026-11-20T00:00Z", "after the gap")];
    for (at, when) in days {
        program.is_at(at);
        program.tick();
        if tries(&server, &addresses[1]) == 1 {
            return when;
        }
    }
    panic!("it never went: {}", server.transcript());
}

#[test]
fn a_name_with_a_legal_form_or_another_case_is_the_same_employer() {
    for (one, other) in [("Acme", "ACME GmbH"), ("Acme, Inc.", " acme "), ("E.ON SE", "EON")] {
        let when = second_goes(promised(one, "jane@one.example"), promised(other, "jim@other.example"));
        assert_eq!(when, "after the gap", "{one} and {other}");
    }
    assert_eq!(second_goes(promised("Acme", "jane@one.example"), promised("Acmeon", "jim@other.example")), "at once");
}

#[test]
fn addresses_of_one_mail_domain_are_the_same_employer_unless_anybody_has_one_there() {
    let when = |one, other| second_goes(promised("Acme", one), promised("Globex", other));
    assert_eq!(when("jane@acme.co.uk", "jim@hr.acme.co.uk"), "after the gap");
    assert_eq!(when("jane@acme.co.uk", "jim@globex.co.uk"), "at once");
    assert_eq!(when("jane@gmail.com", "jim@gmail.com"), "at once");
    assert_eq!(when("jane@greenhouse.io", "jim@greenhouse.io"), "at once");
}

#[test]
fn of_two_letters_to_one_employer_the_one_that_was_approved_first_goes_first() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.set("sending.per_employer", "5 business days");
    let program = Program::start(&home, "2026-11-13T10:00Z");
    let [one, two] = ["one@acme.example", "two@acme.example"].map(|mail| program.add(promised("Acme", mail)));
    program.person().approve(two);
    program.is_at("2026-11-13T10:00:10Z");
    program.person().approve(one);
    // All are due at once, as after a change of the settings.
    program.person().sql("UPDATE cases SET wake_at = 0");
    program.is_at("2026-11-13T10:05Z");
    program.tick();
    assert_eq!((tries(&server, "two@acme.example"), tries(&server, "one@acme.example")), (1, 0));
}

#[test]
fn nobody_is_asked_for_thanks_that_another_letter_leaves_no_room_for() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.set("sending.per_employer", "5 business days");
    let program = Program::start(&home, "2026-11-18T10:00Z");
    program.approved(application("Acme", "one@acme.example", "2026-11-17", None));
    program.tick();
    assert_eq!(tries(&server, "one@acme.example"), 1);
    // Its thanks have Thursday and Friday; the next letter to Acme may go on Wednesday.
    program.add(application("Acme", "two@acme.example", "2026-11-18", None));
    let asked = mails_to_me(&server).len();
    for at in ["2026-11-19T10:00Z", "2026-11-20T10:00Z", "2026-11-24T10:00Z"] {
        program.is_at(at);
        program.tick();
    }
    assert_eq!(mails_to_me(&server).len(), asked, "{}", server.transcript());
    assert_eq!(tries(&server, "two@acme.example"), 0);
}

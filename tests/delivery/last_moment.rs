//! What changes while a look is under way, and mails to the person that are refused in company.

use jiff::SignedDuration;

use crate::support::home::{Home, ME};
use crate::support::mail_server::{Behaviour, Fault, MailServer, Point};
use crate::support::world::{Program, promised};
use crate::{connections, mails_to_me, tries};

const JANE: &str = "jane@globex.example";
const BILL: &str = "bill@initech.example";

#[test]
fn a_clock_that_falls_back_while_the_server_is_greeted_keeps_the_letter() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T09:00Z");
    let id = program.approved(promised("Globex", JANE));
    // The last that is recorded, long after the yes.
    program.is_at("2026-11-16T10:00Z");
    program.add(promised("Initech", BILL));
    let clock = program.clock();
    server.at(Point::Ehlo.once(), move |_| clock.is_at("2026-11-16T09:57Z"));
    assert_eq!(program.tick().submitted, 0);
    assert_eq!((program.phase(id).as_str(), tries(&server, JANE)), ("approved", 0));
    program.is_at("2026-11-16T10:01Z");
    program.tick();
    assert_eq!((program.phase(id).as_str(), server.acceptances_for(JANE)), ("sent", 1));
}

#[test]
fn a_fact_that_cannot_be_used_any_more_when_the_server_is_greeted_keeps_the_letter() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    let id = program.approved(promised("Globex", JANE));
    let person = program.person();
    server.at(Point::Ehlo.once(), move |_| person.sql("UPDATE applications SET strategy = 'nobody has this'"));
    assert_eq!(program.tick().submitted, 0);
    program.tick();
    assert_eq!((tries(&server, JANE), mails_to_me(&server).len()), (0, 1), "{}", program.phase(id));
    assert!(mails_to_me(&server)[0].contains("strategy"));
}

#[test]
fn what_ceases_to_be_news_while_a_letter_goes_is_not_told() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.approved(promised("Globex", JANE));
    let initech = program.add(promised("Initech", BILL));
    let person = program.person();
    server.at(Point::Accepted.once(), move |_| {
        person.at_desk(|desk| desk.reject(initech, None)).unwrap();
    });
    program.tick();
    program.ticks_in_vain();
    assert_eq!((server.acceptances_for(JANE), mails_to_me(&server).len()), (1, 0), "{}", server.transcript());
}

/// Three letters wait to be asked for by a mail to `me`.
fn three_asks<'a>(home: &'a Home, me: &str) -> Program<'a> {
    home.set("me.email", me);
    let program = Program::start(home, "2026-11-16T10:00Z");
    for company in ["Globex", "Initech", "Hooli"] {
        program.add(promised(company, JANE));
    }
    program
}

#[test]
fn news_that_are_refused_together_are_told_one_by_one() {
    let server = MailServer::start();
    let home = Home::new(&server);
    // Takes the second mail and every one after it.
    let program = three_asks(&home, "greylist@home.example");
    assert_eq!(program.tick().told, 3);
    assert_eq!(server.acceptances_for("greylist@home.example"), 3, "{}", server.transcript());
    program.ticks_in_vain();
    assert_eq!(connections(&server), 4);
}

#[test]
fn news_of_which_each_is_refused_rest_and_are_told_when_they_are_taken() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = three_asks(&home, "550-at-rcpt@home.example");
    // An application that is held is news as well.
    home.sql("UPDATE applications SET timezone = 'Mars/Olympus' WHERE id = 3");
    assert_eq!(program.tick().told, 0);
    program.ticks_in_vain();
    assert_eq!(server.accepted().len(), 0);
    home.set("me.email", ME);
    let program = program.restart();
    program.passes(SignedDuration::from_hours(1));
    program.tick();
    let mails = mails_to_me(&server).concat();
    assert!(["Globex", "Initech", "timezone"].iter().all(|word| mails.contains(word)), "{mails}");
}

#[test]
fn when_the_server_is_gone_after_the_refusal_nothing_more_is_tried() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = three_asks(&home, "550-at-rcpt@home.example");
    // From the next connection on.
    let gone = Behaviour { greeting: Some(Fault::Drop), ..Behaviour::default() };
    server.behave_after(Point::Rcpt, gone);
    assert_eq!(program.tick().told, 0);
    assert_eq!(connections(&server), 2);
    assert!(program.account().failures > 0);
    server.behave(Behaviour::default());
    home.set("me.email", ME);
    let program = program.restart();
    program.passes(SignedDuration::from_hours(1));
    program.tick();
    assert!(mails_to_me(&server).concat().contains("Globex"));
}

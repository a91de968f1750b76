//! Faults that were found once, and must not come back.

use followup::core::delivery::Outcome;
use followup::core::followup::{Event, Phase};
use followup::core::plan::news;
use jiff::SignedDuration;

use crate::support::home::{Home, ME};
use crate::support::mail_server::{Behaviour, Fault, MailServer, Point};
use crate::support::world::{Program, promised};
use crate::{commands, server_that, tries};

const JANE: &str = "jane@globex.example";

#[test]
fn ticks_by_cron_do_not_hammer_a_refused_login() {
    let server = server_that(|it| it.credentials = Some(("ada".to_owned(), "secret".to_owned())));
    let home = Home::new(&server);
    home.set("smtp.username", "ada");
    home.set("smtp.password", "wrong");
    home.approved_letter_to(JANE);
    for _ in 0..5 {
        home.tick();
    }
    assert_eq!(commands(&server, "AUTH"), 1);
}

#[test]
fn after_a_restart_a_letter_whose_account_was_refused_is_tried_at_once() {
    let server = server_that(|it| it.mail = Some(Fault::Reply(550)));
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.approved(promised("Globex", JANE));
    for _ in 0..6 {
        program.tick();
        program.passes(SignedDuration::from_mins(4 * 60 + 30));
    }
    server.behave(Behaviour::default());
    program.restart().tick();
    assert_eq!(server.acceptances_for(JANE), 1);
}

#[test]
fn a_mailbox_of_ones_own_that_refuses_asks_does_not_keep_letters_back() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.set("me.email", "550-at-rcpt@home.example");
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.add(promised("Initech", "bill@initech.example"));
    program.tick();
    program.approved(promised("Globex", JANE));
    program.passes(SignedDuration::from_mins(1));
    program.tick();
    assert_eq!(server.acceptances_for(JANE), 1);
    assert!(home.must(&["list"]).contains("so that you are not asked"));
}

#[test]
fn an_uncertain_letter_of_an_application_that_was_deleted_meanwhile_is_told_once() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.approved(promised("Globex", "drop-after-dot@globex.example"));
    let person = program.person();
    server.at(Point::Dot.once(), move |_| person.sql("DELETE FROM applications"));
    program.tick();
    drop(program.lives_on(3));
    assert_eq!(server.accepted().iter().filter(|mail| mail.recipients == [ME]).count(), 1);
}

#[test]
fn a_second_uncertainty_about_the_same_letter_is_news_again() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    let id = program.approved(promised("Globex", "drop-after-dot@globex.example"));
    program.tick();
    let first = program.person().at_desk(|desk| desk.look(id)).unwrap().case.followups.remove(0);
    let Phase::Uncertain { claim, .. } = first.phase.clone() else { panic!("{:?}", first.phase) };
    let next_day = "2026-11-17T10:00:00Z".parse().unwrap();
    let digest = first.phase.draft().unwrap().digest;
    let events = [
        Event::Settle { arrived: false, by: "the person".to_owned() },
        Event::Claim { digest, message_id: claim.message_id },
        Event::Submitted(Outcome::Uncertain { why: "lost again".to_owned() }),
    ];
    let second = events.into_iter().fold(first.clone(), |it, event| it.on(event, next_day).unwrap());
    assert_ne!(news(&second), news(&first));
}

#[test]
fn a_server_that_is_slow_before_the_letter_does_not_carry_it_beyond_the_office_hours() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.set("sending.hours", "09:00-17:00");
    home.set("sending.days", "mon-fri");
    let program = Program::start(&home, "2026-11-16T16:59:50Z");
    let id = program.approved(promised("Globex", JANE));
    let clock = program.clock();
    server.at(Point::Rcpt.once(), move |_| clock.is_at("2026-11-16T17:00:00Z"));
    program.tick();
    assert_eq!((program.phase(id).as_str(), commands(&server, "DATA")), ("approved", 0));
    program.is_at("2026-11-17T09:00:00Z");
    program.tick();
    assert_eq!((program.phase(id).as_str(), server.acceptances_for(JANE)), ("sent", 1));
}

#[test]
fn a_letter_whose_application_was_deleted_while_it_was_deferred_never_goes() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.approved(promised("Globex", "451-after-dot@globex.example"));
    let person = program.person();
    server.at(Point::Dot.once(), move |_| person.sql("DELETE FROM applications"));
    program.tick();
    // `added_at` is the fake clock's now: the default would be the day on which the tests run.
    let again = "INSERT INTO applications (id, company, position, contact_name, contact_email, added_at)
                     VALUES (1, 'Globex', 'Analyst', 'Jane Doe', '451-after-dot@globex.example', 1794823200000);
                 INSERT INTO interviews (application_id, held_on, promised_on)
                     VALUES (1, '2026-11-03', '2026-11-06');";
    program.person().sql(again);
    let program = program.lives_on(3);
    assert_eq!((program.phase(1).as_str(), tries(&server, "451-after-dot@globex.example")), ("waiting", 1));
}

#[test]
fn an_uncertain_letter_is_told_even_if_its_application_is_deleted_before_that() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.approved(promised("Globex", "drop-after-dot@globex.example"));
    let person = program.person();
    server.at(Point::Accepted.once(), move |_| person.sql("UPDATE health SET rests_until = 1794830400000"));
    program.tick();
    program.person().sql("DELETE FROM applications");
    drop(program.lives_on(3));
    assert_eq!(server.accepted().iter().filter(|mail| mail.recipients == [ME]).count(), 1);
}

#[test]
fn one_ask_that_is_refused_keeps_no_other_back() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.set("me.email", "550-at-rcpt@home.example");
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.add(promised("Initech", "bill@initech.example"));
    program.tick();
    home.set("me.email", ME);
    let program = program.restart();
    program.add(promised("Globex", JANE));
    program.tick();
    assert!(server.accepted().iter().any(|mail| crate::text(mail).contains("Globex")));
}

#[test]
fn words_that_were_typed_are_in_the_journal_when_the_letter_turns_late() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    let id = program.add(promised("Globex", JANE));
    program.tick();
    program.person().at_desk(|desk| desk.edit(id, Some("My very own words"), None)).unwrap();
    program.person().sql("UPDATE interviews SET promised_on = '2026-10-20', held_on = '2026-10-19'");
    program.tick();
    assert_eq!(program.phase(id), "waiting, late");
    let story = home.must(&["show", &id.to_string()]);
    let database = rusqlite::Connection::open(home.folder().join("followup.db")).unwrap();
    let kept: bool = database
        .query_row("SELECT count(*) > 0 FROM journal WHERE detail LIKE '%My very own words%'", [], |row| row.get(0))
        .unwrap();
    assert!(kept, "{story}");
}

#[test]
fn a_place_that_is_given_back_is_there_for_another_letter_at_once() {
    let (server, refused) = (MailServer::start(), "550-at-rcpt@globex.example");
    let home = Home::new(&server);
    home.set("sending.per_day", 1);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.approved(promised("Globex", "greylist@globex.example"));
    program.tick();
    program.approved(promised("Initech", JANE));
    program.tick();
    assert_eq!(server.acceptances_for(JANE), 0, "the one place of today is taken");
    program.person().sql(&format!("UPDATE applications SET contact_email = '{refused}' WHERE id = 1"));
    program.tick();
    program.person().at_desk(|desk| desk.reject(1, None)).unwrap();
    program.tick();
    assert_eq!(server.acceptances_for(JANE), 1);
}

#[test]
fn with_hours_of_the_whole_day_a_letter_goes_over_midnight() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T23:59:59Z");
    program.approved(promised("Globex", JANE));
    let clock = program.clock();
    server.at(Point::Rcpt.once(), move |_| clock.is_at("2026-11-17T00:00:01Z"));
    program.tick();
    assert_eq!(server.acceptances_for(JANE), 1);
}

#[test]
fn a_clock_that_goes_back_while_the_server_answers_keeps_the_letter_from_going() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.set("sending.hours", "09:00-17:00");
    // It is three hours ahead, so that in truth it is too early.
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.approved(promised("Globex", JANE));
    let clock = program.clock();
    server.at(Point::Rcpt.once(), move |_| clock.is_at("2026-11-16T07:00Z"));
    program.tick();
    assert_eq!(server.acceptances_for(JANE), 0);
    program.is_at("2026-11-16T11:00Z");
    program.tick();
    assert_eq!(server.acceptances_for(JANE), 1);
}

#[test]
fn a_corrected_password_is_followed_and_ends_the_rest() {
    let server = server_that(|it| it.credentials = Some(("ada".to_owned(), "secret".to_owned())));
    let home = Home::new(&server);
    home.set("smtp.username", "ada");
    home.set("smtp.password", "wrong");
    home.approved_letter_to(JANE);
    let daemon = home.daemon();
    daemon.wait_for_words("the mail account is refused");
    home.set("smtp.password", "secret");
    assert!(server.wait_for_accepted(1, crate::support::home::DEADLINE), "{}", server.transcript());
    assert_eq!(server.acceptances_for(JANE), 1);
}

#[test]
fn a_letter_that_is_held_cannot_be_approved() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let id = home.add(JANE);
    home.must(&["draft", &id]);
    home.sql("UPDATE applications SET language = 'tlh'");
    let refused = home.run(&["approve", &id]);
    assert_eq!(refused.code, 4);
    assert!(refused.stderr.contains("language"), "{}", refused.stderr);
}

#[test]
fn news_of_a_deleted_application_that_did_not_get_through_are_told_later() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.approved(promised("Globex", "drop-after-dot@globex.example"));
    let person = program.person();
    server.at(Point::Accepted.once(), move |_| person.sql("DELETE FROM applications"));
    program.tick();
    // Not before 11:00 of that day, as if the first mail about it had been refused.
    let hold = "UPDATE followups SET tell_after = 1794826800000; UPDATE cases SET wake_at = 0";
    program.person().sql(hold);
    program.tick();
    drop(program.lives_on(2));
    assert_eq!(server.accepted().iter().filter(|mail| mail.recipients == [ME]).count(), 1);
}

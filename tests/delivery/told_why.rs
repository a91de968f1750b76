//! What the person is told of a letter that could not go as they wanted: never nothing, and never a wrong reason.

use jiff::SignedDuration;

use crate::support::home::Home;
use crate::support::mail_server::MailServer;
use crate::support::world::{Program, promised};
use crate::{mails_to_me, text};

const JANE: &str = "jane@globex.example";

/// The one mail to the person since `before` of them.
fn the_mail(server: &MailServer, before: usize) -> String {
    let mails = mails_to_me(server);
    assert_eq!(mails.len(), before + 1, "{mails:#?}");
    mails.last().unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_letter_that_is_put_off_again_and_again_is_told_once_and_at_the_end_by_its_true_reason() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.approved(promised("Globex", "450-at-rcpt@globex.example"));
    program.tick();
    for _ in 0..3 {
        program.passes(SignedDuration::from_mins(15));
        program.tick();
    }
    assert_eq!(mails_to_me(&server), [""; 0], "greylisting is over by then, and no news");
    for _ in 0..3 {
        program.passes(SignedDuration::from_hours(2));
        program.tick();
    }
    let put_off = the_mail(&server, 0);
    assert!(put_off.contains("Subject: The letter to Globex could not go yet"), "{put_off}");
    assert!(put_off.contains("the recipient: 450"), "{put_off}");

    let program = program.lives_on(7);
    assert_eq!((mails_to_me(&server).len(), program.phase(1).as_str()), (1, "approved"));
    program.is_at("2026-11-28T10:00Z");
    program.tick();
    let late = the_mail(&server, 1);
    assert!(late.contains("You had said yes, but it could not go before its window closed"), "{late}");
    program.person().approve(1);
    program.is_at("2026-12-29T10:00Z");
    program.tick();
    let lapsed = the_mail(&server, 2);
    assert!(lapsed.contains("had your word, but could not go before its time was over"), "{lapsed}");
}

#[test]
fn a_letter_without_a_word_is_not_said_to_have_had_one() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.approved(promised("Globex", JANE));
    program.person().recall(1).unwrap();
    program.tick();
    assert!(!the_mail(&server, 0).contains("You had said yes"));
    program.is_at("2026-12-29T10:00Z");
    program.tick();
    let lapsed = the_mail(&server, 1);
    assert!(lapsed.contains("waited for your word until its time was over"), "{lapsed}");
}

#[test]
fn a_letter_that_lost_its_yes_to_another_account_says_so() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.approved(promised("Globex", JANE));
    home.set("smtp.host", "localhost");
    let program = program.restart();
    program.tick();
    let ask = the_mail(&server, 0);
    assert!(ask.contains("You had said yes; since then something in it has changed, or the account"), "{ask}");
    assert_eq!(program.phase(1), "waiting");
}

#[test]
fn a_refused_letter_is_told_in_the_very_look_that_tried_it() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.approved(promised("Globex", "550-at-rcpt@globex.example"));
    let looked = program.tick();
    assert_eq!((looked.submitted, looked.told, mails_to_me(&server).len()), (1, 1, 1));
    assert_eq!(home.json(&["status"])["refused"][0]["id"], 1);
    assert!(home.must(&["status"]).contains("Refused by their server: 1."));
    home.must(&["heard", "1", "reply"]);
    assert!(!home.must(&["status"]).contains("Refused by their server"));
}

#[test]
fn whether_a_letter_arrived_is_not_asked_any_longer_once_they_answered() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let id = home.approved_letter_to("drop-after-dot@globex.example");
    home.tick();
    assert!(home.must(&["list"]).starts_with("! 1  Globex: did its letter arrive?"));
    let mail = text(server.accepted().last().unwrap());
    assert!(mail.contains("the connection was lost"), "{mail}");
    home.must(&["heard", &id, "reply"]);
    assert!(!home.must(&["list"]).contains("did its letter arrive?"));
    assert_eq!(home.phase(&id), "uncertain");
}

#[test]
fn what_a_clock_that_ran_ahead_had_ended_or_put_off_goes_on_when_the_person_says_that_it_is_right_now() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.add(promised("Globex", JANE));
    program.tick();
    program.is_at("2027-11-16T10:00Z");
    program.tick();
    assert_eq!(program.phase(1), "cancelled");
    let is_right_now = |at: &str| {
        program.is_at(at);
        program.person().at_desk(|desk| desk.store.write(|tables| tables.accept_clock(desk.now))).unwrap();
        program.tick();
    };
    is_right_now("2026-11-16T10:05Z");
    assert_eq!(program.phase(1), "waiting");

    // What it had made late is so no longer.
    program.is_at("2026-12-01T10:00Z");
    program.tick();
    assert_eq!(program.phase(1), "waiting, late");
    is_right_now("2026-11-16T10:07Z");
    assert_eq!(program.phase(1), "waiting");

    // A day that was counted from one that has not come.
    program.is_at("2026-11-18T10:00Z");
    program.person().at_desk(|desk| desk.snooze(1, "2026-11-25".parse().unwrap())).unwrap();
    assert_eq!(program.phase(1), "planned");
    is_right_now("2026-11-16T10:08Z");
    assert_eq!(program.phase(1), "waiting");

    // A yes that was given in a time that has not come.
    program.is_at("2026-11-19T10:00Z");
    program.person().approve(1);
    is_right_now("2026-11-16T10:10Z");
    assert_eq!(server.acceptances_for(JANE), 1);
}

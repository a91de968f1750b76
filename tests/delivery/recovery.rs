//! Mail that works again: while it fails, the person is told by every command; once it is over, by one mail.

use std::sync::Arc;

use jiff::SignedDuration;

use crate::support::home::Home;
use crate::support::mail_server::{Behaviour, Fault, MailServer, Point, Received};
use crate::support::world::{Program, promised};
use crate::{asked_to_let_go, header, mails_to_me, server_that, text, tries};

const JANE: &str = "jane@globex.example";
const BILL: &str = "bill@initech.example";

/// A mail as one line, however it was broken.
fn unbroken(mail: &str) -> String {
    mail.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The mails to the person that say that something works again, of all they got.
fn works_again(server: &MailServer) -> Vec<String> {
    let mails = mails_to_me(server).into_iter().map(|mail| unbroken(&mail));
    mails.filter(|mail| mail.contains("That is over, and nothing was lost")).collect()
}

/// A server that lets ada in with her password only, which the home's settings do not have.
fn with_a_wrong_password() -> (MailServer, Home) {
    let server = server_that(|it| it.credentials = Some(("ada".to_owned(), "secret".to_owned())));
    let home = Home::with_letters_alone(&server);
    home.set("smtp.username", "ada");
    home.set("smtp.password", "wrong");
    (server, home)
}

#[test]
fn a_login_that_was_refused_and_is_right_again_is_told_by_one_mail_once() {
    let (server, home) = with_a_wrong_password();
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.approved(promised("Globex", JANE));
    program.tick();
    program.is_at("2026-11-16T14:30Z");
    program.tick();
    assert!(program.account().paused);
    assert_eq!(mails_to_me(&server), [""; 0]);

    program.is_at("2026-11-16T15:00Z");
    home.set("smtp.password", "secret");
    let program = program.restart();
    program.tick();
    assert_eq!(server.acceptances_for(JANE), 1);
    let [mail] = &mails_to_me(&server)[..] else { panic!("not one mail: {}", server.transcript()) };
    let mail = unbroken(mail);
    assert!(mail.contains("Subject: Your mail account works again"), "{mail}");
    assert!(mail.contains("From Mon 16 Nov 10:00 (UTC) until Mon 16 Nov 15:00 (UTC) no mail could be sent"), "{mail}");
    assert!(mail.contains("535"), "why: {mail}");

    program.tick();
    let program = program.restart();
    program.tick();
    drop(program.lives_on(20));
    // Nobody answered the letter: that is the only other mail.
    assert_eq!((mails_to_me(&server).len(), works_again(&server).len(), asked_to_let_go(&server, 1)), (2, 1, 1));
}

#[test]
fn a_login_that_works_is_not_told_before_the_account_may_send() {
    let server = server_that(|it| it.mail = Some(Fault::Reply(550)));
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.approved(promised("Hooli", "450-at-rcpt@hooli.example"));
    program.tick();
    server.behave(Behaviour::default());
    program.is_at("2026-11-16T14:30Z");
    program.tick();
    assert_eq!((tries(&server, "450-at-rcpt@hooli.example"), program.account().paused), (1, true));
    assert_eq!(mails_to_me(&server), [""; 0]);

    program.approved(promised("Globex", JANE));
    program.tick();
    assert_eq!((server.acceptances_for(JANE), mails_to_me(&server).len()), (1, 1));
    assert!(works_again(&server)[0].contains("From Mon 16 Nov 10:00 (UTC) until Mon 16 Nov 14:30 (UTC)"));
}

#[test]
fn a_server_that_was_out_of_reach_and_is_back_is_told_once_the_letter_went() {
    let server = server_that(|it| it.greeting = Some(Fault::Reply(421)));
    let home = Home::with_letters_alone(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.approved(promised("Globex", JANE));
    program.tick();
    program.is_at("2026-11-16T10:06Z");
    program.tick();
    server.behave(Behaviour::default());
    program.is_at("2026-11-16T10:20Z");
    program.tick();
    assert_eq!((server.acceptances_for(JANE), mails_to_me(&server).len()), (1, 1));
    assert!(works_again(&server)[0].contains("From Mon 16 Nov 10:00 (UTC) until Mon 16 Nov 10:20 (UTC)"));
    drop(program.lives_on(20));
    // Nobody answered the letter: that is the only other mail.
    assert_eq!((mails_to_me(&server).len(), works_again(&server).len(), asked_to_let_go(&server, 1)), (2, 1, 1));
}

#[test]
fn what_works_again_shares_a_mail_with_other_news_even_with_the_first_that_gets_through() {
    // The letter is what gets through first, or the very ask.
    for is_letter_due in [true, false] {
        let server = server_that(|it| it.greeting = Some(Fault::Reply(421)));
        let home = Home::new(&server);
        let program = Program::start(&home, "2026-11-16T10:00Z");
        program.add(promised("Initech", BILL));
        if is_letter_due {
            program.approved(promised("Globex", JANE));
        }
        program.tick();
        server.behave(Behaviour::default());
        program.passes(SignedDuration::from_mins(6));
        program.tick();
        program.tick();
        let [mail] = &mails_to_me(&server)[..] else { panic!("not one mail: {}", server.transcript()) };
        let mail = unbroken(mail);
        assert!(mail.contains("Subject: A letter to Initech waits for your word"), "{mail}");
        assert!(mail.contains("no mail could be sent over your account"), "{mail}");
        program.restart().tick();
        assert_eq!(mails_to_me(&server).len(), 1);
    }
}

#[test]
fn where_nothing_failed_nothing_works_again() {
    let server = MailServer::start();
    let home = Home::with_letters_alone(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.add(promised("Initech", BILL));
    program.approved(promised("Globex", JANE));
    // Troubles of one letter are none of the account.
    program.approved(promised("Hooli", "greylist@hooli.example"));
    program.approved(promised("Umbrella", "550-at-rcpt@umbrella.example"));
    let program = program.lives_on(20);
    assert_eq!((program.phase(2).as_str(), works_again(&server)), ("sent", vec![]));
}

#[test]
fn what_failed_again_before_it_could_be_told_is_told_as_one_stretch() {
    let server = Arc::new(server_that(|it| it.greeting = Some(Fault::Reply(421))));
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.approved(promised("Globex", JANE));
    program.tick();
    // It takes the letter and is gone again before it takes the mail that would tell so.
    server.behave(Behaviour::default());
    let again = Arc::clone(&server);
    server.at(Point::Accepted.once(), move |_| {
        again.behave(Behaviour { greeting: Some(Fault::Reply(421)), ..Behaviour::default() });
    });
    program.is_at("2026-11-16T11:00Z");
    for _ in 0..3 {
        program.tick();
    }
    assert_eq!((server.acceptances_for(JANE), mails_to_me(&server).len(), program.account().failures), (1, 0, 1));

    server.behave(Behaviour::default());
    program.is_at("2026-11-16T12:00Z");
    for _ in 0..3 {
        program.tick();
    }
    assert_eq!(mails_to_me(&server), [""; 0], "nothing was tried: it is not known to work");
    program.approved(promised("Initech", BILL));
    for _ in 0..3 {
        program.tick();
    }
    let [mail] = &works_again(&server)[..] else { panic!("not one mail: {}", server.transcript()) };
    assert!(mail.contains("From Mon 16 Nov 10:00 (UTC) until Mon 16 Nov 12:00 (UTC)"), "{mail}");
}

/// The mails to the person at an address that selects a fault.
fn mails_to(server: &MailServer, me: &str) -> Vec<Received> {
    server.accepted().into_iter().filter(|mail| mail.recipients == [me]).collect()
}

#[test]
fn a_mailbox_of_ones_own_that_takes_asks_again_says_so_with_the_ask() {
    let (server, me) = (MailServer::start(), "greylist@home.example");
    let home = Home::new(&server);
    home.set("me.email", me);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.add(promised("Globex", JANE));
    program.tick();
    assert_eq!(mails_to(&server, me).len(), 0);

    program.passes(SignedDuration::from_mins(6));
    program.tick();
    let program = program.restart();
    program.tick();
    let [mail] = &mails_to(&server, me)[..] else { panic!("not one mail: {}", server.transcript()) };
    let mail = unbroken(&text(mail));
    assert!(mail.contains("Subject: A letter to Globex waits for your word"), "{mail}");
    assert!(mail.contains("mails to yourself did not get through") && mail.contains("451"), "{mail}");
}

#[test]
fn asks_do_not_get_through_again_while_one_of_them_does_not() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.add(promised("Globex", JANE));
    program.person().at_desk(|desk| desk.show(1)).unwrap();
    // As if the mail about it had been refused, and were not tried again before 12:00.
    program.person().sql(
        "UPDATE followups SET tell_after = 1794830400000;
         UPDATE health SET failures = 1, why = '554 looks like spam', since = 1794819600000 WHERE part = 'telling'",
    );
    program.add(promised("Initech", BILL));
    for _ in 0..3 {
        program.tick();
    }
    assert_eq!((mails_to_me(&server).len(), works_again(&server).len()), (1, 0));

    program.is_at("2026-11-16T12:00Z");
    for _ in 0..3 {
        program.tick();
    }
    let (mails, told) = (mails_to_me(&server), works_again(&server));
    assert_eq!((mails.len(), told.len()), (2, 1));
    assert!(told[0].contains("Globex") && told[0].contains("From Mon 16 Nov 09:00 (UTC)"), "{}", told[0]);
}

#[test]
fn a_mail_that_something_works_again_is_not_tried_on_and_on_and_keeps_its_message_id() {
    for (me, is_refused) in [("550-at-rcpt@home.example", true), ("drop-after-dot@home.example", false)] {
        let server = server_that(|it| it.greeting = Some(Fault::Reply(421)));
        let home = Home::new(&server);
        home.set("me.email", me);
        home.set("smtp.copy", "none");
        let program = Program::start(&home, "2026-11-16T10:00Z");
        program.approved(promised("Globex", JANE));
        program.tick();
        server.behave(Behaviour::default());
        program.passes(SignedDuration::from_mins(6));
        for (minutes, tried) in [(0, 1), (4, 1), (2, 2), (9, 2), (3, 3)] {
            program.passes(SignedDuration::from_mins(minutes));
            program.tick();
            program.ticks_in_vain();
            assert_eq!(tries(&server, me), tried, "{me}");
        }
        assert_eq!((server.acceptances_for(JANE), program.account()), (1, Default::default()), "{me}");
        let ids: Vec<String> = mails_to(&server, me).iter().map(|mail| header(mail, "Message-ID")).collect();
        assert_eq!(ids.len(), if is_refused { 0 } else { 3 });
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    }
}

#[test]
fn every_other_try_of_an_ask_goes_without_it_as_the_same_mail() {
    let (server, me) = (MailServer::start(), "drop-after-dot@home.example");
    let home = Home::new(&server);
    home.set("me.email", me);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.add(promised("Globex", JANE));
    for minutes in [0, 6, 12, 24] {
        program.passes(SignedDuration::from_mins(minutes));
        program.tick();
        program.ticks_in_vain();
    }
    let mails = mails_to(&server, me);
    let says_it = |mail: &Received| unbroken(&text(mail)).contains("mails to yourself did not");
    assert_eq!(mails.iter().map(says_it).collect::<Vec<_>>(), [false, true, false, true]);
    let ids: Vec<String> = mails.iter().map(|mail| header(mail, "Message-ID")).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

//! What the person is told, and how often: by mail to themselves, at least once, together, and not on and on.

use jiff::SignedDuration;

use crate::support::home::Home;
use crate::support::mail_server::{Behaviour, Fault, MailServer, Point};
use crate::support::world::{Program, promised};
use crate::{asked_to_let_go, connections, header, mails_to_me, server_that, tries};

const JANE: &str = "jane@globex.example";
const ONE_DAY: SignedDuration = SignedDuration::from_hours(24);
const ONE_SECOND: SignedDuration = SignedDuration::from_secs(1);

#[test]
fn letters_that_fall_due_in_one_tick_share_one_ask() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-10T10:00Z");
    for company in ["Globex", "Initech", "Hooli"] {
        program.add(promised(company, JANE));
    }
    program.tick();
    assert_eq!(connections(&server), 0, "not before the window opens");

    program.is_at("2026-11-13T10:00Z");
    for _ in 0..3 {
        program.tick();
    }
    let [ask] = &mails_to_me(&server)[..] else { panic!("not one ask: {}", server.transcript()) };
    for words in ["3 of your applications need you", "Globex", "Initech", "Hooli", "approve 1", "approve 2"] {
        assert!(ask.contains(words), "{words}: {ask}");
    }
    assert_eq!(tries(&server, JANE), 0, "nothing goes without a word");
}

#[test]
fn an_ask_is_repeated_every_24_hours_three_times_at_most() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-13T10:00Z");
    program.add(promised("Globex", JANE));
    program.tick();
    for asks in 1..=3 {
        program.passes(ONE_DAY - ONE_SECOND);
        program.tick();
        assert_eq!(mails_to_me(&server).len(), asks);
        program.passes(ONE_SECOND);
        program.tick();
        program.tick();
        assert_eq!(mails_to_me(&server).len(), asks + 1);
    }
    let program = program.lives_on(10);
    assert_eq!((program.phase(1).as_str(), mails_to_me(&server).len()), ("waiting", 4));
}

#[test]
fn a_letter_without_a_word_is_asked_late_once_more_and_then_given_up_and_the_person_told_once() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-24T10:00Z");
    program.add(promised("Globex", JANE));
    program.tick();
    let program = program.lives_on(20);
    assert_eq!((program.phase(1).as_str(), mails_to_me(&server).len()), ("waiting, late", 8));

    let program = program.lives_on(200);
    assert_eq!(program.phase(1), "cancelled, late");
    let mails = mails_to_me(&server);
    assert_eq!(mails.len(), 10);
    assert!(mails[8].contains("The letter to Globex was not sent: its time is over"), "{}", mails[8]);
    assert!(mails[9].contains("Subject: Globex has not answered: let go?"), "{}", mails[9]);
    assert_eq!(asked_to_let_go(&server, 1), 1);
    assert_eq!(tries(&server, JANE), 0);
}

#[test]
fn a_restart_does_not_ask_again() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let mut program = Program::start(&home, "2026-11-16T10:00Z");
    program.add(promised("Globex", JANE));
    for _ in 0..3 {
        program.tick();
        program = program.restart();
    }
    assert_eq!(mails_to_me(&server).len(), 1);
}

#[test]
fn an_ask_that_cannot_be_sent_is_sent_once_the_server_is_back() {
    for fault in [Fault::Reply(421), Fault::Drop, Fault::Garbage] {
        let server = server_that(|server| server.greeting = Some(fault));
        let home = Home::new(&server);
        let program = Program::start(&home, "2026-11-16T10:00Z");
        program.add(promised("Globex", JANE));
        program.tick();
        program.ticks_in_vain();
        assert_eq!((program.phase(1).as_str(), connections(&server)), ("waiting", 1), "{fault:?}");

        program.passes(SignedDuration::from_mins(6));
        program.tick();
        assert_eq!(connections(&server), 2, "{fault:?}");

        server.behave(Behaviour::default());
        program.passes(SignedDuration::from_mins(12));
        for _ in 0..3 {
            program.tick();
        }
        assert_eq!(mails_to_me(&server).len(), 1, "{fault:?}");
        assert_eq!(program.account(), Default::default(), "{fault:?}");
    }
}

#[test]
fn an_ask_whose_answer_is_lost_is_repeated_with_the_same_message_id() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.set("me.email", "drop-after-dot@home.example");
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.add(promised("Globex", JANE));
    program.tick();
    program.passes(SignedDuration::from_mins(6));
    program.tick();
    let ids: Vec<String> = server.accepted().iter().map(|message| header(message, "Message-ID")).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
}

#[test]
fn a_reminder_is_another_message() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.add(promised("Globex", JANE));
    program.tick();
    program.passes(ONE_DAY);
    program.tick();
    let ids: Vec<String> = server.accepted().iter().map(|message| header(message, "Message-ID")).collect();
    assert_eq!(ids.len(), 2);
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn bad_news_are_told_once_whatever_time_and_restarts_follow() {
    let by_fault = [
        // Whether to let go is asked when nothing more can come of it; not while a letter may have arrived.
        ("550-at-rcpt", "failed", "The letter to Globex was refused by their server", 1),
        ("554-after-dot", "failed", "The letter to Globex was refused by their server", 1),
        ("drop-after-dot", "uncertain", "Did your letter to Globex arrive?", 0),
        ("drop-at-dot", "uncertain", "Did your letter to Globex arrive?", 0),
    ];
    for (fault, phase, subject, lets_go) in by_fault {
        let (server, address) = (MailServer::start(), format!("{fault}@globex.example"));
        let home = Home::new(&server);
        let program = Program::start(&home, "2026-11-16T10:00Z");
        program.approved(promised("Globex", &address));
        program.tick();
        let program = program.lives_on(120);
        assert_eq!((program.phase(1).as_str(), tries(&server, &address)), (phase, 1), "{fault}");
        let mails = mails_to_me(&server);
        assert!(mails.len() == 1 + lets_go && mails[0].contains(subject), "{fault}: {mails:#?}");
        assert_eq!(mails.iter().filter(|mail| mail.contains(subject)).count(), 1, "{fault}: {mails:#?}");
        assert_eq!(asked_to_let_go(&server, 1), lets_go, "{fault}: {mails:#?}");
    }
}

#[test]
fn news_that_could_not_be_told_are_told_when_mail_works_again() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.approved(promised("Globex", JANE));
    program.person().sql(A_DEAD_PROCESS_HAD_IT_IN_HAND);
    server.behave(Behaviour { greeting: Some(Fault::Reply(421)), ..Behaviour::default() });
    let program = program.lives_on(2);
    assert_eq!(mails_to_me(&server).len(), 0);

    server.behave(Behaviour::default());
    let program = program.lives_on(2);
    assert_eq!((mails_to_me(&server).len(), program.phase(1).as_str()), (1, "uncertain"));
}

/// Puts the letter of application 1, which is approved, in the hands of a send that will never end.
const A_DEAD_PROCESS_HAD_IT_IN_HAND: &str =
    "UPDATE followups SET phase = 'sending', claimed_at = approved_at, attempt = 1, message_id = '<1@home.example>'";

#[test]
fn a_letter_that_a_dead_process_had_in_hand_is_uncertain_and_never_sent_again() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.approved(promised("Globex", JANE));
    program.person().sql(A_DEAD_PROCESS_HAD_IT_IN_HAND);
    program.tick();
    assert_eq!(program.phase(1), "uncertain");

    let program = program.lives_on(200);
    // The clock jumps back, into the window, and forward again.
    program.is_at("2026-11-17T10:00Z");
    let program = program.lives_on(3);
    program.is_at("2026-11-26T10:00Z");
    let program = program.lives_on(3);
    assert_eq!((program.phase(1).as_str(), tries(&server, JANE)), ("uncertain", 0));
    let mails = mails_to_me(&server);
    assert!(mails.len() == 1 && mails[0].contains("Did your letter to Globex arrive?"), "{mails:#?}");
}

#[test]
fn a_letter_in_a_dead_hand_is_uncertain_even_if_the_application_is_answered_closed_or_deleted() {
    let meanwhile = [
        "UPDATE applications SET outcome = 'reply'",
        "UPDATE applications SET status = 'closed'",
        "DELETE FROM applications",
    ];
    for change in meanwhile {
        let server = MailServer::start();
        let home = Home::new(&server);
        let program = Program::start(&home, "2026-11-16T10:00Z");
        program.approved(promised("Globex", JANE));
        program.person().sql(A_DEAD_PROCESS_HAD_IT_IN_HAND);
        program.person().sql(change);
        program.tick();
        let database = rusqlite::Connection::open(home.folder().join("followup.db")).unwrap();
        let phase: String = database.query_row("SELECT phase FROM followups", [], |row| row.get(0)).unwrap();
        assert_eq!(phase, "uncertain", "{change}");
        program.lives_on(30);
        assert_eq!(tries(&server, JANE), 0, "{change}");
    }
}

#[test]
fn what_came_of_a_letter_is_told_even_if_its_application_is_held_by_then() {
    let held = [
        // As when a clock that ran ahead was put right.
        "UPDATE interviews SET held_on = '2027-07-13', promised_on = NULL",
        "UPDATE applications SET company = 'Glo' || char(8238) || 'bex'",
        "UPDATE applications SET hr_name = CAST(x'ff' AS TEXT)",
    ];
    for change in held {
        let server = MailServer::start();
        let home = Home::new(&server);
        let program = Program::start(&home, "2026-11-16T10:00Z");
        program.approved(promised("Globex", JANE));
        program.person().sql(A_DEAD_PROCESS_HAD_IT_IN_HAND);
        program.person().sql(change);
        server.behave(Behaviour { greeting: Some(Fault::Reply(421)), ..Behaviour::default() });
        let program = program.lives_on(2);
        assert_eq!(mails_to_me(&server).len(), 0, "{change}");

        server.behave(Behaviour::default());
        program.lives_on(30);
        let mails = mails_to_me(&server);
        let told = |mail: &&String| mail.contains("has arrived is not known") && mail.contains("followup resolve 1");
        assert_eq!(mails.iter().filter(told).count(), 1, "{change}: {mails:#?}");
    }
}

#[test]
fn a_letter_approved_while_its_ask_is_on_the_way_is_not_asked_again() {
    let server = MailServer::start();
    let home = Home::with_letters_alone(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.add(promised("Globex", JANE));
    let person = program.person();
    server.at(Point::Dot.once(), move |_| person.approve(1));
    program.tick();
    let program = program.lives_on(30);
    assert_eq!((program.phase(1).as_str(), server.acceptances_for(JANE)), ("sent", 1));
    let [ask, let_go] = &mails_to_me(&server)[..] else { panic!("not two mails: {}", server.transcript()) };
    assert!(ask.contains("Subject: A letter to Globex waits for your word"), "{ask}");
    assert!(let_go.contains("Subject: Globex has not answered: let go?"), "{let_go}");
}

#[test]
fn every_mail_names_the_commands_that_follow() {
    let by_address = [
        (
            JANE,
            "  send it         followup approve 1\n  change it       followup edit 1\n  see it again    followup draft 1\n  \
             not now         followup snooze 1 3d\n  not at all      followup reject 1\n  \
             they answered   followup heard 1 reply\n",
        ),
        (
            "550-at-rcpt@globex.example",
            "  correct the address  followup set 1 --contact 'Name <mail>'\n  close it             followup close 1\n",
        ),
        (
            "drop-after-dot@globex.example",
            "  it arrived       followup resolve 1 --sent\n  it did not       followup resolve 1 --not-sent\n",
        ),
    ];
    for (address, commands) in by_address {
        let server = MailServer::start();
        let home = Home::new(&server);
        let program = Program::start(&home, "2026-11-16T10:00Z");
        let id = program.add(promised("Globex", address));
        if address != JANE {
            program.person().approve(id);
        }
        // What became of the letter is told at the next look.
        program.tick();
        program.tick();
        let mails = mails_to_me(&server);
        assert!(mails.len() == 1 && mails[0].contains(commands), "{address}: {mails:#?}");
    }
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-12-24T10:00Z");
    program.add(promised("Globex", JANE));
    program.tick();
    program.is_at("2026-12-26T10:00Z");
    program.tick();
    let mails = mails_to_me(&server);
    assert!(mails.len() == 2 && mails[1].contains("  close it         followup close 1\n"), "{mails:#?}");
}

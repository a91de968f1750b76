//! What becomes of a letter that went out after the copy was made, whatever the copy knows of it.

use followup::ops::OpError;
use followup::store::Store;
use jiff::SignedDuration;

use super::{JANE, back_up, mails_to_me, restore, send_journal, taken_back};
use crate::support::home::Home;
use crate::support::mail_server::{Behaviour, Fault, MailServer, Point};
use crate::support::world::{Program, application, promised};

/// After the copy was put back: it never goes again, is `sent`, and the person was told once that the copy is older.
fn is_not_sent_again(server: &MailServer, program: Program, id: i64) {
    program.tick();
    assert_eq!(program.phase(id), "sent", "{}", server.transcript());
    let program = program.lives_on(40);
    assert_eq!(server.acceptances_for(JANE), 1, "{}", server.transcript());
    assert_eq!((program.phase(id).as_str(), taken_back(server)), ("sent", 1));
    // Nothing follows that letter but whether to let go.
    let command = format!("followup close {id} --why unanswered");
    assert_eq!(mails_to_me(server).iter().map(|mail| mail.matches(&command).count()).sum::<usize>(), 1);
}

#[test]
fn an_approved_letter_that_went_after_the_copy_was_made_never_goes_again() {
    let server = MailServer::start();
    let home = Home::with_letters_alone(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    let id = program.approved(promised("Globex", JANE));
    let copy = back_up(&home);
    program.tick();
    assert_eq!(server.acceptances_for(JANE), 1);
    drop(program);
    restore(&home, &copy);
    is_not_sent_again(&server, Program::start(&home, "2026-11-17T10:00Z"), id);
    let told = mails_to_me(&server).concat();
    let words = "This database is older than what was sent from it: 1 letter went out since (application 1 on 16 Nov \
                 2026 10:00 UTC). Approvals were taken back; look through `followup list` for answers and changes that \
                 are missing.";
    assert!(told.contains(words), "{told}");
}

#[test]
fn a_letter_that_waited_when_the_copy_was_made_is_sent_and_not_asked_for_again() {
    let server = MailServer::start();
    let home = Home::with_letters_alone(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    let id = program.add(promised("Globex", JANE));
    program.tick();
    let copy = back_up(&home);
    program.person().approve(id);
    program.tick();
    drop(program);
    restore(&home, &copy);
    is_not_sent_again(&server, Program::start(&home, "2026-11-17T10:00Z"), id);
}

#[test]
fn a_step_that_had_not_begun_when_the_copy_was_made_is_sent_as_soon_as_it_begins() {
    let server = MailServer::start();
    let home = Home::with_letters_alone(&server);
    let program = Program::start(&home, "2026-11-10T10:00Z");
    let id = program.add(promised("Globex", JANE));
    program.tick();
    let copy = back_up(&home);
    program.is_at("2026-11-16T10:00Z");
    program.person().approve(id);
    program.tick();
    assert_eq!(server.acceptances_for(JANE), 1);
    drop(program);
    restore(&home, &copy);
    is_not_sent_again(&server, Program::start(&home, "2026-11-16T11:00Z"), id);
}

#[test]
fn an_application_that_the_copy_does_not_have_and_is_added_anew_is_known_whatever_its_number() {
    for is_another_number in [false, true] {
        let server = MailServer::start();
        let home = Home::with_letters_alone(&server);
        let program = Program::start(&home, "2026-11-16T10:00Z");
        let copy = back_up(&home);
        program.approved(promised("Globex", JANE));
        program.tick();
        drop(program);
        restore(&home, &copy);
        let program = Program::start(&home, "2026-11-16T11:00Z");
        if is_another_number {
            program.add(promised("Initech", "bill@initech.example"));
        }
        let mut again = promised("GLOBEX ", JANE);
        again.contact.name = Some("J. Doe".to_owned());
        let id = program.add(again);
        is_not_sent_again(&server, program, id);
    }
}

#[test]
fn another_position_and_another_recipient_and_a_new_promise_are_other_letters() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.add(promised("Hooli", "gavin@hooli.example"));
    let copy = back_up(&home);
    program.approved(promised("Globex", JANE));
    program.tick();
    drop(program);
    restore(&home, &copy);
    let program = Program::start(&home, "2026-11-16T11:00Z");
    program.add(promised("Initech", "bill@initech.example"));
    let mut position = promised("Globex", JANE);
    position.position = "Planner".to_owned();
    let mut promise = promised("Globex", JANE);
    promise.interviews[0].promised_on = Some("2026-11-07".parse().unwrap());
    let others = [position, promised("Globex", "hank@globex.example"), promise];
    let ids = others.map(|application| program.add(application));
    program.tick();
    assert_eq!(ids.map(|id| program.phase(id)), ["waiting", "waiting", "waiting"]);
    assert_eq!(program.phase(1), "waiting", "that of no letter that went");
}

#[test]
fn facts_corrected_after_the_copy_was_made_do_not_hide_the_letter() {
    let server = MailServer::start();
    let home = Home::with_letters_alone(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    let id = program.add(promised("Globecks", JANE));
    program.tick();
    let copy = back_up(&home);
    program.person().sql("UPDATE applications SET company = 'Globex'");
    program.person().sql("UPDATE interviews SET held_on = '2026-11-04', promised_on = '2026-11-09'");
    program.person().approve(id);
    program.tick();
    assert_eq!(server.acceptances_for(JANE), 1);
    drop(program);
    restore(&home, &copy);
    is_not_sent_again(&server, Program::start(&home, "2026-11-17T10:00Z"), id);
}

#[test]
fn another_application_that_got_the_same_number_is_not_taken_for_the_one_that_went() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    let copy = back_up(&home);
    let id = program.approved(promised("Globex", JANE));
    program.tick();
    assert_eq!(server.acceptances_for(JANE), 1);
    drop(program);
    restore(&home, &copy);
    let program = Program::start(&home, "2026-11-24T10:00Z");
    let mut another = application("Globex", JANE, "2026-11-05", Some("2026-11-12"));
    another.position = "Engineer".to_owned();
    assert_eq!(program.approved(another), id, "it has the number of the one that went");
    program.tick();
    assert_eq!((program.phase(id).as_str(), server.acceptances_for(JANE)), ("sent", 2), "{}", server.transcript());
}

#[test]
fn a_copy_that_was_made_while_the_letter_was_sent_knows_by_the_send_journal_that_it_arrived() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let id = home.approved_letter_to(JANE);
    let copy = home.folder().join("copy.db");
    let (database, made) = (home.folder().join("followup.db"), copy.clone());
    server
        .at(Point::Data.with_recipient(JANE).once(), move |_| Store::open(&database).unwrap().back_up(&made).unwrap());
    home.must(&["tick"]);
    restore(&home, &copy);
    home.must(&["tick"]);
    assert_eq!((home.phase(&id).as_str(), server.acceptances_for(JANE)), ("sent", 1));
}

/// A home whose letter to Jane was taken in hand by a process that was killed then, with the copy from before.
fn killed_with_it_in_hand(server: &MailServer) -> (Home, String) {
    let home = Home::new(server);
    let id = home.approved_letter_to(JANE);
    let copy = back_up(&home);
    let (hand_over, handed_over) = std::sync::mpsc::channel::<std::sync::Arc<crate::support::home::Process>>();
    server.at(Point::Accepted.with_recipient(JANE).once(), move |_| handed_over.recv().unwrap().kill());
    let process = std::sync::Arc::new(home.start(&["tick"]));
    hand_over.send(std::sync::Arc::clone(&process)).unwrap();
    process.wait_for_end();
    restore(&home, &copy);
    (home, id)
}

#[test]
fn a_letter_of_which_the_send_journal_knows_no_end_is_uncertain_and_told() {
    let server = MailServer::start();
    let (home, id) = killed_with_it_in_hand(&server);
    for _ in 0..3 {
        home.must(&["tick"]);
    }
    assert_eq!((home.phase(&id).as_str(), server.acceptances_for(JANE), taken_back(&server)), ("uncertain", 1, 1));
    let asked = mails_to_me(&server).iter().filter(|mail| mail.contains("has arrived is not known")).count();
    assert_eq!(asked, 1, "{:?}", mails_to_me(&server));
    home.must(&["resolve", &id, "--sent"]);
    assert_eq!(home.phase(&id), "sent");
}

#[test]
fn an_uncertain_letter_of_another_copy_that_did_not_arrive_needs_a_new_word() {
    let server = MailServer::start();
    let (home, id) = killed_with_it_in_hand(&server);
    home.must(&["tick"]);
    home.must(&["resolve", &id, "--not-sent"]);
    home.must(&["tick"]);
    assert_eq!((home.phase(&id).as_str(), server.acceptances_for(JANE)), ("waiting", 1));
    home.must(&["approve", &id]);
    home.must(&["tick"]);
    assert_eq!((home.phase(&id).as_str(), server.acceptances_for(JANE)), ("sent", 2), "by the person's word");
}

#[test]
fn an_uncertain_letter_in_the_copy_loses_its_approval_too() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    let doubtful = program.approved(promised("Hooli", "drop-after-dot@hooli.example"));
    program.tick();
    let copy = back_up(&home);
    program.approved(promised("Globex", JANE));
    program.tick();
    drop(program);
    restore(&home, &copy);
    let program = Program::start(&home, "2026-11-17T10:00Z");
    program.tick();
    program.person().at_desk(|desk| desk.resolve(doubtful, false)).unwrap();
    program.ticks_in_vain();
    assert_eq!(program.phase(doubtful), "waiting");
}

#[test]
fn a_letter_that_certainly_did_not_go_may_go_after_a_new_word() {
    let server = MailServer::with(Behaviour { mail: Some(Fault::Reply(450)), ..Behaviour::default() });
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    let id = program.approved(promised("Globex", JANE));
    let copy = back_up(&home);
    assert_eq!(program.tick().submitted, 1);
    drop(program);
    assert!(std::fs::read_to_string(send_journal(&home)).unwrap().contains("not-sent"));
    server.behave(Behaviour::default());
    restore(&home, &copy);
    let program = Program::start(&home, "2026-11-16T12:00Z");
    program.ticks_in_vain();
    assert_eq!((program.phase(id).as_str(), taken_back(&server)), ("waiting", 1));
    program.person().approve(id);
    program.tick();
    assert_eq!((program.phase(id).as_str(), server.acceptances_for(JANE)), ("sent", 1));
}

#[test]
fn approvals_that_have_nothing_to_do_with_what_went_are_taken_back_too_and_asked_anew() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.set("sending.grace", "2h");
    let program = Program::start(&home, "2026-11-16T10:00Z");
    let id = program.approved(promised("Globex", JANE));
    program.passes(SignedDuration::from_hours(1));
    let other = program.approved(promised("Initech", "bill@initech.example"));
    let copy = back_up(&home);
    program.passes(SignedDuration::from_mins(90));
    program.tick();
    assert_eq!(server.acceptances_for(JANE), 1);
    drop(program);
    restore(&home, &copy);
    let program = Program::start(&home, "2026-11-17T10:00Z");
    program.ticks_in_vain();
    assert_eq!([id, other].map(|id| program.phase(id)), ["sent", "waiting"]);
    let [mail] = &mails_to_me(&server)[..] else { panic!("{:?}", mails_to_me(&server)) };
    assert!(mail.contains("Approvals were taken back") && mail.contains("followup approve 2"), "{mail}");
    program.person().approve(other);
    program.passes(SignedDuration::from_hours(2));
    program.tick();
    assert_eq!(server.acceptances_for("bill@initech.example"), 1);
}

#[test]
fn the_copy_may_be_put_back_again_and_again_and_the_newer_one_after_it() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    let id = program.approved(promised("Globex", JANE));
    let other = program.add(promised("Initech", "bill@initech.example"));
    let older = back_up(&home);
    program.tick();
    let newer = back_up(&home);
    drop(program);
    for _ in 0..2 {
        restore(&home, &older);
        let program = Program::start(&home, "2026-11-16T11:00Z");
        program.ticks_in_vain();
        assert_eq!(program.phase(id), "sent");
    }
    let program = Program::start(&home, "2026-11-16T12:00Z");
    program.person().approve(other);
    program.tick();
    drop(program);
    restore(&home, &newer);
    let program = Program::start(&home, "2026-11-16T13:00Z");
    assert!(matches!(
        program.person().at_desk(|desk| desk.approve(other, None, false)),
        Ok(_) | Err(OpError::Refused(_) | OpError::NotShown(_) | OpError::NothingOpen(_))
    ));
    program.ticks_in_vain();
    assert_eq!([id, other].map(|id| program.phase(id)), ["sent", "sent"]);
    assert_eq!([JANE, "bill@initech.example"].map(|to| server.acceptances_for(to)), [1, 1]);
}

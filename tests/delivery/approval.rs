//! What was sent is what was approved: whatever changes between the yes and the claim wins, to the last moment;
//! after the claim it is too late. The sharpest moment is when the server hears EHLO, after the plan said "send"
//! and before the claim: hooks of the server make the change right there.

use jiff::SignedDuration;

use followup::core::followup::Refusal;
use followup::ops::OpError;

use crate::support::home::Home;
use crate::support::mail_server::{Behaviour, MailServer, Point};
use crate::support::world::{Person, Program, application, promised};
use crate::{asked_to_let_go, mails_to_me, server_that, text, tries};

const JANE: &str = "jane@globex.example";
const BILL: &str = "bill@initech.example";

/// Lets `person` do something when the server reaches `point` for the first time, and gives what became of the
/// letter of the application 1, which was approved.
fn phase_if(point: Point, address: &str, person_does: impl FnOnce(Person) + Send + 'static) -> (String, MailServer) {
    phase_at_home_if(Home::new, point, address, person_does)
}

/// The same, where nothing follows the letter.
fn phase_of_the_only_letter_if(
    point: Point,
    address: &str,
    person_does: impl FnOnce(Person) + Send + 'static,
) -> (String, MailServer) {
    phase_at_home_if(Home::with_letters_alone, point, address, person_does)
}

fn phase_at_home_if(
    home_of: fn(&MailServer) -> Home,
    point: Point,
    address: &str,
    person_does: impl FnOnce(Person) + Send + 'static,
) -> (String, MailServer) {
    let server = MailServer::start();
    let home = home_of(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    let id = program.approved(promised("Globex", address));
    let person = program.person();
    let mut person_does = Some(person_does);
    server.at(point.once(), move |_| person_does.take().unwrap()(person.clone()));
    program.tick();
    let program = program.lives_on(30);
    (program.phase(id), server)
}

#[test]
fn a_recall_before_the_claim_wins() {
    let (phase, server) = phase_if(Point::Ehlo, JANE, |person| drop(person.recall(1).unwrap()));
    assert_eq!((phase.as_str(), tries(&server, JANE)), ("waiting, late", 0));
}

#[test]
fn a_recall_after_the_claim_is_too_late() {
    for point in [Point::Mail, Point::Rcpt, Point::Data, Point::Dot, Point::Accepted] {
        let (phase, server) = phase_of_the_only_letter_if(point, JANE, |person| {
            let refused = person.recall(1);
            assert!(matches!(refused, Err(OpError::Refused(Refusal::BeingSent))), "{refused:?}");
        });
        assert_eq!((phase.as_str(), server.acceptances_for(JANE)), ("sent", 1), "{point:?}");
        assert_eq!((mails_to_me(&server).len(), asked_to_let_go(&server, 1)), (1, 1), "{point:?}");
    }
}

#[test]
fn other_words_before_the_claim_win() {
    let (phase, server) = phase_if(Point::Ehlo, JANE, |person| {
        person.at_desk(|desk| desk.edit(1, Some("Other words"), None)).unwrap();
    });
    assert_eq!((phase.as_str(), tries(&server, JANE)), ("waiting, late", 0));
}

#[test]
fn a_rejection_before_the_claim_wins() {
    let (phase, server) = phase_if(Point::Ehlo, JANE, |person| drop(person.at_desk(|desk| desk.reject(1, None))));
    assert_eq!((phase.as_str(), tries(&server, JANE)), ("cancelled", 0));
}

#[test]
fn an_answer_or_a_close_before_the_claim_wins() {
    for fact in ["outcome = 'reply'", "outcome = 'rejected'", "status = 'closed'"] {
        let update = format!("UPDATE applications SET {fact}");
        let (phase, server) = phase_if(Point::Ehlo, JANE, move |person| person.sql(&update));
        assert_eq!((phase.as_str(), tries(&server, JANE)), ("cancelled", 0), "{fact}");
        assert_eq!(mails_to_me(&server), [""; 0], "{fact}");
    }
}

#[test]
fn a_fact_that_cannot_be_used_before_the_claim_holds_the_letter() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    let id = program.approved(promised("Globex", JANE));
    let person = program.person();
    // No word of the letter depends on it, nor its window.
    server.at(Point::Ehlo.once(), move |_| person.sql("UPDATE applications SET timezone = 'Mars/Olympus'"));
    program.tick();
    assert_eq!((program.phase(id).as_str(), tries(&server, JANE)), ("approved", 0));
    program.person().sql("UPDATE applications SET timezone = NULL");
    program.tick();
    assert_eq!((program.phase(id).as_str(), server.acceptances_for(JANE)), ("sent", 1));
}

#[test]
fn a_clock_that_is_set_back_before_the_claim_holds_the_letter() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    let id = program.approved(promised("Globex", JANE));
    program.is_at("2026-11-16T11:00Z");
    let later = "INSERT INTO journal (at, who, what) SELECT max(at) + 3540000, 'person', 'noted' FROM journal";
    program.person().sql(later);
    let clock = program.clock();
    server.at(Point::Ehlo.once(), move |_| clock.is_at("2026-11-16T10:50Z"));
    program.tick();
    assert_eq!((program.phase(id).as_str(), tries(&server, JANE)), ("approved", 0));
    program.is_at("2026-11-16T11:00Z");
    program.tick();
    assert_eq!((program.phase(id).as_str(), server.acceptances_for(JANE)), ("sent", 1));
}

#[test]
fn an_application_deleted_before_the_claim_is_not_written_to() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.approved(promised("Globex", JANE));
    let person = program.person();
    server.at(Point::Ehlo.once(), move |_| person.sql("DELETE FROM applications"));
    program.tick();
    program.lives_on(30);
    assert_eq!(tries(&server, JANE), 0);
}

#[test]
fn an_answer_after_the_claim_is_too_late_and_nothing_more_follows() {
    for fact in ["outcome = 'reply'", "status = 'closed'"] {
        let update = format!("UPDATE applications SET {fact}");
        let (phase, server) = phase_if(Point::Rcpt, JANE, move |person| person.sql(&update));
        assert_eq!((phase.as_str(), server.acceptances_for(JANE)), ("sent", 1), "{fact}");
    }
}

#[test]
fn an_answer_during_a_try_that_fails_ends_the_tries() {
    for address in ["450-at-rcpt@globex.example", "451-after-dot@globex.example"] {
        for fact in ["outcome = 'reply'", "status = 'closed'"] {
            let update = format!("UPDATE applications SET {fact}");
            let (phase, server) = phase_if(Point::Mail, address, move |person| person.sql(&update));
            assert_eq!((phase.as_str(), tries(&server, address)), ("cancelled", 1), "{address} {fact}");
        }
    }
}

/// Two approved letters, to Globex and to Initech, and a change of Globex between plan and claim.
fn only_initech_is_written_to_if(change: &'static str) -> (MailServer, String) {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    let globex = program.approved(promised("Globex", JANE));
    let initech = program.approved(promised("Initech", BILL));
    let person = program.person();
    server.at(Point::Ehlo.once(), move |_| person.sql(change));
    program.tick();
    program.tick();
    assert_eq!((program.phase(initech).as_str(), server.acceptances_for(BILL)), ("sent", 1), "{change}");
    assert_eq!((program.phase(globex).as_str(), tries(&server, JANE)), ("waiting", 0), "{change}");
    let [ask] = &mails_to_me(&server)[..] else { panic!("{change}: not asked once: {}", server.transcript()) };
    assert!(ask.contains("followup approve 1"), "{ask}");
    let ask = ask.clone();
    (server, ask)
}

#[test]
fn a_changed_letter_does_not_go_and_is_asked_anew_while_the_other_goes() {
    let (server, ask) =
        only_initech_is_written_to_if("UPDATE applications SET contact_email = 'new@globex.example' WHERE id = 1");
    assert_eq!(server.acceptances_for("new@globex.example"), 0);
    assert!(ask.contains("new@globex.example"), "{ask}");
    only_initech_is_written_to_if("UPDATE applications SET contact_name = 'John Roe' WHERE id = 1");
    only_initech_is_written_to_if("UPDATE applications SET company = 'Globex Corporation' WHERE id = 1");
    only_initech_is_written_to_if("UPDATE applications SET position = 'Director' WHERE id = 1");
    only_initech_is_written_to_if("UPDATE applications SET strengths = 'a calm way' WHERE id = 1");
    only_initech_is_written_to_if("UPDATE interviews SET promised_on = '2026-11-05' WHERE application_id = 1");
    only_initech_is_written_to_if("UPDATE interviews SET held_on = '2026-11-02' WHERE application_id = 1");
}

#[test]
fn a_fact_that_does_not_enter_the_letter_does_not_keep_it() {
    let (phase, server) = phase_of_the_only_letter_if(Point::Ehlo, JANE, |person| {
        person.sql("UPDATE applications SET contact_phone = '+1 555 0100', job_url = 'https://globex.example/1'");
    });
    assert_eq!((phase.as_str(), server.acceptances_for(JANE)), ("sent", 1));
}

#[test]
fn a_fact_that_changes_back_before_the_next_look_has_not_changed() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    let id = program.approved(promised("Globex", JANE));
    program.person().sql("UPDATE applications SET contact_email = 'new@globex.example'");
    program.person().sql(&format!("UPDATE applications SET contact_email = '{JANE}'"));
    program.tick();
    assert_eq!((program.phase(id).as_str(), server.acceptances_for(JANE)), ("sent", 1));
}

#[test]
fn letters_whose_template_has_changed_do_not_go_and_are_asked_anew_while_others_go() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    let globex = program.approved(promised("Globex", JANE));
    let initech = program.approved(application("Initech", BILL, "2026-10-30", None));
    home.write_template("promise-passed", "Subject: {{ position }}\n\nDear {{ contact.name }},\n\nThank you.\n\nAda\n");
    let program = program.restart();
    program.tick();
    program.ticks_in_vain();
    assert_eq!((program.phase(initech).as_str(), server.acceptances_for(BILL)), ("sent", 1));
    assert_eq!((program.phase(globex).as_str(), tries(&server, JANE)), ("waiting", 0));
    assert_eq!(mails_to_me(&server).len(), 1);
}

#[test]
fn after_a_change_of_the_sender_every_letter_is_asked_anew() {
    for (key, value) in [("me.name", "Ada King"), ("me.email", "ada@king.example"), ("me.phone", "+442079460000")] {
        let server = MailServer::start();
        let home = Home::new(&server);
        let program = Program::start(&home, "2026-11-16T10:00Z");
        let ids = [program.approved(promised("Globex", JANE)), program.approved(promised("Initech", BILL))];
        home.set(key, value);
        let program = program.restart();
        program.tick();
        program.ticks_in_vain();
        assert_eq!(ids.map(|id| program.phase(id)), ["waiting", "waiting"], "{key}");
        assert_eq!((tries(&server, JANE), tries(&server, BILL)), (0, 0), "{key}");
        let [ask] = &server.accepted()[..] else { panic!("{key}: not asked once") };
        assert!(text(ask).contains(value), "{key}");
    }
}

#[test]
fn a_letter_that_was_asked_for_is_asked_anew_at_once_after_a_change_of_the_sender() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.add(promised("Globex", JANE));
    program.tick();
    // It rests now until it is time for the reminder.
    program.ticks_in_vain();
    home.set("me.phone", "+442079460000");
    let program = program.restart();
    program.tick();
    program.ticks_in_vain();
    let asks = mails_to_me(&server);
    assert_eq!(asks.iter().map(|ask| ask.contains("+442079460000")).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn after_a_change_of_the_account_every_letter_is_asked_anew() {
    let account = |user: &str| Some((user.to_owned(), "secret".to_owned()));
    let server = server_that(|server| server.credentials = account("ada"));
    let home = Home::new(&server);
    home.set("smtp.username", "ada");
    home.set("smtp.password", "secret");
    let program = Program::start(&home, "2026-11-16T10:00Z");
    let id = program.approved(promised("Globex", JANE));
    server.behave(Behaviour { credentials: account("ada.king"), ..Behaviour::default() });
    home.set("smtp.username", "ada.king");
    let program = program.restart();
    program.tick();
    program.ticks_in_vain();
    assert_eq!((program.phase(id).as_str(), tries(&server, JANE)), ("waiting", 0));
    assert_eq!(mails_to_me(&server).len(), 1);
}

#[test]
fn a_failed_letter_goes_to_the_corrected_address_after_another_yes() {
    let (server, wrong) = (MailServer::start(), "550-at-rcpt@globex.example");
    let home = Home::with_letters_alone(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    let id = program.approved(promised("Globex", wrong));
    program.tick();
    assert_eq!(program.phase(id), "failed");
    program.person().sql(&format!("UPDATE applications SET contact_email = '{JANE}'"));
    program.passes(SignedDuration::from_hours(1));
    program.ticks_in_vain();
    assert_eq!((program.phase(id).as_str(), tries(&server, JANE)), ("waiting", 0));

    program.person().approve(id);
    let program = program.lives_on(30);
    assert_eq!(program.phase(id), "sent");
    assert_eq!((tries(&server, wrong), server.acceptances_for(JANE)), (1, 1));
    assert_eq!(asked_to_let_go(&server, id), 1);
}

#[test]
fn no_row_is_made_sending_by_plain_sql_unless_it_was_approved_in_these_words() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.add(promised("Globex", JANE));
    program.tick();
    let database = rusqlite::Connection::open(home.folder().join("followup.db")).unwrap();
    let refused = database.execute("UPDATE followups SET phase = 'sending'", []).unwrap_err().to_string();
    assert_eq!(refused, "only an approved letter, unchanged, can be sent");

    program.person().approve(1);
    let refused = database.execute("UPDATE followups SET phase = 'sending', body = 'other'", []).unwrap_err();
    assert_eq!(refused.to_string(), "only an approved letter, unchanged, can be sent");
}

#[test]
fn words_changed_by_plain_sql_after_the_yes_do_not_go_and_are_asked_anew() {
    for change in ["body = 'Give me the job.'", "subject = 'Hey'", "recipient_email = 'other@globex.example'"] {
        let server = MailServer::start();
        let home = Home::new(&server);
        let program = Program::start(&home, "2026-11-16T10:00Z");
        let id = program.approved(promised("Globex", JANE));
        program.person().sql(&format!("UPDATE followups SET {change}"));
        let program = program.restart();
        program.ticks_in_vain();
        assert_eq!((program.phase(id).as_str(), mails_to_me(&server).len()), ("waiting", 1), "{change}");
        assert_eq!((tries(&server, JANE), tries(&server, "other@globex.example")), (0, 0), "{change}");
    }
}

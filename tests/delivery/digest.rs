//! The daily digest: one mail on a working day with all that waits, is held or is uncertain; never an empty one.

use followup::core::application::Answer;
use followup::ops::Desk;
use jiff::SignedDuration;

use crate::support::home::Home;
use crate::support::mail_server::MailServer;
use crate::support::world::{Program, application, promised};
use crate::{mails_to_me, text};

const JANE: &str = "jane@globex.example";

/// A home with a digest at half past eight, and the person in UTC.
pub(crate) fn home(server: &MailServer) -> Home {
    let home = Home::new(server);
    home.set("ask.digest_at", "08:30");
    home
}

/// The digests that the server took, whoever they were for.
pub(crate) fn digests(server: &MailServer) -> Vec<String> {
    let mails = server.accepted().iter().map(text).collect::<Vec<_>>();
    mails.into_iter().filter(|mail| mail.contains("No letter goes without your word.")).collect()
}

/// Started on Friday the 13th, with a letter to Globex that was asked for on that day and waits.
pub(crate) fn with_a_letter_that_waits(home: &Home) -> Program<'_> {
    let program = Program::start(home, "2026-11-13T10:00Z");
    program.add(promised("Globex", JANE));
    program.tick();
    program
}

/// Ticks a few times at each of `instants`; gives how many digests there were after each.
pub(crate) fn after_each(program: &Program, server: &MailServer, instants: &[&str]) -> Vec<usize> {
    let look = |instant: &&str| {
        program.is_at(instant);
        for _ in 0..3 {
            program.tick();
        }
        digests(server).len()
    };
    instants.iter().map(look).collect()
}

#[test]
fn what_waits_is_named_once_on_each_working_day_from_half_past_eight_on() {
    let server = MailServer::start();
    let home = home(&server);
    let program = with_a_letter_that_waits(&home);
    let instants = [
        ("2026-11-13T23:59Z", 0),
        ("2026-11-14T10:00Z", 0),
        ("2026-11-15T10:00Z", 0),
        ("2026-11-16T08:29:59Z", 0),
        ("2026-11-16T08:30Z", 1),
        ("2026-11-16T23:59Z", 1),
        ("2026-11-17T08:29Z", 1),
        ("2026-11-17T08:31Z", 2),
        ("2026-11-20T08:30Z", 3),
        ("2026-11-21T08:30Z", 3),
    ];
    let found = after_each(&program, &server, &instants.map(|(instant, _)| instant));
    assert_eq!(found, instants.map(|(_, digests)| digests), "{}", server.transcript());
    let digest = &digests(&server)[0];
    for words in [
        "Subject: 1 thing waits for you: Globex\n",
        "Globex, Analyst: the letter to Jane Doe waits for your word, until\nSat 28 Nov 00:00 (UTC).\n",
        "    followup draft 1\n",
        "Auto-Submitted: auto-generated\n",
    ] {
        assert!(digest.contains(words), "{words}: {digest}");
    }
}

#[test]
fn where_nothing_waits_there_is_no_mail_and_what_comes_later_that_day_is_asked_for_at_once() {
    let server = MailServer::start();
    let home = home(&server);
    let program = Program::start(&home, "2026-11-16T08:30Z");
    program.tick();
    program.is_at("2026-11-16T11:00Z");
    program.add(promised("Globex", JANE));
    for _ in 0..3 {
        program.tick();
    }
    assert_eq!((mails_to_me(&server).len(), digests(&server).len()), (1, 0));
    assert!(mails_to_me(&server)[0].contains("Subject: A letter to Globex waits for your word"));
    assert_eq!(after_each(&program, &server, &["2026-11-16T20:00Z", "2026-11-17T08:30Z"]), [0, 1]);
}

#[test]
fn what_is_asked_for_in_this_minute_alone_is_not_named_again_in_the_same_minute() {
    let server = MailServer::start();
    let home = home(&server);
    // The window opens at midnight, and the laptop at nine.
    let program = Program::start(&home, "2026-11-12T10:00Z");
    program.add(promised("Globex", JANE));
    program.tick();
    assert_eq!(after_each(&program, &server, &["2026-11-13T09:00Z", "2026-11-13T12:00Z"]), [0, 0]);
    assert_eq!(mails_to_me(&server).len(), 1, "asked");

    // Beside others that waited before it is named with them.
    program.add(application("Initech", "bill@initech.example", "2026-11-04", Some("2026-11-09")));
    assert_eq!(after_each(&program, &server, &["2026-11-16T09:00Z"]), [1]);
    assert!(
        digests(&server)[0].contains("Subject: 2 things wait for you: Globex and Initech\n"),
        "{:?}",
        digests(&server)
    );
    assert_eq!(mails_to_me(&server).len(), 3, "the ask of it, too");
}

#[test]
fn what_has_its_word_or_is_over_is_not_named() {
    type Decision = fn(&mut Desk);
    let decisions: [(&str, Decision); 5] = [
        ("approved", |desk| drop(desk.approve(1, None, false).unwrap())),
        ("rejected", |desk| drop(desk.reject(1, None).unwrap())),
        ("snoozed", |desk| drop(desk.snooze(1, "2026-11-25".parse().unwrap()).unwrap())),
        ("answered", |desk| drop(desk.heard(1, Answer::Reply).unwrap())),
        ("closed", |desk| drop(desk.close(1, None).unwrap())),
    ];
    for (what, decide) in decisions {
        let server = MailServer::start();
        let home = home(&server);
        home.set("sending.grace", "480h");
        let program = with_a_letter_that_waits(&home);
        program.person().at_desk(decide);
        assert_eq!(after_each(&program, &server, &["2026-11-16T08:30Z", "2026-11-17T08:30Z"]), [0, 0], "{what}");
    }
}

#[test]
fn a_letter_that_is_put_off_goes_on_by_itself_and_is_not_named() {
    let server = MailServer::start();
    let home = home(&server);
    let program = Program::start(&home, "2026-11-13T10:00Z");
    program.approved(promised("Globex", "450-at-rcpt@globex.example"));
    let hours =
        ["2026-11-13T12:00Z", "2026-11-13T16:00Z", "2026-11-14T00:00Z", "2026-11-14T08:00Z", "2026-11-16T08:30Z"];
    assert_eq!(after_each(&program, &server, &hours), [0; 5]);
    assert!(mails_to_me(&server)[0].contains("could not go yet"), "told by itself");
}

#[test]
fn the_doubtful_comes_first_then_what_does_not_go_on_then_what_closes_first() {
    let server = MailServer::start();
    let home = home(&server);
    let program = Program::start(&home, "2026-11-13T10:00Z");
    program.add(promised("Globex", JANE));
    program.add(application("Acme", "joe@acme.example", "2026-11-03", Some("2026-11-05")));
    program.approved(promised("Hooli", "550-at-rcpt@hooli.example"));
    program.add(promised("Umbrella", "alice@umbrella.example"));
    program.approved(promised("Initech", "drop-after-dot@initech.example"));
    // A day that is none, as when a clock that ran ahead was put right.
    program.person().sql("UPDATE interviews SET held_on = '2027-07-13', promised_on = NULL WHERE application_id = 4");
    program.tick();
    program.tick();
    assert_eq!(after_each(&program, &server, &["2026-11-16T08:30Z"]), [1]);
    let digest = &digests(&server)[0];
    let parts = [
        "Subject: 5 things wait for you: Initech, Hooli and 3 more\n",
        "\nInitech, Analyst: did your letter to Jane Doe arrive?",
        "\n    followup resolve 5 --sent    (or --not-sent)\n",
        "\nHooli, Analyst: their mail server refused the letter to\n550-at-rcpt@hooli.example.",
        "\n    followup set 3 --contact 'Name <mail>'\n",
        "\nUmbrella, Analyst: cannot go on until this is corrected: held_on: ",
        "\n    followup show 4\n",
        "\nAcme, Analyst: the letter to Jane Doe waits for your word, until\nFri 27 Nov 00:00 (UTC).",
        "\n    followup draft 2\n",
        "\nGlobex, Analyst: the letter to Jane Doe waits for your word, until\nSat 28 Nov 00:00 (UTC).",
        "\n    followup draft 1\n",
    ];
    let places: Vec<_> =
        parts.iter().map(|part| digest.find(part).unwrap_or_else(|| panic!("{part}: {digest}"))).collect();
    assert!(places.is_sorted(), "{places:?}: {digest}");
}

#[test]
fn an_application_that_is_held_over_its_letter_is_named_once() {
    let server = MailServer::start();
    let home = home(&server);
    let program = with_a_letter_that_waits(&home);
    program.person().sql("UPDATE applications SET company = 'Glo' || char(8238) || 'bex'");
    program.tick();
    assert_eq!(after_each(&program, &server, &["2026-11-16T08:30Z"]), [1]);
    let digest = &digests(&server)[0];
    assert!(digest.contains("Subject: 1 thing waits for you: application 1\n"), "{digest}");
    assert!(digest.contains("\nApplication 1: cannot go on until this is corrected: company: "), "{digest}");
    assert!(!digest.contains("draft 1"), "{digest}");

    // Nor of what they have answered: nothing further is planned.
    program.person().sql("UPDATE applications SET outcome = 'rejected'");
    assert_eq!(after_each(&program, &server, &["2026-11-17T08:30Z"]), [1]);
    program.person().sql("UPDATE applications SET outcome = NULL");

    // What is closed is nobody's to correct, even if it cannot be read any more.
    program.person().sql("UPDATE applications SET hr_name = CAST(x'ff' AS TEXT), status = 'closed'");
    assert_eq!(after_each(&program, &server, &["2026-11-18T08:30Z"]), [1]);
}

#[test]
fn a_doubtful_letter_of_a_deleted_application_is_named_by_its_number() {
    let server = MailServer::start();
    let home = home(&server);
    let program = Program::start(&home, "2026-11-13T10:00Z");
    program.approved(promised("Globex", "drop-after-dot@globex.example"));
    program.tick();
    program.tick();
    program.person().sql("DELETE FROM applications");
    assert_eq!(after_each(&program, &server, &["2026-11-16T08:30Z"]), [1]);
    let digest = &digests(&server)[0];
    assert!(digest.contains("\nApplication 1: did your letter to Jane Doe arrive?"), "{digest}");
}

#[test]
fn the_digest_is_the_only_reminder() {
    let server = MailServer::start();
    let home = home(&server);
    let program = with_a_letter_that_waits(&home);
    // Two weeks but a day: ten working days less the last, which is the first Friday itself.
    let program = program.lives_on(13);
    assert_eq!((program.phase(1).as_str(), digests(&server).len()), ("waiting", 9));
    let asks = mails_to_me(&server).into_iter().filter(|mail| !mail.contains("No letter goes without"));
    assert_eq!(asks.count(), 1, "{}", server.transcript());
}

#[test]
fn a_digest_shows_no_letter() {
    let server = MailServer::start();
    let home = home(&server);
    let program = with_a_letter_that_waits(&home);
    program.person().sql("UPDATE followups SET shown_digest = NULL");
    assert_eq!(after_each(&program, &server, &["2026-11-16T08:30Z"]), [1]);
    let person = program.person();
    assert!(person.at_desk(|desk| desk.approve(1, None, false)).is_err(), "a yes to a letter that nobody saw");
    person.approve(1);
}

#[test]
fn without_a_time_there_is_no_digest() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = with_a_letter_that_waits(&home);
    assert_eq!(after_each(&program, &server, &["2026-11-16T08:30Z", "2026-11-17T10:00Z"]), [0, 0]);
}

#[test]
fn a_digest_stands_in_the_log() {
    let server = MailServer::start();
    let home = home(&server);
    let program = with_a_letter_that_waits(&home);
    program.tick();
    program.is_at("2026-11-16T08:30Z");
    let looked = program.tick();
    assert_eq!((looked.due, looked.told), (0, 1), "it does not hang on anything being due");
    let log = home.must(&["log"]);
    assert!(log.contains("2026-11-16 08:30        daemon  sent you the daily digest: 1 named\n"), "{log}");
    program.passes(SignedDuration::from_mins(1));
    assert_eq!(program.tick().told, 0);
}

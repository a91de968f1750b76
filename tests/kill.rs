//! `kill -9` of the real, unchanged program at every point of its conversation with the mail server: whatever
//! the moment, the server never takes the letter twice.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::os::unix::process::ExitStatusExt;
use std::sync::{Arc, mpsc};

use support::home::{DEADLINE, Home, ME, Process};
use support::mail_server::{Behaviour, Kind, Line, MailServer, Point, Seen, Trigger};

const JANE: &str = "jane@globex.example";
const SIGKILL: i32 = 9;
/// What is killed: the daemon as systemd runs it, and the single look as cron runs it.
const VICTIMS: [&str; 3] = ["daemon", "tick", "daemon"];

/// What there is after the kill and three more looks.
#[derive(Debug, PartialEq, Eq)]
struct Aftermath {
    phase: String,
    /// How many letters to Jane the server took.
    acceptances: usize,
    /// How often the program began to send the letter, before and after the kill.
    tries: usize,
    /// How many mails to herself alone Ada got.
    told: usize,
}

/// Kills `victim` when the server first reaches `trigger`, then starts the program again, three times.
fn killed(trigger: impl Into<Trigger>, victim: &str) -> Aftermath {
    let credentials = Some(("ada".to_owned(), "secret".to_owned()));
    let server = MailServer::with(Behaviour { credentials, ..Behaviour::default() });
    let home = Home::new(&server);
    home.set("smtp.username", "ada");
    home.set("smtp.password", "secret");
    let id = home.approved_letter_to(JANE);
    kill_when(&server, trigger, &home, victim);
    for _ in 0..3 {
        home.must(&["tick"]);
    }
    let to_jane = |line: &&Line| line.kind == Kind::Command && line.text.contains(JANE);
    Aftermath {
        phase: home.phase(&id),
        acceptances: server.acceptances_for(JANE),
        tries: server.log().iter().filter(to_jane).count(),
        told: server.accepted().iter().filter(|mail| mail.recipients == [ME]).count(),
    }
}

fn kill_when(server: &MailServer, trigger: impl Into<Trigger>, home: &Home, victim: &str) {
    kill_on(server, 1, trigger, home, victim);
}

/// Kills `victim`, whose connection is the server's `connection`-th, when the server next reaches `trigger`.
fn kill_on(server: &MailServer, connection: u64, trigger: impl Into<Trigger>, home: &Home, victim: &str) {
    let (hand_over, handed_over) = mpsc::channel::<Arc<Process>>();
    server.at(trigger.into().once(), move |_| handed_over.recv().unwrap().kill());
    let process = Arc::new(home.start(&[victim]));
    hand_over.send(Arc::clone(&process)).unwrap();
    let ended = process.wait_for_end();
    assert_eq!(ended.signal(), Some(SIGKILL), "{victim} was not killed: {ended}");
    // The server may still be taking what it has read.
    let is_over = |seen: &Seen| {
        seen.log
            .iter()
            .any(|line| line.connection == connection && line.kind == Kind::Connection && line.text != "opened")
    };
    assert!(server.wait_until(is_over, DEADLINE), "{}", server.transcript());
}

/// Before the claim nothing has happened: the letter is still approved, and goes once.
fn the_letter_goes_once_after_all(point: Point) {
    for victim in VICTIMS {
        let expected = Aftermath { phase: "sent".to_owned(), acceptances: 1, tries: 1, told: 0 };
        assert_eq!(killed(point, victim), expected, "{victim} killed at {point:?}");
    }
}

/// After the claim the letter may or may not have arrived: it is never tried again, and the person is told once.
fn the_letter_is_uncertain(trigger: impl Into<Trigger>, tries: usize, may_be_taken: &[usize]) {
    let trigger = trigger.into();
    for victim in VICTIMS {
        let Aftermath { phase, acceptances, tries: tried, told } = killed(trigger.clone(), victim);
        assert_eq!((&*phase, tried, told), ("uncertain", tries, 1), "{victim} killed at {trigger:?}");
        assert!(may_be_taken.contains(&acceptances), "{victim} killed at {trigger:?}: taken {acceptances} times");
    }
}

#[test]
fn killed_when_it_has_connected_the_letter_goes_once_after_all() {
    the_letter_goes_once_after_all(Point::Connected);
}

#[test]
fn killed_at_ehlo_the_letter_goes_once_after_all() {
    the_letter_goes_once_after_all(Point::Ehlo);
}

#[test]
fn killed_at_the_login_the_letter_goes_once_after_all() {
    the_letter_goes_once_after_all(Point::Auth);
}

#[test]
fn killed_at_mail_the_letter_is_uncertain_for_the_claim_comes_first() {
    the_letter_is_uncertain(Point::Mail, 0, &[0]);
}

#[test]
fn killed_at_rcpt_the_letter_is_uncertain() {
    the_letter_is_uncertain(Point::Rcpt.with_recipient(JANE), 1, &[0]);
}

#[test]
fn killed_at_data_the_letter_is_uncertain() {
    the_letter_is_uncertain(Point::Data.with_recipient(JANE), 1, &[0]);
}

#[test]
fn killed_in_the_body_the_letter_is_uncertain() {
    the_letter_is_uncertain(Point::Body.with_recipient(JANE), 1, &[0, 1]);
}

#[test]
fn killed_at_the_dot_the_letter_is_uncertain() {
    the_letter_is_uncertain(Point::Dot.with_recipient(JANE), 1, &[1]);
}

#[test]
fn killed_when_the_server_has_taken_the_letter_it_is_uncertain() {
    the_letter_is_uncertain(Point::Accepted.with_recipient(JANE), 1, &[1]);
}

#[test]
fn killed_when_the_server_has_answered_the_letter_is_sent_or_uncertain() {
    for victim in VICTIMS {
        let Aftermath { phase, acceptances, tries, told } = killed(Point::Answered.with_recipient(JANE), victim);
        assert_eq!((acceptances, tries), (1, 1), "{victim}");
        // The answer may have been recorded before the kill, or not.
        let is_settled = phase == "sent" && told == 0;
        assert!(is_settled || phase == "uncertain" && told == 1, "{victim}: {phase}, told {told} times");
    }
}

#[test]
fn killed_at_quit_the_letter_is_sent_for_that_was_recorded_first() {
    for victim in VICTIMS {
        let expected = Aftermath { phase: "sent".to_owned(), acceptances: 1, tries: 1, told: 0 };
        assert_eq!(killed(Point::Quit, victim), expected, "{victim}");
    }
}

#[test]
fn killed_again_and_again_the_letter_is_still_sent_only_once() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let id = home.approved_letter_to(JANE);
    for (point, connection) in
        [Point::Connected, Point::Ehlo, Point::Connected, Point::Ehlo, Point::Accepted].into_iter().zip(1..)
    {
        kill_on(&server, connection, point, &home, "tick");
    }
    for _ in 0..3 {
        home.must(&["tick"]);
    }
    assert_eq!((home.phase(&id).as_str(), server.acceptances_for(JANE)), ("uncertain", 1));
}

#[test]
fn killed_while_it_asks_the_program_asks_again_and_with_the_same_message_id_if_the_ask_had_arrived() {
    for (point, asks) in [(Point::Mail, 1), (Point::Dot, 2), (Point::Accepted, 2)] {
        let server = MailServer::start();
        let home = Home::new(&server);
        home.add(JANE);
        kill_when(&server, point, &home, "tick");
        for _ in 0..3 {
            home.must(&["tick"]);
        }
        let ids: Vec<String> = server.accepted().iter().map(|mail| message_id(&mail.data)).collect();
        assert_eq!(ids.len(), asks, "{point:?}");
        assert!(ids.iter().all(|id| *id == ids[0]), "{point:?}: {ids:?}");
        assert_eq!(server.acceptances_for(JANE), 0, "{point:?}");
    }
}

fn message_id(message: &[u8]) -> String {
    let text = String::from_utf8(message.to_vec()).unwrap();
    text.lines().find(|line| line.starts_with("Message-ID: ")).unwrap().to_owned()
}

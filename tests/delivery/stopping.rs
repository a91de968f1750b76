//! The real daemon told to stop, or met by another one, with a letter in hand.

use std::sync::{Arc, mpsc};

use crate::support::home::{DEADLINE, Home, Process};
use crate::support::mail_server::{MailServer, Point};
use crate::{connections, tries};

const JANE: &str = "jane@globex.example";

#[test]
fn a_daemon_told_to_stop_finishes_the_letter_in_hand() {
    for point in [Point::Mail, Point::Data, Point::Dot, Point::Accepted] {
        let server = MailServer::start();
        let home = Home::new(&server);
        let id = home.approved_letter_to(JANE);
        let (hand_over, handed_over) = mpsc::channel::<Arc<Process>>();
        // The server keeps its answer to itself until the daemon has heard the signal.
        server.at(point.once(), move |_| {
            let daemon = handed_over.recv().unwrap();
            daemon.terminate();
            daemon.wait_for_words("asked to stop");
        });
        let daemon = Arc::new(home.daemon());
        hand_over.send(Arc::clone(&daemon)).unwrap();
        let ended = daemon.wait_for_end();
        assert_eq!(ended.code(), Some(0), "{point:?}: {ended}");
        assert_eq!(home.phase(&id), "sent", "{point:?}");
        home.tick();
        assert_eq!((tries(&server, JANE), server.acceptances_for(JANE)), (1, 1), "{point:?}");
    }
}

#[test]
fn a_daemon_told_to_stop_before_the_claim_leaves_the_letter_for_the_next_one() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let id = home.approved_letter_to(JANE);
    let (hand_over, handed_over) = mpsc::channel::<Arc<Process>>();
    // It does not even wait for the answer to EHLO.
    server.at(Point::Ehlo.once(), move |_| {
        let daemon = handed_over.recv().unwrap();
        daemon.terminate();
        assert_eq!(daemon.wait_for_end().code(), Some(0));
    });
    let daemon = Arc::new(home.daemon());
    hand_over.send(Arc::clone(&daemon)).unwrap();
    daemon.wait_for_end();
    assert_eq!((home.phase(&id).as_str(), tries(&server, JANE)), ("approved", 0));

    home.tick();
    assert_eq!((home.phase(&id).as_str(), server.acceptances_for(JANE)), ("sent", 1));
}

#[test]
fn of_many_letters_a_daemon_told_to_stop_finishes_only_the_one_in_hand() {
    let server = MailServer::start();
    let home = Home::new(&server);
    for _ in 0..3 {
        home.approved_letter_to(JANE);
    }
    let (hand_over, handed_over) = mpsc::channel::<Arc<Process>>();
    server.at(Point::Dot.once(), move |_| {
        let daemon = handed_over.recv().unwrap();
        daemon.terminate();
        daemon.wait_for_words("asked to stop");
    });
    let daemon = Arc::new(home.daemon());
    hand_over.send(Arc::clone(&daemon)).unwrap();
    assert_eq!(daemon.wait_for_end().code(), Some(0));
    assert_eq!(["1", "2", "3"].map(|id| home.phase(id)), ["sent", "approved", "approved"]);
    assert_eq!(tries(&server, JANE), 1);

    home.tick();
    assert_eq!((tries(&server, JANE), server.acceptances_for(JANE)), (3, 3));
}

#[test]
fn nobody_else_sends_while_a_letter_is_in_hand() {
    let server = MailServer::start();
    let home = Arc::new(Home::new(&server));
    let id = home.approved_letter_to(JANE);
    let another = Arc::clone(&home);
    server.at(Point::Dot.once(), move |_| {
        let tick = another.tick();
        assert_eq!(tick.code, 7, "{}", tick.stderr);
        let recalled = another.run(&["recall", "1"]);
        assert_eq!(recalled.code, 4, "{}", recalled.stderr);
    });
    home.must(&["tick"]);
    assert_eq!((home.phase(&id).as_str(), server.acceptances_for(JANE)), ("sent", 1));
    assert_eq!(connections(&server), 1);
}

#[test]
fn a_daemon_sends_what_is_approved_while_it_runs() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let daemon = home.daemon();
    daemon.wait_for_words("watching");
    home.add(JANE);
    assert!(server.wait_for_accepted(1, DEADLINE), "the ask");
    home.must(&["approve", "1"]);
    assert!(server.wait_until(|seen| seen.acceptances_for(JANE) == 1, DEADLINE), "the letter");
    daemon.terminate();
    assert_eq!(daemon.wait_for_end().code(), Some(0));
    assert_eq!((home.phase("1").as_str(), tries(&server, JANE)), ("sent", 1));
}

//! A database that another program locks for long: waited for, said once, and by the commands kindly.

use std::sync::mpsc;

use rusqlite::Connection;

use super::*;

/// Another program that writes, and takes its time.
fn lock(home: &Home) -> Connection {
    let other = Connection::open(home.folder().join("followup.db")).unwrap();
    other.busy_timeout(DEADLINE).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    other
}

/// A person who decides something is told what is in the way, each time after a while: the daemon has run into the
/// lock once more by then.
fn refused_twice(home: &Home) {
    for _ in 0..2 {
        let noted = home.run(&["note", "1", "a word"]);
        assert_eq!(noted.code, 1, "{noted:?}");
        assert!(noted.stderr.contains("locked by another program"), "{noted:?}");
        assert!(noted.stderr.contains("close the program that is writing to it"), "{noted:?}");
    }
}

#[test]
fn a_lock_is_waited_for_however_often_it_is_run_into_and_said_once() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let daemon = idle(&home);
    let other = lock(&home);
    other
        .execute_batch(
            "INSERT INTO applications (company, position, contact_email) VALUES ('Globex', 'Analyst', 'jane@globex.example');
             INSERT INTO interviews (application_id, held_on, promised_on)
                 VALUES (1, date('now', '-16 days'), date('now', '-13 days'));
             COMMIT; BEGIN IMMEDIATE",
        )
        .unwrap();
    daemon.wait_for_words("nothing can be recorded");
    // Who only looks is served; who decides is told what is in the way.
    assert!(home.must(&["status"]).contains("The daemon can record nothing"));
    refused_twice(&home);
    assert_eq!(server.accepted().len(), 0);

    drop(other);
    assert!(server.wait_for_accepted(1, DEADLINE), "the ask");
    daemon.wait_for_words("recorded again");
    assert_eq!(said(&daemon, "nothing can be recorded"), 1, "{:?}", daemon.log());
    assert!(!home.must(&["status"]).contains("can record nothing"));
}

#[test]
fn what_the_server_said_waits_for_the_lock_and_that_is_said_once() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let id = home.approved_letter_to(JANE);
    let (hand_over, locked) = mpsc::channel();
    let folder = home.folder().to_owned();
    server.at(Point::Dot.once(), move |_| {
        let other = Connection::open(folder.join("followup.db")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        hand_over.send(other).unwrap();
    });
    let daemon = home.daemon();
    let other = locked.recv().unwrap();
    daemon.wait_for_words("waiting to record");
    refused_twice(&home);
    // Told to stop, it still knows what nobody else does.
    daemon.terminate();
    daemon.wait_for_words("asked to stop");
    drop(other);
    assert_eq!(daemon.wait_for_end().code(), Some(0));
    assert_eq!((home.phase(&id).as_str(), server.acceptances_for(JANE)), ("sent", 1));
    assert_eq!(said(&daemon, "waiting to record"), 1, "{:?}", daemon.log());
}

#[test]
fn a_daemon_that_is_started_on_a_locked_database_waits_for_it_and_can_be_told_to_stop() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.add(JANE);
    // So that starting has something to write.
    home.sql("UPDATE health SET rests_until = 4102444800000, failures = 1, why = 'x' WHERE part = 'mail'");
    let other = lock(&home);
    let daemon = home.daemon();
    daemon.wait_for_words("nothing can be recorded");
    daemon.terminate();
    assert_eq!(daemon.wait_for_end().code(), Some(0));
    let daemon = home.daemon();
    daemon.wait_for_words("nothing can be recorded");
    drop(other);
    assert!(server.wait_for_accepted(1, DEADLINE), "the ask");
    assert_eq!(said(&daemon, "nothing can be recorded"), 1, "{:?}", daemon.log());
}

//! A disk that fills up under the daemon, and has room again: nothing goes out that cannot be recorded, nothing is
//! lost, and it goes on by itself. The limit on the size of a file (`prlimit`) stands for the full disk.

use std::process::Command;
use std::sync::{Arc, mpsc};

use super::*;

/// Takes the daemon no file of more than `bytes`: a write beyond fails, as on a full disk.
fn limit(daemon: u32, bytes: &str) {
    let limit = format!("--fsize={bytes}:");
    assert!(Command::new("prlimit").args(["--pid", &daemon.to_string(), &limit]).status().unwrap().success());
}

/// The daemon, to which a write beyond the limit is an error instead of its end.
fn daemon(home: &Home) -> Process {
    home.daemon_through(&["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"])
}

/// What it may still write: the lock file, and not the database.
const FULL: &str = "4096";
const ROOM: &str = "unlimited";

#[test]
fn a_daemon_whose_disk_is_full_sends_nothing_says_so_once_and_goes_on_when_there_is_room() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.must(&["list"]);
    let daemon = daemon(&home);
    daemon.wait_for_words("watching");
    limit(daemon.id(), FULL);
    let id = home.approved_letter_to(JANE);
    daemon.wait_for_words("nothing can be recorded");
    for command in [&["list"][..], &["show", &id], &["status"], &[]] {
        let said = home.must(command).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("The daemon can record nothing, so that it sends nothing: the database: "), "{said}");
    }
    assert!(home.json(&["status"])["daemon"]["stuck"].as_str().unwrap().contains("disk"));
    // It looks again, and again.
    let looks = "UPDATE applications SET company = company";
    (0..3).for_each(|_| home.sql(looks));
    assert_eq!(home.phase(&id), "approved");
    assert!(server.log().is_empty(), "{}", server.transcript());

    limit(daemon.id(), ROOM);
    assert!(server.wait_for_accepted(1, DEADLINE), "{}", server.transcript());
    daemon.wait_for_words("recorded again");
    assert_eq!(said(&daemon, "nothing can be recorded"), 1, "{:?}", daemon.log());
    assert_eq!((home.phase(&id).as_str(), server.acceptances_for(JANE)), ("sent", 1));
    assert!(!home.must(&["list"]).contains("can record nothing"));
    daemon.terminate();
    assert_eq!(daemon.wait_for_end().code(), Some(0));
}

/// A daemon whose disk fills up when the server reaches `point` with the first letter or ask in its hand.
fn full_at(server: &MailServer, point: Point, home: &Home) -> Arc<Process> {
    let (hand_over, handed_over) = mpsc::channel::<Arc<Process>>();
    server.at(point.once(), move |_| limit(handed_over.recv().unwrap().id(), FULL));
    let daemon = Arc::new(daemon(home));
    hand_over.send(Arc::clone(&daemon)).unwrap();
    daemon
}

#[test]
fn a_disk_that_fills_up_between_the_claim_and_the_outcome_is_waited_for() {
    for (address, phase) in
        [(JANE, "sent"), ("drop-after-dot@globex.example", "uncertain"), ("550-at-rcpt@globex.example", "failed")]
    {
        let server = MailServer::start();
        let home = Home::new(&server);
        let id = home.approved_letter_to(address);
        let daemon = full_at(&server, Point::Mail, &home);
        daemon.wait_for_words("waiting to record");
        assert_eq!(home.phase(&id), "sending", "{address}");

        limit(daemon.id(), ROOM);
        has_looked(&home, &server);
        assert_eq!(home.phase(&id), phase, "{address}");
        assert_eq!(said(&daemon, "waiting to record"), 1, "{address}: {:?}", daemon.log());
        daemon.terminate();
        assert_eq!(daemon.wait_for_end().code(), Some(0), "{address}");
        home.must(&["tick"]);
        let named = format!("RCPT TO:<{address}>");
        assert_eq!(server.log().iter().filter(|line| line.text.starts_with(&named)).count(), 1, "{address}");
    }
}

#[test]
fn a_daemon_that_is_told_to_stop_on_a_full_disk_leaves_the_letter_uncertain_and_it_is_not_sent_twice() {
    for is_killed in [false, true] {
        let server = MailServer::start();
        let home = Home::new(&server);
        let id = home.approved_letter_to(JANE);
        let daemon = full_at(&server, Point::Dot, &home);
        daemon.wait_for_words("waiting to record");
        if is_killed {
            daemon.kill();
        } else {
            daemon.terminate();
            // It cannot wait for a person who does not know of it.
            assert_eq!(daemon.wait_for_end().code(), Some(0));
            assert_eq!(said(&daemon, "nothing can be recorded"), 1, "{:?}", daemon.log());
        }
        assert_eq!(home.phase(&id), "sending");
        for _ in 0..3 {
            home.must(&["tick"]);
        }
        assert_eq!((home.phase(&id).as_str(), server.acceptances_for(JANE)), ("uncertain", 1));
        assert_eq!(server.accepted().iter().filter(|mail| mail.recipients == [ME]).count(), 1, "told once");
    }
}

#[test]
fn a_letter_in_the_hand_of_a_process_that_died_is_uncertain_once_there_is_room_to_record_it_and_that_is_said_once() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let id = home.approved_letter_to(JANE);
    let daemon = full_at(&server, Point::Dot, &home);
    daemon.wait_for_words("waiting to record");
    daemon.kill();
    let daemon = home.daemon_through(&["sh", "-c", "trap '' XFSZ; ulimit -S -f 4; exec \"$@\"", "sh"]);
    daemon.wait_for_words("nothing can be recorded");
    assert_eq!((home.phase(&id).as_str(), server.acceptances_for(JANE)), ("sending", 1));
    limit(daemon.id(), ROOM);
    daemon.wait_for_words("told the person");
    assert_eq!(said(&daemon, "was in hand when"), 1, "{:?}", daemon.log());
    assert_eq!((home.phase(&id).as_str(), server.acceptances_for(JANE)), ("uncertain", 1));
}

#[test]
fn a_disk_that_fills_up_while_the_person_is_told_does_not_have_them_told_again_and_again() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.add(JANE);
    let daemon = full_at(&server, Point::Dot, &home);
    daemon.wait_for_words("waiting to record");
    limit(daemon.id(), ROOM);
    has_looked(&home, &server);
    assert_eq!(server.accepted().len(), 2, "{}", server.transcript());
}

#[test]
fn a_login_that_is_refused_while_the_disk_is_full_is_not_tried_again_and_again() {
    let credentials = Some(("ada".to_owned(), "secret".to_owned()));
    let server = MailServer::with(Behaviour { credentials, ..Behaviour::default() });
    let home = Home::new(&server);
    home.set("smtp.username", "ada");
    home.set("smtp.password", "wrong");
    home.approved_letter_to(JANE);
    let daemon = full_at(&server, Point::Auth, &home);
    daemon.wait_for_words("waiting to record");
    limit(daemon.id(), ROOM);
    home.set("smtp.password", "secret");
    assert!(server.wait_for_accepted(1, DEADLINE), "{}", server.transcript());
    let logins = server.log().iter().filter(|line| line.kind == Kind::Command && line.text.starts_with("AUTH")).count();
    assert_eq!(logins, 2, "{}", server.transcript());
    // Once when it was refused, and once when that was recorded.
    assert!(said(&daemon, "the mail account is refused") <= 2, "{:?}", daemon.log());
}

#[test]
fn a_daemon_that_is_started_on_a_full_disk_waits_for_room() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.add(JANE);
    let script = "trap '' XFSZ; ulimit -S -f 4; exec \"$@\"";
    let daemon = home.daemon_through(&["sh", "-c", script, "sh"]);
    daemon.wait_for_words("nothing can be recorded");
    limit(daemon.id(), ROOM);
    assert!(server.wait_for_accepted(1, DEADLINE), "the ask");
    assert_eq!(said(&daemon, "nothing can be recorded"), 1, "{:?}", daemon.log());
}

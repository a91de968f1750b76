//! SIGTERM at every moment: it ends at once where nothing is in hand, and finishes the letter that is.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, mpsc};

use super::*;

fn server_with_login() -> MailServer {
    let credentials = Some(("ada".to_owned(), "secret".to_owned()));
    MailServer::with(Behaviour { credentials, ..Behaviour::default() })
}

fn log_in(home: &Home) {
    home.set("smtp.username", "ada");
    home.set("smtp.password", "secret");
}

/// Starts the daemon, and tells it to stop when the server first reaches `point`. The server answers once the daemon
/// has heard it, and if it `waits`, not before it has ended.
fn stopped_at(server: &MailServer, point: Point, home: &Home, waits: bool) {
    let (hand_over, handed_over) = mpsc::channel::<Arc<Process>>();
    server.at(point.once(), move |_| {
        let daemon = handed_over.recv().unwrap();
        daemon.terminate();
        daemon.wait_for_words("asked to stop");
        if waits {
            assert_eq!(daemon.wait_for_end().code(), Some(0), "{point:?}");
        }
    });
    let daemon = Arc::new(home.daemon());
    hand_over.send(Arc::clone(&daemon)).unwrap();
    assert_eq!(daemon.wait_for_end().code(), Some(0), "{point:?}: {:?}", daemon.log());
}

#[test]
fn before_the_claim_it_ends_without_waiting_for_the_server_and_the_next_start_sends() {
    for point in [Point::Connected, Point::Ehlo, Point::Auth] {
        let server = server_with_login();
        let home = Home::new(&server);
        log_in(&home);
        let id = home.approved_letter_to(JANE);
        stopped_at(&server, point, &home, true);
        assert_eq!((home.phase(&id).as_str(), server.acceptances_for(JANE)), ("approved", 0), "{point:?}");
        assert_eq!(home.json(&["status"])["mail"]["works"], true, "{point:?}: nothing failed");
        home.must(&["tick"]);
        assert_eq!((home.phase(&id).as_str(), server.acceptances_for(JANE)), ("sent", 1), "{point:?}");
    }
}

#[test]
fn with_the_letter_in_hand_it_finishes_it_and_records_what_became_of_it() {
    use Point::*;
    let outcomes =
        [(JANE, "sent"), ("550-at-rcpt@globex.example", "failed"), ("450-at-rcpt@globex.example", "approved")];
    let later =
        [(JANE, "sent"), ("554-after-dot@globex.example", "failed"), ("drop-after-dot@globex.example", "uncertain")];
    let in_hand =
        [Mail, Rcpt].map(|point| (point, outcomes)).into_iter().chain([Data, Body, Dot].map(|point| (point, later)));
    for (point, outcomes) in in_hand {
        for (address, phase) in outcomes {
            let server = server_with_login();
            let home = Home::new(&server);
            log_in(&home);
            let id = home.approved_letter_to(address);
            stopped_at(&server, point, &home, false);
            assert_eq!(home.phase(&id), phase, "{point:?}, {address}");
            assert_eq!(
                server.accepted().iter().filter(|mail| mail.recipients == [ME]).count(),
                0,
                "told by the next one"
            );
        }
    }
}

#[test]
fn when_the_server_has_answered_the_outcome_is_recorded_and_it_ends() {
    for point in [Point::Accepted, Point::Answered, Point::Quit] {
        let server = server_with_login();
        let home = Home::new(&server);
        log_in(&home);
        let id = home.approved_letter_to(JANE);
        stopped_at(&server, point, &home, false);
        assert_eq!((home.phase(&id).as_str(), server.acceptances_for(JANE)), ("sent", 1), "{point:?}");
    }
}

#[test]
fn while_it_tells_the_person_it_ends_at_once_and_tells_them_after_the_next_start() {
    use Point::*;
    for (point, mails) in
        [(Connected, 1), (Ehlo, 1), (Auth, 1), (Mail, 1), (Rcpt, 1), (Data, 1), (Dot, 2), (Accepted, 2)]
    {
        let server = server_with_login();
        let home = Home::new(&server);
        log_in(&home);
        let id = home.add(JANE);
        stopped_at(&server, point, &home, true);
        home.must(&["tick"]);
        home.must(&["tick"]);
        assert_eq!((home.phase(&id).as_str(), server.accepted().len()), ("waiting", mails), "{point:?}");
    }
}

#[test]
fn while_it_waits_for_tls_it_ends_at_once() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let home = Home::at_port(listener.local_addr().unwrap().port());
    for tls in ["implicit", "starttls"] {
        home.set("smtp.tls", tls);
        home.set("smtp.username", "ada");
        home.set("smtp.password", "secret");
        home.approved_letter_to(JANE);
        let daemon = home.daemon();
        let (mut stream, _) = listener.accept().unwrap();
        if tls == "starttls" {
            stream.write_all(b"220 hello\r\n").unwrap();
        }
        // It has begun to speak: a handshake, or EHLO.
        assert_eq!(stream.read(&mut [0]).unwrap(), 1);
        if tls == "starttls" {
            let mut line = String::new();
            let mut lines = BufReader::new(stream.try_clone().unwrap());
            lines.read_line(&mut line).unwrap();
            stream.write_all(b"250-hello\r\n250 STARTTLS\r\n").unwrap();
            lines.read_line(&mut line).unwrap();
            stream.write_all(b"220 go ahead\r\n").unwrap();
            assert_eq!(lines.read(&mut [0]).unwrap(), 1, "the handshake");
        }
        daemon.terminate();
        assert_eq!(daemon.wait_for_end().code(), Some(0), "{tls}: {:?}", daemon.log());
        assert_eq!(home.json(&["status"])["mail"]["works"], true, "{tls}");
    }
}

#[test]
fn while_a_program_is_to_print_the_password_it_ends_at_once_and_ends_that_too() {
    let server = server_with_login();
    let home = Home::new(&server);
    let (begun, go_on) = (home.folder().join("begun"), home.folder().join("go-on"));
    for fifo in [&begun, &go_on] {
        assert!(std::process::Command::new("mkfifo").arg(fifo).status().unwrap().success());
    }
    let script =
        format!("exec 3>{}; echo begun >&3; read word <{}; echo survived >&3", begun.display(), go_on.display());
    home.set("smtp.username", "ada");
    home.set("smtp.password_command", toml::Value::from(vec!["sh", "-c", script.as_str()]));
    let id = home.approved_letter_to(JANE);
    let daemon = home.daemon();
    let mut program = BufReader::new(std::fs::File::open(&begun).unwrap()).lines();
    assert_eq!(program.next().unwrap().unwrap(), "begun");
    daemon.terminate();
    assert_eq!(daemon.wait_for_end().code(), Some(0));
    // Open for both, so that it does not wait for somebody who reads.
    let mut other_end = std::fs::OpenOptions::new().read(true).write(true).open(&go_on).unwrap();
    other_end.write_all(b"word\n").unwrap();
    assert!(program.next().is_none(), "it lives on without anybody to read what it prints");
    assert_eq!((home.phase(&id).as_str(), server.acceptances_for(JANE)), ("approved", 0));
}

//! The daemon as a service: what it tells systemd, what a reload does, and what its log says.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::os::unix::net::UnixDatagram;

use serde_json::Value;
use support::home::{DEADLINE, Home};
use support::mail_server::{Behaviour, MailServer};

const JANE: &str = "jane@globex.example";

/// systemd's end of `NOTIFY_SOCKET`.
struct Manager {
    socket: UnixDatagram,
    heard: Vec<String>,
}

impl Manager {
    fn of(home: &Home) -> Self {
        let socket = UnixDatagram::bind(home.folder().join("notify")).unwrap();
        socket.set_read_timeout(Some(DEADLINE)).unwrap();
        Self { socket, heard: Vec::new() }
    }

    /// Waits until the daemon says `line`.
    fn waits_for(&mut self, line: &str) {
        let mut message = [0; 4096];
        while !self.heard.iter().any(|heard| heard == line) {
            let length = self.socket.recv(&mut message).unwrap_or_else(|_| panic!("no {line} in {:?}", self.heard));
            let text = String::from_utf8(message[..length].to_vec()).unwrap();
            self.heard.extend(text.lines().map(str::to_owned));
        }
    }
}

#[test]
fn systemd_hears_when_it_is_ready_that_it_lives_how_things_stand_and_when_it_stops() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let mut manager = Manager::of(&home);
    let daemon = home.daemon_with(&[("NOTIFY_SOCKET", home.folder().join("notify").as_os_str())]);
    manager.waits_for("READY=1");
    assert!(!manager.heard.contains(&"WATCHDOG=1".to_owned()), "ready comes first: {:?}", manager.heard);
    manager.waits_for("WATCHDOG=1");
    manager.waits_for("STATUS=nothing to do");
    daemon.terminate();
    manager.waits_for("STOPPING=1");
    assert!(daemon.wait_for_end().success());
}

#[test]
fn a_daemon_that_cannot_start_never_says_that_it_is_ready() {
    let home = Home::new(&MailServer::start());
    home.set("smtp.tls", "perhaps");
    let manager = Manager::of(&home);
    let daemon = home.daemon_with(&[("NOTIFY_SOCKET", home.folder().join("notify").as_os_str())]);
    // Exit 5: the unit does not start it again before somebody has looked.
    assert_eq!(daemon.wait_for_end().code(), Some(5));
    manager.socket.set_nonblocking(true).unwrap();
    assert!(manager.socket.recv(&mut [0; 64]).is_err());
}

#[test]
fn a_reload_tries_a_refused_account_again_at_once() {
    let ours = Some(("ada".to_owned(), "secret".to_owned()));
    let theirs = Some(("ada".to_owned(), "not yet known to the server".to_owned()));
    let server = MailServer::with(Behaviour { credentials: theirs, ..Behaviour::default() });
    let home = Home::new(&server);
    home.set("smtp.username", "ada");
    home.set("smtp.password", "secret");
    let id = home.approved_letter_to(JANE);
    let daemon = home.daemon();
    daemon.wait_for_words("the mail account is refused");
    server.behave(Behaviour { credentials: ours, ..Behaviour::default() });
    daemon.signal("HUP");
    daemon.wait_for_words("asked to read the settings again");
    assert!(server.wait_for_accepted(1, DEADLINE), "{}", server.transcript());
    daemon.wait_for_words(&format!("application {id}: sent"));
}

#[test]
fn a_line_of_the_log_says_what_happened_to_which_application_and_names_nobody() {
    let server = MailServer::start();
    let home = Home::new(&server);
    for address in [JANE, "451-at-rcpt@globex.example", "550-at-rcpt@globex.example", "drop-after-dot@globex.example"] {
        home.approved_letter_to(address);
    }
    home.add("peter@initech.example");
    let daemon = home.daemon();
    daemon.wait_for_words("told the person");
    daemon.terminate();
    daemon.wait_for_end();
    let log = daemon.said();
    for (words, level) in [
        ("application 1: sending", "INFO"),
        ("application 1: sent", "INFO"),
        ("application 2: not sent, will be tried again: the recipient: 451", "WARN"),
        ("application 3: refused by the server: 550", "WARN"),
        ("application 4: it may or may not have arrived:", "WARN"),
        ("application 5: composed", "INFO"),
    ] {
        let line = log.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("no {words:?} in\n{log}"));
        assert!(line.contains(level), "{line}");
    }
    for name in ["jane", "Jane", "peter", "ada@", "Analyst", "-rcpt@", "Dear"] {
        assert!(!log.contains(name), "{name} in\n{log}");
    }
}

#[test]
fn as_json_each_line_has_its_application_its_follow_up_and_its_phase() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let id = home.approved_letter_to(JANE);
    home.add("peter@initech.example");
    let daemon = home.daemon_with(&[("FOLLOWUP__LOG__FORMAT", "json".as_ref())]);
    daemon.wait_for_words("told the person");
    daemon.terminate();
    daemon.wait_for_end();
    let lines: Vec<Value> = daemon.said().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let line = |message: &str| {
        let found = lines.iter().find(|line| line["fields"]["message"] == message);
        found.unwrap_or_else(|| panic!("no {message:?} in {lines:#?}"))
    };
    let sent = line(&format!("application {id}: sent"));
    assert_eq!((&sent["fields"]["phase"], &sent["span"]["name"]), (&"sent".into(), &"send".into()));
    assert_eq!((&sent["span"]["application"], &sent["span"]["followup"]), (&1.into(), &1.into()));
    let composed = line("application 2: composed");
    let fields = ["application", "followup", "phase"].map(|name| composed["fields"][name].to_string());
    assert_eq!(fields, ["2", "2", "\"waiting\""]);
}

#[test]
fn a_journal_that_standard_error_does_not_go_to_is_left_alone() {
    let home = Home::new(&MailServer::start());
    // The variable is handed on to whatever a service starts, with another standard error, too.
    let daemon = home.daemon_with(&[("JOURNAL_STREAM", "1:2".as_ref())]);
    daemon.wait_for_words("watching");
    daemon.terminate();
    daemon.wait_for_end();
}

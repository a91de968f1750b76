//! The daemon and the other programs around it: locks, wake-ups, clocks, full disks.

use super::*;

#[test]
fn one_process_at_a_time_works_on_a_database_and_status_knows_it() {
    let home = home();
    assert_eq!(home.json(&["status"])["daemon"]["running"], false);
    let daemon = home.daemon();
    daemon.wait_for_words("watching");
    assert_eq!(home.run(&["daemon"]).code, 7);
    assert_eq!(home.run(&["tick"]).code, 7);
    assert_eq!(home.json(&["status"])["daemon"]["running"], true);
    daemon.terminate();
    assert!(daemon.wait_for_end().success());
    assert_eq!(home.json(&["status"])["daemon"]["running"], false);
    home.must(&["tick"]);
    // For whoever has cron do it, this is how it should be.
    assert!(home.must(&["status"]).starts_with("Daemon: not running; followup tick looked "));
}

#[test]
fn a_tick_that_cannot_reach_the_server_says_so_loses_nothing_and_every_command_tells() {
    let home = home();
    let id = home.approved_letter_to(JANE);
    let ran = home.tick();
    assert_eq!(ran.code, 6, "{}", ran.stderr);
    assert_eq!(home.phase(&id), "approved");
    for command in [&["list"][..], &["show", &id], &["status"], &[]] {
        assert!(home.must(command).contains("Mail cannot be sent now"), "{command:?}");
    }
    assert_eq!(home.json(&["status"])["mail"]["works"], false);
}

#[test]
fn what_another_program_writes_while_the_daemon_runs_takes_effect_at_once() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.must(&["list"]);
    let daemon = home.daemon();
    daemon.wait_for_words("watching");
    home.sql(
        "INSERT INTO applications (company, position, contact_name, contact_email)
             VALUES ('Globex', 'Analyst', 'Jane Doe', 'jane@globex.example');
         INSERT INTO interviews (application_id, held_on, promised_on)
             VALUES (1, date('now', '-16 days'), date('now', '-13 days'));",
    );
    assert!(server.wait_for_accepted(1, DEADLINE), "the ask");
    assert_eq!(server.accepted()[0].recipients, [ME]);
    // Approved, but closed by another program before it goes: it never does, and the next one does.
    home.must(&["draft", "1"]);
    home.set("sending.grace", "0s");
    home.sql("UPDATE applications SET status = 'closed'");
    home.sql(
        "INSERT INTO applications (company, position, contact_email) VALUES ('Initech', 'Tester', 'bill@initech.example');
         INSERT INTO interviews (application_id, held_on, promised_on)
             VALUES (2, date('now', '-16 days'), date('now', '-13 days'));",
    );
    assert!(server.wait_for_accepted(2, DEADLINE), "the second ask");
    assert_eq!(home.run(&["approve", "1"]).code, 3);
    home.must(&["draft", "2"]);
    home.must(&["approve", "2"]);
    assert!(server.wait_for_accepted(3, DEADLINE), "the letter");
    assert_eq!(server.accepted()[2].recipients, ["bill@initech.example", ME]);
    assert_eq!(server.acceptances_for(JANE), 0);
}

#[test]
fn a_writer_that_keeps_its_connection_open_wakes_the_daemon_too() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.must(&["list"]);
    let daemon = home.daemon();
    daemon.wait_for_words("watching");
    let other = rusqlite::Connection::open(home.folder().join("followup.db")).unwrap();
    other
        .execute_batch(
            "BEGIN;
             INSERT INTO applications (company, position, contact_email) VALUES ('Globex', 'Analyst', 'jane@globex.example');
             INSERT INTO interviews (application_id, held_on, promised_on)
                 VALUES (1, date('now', '-16 days'), date('now', '-13 days'));
             COMMIT;",
        )
        .unwrap();
    assert!(server.wait_for_accepted(1, DEADLINE), "the ask");
    drop(other);
}

#[test]
fn a_log_that_cannot_be_written_keeps_no_letter_back() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let id = home.approved_letter_to(JANE);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    assert!(bare(home.folder()).arg("tick").stderr(full).status().unwrap().success());
    assert_eq!((home.phase(&id).as_str(), server.acceptances_for(JANE)), ("sent", 1));
}

#[test]
fn first_commands_at_the_same_moment_all_find_a_database() {
    for _ in 0..5 {
        let home = home();
        let begin = || bare(home.folder()).arg("list").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let children: Vec<_> = (0..4).map(|_| begin()).collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

#[test]
fn settings_that_change_while_the_daemon_runs_are_followed_and_bad_ones_are_not() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.add(JANE);
    let daemon = home.daemon();
    assert!(server.wait_for_accepted(1, DEADLINE), "the ask");
    home.set("sending.grace", "soon");
    daemon.wait_for_words("going on with those before");
    home.set("sending.grace", "0s");
    home.set("me.phone", "+44 20 7946 0000");
    assert!(server.wait_for_accepted(2, DEADLINE), "asked anew, with the number");
    assert!(String::from_utf8_lossy(&server.accepted()[1].data).contains("+44 20 7946 0000"));
    home.must(&["draft", "1"]);
    home.must(&["approve", "1"]);
    assert!(server.wait_for_accepted(3, DEADLINE), "the letter");
    assert_eq!(server.acceptances_for(JANE), 1);
}

#[test]
fn a_hangup_without_a_terminal_is_no_reason_to_stop() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.must(&["list"]);
    let daemon = home.daemon();
    daemon.wait_for_words("watching");
    daemon.signal("HUP");
    home.add(JANE);
    assert!(server.wait_for_accepted(1, DEADLINE), "it works on");
    daemon.terminate();
    assert!(daemon.wait_for_end().success());
}

#[test]
fn what_the_server_said_is_recorded_however_long_another_program_locks_the_database() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let id = home.approved_letter_to(JANE);
    let database = home.folder().join("followup.db");
    let (lock, locked) = std::sync::mpsc::channel();
    server.at(Point::Dot.once(), move |_| {
        let other = rusqlite::Connection::open(&database).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        lock.send(other).unwrap();
    });
    let daemon = home.daemon();
    let other = locked.recv().unwrap();
    daemon.wait_for_words("waiting to record");
    other.execute_batch("ROLLBACK").unwrap();
    daemon.wait_for_words(": sent");
    assert_eq!((home.phase(&id).as_str(), server.acceptances_for(JANE)), ("sent", 1));
}

#[test]
fn a_database_that_is_replaced_under_the_daemon_ends_it() {
    let home = home();
    home.must(&["list"]);
    let daemon = home.daemon();
    daemon.wait_for_words("watching");
    let (database, backup) = (home.folder().join("followup.db"), home.folder().join("backup"));
    std::fs::copy(&database, &backup).unwrap();
    std::fs::rename(&backup, &database).unwrap();
    home.set("me.phone", "1");
    assert_eq!(daemon.wait_for_end().code(), Some(1));
}

#[test]
fn a_clock_that_cannot_be_believed_holds_everything_until_the_person_accepts_it() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let id = home.approved_letter_to(JANE);
    home.sql("INSERT INTO journal (at, who, what) VALUES (unixepoch() * 1000 + 86400000, 'daemon', 'a day ahead')");
    assert_eq!(home.tick().code, 1);
    assert!(home.must(&["list"]).contains("the clock cannot be trusted"));
    assert_eq!(home.run(&["check"]).code, 1);
    assert_eq!((home.phase(&id).as_str(), server.acceptances_for(JANE)), ("approved", 0));
    home.must(&["check", "--accept-clock"]);
    home.must(&["tick"]);
    assert_eq!((home.phase(&id).as_str(), server.acceptances_for(JANE)), ("sent", 1));
}

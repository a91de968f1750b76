//! A database that went back, or was copied to another machine, is noticed even if nothing was sent since: answers may
//! be missing in it.

use std::path::Path;

use followup::config::{Places, load};
use followup::daemon::tick_once;
use followup::world::Stop;

use super::{JANE, back_up, mails_to_me, restore, taken_back};
use crate::support::home::Home;
use crate::support::mail_server::{Behaviour, MailServer};

#[test]
fn an_answer_that_the_copy_does_not_know_of_keeps_the_letter_back_until_a_new_word() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.set("sending.grace", "1h");
    let id = home.approved_letter_to(JANE);
    let copy = back_up(&home);
    home.must(&["tick"]);
    home.must(&["heard", &id, "reply"]);
    home.must(&["tick"]);
    restore(&home, &copy);
    home.set("sending.grace", "0s");
    for _ in 0..3 {
        home.must(&["tick"]);
    }
    assert_eq!((home.phase(&id).as_str(), server.acceptances_for(JANE), taken_back(&server)), ("waiting", 0, 1));
    let mails = mails_to_me(&server);
    assert!(mails[0].contains("not the one that was here last, or an older copy of it. Approvals"), "{mails:?}");
}

#[test]
fn an_older_copy_is_said_first_by_every_command_while_no_mail_gets_through() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.set("sending.grace", "1h");
    home.approved_letter_to(JANE);
    let copy = back_up(&home);
    home.must(&["note", "1", "they called"]);
    home.must(&["tick"]);
    restore(&home, &copy);
    let credentials = Some(("ada".to_owned(), "secret".to_owned()));
    server.behave(Behaviour { credentials, ..Behaviour::default() });
    home.tick();
    for command in [&["list"][..], &["status"], &["show", "1"]] {
        let said = home.must(command);
        let first = said.lines().next().unwrap();
        assert!(first.starts_with("! This database is not the one that was here last"), "{said}");
    }
    server.behave(Behaviour::default());
    home.must(&["check"]);
    home.must(&["tick"]);
    assert_eq!(taken_back(&server), 1);
    assert!(!home.must(&["list"]).contains("This database"));
}

#[test]
fn a_daemon_notices_what_a_daemon_before_it_knew() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.set("sending.grace", "1h");
    let id = home.approved_letter_to(JANE);
    let copy = back_up(&home);
    home.must(&["note", &id, "they called"]);
    for is_restored in [false, true] {
        if is_restored {
            restore(&home, &copy);
        }
        let daemon = home.daemon();
        match is_restored {
            false => daemon.wait_for_words("watching"),
            true => daemon.wait_for_words("told the person"),
        }
        daemon.terminate();
        daemon.wait_for_end();
        let phase = if is_restored { "waiting" } else { "approved" };
        assert_eq!((home.phase(&id).as_str(), taken_back(&server)), (phase, usize::from(is_restored)));
    }
}

/// What was noted between the last look and the backup, and after it, nobody can know.
#[test]
fn a_backup_asks_anew_even_where_no_look_came_after_it() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.set("sending.grace", "0s");
    home.must(&["tick"]);
    let id = home.approved_letter_to(JANE);
    let copy = back_up(&home);
    home.must(&["heard", &id, "reply"]);
    restore(&home, &copy);
    for _ in 0..2 {
        home.must(&["tick"]);
        assert_eq!((home.phase(&id).as_str(), taken_back(&server), server.acceptances_for(JANE)), ("waiting", 1, 0));
    }
}

#[test]
fn a_database_that_went_on_is_no_older_one() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.set("sending.grace", "1h");
    let id = home.approved_letter_to(JANE);
    home.must(&["tick"]);
    back_up(&home);
    home.must(&["tick"]);
    home.must(&["note", &id, "they called"]);
    let gone = home.add("bill@initech.example");
    home.must(&["tick"]);
    home.must(&["forget", &gone, "--yes"]);
    home.must(&["tick"]);
    assert_eq!((home.phase(&id).as_str(), taken_back(&server)), ("approved", 0));
}

/// One look on a machine of that name, or of none.
fn tick_on(home: &Home, name: Option<&str>) {
    let file = home.folder().join("machine-id");
    match name {
        Some(name) => std::fs::write(&file, name).unwrap(),
        None => drop(std::fs::remove_file(&file)),
    }
    let places = Places { machine: Some(file), ..Places::sealed(home.folder()) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = load(&places, &[]).unwrap();
    runtime.block_on(tick_once(config, &places, Stop::switch().1)).unwrap();
}

#[test]
fn a_database_that_was_copied_to_another_machine_asks_anew_there_and_only_there() {
    const HERE: &str = "0123456789abcdef0123456789abcdef\n";
    const THERE: &str = "fedcba9876543210fedcba9876543210\n";
    let server = MailServer::start();
    let (here, there) = (Home::new(&server), Home::new(&server));
    here.set("sending.grace", "1h");
    there.set("sending.grace", "1h");
    let id = here.approved_letter_to(JANE);
    for machine in [Some(HERE), None, Some("uninitialized\n"), Some(""), Some(HERE)] {
        tick_on(&here, machine);
        assert_eq!((here.phase(&id).as_str(), taken_back(&server)), ("approved", 0), "{machine:?}");
    }
    copy_to(&here, there.folder());
    tick_on(&there, Some(THERE));
    tick_on(&there, Some(THERE));
    assert_eq!((there.phase(&id).as_str(), taken_back(&server)), ("waiting", 1));
    let mails = mails_to_me(&server).concat();
    assert!(mails.contains("This database comes from another machine. Approvals were taken back"), "{mails}");
    assert!(mails.contains("Let only one of the two machines go on."), "{mails}");
    tick_on(&here, Some(HERE));
    assert_eq!((here.phase(&id).as_str(), taken_back(&server)), ("approved", 1));
}

fn copy_to(home: &Home, folder: &Path) {
    std::fs::copy(back_up(home), folder.join("followup.db")).unwrap();
}

//! What went out elsewhere counts against the limits.

use super::{JANE, back_up, restore};
use crate::support::home::Home;
use crate::support::mail_server::MailServer;
use crate::support::world::{Program, promised};

const BILL: &str = "bill@initech.example";

/// A program on a copy from before a letter to Jane at Globex went on Monday, 16 November, at 10:00.
fn on_an_older_copy<'a>(home: &'a Home, now: &str) -> Program<'a> {
    let program = Program::start(home, "2026-11-16T10:00Z");
    let copy = back_up(home);
    program.approved(promised("Globex", JANE));
    assert_eq!(program.tick().sent, 1);
    drop(program);
    restore(home, &copy);
    Program::start(home, now)
}

#[test]
fn a_letter_that_went_elsewhere_today_takes_its_place_of_the_day() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.set("sending.per_day", 1);
    let program = on_an_older_copy(&home, "2026-11-16T12:00Z");
    program.approved(promised("Initech", BILL));
    program.ticks_in_vain();
    program.is_at("2026-11-17T00:00Z");
    program.tick();
    assert_eq!(server.acceptances_for(BILL), 1);
}

#[test]
fn a_letter_that_went_elsewhere_to_the_same_employer_keeps_its_distance() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.set("sending.per_employer", "5 business days");
    let program = on_an_older_copy(&home, "2026-11-16T12:00Z");
    let mut other = promised("globex", "hank@globex.example");
    other.position = "Planner".to_owned();
    let id = program.approved(other);
    program.ticks_in_vain();
    program.is_at("2026-11-20T23:59Z");
    program.ticks_in_vain();
    assert_eq!(program.phase(id), "approved");
    program.is_at("2026-11-23T09:00Z");
    program.tick();
    assert_eq!(server.acceptances_for("hank@globex.example"), 1);
}

#[test]
fn a_letter_over_which_the_machine_slept_keeps_its_distance_from_when_it_left() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.set("sending.per_employer", "5 business days");
    let program = Program::start(&home, "2026-11-16T10:00Z");
    let copy = back_up(&home);
    program.approved(promised("Globex", JANE));
    assert_eq!(program.tick().sent, 1);
    drop(program);
    restore(&home, &copy);
    // Claimed on Monday, taken on Tuesday.
    let file = home.folder().join("followup.db.sent");
    let noted = std::fs::read_to_string(&file).unwrap();
    let (before, end) = noted.rsplit_once("2026-11-16T10:00:00Z").unwrap();
    assert!(before.contains("\"ended\""), "{noted}");
    std::fs::write(&file, [before, "2026-11-17T00:30:00Z", end].concat()).unwrap();
    let program = Program::start(&home, "2026-11-17T12:00Z");
    let mut other = promised("globex", "hank@globex.example");
    other.position = "Planner".to_owned();
    program.approved(other);
    program.is_at("2026-11-23T23:59Z");
    program.ticks_in_vain();
    program.is_at("2026-11-24T09:00Z");
    program.tick();
    assert_eq!(server.acceptances_for("hank@globex.example"), 1);
}

#[test]
fn what_is_forgotten_names_no_employer_any_more() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = on_an_older_copy(&home, "2026-11-16T12:00Z");
    let id = program.add(promised("Globex", JANE));
    program.tick();
    let employers = |home: &Home| -> String {
        let database = rusqlite::Connection::open(home.folder().join("followup.db")).unwrap();
        database.query_row("SELECT group_concat(employer) FROM claims", [], |row| row.get(0)).unwrap()
    };
    assert_eq!(employers(&home), "globex");
    program.person().at_desk(|desk| desk.forget(id)).unwrap();
    assert_eq!(employers(&home), "");
}

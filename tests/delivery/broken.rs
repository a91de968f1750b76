//! A table that cannot be read, or not be written, from some moment of a conversation on: the look ends with an error
//! and no panic; and once that is mended, the letter was taken once at most, and nothing is silent.

use jiff::SignedDuration;

use crate::mails_to_me;
use crate::support::home::{Home, ME};
use crate::support::mail_server::{Behaviour, Fault, MailServer, Point};
use crate::support::world::{Program, promised};

const JANE: &str = "jane@globex.example";
const TABLES: [&str; 8] = ["applications", "interviews", "cases", "followups", "claims", "journal", "health", "meta"];
const A_QUARTER: SignedDuration = SignedDuration::from_mins(15);

/// What breaks each table, and what mends it, as SQL.
fn faults() -> Vec<(String, String)> {
    // Views and triggers are not looked through for the table's name.
    let rename =
        |one: &str, other: &str| format!("PRAGMA legacy_alter_table = ON; ALTER TABLE {one} RENAME TO {other}");
    let unreadable = TABLES.map(|table| (rename(table, "broken"), rename("broken", table)));
    let unwritable = TABLES.map(|table| {
        let refuse = |what: &str| {
            format!("CREATE TRIGGER broken_{what} BEFORE {what} ON {table} BEGIN SELECT RAISE(ABORT, 'broken'); END;")
        };
        let mend = ["INSERT", "UPDATE", "DELETE"].map(|what| format!("DROP TRIGGER broken_{what};")).concat();
        (["INSERT", "UPDATE", "DELETE"].map(refuse).concat(), mend)
    });
    [unreadable, unwritable].concat()
}

/// The two of Globex (approved) and Initech (to be asked for), or Initech alone.
fn begin<'a>(home: &'a Home, is_approved: bool) -> Program<'a> {
    let program = Program::start(home, "2026-11-16T10:00Z");
    if is_approved {
        program.approved(promised("Globex", JANE));
    }
    program.add(promised("Initech", "bill@initech.example"));
    program
}

/// Breaks a table when `server` reaches `point`, and mends it after that look. Then all is well for two hours.
fn breaks_at<'a>(
    point: Point,
    program: Program<'a>,
    server: &MailServer,
    home: &'a Home,
    (fault, mend): &(String, String),
) -> Program<'a> {
    let (person, fault) = (program.person(), fault.clone());
    server.at(point.once(), move |_| person.sql(&fault));
    // What it says of it does not matter: the daemon ends with it, and is started again.
    drop(program.tries_to_tick());
    home.set("me.email", ME);
    let program = program.restart_when(|| home.sql(mend));
    server.behave(Behaviour::default());
    for _ in 0..8 {
        program.passes(A_QUARTER);
        program.tick();
    }
    program
}

/// A letter is sent, and another asked for, while each table breaks when the server `at` that point is reached.
fn sends_while_broken(point: Point, behaviour: &Behaviour, is_back_before: bool) {
    for fault in faults() {
        let server = MailServer::with(behaviour.clone());
        let home = Home::new(&server);
        let program = begin(&home, true);
        if is_back_before {
            program.tick();
            server.behave(Behaviour::default());
            program.passes(A_QUARTER);
        }
        let program = breaks_at(point, program, &server, &home, &fault);
        let (phase, taken) = (program.phase(1), server.acceptances_for(JANE));
        let story = format!("{point:?}, {behaviour:?}: {fault:?}: {phase}, {taken} taken: {}", server.transcript());
        assert!(matches!((phase.as_str(), taken), ("sent", 1) | ("uncertain", 0 | 1)), "{story}");
        let told = mails_to_me(&server).concat();
        assert!(told.contains("Initech") && (phase == "sent" || told.contains("Globex")), "{story}");
    }
}

fn ordinary() -> Behaviour {
    Behaviour::default()
}

fn away() -> Behaviour {
    Behaviour { greeting: Some(Fault::Drop), ..ordinary() }
}

#[test]
fn before_the_claim() {
    sends_while_broken(Point::Connected, &ordinary(), false);
}

#[test]
fn between_the_claim_and_the_answer() {
    sends_while_broken(Point::Accepted, &ordinary(), false);
}

#[test]
fn between_the_letters_and_the_news() {
    sends_while_broken(Point::Quit, &ordinary(), false);
}

#[test]
fn while_the_server_cannot_be_reached() {
    sends_while_broken(Point::Connected, &away(), false);
}

#[test]
fn when_the_server_is_back() {
    sends_while_broken(Point::Connected, &away(), true);
}

#[test]
fn while_the_account_is_refused() {
    sends_while_broken(Point::Mail, &Behaviour { mail: Some(Fault::Reply(550)), ..ordinary() }, false);
}

/// The person is told, at the address `me`, while each table breaks.
fn tells_while_broken(point: Point, behaviour: &Behaviour, me: &str, is_refused_before: bool) {
    for fault in faults() {
        for more in [0, 1] {
            let server = MailServer::with(behaviour.clone());
            let home = Home::new(&server);
            home.set("me.email", if is_refused_before { REFUSED } else { me });
            let mut program = begin(&home, false);
            if more == 1 {
                program.add(promised("Hooli", JANE));
            }
            if is_refused_before {
                program.tick();
                home.set("me.email", me);
                program = program.restart();
                program.passes(A_QUARTER);
            }
            let program = breaks_at(point, program, &server, &home, &fault);
            assert_eq!(program.phase(1), "waiting");
            let told = mails_to_me(&server).concat();
            assert!(told.contains("Initech"), "{point:?}, {me}: {fault:?}: {}", server.transcript());
        }
    }
}

const REFUSED: &str = "550-at-rcpt@home.example";

#[test]
fn while_the_person_is_told() {
    tells_while_broken(Point::Accepted, &ordinary(), ME, false);
}

#[test]
fn while_the_person_cannot_be_told() {
    tells_while_broken(Point::Rcpt, &ordinary(), REFUSED, false);
}

#[test]
fn while_the_person_cannot_be_reached() {
    tells_while_broken(Point::Connected, &away(), ME, false);
}

#[test]
fn while_the_person_is_told_one_thing_after_the_other() {
    tells_while_broken(Point::Quit, &ordinary(), "greylist@home.example", false);
}

#[test]
fn when_the_person_can_be_told_again() {
    tells_while_broken(Point::Accepted, &ordinary(), ME, true);
}

//! A table that cannot be read, or not be written, from some moment of a conversation on: the look ends with an error
//! and no panic; and once that is mended, the letter was taken once at most, and nothing is silent.

use jiff::SignedDuration;

use crate::support::home::{Home, ME};
use crate::support::mail_server::{Behaviour, Fault, MailServer, Point};
use crate::support::world::{Program, promised};
use crate::{mails_to_me, server_that};

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

/// A letter to Jane is approved, and one to Bill waits to be asked for; each table breaks when the server `at` that
/// point is reached.
fn breaks_at(point: Point, me: &str, greeting: Option<Fault>) {
    for (fault, mend) in faults() {
        let server = server_that(|it| it.greeting = greeting);
        let home = Home::new(&server);
        home.set("me.email", me);
        let program = Program::start(&home, "2026-11-16T10:00Z");
        program.approved(promised("Globex", JANE));
        program.add(promised("Initech", "bill@initech.example"));
        let person = program.person();
        let breaks = fault.clone();
        server.at(point.once(), move |_| person.sql(&breaks));
        let story = format!("{point:?}, {me}, {greeting:?}: {fault}");
        // What it says of it does not matter: the daemon ends with it, and is started again.
        drop(program.tries_to_tick());
        let program = program.restart_when(|| home.sql(&mend));
        server.behave(Behaviour::default());
        for _ in 0..8 {
            program.passes(A_QUARTER);
            program.tick();
        }
        let (phase, taken) = (program.phase(1), server.acceptances_for(JANE));
        assert!(matches!((phase.as_str(), taken), ("sent", 1) | ("uncertain", 0 | 1)), "{story}: {phase}, {taken}");
        if me == ME {
            let told = mails_to_me(&server).concat();
            assert!(told.contains("Initech"), "{story}: {}", server.transcript());
            assert!(phase == "sent" || told.contains("Globex"), "{story}: {}", server.transcript());
        }
    }
}

#[test]
fn before_the_claim() {
    breaks_at(Point::Connected, ME, None);
}

#[test]
fn between_the_claim_and_the_answer() {
    breaks_at(Point::Accepted, ME, None);
}

#[test]
fn between_the_letters_and_the_news() {
    breaks_at(Point::Quit, ME, None);
}

#[test]
fn while_the_server_cannot_be_reached() {
    breaks_at(Point::Connected, ME, Some(Fault::Drop));
}

/// As above, but there is nothing to send: only the person is told.
fn breaks_while_telling(me: &str) {
    for (fault, mend) in faults() {
        let server = MailServer::start();
        let home = Home::new(&server);
        home.set("me.email", me);
        let program = Program::start(&home, "2026-11-16T10:00Z");
        let person = program.person();
        let breaks = fault.clone();
        program.add(promised("Initech", "bill@initech.example"));
        server.at(Point::Rcpt.once(), move |_| person.sql(&breaks));
        drop(program.tries_to_tick());
        let program = program.restart_when(|| home.sql(&mend));
        home.set("me.email", ME);
        let program = program.restart();
        for _ in 0..8 {
            program.passes(A_QUARTER);
            program.tick();
        }
        assert_eq!(program.phase(1), "waiting");
        assert!(mails_to_me(&server).concat().contains("Initech"), "{me}: {fault}: {}", server.transcript());
    }
}

#[test]
fn while_the_person_is_told() {
    breaks_while_telling(ME);
}

#[test]
fn while_the_person_cannot_be_told() {
    breaks_while_telling("550-at-rcpt@home.example");
}

//! One application in each situation that it can be in, without a mail server: what a server would have said is
//! recorded as the daemon records it.

use followup::core::application::Application;
use followup::core::delivery::Outcome;
use followup::core::followup::Event;
use followup::store::{Store, Who};

use super::shell::Shell;

/// The situations by name; the first ten are the phases and what is near to one.
pub const SITUATIONS: [&str; 14] = [
    "planned",
    "waiting",
    "approved",
    "sending",
    "sent",
    "failed",
    "uncertain",
    "cancelled",
    "closed",
    "answered",
    "held",
    "snoozed",
    "late",
    "over",
];

/// The example application, Globex, in the situation of that name.
pub fn globex(situation: &str) -> Shell {
    let shell = Shell::new();
    if situation == "planned" {
        shell.at("2026-11-10T10:00:00Z");
    }
    shell.add_globex();
    put(&shell, "1", situation);
    shell
}

/// Puts the application `id`, which has just been added and whose letter may go from 16 November on, in the
/// situation of that name.
pub fn put(shell: &Shell, id: &str, situation: &str) {
    let approve = || {
        shell.must(&["draft", id]);
        shell.must(&["approve", id]);
    };
    let send = || {
        approve();
        shell.at("2026-11-16T15:00:00Z");
        claim(shell, id);
    };
    match situation {
        "planned" => {}
        "waiting" => drop(shell.must(&["draft", id])),
        "approved" => approve(),
        "sending" => send(),
        "sent" => {
            send();
            submitted(shell, id, Outcome::Accepted { reply: "250 2.0.0 accepted".to_owned() });
        }
        "failed" => {
            send();
            let reply = "550 5.1.1 <jane@globex.example>: no such mailbox".to_owned();
            submitted(shell, id, Outcome::Rejected { reply });
        }
        "uncertain" => {
            send();
            let why = "the connection was lost after the final dot".to_owned();
            submitted(shell, id, Outcome::Uncertain { why });
        }
        "cancelled" => drop(shell.must(&["reject", id, "--why", "I no longer want it"])),
        "closed" => drop(shell.must(&["close", id, "--why", "they never answered"])),
        "answered" => drop(shell.must(&["heard", id, "reply"])),
        "held" => shell.sql(&format!("UPDATE applications SET timezone = 'Mars/Olympus' WHERE id = {id}")),
        "snoozed" => drop(shell.must(&["snooze", id, "3d"])),
        "late" => {
            shell.at("2026-12-03T10:00:00Z");
            shell.must(&["draft", id]);
        }
        "over" => {
            shell.must(&["draft", id]);
            shell.at("2027-02-01T10:00:00Z");
        }
        other => panic!("there is no situation {other:?}"),
    }
}

/// The letter is in the hand of the daemon.
pub fn claim(shell: &Shell, id: &str) {
    advance(shell, id, |application, digest| Event::Claim {
        digest,
        message_id: format!("<{}@home.example>", application.id),
    });
}

/// What a server made of the letter in hand.
pub fn submitted(shell: &Shell, id: &str, outcome: Outcome) {
    advance(shell, id, |_, _| Event::Submitted(outcome));
}

fn advance(shell: &Shell, id: &str, event: impl FnOnce(&Application, followup::core::message::Digest) -> Event) {
    let mut store = Store::open(&shell.database()).unwrap();
    store
        .write(|tables| {
            let case = tables.case(id.parse().unwrap())?.unwrap().case;
            let open = case.open().unwrap();
            let event = event(&case.application, open.phase.draft().unwrap().digest);
            tables.advance(&case, open.id, event, shell.now(), Who::Daemon).map(drop)
        })
        .unwrap();
}

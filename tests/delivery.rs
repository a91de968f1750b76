//! What becomes of an approved letter, whatever the mail server does: never twice, never unapproved, never
//! lost. The witness is always the server's own log, never our database.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

// The paths are spelled out so that these files do not become tests of their own.
#[path = "delivery/approval.rs"]
mod approval;
#[path = "delivery/asks.rs"]
mod asks;
#[path = "delivery/away.rs"]
mod away;
#[path = "delivery/broken.rs"]
mod broken;
#[path = "delivery/calls.rs"]
mod calls;
#[path = "delivery/digest.rs"]
mod digest;
#[path = "delivery/digest_clocks.rs"]
mod digest_clocks;
#[path = "delivery/digest_once.rs"]
mod digest_once;
#[path = "delivery/digest_words.rs"]
mod digest_words;
#[path = "delivery/employers.rs"]
mod employers;
#[path = "delivery/last_moment.rs"]
mod last_moment;
#[path = "delivery/outcomes.rs"]
mod outcomes;
#[path = "delivery/pace.rs"]
mod pace;
#[path = "delivery/password_commands.rs"]
mod password_commands;
#[path = "delivery/recovery.rs"]
mod recovery;
#[path = "delivery/regressions.rs"]
mod regressions;
#[path = "delivery/repeated_logins.rs"]
mod repeated_logins;
#[path = "delivery/silence.rs"]
mod silence;
#[path = "delivery/stopping.rs"]
mod stopping;
#[path = "delivery/strange_servers.rs"]
mod strange_servers;
#[path = "delivery/told_why.rs"]
mod told_why;
#[path = "delivery/whose_refusal.rs"]
mod whose_refusal;

use support::mail_server::{Behaviour, Kind, MailServer, Received};

/// An ordinary server but for one thing.
fn server_that(change: impl FnOnce(&mut Behaviour)) -> MailServer {
    let mut behaviour = Behaviour::default();
    change(&mut behaviour);
    MailServer::with(behaviour)
}

/// How often a letter to `address` was tried: how often it was named as a recipient.
fn tries(server: &MailServer, address: &str) -> usize {
    commands(server, &format!("RCPT TO:<{address}>"))
}

/// How often a client said something that begins with `command`.
fn commands(server: &MailServer, command: &str) -> usize {
    server.log().iter().filter(|line| line.kind == Kind::Command && line.text.starts_with(command)).count()
}

/// How many connections there were.
fn connections(server: &MailServer) -> usize {
    server.log().iter().filter(|line| line.kind == Kind::Connection && line.text == "opened").count()
}

/// The mails to the person alone, with what asks and news say.
fn mails_to_me(server: &MailServer) -> Vec<String> {
    let to_me_alone = |mail: &&Received| mail.recipients == [support::home::ME];
    server.accepted().iter().filter(to_me_alone).map(text).collect()
}

/// How often the person was asked whether to let go of the application `id`, by all mails to them.
fn asked_to_let_go(server: &MailServer, id: i64) -> usize {
    let command = format!("followup close {id} --why unanswered");
    mails_to_me(server).iter().map(|mail| mail.matches(&command).count()).sum()
}

/// A message as text, its lines joined again where quoted-printable broke them.
fn text(message: &Received) -> String {
    String::from_utf8(message.data.clone()).unwrap().replace("=\r\n", "").replace("\r\n", "\n")
}

/// The value of a header that stands on one line.
fn header(message: &Received, name: &str) -> String {
    let text = text(message);
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
    line.unwrap_or_else(|| panic!("no {name} in\n{text}")).to_owned()
}

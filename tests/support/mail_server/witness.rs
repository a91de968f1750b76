//! What the server has seen, and waiting for it to see more.

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::{is_address, lock};

/// What a line of the log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Not a line of the conversation: the connection was opened or closed.
    Connection,
    /// From the client, outside of a message.
    Command,
    /// From the client, inside a message: as it came, dots still stuffed, and the final dot.
    Body,
    /// From the server. It is logged before it is written: all that the client can have read is
    /// in the log.
    Reply,
}

/// One line of the log.
#[derive(Clone, Debug)]
pub struct Line {
    /// From 1, in the order in which the server read and wrote, over all connections.
    pub number: u64,
    /// Which connection since the start of the server, from 1.
    pub connection: u64,
    /// By the clock of the machine.
    pub at: SystemTime,
    pub kind: Kind,
    /// Without the line end; what is not UTF-8 is replaced.
    pub text: String,
}

impl fmt::Display for Line {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.kind {
            Kind::Connection => "--",
            Kind::Command => "C:",
            Kind::Body => "C|",
            Kind::Reply => "S:",
        };
        write!(formatter, "{} {mark} {}", self.connection, self.text)
    }
}

/// A message that was read up to its final dot.
#[derive(Clone, Debug)]
pub struct Received {
    /// Which connection since the start of the server, from 1.
    pub connection: u64,
    /// The reverse-path of `MAIL FROM`.
    pub from: String,
    /// The recipients that were accepted, in order.
    pub recipients: Vec<String>,
    /// The message with its line ends, dots unstuffed.
    pub data: Vec<u8>,
    /// The bytes before the final dot as they came, dots still stuffed.
    pub raw: Vec<u8>,
    /// When the final dot was dealt with, by the clock of the machine.
    pub at: SystemTime,
}

/// All that the server has seen.
#[derive(Debug, Default)]
pub struct Seen {
    pub log: Vec<Line>,
    pub accepted: Vec<Received>,
    pub rejected: Vec<Received>,
    /// What went wrong with the server itself; each of them fails the test.
    problems: Vec<String>,
}

impl Seen {
    /// How many messages were accepted for this recipient: a whole address, or its local part
    /// with any plus tag.
    pub fn acceptances_for(&self, recipient: &str) -> usize {
        let is_for = |message: &&Received| message.recipients.iter().any(|address| is_address(address, recipient));
        self.accepted.iter().filter(is_for).count()
    }

    /// The log as text.
    pub fn transcript(&self) -> String {
        self.log.iter().map(|line| format!("{line}\n")).collect()
    }
}

/// Takes down what the connections see.
#[derive(Debug, Default)]
pub(super) struct Witness {
    seen: Mutex<Seen>,
    changed: Condvar,
}

impl Witness {
    /// What was seen so far.
    ///
    /// # Panics
    /// If the server itself went wrong, so that its word is not worth much.
    pub(super) fn look(&self) -> MutexGuard<'_, Seen> {
        let seen = self.look_anyway();
        assert!(seen.problems.is_empty(), "the mail server went wrong: {:#?}", seen.problems);
        seen
    }

    /// What was seen so far, even if the server went wrong.
    pub(super) fn look_anyway(&self) -> MutexGuard<'_, Seen> {
        lock(&self.seen)
    }

    /// Like [`Self::look`] it panics if the server goes wrong meanwhile.
    pub(super) fn wait_until(&self, mut condition: impl FnMut(&Seen) -> bool, deadline: Duration) -> bool {
        let mut holds = false;
        let waited = self.changed.wait_timeout_while(self.look(), deadline, |seen| {
            holds = condition(seen);
            !holds && seen.problems.is_empty()
        });
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        drop(self.look());
        holds
    }

    pub(super) fn line(&self, connection: u64, kind: Kind, text: &str) {
        let mut seen = self.look_anyway();
        let number = seen.log.len() as u64 + 1;
        let (at, text) = (now(), text.to_owned());
        seen.log.push(Line { number, connection, at, kind, text });
        self.changed.notify_all();
    }

    /// Gives the number of the message among the accepted ones, from 1.
    pub(super) fn accepted(&self, message: Received) -> usize {
        let mut seen = self.look_anyway();
        seen.accepted.push(message);
        self.changed.notify_all();
        seen.accepted.len()
    }

    pub(super) fn rejected(&self, message: Received) {
        self.look_anyway().rejected.push(message);
        self.changed.notify_all();
    }

    pub(super) fn problem(&self, problem: String) {
        self.look_anyway().problems.push(problem);
        self.changed.notify_all();
    }
}

/// The only look at the clock: times are for people who read the log, nothing is decided by them.
#[expect(
    clippy::disallowed_methods,
    reason = "a witness says when it saw a thing; the program's clock may be a false one"
)]
pub(super) fn now() -> SystemTime {
    SystemTime::now()
}

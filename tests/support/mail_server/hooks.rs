//! Callbacks at named points of a conversation.

use std::fmt;
use std::sync::{Arc, Mutex};

use super::{is_address, lock};

/// A point of the conversation. The server fires it before it answers, unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// A client has connected; no greeting yet.
    Connected,
    /// `EHLO` or `HELO`.
    Ehlo,
    Auth,
    /// `MAIL`; the previous transaction is over.
    Mail,
    /// `RCPT`; the recipient asked about is the last one of the transaction.
    Rcpt,
    Data,
    /// The first line of the body has been read. The rest may be on its way already.
    Body,
    /// The whole message has been read; it is neither recorded nor answered. The server will do
    /// both even if the client is gone by then, for it has the message.
    Dot,
    /// The message is recorded as accepted; the reply is not written.
    Accepted,
    /// The 250 has been written, and may not have been read.
    Answered,
    Quit,
}

/// The transaction at such a point; empty outside of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transaction {
    /// Which connection since the start of the server, from 1.
    pub connection: u64,
    /// The reverse-path of `MAIL FROM`.
    pub from: String,
    /// The recipients accepted so far.
    pub recipients: Vec<String>,
}

/// When to run a hook.
#[derive(Clone, Debug)]
pub struct Trigger {
    point: Point,
    recipient: Option<String>,
    once: bool,
}

impl From<Point> for Trigger {
    fn from(point: Point) -> Self {
        Self { point, recipient: None, once: false }
    }
}

impl Point {
    /// Only the first time.
    pub fn once(self) -> Trigger {
        Trigger::from(self).once()
    }

    /// Only in a transaction that has this recipient: a whole address, or its local part with any
    /// plus tag.
    pub fn with_recipient(self, recipient: &str) -> Trigger {
        Trigger { recipient: Some(recipient.into()), ..Trigger::from(self) }
    }
}

impl Trigger {
    /// Only the first time.
    pub fn once(self) -> Self {
        Self { once: true, ..self }
    }

    fn fires(&self, point: Point, transaction: &Transaction) -> bool {
        let mut recipients = transaction.recipients.iter();
        let has = |wanted: &String| recipients.any(|recipient| is_address(recipient, wanted));
        self.point == point && self.recipient.as_ref().is_none_or(has)
    }
}

type Action = Arc<Mutex<dyn FnMut(&Transaction) + Send>>;

/// The hooks of a server.
#[derive(Default)]
pub(super) struct Hooks(Mutex<Vec<(Trigger, Action)>>);

impl Hooks {
    pub(super) fn add(&self, trigger: Trigger, hook: impl FnMut(&Transaction) + Send + 'static) {
        lock(&self.0).push((trigger, Arc::new(Mutex::new(hook))));
    }

    /// Runs what is due. The list is unlocked by then, so that a hook may take its time and even
    /// add others.
    pub(super) fn fire(&self, point: Point, transaction: &Transaction) {
        let mut due = Vec::new();
        lock(&self.0).retain(|(trigger, action)| {
            let fires = trigger.fires(point, transaction);
            if fires {
                due.push(Arc::clone(action));
            }
            !(fires && trigger.once)
        });
        for action in due {
            let mut hook = lock(&action);
            (*hook)(transaction);
        }
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Hooks")
    }
}

//! What a mail server can do to a message, and the seam behind which it is reached. See `docs/decisions/`
//! for why a send has two halves: the claim is committed between them.

use std::future::Future;

use secrecy::{ExposeSecret, SecretString};

/// How the password of the mail account is come by.
#[derive(Debug, Clone)]
pub enum Password {
    /// It stands in the settings, or in a file that they name.
    Text(SecretString),
    /// A program, run each time when logging in, prints it: its name, then its arguments. No shell is involved.
    Command(Vec<String>),
}

impl Password {
    /// Whether both are the same password, or the same way to one.
    pub fn is_same(&self, other: &Password) -> bool {
        match (self, other) {
            (Password::Text(one), Password::Text(other)) => one.expose_secret() == other.expose_secret(),
            (Password::Command(one), Password::Command(other)) => one == other,
            _ => false,
        }
    }

    /// Says what is wrong with `text` as a password, without quoting it.
    ///
    /// Errors if it is empty or has a line break or NUL in it, which no mail program can type.
    pub fn check(text: &str) -> Result<(), &'static str> {
        match text {
            "" => Err("is empty"),
            text if text.contains(['\n', '\r']) => Err("has more than one line; a password is one line"),
            text if text.contains('\0') => Err("has a NUL character in it; type it again"),
            _ => Ok(()),
        }
    }

    /// `text` without the one line end that belongs to the file or the program, not to the password.
    pub fn without_line_end(text: &str) -> &str {
        let text = text.strip_suffix('\n').unwrap_or(text);
        text.strip_suffix('\r').unwrap_or(text)
    }
}

impl From<&str> for Password {
    fn from(text: &str) -> Self {
        Password::Text(text.into())
    }
}

/// Whether the variable `name` is none of the business of a program that we start: settings, one of which may be a
/// secret, even one that was misspelt; and by which socket we speak to systemd.
pub fn is_ours_alone(name: &[u8]) -> bool {
    name.starts_with(b"FOLLOWUP_") && name != b"FOLLOWUP_HOME" || name == b"NOTIFY_SOCKET"
}

/// How one submission ended. There is no error beside it: whatever happens is one of these four.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server answered 250 after the final dot: it is theirs now.
    Accepted { reply: String },
    /// The server refused this letter for good (5xx on the recipient or on the message).
    Rejected { reply: String },
    /// Certainly not sent.
    NotSent(NotSent),
    /// It may or may not have been accepted; SMTP cannot tell (RFC 1047). Never retried by itself.
    Uncertain { why: String },
}

/// Certainly nothing was sent, and when it makes sense to try again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct NotSent {
    pub why: String,
    pub retry: Retry,
}

/// What rests until the next try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Only this letter: the server deferred it, or the connection was lost with it in hand.
    Letter,
    /// The server is out of reach: every letter waits, with growing distances.
    Server,
    /// What goes out cannot be noted on this machine: every letter waits, likewise.
    Disk,
    /// The account is refused: nothing is tried until the person has looked, or four hours have passed.
    Account,
}

/// One message on its way: the envelope and the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Reverse-path of the envelope.
    pub from: String,
    /// The one recipient.
    pub to: String,
    /// The person's own copy, as a second recipient (`copy = "bcc"`).
    pub copy: Option<String>,
    /// RFC 5322, CRLF line ends, without the last CRLF (the client adds it before the dot).
    pub message: Vec<u8>,
}

/// A way to a mail server.
pub trait Mailer: Send + Sync {
    type Session: Session;

    /// Connects and logs in. A failure here is certainly not sent, and costs no claim.
    fn open(&self) -> impl Future<Output = Result<Self::Session, NotSent>> + Send;
}

/// A live connection to a mail server, logged in; it serves all letters of one tick.
pub trait Session: Send {
    /// Submits one message, phase by phase, each within its deadline. `is_time` is asked right before the
    /// letter itself begins (`DATA`): a slow server must not carry it beyond the hours in which it may go.
    fn submit(
        &mut self,
        submission: &Submission,
        is_time: &(dyn Fn() -> bool + Send + Sync),
    ) -> impl Future<Output = Outcome> + Send;

    /// Whether another message may follow on this connection.
    fn is_usable(&self) -> bool;

    /// Says goodbye; gives up quietly where nobody listens.
    fn close(self) -> impl Future<Output = ()> + Send;
}

//! A mail server for tests: it listens on 127.0.0.1 only, misbehaves on request, and is the witness
//! of what reached "the other side". Tests believe its log, never the program's own database.
//!
//! The address of a recipient selects the fault (see `fault.rs` for the whole list), so one server
//! serves a test of many letters: `554-after-dot@example.org` is refused after the final dot, for
//! `drop-after-dot+7@example.org` the message is taken and the reply is lost. What no address can
//! select, because it comes before `RCPT`, is chosen by [`Behaviour`]. [`MailServer::at`] runs a
//! callback when a conversation reaches a [`Point`], for instance to kill the client right there.
//!
//! Nothing here is quietly wrong: a panic of a hook, or a recipient that misspells a fault, fails
//! the test at its next question to the server, or at the latest when the server is dropped.

#![allow(dead_code, unreachable_pub, reason = "included by several tests, each of which uses a part of it")]

use std::collections::{HashMap, HashSet};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use conversation::Conversation;
use hooks::Hooks;
use witness::Witness;

// The paths are spelled out so that this file can also be included by a `#[path]` of its own.
#[path = "mail_server/authentication.rs"]
mod authentication;
#[path = "mail_server/conversation.rs"]
mod conversation;
#[path = "mail_server/fault.rs"]
mod fault;
#[path = "mail_server/hooks.rs"]
mod hooks;
#[path = "mail_server/witness.rs"]
mod witness;

pub use fault::Fault;
pub use hooks::{Point, Transaction, Trigger};
pub use witness::{Kind, Line, Received, Seen};

/// How long dropping the server waits for its own wake-up call to be answered.
const WAKE_UP: Duration = Duration::from_secs(1);

/// What the server does before it has seen a recipient. The default is an ordinary server that asks
/// for no password.
#[derive(Clone, Debug)]
pub struct Behaviour {
    /// Instead of the `220` greeting. After a refusal every command but `QUIT` gets 503.
    pub greeting: Option<Fault>,
    /// Instead of the answer to `EHLO`, every time.
    pub ehlo: Option<Fault>,
    /// What `EHLO` advertises besides `AUTH`, a line each.
    pub extensions: Vec<String>,
    /// The user and the password (or the bearer token) that `AUTH` takes; others get 535, and `MAIL`
    /// without them 530. With `None`, `AUTH` is neither advertised nor understood.
    pub credentials: Option<(String, String)>,
    /// The mechanisms to advertise: any of `PLAIN`, `LOGIN` and `XOAUTH2`.
    pub mechanisms: Vec<String>,
    /// Instead of the verdict of `AUTH`, at the end of the exchange.
    pub auth: Option<Fault>,
    /// Instead of the answer to `MAIL FROM`.
    pub mail: Option<Fault>,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            greeting: None,
            ehlo: None,
            extensions: ["8BITMIME", "SMTPUTF8", "SIZE 10485760"].map(String::from).into(),
            credentials: None,
            mechanisms: ["PLAIN", "LOGIN"].map(String::from).into(),
            auth: None,
            mail: None,
        }
    }
}

/// A running server; dropping it closes the port and every connection.
#[derive(Debug)]
pub struct MailServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

/// What the threads of one server have in common.
#[derive(Debug)]
struct Shared {
    behaviour: Mutex<Behaviour>,
    witness: Witness,
    hooks: Hooks,
    greylisted: Mutex<HashSet<String>>,
    doors: Mutex<Doors>,
}

/// The open connections by number, and whether new ones are still let in.
#[derive(Debug, Default)]
struct Doors {
    closed: bool,
    last_number: u64,
    open: HashMap<u64, TcpStream>,
}

impl MailServer {
    /// Starts an ordinary server on a free port.
    pub fn start() -> Self {
        Self::with(Behaviour::default())
    }

    /// Starts a server that behaves as told.
    pub fn with(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port on 127.0.0.1");
        let address = listener.local_addr().expect("a bound listener has an address");
        let shared = Arc::new(Shared {
            behaviour: Mutex::new(behaviour),
            witness: Witness::default(),
            hooks: Hooks::default(),
            greylisted: Mutex::default(),
            doors: Mutex::default(),
        });
        let accepting = thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept_connections(&listener, &shared)
        });
        Self { address, shared, accepting: Some(accepting) }
    }

    /// The TCP port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Changes the behaviour towards connections made from now on, for instance to end a fault.
    pub fn behave(&self, behaviour: Behaviour) {
        *lock(&self.shared.behaviour) = behaviour;
    }

    /// Changes the behaviour when a conversation first reaches the point, towards connections made after it.
    pub fn behave_after(&self, point: Point, behaviour: Behaviour) {
        let shared = Arc::downgrade(&self.shared);
        self.at(point.once(), move |_| {
            let shared = shared.upgrade().expect("a server in conversation is there");
            *lock(&shared.behaviour) = behaviour.clone();
        });
    }

    /// Runs `hook` in the thread of the conversation each time one reaches the point; the server
    /// goes on when the hook returns. `Point::Dot.once()` and `Point::Dot.with_recipient("anna")`
    /// narrow it down. A hook may ask the server anything except to wait for its own conversation.
    pub fn at(&self, trigger: impl Into<Trigger>, hook: impl FnMut(&Transaction) + Send + 'static) {
        self.shared.hooks.add(trigger.into(), hook);
    }

    /// Every line of every conversation so far, both directions, in order.
    pub fn log(&self) -> Vec<Line> {
        self.shared.witness.look().log.clone()
    }

    /// The log as text, for the message of a failed assertion.
    pub fn transcript(&self) -> String {
        self.shared.witness.look().transcript()
    }

    /// The messages the server took responsibility for: it read the final dot and did not answer
    /// 4xx or 5xx, whether or not the client ever saw the answer.
    pub fn accepted(&self) -> Vec<Received> {
        self.shared.witness.look().accepted.clone()
    }

    /// The messages that were read to the final dot and not taken.
    pub fn rejected(&self) -> Vec<Received> {
        self.shared.witness.look().rejected.clone()
    }

    /// How many messages were accepted for this recipient: a whole address, or its local part
    /// with any plus tag.
    pub fn acceptances_for(&self, recipient: &str) -> usize {
        self.shared.witness.look().acceptances_for(recipient)
    }

    /// Waits until the condition holds for what the server has seen. `false` after the deadline.
    #[must_use = "a wait that ran out is a failure"]
    pub fn wait_until(&self, condition: impl FnMut(&Seen) -> bool, deadline: Duration) -> bool {
        self.shared.witness.wait_until(condition, deadline)
    }

    /// Waits until at least `count` messages have been accepted. `false` after the deadline.
    #[must_use = "a wait that ran out is a failure"]
    pub fn wait_for_accepted(&self, count: usize, deadline: Duration) -> bool {
        self.wait_until(|seen| seen.accepted.len() >= count, deadline)
    }

    /// Waits until a line of the log, of whatever kind, contains `text`. `false` after the deadline.
    #[must_use = "a wait that ran out is a failure"]
    pub fn wait_for_line(&self, text: &str, deadline: Duration) -> bool {
        self.wait_until(|seen| seen.log.iter().any(|line| line.text.contains(text)), deadline)
    }
}

impl Drop for MailServer {
    #[expect(clippy::print_stderr, reason = "the transcript is shown with the test that failed")]
    fn drop(&mut self) {
        let mut doors = lock(&self.shared.doors);
        doors.closed = true;
        for connection in doors.open.values() {
            // Fails only when the peer has gone already.
            let _ = connection.shutdown(Shutdown::Both);
        }
        drop(doors);

        // The accepting thread looks at the doors after each connection; it does nothing that
        // could block except accept, so that once it is called it can be waited for.
        if TcpStream::connect_timeout(&self.address, WAKE_UP).is_ok()
            && let Some(accepting) = self.accepting.take()
        {
            let _ = accepting.join();
        }
        if thread::panicking() {
            eprintln!("the mail server saw:\n{}", self.shared.witness.look_anyway().transcript());
        } else {
            drop(self.shared.witness.look());
        }
    }
}

fn accept_connections(listener: &TcpListener, shared: &Arc<Shared>) {
    loop {
        let connection = listener.accept().and_then(|(stream, _)| {
            stream.set_nodelay(true)?;
            Ok((stream.try_clone()?, stream))
        });
        let mut doors = lock(&shared.doors);
        if doors.closed {
            return;
        }
        let served = connection.and_then(|(handle, stream)| {
            doors.last_number += 1;
            let number = doors.last_number;
            doors.open.insert(number, handle);
            let shared = Arc::clone(shared);
            thread::Builder::new().spawn(move || serve(stream, number, &shared))
        });
        if let Err(error) = served {
            return shared.witness.problem(format!("cannot accept a connection: {error}"));
        }
    }
}

fn serve(stream: TcpStream, number: u64, shared: &Shared) {
    shared.witness.line(number, Kind::Connection, "opened");
    // Unwind safety: everything shared is only ever changed in single steps, and the connection
    // is given up after a panic.
    let ended = catch_unwind(AssertUnwindSafe(|| Conversation::new(&stream, number, shared).run()));
    let how = ended.unwrap_or_else(|panic| {
        let message = panic.downcast_ref::<String>().cloned();
        let message = message.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).into()));
        let message = message.unwrap_or_else(|| "panic".into());
        shared.witness.problem(format!("connection {number}: {message}"));
        "closed by a panic".into()
    });
    shared.witness.line(number, Kind::Connection, &how);
    // With this handle and with `stream` the connection is closed.
    lock(&shared.doors).open.remove(&number);
}

/// Locks even after a panic elsewhere, which is reported on its own.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether `wanted`, a whole address or a local part with any plus tag, means this address.
fn is_address(address: &str, wanted: &str) -> bool {
    address == wanted || local_part(address) == wanted
}

fn local_part(address: &str) -> &str {
    address.rsplit_once('@').map_or(address, |(local_part, _)| local_part)
}

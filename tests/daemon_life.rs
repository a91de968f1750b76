//! The life of the real daemon over days: its settings, its disk, its database, the network and the clock change
//! under it, and it is told to stop at any moment. It says what happens once, and goes on when it is over.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

// The paths are spelled out so that these files do not become tests of their own.
#[path = "daemon_life/clocks.rs"]
mod clocks;
#[path = "daemon_life/damage.rs"]
mod damage;
#[path = "daemon_life/disk.rs"]
mod disk;
#[path = "daemon_life/locked.rs"]
mod locked;
#[path = "daemon_life/network.rs"]
mod network;
#[path = "daemon_life/settings.rs"]
mod settings;
#[path = "daemon_life/stopping.rs"]
mod stopping;

use support::home::{DEADLINE, Home, ME, Process};
use support::mail_server::{Behaviour, Kind, MailServer, Point};

const JANE: &str = "jane@globex.example";

/// How many lines of the log contain `text`.
fn said(daemon: &Process, text: &str) -> usize {
    daemon.log().iter().filter(|line| line.contains(text)).count()
}

/// A daemon that has nothing to do, and has said so.
fn idle(home: &Home) -> Process {
    home.must(&["list"]);
    let daemon = home.daemon();
    daemon.wait_for_words("watching");
    daemon
}

/// Waits until the daemon has asked for a letter that is added now: what was nudged before has been looked at.
fn has_looked(home: &Home, server: &MailServer) {
    let asks = server.accepted().len();
    home.add("bill@initech.example");
    assert!(server.wait_for_accepted(asks + 1, DEADLINE), "{}", server.transcript());
}

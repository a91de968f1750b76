//! `followup` keeps the follow-up after a job interview: it waits for the right moment, composes a polite
//! letter, asks for approval, and sends it once.
//!
//! ```text
//!    facts you give            the clock
//!  (add, or plain SQL)      (a tick, a wake)
//!           \                      |
//!            v                     v
//!         +----------------  SQLite  ----------------+
//!         |  applications · interviews · followups   |
//!         +------------------------------------------+
//!                                  |
//!                       load one due Case
//!                                  v
//!      plan(now, &Case, &Etiquette, &Budget) -> Next       pure
//!                                  |
//!              compose · ask · claim -> send -> record      back into SQLite
//! ```
//!
//! The daemon and the command line share the database and nothing else. A wake-up carries no meaning:
//! whatever woke the loop, it looks at what is due, asks `plan` what is right now, does that, and records it.
//!
//! Imports go down only (`tests/structure.rs` keeps it):
//!
//! ```text
//! 3  cli  daemon                     argv, output, signals, wake sources
//! 2  ops  reconcile  perform  world  use cases; one tick; one action; what they touch
//! 1  config  clock  store  mail  ask  one library each; never one another
//!    systemd
//! 0  core                            pure
//! ```

pub mod ask;
pub mod cli;
pub mod clock;
pub mod config;
pub mod core;
pub mod daemon;
pub mod mail;
pub mod ops;
pub mod perform;
pub mod reconcile;
pub mod store;
pub mod systemd;
pub mod world;

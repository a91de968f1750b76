//! What the tests of sending have in common: the mail server that is the witness, a home for the real program,
//! and the program within the test's own process, under a clock that the test sets.

#![allow(dead_code, unreachable_pub, reason = "included by several tests, each of which uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

pub mod home;
pub mod mail_server;
pub mod shell;
pub mod situations;
pub mod world;
pub mod zone;

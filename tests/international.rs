//! Names, subjects, letters and addresses in any script, and letters that stand in a conversation: what arrives is
//! what was approved.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

// The paths are spelled out so that these files do not become tests of their own.
#[path = "international/addresses.rs"]
mod addresses;
#[path = "international/scripts.rs"]
mod scripts;
#[path = "international/threads.rs"]
mod threads;

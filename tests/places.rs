//! How phone numbers are read and shown.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

// The path is spelled out so that this file does not become a test of its own.
#[path = "places/phone.rs"]
mod phone;

//! How phone numbers are read and shown, and who is one employer.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

// The paths are spelled out so that these files do not become tests of their own.
#[path = "places/employer.rs"]
mod employer;
#[path = "places/phone.rs"]
mod phone;

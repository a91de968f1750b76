//! Where a recipient is, how they are called, and who is one employer: examples, and what holds for any text.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

// The paths are spelled out so that these files do not become tests of their own.
#[path = "places/any_text.rs"]
mod any_text;
#[path = "places/employer.rs"]
mod employer;
#[path = "places/phone.rs"]
mod phone;
#[path = "places/whereabouts.rs"]
mod whereabouts;

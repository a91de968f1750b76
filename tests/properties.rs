//! What holds for any date, any name and any fact, tried with thousands of them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

// The paths are spelled out so that these files do not become tests of their own.
#[path = "properties/dates.rs"]
mod dates;
#[path = "properties/facts.rs"]
mod facts;
#[path = "properties/names.rs"]
mod names;

use proptest::prelude::*;
use proptest::test_runner::Config;

/// So many tries; failures are shown small, and kept in no file.
fn tries(cases: u32) -> Config {
    Config { failure_persistence: None, ..Config::with_cases(cases) }
}

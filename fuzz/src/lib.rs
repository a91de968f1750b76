//! What each fuzz target does with the bytes that it is given. `tests/fuzz_corpus.rs` runs the committed corpora through
//! the same functions, so that they cannot rot.
//!
//! A target that takes several texts finds them between bytes 0xFF, which are in no UTF-8 text.

#![allow(clippy::unwrap_used, reason = "a fault that was found ends the run")]
#![allow(dead_code, unreachable_pub, reason = "included by a test too")]

pub mod add;
pub mod config;
pub mod dates;
pub mod message;
pub mod reply;
pub mod template;
pub mod thread;

mod read_back;
mod server;

use followup::core::application::{is_invisible, reorders_text};

/// The texts in what a fuzzer gives.
struct Parts<'a>(std::slice::Split<'a, u8, fn(&u8) -> bool>);

impl<'a> Parts<'a> {
    fn of(data: &'a [u8]) -> Self {
        Self(data.split(|&byte| byte == 0xFF))
    }

    /// The next one; empty where there are no more.
    fn text(&mut self) -> String {
        String::from_utf8_lossy(self.0.next().unwrap_or_default()).into_owned()
    }

    /// The next one, unless it is empty.
    fn some(&mut self) -> Option<String> {
        Some(self.text()).filter(|text| !text.is_empty())
    }
}

/// Fails where `words`, which a person is to read, have something in them that moves their cursor or reorders text.
fn can_be_shown(words: &str) {
    let wrong = words.chars().find(|&c| (c.is_control() && c != '\n' && c != '\t') || reorders_text(c));
    assert_eq!(wrong, None, "{words:?}");
}

/// As [`can_be_shown`], and in one line without anything that takes no place.
fn is_one_line(words: &str) {
    let wrong = words.chars().find(|&c| c.is_control() || is_invisible(c));
    assert_eq!(wrong, None, "{words:?}");
}

//! The corpora of the fuzz targets, each file through the function that its target runs, and crossed with one another:
//! `bash fuzz/run.sh` goes on from there with whatever it comes upon.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

// The crate in which they are is not built with this one.
#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};

/// What troubles a header, a terminal, a template, a server or a sentence.
const TROUBLE: [&str; 16] = [
    "\r\n",
    "\n.\n",
    "\r",
    "\0",
    "\u{202e}",
    "\u{200b}",
    "=?utf-8?q?",
    "\"",
    "\\",
    "<",
    ">",
    "{{",
    "{%",
    "220 ",
    "\u{1b}[2J",
    "ß",
];

/// The files of the corpus of `target`, by name.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut read: Vec<_> = files.map(|file| (file.display().to_string(), std::fs::read(&file).unwrap())).collect();
    read.sort();
    read
}

fn each_file(target: &str, run: fn(&[u8])) {
    let files = corpus(target);
    assert!(files.len() >= 10, "{target}: {} files are not the corpus", files.len());
    for (name, data) in files {
        let ran = catch_unwind(AssertUnwindSafe(|| run(&data)));
        assert!(ran.is_ok(), "{name} is a finding");
    }
}

/// The start of one file, trouble, and the end of another one; 100 times, or as often as `$CROSSINGS` says.
fn crossed(target: &str, run: fn(&[u8])) {
    let files = corpus(target);
    let strategy = (any::<[Index; 4]>(), prop::sample::select(&TROUBLE[..]));
    let times = std::env::var("CROSSINGS").ok().and_then(|times| times.parse().ok()).unwrap_or(100);
    let settings = Config { failure_persistence: None, ..Config::with_cases(times) };
    let tried = TestRunner::new(settings).run(&strategy, |([one, other, start, end], trouble)| {
        let (one, other) = (&one.get(&files).1, &other.get(&files).1);
        let (start, end) = (start.index(one.len() + 1), end.index(other.len() + 1));
        run(&[&one[..start], trouble.as_bytes(), &other[end..]].concat());
        Ok(())
    });
    tried.unwrap();
}

macro_rules! targets {
    ($($target:ident)*) => {
        $(mod $target {
            use super::*;

            #[test]
            fn each_file_of_its_corpus() {
                each_file(stringify!($target), targets::$target::run);
            }

            #[test]
            fn files_of_its_corpus_crossed() {
                crossed(stringify!($target), targets::$target::run);
            }
        })*
    };
}

targets!(add template message config dates thread reply);

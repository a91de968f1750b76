//! A deterministic simulator: whole lives of a person, the program and a mail server, under virtual time, every chance
//! drawn from one seed. What the server saw is held against what the person allowed.
//!
//!     cargo test --test sim                            the usual seeds
//!     SEEDS=4711 cargo test --test sim                 one life; its story is printed if something went wrong
//!     SEEDS=0..200000 cargo test --release --test sim  many of them; it says how long they took

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that cannot go on has failed")]

// The paths are spelled out so that these files do not become tests of their own.
#[path = "sim/clock.rs"]
mod clock;
#[path = "sim/dice.rs"]
mod dice;
#[path = "sim/life.rs"]
mod life;
#[path = "sim/line.rs"]
mod line;
#[path = "sim/notes.rs"]
mod notes;
#[path = "sim/person.rs"]
mod person;
#[path = "sim/server.rs"]
mod server;
#[path = "sim/stage.rs"]
mod stage;
#[path = "sim/witness.rs"]
mod witness;

use std::ops::Range;
use std::path::Path;
use std::time::Instant;

use followup::store::Store;
use life::{Lived, live};
use tempfile::TempDir;

/// More of them than anybody reads.
const MOST_STORIES: usize = 5;
/// Some fifteen seconds, unoptimised.
const USUAL: Range<u64> = 0..100;

#[test]
fn whatever_happens_never_twice_never_unapproved_never_lost() {
    let seeds = std::env::var("SEEDS").map_or(USUAL, |text| seeds(&text));
    let folder = in_memory();
    let empty = folder.path().join("empty.db");
    drop(Store::open(&empty).unwrap());
    #[expect(clippy::disallowed_methods, reason = "only to say how long it really took")]
    let began = Instant::now();
    let (mut sum, mut failed) = (Lived::default(), Vec::new());
    let life_of = |seed| {
        let home = folder.path().join("home");
        std::fs::create_dir(&home).unwrap();
        let told = live(seed, &home, &empty);
        std::fs::remove_dir_all(&home).unwrap();
        told
    };
    // What cannot be lived again cannot be understood.
    assert_eq!(life_of(seeds.start), life_of(seeds.start), "the same seed is not the same life");
    for seed in seeds.clone() {
        let told = life_of(seed);
        sum.add(told.lived);
        if !told.breaches.is_empty() {
            let (story, breaches) = (told.story, told.breaches.join("\n"));
            println!("\n{story}\n\n{breaches}\n\nTo live this life again: SEEDS={seed} cargo test --test sim\n");
            failed.push(seed);
        }
        if failed.len() >= MOST_STORIES {
            break;
        }
    }
    let (took, lives) = (began.elapsed().as_secs_f64(), seeds.end - seeds.start);
    println!(
        "{lives} lives, {:.1} years of virtual time in {took:.1} s: {:.0} times faster than real time\n{sum:?}",
        sum.seconds as f64 / 86_400.0 / 365.25,
        sum.seconds as f64 / took,
    );
    assert!(failed.is_empty(), "the lives of these seeds went wrong: {failed:?}");
}

/// `7` or `0..1000`.
fn seeds(text: &str) -> Range<u64> {
    match text.split_once("..") {
        Some((first, end)) => first.parse().unwrap()..end.parse().unwrap(),
        None => {
            let seed = text.parse().unwrap();
            seed..seed + 1
        }
    }
}

/// A folder in memory, where there is one: what reaches the disk is for other tests to show.
fn in_memory() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { TempDir::new_in(memory).unwrap() } else { TempDir::new().unwrap() }
}

impl Lived {
    fn add(&mut self, other: Lived) {
        self.seconds += other.seconds;
        self.looks += other.looks;
        self.letters += other.letters;
        self.mails_to_her += other.mails_to_her;
        self.kills += other.kills;
        self.restores += other.restores;
        self.thanks += other.thanks;
        self.second_letters += other.second_letters;
        self.calls_asked_for += other.calls_asked_for;
        self.let_go += other.let_go;
    }
}

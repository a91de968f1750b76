//! Two commands at the same moment on one application: one comes after the other, whichever it is, and what
//! they say, the journal and the letter agree.

use std::sync::Barrier;
use std::thread;

use super::*;

/// Runs both at once, each in a terminal of its own; gives their exit codes and the words in the journal.
fn at_once(shell: &Shell, one: &[&str], other: &[&str]) -> (u8, u8, Vec<String>) {
    let (first, second) = (shell.beside(), shell.beside());
    let start = Barrier::new(2);
    let run = |shell: Shell, arguments: &[&str]| {
        start.wait();
        let said = shell.run(arguments);
        assert!(said.code == 0 || !said.err.is_empty(), "{arguments:?}: {said:?}");
        said.code
    };
    let run = &run;
    let (one, other) = thread::scope(|scope| {
        let one = scope.spawn(move || run(first, one));
        let other = scope.spawn(move || run(second, other));
        (one.join().unwrap(), other.join().unwrap())
    });
    let entries = shell.json(&["log", "1"])["entries"].clone();
    let words = entries.as_array().unwrap().iter().map(|entry| entry["what"].as_str().unwrap().to_owned()).collect();
    (one, other, words)
}

fn phase(shell: &Shell) -> String {
    shell.json(&["show", "1"])["application"]["phase"].as_str().unwrap().to_owned()
}

#[test]
fn approve_and_recall() {
    for _ in 0..8 {
        let shell = globex("waiting");
        let (approve, recall, journal) = at_once(&shell, &["approve", "1"], &["recall", "1"]);
        assert_eq!(approve, 0, "nothing stands in its way, whichever comes first");
        match recall {
            0 => assert_eq!(
                (phase(&shell).as_str(), &journal[3..]),
                ("waiting", &["approved", "recalled"].map(str::to_owned)[..])
            ),
            4 => assert_eq!((phase(&shell).as_str(), &journal[3..]), ("approved", &["approved".to_owned()][..])),
            code => panic!("{code}: {journal:?}"),
        }
    }
}

#[test]
fn edit_and_approve() {
    for _ in 0..8 {
        let shell = globex("waiting");
        let edit = ["edit", "1", "--subject=My interview, and a question"];
        let (edit, approve, journal) = at_once(&shell, &edit, &["approve", "1"]);
        assert_eq!(edit, 0, "{journal:?}");
        let subject = shell.json(&["show", "1"])["application"]["subject"].clone();
        assert_eq!(subject, "My interview, and a question");
        // After the edit, the yes is to the new words, which count as shown; before it, it is taken back.
        let last = journal.last().unwrap();
        match (approve, phase(&shell).as_str()) {
            (0, "approved") => assert_eq!(last, "approved"),
            (0 | 4, "waiting") => assert_ne!(last, "approved"),
            other => panic!("{other:?}: {journal:?}"),
        }
    }
}

#[test]
fn reject_twice_and_close_beside_an_approval() {
    for _ in 0..4 {
        let shell = globex("waiting");
        let (one, other, journal) = at_once(&shell, &["reject", "1"], &["reject", "1"]);
        assert_eq!([one, other].iter().filter(|code| **code == 0).count(), 1, "{journal:?}");
        assert!([one, other].contains(&3), "the other finds nothing open");
        assert_eq!(journal.iter().filter(|what| *what == "rejected").count(), 1);
        let shell = globex("waiting");
        let (close, approve, journal) = at_once(&shell, &["close", "1"], &["approve", "1"]);
        assert!(close == 0 && [0, 3].contains(&approve), "{close} {approve} {journal:?}");
        assert_eq!(phase(&shell), "cancelled");
    }
}

#[test]
fn two_applications_added_at_once_have_two_numbers() {
    let shell = Shell::new();
    let (one, two) = (add(&["--company=Acme"]), add(&["--company=Hooli"]));
    let (first, second) = (shell.beside(), shell.beside());
    thread::scope(|scope| {
        scope.spawn(move || first.must(&one));
        scope.spawn(move || second.must(&two));
    });
    let applications = shell.json(&["list"])["applications"].clone();
    let mut found: Vec<_> = applications.as_array().unwrap().iter().map(|it| it["company"].as_str().unwrap()).collect();
    found.sort_unstable();
    assert_eq!(found, ["Acme", "Hooli"]);
}

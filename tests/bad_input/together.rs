//! Two commands at once on one application: one after the other, whichever comes first, and the journal tells the
//! truth about both.

use std::sync::Barrier;

use super::*;

/// Runs both at the same moment, in programs of their own as far as the database can tell.
fn at_once(shell: &Shell, one: &[&str], other: &[&str]) -> [u8; 2] {
    let home = shell.folder().to_owned();
    let barrier = Barrier::new(2);
    let run = |arguments: &[&str]| {
        let mine = Shell::at_home(&home);
        barrier.wait();
        mine.run(arguments).code
    };
    std::thread::scope(|scope| {
        let first = scope.spawn(|| run(one));
        let second = scope.spawn(|| run(other));
        [first.join().unwrap(), second.join().unwrap()]
    })
}

#[test]
fn an_approval_and_its_recall_leave_a_letter_that_is_one_or_the_other() {
    for _ in 0..10 {
        let shell = globex("waiting");
        let codes = at_once(&shell, &["approve", "1"], &["recall", "1"]);
        let phase = taken(&shell, &["show", "1"])["phase"].clone();
        match codes {
            [0, 0] => assert_eq!(phase, "waiting", "the recall came second"),
            [0, 4] => assert_eq!(phase, "approved", "the recall came first, and had nothing to take back"),
            other => panic!("{other:?}, {phase}"),
        }
    }
}

#[test]
fn words_that_change_while_they_are_approved_are_never_approved_unread() {
    for _ in 0..10 {
        let shell = globex("waiting");
        let codes = at_once(&shell, &["approve", "1"], &["set", "1", "--position=Planner"]);
        assert_eq!(codes[1], 0);
        let letter = taken(&shell, &["show", "1"]);
        assert_eq!(letter["phase"], "waiting", "a changed fact takes the approval back, or came before it: {codes:?}");
        assert!(letter["body"].as_str().unwrap().contains("Planner"));
    }
}

#[test]
fn of_two_answers_at_once_both_are_in_the_journal() {
    for _ in 0..10 {
        let shell = globex("waiting");
        assert_eq!(at_once(&shell, &["heard", "1", "reply"], &["close", "1"]), [0, 0]);
        let log = shell.must(&["log", "1"]);
        assert!(log.contains("heard: reply") && log.contains("closed"), "{log}");
        assert_eq!(taken(&shell, &["show", "1"])["phase"], "cancelled");
    }
}

#[test]
fn two_first_commands_at_once_make_one_database() {
    let shell = Shell::new();
    let add = add(&[]);
    assert_eq!(at_once(&shell, &add, &add), [0, 0]);
    assert_eq!(shell.json(&["list"])["applications"].as_array().unwrap().len(), 2);
}

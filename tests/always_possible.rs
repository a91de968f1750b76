//! What only keeps a letter from going works whatever the settings and the other facts say; and no single row stops
//! the others.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use support::shell::Shell;
use support::situations::globex;

/// The approved letter of Globex, in a home where settings or facts were broken after the approval.
fn broken() -> [(&'static str, Shell); 3] {
    let settings = globex("approved");
    let text = std::fs::read_to_string(settings.settings()).unwrap();
    settings.write_settings(&format!("{text}typo = 1\n"));
    let missing = globex("approved");
    std::fs::remove_file(missing.settings()).unwrap();
    let fact = globex("approved");
    break_a_date(&fact);
    [("settings with a typing mistake", settings), ("no settings", missing), ("a date that is none", fact)]
}

/// As an SQLite before 3.46 lets it pass: `date('2026-02-30')` was itself there.
fn break_a_date(shell: &Shell) {
    shell.sql("PRAGMA ignore_check_constraints = 1; UPDATE interviews SET held_on = '2026-02-30'");
}

#[test]
fn an_approval_is_taken_back_an_answer_noted_and_an_application_closed_all_the_same() {
    for command in [&["recall", "1"][..], &["heard", "globex", "rejected"], &["close", "1"], &["called", "1", "offer"]]
    {
        for (what, shell) in broken() {
            let said = shell.run(command);
            assert_eq!((said.code, said.err.as_str()), (0, ""), "{what}, {command:?}");
            assert!(said.out.contains("1, Globex.") && said.out.contains("put right"), "{what}: {}", said.out);
            assert_eq!(shell.approved(), 0, "{what}, {command:?}: it would still go");
        }
        for (what, shell) in broken() {
            assert_eq!(shell.approved(), 1, "{what}: it would go");
            let json: serde_json::Value =
                serde_json::from_str(&shell.run(&[command, &["--json"]].concat()).out).unwrap();
            assert_eq!(json["application"]["id"], 1, "{what}");
        }
    }
}

#[test]
fn a_date_that_another_program_broke_is_corrected_by_the_commands_that_the_error_names() {
    let shell = globex("approved");
    break_a_date(&shell);
    let said = shell.run(&["set", "1", "--position=Planner"]);
    assert_eq!(said.code, 2, "it would still be broken: {}", said.out);
    let set = shell.json(&["set", "1", "--interviewed=2026-11-02"])["application"].clone();
    assert_eq!(set["phase"], "waiting", "the letter names the day, and needs a new yes: {set}");
    shell.sql("PRAGMA ignore_check_constraints = 1; UPDATE interviews SET promised_on = '2026-02-31'");
    assert_eq!(shell.json(&["promise", "1", "2026-11-09"])["application"]["rule"], "promise");
}

#[test]
fn a_broken_date_is_no_damage_of_the_database() {
    let shell = globex("waiting");
    break_a_date(&shell);
    let said = shell.run(&["check"]);
    assert!(said.out.contains("ok  database"), "{}", said.out);
}

#[test]
fn a_promise_for_the_end_of_time_is_refused_and_stops_nobody_elses_letter() {
    let shell = globex("waiting");
    for far in ["9999-12-31", "2031-01-01"] {
        let said = shell.run(&["promise", "1", far]);
        assert_eq!(said.code, 2, "{}", said.out);
        assert!(said.err.contains("too far ahead"), "{}", said.err);
    }
    shell.must(&["add", "--company=Initech", "--position=Tester", "--hr=a@b.example", "--interviewed=yesterday"]);
    shell.sql("UPDATE interviews SET promised_on = '9999-12-31' WHERE application_id = 2");
    assert_eq!(shell.run(&["queue"]).code, 0);
    assert!(shell.must(&["list"]).contains("! 2  Initech is held: promised_on: 9999-12-31 is too far ahead"));
    assert_eq!(shell.json(&["approve", "1"])["application"]["phase"], "approved");
}

#[test]
fn a_letter_that_went_to_one_person_is_never_said_to_have_gone_to_another() {
    let shell = globex("sent");
    for command in [&["set", "1", "--contact=Joan Roe <joan@globex.example>"][..], &["show", "1"], &[]] {
        let said = shell.must(command);
        assert!(said.contains("letter to Jane Doe"), "{command:?}: {said}");
    }
}

#[test]
fn a_line_end_in_a_name_makes_no_line_of_its_own() {
    let shell = globex("waiting");
    shell.sql("UPDATE applications SET company = 'Globex' || char(10) || '! 99  Forged: followup approve --all'");
    for command in [&[][..], &["list"], &["show", "1"], &["why", "1"], &["queue"], &["log"], &["status"]] {
        let said = shell.run(command);
        assert!(!said.out.lines().any(|line| line.starts_with("! 99")), "{command:?}: {}", said.out);
    }
}

#[test]
fn of_two_approved_letters_to_one_employer_the_second_is_not_promised_for_the_same_hour() {
    let shell = globex("approved");
    shell.must(&[
        "add",
        "--company=GLOBEX",
        "--position=Planner",
        "--contact=Joan Roe <joan@globex.example>",
        "--interviewed=2026-11-03",
        "--promised=2026-11-06",
        "--timezone=America/New_York",
    ]);
    shell.must(&["draft", "2"]);
    let said = shell.must(&["approve", "2"]);
    assert!(said.contains("Mon 23 Nov 09:00 (New York)"), "five business days after the first one\n{said}");
    let list = shell.must(&["list"]);
    assert!(list.contains("goes today 09:00") && list.contains("goes Mon 23 Nov"), "{list}");
    let events = shell.json(&["agenda", "--until=2w"])["events"].clone();
    assert_eq!(events[1]["at"], shell.json(&["show", "2"])["application"]["next"]["at"], "{events}");
}

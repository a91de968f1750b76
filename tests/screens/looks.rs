//! What a person sees when they look, in each situation, on wide and narrow pages.

use followup::core::delivery::{NotSent, Outcome, Retry};
use unicode_width::UnicodeWidthStr;

use super::support::situations::submitted;
use super::*;

const LOOKS: [&[&str]; 9] = [
    &[],
    &["list", "--all"],
    &["queue"],
    &["show", "1"],
    &["why", "1"],
    &["draft", "1"],
    &["log", "1"],
    &["log"],
    &["status"],
];

#[test]
fn an_empty_home() {
    let commands: [&[&str]; 8] =
        [&[], &["list"], &["list", "--all"], &["queue"], &["show", "1"], &["log"], &["status"], &["tick"]];
    matches("look-empty", &session(&Shell::new(), &commands));
}

#[test]
fn a_home_without_settings() {
    // For people the folder's name, whose length is that of the machine, would break the line.
    let commands: [&[&str]; 3] = [&["--json"], &["recall", "--all"], &["list", "--json"]];
    matches("look-without-settings", &session(&Shell::without_settings(), &commands));
}

#[test]
fn each_situation() {
    for situation in SITUATIONS {
        matches(&format!("look-{situation}"), &session(&globex(situation), &LOOKS));
    }
}

#[test]
fn many_applications_at_once() {
    let shell = busy();
    let commands: [&[&str]; 6] = [&[], &["list"], &["list", "--all"], &["queue"], &["status"], &["log", "--last", "5"]];
    matches("look-busy", &session(&shell, &commands));
    matches("look-busy-verbose", &session(&shell, &[&["show", "1", "-v"], &["log", "-v"]]));
}

#[test]
fn many_applications_on_other_pages() {
    let mut shell = busy();
    let commands: [&[&str]; 3] = [&[], &["list"], &["queue"]];
    for columns in [20, 40, 80, 120] {
        shell.columns = Some(columns);
        matches(&format!("look-busy-{columns}-columns"), &session(&shell, &commands));
    }
    (shell.columns, shell.colour) = (Some(80), true);
    matches(
        "look-busy-in-colour",
        &session(&shell, &[&[], &["list"], &["queue"], &["approve", "6"], &["approve", "2"]]),
    );
}

#[test]
fn more_applications_than_are_shown_without_being_asked_for() {
    let shell = Shell::new();
    for number in 1..=20 {
        let company = format!("--company=Company {number}");
        // It is too late for thanks.
        shell.must(&["add", &company, "--position=Analyst", "--contact=a@b.example", "--interviewed=2026-11-11"]);
    }
    matches("look-twenty", &session(&shell, &[&[], &["log", "--last=3"]]));
}

#[test]
fn who_looks_and_when_it_was() {
    let shell = globex("approved");
    let lock = shell.folder().join("followup.lock");
    let mut screens = String::new();
    for (who, said) in [
        ("a tick, 5 minutes ago", r#"{"pid":7,"looked_at":"2026-11-16T09:55:00Z","next_at":null,"once":true}"#),
        ("a tick, 3 days ago", r#"{"pid":7,"looked_at":"2026-11-13T09:55:00Z","next_at":null,"once":true}"#),
        (
            "a daemon that ended 3 hours ago",
            r#"{"pid":7,"looked_at":"2026-11-16T07:00:00Z","next_at":"2026-11-16T14:00:00Z"}"#,
        ),
        ("a clock that was years ahead", r#"{"pid":7,"looked_at":"2036-01-01T00:00:00Z","next_at":null,"once":true}"#),
        ("nobody knows", "{"),
    ] {
        std::fs::write(&lock, said).unwrap();
        shell.must(&["recall", "1"]);
        let approved = shell.must(&["approve", "1"]);
        screens += &format!("# {who}\n\n$ followup approve 1\n...\n{}\n\n", approved.lines().last().unwrap());
        screens += &session(&shell, &[&["status"]]);
        let daemon = &shell.json(&["status"])["daemon"];
        assert_eq!((daemon["running"].as_bool(), daemon["pid"].as_i64()), (Some(false), None));
        screens += &format!("daemon.looked_at: {}\n\n", daemon["looked_at"]);
    }
    matches("who-looks", &screens);
}

#[test]
fn a_letter_is_being_sent_only_while_somebody_sends() {
    let shell = globex("sending");
    let lock = followup::daemon::Lock::take(&shell.folder().join("followup.lock")).unwrap();
    assert!(shell.must(&["list"]).contains("sending  going now"));
    assert!(shell.must(&["show", "1"]).contains("The letter to Jane Doe has begun to be sent."));
    assert!(!shell.must(&[]).contains('!'));
    drop(lock);
    assert!(shell.must(&["list"]).contains("sending  stopped"));
    assert!(shell.must(&["show", "1"]).contains("followup was stopped while it sent the letter."));
    assert!(shell.must(&["queue"]).starts_with("! 1  Globex: followup was stopped while it sent the letter."));
}

#[test]
fn a_letter_whose_time_has_come_or_gone_while_nobody_looked() {
    let shell = globex("waiting");
    // After its window, and after the last day on which it could go late.
    for (now, words) in
        [("2026-12-03T10:00:00Z", "waiting  late now"), ("2027-02-01T10:00:00Z", "lapsed  its time is over")]
    {
        let list = shell.at(now).must(&["list"]);
        assert!(list.contains(words), "{list}");
        assert_eq!(shell.must(&[]).starts_with("1 letter waits"), words.ends_with("late now"));
        let why = shell.must(&["why", "1"]).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(why.contains("The time of this letter to Jane Doe was over on"), "{why}");
    }
    // Looking decides nothing.
    assert_eq!(shell.at("2026-11-16T15:00:00Z").json(&["show", "1"])["application"]["phase"], "waiting");
}

#[test]
fn what_the_server_put_off_says_so() {
    let shell = globex("sending");
    submitted(
        &shell,
        "1",
        Outcome::NotSent(NotSent { retry: Retry::Letter, why: "451 4.7.1 try again later".to_owned() }),
    );
    let said = shell.must(&["show", "1"]);
    assert!(said.replace('\n', " ").contains("It could not go on"), "{said}");
    assert!(said.contains("451 4.7.1 try again later"), "{said}");
}

#[test]
fn what_another_program_answered_or_closed_waits_for_no_word() {
    for change in ["outcome = 'reply'", "status = 'closed'"] {
        let shell = globex("waiting");
        shell.sql(&format!("UPDATE applications SET {change}"));
        assert!(shell.must(&[]).starts_with("Nothing waits for your word."), "{change}");
        let list = shell.must(&["list", "--all"]);
        assert!(!list.contains('>') && !list.contains("followup approve"), "{change}: {list}");
    }
    // Taken back, it is due anew, as the first letter was.
    let shell = globex("answered");
    shell.sql("UPDATE applications SET outcome = NULL");
    assert!(shell.must(&[]).starts_with("1 letter waits for your word."), "{}", shell.must(&[]));
}

#[test]
fn every_screen_gives_several_approved_letters_the_same_times() {
    let shell = globex("approved");
    let contact = "--contact=jane@globex.example";
    let more = ["--company=Globex", "--position=Tester", "--interviewed=2026-11-03", "--promised=2026-11-06"];
    shell.must(&[&["add", contact], &more[..]].concat());
    put(&shell, "2", "approved");
    let next = |arguments: &[&str]| shell.json(arguments)["application"]["next"].clone();
    for id in ["1", "2"] {
        let shown = next(&["show", id]);
        assert_eq!((next(&["why", id]), next(&["draft", id])), (shown.clone(), shown), "{id}");
    }
    assert_ne!(next(&["why", "1"]), next(&["why", "2"]));
}

#[test]
fn a_time_after_the_clocks_change_names_its_place() {
    let shell = Shell::new();
    let every_day = SETTINGS.replace("Europe/London", "America/Phoenix") + "[sending]\ndays = 'all'\n";
    shell.write_settings(&every_day);
    let facts = ["--company=A", "--position=B", "--contact=a@a.example", "--timezone=America/Denver"];
    // Saturday evening in both places; Denver's clocks go forward in the night, Arizona's never do.
    shell.at("2027-03-14T02:00:00Z");
    shell.must(&[&["add", "--interviewed=2027-03-01", "--promised=2027-03-05"], &facts[..]].concat());
    put(&shell, "1", "approved");
    let list = shell.must(&["list"]);
    assert!(list.contains("goes tomorrow 09:00 Denver"), "{list}");
}

#[test]
fn a_cell_is_cut_by_the_columns_that_it_takes() {
    let mut shell = Shell::new();
    let hearts = "\u{2764}\u{FE0F}".repeat(20);
    let company = format!("--company={hearts}");
    let position = "--position=Senior Analyst of Things to Come";
    shell.must(&["add", &company, position, "--contact=a@b.example", "--interviewed=2026-11-12"]);
    shell.columns = Some(80);
    for line in shell.must(&["list"]).lines() {
        assert!(line.width() <= 80, "{} columns: {line}", line.width());
    }
}

#[test]
fn a_decision_is_said_once() {
    let shell = globex("waiting");
    shell.must(&["close", "1", "--why", "they never answered"]);
    let story = shell.must(&["log", "1"]);
    assert_eq!(story.matches("closed").count(), 1, "{story}");
    assert!(story.contains("closed: they never answered"), "{story}");
    let all = shell.json(&["log", "1"]);
    let closes = all["entries"].as_array().unwrap().iter().filter(|entry| entry["what"] == "closed");
    assert_eq!(closes.count(), 2, "the journal keeps both: of the application, and of its letter");
}

#[test]
fn no_line_is_wider_than_its_page() {
    for situation in SITUATIONS {
        let mut shell = globex(situation);
        for columns in [80, 40, 20] {
            shell.columns = Some(columns);
            for arguments in LOOKS {
                let said = shell.run(arguments);
                fits(columns, arguments, &(said.out + &said.err));
            }
        }
    }
    let mut shell = busy();
    for columns in [120, 80, 60, 40, 20] {
        shell.columns = Some(columns);
        for arguments in [&[][..], &["list"], &["queue"], &["status"], &["log"], &["show", "9"], &["why", "9"]] {
            let said = shell.run(arguments);
            fits(columns, arguments, &(said.out + &said.err));
        }
    }
}

/// A single word that is too long may stick out.
fn fits(columns: usize, arguments: &[&str], text: &str) {
    for line in text.lines() {
        let is_word = !line.trim().contains(' ') && columns < 80;
        assert!(line.width() <= columns || is_word, "{arguments:?} at {columns} columns:\n{line}\nin\n{text}");
    }
}

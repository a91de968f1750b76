//! What a person sees when they look, in each situation, on wide and narrow pages.

use unicode_width::UnicodeWidthStr;

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
        shell.must(&["add", &company, "--position=Analyst", "--contact=a@b.example", "--interviewed=2026-11-12"]);
    }
    matches("look-twenty", &session(&shell, &[&[], &["log", "--last=3"]]));
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

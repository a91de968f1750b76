//! Editors that fail, and readers of what is printed that go away or are full.

use std::fs;
use std::process::{Command, Stdio};

use super::*;
use crate::support::home::Home;

/// A terminal whose editor runs this script of `sh`, with the letter's file as `$1`.
fn with_editor(shell: &mut Shell, script: &str) {
    let file = shell.folder().join("editor.sh");
    fs::write(&file, script).unwrap();
    shell.variables = vec![("EDITOR".into(), format!("sh {}", file.display()).into())];
}

/// What the person had typed, kept where the error says; removed from there.
fn kept(said: &Said) -> Option<String> {
    let text = said.err.split_whitespace().collect::<Vec<_>>();
    let path = text.iter().find(|word| word.contains("letter-") && word.ends_with(".txt"))?;
    let words =
        fs::read_to_string(path).or_else(|_| fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()));
    fs::remove_file(path).unwrap();
    words.ok()
}

#[test]
fn an_editor_that_leaves_nothing_to_use() {
    let table = [
        ("fails", "exit 3", 1, "exit status: 3", true),
        ("fails after typing", "echo 'my words' > \"$1\"; exit 1", 1, "what you typed is in", true),
        ("is killed", "kill -9 $$", 1, "signal: 9", true),
        ("empties the file", ": > \"$1\"", 1, "the file was left empty, so that nothing was changed", false),
        ("leaves blanks", "printf ' \\n\\n' > \"$1\"", 1, "the file was left empty", true),
        ("removes the file", "rm \"$1\"", 1, "No such file", false),
        (
            "drops the subject line",
            "printf 'Dear Jane,\\n\\nhello\\n' > \"$1\"",
            2,
            "must begin with a line `Subject: ...`",
            true,
        ),
        ("empties the subject", "printf 'Subject:\\n\\nDear Jane,\\n' > \"$1\"", 2, "subject: is empty", true),
        ("empties the body", "printf 'Subject: x\\n\\n' > \"$1\"", 2, "body: is empty", true),
        ("writes an escape", "printf 'Subject: x\\n\\na\\033[2J' > \"$1\"", 2, "cannot be seen, U+001B", true),
        ("writes no text", "printf 'Subject: x\\n\\nRen\\351' > \"$1\"", 1, "UTF-8", true),
    ];
    for (name, script, code, says, is_kept) in table {
        let mut shell = globex("waiting");
        with_editor(&mut shell, script);
        let before = shell.contents();
        let said = shell.converse(&["edit", "1"], &[]);
        is_clear(name, &said, code, says);
        assert_eq!(shell.contents(), before, "{name}");
        assert_eq!(kept(&said).is_some(), is_kept, "{name}: {}", said.err);
    }
}

#[test]
fn an_editor_that_is_missing() {
    for editor in ["/nowhere/editor", "no-such-editor-anywhere --wait", "/"] {
        let mut shell = globex("waiting");
        shell.variables = vec![("EDITOR".into(), editor.into())];
        let before = shell.contents();
        is_clear(editor, &shell.converse(&["edit", "1"], &[]), 1, "name another one in $VISUAL or $EDITOR");
        assert_eq!(shell.contents(), before, "{editor}");
    }
}

#[test]
fn an_approval_is_taken_back_before_the_editor_and_the_person_is_told_so_if_it_fails() {
    let mut shell = globex("approved");
    with_editor(&mut shell, "exit 1");
    let said = shell.converse(&["edit", "1"], &[]);
    is_clear("approved", &said, 1, "your approval was taken back; to give it again: followup approve 1");
    kept(&said);
    assert_eq!(shell.json(&["show", "1"])["application"]["phase"], "waiting");
    shell.must(&["approve", "1"]);
}

#[test]
fn an_editor_that_works() {
    let mut shell = globex("waiting");
    with_editor(&mut shell, "sed -i 's/^Subject: .*/Subject: A question/' \"$1\"");
    let said = shell.converse(&["edit", "1"], &[]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    assert_eq!(shell.json(&["show", "1"])["application"]["subject"], "A question");
}

/// A home of the real program with one letter and a journal of some length.
fn long_story() -> Home {
    let home = Home::at_port(9);
    home.add("jane@globex.example");
    let entries = "INSERT INTO journal (at, who, application_id, what, detail) \
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) \
        SELECT 1000 * i, 'person', 1, 'note', printf('%.100c', 'x') FROM n";
    home.sql(entries);
    home
}

fn program(home: &Home, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_followup"));
    command.env_clear().env("FOLLOWUP_HOME", home.folder()).env("TZ", "UTC").args(arguments).stdin(Stdio::null());
    command.envs(crate::support::home::passed_on());
    command
}

#[test]
fn a_reader_that_goes_away_early_is_no_failure_however_much_there_is_to_say() {
    let home = long_story();
    for arguments in [
        &["list"][..],
        &["log", "--last=20000"],
        &["log", "--json", "--last=20000"],
        &["show", "1"],
        &["man"],
        &["--help"],
    ] {
        let mut child = program(&home, arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(
            (output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()),
            (Some(0), ""),
            "{arguments:?}"
        );
    }
}

#[test]
fn standard_output_that_is_full_is_a_failure_in_plain_words() {
    let home = long_story();
    for arguments in
        [&["list"][..], &["show", "1"], &["log", "--json"], &["completions", "bash"], &["--help"], &["--version"]]
    {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = program(&home, arguments).stdout(full).stderr(Stdio::piped()).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {text}");
        assert!(
            text.contains("what was to be said cannot be written: No space left on device"),
            "{arguments:?}: {text}"
        );
    }
}

#[test]
fn standard_error_that_is_full_or_closed_keeps_the_exit_code() {
    let home = long_story();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = program(&home, &["show", "7"]).stdout(Stdio::piped()).stderr(full).output().unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(3), &b""[..]));
}

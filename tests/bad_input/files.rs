//! Files and folders that are not what they should be: templates, the home, the database, what is read and written.

use std::path::Path;

use super::*;

fn with_template(name: &str, text: &str) -> Shell {
    let shell = globex("planned");
    std::fs::create_dir(shell.folder().join("letters")).unwrap();
    std::fs::write(shell.folder().join(format!("letters/{name}.txt")), text).unwrap();
    shell
}

#[test]
fn a_template_that_cannot_be_used_is_named_with_its_line_and_what_there_is() {
    let table = [
        ("an unknown name", "Subject: x\n\nDear {{ recipient }},\n", "promise-passed.txt, line 3"),
        ("an unknown part of a name", "Subject: x\n\n{{ me.nickname }}\n", "there are: me.name"),
        ("a name in the subject", "Subject: {{ positon }}\n\nHello\n", "promise-passed.txt, line 1"),
        ("a bracket too few", "Subject: x\n\nDear {{ contact.name },\n", "promise-passed.txt, line 3"),
        ("an unknown word", "Subject: x\n\n{% fi promise %}x{% endfi %}\n", "promise-passed.txt, line 3"),
        ("no end", "Subject: x\n\n{% if promise %}x\n", "promise-passed.txt"),
        ("an unknown filter", "Subject: x\n\n{{ company | shout }}\n", "promise-passed.txt, line 3"),
        (
            "a loop without end",
            "Subject: x\n\n{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}\n",
            "does not end, or is far too long",
        ),
        ("no subject", "Dear {{ contact.name }},\n\nHello\n", "must begin with a line `Subject: ...`"),
        ("an empty file", "", "must begin with a line `Subject: ...`"),
        ("an empty subject", "Subject:\n\nHello\n", "is empty"),
        ("a division by nothing", "Subject: x\n\n{{ 1 // 0 }}\n", "promise-passed.txt, line 3"),
    ];
    for (name, text, says) in table {
        let shell = with_template("promise-passed", text);
        refused(&shell, name, &["draft", "1"], 5, says);
        let said = shell.run(&["check"]);
        assert_eq!(said.code, 5, "{name}");
        assert!(one_line(&said.out).contains("promise-passed.txt"), "{name}: {}", said.out);
    }
}

#[test]
fn a_home_that_cannot_be_one_is_named() {
    let shell = Shell::new();
    let file = shell.folder().join("file");
    std::fs::write(&file, "x").unwrap();
    let inside = file.join("home").display().to_string();
    for home in [&file.display().to_string(), &inside, "/proc/nowhere", "/dev/null"] {
        // Without settings in it there is nothing to do but to set it up, which says what is wrong with it.
        is_clear(home, &Shell::at_home(Path::new(home)).run(&["list"]), 5, "");
    }
    let init = ["init", "--name=Ada", "--email=ada@me.example", "--smtp-host=localhost", "--no-login"];
    for home in ["/proc/nowhere", &file.display().to_string()] {
        is_clear(home, &Shell::at_home(Path::new(home)).run(&init), 5, "");
    }
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let lists =
        [&["list"][..], &["show", "1"], &["approve", "1"], &["recall", "--all"], &["backup", "/tmp/nothing.db"]];
    for (name, bytes) in [("a text", "these are my notes\n".repeat(400)), ("zeros", "\0".repeat(8192))] {
        let shell = Shell::new();
        std::fs::write(shell.database(), &bytes).unwrap();
        for command in lists {
            is_clear(&format!("{name}, {command:?}"), &shell.run(command), 5, "followup.db");
        }
        assert_eq!(std::fs::read(shell.database()).unwrap(), bytes.as_bytes(), "{name}");
    }
    let shell = Shell::new();
    std::fs::create_dir(shell.database()).unwrap();
    is_clear("a folder", &shell.run(&["list"]), 5, "followup.db");
}

#[test]
fn a_database_of_a_newer_version_is_not_touched() {
    let shell = globex("waiting");
    shell.sql("PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
    let before = std::fs::read(shell.database()).unwrap();
    for command in [&["list"][..], &["approve", "1"], &["heard", "1", "reply"], &["recall", "--all"], &["forget", "1"]]
    {
        is_clear(&format!("{command:?}"), &shell.run(command), 5, "newer followup");
    }
    assert_eq!(std::fs::read(shell.database()).unwrap(), before);
}

#[test]
fn a_damaged_database_is_named_and_not_made_worse() {
    let shell = globex("waiting");
    shell.sql("PRAGMA wal_checkpoint(TRUNCATE)");
    let mut bytes = std::fs::read(shell.database()).unwrap();
    // Every page but the first, which says what the file is.
    bytes[4096..].fill(0xA5);
    std::fs::write(shell.database(), &bytes).unwrap();
    for command in [&["list"][..], &["show", "1"], &["approve", "1"]] {
        let said = shell.run(command);
        assert!([1, 5].contains(&said.code), "{command:?}: {}", said.err);
        is_clear(&format!("{command:?}"), &said, said.code, "");
    }
    let said = shell.run(&["check"]);
    assert_ne!(said.code, 0);
    assert!(said.out.contains("no  database"), "{}", said.out);
}

#[test]
fn a_database_that_another_program_keeps_locked_is_waited_for_and_then_named() {
    let shell = globex("waiting");
    let before = shell.contents();
    let other = rusqlite::Connection::open(shell.database()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    is_clear("locked", &shell.run(&["reject", "1"]), 1, "locked by another program");
    drop(other);
    assert_eq!(shell.contents(), before);
    shell.must(&["reject", "1"]);
}

#[test]
fn a_body_that_cannot_be_read_changes_nothing() {
    let shell = globex("waiting");
    let folder = shell.folder().display().to_string();
    std::fs::write(shell.folder().join("latin"), b"Dear J\xf6rg").unwrap();
    std::fs::write(shell.folder().join("nothing"), "").unwrap();
    for (name, file, code) in
        [("missing", "none", 1), ("a folder", "", 1), ("no UTF-8", "latin", 1), ("empty", "nothing", 2)]
    {
        refused(&shell, name, &["edit", "1", "--body-file", &format!("{folder}/{file}")], code, "");
    }
}

#[test]
fn a_backup_overwrites_nothing_and_needs_a_folder() {
    let shell = globex("waiting");
    let folder = shell.folder().display().to_string();
    std::fs::write(shell.folder().join("precious"), "x").unwrap();
    let table = [
        ("a file that is there", format!("{folder}/precious"), 4),
        ("the database itself", format!("{folder}/followup.db"), 4),
        ("a folder", folder.clone(), 4),
        ("a folder that is not there", format!("{folder}/none/copy.db"), 1),
    ];
    for (name, file, code) in table {
        refused(&shell, name, &["backup", &file], code, "");
    }
    assert_eq!(std::fs::read_to_string(shell.folder().join("precious")).unwrap(), "x");
}

#[test]
fn without_settings_nothing_is_created() {
    let shell = Shell::without_settings();
    for command in
        [&[][..], &["list"], &["add"], &["tick"], &["daemon"], &["config"], &["backup", "x.db"], &["recall", "--all"]]
    {
        let said = shell.run(command);
        assert!(said.code == 5 || command == ["add"], "{command:?}: {}", said.err);
    }
    assert_eq!(std::fs::read_dir(shell.folder()).unwrap().count(), 0);
}

//! Templates, settings, the home and the database, where they are not what they should be.

use std::fs;
use std::path::Path;

use super::*;

/// What `arguments` do to a home in which something is wrong: a clear error, and the file stays as it is.
fn untouched(shell: &Shell, name: &str, file: &Path, arguments: &[&str], code: u8, says: &str) {
    let before = fs::read(file).ok();
    is_clear(name, &shell.run(arguments), code, says);
    is_clear_json(name, &shell.run(&[&["--json"], arguments].concat()), code);
    assert_eq!(fs::read(file).ok(), before, "{name}: {} was changed", file.display());
}

#[test]
fn a_template_that_cannot_be_used_is_named_with_line_column_and_what_there_is() {
    let loops = "Subject: x\n\n{% for i in range(9999) %}{% for j in range(9999) %}x{% endfor %}{% endfor %}";
    let table: [(&str, &str, &str); 13] = [
        (
            "an unknown name",
            "Subject: x\n\nDear {{ nobody }},\n",
            "promise-passed.txt, line 3, column 9: undefined value",
        ),
        ("an unknown part", "Subject: x\n\n{{ promise.dat }}", "line 3, column 4: undefined value"),
        (
            "what there is",
            "Subject: {{ firm }}\n\nx",
            "there are: me.name, me.email, me.phone, contact.name, contact.phone (of a call), company",
        ),
        ("wide letters before it", "Subject: x\n\n山田 {{ nobody }}", "line 3, column 7: undefined value"),
        ("Windows line ends", "Subject: x\r\n\r\nDear {{ nobody }},\r\n", "line 3, column 9: undefined value"),
        ("no end", "Subject: {{ company\n\nx", "promise-passed.txt, line 3, column 1: syntax error"),
        ("an unknown filter", "Subject: x\n\n{{ company | shout }}", "line 3"),
        ("an unknown block", "Subject: x\n\n{% unless company %}", "line 3"),
        ("no endif", "Subject: x\n\n{% if company %}x", "promise-passed.txt, line 3"),
        ("an endless loop", loops, "does not end, or is far too long"),
        ("no subject", "Dear Jane,\n\nhello\n", "must begin with a line `Subject: ...`, then a blank line"),
        ("an empty subject", "Subject:\n\nDear Jane,\n", "subject: is empty"),
        ("what cannot be seen", "Subject: x\n\nDear \u{202e}Jane,\n", "has a character that cannot be seen, U+202E"),
    ];
    let shell = globex("waiting");
    fs::create_dir(shell.folder().join("letters")).unwrap();
    let file = shell.folder().join("letters/promise-passed.txt");
    for (name, text, says) in table {
        fs::write(&file, text).unwrap();
        for command in [&["list"][..], &["approve", "1"], &["tick"]] {
            refused(&shell, name, command, 5, says);
        }
    }
    for bytes in [&b""[..], b"Subject: \xff\n\nx"] {
        fs::write(&file, bytes).unwrap();
        refused(&shell, "empty, or no text", &["list"], 5, "promise-passed.txt");
    }
    // The emergency stop and a backup need no letters.
    shell.must(&["recall", "--all"]);
    shell.must(&["backup", shell.folder().join("copy.db").to_str().unwrap()]);
}

#[test]
fn settings_that_are_missing_or_cannot_be_used() {
    let commands: [&[&str]; 8] =
        [&[], &["list"], &["show", "1"], &["approve", "1"], &["tick"], &["daemon"], &["note", "1", "x"], &["status"]];
    let shell = Shell::without_settings();
    for command in commands {
        refused(&shell, "no settings", command, 5, "there are no settings yet");
        assert_eq!(fs::read_dir(shell.folder()).unwrap().count(), 0, "{command:?} created something");
    }
    let shell = globex("waiting");
    let table = [
        ("[me", "line 1"),
        ("[me]\nname = 'Ada'\nemial = 'a@b.example'\n", "did you mean `me.email`"),
        ("\u{0}", "line 1"),
    ];
    for (text, says) in table {
        shell.write_settings(text);
        refused(&shell, text, &["list"], 5, says);
    }
    fs::remove_file(shell.settings()).unwrap();
    fs::create_dir(shell.settings()).unwrap();
    refused(&shell, "a folder", &["list"], 5, "followup.toml");
}

#[test]
fn a_home_that_is_none() {
    let shell = Shell::new();
    let file = shell.folder().join("file");
    fs::write(&file, "not a folder\n").unwrap();
    for home in [file.clone(), file.join("below")] {
        let shell = Shell::at_home(&home);
        untouched(&shell, "home is a file", &file, &["list"], 5, "--home names another home");
        untouched(&shell, "home is a file", &file, &["recall", "--all"], 5, "there are no settings yet");
        let init = ["init", "--name=Ada", "--email=ada@me.example", "--smtp-host=localhost"];
        untouched(&shell, "home is a file", &file, &init, 5, "is no folder, or lies below a file");
    }
}

#[test]
fn a_database_that_is_none() {
    for (name, text, says) in [("a text", "these are words, not a database\n".repeat(200), "is not a database")] {
        let shell = Shell::new();
        fs::write(shell.database(), text).unwrap();
        for command in
            [&["list"][..], &["add"], &["note", "1", "x"], &["recall", "--all"], &["backup", "copy.db"], &["tick"]]
        {
            let command = if command == ["add"] { add(&[]) } else { command.to_vec() };
            untouched(&shell, name, &shell.database(), &command, 5, says);
        }
        assert!(!Path::new("copy.db").exists());
    }
    let shell = Shell::new();
    fs::create_dir(shell.database()).unwrap();
    untouched(&shell, "a folder", &shell.database(), &["list"], 5, "followup.db");
    let shell = Shell::new();
    std::os::unix::fs::symlink(shell.folder().join("nowhere/followup.db"), shell.database()).unwrap();
    untouched(&shell, "a link to nowhere", &shell.database(), &["list"], 5, "followup.db");
}

#[test]
fn a_database_of_a_newer_version_stays_as_it_is_byte_for_byte() {
    let shell = globex("waiting");
    shell.sql("PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)");
    for command in [&["list"][..], &["approve", "1"], &["recall", "--all"], &["forget", "1"], &["tick"]] {
        untouched(
            &shell,
            "newer",
            &shell.database(),
            command,
            5,
            "was written by a newer followup; it was not touched",
        );
    }
}

#[test]
fn a_database_of_which_a_part_is_lost() {
    let shell = globex("waiting");
    shell.sql("PRAGMA wal_checkpoint(TRUNCATE)");
    let whole = fs::read(shell.database()).unwrap();
    for length in [whole.len() / 2, 4096 * 3, 5000] {
        fs::write(shell.database(), &whole[..length]).unwrap();
        let said = shell.run(&["list"]);
        is_clear("truncated", &said, 5, "");
        assert!(said.err.contains("malformed") || said.err.contains("not a database"), "{length}: {}", said.err);
    }
}

#[test]
fn a_database_that_can_only_be_read() {
    let shell = globex("waiting");
    shell.sql("PRAGMA wal_checkpoint(TRUNCATE)");
    // The mark of a later way of writing: SQLite then opens the file for reading only, even for root.
    let mut bytes = fs::read(shell.database()).unwrap();
    bytes[18] = 3;
    fs::write(shell.database(), &bytes).unwrap();
    untouched(&shell, "read-only", &shell.database(), &["note", "1", "x"], 5, "readonly");
    let said = shell.run(&["check"]);
    assert!(said.out.contains("  no  database") && said.out.contains("attempt to write a readonly"), "{}", said.out);
}

#[test]
fn a_database_that_is_locked_for_long() {
    let shell = globex("waiting");
    let other = rusqlite::Connection::open(shell.database()).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let before = shell.contents();
    is_clear("locked", &shell.run(&["note", "1", "x"]), 1, "the database is locked by another program");
    assert_eq!(shell.contents(), before);
    other.execute_batch("COMMIT").unwrap();
    shell.must(&["note", "1", "x"]);
}

#[test]
fn a_backup_goes_into_a_new_file_in_a_folder_that_is_there() {
    let shell = globex("waiting");
    let existing = shell.folder().join("copy.db");
    fs::write(&existing, "mine").unwrap();
    let (existing, missing) = (existing.to_str().unwrap(), shell.folder().join("nowhere/copy.db"));
    refused(&shell, "existing", &["backup", existing], 4, "exists already; it was not touched");
    assert_eq!(fs::read_to_string(existing).unwrap(), "mine");
    refused(&shell, "the database itself", &["backup", shell.database().to_str().unwrap()], 4, "exists already");
    refused(&shell, "a folder", &["backup", shell.folder().to_str().unwrap()], 4, "exists already");
    refused(&shell, "a missing folder", &["backup", missing.to_str().unwrap()], 1, "nowhere/copy.db");
    refused(&shell, "below a file", &["backup", &format!("{existing}/copy.db")], 1, "copy.db/copy.db");
    refused(&shell, "nothing", &["backup", ""], 2, "value");
}

#[test]
fn a_body_that_cannot_be_read() {
    let shell = globex("waiting");
    let folder = shell.folder().to_str().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        fs::write(shell.folder().join(name), bytes).unwrap();
        format!("{folder}/{name}")
    };
    let table = [
        (format!("{folder}/nowhere.txt"), 1, "nowhere.txt: No such file"),
        (folder.to_owned(), 1, "Is a directory"),
        (file("latin.txt", b"Dear Ren\xe9"), 1, "latin.txt: is no text in UTF-8"),
        (file("empty.txt", b""), 2, "body: is empty"),
        (file("blank.txt", b" \n\t\n"), 2, "body: is empty"),
        (file("nul.txt", b"Dear\0Jane"), 2, "body: has a character that cannot be seen, U+0000"),
    ];
    for (file, code, says) in table {
        refused(&shell, says, &["edit", "1", "--body-file", &file], code, says);
    }
}

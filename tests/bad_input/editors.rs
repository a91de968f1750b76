//! An editor that fails, is not there, or leaves what is no letter: nothing is stored, and nothing typed is lost.

use super::*;

/// `edit` in a conversation, with `script` as the editor.
fn edit_with(shell: &mut Shell, script: &str) -> Said {
    let editor = shell.folder().join("editor");
    std::fs::write(&editor, format!("#!/bin/sh\n{script}\n")).unwrap();
    shell.variables = vec![("EDITOR".into(), format!("sh {}", editor.display()).into())];
    shell.converse(&["edit", "1"], &[])
}

#[test]
fn what_an_editor_leaves_is_stored_only_if_it_is_a_letter() {
    let table = [
        ("an editor that fails", "echo typed >>$1; exit 3", 1, "exit status: 3", true),
        ("one that is killed", "echo typed >>$1; kill -9 $$", 1, "signal: 9", true),
        ("one that empties the file", ": >$1", 1, "left empty", false),
        ("one that leaves spaces", "echo '  ' >$1", 1, "left empty", true),
        ("one that removes the file", "rm $1", 1, "the editor", false),
        ("no subject line", "echo Dear Jane >$1", 2, "must begin with a line `Subject: ...`", true),
        ("an empty subject", "printf 'Subject:\\n\\nDear Jane\\n' >$1", 2, "subject: is empty", true),
        ("an empty body", "printf 'Subject: x\\n\\n' >$1", 2, "body: is empty", true),
        ("what cannot be seen", "printf 'Subject: x\\n\\nDear \\033[2JJane\\n' >$1", 2, "body: has a character", true),
        ("no UTF-8", "printf 'Subject: x\\n\\nDear J\\366rg\\n' >$1", 1, "the editor", true),
    ];
    for (name, script, code, says, keeps) in table {
        let mut shell = globex("waiting");
        let before = shell.contents();
        let said = edit_with(&mut shell, script);
        is_clear(name, &said, code, says);
        assert_eq!(shell.contents(), before, "{name}");
        let kept = said.err.split_whitespace().find(|word| word.contains("/letter-"));
        assert_eq!(kept.is_some(), keeps, "{name}: {}", said.err);
        if let Some(file) = kept {
            std::fs::remove_file(file).unwrap();
        }
    }
}

#[test]
fn an_editor_that_is_not_there_is_named() {
    let mut shell = globex("waiting");
    let before = shell.contents();
    shell.variables = vec![("VISUAL".into(), "/nowhere/editor --wait".into())];
    is_clear("not there", &shell.converse(&["edit", "1"], &[]), 1, "\"/nowhere/editor --wait\"");
    is_clear("nobody", &shell.run(&["edit", "1"]), 2, "there is no terminal to edit in");
    assert_eq!(shell.contents(), before);
}

#[test]
fn an_approval_that_was_taken_back_for_an_editor_that_failed_is_said() {
    let mut shell = globex("approved");
    let said = edit_with(&mut shell, "exit 1");
    is_clear("approved", &said, 1, "your approval was taken back");
    assert_eq!(taken(&shell, &["show", "1"])["phase"], "waiting");
}

#[test]
fn words_that_were_left_as_they_are_are_not_edited() {
    let mut shell = globex("waiting");
    let before = shell.contents();
    let said = edit_with(&mut shell, "true");
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{}", said.out);
    assert_eq!(shell.contents(), before);
    assert_eq!(edit_with(&mut shell, "echo 'P.S. I look forward to it.' >>$1").code, 0);
    assert!(taken(&shell, &["show", "1"])["body"].as_str().unwrap().ends_with("P.S. I look forward to it.\n"));
}

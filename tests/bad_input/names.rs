//! Applications by wrong numbers and names, words and flags that are not known.

use super::*;

/// Every command that is about one application, with what else it needs.
const OF_ONE: [&[&str]; 18] = [
    &["show"],
    &["why"],
    &["log"],
    &["draft"],
    &["draft", "--raw"],
    &["approve"],
    &["recall"],
    &["reject"],
    &["resolve", "--sent"],
    &["close"],
    &["reopen"],
    &["forget"],
    &["set", "--position=Planner"],
    &["interview", "--on=yesterday"],
    &["edit", "--subject=A question"],
    &["set", "--contact=x@y.example", "--promised="],
    &["close", "--why=over"],
    &["reject", "--why=no"],
];

#[test]
fn an_application_that_is_not_there() {
    let shell = globex("waiting");
    let huge = "9".repeat(400);
    for command in OF_ONE {
        for id in
            ["7", "0", "9223372036854775807", "99999999999999999999", &huge, "initech", "-1", "１", "", "  ", "*", "%"]
        {
            refused(
                &shell,
                &format!("{command:?} {id:?}"),
                &[command, &["--", id]].concat(),
                3,
                "there is no application",
            );
        }
    }
    for (first, last) in
        [("promise", "friday"), ("snooze", "3d"), ("heard", "reply"), ("called", "voicemail"), ("note", "x")]
    {
        refused(&shell, first, &[first, "7", last], 3, "there is no application 7");
    }
}

#[test]
fn a_name_that_fits_several_lists_them_all() {
    let shell = globex("waiting");
    for company in ["--company=Globe Airways", "--company=GLOBAL Foods", "--company=Initech"] {
        taken(&shell, &add(&[company]));
    }
    for command in OF_ONE {
        let said = shell.run(&[command, &["--", "glob"]].concat());
        is_clear(&format!("{command:?}"), &said, 2, "\"glob\" fits several applications; use a number");
        for line in ["1 Analyst at Globex", "2 Tester at Globe Airways", "3 Tester at GLOBAL Foods"] {
            assert!(one_line(&said.err).contains(line), "{command:?}: {}", said.err);
        }
        assert!(!said.err.contains("Initech"), "{}", said.err);
    }
    refused(&shell, "one of several", &["approve", "1", "glob"], 2, "fits several applications");
    assert_eq!(taken(&shell, &["show", " globex "])["id"], 1);
}

#[test]
fn words_and_flags_that_are_not_known() {
    let shell = globex("waiting");
    let table: [(&[&str], &str); 30] = [
        (&["aprove", "1"], "unrecognized subcommand 'aprove'"),
        (&["approve"], "required arguments were not provided"),
        (&["approve", "1", "--all"], "cannot be used with"),
        (&["approve", "--all", "--digest=00000000"], "cannot be used with"),
        (&["approve", "1", "2", "--digest=00000000"], "--digest is of one letter"),
        (&["approve", "1", "--force"], "unexpected argument '--force'"),
        (&["recall"], "required arguments were not provided"),
        (&["recall", "1", "--all"], "cannot be used with"),
        (&["resolve", "1"], "required arguments were not provided"),
        (&["resolve", "1", "--sent", "--not-sent"], "cannot be used with"),
        (&["heard", "1", "maybe"], "invalid value 'maybe'"),
        (&["heard", "1", "Reply"], "invalid value 'Reply'"),
        (&["heard", "1", ""], "value"),
        (&["heard", "1"], "required arguments were not provided"),
        (&["called", "1", "busy"], "invalid value 'busy'"),
        (&["called", "1", "reply"], "invalid value 'reply'"),
        (&["called", "1", "\u{1b}[2J\u{202e}"], "invalid value"),
        (&["show", "1", "2"], "unexpected argument '2'"),
        (&["show", "-1"], "unexpected argument '-1'"),
        (&["snooze", "1"], "required arguments were not provided"),
        (&["log", "--last=many"], "invalid value 'many'"),
        (&["log", "--last=-1"], "invalid value '-1'"),
        (&["add"], "it cannot be added without --company, --position, --interviewed"),
        (
            &["add", "--company=Initech", "--position=Tester", "--interviewed=yesterday"],
            "there is no way to reach them",
        ),
        (&["set", "1"], "nothing to correct was given"),
        (&["interview", "1"], "required arguments were not provided"),
        (&["interview", "1", "--on=2026-11-03", "--round=2"], "round 2 on 2026-11-03 is known already"),
        (&["edit", "1"], "there is no terminal to edit in"),
        (&["completions", "tcsh"], "invalid value 'tcsh'"),
        (&["list", "-q", "-v"], "cannot be used with"),
    ];
    for (arguments, says) in table {
        refused(&shell, &format!("{arguments:?}"), arguments, 2, says);
    }
    refused(&shell, "a short digest", &["approve", "1", "--digest=0"], 4, "has changed since you were asked");
    refused(&shell, "another digest", &["approve", "1", "--digest=0000000000"], 4, "has changed since you were asked");
}

#[test]
fn a_mistake_that_is_quoted_sets_no_colour_of_its_own() {
    let mut shell = Shell::new();
    (shell.columns, shell.colour) = (Some(80), true);
    for word in ["\u{1b}]0;title\u{7}", "\u{9b}2J", "a\u{202e}b"] {
        let said = shell.run(&["heard", "1", word]);
        assert_eq!(said.code, 2);
        assert!(!said.err.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}'), "{:?}", said.err);
    }
    assert!(shell.run(&["heard", "1", "maybe"]).err.contains('\u{1b}'), "an ordinary mistake is in colour");
}

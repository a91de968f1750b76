//! What each command that changes something says, and the refusals that a person meets on an ordinary day.

use super::*;

const GLOBEX: [&str; 7] = [
    "add",
    "--company=Globex",
    "--position=Analyst",
    "--contact=Jane Doe <jane@globex.example>",
    "--interviewed=2026-11-03",
    "--promised=2026-11-06",
    "--timezone=America/New_York",
];

#[test]
fn facts() {
    let shell = Shell::new();
    let commands: [&[&str]; 13] = [
        &GLOBEX,
        &[
            "add",
            "--company=Initech",
            "--position=Tester",
            "--hr=Personnel <jobs@initech.example>",
            "--interviewed=12 days ago",
            "--round=1",
        ],
        &["add", "--company=Umbrella", "--position=Chemist", "--phone=+44 20 7946 0000", "--interviewed=yesterday"],
        &["add", "--company=Acme", "--position=Planner", "--contact=wile@acme.example", "--interviewed=2025-11-03"],
        &["add", "--company=Hooli"],
        &["set", "1", "--contact=Jane Doe <jane.doe@globex.example>", "--promised="],
        &["set", "initech", "--interviewed=2026-11-13", "--round=2", "--strength=ten years of testing"],
        &["set", "1"],
        &["interview", "1", "--on=yesterday", "--promised=friday"],
        &["interview", "1", "--on=yesterday", "--round=3"],
        &["promise", "2", "friday"],
        &["promise", "2", "2026-11-01"],
        &["log"],
    ];
    matches("facts", &session(&shell, &commands));
}

#[test]
fn answers() {
    for (answer, more) in [("reply", ""), ("rejected", ""), ("offer", ""), ("next-round", ""), ("filled", "")] {
        let shell = globex("approved");
        matches(&format!("heard-{answer}{more}"), &session(&shell, &[&["heard", "globex", answer], &["reopen", "1"]]));
    }
    let commands: [&[&str]; 6] = [
        &["called", "1", "no-answer"],
        &["called", "1", "voicemail", "--note=told the machine"],
        &["called", "1", "still-deciding"],
        &["called", "1", "still-deciding", "--promised=friday"],
        &["called", "1", "rejected", "--note=kind words from Jane Doe"],
        &["log", "1"],
    ];
    matches("called", &session(&globex("waiting"), &commands));
    let commands: [&[&str]; 6] = [
        &["note", "1", "Jane is away"],
        &["close", "1"],
        &["promise", "1", "friday"],
        &["reopen", "1"],
        &["forget", "1"],
        &["show", "1"],
    ];
    matches("close-reopen-note-forget", &session(&globex("waiting"), &commands));
    let too_late: [&[&str]; 3] = [&["heard", "1", "offer"], &["close", "1"], &["forget", "1"]];
    matches("too-late-while-sending", &session(&globex("sending"), &too_late));
    matches("too-late-while-uncertain", &session(&globex("uncertain"), &too_late));
}

#[test]
fn deciding() {
    let shell = globex("planned");
    shell.at("2026-11-16T10:00:00Z");
    std::fs::write(shell.folder().join("body.txt"), "Dear [name],\n\nany news?\n").unwrap();
    let body = shell.folder().join("body.txt");
    let commands: [&[&str]; 10] = [
        &["approve", "1"],
        &["approve", "1"],
        &["recall", "1"],
        &["recall", "1"],
        &["set", "1", "--contact=Joan Doe <joan@globex.example>"],
        &["approve", "1"],
        &["draft", "1", "--raw"],
        &["reject", "1"],
        &["approve", "1"],
        &["log", "1"],
    ];
    matches("approve-recall-reject", &session(&shell, &commands));
    let shell = globex("waiting");
    let edited = session(
        &shell,
        &[&["edit", "1", "--body-file", body.to_str().unwrap()], &["approve", "1"], &["approve", "1", "--despite"]],
    );
    matches("edit", &edited.replace(body.to_str().unwrap(), "body.txt"));
    let commands: [&[&str]; 4] =
        [&["snooze", "1", "3d"], &["why", "1"], &["snooze", "1", "yesterday"], &["snooze", "1", "2027-06-01"]];
    matches("snooze", &session(&globex("waiting"), &commands));
    matches("resolve-sent", &session(&globex("uncertain"), &[&["resolve", "1", "--sent"], &["show", "1"]]));
    matches("resolve-not-sent", &session(&globex("uncertain"), &[&["resolve", "1", "--not-sent"], &["show", "1"]]));
}

#[test]
fn deciding_on_several() {
    let shell = busy();
    let commands: [&[&str]; 7] = [
        &["approve", "2", "3"],
        &["recall", "--all"],
        &["edit", "2", "--subject=[position]"],
        &["approve", "--all"],
        &["recall", "--all"],
        &["recall", "--all"],
        &["approve", "e"],
    ];
    matches("several", &session(&shell, &commands));
    matches("several-none", &session(&Shell::new(), &[&["approve", "--all"], &["recall", "--all"], &["queue"]]));
}

#[test]
fn deciding_in_the_wrong_phase() {
    let commands: [&[&str]; 7] = [
        &["draft", "1"],
        &["edit", "1", "--subject=A question"],
        &["approve", "1"],
        &["recall", "1"],
        &["resolve", "1", "--sent"],
        &["snooze", "1", "3d"],
        &["reject", "1"],
    ];
    for situation in SITUATIONS {
        matches(&format!("decide-{situation}"), &session(&globex(situation), &commands));
    }
}

#[test]
fn the_service() {
    let shell = globex("waiting");
    let copy = shell.folder().join("copy.db");
    let copy = copy.to_str().unwrap();
    let said = session(&shell, &[&["backup", copy], &["backup", copy], &["tick", "-q", "--help"]]);
    assert!(said.contains("exists already"), "{said}");
    matches("backup-again", &session(&shell, &[&["backup", copy]]).replace(copy, "copy.db"));
    let man = shell.must(&["man"]);
    assert!(man.starts_with(".ie") && man.contains("followup"), "{man}");
    for name in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(shell.must(&["completions", name]).contains("followup"), "{name}");
    }
}

#[test]
fn what_is_asked_is_asked_plainly() {
    let shell = globex("waiting");
    let said = shell.converse(&["forget", "1"], &["n"]);
    let again = shell.converse(&["forget", "1"], &[]);
    let yes = shell.converse(&["forget", "1"], &["yes"]);
    matches("forget-asked", &[said.out, again.out, yes.out].join("\n"));
}

#[test]
fn setting_up() {
    let shell = Shell::without_settings();
    let answers =
        ["Ada Byron\n", "ada at home\n", "ada@home.example\n", "\n", "Europe/London\n", "127.0.0.1\n", "-\n", "y\n"];
    let flags = ["init", "--smtp-port=9", "--smtp-tls=none"];
    let said = shell.converse(&flags, &answers);
    // What the machine's own zone is called is none of this.
    let out = said.out.lines().filter(|line| !line.starts_with("Your time zone")).collect::<Vec<_>>().join("\n");
    let screen = format!("$ {}\n{out}\n{}\n", typed(&flags), said.err);
    matches("init", &(screen + &session(&shell, &[&["init"], &["check"], &["check", "--json"], &["config"]])));
}

#[test]
fn what_comes() {
    let shell = busy();
    let commands: [&[&str]; 4] = [
        &["agenda"],
        &["agenda", "-v", "--until=2w"],
        &["agenda", "--until=2d", "--json"],
        &["agenda", "--until=never"],
    ];
    matches("agenda", &session(&shell, &commands));
    matches("agenda-empty", &session(&Shell::new(), &[&["agenda"]]));
}

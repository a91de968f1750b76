//! The JSON that other programs rely on: the names and the shapes.

use serde_json::Value;

use super::*;

/// The names of an object's fields, sorted.
fn names(value: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

const APPLICATION: [&str; 20] = [
    "body",
    "closes",
    "company",
    "contact",
    "digest",
    "held",
    "id",
    "kind",
    "late",
    "next",
    "opens",
    "outcome",
    "phase",
    "position",
    "recipient",
    "remarks",
    "rule",
    "status",
    "subject",
    "thread",
];

#[test]
fn each_situation() {
    let commands: [&[&str]; 4] =
        [&["show", "1", "--json"], &["draft", "1", "--json"], &["log", "1", "--json"], &["status", "--json"]];
    for situation in SITUATIONS {
        matches(&format!("json-{situation}"), &session(&globex(situation), &commands));
    }
}

#[test]
fn lists() {
    let commands: [&[&str]; 3] = [&["list", "--json"], &["queue", "--json"], &["list", "--all", "--json"]];
    matches("json-empty", &session(&Shell::new(), &commands));
    let shell = busy();
    for command in [&["list"][..], &["list", "--all"], &["queue"], &[]] {
        let json = shell.json(command);
        assert_eq!(names(&json), ["applications"], "{command:?}");
        for application in json["applications"].as_array().unwrap() {
            assert_eq!(names(application), APPLICATION, "{command:?}");
        }
    }
    let ids = |json: Value| -> Vec<i64> {
        json["applications"].as_array().unwrap().iter().map(|it| it["id"].as_i64().unwrap()).collect()
    };
    assert_eq!(ids(shell.json(&["list"])), [1, 2, 3, 4, 5, 6, 7, 9]);
    assert_eq!(ids(shell.json(&["list", "--all"])), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    // The fourth is a thank-you.
    assert_eq!(ids(shell.json(&["queue"])), [2, 4]);
}

#[test]
fn every_command_on_one_application_gives_it_in_one_shape() {
    let commands: [&[&str]; 16] = [
        &["show", "1"],
        &["why", "1"],
        &["draft", "1"],
        &["edit", "1", "--subject=A question"],
        &["approve", "1"],
        &["recall", "1"],
        &["snooze", "1", "3d"],
        &["set", "1", "--position=Planner"],
        &["promise", "1", "2026-11-09"],
        &["called", "1", "voicemail"],
        &["note", "1", "away until Monday"],
        &["heard", "1", "reply"],
        &["close", "1"],
        &["reopen", "1"],
        &["interview", "1", "--on=2026-11-14"],
        &["reject", "1"],
    ];
    let shell = globex("planned");
    shell.at("2026-11-16T10:00:00Z");
    for command in commands {
        let json = shell.json(command);
        let beside = if command[0] == "why" { vec!["application", "cautions", "why"] } else { vec!["application"] };
        assert_eq!((names(&json), names(&json["application"])), (beside, APPLICATION.to_vec()), "{command:?}");
    }
    // Beside it the arithmetic; none where there is nothing to count.
    let arithmetic = [
        "closes",
        "closes_after",
        "closes_in_words",
        "closes_on",
        "counted_in",
        "counts_from",
        "days",
        "gap_in_calendar",
        "holidays_before_close",
        "kind",
        "last_letter",
        "late_until",
        "opens",
        "opens_after",
        "opens_on",
        "reason",
        "rule",
        "source",
    ];
    let letting_go = ["counts_from", "opens", "opens_after", "opens_on", "reason", "rule", "source"];
    let table = [("planned", &arithmetic[..]), ("sent", &arithmetic), ("cancelled", &letting_go), ("answered", &[])];
    for (situation, names_of_it) in table {
        let why = globex(situation).json(&["why", "1"])["why"].clone();
        assert_eq!(if why.is_null() { vec![] } else { names(&why) }, names_of_it, "{situation}");
    }
    let shell = globex("uncertain");
    assert_eq!(names(&shell.json(&["resolve", "1", "--sent"])["application"]), APPLICATION);
    let shell = globex("waiting");
    assert_eq!(names(&shell.json(&["draft", "1", "--raw"])), ["application", "raw"]);
    assert_eq!(names(&shell.json(&["approve", "--all"])), ["applications"]);
    assert_eq!(names(&shell.json(&["recall", "--all"])), ["applications"]);
}

#[test]
fn parts_of_an_application() {
    let shell = globex("waiting");
    let application = shell.json(&["edit", "1", "--subject=[position]"])["application"].clone();
    assert_eq!(names(&application["contact"]), ["email", "name"]);
    assert_eq!(names(&application["next"]), ["at", "what"]);
    assert_eq!(names(&application["recipient"]), ["country", "country_by", "region", "timezone", "timezone_by"]);
    assert_eq!(names(&application["remarks"][0]), ["reason", "rule", "severity", "text"]);
    assert_eq!(application["next"]["at"], "2026-11-27T17:00:00-05:00", "with the offset of the recipient");
}

#[test]
fn status_log_backup_forget_and_tick() {
    let shell = globex("uncertain");
    let status = shell.json(&["status"]);
    assert_eq!(
        names(&status),
        ["clock", "daemon", "held", "interrupted", "mail", "next_wake", "refused", "restored", "telling", "uncertain"]
    );
    assert_eq!(names(&status["daemon"]), ["looked_at", "next_at", "pid", "running", "stuck"]);
    assert_eq!(names(&status["clock"]), ["trusted"]);
    for part in ["mail", "telling"] {
        assert_eq!(names(&status[part]), ["next_try", "paused", "since", "why", "works"]);
    }
    assert_eq!(names(&status["uncertain"][0]), ["id"]);
    let held = globex("held");
    held.run(&["draft", "1"]);
    assert_eq!(names(&held.json(&["status"])["held"][0]), ["id", "why"]);
    let log = shell.json(&["log"]);
    assert_eq!(names(&log), ["entries"]);
    for entry in log["entries"].as_array().unwrap() {
        assert_eq!(names(entry), ["at", "detail", "id", "what", "who"]);
    }
    let copy = shell.folder().join("copy.db");
    let backup = shell.json(&["backup", copy.to_str().unwrap()]);
    assert_eq!(names(&backup), ["backup", "bytes"]);
    let forgotten = globex("waiting").json(&["forget", "1"]);
    assert_eq!(forgotten, serde_json::json!({ "forgotten": { "id": 1, "company": "Globex" } }));
    assert_eq!(names(&Shell::new().json(&["tick"])), ["due", "sent", "submitted", "told"]);
    let check: Value = serde_json::from_str(&Shell::new().run(&["check", "--json"]).out).unwrap();
    assert_eq!(names(&check), ["checks"]);
    for line in check["checks"].as_array().unwrap() {
        assert_eq!(names(line), ["hints", "name", "state", "what"]);
        assert!(["ok", "no", "--"].contains(&line["state"].as_str().unwrap()));
    }
    let config = shell.json(&["config"]);
    assert_eq!(names(&config["settings"][0]), ["file", "key", "line", "origin", "value"]);
    let agenda = globex("waiting").json(&["agenda"]);
    assert_eq!(names(&agenda), ["applications", "events", "until"]);
    assert_eq!(names(&agenda["events"][0]), ["at", "id", "kind", "rule", "what"]);
    assert_eq!(names(&Shell::new().json(&["man"])), ["man"]);
    assert_eq!(names(&Shell::new().json(&["completions", "bash"])), ["completions"]);
}

#[test]
fn errors() {
    let shell = globex("waiting");
    let error = |arguments: &[&str]| -> Value {
        let said = shell.run(&[arguments, &["--json"]].concat());
        assert_eq!(said.out, "");
        serde_json::from_str(&said.err).unwrap()
    };
    let plain = ["hints", "kind", "message"];
    for arguments in [&["show", "7"][..], &["recall", "1"], &["snooze", "1", "yesterday"], &["aprove", "1"], &["add"]] {
        let json = error(arguments);
        assert_eq!((names(&json), names(&json["error"])), (vec!["error"], plain.to_vec()), "{arguments:?}");
        assert!(json["error"]["message"].is_string() && json["error"]["hints"].is_array(), "{arguments:?}");
    }
    shell.must(&["edit", "1", "--subject=[position]"]);
    let refused = error(&["approve", "1"]);
    assert_eq!(names(&refused["error"]), ["application", "hints", "kind", "message"]);
    assert_eq!(names(&refused["error"]["application"]), APPLICATION);
    let several = error(&["approve", "--all"]);
    assert_eq!(names(&several["error"]), ["hints", "kind", "message", "refused"]);
    assert_eq!(names(&several["error"]["refused"][0]), ["application", "hints", "id", "kind", "message"]);
}

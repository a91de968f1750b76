//! What is printed, for people and as JSON, and what a bad command line gets.

use super::*;

#[test]
fn json_of_an_application_has_the_fields_of_the_interface() {
    let home = home();
    let id = home.add(JANE);
    let shown = home.json(&["show", &id])["application"].clone();
    let mut names: Vec<&str> = shown.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    let expected = [
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
    assert_eq!(names, expected);
    assert_eq!(shown["contact"], serde_json::json!({ "name": "Jane Doe", "email": JANE }));
    assert_eq!((shown["phase"].as_str(), shown["rule"].as_str()), (Some("waiting"), Some("promise")));
    assert_eq!((shown["status"].as_str(), shown["kind"].as_str()), (Some("open"), Some("email")));
    assert_eq!(shown["next"]["what"], "late");
    assert!(shown["opens"].as_str().unwrap().ends_with("T00:00:00+00:00"), "{shown}");
    for command in [&["list"][..], &["queue"], &[]] {
        assert_eq!(home.json(command)["applications"][0]["id"], 1, "{command:?}");
    }
}

#[test]
fn times_are_in_the_recipients_zone() {
    let home = home();
    home.must(&[
        "add",
        "--company=Globex",
        "--position=Analyst",
        "--contact=Jane <jane@globex.example>",
        "--interviewed=10 days ago",
        "--promised=9 days ago",
        "--timezone=Asia/Tokyo",
    ]);
    let why = home.json(&["why", "1"]);
    let (shown, on) = (&why["application"], |key: &str| why["why"][key].as_str().unwrap().to_owned());
    assert_eq!(shown["opens"], format!("{}T00:00:00+09:00", on("opens_on")));
    // Its end is the midnight after its last day.
    let last: jiff::civil::Date = on("closes_on").parse().unwrap();
    assert_eq!(shown["closes"], format!("{}T00:00:00+09:00", last.tomorrow().unwrap()));
}

#[test]
fn an_application_is_found_by_its_number_or_a_unique_part_of_its_companys_name() {
    let home = home();
    home.add(JANE);
    home.must(&[
        "add",
        "--company=Globe Airways",
        "--position=Pilot",
        "--contact=o@air.example",
        "--interviewed=yesterday",
    ]);
    assert_eq!(home.json(&["why", "GLOBEX"])["application"]["id"], 1);
    assert_eq!(home.json(&["why", "airw"])["application"]["id"], 2);
    let ambiguous = home.run(&["why", "globe"]);
    assert_eq!(ambiguous.code, 2);
    assert!(ambiguous.stderr.contains("Globex") && ambiguous.stderr.contains("Globe Airways"));
    for nobody in ["initech", "7", "99999999999999999999", "-1", ""] {
        assert_ne!(home.run(&["why", "--", nobody]).code, 0, "{nobody:?}");
    }
    assert_eq!(home.run(&["show", "7"]).code, 3);
}

#[test]
fn an_error_under_json_is_one_document_on_standard_error() {
    let home = home();
    let id = home.add(JANE);
    let not_found = error(&home.run(&["show", "7", "--json"]));
    assert_eq!((not_found["kind"].as_str(), not_found["hints"].is_array()), (Some("not-found"), true));
    let refused = error(&home.run(&["approve", &id, "--json"]));
    assert_eq!((refused["kind"].as_str(), refused["application"]["id"].as_i64()), (Some("refused"), Some(1)));
}

#[test]
fn facts_that_cannot_be_are_refused_with_the_flag_and_leave_nothing_behind() {
    let home = home();
    let good = |position: &str| -> Vec<String> {
        ["add", "--company=Globex", "--contact=jane@globex.example", "--interviewed=yesterday"]
            .map(str::to_owned)
            .into_iter()
            .chain([format!("--position={position}")])
            .collect()
    };
    let bad = [
        "--timezone=Mars/Olympus",
        "--country=USA",
        "--language=tlh",
        "--round=0",
        "--promised=2020-01-01",
        "--promised=2026-02-30",
        "--promised=soon",
        "--phone=\u{7}",
        "--strength=\u{202e}",
        "--hr=nobody",
        "--hr=a\nb <a@b.example>",
        "--job-url=",
        "--hr=Jané <jané@münchen>",
        "--thread=/nowhere",
    ];
    for flag in bad {
        let mut arguments = good("Analyst");
        arguments.push(flag.to_owned());
        let ran = home.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(ran.code, 2, "{flag:?}: {}{}", ran.stdout, ran.stderr);
    }
    for position in ["", " ", "a\nb", "\u{0}x", &"x".repeat(201)] {
        if position.contains('\0') {
            continue;
        }
        let arguments = good(position);
        assert_eq!(home.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).code, 2, "{position:.20?}");
    }
    assert_eq!(home.run(&["add", "--company=X", "--position=Y", "--interviewed=yesterday"]).code, 2, "nobody to reach");
    assert_eq!(
        home.run(&["add", "--company=X", "--position=Y", "--contact=a@b.example", "--interviewed=2999-01-01"]).code,
        2
    );
    assert_eq!(home.json(&["list", "--all"])["applications"], serde_json::json!([]));
}

#[test]
fn a_mistake_on_the_command_line_is_json_too_where_that_is_asked_for() {
    let ran = home().run(&["add", "--company", "Globex", "--json"]);
    assert_eq!(ran.code, 2);
    assert_eq!(error(&ran)["kind"], "usage");
    assert_eq!(home().run(&["aprove", "1"]).code, 2);
    assert_eq!(home().run(&["--help"]).code, 0);
}

#[test]
fn a_fact_that_another_program_wrote_to_trick_a_terminal_or_a_mail_does_neither() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.add(JANE);
    home.sql("UPDATE applications SET company = 'Evil' || char(27) || '[2J' || char(13) || char(10) || 'Bcc: all' || char(8238)");
    home.must(&["tick"]);
    for command in [&["list"][..], &["show", "1"], &["status"], &[]] {
        let text = home.must(command);
        assert!(!text.contains(['\u{1b}', '\r', '\u{202e}']), "{command:?}: {text:?}");
    }
    let mail = String::from_utf8(server.accepted().remove(0).data).unwrap();
    assert!(mail.contains("cannot go on until this is corrected") && !mail.contains("Evil"), "{mail}");
}

#[test]
fn the_sandbox_shows_the_whole_way_and_ends_with_the_letter_as_it_arrived() {
    let folder = tempfile::TempDir::new().unwrap();
    let output = bare(folder.path()).args(["try", "--yes"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let arrived = text.split("This arrived at jane@globex.example, once:").nth(1).unwrap();
    for line in ["Subject: Analyst position", "To: \"Jane Doe\" <jane@globex.example>", "Dear Jane Doe,", "Ada Byron"] {
        assert!(arrived.lines().any(|found| found.starts_with(line)), "{line}: {text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the sandbox leaves the home alone");
    let json = bare(folder.path()).args(["try", "--yes", "--json"]).output().unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&json.stdout).unwrap()["sent"], true);
    assert_eq!(bare(folder.path()).arg("try").output().unwrap().status.code(), Some(2), "nobody there to ask");
}

#[test]
fn a_reader_that_goes_away_early_is_no_failure() {
    let home = home();
    home.add(JANE);
    let mut child =
        bare(home.folder()).args(["show", "1"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn in_a_pipe_sentences_fit_80_columns_and_rows_are_whole_and_quiet_says_nothing() {
    let home = home_of_letters_alone();
    let id = home.add(JANE);
    let long = "Consolidated Interplanetary Shipping and Storage";
    home.must(&["add", "--company", long, "--position", long, "--contact=o@air.example", "--interviewed=yesterday"]);
    let tables: [&[&str]; 2] = [&[], &["list"]];
    for command in [&["show", &id][..], &["why", &id], &["why", "2"], &["draft", &id], &["status"]] {
        for line in home.must(command).lines() {
            assert!(line.chars().count() <= 80, "{command:?}: {line}");
        }
        assert_eq!(home.must(&[command, &["--quiet"]].concat()), "", "{command:?}");
    }
    // Whoever searches a list finds an application in one line, by its whole name.
    for command in tables {
        let text = home.must(command);
        let found: Vec<&str> = text.lines().filter(|line| line.contains(long)).collect();
        assert_eq!(found.len(), 1, "{command:?}: {text}");
        assert!(found[0].ends_with("followup why 2"), "{command:?}: {text}");
        assert_eq!(home.must(&[command, &["--quiet"]].concat()), "", "{command:?}");
    }
}

//! The program as a person or another program meets it: commands, exit codes, JSON, files.

mod support;

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use serde_json::Value;
use support::home::{DEADLINE, Home, ME, another_clock};
use support::mail_server::{MailServer, Point};

const JANE: &str = "jane@globex.example";

/// A home whose mail server is not there: for what needs none.
fn home() -> Home {
    Home::at_port(9)
}

fn error(ran: &support::home::Ran) -> Value {
    assert_eq!(ran.stdout, "", "nothing on standard output beside an error");
    serde_json::from_str::<Value>(&ran.stderr).unwrap()["error"].clone()
}

#[test]
fn json_of_an_application_has_the_fields_of_the_interface() {
    let home = home();
    let id = home.add(JANE);
    let shown = home.json(&["show", &id])["application"].clone();
    let mut names: Vec<&str> = shown.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    let expected = [
        "body", "closes", "company", "contact", "digest", "held", "id", "kind", "late", "next", "opens", "outcome",
        "phase", "position", "remarks", "rule", "status", "subject",
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
        "--interviewed=2026-11-03",
        "--promised=2026-11-06",
        "--timezone=Asia/Tokyo",
    ]);
    let shown = home.json(&["why", "1"])["application"].clone();
    assert_eq!(shown["opens"], "2026-11-13T00:00:00+09:00");
    assert_eq!(shown["closes"], "2026-11-28T00:00:00+09:00");
}

#[test]
fn a_letter_that_was_never_shown_is_shown_instead_of_approved() {
    let home = home();
    let id = home.add(JANE);
    let refused = home.run(&["approve", &id]);
    assert_eq!(refused.code, 4);
    assert!(refused.stderr.contains("Dear Jane Doe,") && refused.stderr.contains("Nothing was approved"));
    assert_eq!(home.phase(&id), "waiting");
    let approved = home.must(&["approve", &id]);
    assert!(approved.contains("Dear Jane Doe,") && approved.contains("Approved."), "{approved}");
    assert_eq!(home.phase(&id), "approved");
}

#[test]
fn a_letter_that_changed_since_it_was_shown_is_shown_anew_instead_of_approved() {
    let home = home();
    let id = home.add(JANE);
    home.must(&["draft", &id]);
    home.sql("UPDATE applications SET contact_email = 'joan@globex.example'");
    let refused = home.run(&["approve", &id]);
    assert_eq!(refused.code, 4);
    assert!(
        refused.stderr.contains("has changed") && refused.stderr.contains("joan@globex.example"),
        "{}",
        refused.stderr
    );
    assert_eq!(home.phase(&id), "waiting");
    home.must(&["approve", &id]);
    assert_eq!(home.phase(&id), "approved");
}

#[test]
fn an_approval_can_name_the_digest_it_is_of() {
    let home = home();
    let id = home.add(JANE);
    let digest = home.json(&["queue"])["applications"][0]["digest"].as_str().unwrap().to_owned();
    assert_eq!(home.run(&["approve", &id, "--digest", "0000000000"]).code, 4);
    assert_eq!(home.run(&["approve", &id, "--digest", &digest[..4]]).code, 4, "too short to be sure");
    home.must(&["approve", &id, "--digest", &digest[..12]]);
    assert_eq!(home.phase(&id), "approved");
}

#[test]
fn editing_replaces_the_words_counts_as_shown_and_takes_the_approval_back() {
    let home = home();
    let id = home.add(JANE);
    home.must(&["draft", &id]);
    home.must(&["approve", &id]);
    let body = home.folder().join("body.txt");
    std::fs::write(&body, "Dear Jane,\r\n\r\nThank you. Any news?\n\nAda\n\n").unwrap();
    let edited = home.json(&["edit", &id, "--subject", "A question", "--body-file", body.to_str().unwrap()]);
    assert_eq!(edited["application"]["phase"], "waiting");
    assert_eq!(edited["application"]["subject"], "A question");
    assert_eq!(edited["application"]["body"], "Dear Jane,\n\nThank you. Any news?\n\nAda\n");
    home.must(&["approve", &id]);
    assert_eq!(home.phase(&id), "approved");
}

#[test]
fn an_error_of_tone_keeps_a_letter_from_being_approved_unless_despite_it() {
    let home = home();
    let id = home.add(JANE);
    let edited = home.json(&["edit", &id, "--subject", "[position]"]);
    assert_eq!(edited["application"]["remarks"][0]["rule"], "placeholder");
    assert_eq!(edited["application"]["remarks"][0]["severity"], "error");
    let refused = home.run(&["approve", &id]);
    assert_eq!((refused.code, home.phase(&id).as_str()), (4, "waiting"));
    assert!(refused.stderr.contains("--despite"), "{}", refused.stderr);
    home.must(&["approve", &id, "--despite"]);
    assert_eq!(home.phase(&id), "approved");
}

#[test]
fn what_cannot_be_used_in_a_letter_is_refused_and_changes_nothing() {
    let home = home();
    let id = home.add(JANE);
    let before = home.json(&["show", &id]);
    let body = home.folder().join("body.txt");
    let long = "x".repeat(30_000);
    for text in ["", "  \n", "bell \u{7}", "override \u{202e}", &long] {
        std::fs::write(&body, text).unwrap();
        assert_eq!(home.run(&["edit", &id, "--body-file", body.to_str().unwrap()]).code, 2, "{text:.20?}");
    }
    for subject in ["", "two\nlines", "\u{202e}"] {
        assert_eq!(home.run(&["edit", &id, "--subject", subject]).code, 2, "{subject:?}");
    }
    assert_eq!(home.run(&["edit", &id, "--body-file", "/no/such/file"]).code, 1);
    assert_eq!(home.json(&["show", &id]), before);
}

#[test]
fn recall_and_reject_and_their_refusals() {
    let home = home();
    let id = home.add(JANE);
    home.must(&["draft", &id]);
    assert_eq!(home.run(&["recall", &id]).code, 4, "not approved yet");
    home.must(&["approve", &id]);
    home.must(&["approve", &id]);
    home.must(&["recall", &id]);
    assert_eq!(home.phase(&id), "waiting");
    home.must(&["reject", &id, "--why", "I heard by phone"]);
    assert_eq!(home.phase(&id), "cancelled");
    for command in ["approve", "recall", "reject", "edit"] {
        let arguments = if command == "edit" { vec![command, &id, "--subject", "x"] } else { vec![command, &id] };
        assert_eq!(home.run(&arguments).code, 3, "nothing is open for {command}");
    }
}

#[test]
fn a_letter_whose_time_has_not_come_can_be_rejected_but_not_approved() {
    let home = home();
    home.must(&[
        "add",
        "--company=Globex",
        "--position=Analyst",
        "--contact=Jane <jane@globex.example>",
        "--interviewed=yesterday",
        "--promised=tomorrow",
    ]);
    for command in ["approve", "draft", "recall"] {
        assert_eq!(home.run(&[command, "1"]).code, 4, "{command}");
    }
    home.must(&["reject", "1"]);
    assert_eq!(home.phase("1"), "cancelled");
    assert!(home.json(&["show", "1"])["application"]["next"].is_null());
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
        "--hr=Jané <jané@globex.example>",
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
fn without_settings_every_command_says_to_run_init() {
    let folder = tempfile::TempDir::new().unwrap();
    for command in [&["list"][..], &["status"], &["daemon"], &["tick"], &["approve", "1"], &[]] {
        let output = bare(folder.path()).args(command).output().unwrap();
        assert_eq!(output.status.code(), Some(5), "{command:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("followup init"), "{command:?}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was created");
}

/// The program in an empty home.
fn bare(folder: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_followup"));
    command.env_clear().envs(another_clock()).env("FOLLOWUP_HOME", folder).env("TZ", "UTC").stdin(Stdio::null());
    command
}

#[test]
fn init_writes_settings_for_its_owner_only_and_never_over_others() {
    let folder = tempfile::TempDir::new().unwrap();
    let home = folder.path().join("new/home");
    let init = |arguments: &[&str]| bare(&home).arg("init").args(arguments).output().unwrap();
    assert_eq!(init(&["--name", "Ada"]).status.code(), Some(2), "flags are missing");
    let wrong = ["--name", "Ada", "--email", "nobody", "--smtp-host", "localhost"];
    assert_eq!(init(&wrong).status.code(), Some(5));
    assert!(!home.exists(), "nothing was created");
    let good =
        ["--name", "Ada \"the\" Byron", "--email", "ada@me.example", "--smtp-host", "localhost", "--smtp-port", "25"];
    let done = init(&good);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let settings = home.join("followup.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    assert!(text.contains("port = 25\n") && text.contains("# Your provider's server"), "{text}");
    for file in ["followup.toml", "followup.db"] {
        let mode = std::fs::metadata(home.join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    assert_eq!(init(&good).status.code(), Some(4));
    assert_eq!(std::fs::read_to_string(&settings).unwrap(), text);
    assert!(bare(&home).arg("list").output().unwrap().status.success());
}

#[test]
fn wrong_settings_are_named_with_file_line_and_the_nearest_key() {
    let home = home();
    let path = home.folder().join("followup.toml");
    let good = std::fs::read_to_string(&path).unwrap();
    let table = [
        ("[smpt]\nhost = 'x'\n", "line 1: there is no section `smpt`; did you mean `smtp`?"),
        ("[me]\nname = 'Ada'\nemial = 'a@b.example'\n", "line 3: there is no key `me.emial`; did you mean `email`?"),
        ("[me\n", "line 1: "),
        ("[smtp]\nport = 'many'\n", "smtp.port must be"),
        ("[sending]\nhours = '17:00-09:00'\n", "sending.hours"),
        ("[sending]\ngrace = 'soon'\n", "sending.grace"),
        ("[sending]\nper_employer = 'often'\n", "sending.per_employer"),
        ("[etiquette]\nprofile = 'pushy'\n", "etiquette.profile"),
        ("[smtp]\nusername = 'ada'\n", "smtp.password"),
    ];
    for (text, expected) in table {
        let base = "[me]\nname = 'Ada'\nemail = 'ada@me.example'\n[smtp]\nhost = 'localhost'\n";
        let text = match text {
            text if text.starts_with("[smtp]\n") => base.to_owned() + text.trim_start_matches("[smtp]\n"),
            text if text.starts_with("[me") || text.starts_with("[smpt") => text.to_owned(),
            text => base.to_owned() + text,
        };
        std::fs::write(&path, text).unwrap();
        let ran = home.run(&["list"]);
        let said = ran.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(ran.code, 5, "{expected}");
        assert!(said.contains(expected), "{expected}: {said}");
    }
    std::fs::write(&path, good).unwrap();
    home.must(&["list"]);
}

#[test]
fn a_password_that_others_can_read_is_refused_and_no_error_shows_one() {
    let home = home();
    home.set("smtp.username", "ada");
    home.set("smtp.password", "hunter2secret");
    home.must(&["list"]);
    let path = home.folder().join("followup.toml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let ran = home.run(&["list"]);
    assert_eq!(ran.code, 5);
    assert!(ran.stderr.contains("chmod 600") && !ran.stderr.contains("hunter2"), "{}", ran.stderr);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    for broken in ["password = 'hunter2secret", "password = ['hunter2secret']", "passwrod = 'hunter2secret'"] {
        let base = "[me]\nname = 'Ada'\nemail = 'ada@me.example'\n[smtp]\nhost = 'localhost'\nusername = 'ada'\n";
        std::fs::write(&path, format!("{base}{broken}\n")).unwrap();
        let ran = home.run(&["list"]);
        assert_eq!(ran.code, 5, "{broken}");
        assert!(!ran.stderr.contains("hunter2"), "{broken}: {}", ran.stderr);
    }
}

#[test]
fn settings_of_the_environment_win_over_the_file() {
    let home = home();
    let output = bare(home.folder()).arg("list").env("FOLLOWUP__ETIQUETTE__PROFILE", "pushy").output().unwrap();
    assert_eq!(output.status.code(), Some(5));
    assert!(String::from_utf8_lossy(&output.stderr).contains("etiquette.profile"));
}

#[test]
fn one_process_at_a_time_works_on_a_database_and_status_knows_it() {
    let home = home();
    assert_eq!(home.json(&["status"])["daemon"]["running"], false);
    let daemon = home.daemon();
    daemon.wait_for_words("watching");
    assert_eq!(home.run(&["daemon"]).code, 7);
    assert_eq!(home.run(&["tick"]).code, 7);
    assert_eq!(home.json(&["status"])["daemon"]["running"], true);
    daemon.terminate();
    assert!(daemon.wait_for_end().success());
    assert_eq!(home.json(&["status"])["daemon"]["running"], false);
    home.must(&["tick"]);
}

#[test]
fn a_tick_that_cannot_reach_the_server_says_so_loses_nothing_and_every_command_tells() {
    let home = home();
    let id = home.approved_letter_to(JANE);
    let ran = home.tick();
    assert_eq!(ran.code, 6, "{}", ran.stderr);
    assert_eq!(home.phase(&id), "approved");
    for command in [&["list"][..], &["show", &id], &["status"], &[]] {
        assert!(home.must(command).contains("The mail server cannot be reached"), "{command:?}");
    }
    assert_eq!(home.json(&["status"])["mail"]["works"], false);
}

#[test]
fn what_another_program_writes_while_the_daemon_runs_takes_effect_at_once() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.must(&["list"]);
    let daemon = home.daemon();
    daemon.wait_for_words("watching");
    home.sql(
        "INSERT INTO applications (company, position, contact_name, contact_email)
             VALUES ('Globex', 'Analyst', 'Jane Doe', 'jane@globex.example');
         INSERT INTO interviews (application_id, held_on, promised_on)
             VALUES (1, date('now', '-16 days'), date('now', '-13 days'));",
    );
    assert!(server.wait_for_accepted(1, DEADLINE), "the ask");
    assert_eq!(server.accepted()[0].recipients, [ME]);
    // Approved, but closed by another program before it goes: it never does, and the next one does.
    home.must(&["draft", "1"]);
    home.set("sending.grace", "0s");
    home.sql("UPDATE applications SET status = 'closed'");
    home.sql(
        "INSERT INTO applications (company, position, contact_email) VALUES ('Initech', 'Tester', 'bill@initech.example');
         INSERT INTO interviews (application_id, held_on, promised_on)
             VALUES (2, date('now', '-16 days'), date('now', '-13 days'));",
    );
    assert!(server.wait_for_accepted(2, DEADLINE), "the second ask");
    assert_eq!(home.run(&["approve", "1"]).code, 3);
    home.must(&["draft", "2"]);
    home.must(&["approve", "2"]);
    assert!(server.wait_for_accepted(3, DEADLINE), "the letter");
    assert_eq!(server.accepted()[2].recipients, ["bill@initech.example", ME]);
    assert_eq!(server.acceptances_for(JANE), 0);
}

#[test]
fn a_writer_that_keeps_its_connection_open_wakes_the_daemon_too() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.must(&["list"]);
    let daemon = home.daemon();
    daemon.wait_for_words("watching");
    let other = rusqlite::Connection::open(home.folder().join("followup.db")).unwrap();
    other
        .execute_batch(
            "BEGIN;
             INSERT INTO applications (company, position, contact_email) VALUES ('Globex', 'Analyst', 'jane@globex.example');
             INSERT INTO interviews (application_id, held_on, promised_on)
                 VALUES (1, date('now', '-16 days'), date('now', '-13 days'));
             COMMIT;",
        )
        .unwrap();
    assert!(server.wait_for_accepted(1, DEADLINE), "the ask");
    drop(other);
}

#[test]
fn an_empty_name_means_no_application() {
    let home = home();
    let id = home.add(JANE);
    home.must(&["draft", &id]);
    for nothing in ["", " "] {
        assert_eq!(home.run(&["approve", nothing]).code, 3);
    }
    assert_eq!(home.phase(&id), "waiting");
}

#[test]
fn of_several_letters_what_could_be_approved_is_and_the_person_is_told_which() {
    let home = home();
    for _ in 0..3 {
        home.add(JANE);
    }
    home.must(&["draft", "1"]);
    home.must(&["draft", "2"]);
    assert_eq!(home.run(&["approve", "1", "2", "99"]).code, 3, "one is not there: nothing was begun");
    assert_eq!(home.phase("1"), "waiting");
    home.sql("UPDATE applications SET contact_name = 'Joan Doe' WHERE id = 2");
    let ran = home.run(&["approve", "1", "2", "--json"]);
    assert_eq!(ran.code, 4);
    assert_eq!(serde_json::from_str::<Value>(&ran.stdout).unwrap()["application"]["id"], 1);
    assert_eq!(serde_json::from_str::<Value>(&ran.stderr).unwrap()["error"]["application"]["id"], 2);
    assert_eq!((home.phase("1").as_str(), home.phase("2").as_str()), ("approved", "waiting"));
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
fn a_log_that_cannot_be_written_keeps_no_letter_back() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let id = home.approved_letter_to(JANE);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    assert!(bare(home.folder()).arg("tick").stderr(full).status().unwrap().success());
    assert_eq!((home.phase(&id).as_str(), server.acceptances_for(JANE)), ("sent", 1));
}

#[test]
fn first_commands_at_the_same_moment_all_find_a_database() {
    for _ in 0..5 {
        let home = home();
        let begin = || bare(home.folder()).arg("list").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let children: Vec<_> = (0..4).map(|_| begin()).collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }
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
fn settings_that_change_while_the_daemon_runs_are_followed_and_bad_ones_are_not() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.add(JANE);
    let daemon = home.daemon();
    assert!(server.wait_for_accepted(1, DEADLINE), "the ask");
    home.set("sending.grace", "soon");
    daemon.wait_for_words("going on with those before");
    home.set("sending.grace", "0s");
    home.set("me.phone", "+44 20 7946 0000");
    assert!(server.wait_for_accepted(2, DEADLINE), "asked anew, with the number");
    assert!(String::from_utf8_lossy(&server.accepted()[1].data).contains("+44 20 7946 0000"));
    home.must(&["draft", "1"]);
    home.must(&["approve", "1"]);
    assert!(server.wait_for_accepted(3, DEADLINE), "the letter");
    assert_eq!(server.acceptances_for(JANE), 1);
}

#[test]
fn a_hangup_without_a_terminal_is_no_reason_to_stop() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.must(&["list"]);
    let daemon = home.daemon();
    daemon.wait_for_words("watching");
    daemon.signal("HUP");
    home.add(JANE);
    assert!(server.wait_for_accepted(1, DEADLINE), "it works on");
    daemon.terminate();
    assert!(daemon.wait_for_end().success());
}

#[test]
fn what_the_server_said_is_recorded_however_long_another_program_locks_the_database() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let id = home.approved_letter_to(JANE);
    let database = home.folder().join("followup.db");
    let (lock, locked) = std::sync::mpsc::channel();
    server.at(Point::Dot.once(), move |_| {
        let other = rusqlite::Connection::open(&database).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        lock.send(other).unwrap();
    });
    let daemon = home.daemon();
    let other = locked.recv().unwrap();
    daemon.wait_for_words("waiting to record");
    other.execute_batch("ROLLBACK").unwrap();
    daemon.wait_for_words(" sent ");
    assert_eq!((home.phase(&id).as_str(), server.acceptances_for(JANE)), ("sent", 1));
}

#[test]
fn a_database_that_is_replaced_under_the_daemon_ends_it() {
    let home = home();
    home.must(&["list"]);
    let daemon = home.daemon();
    daemon.wait_for_words("watching");
    let (database, backup) = (home.folder().join("followup.db"), home.folder().join("backup"));
    std::fs::copy(&database, &backup).unwrap();
    std::fs::rename(&backup, &database).unwrap();
    home.set("me.phone", "1");
    assert_eq!(daemon.wait_for_end().code(), Some(1));
}

#[test]
fn a_clock_that_cannot_be_believed_holds_everything_until_the_person_accepts_it() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let id = home.approved_letter_to(JANE);
    home.sql("INSERT INTO journal (at, who, what) VALUES (unixepoch() * 1000 + 86400000, 'daemon', 'a day ahead')");
    assert_eq!(home.tick().code, 1);
    assert!(home.must(&["list"]).contains("the clock cannot be trusted"));
    assert_eq!(home.run(&["check"]).code, 1);
    assert_eq!((home.phase(&id).as_str(), server.acceptances_for(JANE)), ("approved", 0));
    home.must(&["check", "--accept-clock"]);
    home.must(&["tick"]);
    assert_eq!((home.phase(&id).as_str(), server.acceptances_for(JANE)), ("sent", 1));
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
fn output_for_people_fits_80_columns_and_quiet_says_nothing() {
    let home = home();
    let id = home.add(JANE);
    let long = "Consolidated Interplanetary Shipping and Storage";
    home.must(&["add", "--company", long, "--position", long, "--contact=o@air.example", "--interviewed=yesterday"]);
    for command in
        [&[][..], &["list"], &["queue"], &["show", &id], &["why", &id], &["why", "2"], &["draft", &id], &["status"]]
    {
        let text = home.must(command);
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{command:?}: {line}");
        }
        assert_eq!(home.must(&[command, &["--quiet"]].concat()), "", "{command:?}");
    }
}

#[test]
fn the_raw_draft_is_the_message_as_it_would_go() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let id = home.add(JANE);
    let raw = home.must(&["draft", &id, "--raw"]);
    home.must(&["approve", &id]);
    home.must(&["tick"]);
    let letter = server.accepted().into_iter().find(|it| it.recipients[0] == JANE).unwrap();
    let sent = String::from_utf8(letter.data).unwrap().replace("\r\n", "\n");
    let stable = |text: &str| -> Vec<String> {
        let moves = |line: &&str| !line.starts_with("Date: ") && !line.starts_with("Message-ID: ");
        text.trim_end().lines().filter(moves).map(str::to_owned).collect()
    };
    assert_eq!(stable(&raw), stable(&sent));
}

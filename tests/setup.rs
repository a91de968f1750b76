//! Setting up: the conversation of `init`, the login it tries, and what `check` finds afterwards. Everything runs
//! inside the test, against the test's own mail server.

mod support;

use std::os::unix::fs::PermissionsExt;

use support::mail_server::{Behaviour, MailServer};
use support::shell::{Said, Shell};

/// What a person types, from their name to their login name.
const ANSWERS: [&str; 6] = ["Ada Byron\n", "ada@home.example\n", "\n", "Europe/London\n", "127.0.0.1\n", "ada\n"];

fn settings(shell: &Shell) -> toml::Table {
    std::fs::read_to_string(shell.settings()).unwrap().parse().unwrap()
}

fn server_with_login() -> MailServer {
    MailServer::with(Behaviour { credentials: Some(("ada".to_owned(), "s3cret".to_owned())), ..Behaviour::default() })
}

/// `init` on a new home, at the server's port, in a conversation.
fn init(shell: &Shell, port: u16, answers: &[&str]) -> Said {
    let port = format!("--smtp-port={port}");
    shell.converse(&["init", "--smtp-tls=none", &port], answers)
}

#[test]
fn the_conversation_asks_for_what_is_missing_and_writes_settings_that_work() {
    let (shell, server) = (Shell::without_settings(), server_with_login());
    let said = init(&shell, server.port(), &[&ANSWERS[..], &["s3cret\n"]].concat());
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{}", said.out);
    assert!(said.out.contains("Your address: ada@home.example"), "{}", said.out);
    assert!(said.out.contains("takes the login"), "{}", said.out);
    assert!(!said.out.contains("s3cret"), "{}", said.out);
    let smtp = settings(&shell)["smtp"].as_table().unwrap().clone();
    assert_eq!((smtp["username"].as_str(), smtp["password"].as_str()), (Some("ada"), Some("s3cret")));
    assert_eq!(std::fs::metadata(shell.settings()).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(shell.database().exists());
    assert!(shell.must(&["check"]).contains("ok  smtp login"));
}

#[test]
fn an_answer_that_cannot_be_is_explained_and_asked_for_again() {
    let (shell, server) = (Shell::without_settings(), server_with_login());
    let mut answers = ANSWERS.to_vec();
    answers.insert(1, "ada at home\n");
    answers.insert(4, "London\n");
    let said = init(&shell, server.port(), &[&answers[..], &["s3cret\n"]].concat());
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert!(said.out.contains("is not a mail address"), "{}", said.out);
    assert!(said.out.contains("is not a time zone"), "{}", said.out);
    assert_eq!(settings(&shell)["me"]["email"].as_str(), Some("ada@home.example"));
}

#[test]
fn a_login_that_is_refused_can_be_corrected_before_anything_is_written() {
    let (shell, server) = (Shell::without_settings(), server_with_login());
    let again = ["wrong\n", "y\n", "\n", "\n", "\n", "s3cret\n"];
    let mut answers = ANSWERS.to_vec();
    answers.extend(again);
    // The login name offered the second time is the address; theirs is `ada`.
    answers[10] = "ada\n";
    let said = init(&shell, server.port(), &answers);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert!(said.out.contains("535"), "{}", said.out);
    assert_eq!(settings(&shell)["smtp"]["password"].as_str(), Some("s3cret"));
}

#[test]
fn a_refused_login_that_is_not_corrected_writes_nothing() {
    let (shell, server) = (Shell::without_settings(), server_with_login());
    let said = init(&shell, server.port(), &[&ANSWERS[..], &["wrong\n", "n\n"]].concat());
    assert_eq!(said.code, 6, "{}{}", said.out, said.err);
    assert!(!shell.settings().exists() && !shell.database().exists());
    let password = shell.folder().join("password");
    std::fs::write(&password, "wrong").unwrap();
    std::fs::set_permissions(&password, std::fs::Permissions::from_mode(0o600)).unwrap();
    let file = format!("--smtp-password-file={}", password.display());
    let port = format!("--smtp-port={}", server.port());
    let flags =
        ["--name=Ada", "--email=ada@home.example", "--smtp-host=127.0.0.1", "--smtp-tls=none", "--smtp-user=ada"];
    let said = shell.run(&[&["init"], &flags[..], &[&file, &port]].concat());
    assert_eq!((said.code, said.out.as_str()), (6, ""), "{}", said.err);
    assert!(!shell.settings().exists());
}

#[test]
fn a_server_out_of_reach_is_no_reason_to_lose_what_was_typed() {
    let shell = Shell::without_settings();
    let said = init(&shell, 9, &[&ANSWERS[..], &["s3cret\n", "y\n"]].concat());
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert!(said.out.contains("followup check"), "{}", said.out);
    assert_eq!(settings(&shell)["smtp"]["password"].as_str(), Some("s3cret"));
    let refused = shell.run(&["check"]);
    assert_eq!(refused.code, 6);
    assert!(refused.out.contains("no  smtp login"), "{}", refused.out);
}

#[test]
fn a_conversation_that_breaks_off_writes_nothing() {
    for answers in 0..ANSWERS.len() {
        let shell = Shell::without_settings();
        let said = init(&shell, 9, &ANSWERS[..answers]);
        assert_eq!(said.code, 1, "{answers}: {}{}", said.out, said.err);
        assert!(said.err.contains("nothing was written"), "{}", said.err);
        assert!(!shell.settings().exists(), "{answers}");
    }
}

#[test]
fn a_test_mail_goes_to_the_person_and_to_nobody_else() {
    let server = MailServer::start();
    let shell = Shell::new();
    let text = std::fs::read_to_string(shell.settings()).unwrap();
    shell.write_settings(&text.replace("port = 9", &format!("port = {}", server.port())));
    shell.add_globex();
    let said = shell.must(&["check", "--send-test"]);
    assert!(said.contains("ok  test mail"), "{said}");
    let accepted = server.accepted();
    assert_eq!(accepted.len(), 1);
    assert_eq!(server.acceptances_for("ada@home.example"), 1);
    assert_eq!(server.acceptances_for("jane@globex.example"), 0);
}

#[test]
fn check_says_of_each_thing_that_is_wrong_what_to_do() {
    let shell = Shell::without_settings();
    let said = shell.run(&["check"]);
    assert_eq!(said.code, 5);
    assert!(said.out.contains("no  settings") && said.out.contains("followup init"), "{}", said.out);
    assert!(!shell.database().exists(), "looking creates nothing");

    let shell = Shell::new();
    shell.write_settings("[me]\nname = 'Ada Byron'\nemial = 'ada@home.example'\n");
    let said = shell.run(&["check"]);
    assert_eq!(said.code, 5);
    assert!(said.out.contains("email") && said.out.contains("ok  database"), "{}", said.out);

    let shell = Shell::new();
    shell.add_globex();
    shell.at("2026-11-15T10:00:00Z");
    let said = shell.run(&["check"]);
    assert_eq!(said.code, 1);
    assert!(said.out.contains("no  clock") && said.out.contains("--accept-clock"), "{}", said.out);
    let said = shell.run(&["check", "--accept-clock"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
}

#[test]
fn a_variable_that_is_no_text_is_named() {
    use std::os::unix::ffi::OsStrExt;
    let mut shell = Shell::new();
    let value = std::ffi::OsStr::from_bytes(b"\xff").to_owned();
    shell.variables.push(("FOLLOWUP__SENDING__GRACE".into(), value));
    let said = shell.run(&["list"]);
    assert_eq!(said.code, 5);
    assert!(said.err.contains("$FOLLOWUP__SENDING__GRACE"), "{}", said.err);
}

#[test]
fn config_shows_every_setting_with_its_origin_and_no_secret() {
    let mut shell = Shell::new();
    shell.write_settings(&format!("{}username = 'ada'\npassword = 's3cret'\n", support::shell::SETTINGS));
    shell.variables.push(("FOLLOWUP__SENDING__GRACE".into(), "2m".into()));
    let said = shell.must(&["config", "-v"]);
    assert!(!said.contains("s3cret"), "{said}");
    let line = |key: &str| said.lines().find(|line| line.starts_with(key)).unwrap_or_default().to_owned();
    assert!(line("smtp.password ").contains("(set)"), "{said}");
    assert!(
        line("sending.grace").contains("\"2m\"") && line("sending.grace").ends_with("$FOLLOWUP__SENDING__GRACE"),
        "{said}"
    );
    assert!(line("smtp.port").ends_with("HOME/followup.toml, line 12"), "{said}");
    assert!(line("sending.hours").ends_with("default"), "{said}");
    assert!(line("log.level").ends_with("command line"), "{said}");
    let json = shell.json(&["config"]);
    assert_eq!(json["settings"][0]["key"], "me.name");
    assert_eq!(
        (json["settings"][0]["file"].as_str(), json["settings"][0]["line"].as_i64()),
        (Some("HOME/followup.toml"), Some(2))
    );
}

#[test]
fn the_agenda_says_what_will_happen_and_changes_nothing() {
    let shell = Shell::new();
    shell.add_globex();
    shell.must(&["draft", "1"]);
    shell.must(&["approve", "1"]);
    shell.must(&[
        "add",
        "--company=Initech",
        "--position=Tester",
        "--hr=jobs@initech.example",
        "--interviewed=yesterday",
    ]);
    let before = shell.contents();
    let said = shell.must(&["agenda", "--until=2026-12-31"]);
    // Initech's interview was on Sunday: thanks are for Monday and Tuesday, and it is ten o'clock on Monday. The letter
    // is for 14 days after it, which is a Sunday too, and is late after 21. Globex gets a second letter ten business days
    // after the first, which is late after twenty.
    let unbroken = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(
        unbroken,
        "What will happen until Thu 31 Dec 2026, if you do nothing more: \
         Mon 16 Nov 2026, today \
         10:00 2 the thank-you to jobs@initech.example at Initech is ready for your word (rule thank-you) \
         14:00 1 the letter to Jane Doe at Globex goes, 09:00 in New York \
         Tue 17 Nov 2026, tomorrow \
         17:00 2 the thank-you to jobs@initech.example at Initech is given up \
         Mon 30 Nov 2026, in 14 days \
         09:00 2 the letter to jobs@initech.example at Initech is ready for your word (rule second-interview) \
         14:00 1 the second letter to Jane Doe at Globex is ready for your word (rule second-letter) \
         Mon 7 Dec 2026, in 21 days \
         17:00 2 the letter to jobs@initech.example at Initech is late, and waits for your word in other words \
         Mon 14 Dec 2026, in 28 days \
         22:00 1 the second letter to Jane Doe at Globex is late, and waits for your word in other words \
         Times are yours (London). What waits now: followup queue"
    );
    assert!(said.contains("Mon 16 Nov 2026, today\n  10:00    2  the thank-you"), "{said}");
    let json = shell.json(&["agenda", "--until=2w"]);
    assert_eq!(json["until"], "2026-11-30");
    let event = |at: &str, id: i64, rule: &str, what: &str| serde_json::json!({ "at": at, "id": id, "kind": "email", "rule": rule, "what": what });
    assert_eq!(json["events"][0], event("2026-11-16T10:00:00+00:00", 2, "thank-you", "ask"));
    assert_eq!(json["events"][1], event("2026-11-16T09:00:00-05:00", 1, "promise", "send"));
    assert_eq!(json["applications"][1]["id"], 2);
    for wrong in ["yesterday", "2026-02-30", "3000-01-01", "soon"] {
        assert_eq!(shell.run(&["agenda", "--until", wrong]).code, 2, "{wrong}");
    }
    assert_eq!(shell.contents(), before, "looking ahead touches nothing");
}

#[test]
fn check_names_a_home_or_a_database_that_is_open_to_others() {
    let shell = Shell::new();
    shell.add_globex();
    for (path, open, shut) in [(shell.folder().to_owned(), 0o777, 0o700), (shell.database(), 0o644, 0o600)] {
        let set = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        set(open);
        let said = shell.run(&["check", "--accept-clock"]);
        set(shut);
        assert_eq!(said.code, 5, "{}", said.out);
        assert!(said.out.contains("no  permissions") && said.out.contains("chmod"), "{}", said.out);
        assert_eq!(shell.run(&["check", "--accept-clock"]).code, 0);
    }
}

#[test]
fn the_port_and_the_way_to_encrypt_imply_each_other() {
    for (given, port, tls) in [
        (&[][..], 465, "implicit"),
        (&["--smtp-port=587"], 587, "starttls"),
        (&["--smtp-tls=starttls"], 587, "starttls"),
        (&["--smtp-port=2525", "--smtp-tls=starttls"], 2525, "starttls"),
        (&["--smtp-port=587", "--smtp-tls=implicit"], 587, "implicit"),
    ] {
        let shell = Shell::without_settings();
        let init = ["init", "--no-login", "--name=Ada Byron", "--email=ada@home.example", "--smtp-host=mail.example"];
        shell.must(&[&init, given].concat());
        let smtp = settings(&shell)["smtp"].as_table().unwrap().clone();
        assert_eq!((smtp["port"].as_integer(), smtp["tls"].as_str()), (Some(port), Some(tls)), "{given:?}");
    }
}

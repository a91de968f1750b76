//! Deciding on a letter: what was shown, approved, edited, taken back.

use super::*;

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
    let home = home_of_letters_alone();
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
    assert_eq!(home.json(&["show", "1"])["application"]["next"]["what"], "let-go", "no letter comes");
    for command in ["approve", "reject", "snooze"] {
        let arguments = if command == "snooze" { vec![command, "1", "2d"] } else { vec![command, "1"] };
        assert_eq!(home.run(&arguments).code, 3, "nothing is open for {command}");
    }
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

//! Facts that a person gives after an application was added, and what follows from each: at the desk, under a
//! clock that stands still, by the commands themselves.

mod support;

use serde_json::Value;
use support::shell::Shell;

/// A home at 10:00 on Monday, 16 November 2026, with Globex, whose letter is due and was read.
fn globex() -> Shell {
    let shell = Shell::new();
    shell.add_globex();
    shell.must(&["draft", "1"]);
    shell
}

fn application(shell: &Shell, arguments: &[&str]) -> Value {
    shell.json(arguments)["application"].clone()
}

fn next(application: &Value) -> (&str, &str) {
    let next = &application["next"];
    (next["what"].as_str().unwrap_or("nothing"), next["at"].as_str().unwrap_or("never"))
}

/// All that ever was on its way, oldest first, as the database itself has it.
fn phases(shell: &Shell) -> Vec<String> {
    let database = rusqlite::Connection::open(shell.database()).unwrap();
    let mut rows = database.prepare("SELECT kind || ' ' || phase FROM followups ORDER BY id").unwrap();
    rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn an_answer_cancels_what_is_open_and_plans_nothing_further() {
    for answer in ["reply", "rejected", "offer", "next-round", "filled"] {
        let shell = globex();
        shell.must(&["approve", "1"]);
        let heard = application(&shell, &["heard", "globex", answer]);
        assert_eq!((heard["phase"].as_str(), heard["outcome"].as_str()), (Some("cancelled"), Some(answer)));
        assert_eq!((heard["status"].as_str(), next(&heard)), (Some("open"), ("nothing", "never")));
        assert_eq!(shell.run(&["approve", "1"]).code, 3, "nothing is open on it");
    }
}

#[test]
fn an_answer_that_was_noted_by_mistake_is_taken_back_and_the_letter_is_asked_for_again() {
    let shell = globex();
    shell.must(&["heard", "1", "reply"]);
    let again = application(&shell, &["reopen", "1"]);
    assert_eq!((again["phase"].as_str(), &again["outcome"]), (Some("waiting"), &Value::Null));
}

#[test]
fn a_new_promised_date_counts_anew_even_after_an_answer() {
    let shell = globex();
    shell.must(&["heard", "1", "reply"]);
    let promised = application(&shell, &["promise", "1", "2026-12-14"]);
    assert_eq!(promised["outcome"], Value::Null);
    assert_eq!(next(&promised), ("ask", "2026-12-21T09:00:00-05:00"));
    let said = shell.must(&["promise", "1", "friday"]);
    assert!(said.contains("by Fri 20 Nov 2026"), "the date is shown back resolved\n{said}");
}

#[test]
fn another_round_calls_for_another_letter() {
    let shell = globex();
    let third = application(&shell, &["interview", "globex", "--on", "yesterday"]);
    // Not that of the round before any more. Thanks for Sunday the 15th are for Monday and Tuesday.
    assert_eq!((third["rule"].as_str(), third["phase"].as_str()), (Some("promise"), Some("cancelled")));
    assert_eq!(next(&third), ("ask", "2026-11-16T09:00:00-05:00"));
    assert_eq!(shell.run(&["approve", "1"]).code, 4);
    shell.at("2026-11-16T14:00:00Z");
    let thanks = application(&shell, &["draft", "1"]);
    assert_eq!((thanks["rule"].as_str(), thanks["phase"].as_str()), (Some("thank-you"), Some("waiting")));
    assert_eq!(next(&thanks), ("lapse", "2026-11-17T17:00:00-05:00"));
    // Fourteen days after the interview is a Sunday too.
    shell.at("2026-11-18T10:00:00Z");
    assert_eq!(next(&application(&shell, &["show", "1"])), ("ask", "2026-11-30T09:00:00-05:00"));
    shell.at("2026-11-30T14:00:00Z");
    let letter = application(&shell, &["draft", "1"]);
    assert_eq!((letter["rule"].as_str(), letter["phase"].as_str()), (Some("second-interview"), Some("waiting")));
    assert!(shell.must(&["show", "1"]).contains("Sun 15 Nov 2026, round 3"));
}

#[test]
fn a_phone_call_that_reached_nobody_changes_nothing_but_the_journal() {
    let shell = globex();
    let before = application(&shell, &["show", "1"]);
    for outcome in ["no-answer", "voicemail", "still-deciding"] {
        assert_eq!(application(&shell, &["called", "1", outcome, "--note=at noon"]), before, "{outcome}");
    }
    assert!(shell.must(&["log", "1"]).contains("called: voicemail: at noon"));
}

#[test]
fn a_date_named_on_the_phone_is_a_promise_and_an_answer_on_the_phone_an_answer() {
    let shell = globex();
    let later = application(&shell, &["called", "1", "still-deciding", "--promised", "in 7 days"]);
    assert_eq!((later["phase"].as_str(), next(&later)), (Some("planned"), ("ask", "2026-11-30T09:00:00-05:00")));
    let refused = application(&shell, &["called", "1", "rejected"]);
    // What was done last is the call; the letter is cancelled.
    assert_eq!((refused["kind"].as_str(), refused["phase"].as_str()), (Some("call"), Some("sent")));
    assert_eq!((refused["outcome"].as_str(), next(&refused)), (Some("rejected"), ("nothing", "never")));
    assert_eq!(phases(&shell), ["email cancelled", "call sent", "call sent"]);
    assert_eq!(shell.run(&["called", "1", "voicemail", "--promised=friday"]).code, 2);
}

#[test]
fn a_closed_application_rests_until_it_is_reopened() {
    let shell = globex();
    shell.must(&["approve", "1"]);
    let closed = application(&shell, &["close", "1", "--why=they never answered"]);
    assert_eq!((closed["status"].as_str(), closed["phase"].as_str()), (Some("closed"), Some("cancelled")));
    assert_eq!(shell.json(&["list"])["applications"], serde_json::json!([]));
    assert_eq!(shell.json(&["list", "--all"])["applications"][0]["id"], 1);
    let refused = shell.run(&["promise", "1", "friday"]);
    assert_eq!(refused.code, 4);
    assert!(refused.err.contains("followup reopen 1"), "{}", refused.err);
    let open = application(&shell, &["reopen", "globex"]);
    assert_eq!((open["status"].as_str(), open["phase"].as_str()), (Some("open"), Some("waiting")));
}

#[test]
fn a_corrected_fact_composes_the_letter_anew_and_takes_the_approval_back() {
    let shell = globex();
    shell.must(&["approve", "1"]);
    let set = application(&shell, &["set", "1", "--contact=Joan Roe <joan@globex.example>", "--position=Planner"]);
    assert_eq!(set["phase"], "waiting");
    assert_eq!(set["contact"]["email"], "joan@globex.example");
    assert!(set["body"].as_str().unwrap().starts_with("Dear Joan Roe"));
    let log = shell.must(&["log", "1", "-v"]);
    assert!(log.contains(r#"changed: position "Analyst" -> "Planner""#), "{log}");
    assert_eq!(shell.run(&["approve", "1"]).code, 4, "it must be read anew");
}

#[test]
fn a_fact_is_taken_away_by_an_empty_text_but_not_the_last_way_to_reach_them() {
    let shell = globex();
    shell.must(&["set", "1", "--phone=+1 212 555 0100"]);
    shell.must(&["set", "1", "--promised=", "--strength=", "--timezone="]);
    let told = shell.must(&["show", "1"]);
    let (told, _) = told.split_once("What happened").unwrap();
    assert!(!told.contains("promised by") && !told.contains("seven years"), "{told}");
    assert!(told.contains("Europe/London"), "their zone is mine again\n{told}");
    shell.must(&["set", "1", "--contact="]);
    assert_eq!(shell.run(&["set", "1", "--phone="]).code, 2, "nobody could be reached");
}

#[test]
fn a_letter_can_be_put_off_and_comes_back() {
    let shell = globex();
    shell.must(&["approve", "1"]);
    let off = application(&shell, &["snooze", "1", "3d"]);
    assert_eq!((off["phase"].as_str(), next(&off)), (Some("planned"), ("ask", "2026-11-19T09:00:00-05:00")));
    shell.at("2026-11-19T14:00:00Z");
    assert_eq!(application(&shell, &["draft", "1"])["phase"], "waiting");
    assert_eq!(shell.run(&["snooze", "1", "yesterday"]).code, 2);
    let too_far = shell.run(&["snooze", "1", "2027-12-01"]);
    assert_eq!(too_far.code, 4, "{}", too_far.err);
}

#[test]
fn a_step_that_has_not_come_yet_can_be_put_off_or_refused() {
    let shell = Shell::new();
    shell.add_globex();
    shell.must(&["promise", "1", "2026-11-20"]);
    assert_eq!(next(&application(&shell, &["snooze", "1", "2026-12-08"])).1, "2026-12-08T09:00:00-05:00");
    assert_eq!(application(&shell, &["reject", "1"])["phase"], "cancelled");
}

#[test]
fn an_uncertain_letter_stands_first_on_every_command_until_it_is_settled() {
    let uncertain = || {
        let shell = globex();
        shell.must(&["approve", "1"]);
        let claim =
            "UPDATE followups SET phase = 'sending', claimed_at = approved_at, attempt = 1, message_id = '<1@x>'";
        shell.sql(claim);
        shell.sql("UPDATE followups SET phase = 'uncertain', ended_at = approved_at, ended_by = 'lost'");
        shell
    };
    let shell = uncertain();
    for command in [&["list"][..], &["queue"], &["why", "1"], &["log"], &["status"], &[]] {
        assert!(shell.must(command).starts_with("! 1  Globex: did its letter arrive?"), "{command:?}");
    }
    let said = shell.run(&["set", "1", "--position=Planner"]);
    assert!(said.out.starts_with("! 1  Globex"), "{}", said.out);
    assert_eq!(application(&shell, &["heard", "1", "reply"])["phase"], "uncertain", "only evidence settles it");
    let settled = application(&shell, &["resolve", "1", "--sent"]);
    assert_eq!(settled["phase"], "sent");
    assert!(!shell.must(&["list"]).contains('!'));
    assert!(shell.must(&[]).contains("Sent: 1, the letter to Jane Doe at Globex"));

    let shell = uncertain();
    assert_eq!(application(&shell, &["resolve", "1", "--not-sent"])["phase"], "approved");
    let shell = uncertain();
    shell.must(&["heard", "1", "reply"]);
    assert_eq!(application(&shell, &["resolve", "1", "--not-sent"])["phase"], "cancelled", "they have answered");
    assert_eq!(shell.run(&["resolve", "1", "--sent"]).code, 3);
}

#[test]
fn the_emergency_stop_takes_every_approval_back_whatever_the_settings_and_the_clock_say() {
    let shell = globex();
    shell.must(&[
        "add",
        "--company=Initech",
        "--position=Tester",
        "--hr=jobs@initech.example",
        "--interviewed=2026-10-28",
    ]);
    shell.must(&["draft", "initech"]);
    shell.must(&["approve", "--all"]);
    assert_eq!(shell.approved(), 2);
    shell.write_settings("this is no TOML");
    shell.at("2026-01-01T00:00:00Z");
    let stopped = shell.must(&["recall", "--all"]);
    assert!(stopped.contains("Taken back: 1, Globex.") && stopped.contains("Taken back: 2, Initech."), "{stopped}");
    assert_eq!(shell.approved(), 0);
    assert!(shell.must(&["recall", "--all"]).contains("nothing to take back"));
}

#[test]
fn approving_all_approves_what_it_can_and_says_what_it_refused() {
    let shell = globex();
    shell.must(&[
        "add",
        "--company=Initech",
        "--position=Tester",
        "--hr=jobs@initech.example",
        "--interviewed=2026-10-28",
    ]);
    let said = shell.run(&["approve", "--all", "--json"]);
    assert_eq!(said.code, 4);
    let done: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(done["applications"][0]["id"], 1);
    let error: Value = serde_json::from_str(&said.err).unwrap();
    assert_eq!(error["error"]["refused"][0]["id"], 2, "it was never shown: {error}");
    assert_eq!(shell.json(&["approve", "--all"])["applications"][0]["id"], 2, "now it was");
    assert_eq!(shell.json(&["approve", "--all"])["applications"], serde_json::json!([]));
}

#[test]
fn what_is_forgotten_is_in_no_table_and_in_no_file_any_more() {
    let shell = globex();
    shell.must(&["note", "1", "Jane Doe likes tea"]);
    shell.must(&["approve", "1"]);
    let said = shell.converse(&["forget", "globex"], &["n\n"]);
    assert!(said.out.contains("Nothing was removed"), "{}", said.out);
    let said = shell.converse(&["forget", "globex"], &["y\n"]);
    assert!(said.out.contains("Forgotten: 1, Globex."), "{}{}", said.out, said.err);
    let files = std::fs::read_dir(shell.folder()).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
    let bytes: Vec<u8> = files.flatten().collect();
    for word in ["Globex", "globex", "Jane", "likes tea", "seven years"] {
        assert!(!bytes.windows(word.len()).any(|at| at == word.as_bytes()), "{word}");
    }
    assert_eq!(shell.run(&["show", "1"]).code, 3);
    shell.add_globex();
    assert_eq!(application(&shell, &["show", "globex"])["id"], 2, "numbers are not given twice");
}

#[test]
fn a_letter_that_may_have_arrived_is_not_forgotten() {
    let shell = globex();
    shell.must(&["approve", "1"]);
    shell.sql("UPDATE followups SET phase = 'sending', claimed_at = approved_at, attempt = 1, message_id = '<1@x>'");
    let before = shell.contents();
    assert_eq!(shell.run(&["forget", "1"]).code, 4);
    assert_eq!(shell.contents(), before);
    let late = shell.must(&["heard", "1", "reply"]);
    assert!(late.contains("too late to stop"), "{late}");
    assert_eq!(shell.run(&["recall", "--all"]).code, 4);
}

#[test]
fn a_backup_is_a_database_of_its_own_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let shell = globex();
    let file = shell.folder().join("copy.db");
    let said = shell.json(&["backup", &file.display().to_string()]);
    assert_eq!(said["backup"], "HOME/copy.db");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let before = shell.contents();
    let restored = Shell::new();
    std::fs::copy(&file, restored.database()).unwrap();
    // Besides, it says what it is.
    restored.sql("DELETE FROM meta WHERE key = 'is a copy'");
    assert_eq!(restored.contents(), before);
    assert_eq!(shell.run(&["backup", &file.display().to_string()]).code, 4, "it is not overwritten");
}

#[test]
fn a_closed_company_is_found_by_name_where_no_open_one_fits() {
    let shell = globex();
    shell.must(&["close", "globex"]);
    assert_eq!(application(&shell, &["show", "glob"])["id"], 1);
    shell.must(&["add", "--company=Globetrotter", "--position=Guide", "--hr=a@b.example", "--interviewed=yesterday"]);
    assert_eq!(application(&shell, &["show", "glob"])["id"], 2);
}

//! Every decision in every phase: 3 says that nothing is open, 4 that it is open but not in a phase for this.

use super::*;

const DECISIONS: [&[&str]; 8] = [
    &["approve", "1"],
    &["recall", "1"],
    &["reject", "1"],
    &["snooze", "1", "3d"],
    &["resolve", "1", "--sent"],
    &["resolve", "1", "--not-sent"],
    &["edit", "1", "--subject=A question"],
    &["draft", "1"],
];

/// The exit code of each of [`DECISIONS`], and the words of the refusals.
const TABLE: [(&str, [u8; 8], &str); 14] = [
    ("planned", [4, 4, 0, 0, 4, 4, 4, 4], "its window has not opened yet"),
    ("snoozed", [4, 4, 0, 0, 4, 4, 4, 4], ""),
    ("waiting", [0, 4, 0, 0, 4, 4, 0, 0], "there is nothing to"),
    ("late", [0, 4, 0, 0, 4, 4, 0, 0], "there is nothing to"),
    ("approved", [0, 0, 0, 0, 4, 4, 0, 0], "there is nothing to settle"),
    ("sending", [4, 4, 4, 4, 4, 4, 4, 0], "it is too late: the letter is being sent"),
    ("uncertain", [4, 4, 4, 4, 0, 0, 4, 0], "it is not known whether the letter arrived; settle that first"),
    // A second letter can follow, whose time has not come: it can be put off, or not be wanted.
    ("sent", [3, 4, 0, 0, 3, 3, 3, 0], ""),
    ("failed", [3, 3, 3, 3, 3, 3, 3, 0], "nothing is open on application 1"),
    ("cancelled", [3, 3, 3, 3, 3, 3, 3, 0], "nothing is open on application 1"),
    ("over", [3, 3, 3, 3, 3, 3, 3, 0], "nothing is open on application 1"),
    ("closed", [3, 3, 3, 3, 3, 3, 3, 3], "nothing is open on application 1"),
    ("answered", [3, 3, 3, 3, 3, 3, 3, 3], "nothing is open on application 1"),
    ("held", [4, 4, 4, 4, 4, 4, 4, 4], "it cannot go on: timezone: \"Mars/Olympus\" is not a time zone"),
];

#[test]
fn each_decision_in_each_phase() {
    for (situation, codes, says) in TABLE {
        for (arguments, code) in DECISIONS.into_iter().zip(codes) {
            let shell = globex(situation);
            // What its time brings has been done before, so that nothing else changes now.
            shell.must(&["show", "1"]);
            let name = format!("{arguments:?} while {situation}");
            match code {
                0 => drop(shell.must(arguments)),
                _ => refused(&shell, &name, arguments, code, says),
            }
        }
    }
}

#[test]
fn a_snooze_beyond_its_time_is_no_matter_where_nothing_is_open() {
    for situation in ["failed", "cancelled", "closed", "answered", "over"] {
        let shell = globex(situation);
        shell.must(&["show", "1"]);
        refused(&shell, situation, &["snooze", "1", "2037-06-01"], 3, "nothing is open on application 1");
    }
    // Sent on Mon 16 Nov: the second letter that follows may wait until twenty business days after Mon 14 Dec.
    let shell = globex("sent");
    shell.must(&["show", "1"]);
    let says = "the time for this letter is over after Mon 11 Jan 2027";
    refused(&shell, "sent", &["snooze", "1", "2027-01-12"], 4, says);
    shell.must(&["snooze", "1", "2027-01-11"]);
}

#[test]
fn facts_of_a_closed_application_and_of_one_in_hand() {
    let closed = globex("closed");
    for arguments in [
        &["promise", "1", "friday"][..],
        &["interview", "1", "--on=yesterday"],
        &["called", "1", "still-deciding", "--promised=friday"],
    ] {
        refused(&closed, "closed", arguments, 4, "application 1 is closed take that back first: followup reopen 1");
    }
    refused(&globex("sending"), "forget", &["forget", "1"], 4, "being sent see the whole story: followup show 1");
    refused(&globex("uncertain"), "forget", &["forget", "1"], 4, "settle it: followup resolve 1 --sent");
}

#[test]
fn a_letter_that_was_not_seen_or_has_changed_or_lacks_something_is_shown_and_not_approved() {
    let approved = |shell: &Shell| shell.json(&["list"])["applications"][0]["phase"] == "approved";
    let unseen = globex("planned");
    unseen.at("2026-11-16T10:00:00Z");
    is_clear("unseen", &unseen.run(&["approve", "1"]), 4, "you have not seen this letter yet");
    let changed = globex("waiting");
    changed.must(&["set", "1", "--contact=Joan Doe <joan@globex.example>"]);
    is_clear("changed", &changed.run(&["approve", "1"]), 4, "the letter has changed since you were asked");
    let impolite = globex("waiting");
    impolite.must(&["edit", "1", "--subject=[position]"]);
    is_clear("impolite", &impolite.run(&["approve", "1"]), 4, "the letter should not go like this");
    for shell in [&unseen, &changed, &impolite] {
        assert!(!approved(shell));
    }
}

#[test]
fn approving_all_approves_what_it_can_and_names_what_was_refused() {
    let shell = globex("waiting");
    for company in ["--company=Initech", "--company=Acme"] {
        taken(&shell, &add(&[company, "--promised=2026-11-06"]));
    }
    shell.must(&["draft", "2"]);
    shell.must(&["edit", "2", "--subject=[position]"]);
    let said = shell.run(&["approve", "--all"]);
    assert_eq!(said.code, 4);
    assert!(said.out.contains("Approved. It goes") && said.err.contains("2 applications were refused"), "{said:?}");
    assert!(
        said.err.contains("\n2: the letter should not go like this") && said.err.contains("\n3: you have not seen")
    );
    let phases: Vec<Value> =
        (1..=3).map(|id| shell.json(&["show", &id.to_string()])["application"]["phase"].clone()).collect();
    assert_eq!(phases, ["approved", "waiting", "waiting"]);
    let again = shell.run(&["approve", "--all", "--json"]);
    assert_eq!(again.code, 4);
    let error: Value = serde_json::from_str(&again.err).unwrap();
    assert_eq!(error["error"]["refused"][0]["id"], 2);
    let done: Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(done["applications"][0]["id"], 3, "it has been seen by now, in the refusal");
}

//! Facts that do not fit together, or of which the program knows too little: what it makes of each, and says.

use super::*;

/// It is Wednesday, 18 November 2026, at ten in London.
fn shell() -> Shell {
    let shell = Shell::new();
    shell.at("2026-11-18T10:00:00Z");
    shell
}

fn add(shell: &Shell, more: &[&str]) -> String {
    let who = ["add", "--company=Globex", "--position=Analyst"];
    one_line(&shell.must(&[&who, more].concat()))
}

const JANE: &str = "--contact=Jane Doe <jane@globex.example>";

#[test]
fn of_two_interviews_on_one_day_the_later_round_counts() {
    let shell = shell();
    add(&shell, &[JANE, "--interviewed=2026-11-03", "--round=1"]);
    let said = shell.must(&["interview", "1", "--on=2026-11-03", "--round=2"]);
    assert!(said.contains("Round 2 was on Tue 3 Nov 2026"), "{said}");
    assert_eq!(shell.json(&["why", "1"])["why"]["rule"], "second-interview");
    let said = shell.run(&["interview", "1", "--on=2026-11-03", "--round=2"]);
    assert!(said.code == 2 && said.err.contains("is known already"), "{said:?}");
}

#[test]
fn rounds_out_of_order_are_taken_and_named() {
    let shell = shell();
    add(&shell, &[JANE, "--interviewed=2026-11-03", "--round=2"]);
    let said = shell.must(&["interview", "1", "--on=2026-11-17", "--round=1"]);
    assert!(said.contains("Mind: round 2 was earlier, on Tue 3 Nov 2026. Not so: followup set 1 --round N"), "{said}");
    // The latest by day is the one that counts, whatever its number.
    assert_eq!(shell.json(&["why", "1"])["why"]["counts_from"]["date"], "2026-11-17");
}

#[test]
fn a_promise_for_a_day_off_is_named_and_counts_from_there() {
    let shell = shell();
    let said = add(&shell, &[JANE, "--interviewed=2026-11-17", "--promised=2026-11-26", "--country=US"]);
    assert!(said.contains("by Thu 26 Nov 2026 (Thanksgiving)"), "{said}");
    let said = one_line(&shell.must(&["promise", "1", "2026-11-28"]));
    assert!(said.contains("by Sat 28 Nov 2026 (a weekend)"), "{said}");
    let why = shell.json(&["why", "1"])["why"].clone();
    // The thanks come first.
    assert_eq!((why["rule"].as_str(), why["opens_on"].as_str()), (Some("thank-you"), Some("2026-11-18")));
}

#[test]
fn a_promise_that_was_over_before_it_was_noted_is_asked_about_now_late_or_not_at_all() {
    for (interviewed, promised, phase, late) in [
        ("2026-11-03", "2026-11-06", "waiting", false),
        ("2026-10-12", "2026-10-16", "waiting", true),
        ("2026-08-03", "2026-08-07", "planned", false),
    ] {
        let shell = shell();
        add(&shell, &[JANE, &format!("--interviewed={interviewed}"), &format!("--promised={promised}")]);
        shell.run(&["draft", "1"]);
        let it = shell.json(&["show", "1"])["application"].clone();
        assert_eq!((it["phase"].as_str(), it["late"].as_bool()), (Some(phase), Some(late)), "{promised}");
    }
}

#[test]
fn an_interview_ten_years_ago_asks_for_no_letter_and_once_whether_to_let_go() {
    let shell = shell();
    let said = add(&shell, &[JANE, "--interviewed=2016-11-03"]);
    assert!(said.contains("The time for a letter is over. If nothing comes, you are asked in 14 days"), "{said}");
    let it = shell.json(&["show", "1"])["application"].clone();
    assert_eq!((it["rule"].as_str(), it["next"]["what"].as_str()), (None, Some("let-go")));
}

#[test]
fn who_has_only_a_phone_is_called_and_never_written_to() {
    let shell = shell();
    let said =
        add(&shell, &["--interviewed=2026-11-03", "--promised=2026-11-06", "--phone=020 7946 0000", "--country=GB"]);
    assert!(said.contains("Rule promise: a call is due from Fri 13 Nov 2026 to Fri 27 Nov 2026."), "{said}");
    let said = shell.must(&["draft", "1"]);
    assert!(said.contains("Call: +44 20 7946 0000"), "{said}");
    let refused = shell.run(&["approve", "1"]);
    assert!(refused.code == 4 && refused.err.contains("followup called 1"), "{refused:?}");
    assert_eq!(shell.json(&["queue"])["applications"][0]["kind"], "call");
    assert!(shell.must(&["approve", "--all"]).contains("No letter waits"), "calls are not approved");
}

#[test]
fn a_country_of_which_nothing_is_known_is_named_wherever_days_are_counted() {
    let shell = shell();
    let said = add(&shell, &[JANE, "--interviewed=2026-11-03", "--country=EH"]);
    assert!(said.contains("Mind: no public holidays of EH are known for 2026"), "{said}");
    let said = shell.must(&["why", "1"]);
    assert!(said.contains("Mind: no public holidays of EH are known for 2026"), "{said}");
    let said = one_line(&shell.run(&["check"]).out);
    assert!(said.contains("application 1: no public holidays of EH are known for 2026"), "{said}");
    let said = shell.must(&["set", "1", "--country="]);
    assert!(said.contains("Mind: their country is not known, so that only weekends do not count"), "{said}");
}

#[test]
fn a_guess_is_shown_and_a_fact_takes_its_place() {
    let shell = shell();
    let jane = "--contact=Jane Doe <jane@globex.co.jp>";
    let said = add(&shell, &[jane, "--interviewed=2026-11-03"]);
    let guess = "Their country: Japan, a guess from the mail address, .co.jp; so their time is that of Tokyo";
    assert!(said.contains(guess), "{said}");
    let it = shell.json(&["show", "1"])["application"]["recipient"].clone();
    assert_eq!((it["country_by"].as_str(), it["timezone"].as_str()), (Some("guess"), Some("Asia/Tokyo")));
    assert!(shell.must(&["show", "1"]).contains("country    Japan, a guess from the mail address, .co.jp"));
    shell.must(&["set", "1", "--country=DE-BY", "--timezone=Europe/Berlin"]);
    let it = shell.json(&["show", "1"])["application"]["recipient"].clone();
    assert_eq!((it["country"].as_str(), it["region"].as_str()), (Some("DE"), Some("BY")));
    assert_eq!((it["country_by"].as_str(), it["timezone_by"].as_str()), (Some("given"), Some("given")));
    let wrong = shell.run(&["set", "1", "--country=DE-XX"]);
    assert!(wrong.code == 2 && wrong.err.contains("Germany has no region XX"), "{wrong:?}");
}

#[test]
fn a_number_that_nobody_could_call_is_refused_when_it_is_given() {
    let shell = shell();
    let table = [
        ("+44 12", "too short"),
        ("call me", "is no phone number"),
        ("+1 800 FLOWERS", "letters"),
        ("020 7946 0000", "may be in any country"),
        ("+999 1234567", "calling code of no country"),
        ("+44 20 7946 0000 0000 0000 0000", "too long"),
    ];
    for (number, why) in table {
        let said =
            shell.run(&["add", "--company=G", "--position=P", JANE, "--interviewed=2026-11-03", "--phone", number]);
        let words = one_line(&said.err);
        assert!(said.code == 2 && words.contains(why), "{number}: {said:?}");
    }
    assert_eq!(shell.json(&["list"])["applications"].as_array().map(Vec::len), Some(0));
    add(&shell, &[JANE, "--interviewed=2026-11-03", "--phone=+44 20 7946 0000"]);
    // Another program may write what it likes; it is shown as it stands.
    shell.sql("UPDATE applications SET contact_phone = 'ask the porter' WHERE id = 1");
    shell.must(&["set", "1", "--position=Planner"]);
    assert_eq!(shell.json(&["show", "1"])["application"]["position"], "Planner");
}

#[test]
fn a_promise_after_an_earlier_round_still_stands_until_it_is_taken_back() {
    let shell = shell();
    add(&shell, &[JANE, "--interviewed=2026-11-16", "--promised=2026-12-15"]);
    let said = one_line(&shell.must(&["interview", "1", "--on=2026-11-16"]));
    assert!(
        said.contains("they promised an answer by Tue 15 Dec 2026, after round 2, and that still stands"),
        "{said}"
    );
    shell.at("2026-12-01T10:00:00Z").run(&["draft", "1"]);
    assert_eq!(shell.json(&["why", "1"])["why"]["rule"], "promise");
    let said = shell.must(&["set", "1", "--promised="]);
    assert!(said.contains("no date was named for an answer"), "{said}");
    assert_eq!(shell.json(&["why", "1"])["why"]["rule"], "second-interview");
}

#[test]
fn an_interview_that_was_forgotten_is_the_round_before() {
    let shell = shell();
    add(&shell, &[JANE, "--interviewed=2026-11-16", "--round=2"]);
    let said = shell.must(&["interview", "1", "--on=2026-11-02"]);
    assert!(said.contains("Noted, round 1") && said.contains("Round 2 was on Mon 16 Nov"), "{said}");
    assert!(!said.contains("Mind: round"), "{said}");
    assert!(shell.must(&["interview", "1", "--on=2026-11-17"]).contains("Noted, round 3"));
}

#[test]
fn what_was_over_when_it_came_to_be_known_is_passed_over() {
    let shell = shell();
    add(&shell, &[JANE, "--interviewed=2026-11-17"]);
    shell.at("2027-06-01T10:00:00Z");
    shell.run(&["draft", "1"]);
    let before = shell.must(&["log", "1"]);
    // By now its time, and the time for a late letter, were over months ago.
    shell.must(&["interview", "1", "--on=2027-02-02"]);
    let said = shell.must(&["log", "1"]);
    assert_eq!(said.matches("lapsed").count(), before.matches("lapsed").count(), "{said}");
    assert_eq!(shell.json(&["show", "1"])["application"]["next"]["what"], "let-go");
}

#[test]
fn a_country_that_there_is_none_of_is_refused_with_the_one_that_was_meant() {
    let shell = shell();
    for (country, meant) in [("UK", "Did you mean GB, United Kingdom?"), ("Germany", "Did you mean DE, Germany?")] {
        let refused =
            shell.run(&["add", "--company=A", "--position=B", JANE, "--interviewed=2026-11-03", "--country", country]);
        let said = one_line(&refused.err);
        assert!(
            refused.code == 2 && said.contains(&format!("{country:?} is no country")) && said.contains(meant),
            "{said}"
        );
    }
}

#[test]
fn a_zone_that_their_country_does_not_tell_is_named_with_the_way_to_give_it() {
    let shell = shell();
    let said = add(&shell, &["--contact=Joe Roe <joe@toronto.ca>", "--interviewed=2026-11-03"]);
    let mind = "Mind: the hours are those of London, yours, as Canada has several time zones. Not so: followup set 1 --timezone ZONE";
    assert!(said.contains(mind), "{said}");
    assert!(one_line(&shell.must(&["why", "1"])).contains("Mind: the hours are those of London"));
    let said = one_line(&shell.must(&["set", "1", "--timezone=America/Toronto"]));
    assert!(!said.contains("Mind: the hours"), "{said}");
}

#[test]
fn thanks_do_not_look_forward_to_a_day_that_is_over() {
    for (promised, is_named) in [("2026-11-17", false), ("2026-11-19", false), ("2026-11-20", true)] {
        let shell = shell();
        add(&shell, &[JANE, "--interviewed=2026-11-17", &format!("--promised={promised}"), "--country=GB"]);
        let said = one_line(&shell.must(&["draft", "1"]));
        assert!(said.contains("Thank you for the interview"), "{said}");
        assert_eq!(said.contains("hearing from you by"), is_named, "{promised}: {said}");
    }
}

#[test]
fn a_promise_on_the_phone_for_a_day_that_is_past_is_questioned() {
    let shell = shell();
    add(&shell, &[JANE, "--interviewed=2026-11-03"]);
    let said = one_line(&shell.must(&["called", "1", "still-deciding", "--promised=2026-11-16"]));
    assert!(said.contains("That day is past: is it right?"), "{said}");
}

#[test]
fn a_call_made_while_a_letter_waits_does_not_hide_what_becomes_of_the_letter() {
    let shell = shell();
    add(&shell, &[JANE, "--interviewed=2026-11-03"]);
    shell.must(&["draft", "1"]);
    shell.at("2026-11-18T11:00:00Z").must(&["called", "1", "voicemail"]);
    shell.at("2026-11-18T12:00:00Z").must(&["reject", "1"]);
    let it = shell.json(&["show", "1"])["application"].clone();
    assert_eq!((it["kind"].as_str(), it["phase"].as_str()), (Some("email"), Some("cancelled")));
    let list = shell.must(&["list"]);
    assert!(list.contains("cancelled") && !list.contains("called "), "{list}");
}

#[test]
fn who_approves_a_letter_that_must_wait_for_another_one_to_its_employer_is_told_why() {
    let shell = shell();
    for name in ["jane", "jim"] {
        add(&shell, &[&format!("--contact={name}@globex.example"), "--interviewed=2026-11-03", "--country=GB"]);
    }
    shell.must(&["draft", "1"]);
    shell.must(&["draft", "2"]);
    let at = shell.now().as_millisecond();
    shell.sql(&format!("INSERT INTO claims (followup_id, employer, at) VALUES (1, 'globex', {at})"));
    let said = one_line(&shell.must(&["approve", "2"]));
    let mind = "Mind: a letter to this employer went on Wed 18 Nov: the next one goes 5 business days after it at the \
                earliest, Wed 25 Nov 09:00.";
    assert!(said.contains(mind), "{said}");
    assert!(one_line(&shell.must(&["why", "2"])).contains(mind));
    assert!(one_line(&shell.must(&["set", "2", "--position=Planner"])).contains(mind));
}

//! The names by which a calendar program knows again what it has.

use super::*;

fn uids(shell: &Shell) -> Vec<String> {
    export(shell).iter().map(|it| it.value("UID").to_owned()).collect()
}

#[test]
fn a_second_run_has_the_same_names_and_the_later_stamp() {
    let shell = globex("waiting");
    let before = export(&shell);
    shell.at("2026-11-17T10:00:00Z");
    let after = export(&shell);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before.value("UID"), after.value("UID"));
        assert!(before.value("DTSTAMP") < after.value("DTSTAMP"), "of two states the later one holds");
    }
}

#[test]
fn a_corrected_day_moves_what_stands_there() {
    let shell = globex("planned");
    let before = export(&shell);
    for correction in [
        &["set", "1", "--interviewed=2026-11-04"][..],
        &["set", "1", "--promised=2026-11-09"],
        &["promise", "1", "2026-11-10"],
        // Now another rule has it, which is for the same letter.
        &["set", "1", "--promised="],
        &["set", "1", "--round=1"],
        &["set", "1", "--company=Globex International", "--contact=Jim Roe <jim@globex.example>"],
        &["set", "1", "--timezone=Asia/Tokyo"],
        // There is nothing to write to any more.
        &["set", "1", "--phone=+44 20 7946 0000", "--contact="],
    ] {
        shell.must(correction);
        let after = export(&shell);
        assert_eq!(after[0].value("UID"), before[0].value("UID"), "{correction:?}");
    }
    assert_ne!(export(&shell)[0].value("DTSTART"), before[0].value("DTSTART"));
}

#[test]
fn what_was_typed_approved_and_late_is_the_same_letter() {
    let of = |situation: &str| {
        let shell = globex(situation);
        shell.sql("UPDATE meta SET value = 'the same' WHERE key = 'installation'");
        uids(&shell)
    };
    let waiting = of("waiting");
    assert_eq!(of("late"), waiting);
    for situation in ["planned", "approved", "snoozed"] {
        assert_eq!(of(situation), waiting[..1], "{situation}");
    }
    assert!(!waiting.contains(&of("sent")[0]), "the second letter is another one");
}

#[test]
fn another_interview_and_a_promise_after_a_letter_are_something_else() {
    let shell = globex("sent");
    shell.must(&["reject", "1"]);
    let mut seen = uids(&shell);
    for news in [&["promise", "1", "2026-11-20"][..], &["interview", "1", "--on=2026-11-15"]] {
        shell.must(news);
        let now = uids(&shell);
        assert!(now.iter().all(|uid| !seen.contains(uid)), "{news:?}");
        seen.extend(now);
    }
}

#[test]
fn a_letter_that_went_keeps_its_place_when_another_date_is_named() {
    let shell = globex("waiting");
    let first = uids(&shell)[0].clone();
    shell.must(&["approve", "1"]);
    shell.at("2026-11-16T15:00:00Z");
    support::situations::claim(&shell, "1");
    let reply = "250 2.0.0 accepted".to_owned();
    support::situations::submitted(&shell, "1", followup::core::delivery::Outcome::Accepted { reply });
    shell.must(&["promise", "1", "2026-11-20"]);
    let second = uids(&shell)[0].clone();
    assert_eq!(summaries(&shell), ["VEVENT Letter to Jane Doe (Analyst at Globex)"]);
    assert_ne!(first, second);
    shell.must(&["promise", "1", "2026-11-23"]);
    assert_eq!(uids(&shell)[0], second, "corrected before anything went after it");
}

#[test]
fn two_databases_share_no_name_and_no_name_tells_of_its_database() {
    let (one, other) = (globex("waiting"), globex("waiting"));
    assert!(uids(&one).iter().all(|uid| !uids(&other).contains(uid)));
    let database = rusqlite::Connection::open(one.database()).unwrap();
    let sql = "SELECT value FROM meta WHERE key = 'installation'";
    let installation: String = database.query_row(sql, [], |row| row.get(0)).unwrap();
    let text = one.must(&["export", "--format=ics"]);
    assert!(!text.replace('-', "").contains(&installation[..8]), "{installation}\n{text}");
}

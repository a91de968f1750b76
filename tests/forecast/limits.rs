//! The limits that all letters share: what goes counts against what follows.

use followup::core::followup::Tries;
use followup::store::Store;

use super::*;

/// Approved letters to this many companies, at `now`.
fn approved_letters(count: i64, now: &str) -> Vec<Case> {
    (1..=count).map(|id| approved(promised(id, &format!("Company {id}")), at(now), &etiquette())).collect()
}

fn a_day(foreseen: &[String], day: &str) -> usize {
    foreseen.iter().filter(|line| line.starts_with(day) && line.ends_with(" send")).count()
}

#[test]
fn the_daily_cap_spreads_ten_approved_letters_over_days() {
    let now = "2026-11-16 10:00";
    let etiquette = Etiquette { per_day: Some(3), ..etiquette() };
    let mut cases = approved_letters(10, now);
    cases.reverse();
    let foreseen = foreseen_with(&cases, now, "2026-11-30 00:00", &etiquette, Ledger::default());
    let expected = [
        "Mon 16 Nov 10:00:30 1 send",
        "Mon 16 Nov 10:00:30 2 send",
        "Mon 16 Nov 10:00:30 3 send",
        "Tue 17 Nov 09:00 4 send",
        "Tue 17 Nov 09:00 5 send",
        "Tue 17 Nov 09:00 6 send",
        "Wed 18 Nov 09:00 7 send",
        "Wed 18 Nov 09:00 8 send",
        "Wed 18 Nov 09:00 9 send",
        "Thu 19 Nov 09:00 10 send",
    ];
    assert_eq!(foreseen, expected);
}

#[test]
fn letters_that_went_today_before_count_but_for_a_letters_own_first_try() {
    let now = "2026-11-16 10:00";
    let etiquette = Etiquette { per_day: Some(3), ..etiquette() };
    let cases = approved_letters(4, now);
    let own = cases[0].open().unwrap().id;
    let mut ledger = Ledger::default();
    for (followup, entered) in [(7, "2026-11-16 09:00"), (8, "2026-11-15 09:00"), (own, "2026-11-16 09:30")] {
        ledger.enter(followup, "initech", at(entered));
    }
    let foreseen = foreseen_with(&cases, now, "2026-11-30 00:00", &etiquette, ledger);
    assert_eq!((a_day(&foreseen, "Mon 16 Nov"), a_day(&foreseen, "Tue 17 Nov")), (2, 2), "{foreseen:#?}");
}

#[test]
fn with_a_cap_of_no_letter_at_all_they_wait_until_their_time_is_over() {
    let now = "2026-11-16 10:00";
    let etiquette = Etiquette { per_day: Some(0), ..etiquette() };
    let foreseen = foreseen_with(&approved_letters(1, now), now, "2026-11-28 00:00", &etiquette, Ledger::default());
    assert_eq!(foreseen, ["Fri 27 Nov 17:00 1 late"]);
}

#[test]
fn two_letters_to_one_employer_are_business_days_apart() {
    let now = "2026-11-16 10:00";
    let cases = [(1, "Globex"), (2, " GLOBEX"), (3, "Initech")];
    let cases = cases.map(|(id, company)| approved(promised(id, company), at(now), &etiquette()));
    let expected = ["Mon 16 Nov 10:00:30 1 send", "Mon 16 Nov 10:00:30 3 send", "Mon 23 Nov 09:00 2 send"];
    assert_eq!(foreseen(&cases, now, "2026-11-30 00:00"), expected);

    // One went on Tue 10 Nov.
    let mut ledger = Ledger::default();
    ledger.enter(7, "initech", at("2026-11-10 12:00"));
    let foreseen = foreseen_with(&cases, now, "2026-11-18 00:00", &etiquette(), ledger);
    assert_eq!(foreseen, ["Mon 16 Nov 10:00:30 1 send", "Tue 17 Nov 09:00 3 send"]);
}

#[test]
fn a_letter_that_is_given_up_gives_its_place_to_the_next() {
    let now = "2026-12-25 16:30";
    let etiquette = Etiquette { remind: Some(SignedDuration::from_hours(10_000)), ..etiquette() };
    // It was deferred, and its time is over before its next try.
    let mut deferred = approved(promised(1, "Globex"), at(now), &etiquette);
    if let Phase::Approved { tries, .. } = &mut deferred.followups[0].phase {
        *tries = Tries { claims: 9, count: 9, last: Some((at(now), "450 later".to_owned())) };
    }
    let mut ledger = Ledger::default();
    ledger.enter(deferred.followups[0].id, "globex", at("2026-12-24 10:00"));
    let other = application(2, "Globex", date(2026, 12, 8), Some(date(2026, 12, 14)));
    let other = approved(Case::new(other, 1, vec![]), at(now), &etiquette);
    let until = "2027-01-04 00:00";
    let foreseen = foreseen_with(&[deferred, other.clone()], now, until, &etiquette, ledger.clone());
    let expected =
        ["Fri 25 Dec 16:30 1 tell", "Fri 25 Dec 17:00 1 lapse", "Mon 28 Dec 09:00 1 let-go", "Mon 28 Dec 09:00 2 send"];
    assert_eq!(foreseen, expected, "that it was deferred so often is news, too");
    // As long as it counts, the gap holds the other one.
    let foreseen = foreseen_with(&[other], now, until, &etiquette, ledger);
    assert_eq!(foreseen, ["Thu 31 Dec 09:00 2 send"]);
}

#[test]
fn an_account_that_rests_holds_letters_and_asks() {
    let now = "2026-11-16 10:00";
    let cases = [promised(1, "Globex"), approved(promised(2, "Initech"), at(now), &etiquette())];
    let ledger = Ledger::new(Some(at("2026-11-16 14:00")));
    let foreseen = foreseen_with(&cases, now, "2026-11-17 00:00", &etiquette(), ledger);
    assert_eq!(foreseen, ["Mon 16 Nov 14:00 1 ask", "Mon 16 Nov 14:00 2 send"]);
}

#[test]
fn the_forecast_of_many_ends() {
    let now = "2026-11-10 12:00";
    let cases: Vec<Case> = (1..=300).map(|id| promised(id, &format!("Company {}", id % 100))).collect();
    let foreseen = foreseen(&cases, now, "2027-12-31 00:00");
    // Asked for, reminded of three times, late the same, given up, let go.
    assert_eq!(foreseen.len(), 300 * 10);
    assert_eq!(foreseen.iter().filter(|line| line.ends_with(" let-go")).count(), 300);
}

#[test]
fn the_ledger_of_the_store_counts_as_the_store_does() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("followup.db");
    let mut store = Store::open(&path).unwrap();
    let etiquette = etiquette();
    let case = approved(promised(3, "Globex"), at("2026-11-16 10:00"), &etiquette);
    let own = case.open().unwrap().id;
    let other = rusqlite::Connection::open(&path).unwrap();
    // Claims around midnight in London, which is 19:00 in New York.
    let walls = ["2026-11-09 12:00", "2026-11-15 18:59:59", "2026-11-15 19:00", "2026-11-16 09:00", "2026-11-16 12:00"];
    for (number, wall) in walls.into_iter().enumerate() {
        let (followup, employer) = (if number == 3 { own } else { number as i64 }, ["globex", "initech"][number % 2]);
        let row = (followup, employer, at(wall).as_millisecond());
        other.execute("INSERT INTO claims (followup_id, employer, at) VALUES (?, ?, ?)", row).unwrap();
    }
    other.execute("UPDATE health SET rests_until = 1794840000000 WHERE part = 'mail'", []).unwrap();
    let mut counts = Vec::new();
    for wall in ["2026-11-15 12:00", "2026-11-15 18:59", "2026-11-15 19:30", "2026-11-16 10:00", "2026-11-17 10:00"] {
        for case in [case.clone(), promised(4, "Initech"), promised(5, "Hooli")] {
            let (by_store, ledger) = store
                .read(|tables| {
                    Ok((tables.budget(at(wall), &case, &etiquette)?, tables.ledger(at("2026-11-01 00:00"))?))
                })
                .unwrap();
            assert_eq!(ledger.budget(at(wall), &case, &etiquette), by_store, "{wall}");
            counts.push(by_store.sent_today);
        }
    }
    assert!(counts.contains(&0) && counts.contains(&2) && counts.contains(&3), "{counts:?}");
    let recent = store.read(|tables| tables.ledger(at("2026-11-16 10:00"))).unwrap();
    assert_eq!(recent.budget(at("2026-11-16 10:00"), &case, &etiquette).sent_today, 1);
}

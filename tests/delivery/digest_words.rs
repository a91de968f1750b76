//! How the daily digest reads, for one thing, two and thirty; and, as a pure function, when it is due.

use followup::ask::digest::mail;
use followup::core::calendar::Calendar;
use followup::core::digest::{Thing, Wanted, is_due};
use jiff::Timestamp;
use jiff::civil::{Time, date, time};
use jiff::tz::TimeZone;

use crate::support::world::promised;

fn thing(application: i64, company: &str, wanted: Wanted) -> Thing {
    let facts = followup::core::application::Application { id: application, ..promised(company, "j@x.example") };
    Thing::new(&facts, wanted, TimeZone::get("America/New_York").unwrap())
}

fn word(closes: &str, late: bool) -> Wanted {
    Wanted::Word { whom: "Jane Doe".to_owned(), closes: closes.parse().unwrap(), late }
}

fn as_text(things: &[Thing]) -> String {
    let text = mail(things);
    assert!(text.body.lines().all(|line| line.chars().count() <= 72), "{}", text.body);
    format!("Subject: {}\n\n{}", text.subject, text.body)
}

#[test]
fn one_thing() {
    insta::assert_snapshot!("digest-of-one", as_text(&[thing(3, "Globex", word("2026-12-01T22:00Z", false))]));
}

#[test]
fn two_things() {
    let doubtful = thing(7, "Initech", Wanted::Settle { whom: "Bill Lumbergh".to_owned() });
    insta::assert_snapshot!("digest-of-two", as_text(&[doubtful, thing(3, "Globex", word("2026-12-01T22:00Z", true))]));
}

#[test]
fn a_thing_of_each_kind() {
    let why = "held_on: 2027-07-13 has not come yet;\nan interview is noted when it is over".to_owned();
    let zone = || TimeZone::get("Europe/London").unwrap();
    let things = [
        thing(7, "Initech", Wanted::Settle { whom: "Bill Lumbergh".to_owned() }),
        Thing::nameless(12, Wanted::Correct { why: why.clone() }, zone()),
        thing(4, "Umbrella", Wanted::Correct { why }),
        thing(5, "Hooli", Wanted::Address { email: "gavin.belson@hooli.example".to_owned() }),
        thing(3, "Globex", word("2026-12-01T22:00Z", false)),
        thing(6, "Initech", Wanted::Call { closes: "2026-12-02T22:00Z".parse().unwrap() }),
    ];
    insta::assert_snapshot!("digest-of-each-kind", as_text(&things));
}

#[test]
fn of_thirty_things_twenty_are_named() {
    let things: Vec<Thing> =
        (1..=30).map(|id| thing(id, &format!("Company {id}"), word("2026-12-01T22:00Z", false))).collect();
    let text = as_text(&things);
    assert!(text.starts_with("Subject: 30 things wait for you: Company 1, Company 2 and 28 more\n"), "{text}");
    assert!(text.contains("followup draft 20\n") && !text.contains("followup draft 21\n"), "{text}");
    assert!(text.ends_with("\n\nand 10 more: followup\n"), "{text}");
    let (twenty, more) = (as_text(&things[..20]), as_text(&things[..21]));
    assert!(!twenty.contains(" more:") && more.ends_with("and 1 more: followup\n"), "{twenty}{more}");
}

#[test]
fn a_company_stands_once_in_the_subject() {
    let of = |companies: &[&str]| {
        let things: Vec<Thing> =
            companies.iter().map(|name| thing(1, name, word("2026-12-01T22:00Z", false))).collect();
        mail(&things).subject
    };
    assert_eq!(of(&["Globex", "Globex"]), "2 things wait for you: Globex");
    assert_eq!(of(&["Globex", "Initech", "Globex"]), "3 things wait for you: Globex and Initech");
    assert_eq!(of(&["Globex", "Initech", "Hooli"]), "3 things wait for you: Globex, Initech and 1 more");
}

/// Whether a digest of `at` is due in a zone that clocks skip an hour of, and show one twice, on two Thursdays.
fn due(now: &str, last: Option<&str>, at: Time) -> bool {
    // From the second Thursday of April at two to the last one of October at three.
    let zone = TimeZone::posix("XST0XDT-1,M4.2.4/2,M10.5.4/3").unwrap();
    let instant = |text: &str| text.parse::<Timestamp>().unwrap();
    is_due(instant(now), last.map(instant), at, &zone, &Calendar::default())
}

#[test]
fn half_past_two_is_half_past_two_once_whatever_clocks_do() {
    let half_past_two = time(2, 30, 0, 0);
    assert_eq!(date(2027, 4, 8).weekday(), date(2027, 10, 28).weekday());
    // Two o'clock is three o'clock at 02:00 UTC.
    assert!(!due("2027-04-08T01:59:59Z", None, half_past_two) && due("2027-04-08T02:00Z", None, half_past_two));
    assert!(!due("2027-04-08T12:00Z", Some("2027-04-08T02:00Z"), half_past_two));
    // Three o'clock is two o'clock at 02:00 UTC: half past two is at 01:30 and at 02:30 UTC.
    assert!(!due("2027-10-28T01:29:59Z", None, half_past_two) && due("2027-10-28T01:30Z", None, half_past_two));
    assert!(!due("2027-10-28T02:15Z", None, half_past_two), "a quarter past two, for the second time");
    for again in ["2027-10-28T02:15Z", "2027-10-28T02:30Z", "2027-10-28T12:00Z"] {
        assert!(!due(again, Some("2027-10-28T01:30Z"), half_past_two), "{again}");
    }
    assert!(due("2027-10-29T02:30Z", Some("2027-10-28T01:30Z"), half_past_two));
}

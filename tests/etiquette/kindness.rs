//! What there is to mind before a yes.

use followup::core::application::{Application, Contact, Interview};
use followup::core::followup::{FollowUp, Kind, Phase};
use followup::core::kindness::{Caution, Other, cautions};
use followup::core::pace::Budget;
use followup::core::plan::Case;
use jiff::Timestamp;
use jiff::civil::{Date, date};

use crate::settled;
use crate::situation::{etiquette, globex};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A second interview on that day, at a place in that country; nothing was promised.
fn case(held_on: Date, country: &str, zone: &str) -> Case {
    let it = Application {
        contact: Contact {
            name: Some("Jane Doe".to_owned()),
            email: Some("jane@globex.example".to_owned()),
            phone: None,
        },
        country: Some(country.to_owned()),
        timezone: Some(zone.to_owned()),
        ..globex(Interview { id: 1, held_on, round: 2, promised_on: None })
    };
    Case::new(it, 1, Vec::new())
}

/// The letters of those days went, after the interview.
fn with_letters(mut case: Case, days: &[&str]) -> Case {
    let etiquette = etiquette();
    for day in days {
        let now = at(day);
        case = settled(case, now, &etiquette);
        let open = case.followups.iter_mut().find(|it| it.phase.is_open()).unwrap();
        open.phase = Phase::Sent { draft: None, at: now, message_id: None, by: String::new() };
    }
    case
}

/// The rules of what there is to mind, and the words of it.
fn minds(now: &str, case: &Case, others: &[Other]) -> (Vec<&'static str>, String) {
    let found: Vec<Caution> = cautions(at(now), case, &etiquette(), others, &Budget::default());
    (found.iter().map(|it| it.rule).collect(), found.into_iter().map(|it| it.text).collect())
}

#[test]
fn an_ordinary_letter_has_nothing_to_mind() {
    let case = settled(case(date(2026, 2, 3), "GB", "Europe/London"), at("2026-02-17T10:00Z"), &etiquette());
    assert_eq!(minds("2026-02-17T10:00Z", &case, &[]), (vec![], String::new()));
}

#[test]
fn the_last_permitted_letter_is_named_before_it_is_asked_for_and_no_other() {
    let first = case(date(2026, 2, 3), "GB", "Europe/London");
    assert_eq!(minds("2026-02-10T10:00Z", &first, &[]).0, [] as [&str; 0]);
    let second = with_letters(first, &["2026-02-17T10:00:00Z"]);
    let (rules, text) = minds("2026-02-20T10:00Z", &second, &[]);
    assert_eq!(rules, ["last-letter"]);
    assert!(text.contains("the last letter after this interview (2 of 2)"), "{text}");
}

#[test]
fn thanks_and_calls_are_no_last_letter() {
    let mut it = case(date(2026, 2, 3), "GB", "Europe/London");
    assert_eq!(minds("2026-02-04T10:00Z", &it, &[]).0, [] as [&str; 0], "thanks");
    it.application.contact.phone = Some("+44 20 7946 0000".to_owned());
    let called = with_letters(it, &["2026-02-17T10:00:00Z"]);
    let call = settled(called, at("2026-02-24T10:00Z"), &etiquette());
    assert_eq!(call.open().map(|open| open.kind), Some(Kind::Call));
    assert_eq!(minds("2026-02-24T10:00Z", &call, &[]).0, [] as [&str; 0]);
}

#[test]
fn the_same_person_with_two_applications_is_named() {
    let case = case(date(2026, 2, 3), "GB", "Europe/London");
    let other = |id| Other { id, position: "Planner".to_owned(), company: "Globex".to_owned() };
    let (rules, text) = minds("2026-02-10T10:00Z", &case, &[other(5)]);
    assert_eq!(rules, ["same-person"]);
    assert!(text.starts_with("Jane Doe also has your application 5, Planner at Globex:"), "{text}");
    assert!(minds("2026-02-10T10:00Z", &case, &[other(5), other(6)]).1.contains("Globex (and 1 more)"));
}

#[test]
fn a_window_that_is_nearly_over_is_named_on_its_last_two_business_days() {
    // It opens on Tuesday, 17 February, and closes on Tuesday, 24.
    let case = settled(case(date(2026, 2, 3), "GB", "Europe/London"), at("2026-02-17T10:00Z"), &etiquette());
    assert_eq!(minds("2026-02-22T23:59Z", &case, &[]).0, [] as [&str; 0], "Monday is the business day after Sunday");
    assert_eq!(minds("2026-02-23T00:00Z", &case, &[]).0, ["nearly-over"], "Tuesday is the one after Monday");
    assert!(minds("2026-02-23T09:00Z", &case, &[]).1.contains("Tue 24 Feb 17:00"));
    assert_eq!(minds("2026-02-24T16:59Z", &case, &[]).0, ["nearly-over"]);
}

#[test]
fn a_long_holiday_there_is_named_with_its_days_and_a_short_one_is_not() {
    // Golden Week of 2026: Saturday 2 to Wednesday 6 May. The window is from 5 (so Thursday, 7) to 12 May.
    let japan = case(date(2026, 4, 21), "JP", "Asia/Tokyo");
    let (rules, text) = minds("2026-04-24T01:00Z", &japan, &[]);
    assert_eq!(rules, ["long-holiday"]);
    assert!(text.contains("closed from Sat 2 May to Wed 6 May (Constitution Memorial Day"), "{text}");
    // Easter in England is four days long.
    let england = case(date(2026, 3, 19), "GB", "Europe/London");
    assert_eq!(minds("2026-03-24T10:00Z", &england, &[]).0, [] as [&str; 0]);
}

#[test]
fn there_is_nothing_to_mind_of_what_is_answered_closed_or_out_of_hand() {
    let other = Other { id: 5, position: "Planner".to_owned(), company: "Globex".to_owned() };
    let mut it = case(date(2026, 2, 3), "GB", "Europe/London");
    it.application.closed = true;
    assert_eq!(minds("2026-02-10T10:00Z", &it, std::slice::from_ref(&other)).0, [] as [&str; 0]);
    it.application.closed = false;
    let mut doubtful = settled(it, at("2026-02-17T10:00Z"), &etiquette());
    let open: &mut FollowUp = doubtful.followups.last_mut().unwrap();
    let Phase::Waiting { draft } = open.phase.clone() else { panic!("{:?}", open.phase) };
    let claim =
        followup::core::followup::Claim { at: at("2026-02-17T10:00Z"), attempt: 1, message_id: "<a@b>".to_owned() };
    let (tries, why) = (Default::default(), "lost".to_owned());
    open.phase = Phase::Uncertain { draft, approval: None, tries, claim, at: at("2026-02-17T10:00Z"), why };
    assert_eq!(minds("2026-02-17T11:00Z", &doubtful, &[other]).0, [] as [&str; 0]);
}

#[test]
fn thanks_are_nearly_over_on_their_second_day_only() {
    // An interview on Tuesday, 3 February: thanks on Wednesday and Thursday.
    let case = settled(case(date(2026, 2, 3), "GB", "Europe/London"), at("2026-02-04T10:00Z"), &etiquette());
    assert_eq!(minds("2026-02-04T10:00Z", &case, &[]).0, [] as [&str; 0]);
    assert_eq!(minds("2026-02-05T10:00Z", &case, &[]).0, ["nearly-over"]);
}

#[test]
fn a_letter_that_must_wait_for_another_one_to_its_employer_says_so() {
    let case = case(date(2026, 2, 3), "GB", "Europe/London");
    let after = |last: &str| {
        let budget = Budget { last_to_employer: Some(at(last)), ..Budget::default() };
        cautions(at("2026-02-10T10:00Z"), &case, &etiquette(), &[], &budget)
    };
    // It opens on Tuesday, 17 February; five business days after Thursday, 12, is Thursday, 19.
    let found = after("2026-02-12T10:00Z");
    assert_eq!(found.iter().map(|it| it.rule).collect::<Vec<_>>(), ["same-employer"]);
    let words = "went on Thu 12 Feb: the next one goes 5 business days after it at the earliest, Thu 19 Feb 09:00";
    assert!(found[0].text.contains(words), "{found:?}");
    assert_eq!(after("2026-02-09T10:00Z"), [], "it is free again when its window opens");
}

#[test]
fn a_zone_of_another_country_for_want_of_a_better_one_is_named() {
    let mut there = case(date(2026, 2, 3), "CA", "America/Toronto");
    assert_eq!(minds("2026-02-10T10:00Z", &there, &[]).0, [] as [&str; 0]);
    there.application.timezone = None;
    let (rules, text) = minds("2026-02-10T10:00Z", &there, &[]);
    assert_eq!(rules, ["zone"]);
    assert!(text.contains("yours, as Canada has several time zones"), "{text}");
}

//! How fast: grace, office hours over daylight-saving changes, limits, backoff.

use super::*;

#[test]
fn the_grace_is_over_exactly_after_its_seconds() {
    let etiquette = etiquette();
    let approval = in_new_york("2026-11-16 10:00");
    let case = approved(promise_case(), approval, &etiquette);
    let over = approval + SignedDuration::from_secs(30);
    let before = over - SignedDuration::from_millis(1);
    assert!(!goes(&case, before, &etiquette, &Budget::default()));
    assert_eq!(plan(before, &case, &etiquette, &Budget::default()).wake_at, Some(over));
    assert!(goes(&case, over, &etiquette, &Budget::default()));
}

#[test]
fn office_hours_hold_an_approved_letter_over_evenings_and_weekends() {
    let etiquette = etiquette();
    let table = [
        // Approved at, looked at, goes at (Mon 16 to Mon 23 Nov, New York).
        ("2026-11-16 10:00", "2026-11-16 16:59:59", "2026-11-16 16:59:59"),
        ("2026-11-16 10:00", "2026-11-16 17:00", "2026-11-17 09:00"),
        ("2026-11-16 10:00", "2026-11-17 08:59:59", "2026-11-17 09:00"),
        ("2026-11-16 10:00", "2026-11-17 09:00", "2026-11-17 09:00"),
        // Friday evening, Saturday, Sunday.
        ("2026-11-20 10:00", "2026-11-20 17:00", "2026-11-23 09:00"),
        ("2026-11-20 10:00", "2026-11-21 12:00", "2026-11-23 09:00"),
        ("2026-11-20 10:00", "2026-11-22 23:00", "2026-11-23 09:00"),
    ];
    for (approval, now, expected) in table {
        let case = approved(promise_case(), in_new_york(approval), &etiquette);
        let next = plan(in_new_york(now), &case, &etiquette, &Budget::default());
        assert_eq!(next.wake_at, Some(in_new_york(expected)), "{approval}, {now}");
        assert_eq!(next.action.is_some(), now == expected, "{approval}, {now}");
    }
}

#[test]
fn hours_of_the_whole_day_on_all_days_send_on_a_sunday_at_23_too() {
    let mut etiquette = etiquette();
    etiquette.hours = OfficeHours { from: 0, to: 1440, days: OfficeDays::All };
    let approval = in_new_york("2026-11-22 23:00");
    let case = approved(promise_case(), approval, &etiquette);
    assert!(goes(&case, approval + SignedDuration::from_secs(30), &etiquette, &Budget::default()));
}

#[test]
fn office_hours_follow_the_recipients_wall_clock_over_both_daylight_saving_changes() {
    // Zone, the Friday before the change, the Monday after it, 09:00 of both in UTC.
    let table = [
        // Clocks go back on Sun 1 Nov 2026, forward on Sun 14 Mar 2027.
        ("America/New_York", "2026-10-30", "2026-11-02", "2026-10-30T13:00Z", "2026-11-02T14:00Z"),
        ("America/New_York", "2027-03-12", "2027-03-15", "2027-03-12T14:00Z", "2027-03-15T13:00Z"),
        // Back on Sun 25 Oct 2026, forward on Sun 28 Mar 2027.
        ("Europe/Berlin", "2026-10-23", "2026-10-26", "2026-10-23T07:00Z", "2026-10-26T08:00Z"),
        ("Europe/Berlin", "2027-03-26", "2027-03-29", "2027-03-26T08:00Z", "2027-03-29T07:00Z"),
        // The other hemisphere: forward on Sun 4 Oct 2026, back on Sun 4 Apr 2027.
        ("Australia/Sydney", "2026-10-02", "2026-10-05", "2026-10-01T23:00Z", "2026-10-04T22:00Z"),
        ("Australia/Sydney", "2027-04-02", "2027-04-05", "2027-04-01T22:00Z", "2027-04-04T23:00Z"),
    ];
    let etiquette = etiquette();
    let instant = |text: &str| -> Timestamp { text.replace('Z', ":00Z").parse().unwrap() };
    for (zone, friday, monday, friday_utc, monday_utc) in table {
        let tz = TimeZone::get(zone).unwrap();
        let (friday, monday): (Date, Date) = (friday.parse().unwrap(), monday.parse().unwrap());
        assert_eq!(etiquette.hours.opens(friday, &tz), instant(friday_utc), "{zone} {friday}");
        assert_eq!(etiquette.hours.opens(monday, &tz), instant(monday_utc), "{zone} {monday}");
        // From the Friday's end over the change to the Monday, and not a moment earlier.
        let after_hours = etiquette.hours.closes(friday, &tz);
        let next = etiquette.hours.next_open(after_hours, &tz, etiquette.calendars.of(None, None));
        assert_eq!(next, instant(monday_utc), "{zone} {friday}");
        let early = next - SignedDuration::from_millis(1);
        assert_eq!(etiquette.hours.next_open(early, &tz, etiquette.calendars.of(None, None)), next, "{zone} {monday}");
        // The days themselves are eight hours long.
        let length = etiquette.hours.closes(monday, &tz).duration_since(etiquette.hours.opens(monday, &tz));
        assert_eq!(length, SignedDuration::from_hours(8));
    }
}

#[test]
fn on_the_very_day_of_a_change_office_hours_are_those_on_the_wall() {
    let hours = OfficeHours { from: 9 * 60, to: 17 * 60, days: OfficeDays::All };
    let zone = TimeZone::get(NEW_YORK).unwrap();
    let sundays = [
        (date(2026, 11, 1), "2026-11-01T14:00:00Z", "2026-11-01T22:00:00Z"),
        (date(2027, 3, 14), "2027-03-14T13:00:00Z", "2027-03-14T21:00:00Z"),
    ];
    for (sunday, opens, closes) in sundays {
        let actual = [hours.opens(sunday, &zone), hours.closes(sunday, &zone)];
        assert_eq!(actual.map(|at| at.to_string()), [opens, closes], "{sunday}");
    }
}

#[test]
fn office_hours_that_begin_in_the_hour_that_daylight_saving_skips_begin_after_it() {
    let hours = OfficeHours { from: 2 * 60 + 30, to: 24 * 60, days: OfficeDays::All };
    let zone = TimeZone::get(NEW_YORK).unwrap();
    assert_eq!(hours.opens(date(2027, 3, 14), &zone), in_new_york("2027-03-14 03:30"));
    assert_eq!(hours.closes(date(2027, 3, 14), &zone), in_new_york("2027-03-15 00:00"));
}

#[test]
fn the_daily_cap_holds_a_letter_until_the_persons_next_day() {
    let etiquette = etiquette();
    let approval = in_new_york("2026-11-16 10:00");
    let case = approved(promise_case(), approval, &etiquette);
    let now = approval + SignedDuration::from_secs(30);
    let sent = |sent_today| Budget { sent_today, ..Budget::default() };
    assert!(goes(&case, now, &etiquette, &sent(19)));
    let held = plan(now, &case, &etiquette, &sent(20));
    // Tomorrow begins at midnight in London; in New York the office opens at nine.
    assert_eq!((held.action, held.wake_at), (None, Some(in_new_york("2026-11-17 09:00"))));
}

#[test]
fn without_a_daily_cap_any_number_goes() {
    let etiquette = Etiquette { per_day: None, ..etiquette() };
    let approval = in_new_york("2026-11-16 10:00");
    let case = approved(promise_case(), approval, &etiquette);
    let budget = Budget { sent_today: 1000, ..Budget::default() };
    assert!(goes(&case, approval + SignedDuration::from_secs(30), &etiquette, &budget));
}

#[test]
fn the_gap_per_employer_is_five_business_days() {
    let etiquette = etiquette();
    let approval = in_new_york("2026-11-16 10:00");
    let case = approved(promise_case(), approval, &etiquette);
    let now = approval + SignedDuration::from_secs(30);
    let last = |wall| Budget { last_to_employer: Some(in_new_york(wall)), ..Budget::default() };
    // Five business days after Mon 9 Nov is Mon 16 Nov; after Tue 10 Nov, Tue 17 Nov.
    assert!(goes(&case, now, &etiquette, &last("2026-11-09 16:00")));
    let held = plan(now, &case, &etiquette, &last("2026-11-10 09:00"));
    assert_eq!((held.action, held.wake_at), (None, Some(in_new_york("2026-11-17 09:00"))));
    let no_gap = Etiquette { per_employer: 0, ..self::etiquette() };
    assert!(goes(&case, now, &no_gap, &last("2026-11-16 09:00")));
}

#[test]
fn an_account_that_rests_holds_letters_and_news() {
    let etiquette = etiquette();
    let approval = in_new_york("2026-11-16 10:00");
    let until = in_new_york("2026-11-16 11:00");
    let budget = Budget { account_rests_until: Some(until), ..Budget::default() };
    let case = approved(promise_case(), approval, &etiquette);
    let next = plan(in_new_york("2026-11-16 10:30"), &case, &etiquette, &budget);
    assert_eq!((next.action, next.wake_at), (None, Some(until)));
    assert!(goes(&case, until, &etiquette, &budget));
    let case = waiting(promise_case(), approval, &etiquette);
    let next = plan(approval, &case, &etiquette, &budget);
    assert_eq!((next.tell.len(), next.wake_at), (0, Some(until)));
    assert_eq!(plan(until, &case, &etiquette, &budget).tell, [1]);
}

#[test]
fn a_letter_the_server_deferred_waits_for_its_backoff() {
    let etiquette = etiquette();
    let approval = in_new_york("2026-11-16 10:00");
    let mut case = approved(promise_case(), approval, &etiquette);
    if let Phase::Approved { tries, .. } = &mut case.followups[0].phase {
        *tries = Tries { claims: 1, count: 1, last: Some((approval, "451 later".to_owned())) };
    }
    let again = approval + backoff(1, 3);
    let next = plan(again - SignedDuration::from_millis(1), &case, &etiquette, &Budget::default());
    assert_eq!((next.action, next.wake_at), (None, Some(again)));
    assert!(goes(&case, again, &etiquette, &Budget::default()));
}

#[test]
fn the_backoff_doubles_from_five_minutes_to_four_hours_with_little_jitter() {
    let minutes = |tries, seed| backoff(tries, seed).as_secs() as f64 / 60.0;
    for seed in 0..200 {
        for (tries, base) in [(1, 5.0), (2, 10.0), (3, 20.0), (4, 40.0), (5, 80.0), (6, 160.0), (7, 240.0), (60, 240.0)]
        {
            let found = minutes(tries, seed);
            assert!((base..=base * 1.1).contains(&found), "try {tries}, seed {seed}: {found} minutes");
        }
    }
    let spread: std::collections::BTreeSet<_> = (0..200).map(|seed| backoff(1, seed)).collect();
    assert!(spread.len() > 20);
}

#[test]
fn a_refused_letter_rests_until_the_address_is_corrected() {
    use followup::core::delivery::Outcome;
    let etiquette = etiquette();
    let now = in_new_york("2026-11-16 10:00");
    let mut case = approved(promise_case(), now, &etiquette);
    let digest = draft(&case).digest;
    happen(&mut case, 1, Event::Claim { digest, message_id: "<1@me.example>".to_owned() }, now);
    happen(&mut case, 1, Event::Submitted(Outcome::Rejected { reply: "550 who".to_owned() }), now);
    assert_eq!(plan(now, &case, &etiquette, &Budget::default()).action, None);
    case.application.contact.email = Some("jane.doe@globex.example".to_owned());
    settle(&mut case, now, &etiquette);
    assert_eq!(case.current().unwrap().phase.word(), "waiting");
}

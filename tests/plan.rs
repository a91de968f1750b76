//! What is right, and when: `plan` at both sides of every edge.

use followup::core::application::{Answer, Application, Contact, Interview};
use followup::core::calendar::{Calendar, OfficeDays, OfficeHours};
use followup::core::etiquette::{Anchor, Etiquette, Rule, Strategy};
use followup::core::followup::{CancelReason, Draft, Event, FollowUp, Kind, Phase, Told, Tries};
use followup::core::letter::{Letters, Sender};
use followup::core::pace::{Budget, backoff};
use followup::core::plan::{Action, Case, What, plan};
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

const NEW_YORK: &str = "America/New_York";

fn etiquette() -> Etiquette {
    Etiquette {
        sender: Sender {
            name: "Ada Byron".to_owned(),
            email: "ada@me.example".to_owned(),
            phone: None,
            account: "ada@mail.me.example:465".to_owned(),
        },
        letters: Letters::new(Letters::built_in()).unwrap(),
        strategy: Strategy::patient(),
        hours: OfficeHours { from: 9 * 60, to: 17 * 60, days: OfficeDays::BusinessDays },
        calendar: Calendar::default(),
        zone: TimeZone::get("Europe/London").unwrap(),
        grace: SignedDuration::from_secs(30),
        per_day: Some(20),
        per_employer: 5,
        remind: SignedDuration::from_hours(24),
    }
}

fn interviewed(held_on: Date, round: u32, promised_on: Option<Date>) -> Case {
    let contact =
        Contact { name: Some("Jane Doe".to_owned()), email: Some("jane@globex.example".to_owned()), phone: None };
    let application = Application {
        id: 3,
        company: "Globex".to_owned(),
        position: "Analyst".to_owned(),
        contact,
        hr: Contact::default(),
        timezone: Some(NEW_YORK.to_owned()),
        country: None,
        language: "en".to_owned(),
        strategy: None,
        job_url: None,
        strengths: vec![],
        closed: false,
        answer: None,
        added_at: at("2026-11-03 18:00", "Europe/London"),
        interviews: vec![Interview { id: 1, held_on, round, promised_on }],
    };
    Case { application, rev: 1, followups: vec![] }
}

/// An instant by the wall clock of `zone`.
fn at(wall: &str, zone: &str) -> Timestamp {
    let wall: jiff::civil::DateTime = wall.replace(' ', "T").parse().unwrap();
    wall.to_zoned(TimeZone::get(zone).unwrap()).unwrap().timestamp()
}

fn in_new_york(wall: &str) -> Timestamp {
    at(wall, NEW_YORK)
}

/// Applies what the plan asks to be recorded, as the store does, until nothing of that is left.
fn settle(case: &mut Case, now: Timestamp, etiquette: &Etiquette) {
    for _ in 0..8 {
        match plan(now, case, etiquette, &Budget::default()).action {
            Some(Action::Begin { rule, anchor, window }) => case.followups.push(FollowUp {
                id: case.followups.len() as i64 + 1,
                application: 3,
                kind: Kind::Letter,
                rule,
                anchor,
                window,
                late: false,
                phase: Phase::Planned { not_before: None, kept: None },
                shown: None,
                told: Told::default(),
            }),
            Some(Action::Record { followup, event }) => happen(case, followup, event, now),
            Some(Action::Send { .. }) | None => return,
        }
    }
    panic!("the plan does not come to rest");
}

fn happen(case: &mut Case, followup: i64, event: Event, now: Timestamp) {
    let found = case.followups.iter_mut().find(|it| it.id == followup).unwrap();
    *found = found.clone().on(event, now).unwrap();
}

fn draft(case: &Case) -> Draft {
    case.open().unwrap().phase.draft().unwrap().clone()
}

/// A case whose letter waits since `now`.
fn waiting(mut case: Case, now: Timestamp, etiquette: &Etiquette) -> Case {
    settle(&mut case, now, etiquette);
    assert_eq!(case.open().unwrap().phase.word(), "waiting");
    case
}

/// A case whose letter was composed and approved at `now`.
fn approved(case: Case, now: Timestamp, etiquette: &Etiquette) -> Case {
    let mut case = waiting(case, now, etiquette);
    let (id, digest) = (case.open().unwrap().id, draft(&case).digest);
    happen(&mut case, id, Event::Approve { digest }, now);
    case
}

fn goes(case: &Case, now: Timestamp, etiquette: &Etiquette, budget: &Budget) -> bool {
    matches!(plan(now, case, etiquette, budget).action, Some(Action::Send { .. }))
}

fn promise_case() -> Case {
    interviewed(date(2026, 11, 3), 2, Some(date(2026, 11, 6)))
}

#[test]
fn each_rule_opens_and_closes_on_the_days_a_wall_calendar_gives() {
    // Interview, round, promised; rule, opens, closes, given up. Counted by hand on a 2026/2027 calendar.
    let table = [
        // Fri 6 Nov + 5 business days = Fri 13 Nov; + 15 = Fri 27 Nov; + 20 more = Fri 25 Dec.
        ((2026, 11, 3), 2, Some((2026, 11, 6)), "promise", (2026, 11, 13), (2026, 11, 27), (2026, 12, 25)),
        // Promised for a Saturday: counting starts with the day after it.
        ((2026, 11, 3), 2, Some((2026, 11, 7)), "promise", (2026, 11, 13), (2026, 11, 27), (2026, 12, 25)),
        // "Today".
        ((2026, 11, 3), 1, Some((2026, 11, 3)), "promise", (2026, 11, 10), (2026, 11, 24), (2026, 12, 22)),
        // Tue + 14 days = Tue; + 21 = Tue.
        ((2026, 11, 3), 2, None, "second-interview", (2026, 11, 17), (2026, 11, 24), (2026, 12, 22)),
        // Sat + 14 = Sat, moved to Mon; + 21 = Sat, moved to Mon.
        ((2026, 10, 31), 3, None, "second-interview", (2026, 11, 16), (2026, 11, 23), (2026, 12, 21)),
        // Fri 4 Dec + 14 = Fri 18 Dec: late December, so a week later.
        ((2026, 12, 4), 2, None, "second-interview", (2026, 12, 25), (2027, 1, 1), (2027, 1, 29)),
        // Thu 3 Dec + 14 = Thu 17 Dec: not yet.
        ((2026, 12, 3), 2, None, "second-interview", (2026, 12, 17), (2026, 12, 24), (2027, 1, 21)),
        // Thu 17 Dec + 14 = Thu 31 Dec moves, Fri 18 Dec + 14 = Fri 1 Jan does not.
        ((2026, 12, 17), 2, None, "second-interview", (2027, 1, 7), (2027, 1, 14), (2027, 2, 11)),
        ((2026, 12, 18), 2, None, "second-interview", (2027, 1, 1), (2027, 1, 8), (2027, 2, 5)),
        // Tue + 7 business days = Thu 12 Nov; + 15 = Tue 24 Nov.
        ((2026, 11, 3), 1, None, "first-interview", (2026, 11, 12), (2026, 11, 24), (2026, 12, 22)),
    ];
    let day = |(year, month, day)| date(year, month, day);
    let etiquette = etiquette();
    for (held_on, round, promised, rule, opens, closes, given_up) in table {
        let case = interviewed(day(held_on), round, promised.map(day));
        let due = etiquette.due(&case.application).unwrap();
        let found = (due.rule.name(), due.opens_on, due.closes_on, due.late_closes_on);
        assert_eq!(found, (rule, day(opens), day(closes), day(given_up)), "{held_on:?} {round} {promised:?}");
    }
}

#[test]
fn extra_holidays_do_not_count() {
    let mut etiquette = etiquette();
    etiquette.calendar.holidays.insert(date(2026, 11, 11));
    let due = etiquette.due(&promise_case().application).unwrap();
    assert_eq!(due.opens_on, date(2026, 11, 16));
    etiquette.calendar.holidays.insert(date(2026, 11, 26));
    assert_eq!(etiquette.due(&promise_case().application).unwrap().closes_on, date(2026, 12, 1));
}

#[test]
fn the_latest_interview_counts_and_a_promise_comes_before_its_round() {
    let mut case = interviewed(date(2026, 10, 20), 1, Some(date(2026, 10, 23)));
    case.application.interviews.push(Interview { id: 2, held_on: date(2026, 11, 3), round: 2, promised_on: None });
    let due = etiquette().due(&case.application).unwrap();
    assert_eq!((due.rule, due.anchor.interview), (Rule::SecondInterview, 2));
}

#[test]
fn nothing_before_the_window_opens_and_the_letter_from_then_on() {
    let (etiquette, case) = (etiquette(), promise_case());
    let opens = in_new_york("2026-11-13 09:00");
    let before = plan(opens - SignedDuration::from_millis(1), &case, &etiquette, &Budget::default());
    assert_eq!((before.action, before.wake_at), (None, Some(opens)));
    assert_eq!(before.coming.map(|coming| (coming.what, coming.at)), Some((What::Ask, opens)));
    assert!(matches!(plan(opens, &case, &etiquette, &Budget::default()).action, Some(Action::Begin { .. })));
}

#[test]
fn a_letter_that_waits_turns_late_when_its_window_closes_and_not_before() {
    let etiquette = etiquette();
    let mut case = waiting(promise_case(), in_new_york("2026-11-13 09:00"), &etiquette);
    let closes = in_new_york("2026-11-27 17:00");
    let on_time = draft(&case);
    settle(&mut case, closes - SignedDuration::from_millis(1), &etiquette);
    assert_eq!((case.open().unwrap().late, draft(&case)), (false, on_time.clone()));
    settle(&mut case, closes, &etiquette);
    let late = case.open().unwrap();
    assert_eq!((late.phase.word(), late.late), ("waiting", true));
    assert_eq!(late.window.closes, in_new_york("2026-12-25 17:00"));
    assert_ne!(draft(&case).text, on_time.text);
}

#[test]
fn an_approved_letter_that_misses_its_window_is_asked_for_anew_and_not_sent() {
    let etiquette = etiquette();
    // Approved on the last Friday at 16:59:50; the grace ends after the office hours and the window.
    let mut case = approved(promise_case(), in_new_york("2026-11-27 16:59:50"), &etiquette);
    let closes = in_new_york("2026-11-27 17:00");
    let next = plan(in_new_york("2026-11-27 16:59:55"), &case, &etiquette, &Budget::default());
    assert_eq!((next.action, next.wake_at), (None, Some(closes)));
    settle(&mut case, closes, &etiquette);
    assert_eq!((case.open().unwrap().phase.word(), case.open().unwrap().late), ("waiting", true));
}

#[test]
fn a_late_letter_is_given_up_when_its_second_window_closes_and_the_person_is_told_once() {
    let etiquette = etiquette();
    let mut case = waiting(promise_case(), in_new_york("2026-11-30 09:00"), &etiquette);
    assert!(case.open().unwrap().late);
    let end = in_new_york("2026-12-25 17:00");
    settle(&mut case, end - SignedDuration::from_millis(1), &etiquette);
    assert_eq!(case.current().unwrap().phase.word(), "waiting");
    settle(&mut case, end, &etiquette);
    assert!(matches!(case.current().unwrap().phase, Phase::Cancelled { why: CancelReason::Lapsed, .. }));
    assert_eq!(plan(end, &case, &etiquette, &Budget::default()).tell, [1]);
    case.followups[0].told = Told { news: Some("lapsed".to_owned()), times: 1, ever: 1, at: Some(end), after: None };
    let told = plan(end, &case, &etiquette, &Budget::default());
    assert_eq!((told.tell, told.wake_at), (vec![], None));
}

#[test]
fn a_machine_that_was_off_for_months_tells_that_the_time_is_over_and_writes_nothing() {
    let etiquette = etiquette();
    let mut case = promise_case();
    settle(&mut case, in_new_york("2027-03-01 09:00"), &etiquette);
    assert!(matches!(case.current().unwrap().phase, Phase::Cancelled { why: CancelReason::Lapsed, .. }));
}

#[test]
fn an_application_added_after_its_time_asks_for_nothing() {
    let etiquette = etiquette();
    let mut case = promise_case();
    case.application.added_at = in_new_york("2027-03-01 09:00");
    let next = plan(case.application.added_at, &case, &etiquette, &Budget::default());
    assert_eq!((next.action, next.wake_at, next.tell), (None, None, vec![]));
}

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
        let next = etiquette.hours.next_open(after_hours, &tz, &etiquette.calendar);
        assert_eq!(next, instant(monday_utc), "{zone} {friday}");
        let early = next - SignedDuration::from_millis(1);
        assert_eq!(etiquette.hours.next_open(early, &tz, &etiquette.calendar), next, "{zone} {monday}");
        // The days themselves are eight hours long.
        let length = etiquette.hours.closes(monday, &tz).duration_since(etiquette.hours.opens(monday, &tz));
        assert_eq!(length, SignedDuration::from_hours(8));
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
fn a_changed_fact_takes_the_approval_back_and_asks_anew() {
    let etiquette = etiquette();
    let approval = in_new_york("2026-11-16 10:00");
    let now = approval + SignedDuration::from_secs(30);
    type Change = fn(&mut Application);
    let changes: [(&str, Change); 6] = [
        ("the address", |it| it.contact.email = Some("joan@globex.example".to_owned())),
        ("the name", |it| it.contact.name = Some("Joan Doe".to_owned())),
        ("the company", |it| it.company = "Globex Ltd".to_owned()),
        ("the position", |it| it.position = "Senior Analyst".to_owned()),
        ("a strength", |it| it.strengths.push("SQL".to_owned())),
        ("the day of the interview", |it| it.interviews[0].held_on = date(2026, 11, 4)),
    ];
    for (what, change) in changes {
        let mut case = approved(promise_case(), approval, &etiquette);
        let before = draft(&case).digest;
        change(&mut case.application);
        assert!(!goes(&case, now, &etiquette, &Budget::default()), "{what}");
        settle(&mut case, now, &etiquette);
        assert_eq!(case.open().unwrap().phase.word(), "waiting", "{what}");
        assert_ne!(draft(&case).digest, before, "{what}");
        assert_eq!(plan(now, &case, &etiquette, &Budget::default()).tell, [1], "{what}");
    }
}

#[test]
fn a_changed_account_sender_or_template_takes_the_approval_back() {
    let approval = in_new_york("2026-11-16 10:00");
    let now = approval + SignedDuration::from_secs(30);
    type Change = fn(&mut Etiquette);
    let changes: [(&str, Change); 5] = [
        ("the account", |it| it.sender.account = "ada@other.example:465".to_owned()),
        ("the sender's name", |it| it.sender.name = "Ada Lovelace".to_owned()),
        ("the sender's address", |it| it.sender.email = "ada@other.example".to_owned()),
        ("the sender's phone", |it| it.sender.phone = Some("+44 1".to_owned())),
        ("the template", |it| {
            let mut sources = Letters::built_in();
            sources[0].text = sources[0].text.replace("Kind regards", "Yours sincerely");
            it.letters = Letters::new(sources).unwrap();
        }),
    ];
    for (what, change) in changes {
        let mut etiquette = etiquette();
        let mut case = approved(promise_case(), approval, &etiquette);
        change(&mut etiquette);
        assert!(!goes(&case, now, &etiquette, &Budget::default()), "{what}");
        settle(&mut case, now, &etiquette);
        assert_eq!(case.open().unwrap().phase.word(), "waiting", "{what}");
    }
}

#[test]
fn a_new_promise_moves_a_waiting_letter_back_to_planned() {
    let etiquette = etiquette();
    let now = in_new_york("2026-11-16 10:00");
    let mut case = approved(promise_case(), now, &etiquette);
    case.application.interviews[0].promised_on = Some(date(2026, 12, 14));
    settle(&mut case, now, &etiquette);
    let open = case.open().unwrap();
    assert_eq!((open.phase.word(), case.followups.len()), ("planned", 1));
    assert_eq!(open.window.opens, in_new_york("2026-12-21 09:00"));
    assert_eq!(plan(now, &case, &etiquette, &Budget::default()).wake_at, Some(open.window.opens));
}

#[test]
fn a_step_fires_once_per_anchor_and_a_new_promise_is_a_new_one() {
    let etiquette = etiquette();
    let now = in_new_york("2026-11-16 10:00");
    let mut case = waiting(promise_case(), now, &etiquette);
    happen(&mut case, 1, Event::Reject { why: None }, now);
    for wall in ["2026-11-16 10:01", "2026-11-20 10:00", "2026-12-01 10:00", "2027-06-01 10:00"] {
        assert_eq!(plan(in_new_york(wall), &case, &etiquette, &Budget::default()).action, None, "{wall}");
    }
    // A corrected date, or the same interview written anew by another program, is the same anchor.
    case.application.interviews[0].held_on = date(2026, 11, 2);
    assert_eq!(plan(now, &case, &etiquette, &Budget::default()).action, None);
    let promised_on = Some(date(2026, 11, 6));
    case.application.interviews[0] = Interview { id: 9, held_on: date(2026, 11, 3), round: 2, promised_on };
    assert_eq!(plan(now, &case, &etiquette, &Budget::default()).action, None);
    case.application.interviews[0].promised_on = Some(date(2026, 11, 9));
    let new = plan(in_new_york("2026-11-16 10:00"), &case, &etiquette, &Budget::default());
    assert!(matches!(new.action, Some(Action::Begin { .. })));
}

#[test]
fn an_answer_or_a_close_cancels_what_is_open_and_plans_nothing_more() {
    let etiquette = etiquette();
    let now = in_new_york("2026-11-16 10:00");
    let ends: [fn(&mut Application); 2] = [|it| it.answer = Some(Answer::Reply), |it| it.closed = true];
    for end in ends {
        for prepare in [waiting, approved] {
            let mut case = prepare(promise_case(), now, &etiquette);
            end(&mut case.application);
            let later = now + SignedDuration::from_mins(1);
            assert!(!goes(&case, later, &etiquette, &Budget::default()));
            settle(&mut case, later, &etiquette);
            assert_eq!(case.current().unwrap().phase.word(), "cancelled");
            let next = plan(later, &case, &etiquette, &Budget::default());
            assert_eq!((next.action, next.wake_at, next.tell), (None, None, vec![]));
        }
    }
}

#[test]
fn an_answer_or_a_close_that_is_taken_back_lets_the_letter_go_on() {
    let etiquette = etiquette();
    let now = in_new_york("2026-11-16 10:00");
    type Change = fn(&mut Application);
    let slips: [(Change, Change); 2] = [
        (|it| it.answer = Some(Answer::Reply), |it| it.answer = None),
        (|it| it.closed = true, |it| it.closed = false),
    ];
    for (slip, undo) in slips {
        let mut case = approved(promise_case(), now, &etiquette);
        slip(&mut case.application);
        settle(&mut case, now, &etiquette);
        assert_eq!(case.current().unwrap().phase.word(), "cancelled");
        undo(&mut case.application);
        settle(&mut case, now, &etiquette);
        assert_eq!(case.current().unwrap().phase.word(), "waiting");
    }
}

#[test]
fn an_interview_that_is_deleted_and_written_anew_lets_its_letter_go_on() {
    let etiquette = etiquette();
    let now = in_new_york("2026-11-16 10:00");
    let mut case = waiting(promise_case(), now, &etiquette);
    happen(&mut case, 1, Event::Reject { why: None }, now);
    let second = Interview { id: 2, held_on: date(2026, 11, 4), round: 3, promised_on: Some(date(2026, 11, 7)) };
    case.application.interviews.push(second.clone());
    settle(&mut case, now, &etiquette);
    assert_eq!(case.current().unwrap().phase.word(), "waiting");
    case.application.interviews.pop();
    settle(&mut case, now, &etiquette);
    assert_eq!(case.current().unwrap().phase.word(), "cancelled");
    case.application.interviews.push(Interview { id: 3, ..second });
    settle(&mut case, now, &etiquette);
    assert_eq!(case.current().unwrap().phase.word(), "waiting");
}

#[test]
fn an_uncertain_letter_is_told_once_and_never_sent_by_itself() {
    let etiquette = etiquette();
    let now = in_new_york("2026-11-16 10:00");
    let mut case = approved(promise_case(), now, &etiquette);
    let digest = draft(&case).digest;
    happen(&mut case, 1, Event::Claim { digest, message_id: "<1@me.example>".to_owned() }, now);
    happen(&mut case, 1, Event::Orphan, now);
    let next = plan(now, &case, &etiquette, &Budget::default());
    assert_eq!((next.action, next.tell), (None, vec![1]));
    case.followups[0].told.news = Some(followup::core::plan::news(&case.followups[0]).unwrap());
    for days in 0..400 {
        let next = plan(now + SignedDuration::from_hours(24 * days), &case, &etiquette, &Budget::default());
        assert_eq!((next.action, next.tell, next.wake_at), (None, vec![], None), "day {days}");
    }
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

#[test]
fn a_snoozed_letter_comes_back_on_its_day_and_late_if_its_window_is_over() {
    let etiquette = etiquette();
    let now = in_new_york("2026-11-16 10:00");
    for (until, expected_late) in [(date(2026, 11, 19), false), (date(2026, 11, 30), true)] {
        let mut case = waiting(promise_case(), now, &etiquette);
        happen(&mut case, 1, Event::Snooze { until }, now);
        let back = in_new_york(&format!("{until} 09:00"));
        let next = plan(back - SignedDuration::from_millis(1), &case, &etiquette, &Budget::default());
        assert_eq!((next.action, next.wake_at), (None, Some(back)));
        settle(&mut case, back, &etiquette);
        let open = case.open().unwrap();
        assert_eq!((open.phase.word(), open.late), ("waiting", expected_late));
    }
}

#[test]
fn a_waiting_letter_is_asked_for_at_once_then_three_times_a_day_apart() {
    let etiquette = etiquette();
    let mut now = in_new_york("2026-11-16 10:00");
    let mut case = waiting(promise_case(), now, &etiquette);
    let news = draft(&case).digest.to_string();
    for times in 1..=4 {
        assert_eq!(plan(now, &case, &etiquette, &Budget::default()).tell, [1], "ask {times}");
        case.followups[0].told = Told { news: Some(news.clone()), times, ever: times, at: Some(now), after: None };
        let day_later = now + SignedDuration::from_hours(24);
        let wake_at = plan(now, &case, &etiquette, &Budget::default()).wake_at;
        let expected = if times < 4 { day_later } else { in_new_york("2026-11-27 17:00") };
        assert_eq!(wake_at, Some(expected), "ask {times}");
        now = day_later;
    }
    assert!(plan(now, &case, &etiquette, &Budget::default()).tell.is_empty());
}

#[test]
fn an_application_without_an_interview_is_given_ten_minutes_then_held() {
    let etiquette = etiquette();
    let mut case = promise_case();
    case.application.interviews.clear();
    let added = case.application.added_at;
    let patience = added + SignedDuration::from_mins(10);
    let next = plan(added, &case, &etiquette, &Budget::default());
    assert_eq!((next.hold, next.wake_at), (None, Some(patience)));
    assert!(plan(patience, &case, &etiquette, &Budget::default()).hold.is_some());
}

#[test]
fn a_template_that_asks_for_a_fact_that_is_not_there_holds_with_its_file_and_line() {
    let mut sources = Letters::built_in();
    sources[1].text = "Subject: Analyst\n\nDear {{ contact.name }},\n{{ strengths[0] }}\n".to_owned();
    // Two strengths are there when it is tried at the start, none in this application.
    let found = Letters::new(sources).map(|letters| Etiquette { letters, ..etiquette() });
    assert!(found.is_err(), "a template that needs a strength is refused at the start");
}

#[test]
fn the_same_anchor_is_recognised_by_its_promise_and_either_its_row_or_its_day() {
    let anchor = |interview, day, promised| Anchor { interview, held_on: date(2026, 11, day), promised_on: promised };
    let promised = Some(date(2026, 11, 6));
    let one = anchor(1, 3, promised);
    assert!(one.is_same(&anchor(1, 4, promised)));
    assert!(one.is_same(&anchor(2, 3, promised)));
    assert!(!one.is_same(&anchor(2, 4, promised)));
    assert!(!one.is_same(&anchor(1, 3, None)));
}

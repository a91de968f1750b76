//! Windows: both sides of every edge, on a wall calendar.

use super::*;

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
        let due = etiquette.letter_due(&case.application).unwrap();
        let found = (due.rule.name(), due.opens_on, due.closes_on, due.late_closes_on);
        assert_eq!(found, (rule, day(opens), day(closes), day(given_up)), "{held_on:?} {round} {promised:?}");
    }
}

#[test]
fn extra_holidays_do_not_count() {
    let mut etiquette = etiquette();
    etiquette.calendars = Calendars::new(None, [date(2026, 11, 11)].into());
    let due = etiquette.letter_due(&promise_case().application).unwrap();
    assert_eq!(due.opens_on, date(2026, 11, 16));
    etiquette.calendars = Calendars::new(None, [date(2026, 11, 11), date(2026, 11, 26)].into());
    assert_eq!(etiquette.letter_due(&promise_case().application).unwrap().closes_on, date(2026, 12, 1));
}

#[test]
fn the_latest_interview_counts_and_a_promise_comes_before_its_round() {
    let mut case = interviewed(date(2026, 10, 20), 1, Some(date(2026, 10, 23)));
    case.application.interviews.push(Interview { id: 2, held_on: date(2026, 11, 3), round: 2, promised_on: None });
    let due = etiquette().letter_due(&case.application).unwrap();
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
    // Fri 25 Dec was the last day of the last step: on the business day after it, whether to let go, once.
    let let_go = in_new_york("2026-12-28 09:00");
    let told = plan(let_go - SignedDuration::from_millis(1), &case, &etiquette, &Budget::default());
    assert_eq!((told.tell, told.propose, told.wake_at), (vec![], None, Some(let_go)));
    let told = plan(let_go, &case, &etiquette, &Budget::default());
    assert_eq!((told.tell, told.wake_at), (vec![], None));
    assert_eq!(told.propose.as_deref(), Some("unanswered 1 2026-11-06"));
    case.proposed = told.propose;
    for days in [0, 1, 300] {
        let at_rest = plan(let_go + SignedDuration::from_hours(24 * days), &case, &etiquette, &Budget::default());
        assert_eq!(at_rest, Next::default(), "{days}");
    }
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
    // Mon 1 Mar + 10 business days = Mon 15 Mar: whether to let go is asked then, and no sooner.
    let let_go = in_new_york("2027-03-15 09:00");
    let next = plan(case.application.added_at, &case, &etiquette, &Budget::default());
    assert_eq!((next.action, next.wake_at, next.tell, next.propose), (None, Some(let_go), vec![], None));
    assert_eq!(next.coming, Some(Coming { what: What::LetGo, at: let_go }));
    let next = plan(let_go, &case, &etiquette, &Budget::default());
    assert_eq!((next.action, next.propose.is_some()), (None, true));
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
fn words_that_were_typed_are_kept_over_a_snooze_unless_their_window_is_over_then() {
    let etiquette = etiquette();
    let days = [
        ("2026-11-16", date(2026, 11, 19), true),
        ("2026-11-16", date(2026, 11, 30), false),
        // Typed for the late letter.
        ("2026-11-30", date(2026, 12, 3), true),
    ];
    for (typed_on, until, kept) in days {
        let now = in_new_york(&format!("{typed_on} 10:00"));
        let mut case = waiting(promise_case(), now, &etiquette);
        let text = Text { subject: "Other words".to_owned(), ..draft(&case).text };
        let typed = retype(now, &case, &etiquette, &text).unwrap().unwrap();
        happen(&mut case, 1, Event::Edit { draft: typed }, now);
        happen(&mut case, 1, Event::Snooze { until }, now);
        settle(&mut case, in_new_york(&format!("{until} 09:00")), &etiquette);
        let draft = draft(&case);
        assert_eq!((draft.edited, draft.written_earlier, draft.text == text), (kept, kept, kept), "{until}");
    }
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
    let own = sources.iter_mut().find(|it| it.name == "after-second-interview").unwrap();
    own.text = "Subject: Analyst\n\nDear {{ contact.name }},\n{{ strengths[0] }}\n".to_owned();
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

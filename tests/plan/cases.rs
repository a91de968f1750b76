//! A case, its follow-ups, and the words for what is to come.

use super::*;

#[test]
fn each_word_for_what_is_to_come_is_read_back_as_the_same() {
    let words = [
        (What::Ask, "ask"),
        (What::Call, "call"),
        (What::Send, "send"),
        (What::TurnsLate, "late"),
        (What::Lapses, "lapse"),
        (What::LetGo, "let-go"),
    ];
    for (what, word) in words {
        assert_eq!((what.word(), What::from_word(word)), (word, Some(what)));
    }
    assert_eq!(What::from_word("sent"), None);
}

#[test]
fn a_follow_up_is_found_by_its_number() {
    let etiquette = etiquette();
    let mut case = waiting(promise_case(), in_new_york("2026-11-16 10:00"), &etiquette);
    let first = case.followups[0].clone();
    case.followups.push(FollowUp { id: 7, ..first });
    assert_eq!(case.followup(7), Some(&case.followups[1]));
    assert_eq!(case.followup(2), None);
}

#[test]
fn a_phone_call_is_left_to_the_person_and_let_pass_with_its_window() {
    let etiquette = etiquette();
    let mut case = promise_case();
    (case.application.contact.email, case.application.contact.phone) = (None, Some("+1 212 555 0100".to_owned()));
    let case = waiting(case, in_new_york("2026-11-16 10:00"), &etiquette);
    assert_eq!(case.followups[0].kind, Kind::Call);
    // The number is one of New York, where the 11th and the 26th are holidays: fifteen business days after Fri 6 Nov.
    for now in ["2026-11-16 10:00", "2026-12-01 16:59"].map(in_new_york) {
        let next = plan(now, &case, &etiquette, &Budget::default());
        assert_eq!(next.action, None);
        assert_eq!(next.coming, Some(Coming { what: What::Lapses, at: in_new_york("2026-12-01 17:00") }));
    }
    for now in ["2026-12-01 17:00", "2027-03-01 10:00"].map(in_new_york) {
        let action = plan(now, &case, &etiquette, &Budget::default()).action;
        assert_eq!(action, Some(Action::Record { followup: 1, event: Event::Lapse }));
    }
}

#[test]
fn a_strategy_without_a_step_for_the_last_interview_holds_and_says_so() {
    let steps = Strategy::patient().steps.into_iter().filter(|step| step.rule == Rule::Promise).collect();
    let etiquette = Etiquette { strategy: Strategy::new(steps), ..etiquette() };
    let case = interviewed(date(2026, 11, 3), 2, None);
    let next = plan(in_new_york("2026-11-16 10:00"), &case, &etiquette, &Budget::default());
    assert_eq!(next.hold.as_deref(), Some("strategy: none of its steps applies to the last interview"));
    assert_eq!((next.action, next.wake_at), (None, None));
}

#[test]
fn a_letter_of_another_rule_window_or_anchor_or_late_too_early_is_planned_anew_for_that_alone() {
    let etiquette = etiquette();
    let now = in_new_york("2026-11-16 10:00");
    let case = waiting(promise_case(), now, &etiquette);
    let late_closes = etiquette.letter_due(&case.application).unwrap().late_closes;
    type Change = fn(&mut FollowUp);
    let changes: [(&str, Change); 4] = [
        ("rule", |it| it.rule = Rule::SecondInterview),
        ("window", |it| it.window.opens -= SignedDuration::from_secs(1)),
        ("anchor", |it| (it.anchor.interview, it.anchor.held_on) = (7, date(2026, 10, 5))),
        ("late", |it| it.late = true),
    ];
    for (what, change) in changes {
        let mut case = case.clone();
        change(&mut case.followups[0]);
        if case.followups[0].late {
            case.followups[0].window.closes = late_closes;
        }
        let action = plan(now, &case, &etiquette, &Budget::default()).action;
        assert!(matches!(action, Some(Action::Record { event: Event::Replan { .. }, .. })), "{what}: {action:?}");
    }
}

#[test]
fn a_letter_that_lost_its_address_makes_room_for_a_call() {
    let etiquette = etiquette();
    let now = in_new_york("2026-11-16 10:00");
    for mut case in [waiting(promise_case(), now, &etiquette), approved(promise_case(), now, &etiquette)] {
        (case.application.contact.email, case.application.contact.phone) = (None, Some("+1 212 555 0100".to_owned()));
        let next = plan(now, &case, &etiquette, &Budget::default());
        assert_eq!(next.action, Some(Action::Record { followup: 1, event: Event::Supersede }));
        settle(&mut case, now, &etiquette);
        let open = case.open().unwrap();
        assert_eq!((open.kind, open.rule, open.phase.word()), (Kind::Call, Rule::Promise, "waiting"));
    }
}

#[test]
fn words_that_were_typed_stay_and_are_marked_as_older_than_a_fact_that_changed_since() {
    let etiquette = etiquette();
    let now = in_new_york("2026-11-16 10:00");
    let mut case = waiting(promise_case(), now, &etiquette);
    let text = Text { subject: "Other words".to_owned(), ..draft(&case).text };
    let typed = retype(now, &case, &etiquette, &text).unwrap().unwrap();
    for is_typed in [false, true] {
        if is_typed {
            happen(&mut case, 1, Event::Edit { draft: typed.clone() }, now);
        }
        case.application.position += " II";
        settle(&mut case, now, &etiquette);
        let draft = draft(&case);
        assert_eq!((draft.edited, draft.written_earlier, draft.text == text), (is_typed, is_typed, is_typed));
    }
}

#[test]
fn what_is_to_come_is_named_with_its_time() {
    let etiquette = etiquette();
    let now = in_new_york("2026-11-16 10:00");
    let coming = |case: &Case, now, budget: &Budget| plan(now, case, &etiquette, budget).coming;
    let is = |what, wall| Some(Coming { what, at: in_new_york(wall) });
    let mut case = waiting(promise_case(), now, &etiquette);
    assert_eq!(coming(&case, now, &Budget::default()), is(What::TurnsLate, "2026-11-27 17:00"));
    happen(&mut case, 1, Event::Snooze { until: date(2026, 11, 19) }, now);
    assert_eq!(coming(&case, now, &Budget::default()), is(What::Ask, "2026-11-19 09:00"));
    let case = approved(promise_case(), now, &etiquette);
    let rests_until = |wall| Budget { account_rests_until: Some(in_new_york(wall)), ..Budget::default() };
    assert_eq!(coming(&case, now, &rests_until("2026-11-18 11:00")), is(What::Send, "2026-11-18 11:00"));
    assert_eq!(coming(&case, now, &rests_until("2026-11-27 17:00")), is(What::TurnsLate, "2026-11-27 17:00"));
    let now = in_new_york("2026-11-30 10:00");
    let case = approved(promise_case(), now, &etiquette);
    assert_eq!(coming(&case, now, &rests_until("2026-12-26 11:00")), is(What::Lapses, "2026-12-25 17:00"));
}

//! What happens meanwhile: changed facts, answers, news, reminders.

use super::*;

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
            let own = sources.iter_mut().find(|it| it.name == "promise-passed").unwrap();
            own.text = own.text.replace("Kind regards", "Yours sincerely");
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
    case.application.interviews.push(second);
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
fn a_letter_that_its_server_puts_off_time_and_again_is_news_and_one_that_it_refuses_at_once() {
    let etiquette = etiquette();
    let now = in_new_york("2026-11-16 10:00");
    let case = approved(promise_case(), now, &etiquette);
    let digest = draft(&case).digest;
    let tried = |case: &mut Case, outcome| {
        happen(case, 1, Event::Claim { digest, message_id: "<1@me.example>".to_owned() }, now);
        happen(case, 1, Event::Submitted(outcome), now);
        let next = plan(now, case, &etiquette, &Budget::default());
        (next.tell, news(&case.followups[0]))
    };
    let (mut put_off, mut refused) = (case.clone(), case);
    let later = || Outcome::NotSent(NotSent { why: "451".to_owned(), retry: Retry::Letter });
    for _ in 1..TRIES_UNTIL_TOLD {
        assert_eq!(tried(&mut put_off, later()), (vec![], None));
    }
    assert_eq!(tried(&mut put_off, later()), (vec![1], Some(format!("put off {digest}"))));
    let no = Outcome::Rejected { reply: "550 no".to_owned() };
    assert_eq!(tried(&mut refused, no), (vec![1], Some(format!("failed {digest}"))));
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

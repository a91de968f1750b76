//! How many letters there are after one interview, and of which strategy.

use super::*;
use followup::core::delivery::Outcome;

/// The open letter goes, and is taken.
fn send(case: &mut Case, now: Timestamp, outcome: Outcome) {
    let (id, digest) = (case.open().unwrap().id, draft(case).digest);
    happen(case, id, Event::Approve { digest }, now);
    happen(case, id, Event::Claim { digest, message_id: format!("<{id}@me.example>") }, now);
    happen(case, id, Event::Submitted(outcome), now);
}

fn accepted() -> Outcome {
    Outcome::Accepted { reply: "250 ok".to_owned() }
}

/// A case with this many letters sent after one interview, each after another promise, and one promise more.
fn sent(letters: u32, etiquette: &Etiquette) -> (Case, Timestamp) {
    let mut case = promise_case();
    let mut now = in_new_york("2026-11-16 10:00");
    for _ in 0..letters {
        case = waiting(case, now, etiquette);
        send(&mut case, now, accepted());
        let promised = case.application.interviews[0].promised_on.unwrap();
        case.application.interviews[0].promised_on = Some(promised.saturating_add(jiff::Span::new().days(14)));
        now += SignedDuration::from_hours(14 * 24);
    }
    (case, now)
}

#[test]
fn after_the_most_letters_nothing_further_is_begun_or_announced() {
    for most in 1..4 {
        let etiquette = Etiquette { max_letters: most, ..etiquette() };
        let (case, now) = sent(most - 1, &etiquette);
        let begun = plan(now, &case, &etiquette, &Budget::default()).action;
        assert!(matches!(begun, Some(Action::Begin(due)) if due.rule == Rule::Promise), "{most}");
        let (case, now) = sent(most, &etiquette);
        let days_before = now - SignedDuration::from_hours(5 * 24);
        // Their last date was a Friday; ten business days after it is two weeks.
        let promised = case.application.interviews[0].promised_on.unwrap();
        let two_weeks_later = promised.saturating_add(jiff::Span::new().days(14));
        let let_go = in_new_york(&format!("{two_weeks_later} 09:00"));
        for now in [days_before, now, let_go - SignedDuration::from_millis(1)] {
            let next = plan(now, &case, &etiquette, &Budget::default());
            let only_that = Some(Coming { what: What::LetGo, at: let_go });
            assert_eq!((next.action, next.coming, next.wake_at), (None, only_that, Some(let_go)), "{most}");
        }
        let next = plan(let_go, &case, &etiquette, &Budget::default());
        assert_eq!((next.action, next.coming, next.wake_at), (None, None, None), "{most}");
        assert_eq!(next.propose, Some(format!("unanswered 1 {promised}")));
    }
}

#[test]
fn another_interview_has_letters_of_its_own() {
    let etiquette = Etiquette { max_letters: 1, ..etiquette() };
    let (mut case, now) = sent(1, &etiquette);
    let (held_on, promised_on) = (date(2026, 11, 18), Some(date(2026, 11, 20)));
    case.application.interviews.push(Interview { id: 2, held_on, round: 3, promised_on });
    assert!(matches!(plan(now, &case, &etiquette, &Budget::default()).action, Some(Action::Begin { .. })));
}

#[test]
fn a_letter_that_was_refused_or_cancelled_does_not_count() {
    let etiquette = Etiquette { max_letters: 1, ..etiquette() };
    let now = in_new_york("2026-11-16 10:00");
    let refused = Outcome::Rejected { reply: "550 who".to_owned() };
    type Ends = Box<dyn Fn(&mut Case)>;
    let ends: [(&str, Ends); 2] = [
        ("refused", Box::new(move |case| send(case, now, refused.clone()))),
        ("cancelled", Box::new(move |case| happen(case, 1, Event::Reject { why: None }, now))),
    ];
    for (what, end) in ends {
        let mut case = waiting(promise_case(), now, &etiquette);
        end(&mut case);
        case.application.interviews[0].promised_on = Some(date(2026, 11, 20));
        let later = in_new_york("2026-11-30 10:00");
        assert!(
            matches!(plan(later, &case, &etiquette, &Budget::default()).action, Some(Action::Begin { .. })),
            "{what}"
        );
    }
}

#[test]
fn a_letter_that_may_have_arrived_counts() {
    let etiquette = Etiquette { max_letters: 1, ..etiquette() };
    let now = in_new_york("2026-11-16 10:00");
    let mut case = waiting(promise_case(), now, &etiquette);
    send(&mut case, now, Outcome::Uncertain { why: "the line was lost".to_owned() });
    happen(&mut case, 1, Event::Settle { arrived: true, by: "the person".to_owned() }, now);
    case.application.interviews[0].promised_on = Some(date(2026, 11, 20));
    let next = plan(in_new_york("2026-11-30 10:00"), &case, &etiquette, &Budget::default());
    // Fri 20 Nov + 10 business days = Fri 4 Dec.
    let let_go = Coming { what: What::LetGo, at: in_new_york("2026-12-04 09:00") };
    assert_eq!((next.action, next.coming), (None, Some(let_go)));
}

#[test]
fn a_window_must_close_after_it_opens_from_whatever_weekday_it_is_counted() {
    use followup::core::etiquette::{Offset, Step};
    let in_order = |opens: &str, closes: &str| {
        let offset = |text: &str| text.parse::<Offset>().unwrap();
        Step { rule: Rule::Promise, opens: offset(opens), closes: offset(closes) }.is_in_order()
    };
    assert!(in_order("5 days", "6 days") && in_order("5 business days", "6 business days"));
    assert!(!in_order("5 days", "5 days") && !in_order("6 business days", "5 business days"));
    // From a Friday, five business days are seven days; from a Sunday, five.
    assert!(in_order("5 business days", "8 days") && !in_order("5 business days", "7 days"));
    // From a Saturday, seven days end on a Saturday and are moved to the Monday, the sixth business day.
    assert!(in_order("7 days", "7 business days") && !in_order("7 days", "6 business days"));
    for step in Strategy::built_in().values().flat_map(|strategy| &strategy.steps) {
        assert!(step.is_in_order(), "{step:?}");
    }
}

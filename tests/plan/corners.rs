//! What hardly ever happens: calls, strategies with holes, templates that fail late, the end of the calendar.

use super::*;
use followup::core::etiquette::{Offset, Step};
use followup::core::followup::Refusal;
use followup::core::letter::Text;
use followup::core::plan::retype;

/// A call that waits to be made, within its window, of an application that has no address.
fn a_call(case: &mut Case, now: Timestamp, etiquette: &Etiquette) {
    (case.application.contact.email, case.application.contact.phone) = (None, Some("+1 555 0100".to_owned()));
    settle(case, now, etiquette);
    let [call] = &case.followups[..] else { panic!("not one follow-up: {:?}", case.followups) };
    assert_eq!((call.kind, call.phase.word()), (Kind::Call, "waiting"));
}

#[test]
fn a_call_is_neither_approved_nor_edited_and_a_letter_is_not_made_by_phone() {
    let (etiquette, now) = (etiquette(), in_new_york("2026-11-16 10:00"));
    let case = waiting(promise_case(), now, &etiquette);
    let (draft, letter) = (draft(&case), case.followups[0].clone());
    let called = || Event::Called { outcome: "voicemail".to_owned() };
    assert_eq!(letter.on(called(), now).unwrap_err(), Refusal::IsALetter);
    let mut case = promise_case();
    a_call(&mut case, now, &etiquette);
    for event in [Event::Approve { digest: draft.digest }, Event::Edit { draft }] {
        assert_eq!(case.followups[0].clone().on(event, now).unwrap_err(), Refusal::IsACall);
    }
    assert_eq!(case.followups[0].clone().on(called(), now).unwrap().phase.word(), "sent");
}

#[test]
fn a_call_that_waits_is_the_persons_and_one_that_was_made_is_no_letter() {
    let (mut etiquette, now) = (etiquette(), in_new_york("2026-11-16 10:00"));
    let mut case = promise_case();
    a_call(&mut case, now, &etiquette);
    let next = plan(now, &case, &etiquette, &Budget::default());
    assert_eq!((next.action, next.hold), (None, None));
    happen(&mut case, 1, Event::Called { outcome: "voicemail".to_owned() }, now);
    // They name another date, and an address. One letter after an interview is the most, and there was none.
    etiquette.max_letters = 1;
    case.application.contact.email = Some("jane@globex.example".to_owned());
    case.application.interviews[0].promised_on = Some(date(2026, 11, 9));
    settle(&mut case, now, &etiquette);
    assert_eq!((case.open().unwrap().kind, case.open().unwrap().phase.word()), (Kind::Letter, "waiting"));
}

#[test]
fn an_interview_that_no_step_is_for_is_held() {
    let step = Step { rule: Rule::Promise, opens: Offset::Days(7), closes: Offset::Days(14) };
    let etiquette = Etiquette { strategy: Strategy::new(vec![step]), ..etiquette() };
    let case = interviewed(date(2026, 11, 3), 1, None);
    let next = plan(in_new_york("2026-11-16 10:00"), &case, &etiquette, &Budget::default());
    assert!(next.hold.unwrap().starts_with("strategy: "), "nothing would ever come of it");
    assert_eq!((next.action, next.wake_at), (None, None));
}

#[test]
fn another_interview_with_the_same_promise_takes_the_approval_back() {
    let (etiquette, now) = (etiquette(), in_new_york("2026-11-16 10:00"));
    let mut case = approved(promise_case(), now, &etiquette);
    let window = case.open().unwrap().window;
    case.application.interviews =
        vec![Interview { id: 2, held_on: date(2026, 11, 4), ..case.application.interviews[0] }];
    let now = now + SignedDuration::from_mins(5);
    assert!(!goes(&case, now, &etiquette, &Budget::default()));
    settle(&mut case, now, &etiquette);
    assert_eq!((case.open().unwrap().phase.word(), case.open().unwrap().window), ("waiting", window));
    assert_eq!(case.open().unwrap().anchor.interview, 2);
}

#[test]
fn an_address_that_is_corrected_when_the_time_is_over_asks_for_nothing() {
    let (etiquette, now) = (etiquette(), in_new_york("2026-11-16 10:00"));
    let mut case = approved(promise_case(), now, &etiquette);
    let digest = draft(&case).digest;
    happen(&mut case, 1, Event::Claim { digest, message_id: "<1@me.example>".to_owned() }, now);
    happen(
        &mut case,
        1,
        Event::Submitted(followup::core::delivery::Outcome::Rejected { reply: "550 who".into() }),
        now,
    );
    case.application.contact.email = Some("joan@globex.example".to_owned());
    let over = etiquette.letter_due(&case.application).unwrap().late_closes;
    let composes = |now| plan(now, &case, &etiquette, &Budget::default()).action.is_some();
    assert!(composes(over - SignedDuration::from_millis(1)) && !composes(over));
}

#[test]
fn a_template_that_fails_for_this_application_alone_holds_it_and_nothing_else() {
    let mut sources = Letters::built_in();
    // Templates are tried at the start, but not with every company.
    for source in &mut sources {
        source.text.push_str("{% if company == \"Umbrella\" %}{{ nobody.knows.this }}{% endif %}\n");
    }
    let etiquette = Etiquette { letters: Letters::new(sources).unwrap(), ..etiquette() };
    let now = in_new_york("2026-11-16 10:00");
    let mut case = promise_case();
    case.application.company = "Umbrella".to_owned();
    settle(&mut case, now, &etiquette);
    assert_eq!(case.open().unwrap().phase.word(), "planned");
    let next = plan(now, &case, &etiquette, &Budget::default());
    assert!(next.hold.unwrap().starts_with("letter: "));
    case.application.company = "Initech".to_owned();
    settle(&mut case, now, &etiquette);
    assert_eq!(case.open().unwrap().phase.word(), "waiting");
}

#[test]
fn there_is_nothing_to_retype_without_a_letter_or_an_interview() {
    let (etiquette, now) = (etiquette(), in_new_york("2026-11-16 10:00"));
    let text = Text { subject: "Hello".to_owned(), body: "Dear Jane\n".to_owned() };
    assert_eq!(retype(now, &promise_case(), &etiquette, &text), None);
    let mut case = waiting(promise_case(), now, &etiquette);
    assert!(retype(now, &case, &etiquette, &text).unwrap().unwrap().edited);
    case.application.interviews.clear();
    assert_eq!(retype(now, &case, &etiquette, &text), None);
}

#[test]
fn the_calendar_has_an_end_and_nothing_goes_after_it() {
    let etiquette = etiquette();
    assert_eq!(etiquette.calendars.of(None, None).business_days_after(Date::MAX, 3), Date::MAX);
    let no_more_work = Calendars::new(None, [Date::MAX].into());
    assert_eq!(no_more_work.of(None, None).on_or_after(Date::MAX), Date::MAX);
    let hours = &etiquette.hours;
    assert_eq!(hours.next_open(Timestamp::MAX, &TimeZone::UTC, etiquette.calendars.of(None, None)), Timestamp::MAX);
}

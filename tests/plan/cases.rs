//! A case, its follow-ups, and the words for what is to come.

use super::*;

#[test]
fn each_word_for_what_is_to_come_is_read_back_as_the_same() {
    let words = [(What::Ask, "ask"), (What::Send, "send"), (What::TurnsLate, "late"), (What::Lapses, "lapse")];
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
fn a_phone_call_that_is_open_is_left_to_the_person_whatever_its_window() {
    let etiquette = etiquette();
    let mut case = waiting(promise_case(), in_new_york("2026-11-16 10:00"), &etiquette);
    case.followups[0].kind = Kind::Call;
    for now in ["2026-11-16 10:00", "2026-11-30 10:00", "2027-03-01 10:00"].map(in_new_york) {
        assert_eq!(plan(now, &case, &etiquette, &Budget::default()).action, None);
    }
}

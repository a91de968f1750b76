//! When the clock is believed.

use followup::clock::distrust;
use jiff::{SignedDuration, Timestamp};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn a_clock_from_before_this_program_was_written_is_not_believed() {
    for wrong in ["1970-01-01T00:00:00Z", "2000-01-01T00:00:00Z", "2026-10-31T23:59:59Z"] {
        assert!(distrust(at(wrong), None).is_some(), "{wrong}");
    }
    assert_eq!(distrust(at("2026-11-01T00:00:00Z"), None), None);
}

#[test]
fn a_clock_may_fall_back_two_minutes_behind_what_it_said_before_and_no_more() {
    let recorded = at("2027-03-01T12:00:00Z");
    for (behind, believed) in [(-3600, true), (0, true), (120, true), (121, false), (86_400, false)] {
        let now = recorded - SignedDuration::from_secs(behind);
        assert_eq!(distrust(now, Some(recorded)).is_none(), believed, "{behind} seconds behind");
    }
}

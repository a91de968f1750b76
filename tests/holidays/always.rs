//! What holds for every country, region and year.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use followup::core::calendar::{Calendar, is_weekend};
use followup::core::holidays::{Calendars, Place, almanac_of, countries_with_own_data, known_countries, regions_of};
use jiff::ToSpan;
use jiff::civil::date;
use proptest::prelude::*;

use super::calendar;

/// Every place there is.
fn places() -> Vec<String> {
    let of = |country: &str| {
        let regions = regions_of(country).into_keys().map(|region| format!("{country}-{region}"));
        std::iter::once(country.to_owned()).chain(regions).collect::<Vec<_>>()
    };
    known_countries().into_keys().flat_map(of).collect()
}

/// The years that are known of it.
fn years(calendar: &Calendar) -> Vec<i16> {
    calendar.years().into_iter().flat_map(Clone::clone).collect()
}

#[test]
fn there_are_the_nine_and_more_than_a_hundred_others() {
    assert_eq!(countries_with_own_data().collect::<Vec<_>>().join(" "), "BR CN DE ES FR GB IN JP US");
    assert!(known_countries().len() > 120 && places().len() > 290, "{}", places().len());
}

#[test]
fn every_year_that_is_known_has_at_least_five_holidays() {
    let calendars = Calendars::default();
    for place in places() {
        let calendar = calendar(&calendars, &place);
        for year in years(calendar) {
            let days = calendar.holidays_in(year).count();
            assert!((5..=40).contains(&days), "{place} has {days} in {year}");
        }
    }
}

#[test]
fn our_own_data_reaches_from_2025_to_2028() {
    let calendars = Calendars::default();
    for country in countries_with_own_data() {
        assert!((2025..=2028).all(|year| calendar(&calendars, country).knows(year)), "{country}");
    }
}

#[test]
fn an_observed_day_is_no_weekend_and_stands_for_one() {
    let calendars = Calendars::default();
    for place in places() {
        let calendar = calendar(&calendars, &place);
        for (date, name) in years(calendar).into_iter().flat_map(|year| calendar.holidays_in(year)) {
            let Some(name) = name.strip_suffix(" (observed)") else { continue };
            assert!(!is_weekend(date), "{place} {date} {name}");
            let mut near = (-7..=7).map(|days: i32| date.saturating_add(days.days()));
            let is_it = |day| is_weekend(day) && calendar.holiday(day).is_some_and(|other| other.contains(name));
            let is_beyond = near.clone().any(|day| !calendar.knows(day.year()));
            assert!(is_beyond || near.any(is_it), "{place} {date}: there is no {name}");
        }
    }
}

#[test]
fn a_region_has_all_days_of_its_country_but_those_it_says() {
    // Scotland's banks work on Easter Monday and the last Monday of August.
    let calendars = Calendars::default();
    for place in places().iter().filter(|place| place.contains('-') && *place != "GB-SCT") {
        let (here, country) = (calendar(&calendars, place), calendar(&calendars, &place[..2]));
        for (date, name) in years(country).into_iter().flat_map(|year| country.holidays_in(year)) {
            assert!(here.holiday(date).is_some(), "{place} does not have {date} {name}");
        }
    }
}

#[test]
fn asked_again_in_another_order_and_by_many_at_once_it_is_the_same() {
    let (forwards, backwards) = (Calendars::default(), Calendars::default());
    let places = places();
    std::thread::scope(|scope| {
        for step in 0..4 {
            let (places, calendars) = (&places, &forwards);
            scope.spawn(move || {
                places
                    .iter()
                    .skip(step)
                    .step_by(2)
                    .for_each(|it| assert!(calendar(calendars, it) != &Calendar::default()))
            });
        }
    });
    for place in places.iter().rev() {
        assert_eq!(calendar(&forwards, place), calendar(&backwards, place), "{place}");
        assert!(std::ptr::eq(calendar(&forwards, place), calendar(&forwards, place)), "{place} is worked out twice");
    }
}

/// Worked out once: each case would ask for them anew.
static PLACES: LazyLock<Vec<String>> = LazyLock::new(places);
static CALENDARS: LazyLock<Calendars> = LazyLock::new(Calendars::default);

proptest! {
    #[test]
    fn a_business_day_is_found_and_counted_one_by_one(place in 0usize..300, days in 0i32..1400, count in 0u32..40) {
        let calendar = calendar(&CALENDARS, &PLACES[place % PLACES.len()]);
        let from = date(2025, 1, 1).saturating_add(days.days());
        let to = calendar.business_days_after(from, count);
        let between = from.tomorrow().unwrap().series(1.day()).take_while(|day| *day <= to);
        prop_assert_eq!(between.filter(|day| calendar.is_business_day(*day)).count() as u32, count);
        prop_assert!(count == 0 || calendar.is_business_day(to));
    }

    #[test]
    fn places_are_found_whatever_is_written(text in "\\PC{0,8}", code in "[a-zA-Z]{2}(-[a-zA-Z0-9]{1,3})?") {
        for text in [text, code] {
            if let Ok(place) = Place::find(&text) {
                prop_assert_eq!(Place::find(&place.to_string()), Ok(place));
            }
        }
    }
}

#[test]
fn names_are_short_plain_and_not_empty() {
    let names = |country: &str| {
        let almanac = almanac_of(country).unwrap();
        let regions = almanac.regions.keys().map(|region| Some(region.as_str())).chain([None]);
        regions.flat_map(|region| almanac.days(region).into_values()).collect::<BTreeSet<_>>()
    };
    for name in countries_with_own_data().flat_map(names) {
        assert!((3..=60).contains(&name.chars().count()), "{name}");
        assert!(!name.contains(|c: char| c.is_control() || "[]#".contains(c)), "{name}");
    }
}

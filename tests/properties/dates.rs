//! Every form in which a date is said means the day of simple arithmetic, whatever day it is today.

use followup::core::dates::{Toward, parse, parse_ahead};
use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::*;

const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Any day of the years 2026 to 2037.
fn any_day() -> impl Strategy<Value = Date> {
    (0..4383i64).prop_map(|days| date(2026, 1, 1) + days.days())
}

/// Days from Monday, 0, to Sunday, 6.
fn weekday_of(day: Date) -> i64 {
    i64::from(day.weekday().to_monday_zero_offset())
}

/// In capitals, with spaces around: as people type.
fn typed(text: &str, how: u8) -> String {
    match how % 4 {
        0 => text.to_owned(),
        1 => text.to_uppercase(),
        2 => format!("  {} ", text.replace(' ', "   ")),
        _ => text[..1].to_uppercase() + &text[1..],
    }
}

proptest! {
    #![proptest_config(tries(2000))]

    #[test]
    fn a_written_date_is_itself(today in any_day(), day in any_day(), how in 0..4u8) {
        let text = typed(&day.to_string(), how);
        prop_assert_eq!(parse(&text, today, Toward::Past), Ok(day));
        prop_assert_eq!(parse(&text, today, Toward::After(today)), Ok(day));
        prop_assert_eq!(parse_ahead(&text, today), Ok(day));
    }

    #[test]
    fn so_long_ago_and_in_so_long(today in any_day(), number in 0..3650i64, how in 0..4u8) {
        let one = |unit: &str| if number == 1 { unit.to_owned() } else { format!("{unit}s") };
        let read = |text: String| parse(&typed(&text, how), today, Toward::Past).unwrap();
        prop_assert_eq!(read(format!("{number} {} ago", one("day"))), today - number.days());
        prop_assert_eq!(read(format!("in {number} {}", one("day"))), today + number.days());
        prop_assert_eq!(read(format!("{} {} ago", number % 520, one("week"))), today - (7 * (number % 520)).days());
        prop_assert_eq!(read(format!("in {} weeks", number % 520)), today + (7 * (number % 520)).days());
        let months = number % 120;
        let (earlier, later) = (read(format!("{months} months ago")), read(format!("in {months} month")));
        let count = |day: Date| i64::from(day.year()) * 12 + i64::from(day.month());
        prop_assert_eq!((count(earlier), count(later)), (count(today) - months, count(today) + months));
        for day in [earlier, later] {
            prop_assert_eq!(day.day(), today.day().min(day.days_in_month()));
        }
    }

    #[test]
    fn words_for_days_near(today in any_day(), how in 0..4u8) {
        for (text, days) in [("today", 0), ("yesterday", -1), ("tomorrow", 1)] {
            prop_assert_eq!(parse(&typed(text, how), today, Toward::Past), Ok(today + days.days()));
        }
    }

    #[test]
    fn a_weekday_is_the_nearest_in_its_direction(
        today in any_day(), from in any_day(), named in 0..7usize, letters in 3..10usize, how in 0..4u8,
    ) {
        let name = WEEKDAYS[named];
        let text = typed(&name[..letters.min(name.len())], how);
        let named = i64::try_from(named).unwrap();
        let back = (weekday_of(today) - named).rem_euclid(7);
        prop_assert_eq!(parse(&text, today, Toward::Past), Ok(today - back.days()));
        let strictly_back = if back == 0 { 7 } else { back };
        let last = format!("last {}", text.trim());
        prop_assert_eq!(parse(&last, today, Toward::Past), Ok(today - strictly_back.days()));
        let ahead = match (named - weekday_of(from)).rem_euclid(7) { 0 => 7, days => days };
        prop_assert_eq!(parse(&text, today, Toward::After(from)), Ok(from + ahead.days()));
    }

    #[test]
    fn a_wait_of_days_weeks_or_months_is_ahead(today in any_day(), number in 1..500i64, how in 0..4u8) {
        for (text, days) in [(format!("{number}d"), number), (format!("{number} days"), number), (format!("{number}w"), 7 * number)] {
            prop_assert_eq!(parse_ahead(&typed(&text, how), today), Ok(today + days.days()));
        }
        let months = parse_ahead(&format!("{number}m"), today).unwrap();
        prop_assert!(months > today);
        let named = WEEKDAYS[usize::try_from(number % 7).unwrap()];
        let day = parse_ahead(&typed(named, how), today).unwrap();
        prop_assert!(day > today && day <= today + 7.days());
    }

    #[test]
    fn no_text_makes_it_panic_and_what_it_reads_is_read_again_as_printed(text in "\\PC{0,20}|[0-9a-z -]{0,16}", today in any_day()) {
        for read in [parse(&text, today, Toward::Past), parse(&text, today, Toward::After(today)), parse_ahead(&text, today)] {
            match read {
                Ok(day) => prop_assert_eq!(parse(&day.to_string(), today, Toward::Past), Ok(day)),
                Err(error) => prop_assert!(!error.to_string().contains(char::is_control)),
            }
        }
    }
}

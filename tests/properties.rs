//! What holds for any input: dates as people say them, names of applications, facts in every script.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use followup::core::dates::{Toward, parse, parse_ahead};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use support::shell::Shell;

/// Any day from 2026 to 2037.
fn days() -> impl Strategy<Value = Date> {
    (0..12 * 365_i64).prop_map(|days| date(2026, 1, 1).saturating_add(days.days()))
}

/// Upper case, lower case, or as it is; with spaces around it or between its words.
fn as_typed(text: &str, shape: u8) -> String {
    match shape % 4 {
        0 => text.to_owned(),
        1 => text.to_uppercase(),
        2 => format!("  {text} "),
        _ => text.replace(' ', "   "),
    }
}

const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

proptest! {
    #[test]
    fn each_form_of_a_date_means_what_counting_on_the_fingers_gives(
        today in days(), other in days(), number in 0..900_i64, weekday in 0..7_usize, letters in 3..9_usize, shape: u8
    ) {
        let means = |text: &str, toward| parse(&as_typed(text, shape), today, toward);
        prop_assert_eq!(means(&other.to_string(), Toward::Past), Ok(other));
        prop_assert_eq!(means("today", Toward::Past), Ok(today));
        prop_assert_eq!(means("yesterday", Toward::Past), Ok(today.yesterday().unwrap()));
        prop_assert_eq!(means("tomorrow", Toward::Past), Ok(today.tomorrow().unwrap()));
        prop_assert_eq!(means(&format!("{number} days ago"), Toward::Past), Ok(today.saturating_sub(number.days())));
        prop_assert_eq!(means(&format!("in {number} weeks"), Toward::Past), Ok(today.saturating_add(number.weeks())));
        // A weekday, in full or by its first letters: the nearest one that way.
        let name = WEEKDAYS[weekday];
        let name = &name[..letters.min(name.len())];
        let is_it = |date: &Date| usize::from(date.weekday().to_monday_zero_offset().unsigned_abs()) == weekday;
        let past = (0..7).map(|back| today.saturating_sub(back.days())).find(is_it).unwrap();
        prop_assert_eq!(means(name, Toward::Past), Ok(past));
        let last = (1..8).map(|back| today.saturating_sub(back.days())).find(is_it).unwrap();
        prop_assert_eq!(means(&format!("last {name}"), Toward::Past), Ok(last));
        let next = (1..8).map(|on| other.saturating_add(on.days())).find(is_it).unwrap();
        prop_assert_eq!(means(name, Toward::After(other)), Ok(next));
    }

    #[test]
    fn an_end_of_waiting_is_as_far_as_it_says(today in days(), number in 1..900_i64, weekday in 0..7_usize, shape: u8) {
        let means = |text: &str| parse_ahead(&as_typed(text, shape), today);
        for (text, span) in [("d", number.days()), (" days", number.days()), ("w", number.weeks()), ("m", number.months())] {
            prop_assert_eq!(means(&format!("{number}{text}")), Ok(today.saturating_add(span)));
        }
        let next = means(WEEKDAYS[weekday]).unwrap();
        prop_assert!(next > today && next <= today.saturating_add(7.days()));
    }

    #[test]
    fn no_text_at_all_brings_the_dates_down(text in any::<String>(), today in days()) {
        for parsed in [parse(&text, today, Toward::Past), parse(&text, today, Toward::After(today)), parse_ahead(&text, today)] {
            match parsed {
                // What was understood is shown back, and means the same again.
                Ok(date) => prop_assert_eq!(parse(&date.to_string(), today, Toward::Past), Ok(date)),
                Err(error) => prop_assert!(!error.to_string().is_empty()),
            }
        }
    }

    #[test]
    fn no_day_that_the_calendar_lacks_is_a_date(year in 2026..2037_u16, month in 0..20_u8, day in 0..40_u8) {
        let text = format!("{year}-{month:02}-{day:02}");
        let is_one = Date::new(year as i16, month as i8, day as i8).is_ok();
        prop_assert_eq!(parse(&text, date(2026, 11, 16), Toward::Past).is_ok(), is_one, "{}", text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_name_finds_its_application_if_it_fits_no_other(
        companies in prop::collection::vec("[A-Z][a-zäöüß]{1,6}( [A-Z][a-z]{1,4})?", 1..6), part in "[a-zäöü]{1,3}"
    ) {
        let shell = Shell::new();
        for company in &companies {
            shell.must(&["add", "--company", company, "--position=P", "--hr=a@b.example", "--interviewed=yesterday"]);
        }
        let fits: Vec<usize> = (0..companies.len()).filter(|&at| companies[at].to_lowercase().contains(&part)).collect();
        let said = shell.run(&["show", &part.to_uppercase(), "--json"]);
        match fits.as_slice() {
            [] => prop_assert_eq!(said.code, 3),
            [one] => {
                let json: serde_json::Value = serde_json::from_str(&said.out).unwrap();
                prop_assert_eq!(json["application"]["id"].as_u64(), Some(*one as u64 + 1));
            }
            several => {
                prop_assert_eq!(said.code, 2);
                for &at in several {
                    prop_assert!(said.err.contains(&companies[at]), "{} is not listed in {}", companies[at], said.err);
                }
            }
        }
        // Digits are always a number, also where a company is called so.
        let id = companies.len() + 1;
        shell.must(&["add", "--company=1", "--position=P", "--hr=a@b.example", "--interviewed=yesterday"]);
        prop_assert_eq!(&shell.json(&["show", "1"])["application"]["company"], companies[0].as_str());
        prop_assert_eq!(&shell.json(&["show", &format!("00{id}")])["application"]["company"], "1");
    }

    #[test]
    fn facts_in_any_script_come_back_as_they_were_given(
        company in "\\PC{1,60}", position in "\\PC{1,60}", name in "[\\p{L}\\p{M}' -]{1,40}", columns in prop::option::of(10..200_usize)
    ) {
        let mut shell = Shell::new();
        shell.columns = columns;
        let flags = [format!("--company={company}"), format!("--position={position}")];
        let said = shell.run(&["add", &flags[0], &flags[1], "--contact=jane@globex.example", "--interviewed=2026-11-03", "--json"]);
        if said.code == 0 {
            let json: serde_json::Value = serde_json::from_str(&said.out).unwrap();
            prop_assert_eq!(json["application"]["company"].as_str(), Some(company.as_str()));
            prop_assert_eq!(json["application"]["position"].as_str(), Some(position.as_str()));
        } else {
            prop_assert_eq!(said.code, 2, "{}", said.err);
            prop_assert_eq!(&shell.json(&["list", "--all"])["applications"], &serde_json::json!([]));
            shell.must(&["add", "--company=C", "--position=P", "--contact=jane@globex.example", "--interviewed=2026-11-03"]);
        }
        // Another program may write anything at all; no screen shows what could move its cursor.
        let wild = format!("{name}\u{1b}[2J\u{202e}{company}").replace('\'', "''");
        shell.sql(&format!("UPDATE applications SET contact_name = '{wild}', company = 'x' || '{wild}'"));
        for command in [&[][..], &["list"], &["show", "1"], &["why", "1"], &["log"], &["status"], &["agenda"]] {
            let said = shell.run(command);
            let hides = |c: char| (c.is_control() && c != '\n' && c != '\t') || c == '\u{202e}';
            prop_assert!(!said.out.contains(hides) && !said.err.contains(hides), "{:?}: {:?}", command, said);
        }
    }
}

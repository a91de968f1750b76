//! `followup holidays`: the days of a year, for people and as JSON, and what it says of a place that there is not.

use super::support::shell::{SETTINGS, Shell};

#[test]
fn the_days_of_a_year_stand_below_each_other() {
    let mut shell = Shell::without_settings();
    for columns in [None, Some(80)] {
        shell.columns = columns;
        let said = shell.must(&["holidays", "us", "--year=2026"]);
        assert!(said.starts_with("Public holidays in United States, 2026\n\n"), "{said}");
        assert!(said.contains("\n  Thu 26 Nov  Thanksgiving\n"), "{said}");
        assert!(said.contains("\n  Sat  4 Jul  Independence Day "), "{said}");
        assert!(said.lines().all(|line| line.chars().count() <= 80), "{said}");
    }
}

#[test]
fn every_page_keeps_to_eighty_columns() {
    let mut shell = Shell::without_settings();
    shell.columns = Some(80);
    for place in ["DE", "DE-BE", "ES-CE", "IN", "US-DC", "GB-SCT", "CN", "AT", "TR", "VN"] {
        for year in ["2025", "2028", "2050"] {
            let said = shell.must(&["holidays", place, "--year", year]);
            assert!(said.lines().all(|line| line.chars().count() <= 80), "{said}");
        }
    }
}

#[test]
fn without_a_country_it_is_that_of_the_settings() {
    let shell = Shell::new();
    let said = shell.run(&["holidays"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.contains("no country") && said.err.contains("followup holidays DE"), "{}", said.err);
    shell.write_settings(&format!("{SETTINGS}[calendar]\ncountry = 'DE-BY'\nextra_holidays = ['2026-12-24']\n"));
    let said = shell.must(&["holidays"]);
    assert!(said.starts_with("Public holidays in Germany, Bavaria, 2026\n"), "{said}");
    assert!(said.contains("  Tue  6 Jan  Epiphany\n") && said.contains("  Thu 24 Dec  your own holiday\n"), "{said}");
    assert!(shell.must(&["holidays", "FR"]).contains("your own holiday"), "they are off wherever the recipient is");
}

#[test]
fn what_is_not_known_is_said() {
    let shell = Shell::without_settings();
    let said = shell.must(&["holidays", "CN", "--year=2029"]);
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        said.contains("! The public holidays of 2029 are not known: those of China are from 2025 to 2028"),
        "{said}"
    );
    assert!(shell.must(&["holidays", "TR"]).contains("! These are not all"));
    assert!(!shell.must(&["holidays", "AT"]).contains('!'));
}

#[test]
fn regions_are_named_where_they_differ() {
    let shell = Shell::without_settings();
    assert!(shell.must(&["holidays", "GB"]).ends_with("Name a region (GB-NIR): NIR, SCT\n"), "ENG is what is shown");
    assert!(
        !shell.must(&["holidays", "US"]).contains("region") && !shell.must(&["holidays", "DE-BY"]).contains("region")
    );
}

#[test]
fn as_json() {
    let shell = Shell::without_settings();
    let said = shell.json(&["holidays", "DE-BY", "--year=2026"]);
    assert_eq!((said["country"].as_str(), said["region"].as_str()), (Some("DE"), Some("BY")));
    assert_eq!((said["year"].as_i64(), said["known"].as_bool()), (Some(2026), Some(true)));
    let third = &said["holidays"][2];
    assert_eq!(third["date"], "2026-04-03");
    assert_eq!((third["name"].as_str(), third["weekend"].as_bool()), (Some("Good Friday"), Some(false)));
    assert_eq!(said["regions"]["BY"], "Bavaria");
    assert_eq!(shell.json(&["holidays", "CN", "--year=2029"])["known"], false);
}

#[test]
fn a_place_that_there_is_not_is_a_mistake_with_a_way_out() {
    let shell = Shell::without_settings();
    for (place, says) in [
        ("germany", "did you mean DE, Germany?"),
        ("UK", "did you mean GB, United Kingdom?"),
        ("DF", "did you mean DE, Germany?"),
        ("QQ", "known are AD, AL"),
        ("DE-XX", "Germany has no region XX; there are: BB, BE, BW"),
        ("AT-9", "Austria has no regions here that differ; write AT"),
        ("d-e", "write two letters such as DE"),
        ("", "write two letters such as DE"),
    ] {
        let said = shell.run(&["holidays", place]);
        let text = said.err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{place}: {text}");
        assert!(text.contains(says), "{place}: {text}");
    }
    for year in ["1", "3000", "next", "99999999999"] {
        assert_eq!(shell.run(&["holidays", "DE", "--year", year]).code, 2, "{year}");
    }
}

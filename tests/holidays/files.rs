//! The data files: that each can be read, and that what cannot is named with its line.

use followup::core::holidays::{Almanac, almanac_of, countries_with_own_data};
use proptest::prelude::*;

use super::day;

/// The head of a file; a line of the test is the third.
const HEAD: &str = "country  Utopia\nyears  2025 to 2028\n";

fn utopia(lines: &str) -> Almanac {
    Almanac::parse(&format!("{HEAD}{lines}")).unwrap()
}

fn wrong(lines: &str) -> String {
    Almanac::parse(&format!("{HEAD}{lines}")).unwrap_err().to_string()
}

#[test]
fn every_file_can_be_read() {
    for country in countries_with_own_data() {
        assert!(!almanac_of(country).unwrap().country.is_empty());
    }
    assert_eq!(almanac_of("ZZ"), None);
}

#[test]
fn each_way_to_say_a_day() {
    let says = |when: &str, dates: &str| {
        let found = utopia(&format!("{when}  X")).days(None).into_keys().map(|day| day.to_string());
        let found: Vec<String> = found.filter(|day| day.starts_with("2026")).collect();
        assert_eq!(found.join(" "), dates, "{when}");
    };
    says("5 May", "2026-05-05");
    says("29 February", "");
    says("1st Monday of May", "2026-05-04");
    says("5th Friday of May", "2026-05-29");
    says("5th Monday of May", "");
    says("last Monday of May", "2026-05-25");
    // 4 May 2026 is a Monday.
    says("Monday before 4 May", "2026-04-27");
    says("Monday on or before 4 May", "2026-05-04");
    says("Monday on or after 4 May", "2026-05-04");
    says("Monday after 4 May", "2026-05-11");
    says("Friday on or after 4 May", "2026-05-08");
    says("Friday before 4 May", "2026-05-01");
    says("Easter", "2026-04-05");
    says("1 day after Easter", "2026-04-06");
    says("47 days before Easter", "2026-02-17");
    says("2026-12-30 to 2027-01-02", "2026-12-30 2026-12-31");
}

#[test]
fn what_stands_behind_the_name() {
    let regions = "region  N  North\nregion  S  South\n";
    let is_one =
        |line: &str, region, date: &str| utopia(&format!("{regions}{line}")).days(region).contains_key(&day(date));
    let may = "2026-05-05";
    assert!(is_one("5 May  X  [N]", Some("N"), may) && !is_one("5 May  X  [N]", Some("S"), may));
    assert!(!is_one("5 May  X  [N]", None, may) && !is_one("5 May  X  [not N]", None, may));
    assert!(is_one("5 May  X  [not N]", Some("S"), may) && !is_one("5 May  X  [not N]", Some("N"), may));
    assert!(is_one("usually  N\n5 May  X  [N]", None, may) && !is_one("usually  N\n5 May  X  [N]", Some("S"), may));
    assert!(is_one("5 May  X  from 2026", None, may) && !is_one("5 May  X  from 2027", None, may));
    assert!(is_one("5 May  X  until 2026", None, may) && !is_one("5 May  X  until 2025", None, may));
    assert!(is_one("5 May  X  [N S] in 2026", Some("S"), may) && !is_one("5 May  X  in 2027", None, may));
    // Saturday, 2 May 2026, and the Sunday after it.
    let nearest = |date| is_one("2 May  X  weekend: nearest weekday\n3 May  Y  weekend: nearest weekday", None, date);
    assert!(nearest("2026-05-01") && nearest("2026-05-04") && !nearest("2026-05-05"));
    let next = |date| is_one("2 May  X  weekend: next weekday\n3 May  Y  weekend: next weekday\n4 May  Z", None, date);
    assert!(!next("2026-05-01") && next("2026-05-05") && next("2026-05-06") && !next("2026-05-07"));
    let sunday = |date| is_one("2 May  X  Sunday: next day\n3 May  Y  Sunday: next day\n4 May  Z", None, date);
    assert!(sunday("2026-05-05") && !sunday("2026-05-06"));
    let between = |date| is_one("between two holidays  B\n4 May  X\n6 May  Y\n8 May  Z\n10 May  W", None, date);
    assert!(between("2026-05-05") && between("2026-05-07") && !between("2026-05-09") && !between("2026-05-11"));
}

#[test]
fn two_on_a_day_and_a_day_twice() {
    let days = utopia("5 May  Beer Day\n2026-05-05  Ale Day\n1st Tuesday of May  Beer Day").days(None);
    assert_eq!(days[&day("2026-05-05")], "Ale Day, Beer Day");
    assert_eq!(days.first_key_value().unwrap().0.year(), 2025, "only the years that are known");
}

#[test]
fn a_mistake_is_named_with_its_line() {
    assert_eq!(wrong("32 May  X"), "line 3: no day: \"32 May\u{20}\u{20}X\"");
    for line in
        ["30 February  X", "5 Mai  X", "6th Monday of May  X", "2026-02-30  X", "20260505  X", "0 days after Easter  X"]
    {
        assert!(wrong(line).starts_with("line 3: no day"), "{line}");
    }
    assert!(
        wrong("2026-05-05 to 2026-05-04  X").contains("no day")
            && wrong("2026-05-05 to 2026-09-04  X").contains("no day")
    );
    assert!(wrong("5 May  X  sometimes").contains("no condition"));
    assert!(wrong("5 May  X  from then").contains("no year"));
    assert!(wrong("5 May  X  [N").contains("no end of the regions"));
    assert!(wrong("5 May  X  [N]").contains("a region that has no line: \"N\""));
    assert!(wrong("usually  N").contains("a region that has no line: \"N\""));
    assert!(wrong("years  2028 to 2025").contains("no range of years"));
    assert!(wrong("a  b  c  d").contains("too many parts"));
    assert!(wrong("Easter").contains("too few parts"));
    assert!(Almanac::parse("years  2025 to 2028").unwrap_err().to_string().contains("no country"));
    assert!(Almanac::parse("country  Utopia").unwrap_err().to_string().contains("no years"));
}

proptest! {
    // Each reads a whole file, and works out every region of it.
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_order_of_the_lines_does_not_matter(country in 0usize..9, seed in any::<u64>()) {
        let code = countries_with_own_data().nth(country).unwrap();
        let path = format!("{}/src/core/holidays/data/{code}.txt", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let (mut lines, mut random) = (text.lines().collect::<Vec<_>>(), fastrand::Rng::with_seed(seed));
        random.shuffle(&mut lines);
        let (as_it_is, shuffled) = (almanac_of(code).unwrap(), Almanac::parse(&lines.join("\n")).unwrap());
        prop_assert_eq!(&as_it_is.regions, &shuffled.regions);
        for region in as_it_is.regions.keys().map(|region| Some(region.as_str())).chain([None]) {
            prop_assert_eq!(as_it_is.days(region), shuffled.days(region), "{} {:?}", code, region);
        }
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_stumble(text in "\\PC*", lines in proptest::collection::vec("[a-zA-Z0-9 \\[\\],:-]{0,40}", 0..9)) {
        let _ = Almanac::parse(&text);
        let _ = Almanac::parse(&format!("{HEAD}{}", lines.join("\n"))).map(|almanac| almanac.days(None));
    }
}

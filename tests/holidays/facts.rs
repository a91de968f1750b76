//! Single days, each to be found on a wall calendar of its country.

use followup::core::holidays::{Calendars, OWN_HOLIDAY, Place, UNNAMED, easter};

use super::{calendar, day};

/// Place, date, and the name of the holiday; `-` where it is none.
const FACTS: &str = "
US     2026-01-19 Martin Luther King Jr. Day
US     2026-05-25 Memorial Day
US     2026-07-03 Independence Day (observed)
US     2026-07-04 Independence Day
US     2026-10-12 Columbus Day
US     2026-11-11 Veterans Day
US     2026-11-26 Thanksgiving
US     2026-11-27 -
US     2027-06-18 Juneteenth (observed)
US     2027-12-31 New Year's Day (observed)
US     2028-01-01 New Year's Day
US     2023-01-02 New Year's Day (observed)
US     2020-06-19 -
US-CA  2026-11-26 Thanksgiving

GB     2026-01-01 New Year's Day
GB     2026-04-06 Easter Monday
GB     2026-08-31 Summer Bank Holiday
GB-SCT 2026-04-06 -
GB-SCT 2026-08-03 Summer Bank Holiday
GB-SCT 2026-08-31 -
GB-SCT 2026-01-02 2 January
GB-SCT 2028-01-03 New Year's Day (observed)
GB-SCT 2028-01-04 2 January (observed)
GB-SCT 2026-11-30 St Andrew's Day
GB-ENG 2026-11-30 -
GB-NIR 2026-03-17 St Patrick's Day
GB-NIR 2026-07-13 Battle of the Boyne (observed)
GB-WLS 2026-03-17 -
GB     2026-12-28 Boxing Day (observed)
GB     2027-12-27 Christmas Day (observed)
GB     2027-12-28 Boxing Day (observed)
GB     2022-12-26 Boxing Day
GB     2022-12-27 Christmas Day (observed)
GB     2022-05-30 -
GB     2022-06-02 Spring Bank Holiday
GB     2023-05-08 Coronation of Charles III

DE     2026-01-06 -
DE-BW  2026-01-06 Epiphany
DE-BY  2026-01-06 Epiphany
DE-ST  2026-01-06 Epiphany
DE-HE  2026-01-06 -
DE     2026-04-03 Good Friday
DE     2026-10-03 German Unity Day
DE-BE  2026-03-08 International Women's Day
DE-MV  2022-03-08 -
DE-SN  2026-11-18 Repentance and Prayer Day
DE-SN  2028-11-22 Repentance and Prayer Day
DE-NW  2026-06-04 Corpus Christi
DE-BE  2028-06-17 75 Years since the Uprising of 17 June 1953
DE-HH  2026-10-31 Reformation Day

FR     2026-07-14 Bastille Day
FR     2026-05-25 Whit Monday
FR     2026-04-03 -
FR-57  2026-04-03 Good Friday
FR-67  2026-12-26 Second Day of Christmas

ES     2026-10-12 National Day of Spain
ES     2026-04-02 -
ES-MD  2026-04-02 Maundy Thursday
ES-CT  2026-04-02 -
ES-CT  2026-04-06 Easter Monday
ES-AN  2027-03-01 Andalusia Day (observed)
ES-MD  2026-11-02 Monday after All Saints' Day

IN     2026-01-26 Republic Day
IN     2026-03-04 Holi
IN     2026-08-15 Independence Day
IN     2026-10-02 Gandhi Jayanti
IN     2026-11-08 Diwali
IN     2025-10-02 Dussehra, Gandhi Jayanti
IN-MH  2026-05-01 Buddha Purnima, Maharashtra Day
IN-TN  2026-01-15 Pongal
IN     2026-01-15 -

CN     2026-02-23 Spring Festival
CN     2026-02-24 -
CN     2026-02-28 -
CN     2026-10-07 National Day
CN     2026-10-08 -

JP     2027-03-21 Vernal Equinox Day
JP     2027-03-22 Vernal Equinox Day (observed)
JP     2026-05-06 Constitution Memorial Day (observed)
JP     2026-09-21 Respect for the Aged Day
JP     2026-09-22 Citizens' Holiday
JP     2026-09-23 Autumnal Equinox Day
JP     2028-09-21 -

BR     2026-02-16 Carnival Monday
BR     2026-02-17 Carnival Tuesday
BR     2026-02-18 -
BR     2026-06-04 Corpus Christi
BR     2026-11-20 Black Awareness Day
BR-SP  2026-07-09 Constitutionalist Revolution
BR     2026-07-09 -

AT     2026-10-26 a public holiday
AT     2026-10-27 -
PL     2026-11-11 a public holiday
";

#[test]
fn on_a_wall_calendar() {
    let calendars = Calendars::default();
    let mut wrong = String::new();
    for line in FACTS.lines().filter(|line| !line.is_empty()) {
        let (place, rest) = line.split_once(' ').unwrap();
        let (date, name) = rest.trim().split_once(' ').unwrap();
        let found = calendar(&calendars, place).holiday(day(date)).unwrap_or("-");
        if found != name {
            wrong += &format!("{line}: found {found}\n");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn easter_in_years_that_are_known() {
    // From the table of the Astronomical Society of South Australia; the first and the last possible day are among them.
    let sundays = "1818-03-22 1943-04-25 1954-04-18 1961-04-02 1981-04-19 2000-04-23 2008-03-23 2019-04-21 2024-03-31 \
        2025-04-20 2026-04-05 2027-03-28 2028-04-16 2029-04-01 2030-04-21 2038-04-25 2049-04-18 2076-04-19";
    for sunday in sundays.split_whitespace().map(day) {
        assert_eq!(easter(sunday.year()), Some(sunday));
    }
    assert_eq!((easter(1582), easter(10_000 - 1).is_some()), (None, true));
}

#[test]
fn what_is_not_known_is_said() {
    let calendars = Calendars::default();
    let knows = |place: &str, year| calendar(&calendars, place).knows(year);
    assert!(knows("CN", 2028) && !knows("CN", 2029), "no notice of the State Council reaches so far");
    assert!(knows("DE-BY", 2030) && !knows("DE", 2050));
    assert!(knows("AT", 2026) && !knows("AT", 2024));
    assert!(!knows("TR", 2026), "what we have of it lacks the feasts that follow the moon");
    for country in [None, Some("ZZ"), Some("zz"), Some("XYZ"), Some("")] {
        let calendar = calendars.of(country, None);
        assert!(!calendar.knows(2026) && calendar.holidays_in(2026).next().is_none(), "{country:?}");
        assert!(calendar.is_business_day(day("2026-12-25")) && !calendar.is_business_day(day("2026-12-26")));
    }
}

#[test]
fn own_days_off_have_a_name_of_their_own_and_a_public_one_keeps_its_name() {
    let own = ["2026-11-26", "2026-11-27"].map(day).into();
    let calendars = Calendars::new(Some(Place::find("US").unwrap()), own);
    for calendar in [calendars.of(Some("US"), None), calendars.of(None, None)] {
        assert_eq!(calendar.holiday(day("2026-11-26")), Some("Thanksgiving"));
        assert_eq!(calendar.holiday(day("2026-11-27")), Some(OWN_HOLIDAY));
        assert_eq!(calendar.business_days_after(day("2026-11-25"), 1), day("2026-11-30"));
    }
    assert_eq!(calendars.of(Some("AT"), None).holiday(day("2026-11-27")), Some(OWN_HOLIDAY));
    assert_eq!(calendars.of(Some("AT"), None).holiday(day("2026-10-26")), Some(UNNAMED));
    assert_eq!(calendars.of(Some("ZZ"), None).holiday(day("2026-11-27")), Some(OWN_HOLIDAY));
}

#[test]
fn the_usual_place_counts_where_none_is_known() {
    let calendars = Calendars::new(Some(Place::find("DE-BY").unwrap()), Default::default());
    let epiphany = day("2026-01-06");
    assert_eq!(calendars.of(None, None).holiday(epiphany), Some("Epiphany"));
    assert_eq!(calendars.of(Some("DE"), None).holiday(epiphany), None, "only the whole of it");
    assert_eq!(calendars.of(Some("DE"), Some("XX")).holiday(epiphany), None, "a region that there is not");
    assert_eq!(calendars.of(Some("AT"), Some("BY")).holiday(epiphany), Some(UNNAMED));
}

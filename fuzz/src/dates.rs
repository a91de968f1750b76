//! Dates as people say them: the day of today in four digits of days, then the text.

use followup::core::dates::{NotADate, Toward, parse, parse_ahead};
use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::{Parts, can_be_shown};

pub fn run(data: &[u8]) {
    let mut parts = Parts::of(data);
    let days: i64 = parts.text().trim().parse().unwrap_or(20_000);
    let today = date(1970, 1, 1) + (days.rem_euclid(60_000)).days();
    let text = parts.text();
    for toward in [Toward::Past, Toward::After(today), Toward::After(date(9999, 12, 31))] {
        judge(parse(&text, today, toward), today);
    }
    judge(parse_ahead(&text, today), today);
    // At the ends of the calendar there are no days left to count.
    for today in [Date::MIN, Date::MAX] {
        let _ = (parse(&text, today, Toward::Past), parse_ahead(&text, today));
    }
}

fn judge(read: Result<Date, NotADate>, today: Date) {
    match read {
        Ok(day) => assert_eq!(parse(&day.to_string(), today, Toward::Past), Ok(day)),
        Err(error) => can_be_shown(&error.to_string()),
    }
}

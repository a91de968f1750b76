//! Dates as people say them: `2026-11-03`, `yesterday`, `friday`, `last friday`, `12 days ago`, `in 3 days`.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};

/// Which way a bare weekday points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Toward {
    /// The last such day, today included.
    Past,
    /// The next such day after the given one.
    After(Date),
}

/// A text that names no date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotADate {
    #[error("{0:?} is not a date; write 2026-11-03, yesterday, friday or 12 days ago")]
    Unknown(String),
    /// Written as a date, but no calendar has it.
    #[error("{0} is not a day of the calendar")]
    NoSuchDay(String),
}

/// The date that `text` means when today is `today`.
pub fn parse(text: &str, today: Date, toward: Toward) -> Result<Date, NotADate> {
    let wrong = || match is_written_as_date(text.trim()) {
        true => NotADate::NoSuchDay(text.trim().to_owned()),
        false => NotADate::Unknown(text.to_owned()),
    };
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["today"] => Ok(today),
        ["yesterday"] => today.yesterday().map_err(|_| wrong()),
        ["tomorrow"] => today.tomorrow().map_err(|_| wrong()),
        [number, unit, "ago"] => today.checked_sub(span(number, unit).ok_or_else(wrong)?).map_err(|_| wrong()),
        ["in", number, unit] => today.checked_add(span(number, unit).ok_or_else(wrong)?).map_err(|_| wrong()),
        ["last", word] => {
            let day = weekday(word).ok_or_else(wrong)?;
            today.nth_weekday(-1, day).map_err(|_| wrong())
        }
        [word] => match weekday(word) {
            Some(day) => match toward {
                Toward::Past if today.weekday() == day => Ok(today),
                Toward::Past => today.nth_weekday(-1, day).map_err(|_| wrong()),
                Toward::After(from) => from.nth_weekday(1, day).map_err(|_| wrong()),
            },
            // The calendar's library reads more forms, such as years of six digits; a database does not.
            None => word.parse().ok().filter(|_| is_written_as_date(word)).ok_or_else(wrong),
        },
        _ => Err(wrong()),
    }
}

/// The date that `text` means as an end of waiting, when today is `today`: besides the forms of [`parse`], how
/// long to wait, as `3d`, `2w` or `3 days`.
pub fn parse_ahead(text: &str, today: Date) -> Result<Date, NotADate> {
    let short = text.trim().to_lowercase();
    let digits = short.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = match short[digits.len()..].trim() {
        "d" => "days",
        "w" => "weeks",
        "m" => "months",
        unit => unit,
    };
    match span(digits, unit).and_then(|span| today.checked_add(span).ok()) {
        Some(date) => Ok(date),
        None => parse(text, today, Toward::After(today)),
    }
}

/// So many days, weeks or months; at most ten years of days.
fn span(number: &str, unit: &str) -> Option<Span> {
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let number: i64 = number.parse().ok().filter(|number| is_number && (0..=3650).contains(number))?;
    match unit {
        "day" | "days" => Some(number.days()),
        "week" | "weeks" => Some(number.weeks()),
        "month" | "months" => Some(number.months()),
        _ => None,
    }
}

/// `2026-02-30` and the like: the form is right.
fn is_written_as_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let all_digits = parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    all_digits && parts.iter().map(|part| part.len()).eq([4, 2, 2])
}

fn weekday(word: &str) -> Option<Weekday> {
    use Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
    let names = [
        ("monday", Monday),
        ("tuesday", Tuesday),
        ("wednesday", Wednesday),
        ("thursday", Thursday),
        ("friday", Friday),
        ("saturday", Saturday),
        ("sunday", Sunday),
    ];
    let is_meant = |name: &str| name == word || (word.len() >= 3 && name.starts_with(word));
    names.into_iter().find(|(name, _)| is_meant(name)).map(|(_, day)| day)
}

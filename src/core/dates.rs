//! Dates as people say them: `2026-11-03`, `yesterday`, `friday`, `last friday`, `12 days ago`.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

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
#[error("{0:?} is not a date; write 2026-11-03, yesterday, friday or 12 days ago")]
pub struct NotADate(String);

/// The date that `text` means when today is `today`.
pub fn parse(text: &str, today: Date, toward: Toward) -> Result<Date, NotADate> {
    let wrong = || NotADate(text.to_owned());
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["today"] => Ok(today),
        ["yesterday"] => today.yesterday().map_err(|_| wrong()),
        ["tomorrow"] => today.tomorrow().map_err(|_| wrong()),
        [number, unit, "ago"] => {
            let number: i64 = number.parse().ok().filter(|number| (0..=3650).contains(number)).ok_or_else(wrong)?;
            let span = match *unit {
                "day" | "days" => number.days(),
                "week" | "weeks" => number.weeks(),
                "month" | "months" => number.months(),
                _ => return Err(wrong()),
            };
            today.checked_sub(span).map_err(|_| wrong())
        }
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
            None => word.parse().map_err(|_| wrong()),
        },
        _ => Err(wrong()),
    }
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

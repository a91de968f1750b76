//! Countries that have no file of rules: dates without names, from `data/others.txt`, whose head says where they are
//! from. Only the lines of the country that is asked for are read.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use jiff::civil::Date;

const OTHERS: &str = include_str!("data/others.txt");

/// What a holiday is called whose name is not known.
pub const UNNAMED: &str = "a public holiday";

/// What is known of a country without a file of rules.
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    pub(super) days: BTreeMap<Date, Cow<'static, str>>,
    /// The years of which all days are there, or nearly all.
    pub(super) years: Option<RangeInclusive<i16>>,
}

/// What is known of `country`; nothing where there is no data.
pub(super) fn elsewhere(country: &str) -> Elsewhere {
    let mut lines = OTHERS.lines().skip_while(|line| heading(line).is_none_or(|(code, _)| code != country));
    let is_incomplete = lines.next().is_some_and(|line| line.ends_with("  incomplete"));
    let mut found = Elsewhere::default();
    for line in lines.take_while(|line| heading(line).is_none()) {
        let Some((year, days)) = line.split_once("  ") else { continue };
        let dates = days.split(' ').filter_map(|day| format!("{year}-{day}").parse::<Date>().ok());
        found.days.extend(dates.map(|date| (date, Cow::Borrowed(UNNAMED))));
    }
    let ends = found.days.first_key_value().zip(found.days.last_key_value());
    found.years = ends.filter(|_| !is_incomplete).map(|((first, _), (last, _))| first.year()..=last.year());
    found
}

/// All of them, by code and name.
pub(super) fn countries() -> impl Iterator<Item = (&'static str, &'static str)> {
    OTHERS.lines().filter_map(heading)
}

/// The code and the name with which the lines of a country begin.
fn heading(line: &'static str) -> Option<(&'static str, &'static str)> {
    let mut parts = line.split("  ");
    let (code, name) = (parts.next()?, parts.next()?);
    (code.len() == 2).then_some((code, name))
}

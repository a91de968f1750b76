//! The data file of a country, and the days that it gives.
//!
//! # How the files are written
//!
//! Plain text, a line to a holiday, in any order. `#` begins a comment. Two blanks or more divide the parts of a line:
//!
//! ```text
//! country  Germany                      its name
//! years    2025 to 2035                 the years it may be asked for; outside of them nothing is known
//! region   BY  Bavaria                  a region: what follows the hyphen of its ISO 3166-2 code, and its name
//! usually  ENG                          the region that counts where none is given; without this line only the
//!                                       days of the whole country count then
//! between two holidays  Citizens' Holiday        a weekday right between two holidays is one too, of that name
//!
//! 1 January                     New Year's Day
//! 3rd Monday of January         Martin Luther King Jr. Day
//! last Monday of May            Memorial Day
//! Wednesday before 23 November  Repentance and Prayer Day    [SN]
//! Friday on or after 24 May     ...          (also: before, after, on or before)
//! 2 days before Easter          Good Friday
//! 2026-02-17                    a day that no rule gives
//! 2026-02-15 to 2026-02-23      Spring Festival
//! ```
//!
//! Behind the name may stand, with commas between them:
//!
//! ```text
//! [BW BY ST]                    in these regions only
//! [not SCT]                     in all regions but these
//! from 2019 · until 2027 · in 2028     the years in which it is one
//! weekend: nearest weekday      on a Saturday it is kept on the Friday before, on a Sunday on the Monday after
//! weekend: next weekday         on a Saturday or Sunday the next weekday is off that is no holiday itself
//! Sunday: next day              on a Sunday the next day is off that is no holiday itself
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use jiff::civil::Date;

use super::day::Day;
use super::rule::{Moves, Regions, Rule};
use crate::core::calendar::is_weekend;

/// The holidays of one country, by rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Almanac {
    /// Its name in English.
    pub country: String,
    /// The years it may be asked for.
    pub years: RangeInclusive<i16>,
    /// The regions it tells apart: the end of the ISO 3166-2 code, and the name.
    pub regions: BTreeMap<String, String>,
    /// The region that counts where none is given.
    usual_region: Option<String>,
    /// The name of a weekday right between two holidays, where it is one too.
    between: Option<String>,
    rules: Vec<Rule>,
}

/// A line of a data file that says nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}: {text:?}")]
pub struct BadLine {
    /// Counted from 1; 0 where something is missing.
    pub line: usize,
    pub why: &'static str,
    pub text: String,
}

impl Almanac {
    /// Reads a data file.
    ///
    /// Errors with the first line that is not written as the module's documentation says.
    pub fn parse(text: &str) -> Result<Self, BadLine> {
        let (mut country, mut years, mut usual_region, mut between) = (None, None, None, None);
        let (mut regions, mut rules) = (BTreeMap::new(), Vec::new());
        for (line, text) in (1..).zip(text.lines()) {
            let bad = |why| BadLine { line, why, text: text.to_owned() };
            let content = text.split('#').next().unwrap_or_default().trim();
            let parts: Vec<&str> = content.split("  ").map(str::trim).filter(|part| !part.is_empty()).collect();
            match parts.as_slice() {
                [] => {}
                ["country", name] => country = Some((*name).to_owned()),
                ["years", range] => years = Some(year_range(range).ok_or_else(|| bad("no range of years"))?),
                ["region", code, name] => {
                    regions.insert((*code).to_owned(), (*name).to_owned());
                }
                ["usually", code] => usual_region = Some((*code).to_owned()),
                ["between two holidays", name] => between = Some((*name).to_owned()),
                [day, name] => rules.push(rule(day, name, "").map_err(bad)?),
                [day, name, conditions] => rules.push(rule(day, name, conditions).map_err(bad)?),
                [_] => return Err(bad("too few parts")),
                _ => return Err(bad("too many parts")),
            }
        }
        let missing = |why| BadLine { line: 0, why, text: String::new() };
        let named = rules.iter().flat_map(|rule| match &rule.regions {
            Regions::All => &[][..],
            Regions::Only(names) | Regions::Not(names) => names,
        });
        if let Some(code) = named.chain(&usual_region).find(|code| !regions.contains_key(*code)) {
            return Err(BadLine { line: 0, why: "a region that has no line", text: code.clone() });
        }
        Ok(Self {
            country: country.ok_or_else(|| missing("no country"))?,
            years: years.ok_or_else(|| missing("no years"))?,
            regions,
            usual_region,
            between,
            rules,
        })
    }

    /// All holidays in the years that are known, weekends included, with their names; for the whole country where
    /// `region` is `None` or not known.
    pub fn days(&self, region: Option<&str>) -> BTreeMap<Date, String> {
        let region = region.filter(|&code| self.regions.contains_key(code)).or(self.usual_region.as_deref());
        // A day off may stand in for a holiday of the year before, or after.
        let years = self.years.start() - 1..=self.years.end() + 1;
        let here: Vec<&Rule> = self.rules.iter().filter(|rule| rule.regions.have(region)).collect();
        let mut holidays: Vec<(Date, &Rule)> = years
            .flat_map(|year| here.iter().flat_map(move |rule| rule.days(year).into_iter().map(move |day| (day, *rule))))
            .collect();
        holidays.sort_by(|(one, of), (other, than)| (one, &of.name).cmp(&(other, &than.name)));
        let mut days: BTreeMap<Date, BTreeSet<String>> = BTreeMap::new();
        for (date, rule) in &holidays {
            days.entry(*date).or_default().insert(rule.name.clone());
        }
        for (date, rule) in &holidays {
            if let Some(stand_in) = rule.stand_in(*date, |day| days.contains_key(&day)) {
                days.entry(stand_in).or_default().insert(format!("{} (observed)", rule.name));
            }
        }
        if let Some(name) = &self.between {
            let holds = |day: Option<Date>| day.is_some_and(|day| days.contains_key(&day));
            let after = days.keys().filter_map(|day| day.tomorrow().ok());
            let between: Vec<Date> =
                after.filter(|&day| !is_weekend(day) && !holds(Some(day)) && holds(day.tomorrow().ok())).collect();
            days.extend(between.into_iter().map(|day| (day, BTreeSet::from([name.clone()]))));
        }
        days.retain(|day, _| self.years.contains(&day.year()));
        days.into_iter().map(|(day, names)| (day, names.into_iter().collect::<Vec<_>>().join(", "))).collect()
    }
}

fn year_range(text: &str) -> Option<RangeInclusive<i16>> {
    let (from, until) = text.split_once(" to ")?;
    let range = from.parse().ok()?..=until.parse().ok()?;
    (!range.is_empty() && *range.start() > 1583 && *range.end() < 9999).then_some(range)
}

fn rule(day: &str, name: &str, conditions: &str) -> Result<Rule, &'static str> {
    let day = Day::parse(day).ok_or("no day")?;
    let (regions, conditions) = regions(conditions)?;
    let mut rule = Rule { day, name: name.to_owned(), regions, from: i16::MIN, until: i16::MAX, moves: Moves::Never };
    for condition in conditions.split(',').map(str::trim).filter(|condition| !condition.is_empty()) {
        let year = |text: &str| text.parse::<i16>().map_err(|_| "no year");
        match condition.split_once(' ') {
            _ if condition == "weekend: nearest weekday" => rule.moves = Moves::NearestWeekday,
            _ if condition == "weekend: next weekday" => rule.moves = Moves::NextWeekday,
            _ if condition == "Sunday: next day" => rule.moves = Moves::SundayToNextDay,
            Some(("from", text)) => rule.from = year(text)?,
            Some(("until", text)) => rule.until = year(text)?,
            Some(("in", text)) => (rule.from, rule.until) = (year(text)?, year(text)?),
            _ => return Err("no condition"),
        }
    }
    Ok(rule)
}

/// The regions in brackets, and what stands behind them.
fn regions(conditions: &str) -> Result<(Regions, &str), &'static str> {
    let Some(list) = conditions.strip_prefix('[') else { return Ok((Regions::All, conditions)) };
    let (list, rest) = list.split_once(']').ok_or("no end of the regions")?;
    let names = |list: &str| list.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let regions = match list.strip_prefix("not ") {
        Some(list) => Regions::Not(names(list)),
        None => Regions::Only(names(list)),
    };
    Ok((regions, rest))
}

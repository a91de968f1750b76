//! `holidays`: which days of a year are public holidays somewhere, so that they are no business days.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::failure::{Failure, Kind};
use super::page::Passage;
use super::table::Table;
use super::{Context, Report, render};
use crate::config::{self, ConfigError};
use crate::core::calendar::{Calendar, is_weekend};
use crate::core::etiquette::Etiquette;
use crate::core::holidays::{Calendars, Place, UnknownPlace, known_countries, regions_of};

/// The years that can be asked for.
const YEARS: std::ops::RangeInclusive<i64> = 1970..=2999;
/// No name is cut shorter than this.
const NARROWEST_NAME: usize = 12;

/// The public holidays of a country, which are no business days
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  followup holidays
  followup holidays DE-BY --year 2027
  followup holidays US --json

On these days no letter goes and no business day is counted where the recipient
is. Days off of your own: calendar.extra_holidays in the settings.")]
pub(super) struct Holidays {
    /// Such as DE, or DE-BY with its region [default: calendar.country]
    #[arg(value_name = "COUNTRY")]
    country: Option<String>,
    /// Another year than this one
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(i16).range(YEARS))]
    year: Option<i16>,
}

impl Holidays {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        let etiquette = etiquette(context)?;
        let nowhere = Calendars::default();
        let calendars = etiquette.as_ref().map_or(&nowhere, |etiquette| &etiquette.calendars);
        let place = match &self.country {
            Some(text) => Place::find(text).map_err(unknown)?,
            None => calendars.usual().cloned().ok_or_else(no_country)?,
        };
        let zone = etiquette.as_ref().map_or(TimeZone::UTC, |etiquette| etiquette.zone.clone());
        let year = self.year.unwrap_or_else(|| context.now().to_zoned(zone).year());
        let (country, region) = (place.country.as_str(), place.region.as_deref());
        let calendar = calendars.of(Some(country), region);
        let mut regions: Vec<String> = regions_of(country).into_keys().collect();
        // Those with other days; a page of one region is no place for the others.
        regions.retain(|other| region.is_none() && !same(calendar, calendars.of(Some(country), Some(other)), year));
        Ok(Report { human: passages(&place, year, calendar, &regions), json: to_json(&place, year, calendar) })
    }
}

/// The settings as far as they speak of days; `None` in a home that has none.
fn etiquette(context: &Context) -> Result<Option<Etiquette>, Failure> {
    match config::load_with(&context.places, &context.environment, &context.command_line()) {
        Ok(config) => Ok(Some(config.etiquette)),
        Err(ConfigError::Missing(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether both have the same holidays in `year`.
fn same(one: &Calendar, other: &Calendar, year: i16) -> bool {
    one.holidays_in(year).eq(other.holidays_in(year))
}

fn passages(place: &Place, year: i16, calendar: &Calendar, regions: &[String]) -> Vec<Passage> {
    let mut table = Table::new::<3>(&[(1, NARROWEST_NAME)]);
    for (date, name) in calendar.holidays_in(year) {
        let weekend = if is_weekend(date) { "a weekend anyway" } else { "" };
        table.push([&["  ", &render::column_date(date)], &[name], &[weekend]]);
    }
    let mut passages = vec![Passage::Prose(format!("Public holidays in {}, {year}\n\n", place.name()))];
    let are_any = calendar.holidays_in(year).next().is_some();
    passages.extend(are_any.then_some(Passage::Rows(table)));
    let gap = if are_any { "\n" } else { "" };
    let mut then = String::new();
    if !calendar.knows(year) {
        then += &format!("{gap}! {}\n", not_known(place, year, calendar));
    }
    if let Some(first) = regions.first() {
        let (country, codes) = (&place.country, regions.join(", "));
        then += &format!("\nIt is not the same everywhere. Name a region ({country}-{first}): {codes}\n");
    }
    passages.push(Passage::Prose(then));
    passages
}

/// Why the days of `year` are not all there.
fn not_known(place: &Place, year: i16, calendar: &Calendar) -> String {
    match calendar.years() {
        Some(years) => {
            let (name, from, until) = (place.name(), years.start(), years.end());
            format!(
                "The public holidays of {year} are not known: those of {name} are from {from} to {until}. Weekends \
                 count as free, and calendar.extra_holidays."
            )
        }
        None => {
            "These are not all: feasts that follow the moon, and what the government moves, are missing. Put those that \
             matter to you into calendar.extra_holidays."
                .to_owned()
        }
    }
}

fn to_json(place: &Place, year: i16, calendar: &Calendar) -> Value {
    let holiday =
        |(date, name): (Date, &str)| json!({ "date": date.to_string(), "name": name, "weekend": is_weekend(date) });
    json!({
        "country": place.country,
        "region": place.region,
        "name": place.name(),
        "year": year,
        "known": calendar.knows(year),
        "holidays": calendar.holidays_in(year).map(holiday).collect::<Vec<_>>(),
        "regions": regions_of(&place.country),
    })
}

fn no_country() -> Failure {
    Failure::new(Kind::Usage, "no country is set in the settings, and none was given")
        .hint("name one: followup holidays DE")
        .hint("or set calendar.country in the settings")
}

/// What to do about a place of which nothing is known.
fn unknown(error: UnknownPlace) -> Failure {
    let failure = Failure::new(Kind::Usage, error.to_string());
    match error {
        UnknownPlace::NotACode { nearest: Some((code, name)), .. }
        | UnknownPlace::Country { nearest: Some((code, name)), .. } => {
            failure.hint(format!("did you mean {code}, {name}?"))
        }
        UnknownPlace::NotACode { .. } => failure,
        UnknownPlace::Country { .. } => {
            let codes: Vec<&str> = known_countries().into_keys().collect();
            failure.hint(format!("known are {}", codes.join(", ")))
        }
        UnknownPlace::Region { country, .. } => {
            failure.hint(format!("of the whole country: followup holidays {country}"))
        }
    }
}

//! Where a recipient is, for their calendar and their clock: as it is given, else as it is guessed, else as the settings
//! say. A guess is always shown, and a fact takes its place.

use std::fmt;

use jiff::tz::TimeZone;

use super::{Due, Etiquette};
use crate::core::application::Application;
use crate::core::calendar::Calendar;
use crate::core::holidays::known_countries;
use crate::core::whereabouts::{Evidence, guess_country, zone_of_country};

/// Where a recipient is taken to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Recipient {
    /// ISO 3166 alpha-2; `None` where nothing tells.
    pub country: Option<String>,
    /// What follows the hyphen in ISO 3166-2.
    pub region: Option<String>,
    pub country_by: By,
    pub zone: TimeZone,
    pub zone_by: By,
}

/// Their days and their clock, for whoever asks for many of them.
#[derive(Debug)]
pub(in crate::core) struct There<'a> {
    pub(in crate::core) calendar: &'a Calendar,
    pub(in crate::core) zone: TimeZone,
}

/// How a country or a zone is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// The person gave it for this application.
    Given,
    Guess(Evidence),
    /// Of a zone: their country has one alone.
    Country,
    /// The settings have it for all for whom nothing else is known: `calendar.country`, or the person's own zone.
    Settings,
    /// Nothing tells.
    Unknown,
}

/// `a guess from the mail address, .de`; nothing where it is given.
impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            By::Given => Ok(()),
            By::Guess(evidence) => write!(f, "a guess {evidence}"),
            By::Country => write!(f, "by their country"),
            By::Settings => write!(f, "by your settings"),
            By::Unknown => write!(f, "not known"),
        }
    }
}

impl By {
    /// The word for it in JSON.
    pub fn word(&self) -> &'static str {
        match self {
            By::Given => "given",
            By::Guess(_) => "guess",
            By::Country => "country",
            By::Settings => "settings",
            By::Unknown => "unknown",
        }
    }
}

impl Recipient {
    /// The country and its region by name: `Germany, BY`; the code where it has no name here.
    pub fn country_name(&self) -> Option<String> {
        let country = self.country.as_deref()?;
        let name = known_countries().get(country).copied().unwrap_or(country);
        Some(self.region.as_ref().map_or_else(|| name.to_owned(), |region| format!("{name}, {region}")))
    }

    /// `Germany, by a guess from the mail address, .de`; how it is known is said where it is not given.
    pub fn country_in_words(&self) -> String {
        self.country_name().map_or_else(|| By::Unknown.to_string(), |name| with_how(name, &self.country_by))
    }

    /// That their hours may be others, in a sentence without its end, where their country has several zones, and the person's
    /// own is taken for want of a better one.
    pub fn doubt_of_zone(&self) -> Option<String> {
        let is_known = matches!(self.country_by, By::Given | By::Guess(_)) && self.zone_by == By::Settings;
        let (country, zone) = (self.country_name().filter(|_| is_known)?, self.zone.iana_name()?);
        let place = zone.rsplit('/').next().unwrap_or(zone).replace('_', " ");
        Some(format!("the hours are those of {place}, yours, as {country} has several time zones"))
    }

    /// `Europe/Berlin, by their country`.
    pub fn zone_in_words(&self) -> String {
        with_how(self.zone.iana_name().unwrap_or("local time").to_owned(), &self.zone_by)
    }
}

/// `what`, and how it is known where that is not by its own fact.
fn with_how(what: String, by: &By) -> String {
    match by {
        By::Given => what,
        _ => format!("{what}, {by}"),
    }
}

impl Etiquette {
    /// Where the recipient of `application` is, and how that is known.
    pub fn recipient_of(&self, application: &Application) -> Recipient {
        let guess = || guess_country(application.emails(), application.phones());
        let (country, region, country_by) = match (&application.country, self.calendars.usual()) {
            (Some(country), _) => (Some(country.clone()), application.region.clone(), By::Given),
            (None, usual) => match (guess(), usual) {
                (Some(guess), usual) => {
                    let here = usual.filter(|usual| usual.country == guess.country);
                    (Some(guess.country), here.and_then(|usual| usual.region.clone()), By::Guess(guess.by))
                }
                (None, Some(usual)) => (Some(usual.country.clone()), usual.region.clone(), By::Settings),
                (None, None) => (None, None, By::Unknown),
            },
        };
        let own = || (self.zone.clone(), By::Settings);
        // The usual country says nothing of this one's clocks: their zone defaults to the person's.
        let of_country = || country.as_deref().filter(|_| country_by != By::Settings).and_then(zone_of_country);
        let by_country = || Some((TimeZone::get(of_country()?).ok()?, By::Country));
        let given = application.timezone.as_deref().and_then(|name| TimeZone::get(name).ok());
        let (zone, zone_by) = given.map(|zone| (zone, By::Given)).or_else(by_country).unwrap_or_else(own);
        Recipient { country, region, country_by, zone, zone_by }
    }

    /// The calendar and the zone of the recipient of `application`.
    pub(in crate::core) fn there(&self, application: &Application) -> There<'_> {
        let Recipient { country, region, zone, .. } = self.recipient_of(application);
        There { calendar: self.calendars.of(country.as_deref(), region.as_deref()), zone }
    }

    /// The recipient's zone: the application's own, else the one of their country, else the person's.
    pub fn zone_of(&self, application: &Application) -> TimeZone {
        match application.timezone.as_deref().and_then(|name| TimeZone::get(name).ok()) {
            Some(own) => own,
            None => self.recipient_of(application).zone,
        }
    }

    /// The days that count where the recipient is.
    pub fn calendar_of(&self, application: &Application) -> &Calendar {
        match &application.country {
            Some(country) => self.calendars.of(Some(country), application.region.as_deref()),
            None => {
                let there = self.recipient_of(application);
                self.calendars.of(there.country.as_deref(), there.region.as_deref())
            }
        }
    }

    /// What is not known of the public holidays between the days that `due` counts, in a sentence; `None` where all is.
    pub fn gap_in_calendar(&self, application: &Application, due: &Due) -> Option<String> {
        let Some(name) = self.recipient_of(application).country_name() else {
            return Some("their country is not known, so that only weekends do not count".to_owned());
        };
        let calendar = self.calendar_of(application);
        let years = due.counted_from.year()..=due.late_closes_on.year();
        let unknown: Vec<String> = years.filter(|&year| !calendar.knows(year)).map(|year| year.to_string()).collect();
        if unknown.is_empty() {
            return None;
        }
        let how_many = if calendar.holidays_in(due.opens_on.year()).next().is_some() { "not all" } else { "no" };
        Some(format!("{how_many} public holidays of {name} are known for {}", unknown.join(" and ")))
    }
}

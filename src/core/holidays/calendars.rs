//! The calendars of all countries, each worked out when it is first asked for.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use jiff::civil::Date;

use super::elsewhere::{Elsewhere, elsewhere};
use super::place::Place;
use super::{Almanac, almanac_of};
use crate::core::calendar::Calendar;

/// What a day off of the person's own is called.
pub const OWN_HOLIDAY: &str = "your own holiday";
const LETTERS: usize = 26;

/// A calendar for each country and region: its public holidays, and the person's own days off. There are at most as
/// many as there are countries and regions with data, whatever is asked for.
#[derive(Debug)]
pub struct Calendars {
    own_days: BTreeSet<Date>,
    /// Where recipients are of whom no country is known.
    usual: Option<Place>,
    /// Of no country: the person's own days off alone.
    nowhere: Calendar,
    /// One for each country code that can be written.
    countries: Box<[OnceLock<Country>]>,
}

/// The calendars of one country.
#[derive(Debug)]
struct Country {
    /// `None` where our own data does not have it; then there are no regions either.
    almanac: Option<Almanac>,
    whole: Calendar,
    regions: BTreeMap<String, OnceLock<Calendar>>,
}

impl Default for Calendars {
    fn default() -> Self {
        Self::new(None, BTreeSet::new())
    }
}

impl Calendars {
    /// Calendars in which `own_days` are off as well; where no country is asked for, that of `usual` is meant.
    pub fn new(usual: Option<Place>, own_days: BTreeSet<Date>) -> Self {
        let countries = (0..LETTERS * LETTERS).map(|_| OnceLock::new()).collect();
        let nowhere = with_own_days(BTreeMap::new(), &own_days);
        Self { nowhere: Calendar::new(nowhere, None), own_days, usual, countries }
    }

    /// Where recipients are of whom no country is known.
    pub fn usual(&self) -> Option<&Place> {
        self.usual.as_ref()
    }

    /// The person's own days off.
    pub fn own_days(&self) -> &BTreeSet<Date> {
        &self.own_days
    }

    /// The calendar of `country` (two capital letters) and `region`. A region that is not known counts as the whole
    /// country; a country without data has weekends and the person's own days off only, which [`Calendar::knows`]
    /// tells. Where both are `None`, it is that of the usual place.
    pub fn of(&self, country: Option<&str>, region: Option<&str>) -> &Calendar {
        let (country, region) = match (country, &self.usual) {
            (Some(country), _) => (country, region),
            (None, Some(usual)) => (usual.country.as_str(), usual.region.as_deref()),
            (None, None) => return &self.nowhere,
        };
        let Some(slot) = slot(country).and_then(|slot| self.countries.get(slot)) else { return &self.nowhere };
        let country = slot.get_or_init(|| self.country(country));
        let Some((region, slot)) = region.and_then(|region| country.regions.get_key_value(region)) else {
            return &country.whole;
        };
        match &country.almanac {
            Some(almanac) => slot.get_or_init(|| self.calendar(almanac, Some(region))),
            None => &country.whole,
        }
    }

    fn country(&self, code: &str) -> Country {
        match almanac_of(code) {
            Some(almanac) => Country {
                whole: self.calendar(&almanac, None),
                regions: almanac.regions.keys().map(|region| (region.clone(), OnceLock::new())).collect(),
                almanac: Some(almanac),
            },
            None => {
                let Elsewhere { days, years } = elsewhere(code);
                let whole = Calendar::new(with_own_days(days, &self.own_days), years);
                Country { almanac: None, whole, regions: BTreeMap::new() }
            }
        }
    }

    fn calendar(&self, almanac: &Almanac, region: Option<&str>) -> Calendar {
        let days = almanac.days(region).into_iter().map(|(day, name)| (day, Cow::Owned(name))).collect();
        Calendar::new(with_own_days(days, &self.own_days), Some(almanac.years.clone()))
    }
}

/// Where the calendars of a country stand among all.
fn slot(country: &str) -> Option<usize> {
    let letter = |byte: u8| byte.is_ascii_uppercase().then(|| usize::from(byte - b'A'));
    match country.as_bytes() {
        &[first, second] => Some(letter(first)? * LETTERS + letter(second)?),
        _ => None,
    }
}

/// A public holiday keeps its name where it is a day off of the person's own too.
fn with_own_days(
    mut days: BTreeMap<Date, Cow<'static, str>>,
    own_days: &BTreeSet<Date>,
) -> BTreeMap<Date, Cow<'static, str>> {
    for day in own_days {
        days.entry(*day).or_insert(Cow::Borrowed(OWN_HOLIDAY));
    }
    days
}

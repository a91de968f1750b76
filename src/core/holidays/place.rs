//! A place as people write it: `DE`, or `DE-BY` with a region, as in ISO 3166.

use std::collections::BTreeMap;
use std::fmt;

use super::{OWN_DATA, almanac_of, elsewhere};

/// A country whose public holidays are known, and perhaps a region of it that has its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// ISO 3166-1, two capital letters.
    pub country: String,
    /// What follows the hyphen in ISO 3166-2.
    pub region: Option<String>,
}

/// Why no place can be made of a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownPlace {
    /// It is not written like one.
    #[error("{text:?} is no country; write two letters such as DE, or DE-BY with a region")]
    NotACode { text: String, nearest: Option<(String, String)> },
    /// No public holidays are known of the country; beside it the nearest that there is, with its name.
    #[error("no public holidays are known of {code}")]
    Country { code: String, nearest: Option<(String, String)> },
    /// The country's regions are others; all of them by code, with their names.
    #[error("{}", no_such_region(country, name, region, known))]
    Region { country: String, name: String, region: String, known: BTreeMap<String, String> },
}

impl UnknownPlace {
    /// Code and name of what was likely meant.
    pub fn nearest(&self) -> Option<&(String, String)> {
        match self {
            UnknownPlace::NotACode { nearest, .. } | UnknownPlace::Country { nearest, .. } => nearest.as_ref(),
            UnknownPlace::Region { .. } => None,
        }
    }
}

impl Place {
    /// The place that `text` names, in small letters or capitals.
    ///
    /// Errors where the country has no data, or not that region.
    pub fn find(text: &str) -> Result<Self, UnknownPlace> {
        let code = text.trim().to_uppercase();
        let (country, region) = match code.split_once('-') {
            Some((country, region)) => (country, Some(region)),
            None => (code.as_str(), None),
        };
        let is_country = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_alphabetic());
        let is_region =
            |region: &str| (1..=3).contains(&region.len()) && region.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_country || !region.is_none_or(is_region) {
            return Err(UnknownPlace::NotACode { text: text.to_owned(), nearest: nearest_name(text) });
        }
        let Some(name) = known_countries().get(country).copied() else {
            return Err(UnknownPlace::Country { code: country.to_owned(), nearest: nearest_code(country) });
        };
        if let Some(region) = region {
            let known = regions_of(country);
            if !known.contains_key(region) {
                let (country, name, region) = (country.to_owned(), name.to_owned(), region.to_owned());
                return Err(UnknownPlace::Region { country, name, region, known });
            }
        }
        Ok(Place { country: country.to_owned(), region: region.map(str::to_owned) })
    }

    /// As a person says it: `Germany`, `Germany, Bavaria`.
    pub fn name(&self) -> String {
        let country = known_countries().get(self.country.as_str()).copied().unwrap_or_default().to_owned();
        let regions = regions_of(&self.country);
        match self.region.as_ref().and_then(|region| regions.get(region)) {
            Some(region) => format!("{country}, {region}"),
            None => country,
        }
    }
}

/// Names the regions that there are.
fn no_such_region(country: &str, name: &str, region: &str, known: &BTreeMap<String, String>) -> String {
    match known.len() {
        0 => format!("{name} has no regions here that differ; write {country}"),
        _ => {
            let codes: Vec<&str> = known.keys().map(String::as_str).collect();
            format!("{name} has no region {region}; there are: {}", codes.join(", "))
        }
    }
}

/// `DE-BY`
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.region {
            Some(region) => write!(f, "{}-{region}", self.country),
            None => f.write_str(&self.country),
        }
    }
}

/// The countries whose public holidays are known, by their codes, with their names.
pub fn known_countries() -> BTreeMap<&'static str, &'static str> {
    let own = OWN_DATA.iter().filter_map(|(code, text)| {
        let name = text.lines().find_map(|line| line.strip_prefix("country  "))?;
        Some((*code, name.trim()))
    });
    elsewhere::countries().chain(own).collect()
}

/// The regions of `country` that are told apart, by their codes, with their names.
pub fn regions_of(country: &str) -> BTreeMap<String, String> {
    almanac_of(country).map(|almanac| almanac.regions).unwrap_or_default()
}

/// The country whose name is most like `text`.
fn nearest_name(text: &str) -> Option<(String, String)> {
    let likeness = |name: &str| strsim::jaro_winkler(&name.to_lowercase(), &text.trim().to_lowercase());
    let found = known_countries().into_iter().max_by(|one, other| likeness(one.1).total_cmp(&likeness(other.1)))?;
    (likeness(found.1) > 0.8).then(|| (found.0.to_owned(), found.1.to_owned()))
}

/// The first country whose code differs from `code` in one letter, one of our own data before the others; or that
/// people call so.
fn nearest_code(code: &str) -> Option<(String, String)> {
    let meant = match code {
        "UK" => "GB",
        _ => "",
    };
    let countries = known_countries();
    let own = OWN_DATA.iter().map(|(code, _)| *code);
    let likely = own.chain(countries.keys().copied()).filter(|known| strsim::hamming(known, code) == Ok(1));
    let found = Some(meant).filter(|meant| !meant.is_empty()).or_else(|| likely.into_iter().next())?;
    countries.get(found).map(|name| (found.to_owned(), (*name).to_owned()))
}

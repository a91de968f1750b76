//! Phone numbers: which can be called, and how each is shown, by the numbering plans of all countries.
//!
//! A number that is written with a plus, or as from abroad with 00, says itself where it belongs; any other is
//! understood as it is dialled within a country.

use rlibphonenumber::{
    NumberLengthType, PHONE_NUMBER_UTIL as PLANS, ParseError, PhoneNumber, PhoneNumberFormat, PhoneNumberType, Region,
    ValidationError,
};

use super::application::LONGEST_LINE;
use super::holidays::known_countries;

/// A number that can be called, with its extension.
#[derive(Debug, Clone, PartialEq)]
pub struct Phone {
    number: PhoneNumber,
}

/// What is wrong with a phone number; each goes on after the number, as in `"12" is too short ...`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPhone {
    #[error("is no phone number such as +44 20 7946 0000")]
    NoNumber,
    #[error("has letters where digits belong; write the number in digits, and nothing else")]
    Letters,
    #[error("is too short for a phone number; write all of it, with its area code")]
    TooShort,
    #[error("is too long for a phone number; write one number, its extension as in \"ext. 12\"")]
    TooLong,
    /// What follows the plus is the calling code of no country.
    #[error("begins with the calling code of no country; see what follows the +")]
    NoCallingCode,
    /// Its length is right, but its country gives no such number; the country's name or its calling code.
    #[error("is no number that there is in its country ({country}); see whether all digits are right")]
    NotValid { country: String },
    /// It is written as within a country, and no country is known.
    #[error("may be in any country; write it with +44 ..., or give --country")]
    NeedsCountry,
}

impl Phone {
    /// The number that `text` is; one without a plus as it is dialled in `country`, an ISO 3166 alpha-2 code.
    ///
    /// Errors where nobody could call it, by the plan of its country.
    pub fn parse(text: &str, country: Option<&str>) -> Result<Phone, BadPhone> {
        if text.chars().count() > LONGEST_LINE {
            return Err(BadPhone::TooLong);
        }
        // The library does not survive what RFC 3966 may put behind this word, and nobody writes it.
        if text.contains("phone-context") {
            return Err(BadPhone::NoNumber);
        }
        let region = country.and_then(|code| code.parse::<Region>().ok());
        let text = text.trim();
        read(text, region).or_else(|why| match text.strip_prefix("00") {
            // Dialled so from most countries, but not from all.
            Some(rest) => read(&format!("+{rest}"), None).map_err(|_| why),
            None => Err(why),
        })
    }

    /// As it is written for callers from abroad: `+44 20 7946 0000`, and `ext. 12` after it.
    pub fn international(&self) -> String {
        self.number.format_as(PhoneNumberFormat::International).into_owned()
    }

    /// The country that it is in, by its ISO 3166 alpha-2 code. `None` where the number does not say: it is free of
    /// charge or has a price of its own, follows a person, or is of a satellite or of the whole world.
    pub fn country(&self) -> Option<String> {
        use PhoneNumberType::{FixedLine, FixedLineOrMobile, Mobile, UAN, VoIP};
        let has_place = matches!(self.number.get_type(), FixedLine | Mobile | FixedLineOrMobile | VoIP | UAN);
        let region = self.number.get_region_code().filter(|region| has_place && *region != Region::World)?;
        // Ascension and Tristan da Cunha have calling codes, and no ISO code of their own.
        let region = if matches!(region, Region::AC | Region::TA) { Region::SH } else { region };
        Some(region.to_string())
    }

    /// What of it says which country it is in: `+49`; with the area code, `+1 416`, where the calling code alone would
    /// say another country.
    pub fn prefix(&self) -> String {
        let calling_code = format!("+{}", self.number.country_code);
        let first = PLANS.get_region_for_country_code(self.number.country_code);
        if first.is_some() && first == self.number.get_region_code() {
            return calling_code;
        }
        let national = self.number.get_national_significant_number();
        let area: String = national.chars().take(self.area_digits()).collect();
        [calling_code, area].join(" ").trim_end().to_owned()
    }

    /// How many digits of the number are its area code, or what stands for one.
    fn area_digits(&self) -> usize {
        match self.number.get_length_of_geographical_area_code() {
            0 => self.number.get_length_of_national_destination_code(),
            digits => digits,
        }
    }
}

/// `text` as it is written for callers from abroad; as it stands where it cannot be read.
pub fn shown(text: &str, country: Option<&str>) -> String {
    Phone::parse(text, country).map_or_else(|_| text.to_owned(), |phone| phone.international())
}

/// The number that `text` is, if it is one.
fn read(text: &str, region: Option<Region>) -> Result<Phone, BadPhone> {
    let number = PLANS.parse(text, region).map_err(|why| match why {
        ParseError::NotANumber(_) => BadPhone::NoNumber,
        ParseError::InvalidCountryCode if text.contains(['+', '＋']) => BadPhone::NoCallingCode,
        ParseError::InvalidCountryCode => BadPhone::NeedsCountry,
        ParseError::TooShortAfterIdd | ParseError::TooShortNsn => BadPhone::TooShort,
        ParseError::TooLongNsn => BadPhone::TooLong,
    });
    // Letters stand for the digits on their keys; a word after the number, "home", would become a part of it.
    let is_word = PLANS.is_alpha_number(text);
    let number = number.and_then(|number| if is_word { Err(BadPhone::Letters) } else { Ok(number) })?;
    match number.is_possible_with_reason() {
        Err(ValidationError::TooShort) | Ok(NumberLengthType::IsPossibleLocalOnly) => Err(BadPhone::TooShort),
        Err(ValidationError::TooLong) => Err(BadPhone::TooLong),
        Ok(NumberLengthType::IsPossible) if number.is_valid() => Ok(Phone { number }),
        _ => Err(BadPhone::NotValid { country: country_of_code(number.country_code) }),
    }
}

/// The country that a calling code is most often of, by its name; `+49` where none has one.
fn country_of_code(calling_code: i32) -> String {
    let region = PLANS.get_region_for_country_code(calling_code);
    let name = region.and_then(|region| known_countries().get(region.to_string().as_str()).copied());
    name.map_or_else(|| format!("+{calling_code}"), str::to_owned)
}

//! Where a recipient is, as far as what is known of them tells: the ending of their mail address, the beginning of their
//! phone number, and the clocks of a country that has the same everywhere.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use super::employer::{host, is_relay};
use super::phone::Phone;

/// Written by `countries.py` beside it.
const COUNTRIES: &str = include_str!("whereabouts/countries.txt");

/// Endings of countries that are sold to anybody, for the word or the sound that they are: whoever has one is most
/// likely elsewhere. (Those that `.tk` began were given away; the others are what registries and search engines treat
/// as generic.) `.eu`, `.su` and the like are of no country, and not in the list of countries either.
const SOLD_AS_WORDS: &str = "ac ad ag ai am as bz cc cd cf co cx dj fm ga gd gg gl gq gs im io la lc ly me ml mp ms nf nu \
    pn pw sc sh so sr st sx tc tf tk tl tm to tv vc vg vu ws";

/// Endings of countries in their own scripts, as people see them.
const IN_OWN_SCRIPT: &str = "рф RU срб RS укр UA бел BY бг BG мкд MK қаз KZ мон MN ελ GR 中国 CN 中國 CN 香港 HK 台灣 TW \
    台湾 TW 澳門 MO 한국 KR ไทย TH ລາວ LA გე GE հայ AM भारत IN ভারত IN ભારત IN ਭਾਰਤ IN இந்தியா IN భారత్ IN ಭಾರತ IN ഭാരതം IN \
    ଭାରତ IN বাংলা BD இலங்கை LK ලංකා LK சிங்கப்பூர் SG 新加坡 SG مصر EG امارات AE السعودية SA قطر QA عمان OM الاردن JO \
    المغرب MA تونس TN الجزائر DZ ایران IR عراق IQ پاکستان PK فلسطين PS سورية SY سودان SD اليمن YE مليسيا MY موريتانيا MR";

/// A country where somebody is likely to be, and what says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// ISO 3166 alpha-2.
    pub country: String,
    pub by: Evidence,
}

/// What a guess rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// The ending of a mail address under which names are registered: `de`, `co.uk`.
    MailDomain(String),
    /// How a phone number begins: `+49`, and with an area code where countries share the calling code: `+1 416`.
    Phone(String),
}

/// `from the mail address, .de`
impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Evidence::MailDomain(ending) => write!(f, "from the mail address, .{ending}"),
            Evidence::Phone(prefix) => write!(f, "from the phone number, {prefix}"),
        }
    }
}

/// The country that the first telling address is of; where none tells, the first telling phone number that is written
/// for callers from abroad.
pub fn guess_country<'a>(
    emails: impl Iterator<Item = &'a str>,
    phones: impl Iterator<Item = &'a str>,
) -> Option<Guess> {
    let mut by_mail = emails.filter_map(by_mail);
    let mut by_phone = phones.filter_map(by_phone);
    by_mail.next().or_else(|| by_phone.next())
}

/// The one time zone of `country` (ISO 3166 alpha-2), by its IANA name; `None` where it has several, or is not known.
pub fn zone_of_country(country: &str) -> Option<&'static str> {
    ZONES.get(country).copied().filter(|zone| *zone != "-")
}

/// The country whose one time zone is `zone`, by its IANA name; `None` where a country has others besides.
pub fn country_of_zone(zone: &str) -> Option<&'static str> {
    ZONES.iter().find(|(_, its)| **its == zone).map(|(code, _)| *code)
}

/// Whether `code` is a country's, as ISO 3166 has them.
pub fn is_country(code: &str) -> bool {
    ZONES.contains_key(code)
}

/// The zones of all countries by their codes, as they stand in the file.
static ZONES: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    COUNTRIES.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once("  ")).collect()
});

fn by_mail(email: &str) -> Option<Guess> {
    let host = host(email).filter(|host| !is_relay(host))?;
    let (_, last) = host.rsplit_once('.')?;
    let country = country_of_ending(last)?;
    // Where a house lets others have names below its own, that is no ending of the country.
    let suffix = psl::suffix(host.as_bytes()).filter(|suffix| suffix.typ() == Some(psl::Type::Icann));
    let ending = suffix.and_then(|_| psl::suffix_str(&host)).unwrap_or(last);
    Some(Guess { country, by: Evidence::MailDomain(shown(ending)) })
}

fn by_phone(text: &str) -> Option<Guess> {
    let phone = Phone::parse(text, None).ok()?;
    Some(Guess { country: phone.country()?, by: Evidence::Phone(phone.prefix()) })
}

/// The country of the last label of a domain, in ASCII and small letters.
fn country_of_ending(ending: &str) -> Option<String> {
    if SOLD_AS_WORDS.split_whitespace().any(|sold| sold == ending) {
        return None;
    }
    let code = match ending {
        "uk" => "GB".to_owned(),
        _ if ending.starts_with("xn--") => {
            let seen = shown(ending);
            let pairs: Vec<&str> = IN_OWN_SCRIPT.split_whitespace().collect();
            pairs.chunks_exact(2).find(|pair| pair[0] == seen)?[1].to_owned()
        }
        _ => ending.to_ascii_uppercase(),
    };
    is_country(&code).then_some(code)
}

/// A domain as people see it.
fn shown(domain: &str) -> String {
    idna::domain_to_unicode(domain).0
}

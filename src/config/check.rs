//! The check of all settings: what was written becomes what the program works with, or an error that names its place.

use std::collections::BTreeSet;
use std::iter;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::error::ConfigError;
use super::layers::Layers;
use super::settings::{NumberOrText, Settings};
use super::strategies::strategies;
use super::{Config, Log, LogFormat};
use crate::core::address::check_address;
use crate::core::application::{BadFact, check_line, check_zone};
use crate::core::calendar::{OfficeDays, OfficeHours};
use crate::core::etiquette::Etiquette;
use crate::core::holidays::{Calendars, Place, UnknownPlace};
use crate::core::letter::{Letters, Sender, Source};

/// The longest time that a setting may name.
const A_MONTH: SignedDuration = SignedDuration::from_hours(24 * 31);
/// The longest gap between two letters to one employer, in business days: a year.
const LONGEST_GAP: u32 = 250;
/// From when on, and how many, changes of a zone's clocks tell its rules from others: those of twenty years.
const RULES_FROM: Timestamp = Timestamp::constant(1_767_225_600, 0);
const RULES: usize = 40;

/// The merged layers under examination.
pub(super) struct Check<'a> {
    pub(super) layers: &'a Layers,
    /// The variables of the process.
    pub(super) environment: &'a [(String, String)],
}

impl Check<'_> {
    /// The settings, checked, with the templates in `letters`.
    pub(super) fn config(&self, letters: Vec<Source>) -> Result<Config, ConfigError> {
        let settings = &self.layers.settings;
        let Settings { me, etiquette, sending, calendar, ask, .. } = settings;
        self.fact("me.name", check_line("me.name", &me.name))?;
        self.fact("me.email", check_address("me.email", &me.email))?;
        if !me.phone.is_empty() {
            self.fact("me.phone", check_line("me.phone", &me.phone))?;
        }
        let zone = match me.timezone.as_str() {
            "" => TimeZone::try_system().unwrap_or(TimeZone::UTC),
            name => self.fact("me.timezone", check_zone("me.timezone", name))?,
        };
        let fingerprint = fingerprint(settings, &zone, &letters);
        let account = self.account()?;
        if ask.via != ["email"] {
            return Err(self.bad("ask.via", format!("{:?} will not do; it takes [\"email\"]", ask.via)));
        }
        let user = account.login.as_ref().map_or("", |login| &login.username);
        let sender = Sender {
            name: me.name.clone(),
            email: me.email.clone(),
            phone: Some(me.phone.clone()).filter(|phone| !phone.is_empty()),
            account: format!("{user}@{}:{}", account.host, account.port),
        };
        let strategies = strategies(self.layers)?;
        let Some(strategy) = strategies.get(&etiquette.profile).cloned() else {
            let names: Vec<String> = strategies.keys().map(|name| format!("{name:?}")).collect();
            return Err(self.choice("etiquette.profile", &etiquette.profile, &format!("one of {}", names.join(", "))));
        };
        let per_day = self.count("sending.per_day", sending.per_day, 0)?;
        let digest_at = self.digest_at(&ask.digest_at)?;
        let etiquette = Etiquette {
            sender,
            letters: Letters::new(letters)?,
            strategy,
            strategies,
            max_letters: self.count("etiquette.max_letters", etiquette.max_letters, 1)?,
            hours: OfficeHours { days: self.days(&sending.days)?, ..self.hours(&sending.hours)? },
            calendars: Calendars::new(self.country()?, self.holidays(&calendar.extra_holidays)?),
            zone,
            grace: self.duration("sending.grace", &sending.grace)?,
            per_day: Some(per_day).filter(|&most| most > 0),
            per_employer: self.business_days("sending.per_employer", &sending.per_employer)?,
            // With a digest, that is the reminder.
            remind: Some(self.duration("ask.remind", &ask.remind)?).filter(|_| digest_at.is_none()),
        };
        let (copy, log, unused) = (self.copy()?, self.log()?, self.unused());
        Ok(Config { etiquette, account, digest_at, copy, log, unused, fingerprint })
    }

    /// What is wrong with `key`, at its place.
    pub(super) fn bad(&self, key: &str, why: impl Into<String>) -> ConfigError {
        ConfigError::Value { place: self.layers.place(key).clone(), key: key.to_owned(), why: why.into() }
    }

    pub(super) fn choice(&self, key: &str, found: &str, wanted: &str) -> ConfigError {
        self.bad(key, format!("{found:?} will not do; it takes {wanted}"))
    }

    /// What a check of a fact gave, with the place of `key` where it is an error.
    pub(super) fn fact<T>(&self, key: &str, checked: Result<T, BadFact>) -> Result<T, ConfigError> {
        checked.map_err(|fact| self.bad(key, fact.why))
    }

    fn log(&self) -> Result<Log, ConfigError> {
        let log = &self.layers.settings.log;
        let level = match log.level.as_str() {
            level @ ("error" | "warn" | "info" | "debug" | "trace") => level.to_owned(),
            other => return Err(self.choice("log.level", other, "error, warn, info, debug or trace")),
        };
        let format = match log.format.as_str() {
            "auto" => LogFormat::Auto,
            "text" => LogFormat::Text,
            "json" => LogFormat::Json,
            "journald" => LogFormat::Journald,
            other => return Err(self.choice("log.format", other, "\"auto\", \"text\", \"json\" or \"journald\"")),
        };
        Ok(Log { level, format })
    }

    /// What is set and has no effect, with its place.
    fn unused(&self) -> Vec<String> {
        let Settings { calendar, ask, .. } = &self.layers.settings;
        let mut unused = Vec::new();
        let mut note = |key: &str, why: &str| unused.push(format!("{key} ({}): {why}", self.layers.place(key)));
        if let Err(UnknownPlace::Country { code, .. }) = Place::find(&calendar.country) {
            note(
                "calendar.country",
                &format!("no public holidays are known of {code}; only those in calendar.extra_holidays count"),
            );
        }
        if !ask.digest_at.is_empty() && ask.remind != "24h" {
            note("ask.remind", "the daily digest is the reminder; this counts where ask.digest_at is \"\"");
        }
        unused
    }

    /// When the daily digest goes; `None` where it is turned off.
    fn digest_at(&self, text: &str) -> Result<Option<Time>, ConfigError> {
        let time =
            |minutes: u16| Time::new((minutes / 60).try_into().ok()?, (minutes % 60).try_into().ok()?, 0, 0).ok();
        match minutes(text).and_then(time) {
            _ if text.is_empty() => Ok(None),
            // The end of the day is none of its times.
            None => Err(self.choice("ask.digest_at", text, "a time of day such as \"08:30\", or \"\" for none")),
            time => Ok(time),
        }
    }

    fn hours(&self, text: &str) -> Result<OfficeHours, ConfigError> {
        let parsed = text.split_once('-').and_then(|(from, to)| Some((minutes(from.trim())?, minutes(to.trim())?)));
        match parsed.filter(|(from, to)| from < to) {
            Some((from, to)) => Ok(OfficeHours { from, to, days: OfficeDays::BusinessDays }),
            None => Err(self.choice("sending.hours", text, "two times of day such as \"09:00-17:00\"")),
        }
    }

    fn days(&self, text: &str) -> Result<OfficeDays, ConfigError> {
        match text {
            "mon-fri" => Ok(OfficeDays::BusinessDays),
            "all" => Ok(OfficeDays::All),
            other => Err(self.choice("sending.days", other, "\"mon-fri\" or \"all\"")),
        }
    }

    /// Where recipients are of whom no country is known.
    fn country(&self) -> Result<Option<Place>, ConfigError> {
        let (key, text) = ("calendar.country", &self.layers.settings.calendar.country);
        let wanted = || self.choice(key, text, "two capital letters such as \"DE\", or \"DE-BY\" with a region");
        if text.is_empty() {
            return Ok(None);
        }
        match Place::find(text) {
            _ if text.bytes().any(|byte| byte.is_ascii_lowercase()) => Err(wanted()),
            Ok(place) => Ok(Some(place)),
            Err(UnknownPlace::NotACode { .. }) => Err(wanted()),
            Err(unknown @ UnknownPlace::Region { .. }) => Err(self.bad(key, unknown.to_string())),
            // It is said beside the settings without effect.
            Err(UnknownPlace::Country { .. }) => Ok(None),
        }
    }

    fn holidays(&self, dates: &[String]) -> Result<BTreeSet<Date>, ConfigError> {
        let key = "calendar.extra_holidays";
        let date = |text: &String| {
            // A time of day behind it would be read, and dropped.
            let date = text.parse::<Date>().ok().filter(|date| date.to_string() == *text);
            date.ok_or_else(|| self.choice(key, text, "dates such as \"2026-12-24\""))
        };
        dates.iter().map(date).collect()
    }

    fn duration(&self, key: &str, text: &str) -> Result<SignedDuration, ConfigError> {
        let parsed = text.parse::<SignedDuration>().ok();
        let sensible = parsed.filter(|duration| !duration.is_negative() && *duration <= A_MONTH);
        sensible.ok_or_else(|| self.choice(key, text, "a time such as \"30s\", \"10m\" or \"24h\", a month at most"))
    }

    fn count(&self, key: &str, number: i64, least: u32) -> Result<u32, ConfigError> {
        let sensible = u32::try_from(number).ok().filter(|&number| number >= least);
        sensible.ok_or_else(|| self.bad(key, format!("{number} will not do; it takes a whole number from {least} on")))
    }

    fn business_days(&self, key: &str, setting: &NumberOrText) -> Result<u32, ConfigError> {
        let (parsed, written) = match setting {
            NumberOrText::Number(0) => (Some(0), String::new()),
            NumberOrText::Number(number) => (None, number.to_string()),
            NumberOrText::Text(text) => {
                let number = match text.trim() {
                    "0" => Some("0"),
                    text => text.strip_suffix("business days").or_else(|| text.strip_suffix("business day")),
                };
                let days = number.and_then(|number| number.trim().parse().ok()).filter(|&days| days <= LONGEST_GAP);
                (days, format!("{text:?}"))
            }
        };
        let wanted = "it takes 0, or a text such as \"5 business days\", 250 at most";
        parsed.ok_or_else(|| self.bad(key, format!("{written} will not do; {wanted}")))
    }
}

/// A time of day such as `09:00`, in minutes after midnight; `24:00` is the end of the day.
fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |text: &str| {
        let is_number = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u16>().ok().filter(|_| is_number)
    };
    let (hours, minutes) = (number(hours)?, number(minutes).filter(|_| minutes.len() == 2)?);
    (hours < 24 && minutes < 60 || (hours, minutes) == (24, 0)).then_some(hours * 60 + minutes)
}

fn fingerprint(settings: &Settings, zone: &TimeZone, letters: &[Source]) -> String {
    // How much is logged changes nothing of what is planned. The `Debug` of a secret is a fixed word, so that none
    // enters.
    let Settings { me, smtp, etiquette, sending, calendar, ask, strategy, log: _ } = settings;
    let settings = (me, smtp, etiquette, sending, calendar, ask, strategy);
    // Of a zone `Debug` shows the name only; when its clocks change, governments decide anew.
    let changes = zone.following(RULES_FROM).take(RULES).map(|it| (it.timestamp(), it.offset()));
    let rules: Vec<_> = iter::once((RULES_FROM, zone.to_offset(RULES_FROM))).chain(changes).collect();
    let hash = Sha256::digest(format!("{} {settings:?} {zone:?} {rules:?} {letters:?}", env!("CARGO_PKG_VERSION")));
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

//! The settings: read in layers through the `config` crate, then checked, here and nowhere else.

mod places;
mod settings;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::core::application::{check_address, check_line, check_zone};
use crate::core::calendar::{Calendar, OfficeDays, OfficeHours};
use crate::core::etiquette::{Etiquette, Strategy};
use crate::core::letter::{Letters, Sender, Source, TEMPLATES, TemplateError};

pub use places::Places;
pub use settings::{DEFAULTS, NumberOrText, Settings};

/// All settings, checked.
#[derive(Debug)]
pub struct Config {
    pub etiquette: Etiquette,
    pub account: Account,
    /// Each letter goes to the person too.
    pub copy: bool,
    pub log: Log,
    /// Changes whenever a setting or a template does; secrets do not enter it.
    pub fingerprint: String,
}

impl Config {
    /// Whether both say the same, the password included, which enters no fingerprint.
    pub fn is_same(&self, other: &Config) -> bool {
        let password =
            |config: &Config| config.account.login.as_ref().map(|login| login.password.expose_secret().to_owned());
        self.fingerprint == other.fingerprint && password(self) == password(other)
    }
}

/// The mail account for sending.
#[derive(Debug, Clone)]
pub struct Account {
    pub host: String,
    pub port: u16,
    pub encryption: Encryption,
    pub login: Option<Login>,
}

/// How the line to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    Implicit,
    /// Only to this machine itself.
    None,
}

/// Who logs in to the mail account.
#[derive(Debug, Clone)]
pub struct Login {
    pub username: String,
    pub password: SecretString,
    pub auth: Auth,
}

/// How the login is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// The strongest that the server offers.
    Auto,
    Plain,
    Login,
}

/// What the daemon says of its work, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    pub level: String,
    pub json: bool,
}

/// Settings that cannot be used. None of these ever quotes a secret.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("there are no settings yet: {} does not exist", .0.display())]
    Missing(PathBuf),
    #[error("there is no home directory: $HOME is not set")]
    NoHome,
    #[error("{}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{}, line {line}: {why}", path.display())]
    Syntax { path: PathBuf, line: usize, why: String },
    #[error("{} holds a password, and others can read it", .0.display())]
    ReadableByOthers(PathBuf),
    #[error("settings: {0}")]
    Value(String),
    #[error("letters: {0}")]
    Template(#[from] TemplateError),
}

impl ConfigError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            ConfigError::Missing(_) => "run `followup init`".to_owned(),
            ConfigError::NoHome => "name a folder with --home DIR".to_owned(),
            ConfigError::ReadableByOthers(path) => format!("run `chmod 600 {}`", path.display()),
            ConfigError::Unreadable { .. } => "make the file readable for yourself".to_owned(),
            ConfigError::Syntax { path, .. } => format!("correct {}", path.display()),
            ConfigError::Value(_) => "correct followup.toml, or the environment variable of that key".to_owned(),
            ConfigError::Template(_) => "correct the template, or remove it to use the built-in one".to_owned(),
        }
    }
}

/// Reads and checks the settings of `places`; `environment` are the variables of the process.
///
/// Errors if the home has no settings, or with the first thing in them that cannot be used.
pub fn load(places: &Places, environment: &[(String, String)]) -> Result<Config, ConfigError> {
    if !places.settings.exists() {
        return Err(ConfigError::Missing(places.settings.clone()));
    }
    let settings = settings::read(places, environment)?;
    check(&settings, read_letters(&places.letters)?)
}

/// Checks settings in `text` alone, over the defaults, with the built-in letters: what `init` is about to
/// write, and the sandbox.
pub fn from_text(text: &str) -> Result<Config, ConfigError> {
    check(&settings::parse(text)?, Letters::built_in())
}

/// The templates: the person's own where there is one of the name, else the built-in one.
fn read_letters(folder: &Path) -> Result<Vec<Source>, ConfigError> {
    let own = |built_in: Source| {
        let path = folder.join(format!("{}.txt", built_in.name));
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Source { origin: path.display().to_string(), text, ..built_in }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(built_in),
            Err(source) => Err(ConfigError::Unreadable { path, source }),
        }
    };
    debug_assert_eq!(Letters::built_in().len(), TEMPLATES.len());
    Letters::built_in().into_iter().map(own).collect()
}

/// Checks `settings` and the templates in `letters`.
pub fn check(settings: &Settings, letters: Vec<Source>) -> Result<Config, ConfigError> {
    let Settings { me, smtp, etiquette, sending, calendar, ask, log } = settings;
    check_line("me.name", &me.name).map_err(value)?;
    check_address("me.email", &me.email).map_err(value)?;
    if !me.phone.is_empty() {
        check_line("me.phone", &me.phone).map_err(value)?;
    }
    let zone = match me.timezone.as_str() {
        "" => TimeZone::try_system().unwrap_or(TimeZone::UTC),
        name => check_zone("me.timezone", name).map_err(value)?,
    };
    let fingerprint = fingerprint(settings, &zone, &letters);
    let account = account(smtp)?;
    if ask.via != ["email"] {
        return Err(choice("ask.via", &ask.via.join(", "), "\"email\""));
    }
    let user = account.login.as_ref().map_or("", |login| &login.username);
    let sender = Sender {
        name: me.name.clone(),
        email: me.email.clone(),
        phone: Some(me.phone.clone()).filter(|phone| !phone.is_empty()),
        account: format!("{user}@{}:{}", account.host, account.port),
    };
    Ok(Config {
        etiquette: Etiquette {
            sender,
            letters: Letters::new(letters)?,
            strategy: match etiquette.profile.as_str() {
                "patient" => Strategy::patient(),
                "prompt" => Strategy::prompt(),
                other => return Err(choice("etiquette.profile", other, "\"patient\" or \"prompt\"")),
            },
            hours: OfficeHours { days: days(&sending.days)?, ..hours(&sending.hours)? },
            calendar: Calendar { holidays: holidays(&calendar.extra_holidays)? },
            zone,
            grace: duration("sending.grace", &sending.grace)?,
            per_day: Some(sending.per_day).filter(|&most| most > 0),
            per_employer: business_days("sending.per_employer", &sending.per_employer)?,
            remind: duration("ask.remind", &ask.remind)?,
        },
        copy: match smtp.copy.as_str() {
            "bcc" => true,
            "none" => false,
            other => return Err(choice("smtp.copy", other, "\"bcc\" or \"none\"")),
        },
        account,
        log: Log {
            level: match log.level.as_str() {
                level @ ("error" | "warn" | "info" | "debug" | "trace") => level.to_owned(),
                other => return Err(choice("log.level", other, "error, warn, info, debug or trace")),
            },
            json: match log.format.as_str() {
                "auto" | "text" => false,
                "json" => true,
                other => return Err(choice("log.format", other, "\"auto\", \"text\" or \"json\"")),
            },
        },
        fingerprint,
    })
}

fn account(smtp: &settings::Smtp) -> Result<Account, ConfigError> {
    if smtp.host.trim().is_empty() {
        return Err(ConfigError::Value("smtp.host is empty: name your provider's mail server".to_owned()));
    }
    check_line("smtp.host", &smtp.host).map_err(value)?;
    let encryption = match smtp.tls.as_str() {
        "implicit" => Encryption::Implicit,
        "none" => Encryption::None,
        other => return Err(choice("smtp.tls", other, "\"implicit\" or \"none\"")),
    };
    let auth = match smtp.auth.as_str() {
        "auto" => Auth::Auto,
        "plain" => Auth::Plain,
        "login" => Auth::Login,
        other => return Err(choice("smtp.auth", other, "\"auto\", \"plain\" or \"login\"")),
    };
    let login = match smtp.username.as_str() {
        "" => None,
        username => {
            check_line("smtp.username", username).map_err(value)?;
            Some(Login { username: username.to_owned(), password: password(smtp)?, auth })
        }
    };
    Ok(Account { host: smtp.host.clone(), port: smtp.port, encryption, login })
}

fn password(smtp: &settings::Smtp) -> Result<SecretString, ConfigError> {
    let written = !smtp.password.expose_secret().is_empty();
    match (written, smtp.password_file.as_str()) {
        (true, "") => Ok(smtp.password.clone()),
        (false, "") => {
            Err(ConfigError::Value("smtp.username is set, but neither smtp.password nor smtp.password_file".to_owned()))
        }
        (true, _) => Err(ConfigError::Value("smtp.password and smtp.password_file are both set; keep one".to_owned())),
        (false, file) => {
            let path = Path::new(file);
            if !path.is_absolute() {
                let why =
                    format!("smtp.password_file: {file:?} must begin with /, so that it is found from everywhere");
                return Err(ConfigError::Value(why));
            }
            settings::refuse_if_others_can_read(path)?;
            let text = std::fs::read_to_string(path)
                .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
            // One line end belongs to the file, not to the password.
            let text = text.strip_suffix('\n').unwrap_or(&text);
            match text.strip_suffix('\r').unwrap_or(text) {
                "" => {
                    Err(ConfigError::Value(format!("smtp.password_file: {file} is empty; write the password into it")))
                }
                password => Ok(password.into()),
            }
        }
    }
}

fn hours(text: &str) -> Result<OfficeHours, ConfigError> {
    let minutes = |text: &str| -> Option<u16> {
        let (hours, minutes) = text.trim().split_once(':')?;
        let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
        (hours < 24 && minutes < 60 || (hours, minutes) == (24, 0)).then_some(hours * 60 + minutes)
    };
    let parsed = text.split_once('-').and_then(|(from, to)| Some((minutes(from)?, minutes(to)?)));
    match parsed.filter(|(from, to)| from < to) {
        Some((from, to)) => Ok(OfficeHours { from, to, days: OfficeDays::BusinessDays }),
        None => Err(choice("sending.hours", text, "two times of day such as \"09:00-17:00\"")),
    }
}

fn days(text: &str) -> Result<OfficeDays, ConfigError> {
    match text {
        "mon-fri" => Ok(OfficeDays::BusinessDays),
        "all" => Ok(OfficeDays::All),
        other => Err(choice("sending.days", other, "\"mon-fri\" or \"all\"")),
    }
}

fn holidays(dates: &[String]) -> Result<BTreeSet<jiff::civil::Date>, ConfigError> {
    let date = |text: &String| {
        text.parse().map_err(|_| choice("calendar.extra_holidays", text, "dates such as \"2026-12-24\""))
    };
    dates.iter().map(date).collect()
}

fn duration(key: &'static str, text: &str) -> Result<SignedDuration, ConfigError> {
    let parsed = text.parse::<SignedDuration>().ok();
    let sensible = parsed.filter(|d| !d.is_negative() && *d <= SignedDuration::from_hours(24 * 31));
    sensible.ok_or_else(|| choice(key, text, "a time such as \"30s\", \"10m\" or \"24h\", a month at most"))
}

fn business_days(key: &'static str, setting: &NumberOrText) -> Result<u32, ConfigError> {
    let parsed = match setting {
        NumberOrText::Number(0) => Some(0),
        NumberOrText::Number(_) => None,
        NumberOrText::Text(text) if text.trim() == "0" => Some(0),
        NumberOrText::Text(text) => {
            let number = text.trim().strip_suffix("business days").or_else(|| text.trim().strip_suffix("business day"));
            number.and_then(|number| number.trim().parse().ok()).filter(|&days| days <= 250)
        }
    };
    let written = match setting {
        NumberOrText::Number(number) => number.to_string(),
        NumberOrText::Text(text) => text.clone(),
    };
    parsed.ok_or_else(|| choice(key, &written, "0, or a text such as \"5 business days\""))
}

fn value(bad: crate::core::application::BadFact) -> ConfigError {
    ConfigError::Value(bad.to_string())
}

fn choice(key: &str, found: &str, wanted: &str) -> ConfigError {
    ConfigError::Value(format!("{key}: {found:?} will not do; it takes {wanted}"))
}

fn fingerprint(settings: &Settings, zone: &TimeZone, letters: &[Source]) -> String {
    // The `Debug` of a secret is a fixed word, so that none enters.
    let hash = Sha256::digest(format!("{} {settings:?} {zone:?} {letters:?}", env!("CARGO_PKG_VERSION")));
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

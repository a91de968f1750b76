//! The settings as they are written, before any check: one struct a section, one field a key.

use std::path::Path;

use config::{Environment, File, FileFormat};
use secrecy::SecretString;
use serde::Deserialize;

use super::ConfigError;
use super::places::Places;

/// The defaults, every key of them.
pub const DEFAULTS: &str = include_str!("../../config/followup.toml");

/// All sections.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub me: Me,
    pub smtp: Smtp,
    pub etiquette: Etiquette,
    pub sending: Sending,
    pub calendar: Calendar,
    pub ask: Ask,
    pub log: Log,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Me {
    pub name: String,
    pub email: String,
    pub phone: String,
    pub timezone: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub tls: String,
    pub username: String,
    pub auth: String,
    pub password: SecretString,
    pub password_file: String,
    pub copy: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Etiquette {
    pub profile: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sending {
    pub hours: String,
    pub days: String,
    pub grace: String,
    pub per_day: u32,
    pub per_employer: NumberOrText,
}

/// `0`, or words such as `5 business days`.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum NumberOrText {
    Number(u32),
    Text(String),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    pub extra_holidays: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    pub via: Vec<String>,
    pub remind: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub level: String,
    pub format: String,
}

/// Reads the layers, later ones win: defaults, the machine's file, the home's file, and the environment
/// (`FOLLOWUP__SMTP__HOST`).
///
/// Errors with file, line and key where a layer cannot be used.
pub(super) fn read(places: &Places, environment: &[(String, String)]) -> Result<Settings, ConfigError> {
    let mut layers = config::Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
    for path in places.machine_settings.iter().chain([&places.settings]) {
        if let Some(text) = read_file(path)? {
            layers = layers.add_source(File::from_str(&text, FileFormat::Toml));
        }
    }
    let variables = environment.iter().filter(|(name, _)| name.starts_with("FOLLOWUP__")).cloned().collect();
    // `try_parsing` stays off: it would make the number 12345 of the password "012345".
    let variables = Environment::with_prefix("FOLLOWUP").prefix_separator("__").separator("__").source(Some(variables));
    let settings = layers.add_source(variables).build().and_then(config::Config::try_deserialize);
    settings.map_err(|error| ConfigError::Value(without_values(&error)))
}

/// The settings in `text`, over the defaults.
pub(super) fn parse(text: &str) -> Result<Settings, ConfigError> {
    let layers = config::Config::builder()
        .add_source(File::from_str(DEFAULTS, FileFormat::Toml))
        .add_source(File::from_str(text, FileFormat::Toml));
    let settings = layers.build().and_then(config::Config::try_deserialize);
    settings.map_err(|error| ConfigError::Value(without_values(&error)))
}

/// The text of one settings file, checked by itself so that an error names its line; `None` if there is none.
fn read_file(path: &Path) -> Result<Option<String>, ConfigError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(ConfigError::Unreadable { path: path.to_owned(), source }),
    };
    let wrong = |line, why| ConfigError::Syntax { path: path.to_owned(), line, why };
    let table: toml::Table =
        toml::from_str(&text).map_err(|error| wrong(line_of(&text, error.span()), error.message().to_owned()))?;
    let known: toml::Table = toml::from_str(DEFAULTS).unwrap_or_default();
    for (section, keys) in &table {
        let Some(known_keys) = known.get(section).and_then(toml::Value::as_table) else {
            let why = unknown("section", section, known.keys());
            return Err(wrong(find_line(&text, None, section), why));
        };
        let Some(keys) = keys.as_table() else {
            return Err(wrong(find_line(&text, None, section), format!("[{section}] is a section, not a value")));
        };
        if let Some(key) = keys.keys().find(|key| !known_keys.contains_key(*key)) {
            let why = unknown("key", &format!("{section}.{key}"), known_keys.keys());
            return Err(wrong(find_line(&text, Some(section), key), why));
        }
    }
    let holds_secret = table.get("smtp").and_then(|smtp| smtp.get("password")).and_then(toml::Value::as_str);
    if holds_secret.is_some_and(|password| !password.is_empty()) {
        refuse_if_others_can_read(path)?;
    }
    Ok(Some(text))
}

/// Refuses a file with a secret that is readable by anyone but its owner, the way ssh does.
pub(super) fn refuse_if_others_can_read(path: &Path) -> Result<(), ConfigError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata =
        std::fs::metadata(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    match metadata.permissions().mode() & 0o077 {
        0 => Ok(()),
        _ => Err(ConfigError::ReadableByOthers(path.to_owned())),
    }
}

fn unknown<'a>(kind: &str, name: &str, known: impl Iterator<Item = &'a String>) -> String {
    let last = name.rsplit('.').next().unwrap_or(name);
    let nearest = known.max_by(|a, b| strsim::jaro_winkler(a, last).total_cmp(&strsim::jaro_winkler(b, last)));
    match nearest.filter(|nearest| strsim::jaro_winkler(nearest, last) > 0.7) {
        Some(nearest) => format!("there is no {kind} `{name}`; did you mean `{nearest}`?"),
        None => format!("there is no {kind} `{name}`"),
    }
}

fn line_of(text: &str, span: Option<std::ops::Range<usize>>) -> usize {
    span.map_or(1, |span| text.get(..span.start).unwrap_or(text).matches('\n').count() + 1)
}

/// The line on which `key` stands, in `[section]` if one is named; 1 if it is written in some other way.
fn find_line(text: &str, section: Option<&str>, key: &str) -> usize {
    let mut inside = section.is_none();
    for (line, number) in text.lines().map(str::trim).zip(1..) {
        if let Some(header) = line.strip_prefix('[') {
            inside = section.is_none_or(|section| header.starts_with(&format!("{section}]")));
        }
        let name = line.trim_start_matches('[').split(['=', ']', '.']).next().unwrap_or_default().trim();
        if inside && name == key {
            return number;
        }
    }
    1
}

/// What `error` says, without the values it quotes: one of them could be a secret.
fn without_values(error: &config::ConfigError) -> String {
    match error {
        config::ConfigError::Type { key: Some(key), expected, .. } => format!("{key} must be {expected}"),
        config::ConfigError::At { key: Some(key), error, .. } => match error.as_ref() {
            config::ConfigError::Type { expected, .. } => format!("{key} must be {expected}"),
            _ => format!("{key} cannot be used"),
        },
        config::ConfigError::NotFound(key) => format!("{key} is missing"),
        config::ConfigError::Message(text) if text.starts_with("unknown field") => text.clone(),
        _ => "a value has the wrong type; compare with config/followup.toml".to_owned(),
    }
}

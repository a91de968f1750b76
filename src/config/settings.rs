//! The settings as they are written, before any check: one struct a section, one field a key.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::Deserialize;

/// The defaults, every key of them.
pub const DEFAULTS: &str = include_str!("../../config/followup.toml");

/// All sections.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    pub(super) me: Me,
    pub(super) smtp: Smtp,
    pub(super) etiquette: Etiquette,
    pub(super) sending: Sending,
    pub(super) calendar: Calendar,
    pub(super) ask: Ask,
    pub(super) log: Log,
    /// The person's own strategies; the only section without a default.
    #[serde(default)]
    pub(super) strategy: BTreeMap<String, Vec<Step>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Me {
    pub(super) name: String,
    pub(super) email: String,
    pub(super) phone: String,
    pub(super) timezone: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Smtp {
    pub(super) host: String,
    pub(super) port: i64,
    pub(super) tls: String,
    pub(super) ca_file: String,
    pub(super) username: String,
    pub(super) auth: String,
    pub(super) password: SecretString,
    pub(super) password_file: String,
    pub(super) password_command: Vec<String>,
    pub(super) copy: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Etiquette {
    pub(super) profile: String,
    pub(super) max_letters: i64,
}

/// One step of a strategy of the person's own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    pub(super) rule: String,
    pub(super) opens: String,
    pub(super) closes: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sending {
    pub(super) hours: String,
    pub(super) days: String,
    pub(super) grace: String,
    pub(super) per_day: i64,
    pub(super) per_employer: NumberOrText,
}

/// `0`, or words such as `5 business days`.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum NumberOrText {
    Number(i64),
    Text(String),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Calendar {
    pub(super) country: String,
    pub(super) extra_holidays: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ask {
    pub(super) via: Vec<String>,
    pub(super) remind: String,
    pub(super) digest_at: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Log {
    pub(super) level: String,
    pub(super) format: String,
}

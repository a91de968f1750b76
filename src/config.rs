//! The settings: read in layers through the `config` crate, then checked, here and nowhere else.

mod account;
mod check;
mod describe;
mod document;
mod error;
mod known;
mod layers;
mod place;
mod places;
mod settings;
mod strategies;

use std::path::Path;

use jiff::civil::Time;
use rustls::pki_types::CertificateDer;

use crate::core::etiquette::Etiquette;
use crate::core::letter::{Letters, Source, TEMPLATES};
use check::Check;
use layers::Layers;

pub use crate::core::delivery::Password;
pub use describe::{Setting, describe};
pub use error::ConfigError;
pub use place::{Origin, Place};
pub use places::Places;
pub use settings::DEFAULTS;

/// All settings, checked.
#[derive(Debug)]
pub struct Config {
    pub etiquette: Etiquette,
    pub account: Account,
    /// When the daily digest goes, by the clock on the person's wall; `None` where there is none.
    pub digest_at: Option<Time>,
    /// Each letter goes to the person too.
    pub copy: bool,
    pub log: Log,
    /// Settings that are set and have no effect yet, a sentence each.
    pub unused: Vec<String>,
    /// Changes whenever a setting or a template does; secrets do not enter it.
    pub fingerprint: String,
}

impl Config {
    /// Whether both say the same, password and certificates included, which enter no fingerprint.
    pub fn is_same(&self, other: &Config) -> bool {
        let same_password = match (&self.account.login, &other.account.login) {
            (Some(one), Some(other)) => one.password.is_same(&other.password),
            (one, other) => one.is_none() && other.is_none(),
        };
        let same_authorities = self.account.authorities == other.account.authorities;
        self.fingerprint == other.fingerprint && same_password && same_authorities
    }
}

/// The mail account for sending.
#[derive(Debug, Clone)]
pub struct Account {
    pub host: String,
    pub port: u16,
    pub encryption: Encryption,
    /// The certificates in `smtp.ca_file`, trusted besides those that the machine trusts.
    pub authorities: Vec<CertificateDer<'static>>,
    pub login: Option<Login>,
}

/// How the line to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    Implicit,
    StartTls,
    /// Only to this machine itself.
    None,
}

/// Who logs in to the mail account.
#[derive(Debug, Clone)]
pub struct Login {
    pub username: String,
    pub password: Password,
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
    pub format: LogFormat,
}

/// The shape of the log, and where it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// To the journal, where systemd connected standard error to it; else as text.
    Auto,
    Text,
    Json,
    Journald,
}

/// As [`load_with`], where the command line sets nothing.
pub fn load(places: &Places, environment: &[(String, String)]) -> Result<Config, ConfigError> {
    load_with(places, environment, &[])
}

/// Reads and checks the settings of `places`; `environment` are the variables of the process, and `command_line` what
/// was set there, each as a key with its value: `("log.level", "debug")`. No program is run for it.
///
/// Errors if the home has no settings, or with the first thing in them that cannot be used.
pub fn load_with(
    places: &Places,
    environment: &[(String, String)],
    command_line: &[(&str, &str)],
) -> Result<Config, ConfigError> {
    let layers = Layers::read(places, environment, command_line)?;
    Check { layers: &layers, environment }.config(read_letters(&places.letters)?)
}

/// Checks settings in `text` alone, over the defaults, with the built-in letters: what `init` is about to
/// write, and the sandbox.
pub fn from_text(text: &str) -> Result<Config, ConfigError> {
    let layers = Layers::parse(text)?;
    Check { layers: &layers, environment: &[] }.config(Letters::built_in())
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

//! Where a home's files are.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::ConfigError;

/// The files of one home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// Settings for all users of the machine; read before the home's own.
    pub machine_settings: Option<PathBuf>,
    pub settings: PathBuf,
    pub database: PathBuf,
    /// Held by the one process that may send; says how it fares.
    pub lock: PathBuf,
    /// The person's own letter templates.
    pub letters: PathBuf,
    /// What names the machine, so that a database that was copied to another one is noticed; read by whoever sends.
    pub machine: Option<PathBuf>,
}

impl Places {
    /// Everything in one folder, and nothing of the machine: what the sandbox uses.
    pub fn sealed(home: &Path) -> Self {
        Self {
            machine_settings: None,
            settings: home.join("followup.toml"),
            database: home.join("followup.db"),
            lock: home.join("followup.lock"),
            letters: home.join("letters"),
            machine: None,
        }
    }

    /// Everything in one folder.
    pub fn in_home(home: &Path) -> Self {
        Self {
            machine_settings: Some(PathBuf::from("/etc/followup/followup.toml")),
            // machine-id(5)
            machine: Some(PathBuf::from("/etc/machine-id")),
            ..Self::sealed(home)
        }
    }

    /// The home that is meant: `given` (`--home`), else `$FOLLOWUP_HOME`, else `/var/lib/followup/$USER` if
    /// it exists, else the XDG base directories. `variable` looks up one environment variable.
    ///
    /// Errors if there is no home directory to derive them from.
    pub fn find(given: Option<&Path>, variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, ConfigError> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        if let Some(home) = given.map(Path::to_owned).or_else(|| set("FOLLOWUP_HOME")) {
            return Ok(Self::in_home(&home));
        }
        if let Some(user) = set("USER") {
            let home = Path::new("/var/lib/followup").join(user);
            if home.is_dir() {
                return Ok(Self::in_home(&home));
            }
        }
        let base = |name: &str, fallback: &str| {
            set(name).or_else(|| set("HOME").map(|home| home.join(fallback))).map(|base| base.join("followup"))
        };
        match (base("XDG_CONFIG_HOME", ".config"), base("XDG_DATA_HOME", ".local/share")) {
            (Some(settings), Some(data)) => Ok(Self {
                settings: settings.join("followup.toml"),
                letters: settings.join("letters"),
                ..Self::in_home(&data)
            }),
            _ => Err(ConfigError::NoHome),
        }
    }
}

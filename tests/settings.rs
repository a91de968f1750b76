//! The settings: their layers, their defaults, and what is said of each mistake in them.

mod support;

// The paths are spelled out so that these files do not become tests of their own.
#[path = "settings/defaults.rs"]
mod defaults;
#[path = "settings/files.rs"]
mod files;
#[path = "settings/layers.rs"]
mod layers;
#[path = "settings/mistakes.rs"]
mod mistakes;
#[path = "settings/passwords.rs"]
mod passwords;
#[path = "settings/strategies.rs"]
mod strategies;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use followup::config::{Config, ConfigError, Origin, Places, Setting, describe, load_with};
use tempfile::TempDir;

/// What must be there; the table of mistakes counts lines after it.
const NEEDED: &str =
    "[me]\nname = 'Ada Byron'\nemail = 'ada@me.example'\ntimezone = 'UTC'\n[smtp]\nhost = 'localhost'\n";
/// Must never be seen in an error or a list.
const SECRET: &str = "hunter2secret";

/// A home with a machine's settings beside it, an environment and a command line.
#[derive(Debug)]
struct Rig {
    folder: TempDir,
    places: Places,
    environment: Vec<(String, String)>,
    command_line: Vec<(String, String)>,
}

impl Rig {
    /// A home whose file says what is needed, and then `more`.
    fn with(more: &str) -> Self {
        Self::of(&format!("{NEEDED}{more}"))
    }

    /// A home whose file says just this.
    fn of(text: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let mut places = Places::sealed(&folder.path().join("home"));
        places.machine_settings = Some(folder.path().join("etc.toml"));
        std::fs::create_dir(folder.path().join("home")).unwrap();
        let rig = Self { folder, places, environment: Vec::new(), command_line: Vec::new() };
        rig.write(&rig.home(), text);
        rig
    }

    fn home(&self) -> PathBuf {
        self.places.settings.clone()
    }

    fn machine(&self) -> PathBuf {
        self.places.machine_settings.clone().unwrap()
    }

    /// Writes a file that its owner alone can read; gives its path.
    fn write(&self, path: &Path, text: &str) -> PathBuf {
        std::fs::write(path, text).unwrap();
        std::fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
        path.to_owned()
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        self.write(&self.folder.path().join(name), text)
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    fn argument(mut self, key: &str, value: &str) -> Self {
        self.command_line.push((key.to_owned(), value.to_owned()));
        self
    }

    fn load(&self) -> Result<Config, ConfigError> {
        load_with(&self.places, &self.environment, &self.arguments())
    }

    fn describe(&self) -> Result<Vec<Setting>, ConfigError> {
        describe(&self.places, &self.environment, &self.arguments())
    }

    fn arguments(&self) -> Vec<(&str, &str)> {
        self.command_line.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
    }

    /// What is said when these settings are loaded, which must fail: the error, then the hint, with the folder left out.
    fn mistake(&self) -> String {
        let error = self.load().map(|config| config.fingerprint).expect_err("these settings pass");
        let said = format!("{error} | {}", error.hint());
        assert!(!format!("{said}{error:?}").contains(SECRET), "the secret is shown: {said}");
        said.replace(&format!("{}/", self.folder.path().display()), "")
    }

    /// The value and the origin of one setting.
    fn setting(&self, key: &str) -> (String, Origin) {
        let all = self.describe().unwrap();
        let found = all.into_iter().find(|setting| setting.key == key).unwrap_or_else(|| panic!("no {key}"));
        (found.value, found.origin)
    }
}

//! What every command works with: the places, the settings, the database, the present instant, the page.

use std::cell::RefCell;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use jiff::Timestamp;

use super::console::Console;
use super::failure::{Failure, Kind};
use super::page::Page;
use super::{Common, logging, setup, status};
use crate::clock::Clock;
use crate::config::{self, Config, ConfigError, Log, Places};
use crate::daemon::{Pulse, pulse};
use crate::ops::Desk;
use crate::store::{Store, StoreError};

/// What a run of the program is given from outside. Nothing else of the machine is looked at but files, and
/// what the settings name.
#[expect(missing_debug_implementations, reason = "a clock and a console have none")]
pub struct Host<'a> {
    /// With the program's own name first.
    pub arguments: Vec<OsString>,
    pub variables: Vec<(OsString, OsString)>,
    pub clock: &'a dyn Clock,
    pub console: &'a dyn Console,
}

/// One command's surroundings.
pub(super) struct Context<'a> {
    pub(super) places: Places,
    /// The variables that are text; another one is none of ours.
    pub(super) environment: Vec<(String, String)>,
    pub(super) verbose: bool,
    pub(super) json: bool,
    quiet: bool,
    pub(super) page: Page,
    pub(super) console: &'a dyn Console,
    /// What needs the person whatever they asked for: the first lines of every command.
    first: RefCell<String>,
    clock: &'a dyn Clock,
}

impl<'a> Context<'a> {
    pub(super) fn new(common: &Common, host: &Host<'a>) -> Result<Self, Failure> {
        let variable = |name: &str| {
            let found = host.variables.iter().find(|(key, _)| key.as_os_str() == OsStr::new(name));
            found.map(|(_, value)| value.clone())
        };
        let is_ours = |name: &OsStr| name.as_encoded_bytes().starts_with(b"FOLLOWUP__");
        if let Some((name, _)) = host.variables.iter().find(|(name, value)| is_ours(name) && value.to_str().is_none()) {
            let message = format!("${}: its value is not text (UTF-8)", name.to_string_lossy());
            return Err(Failure::new(Kind::Settings, message).hint("set it anew, or unset it"));
        }
        let as_text = |(name, value): &(OsString, OsString)| Some((name.to_str()?.into(), value.to_str()?.into()));
        Ok(Self {
            places: Places::find(common.home.as_deref(), variable)?,
            environment: host.variables.iter().filter_map(as_text).collect(),
            verbose: common.verbose,
            json: common.json,
            quiet: common.quiet,
            page: page(host.console),
            console: host.console,
            first: RefCell::default(),
            clock: host.clock,
        })
    }

    /// The present instant.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The environment variable of that name, if it is set to something.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        let found = self.environment.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.trim().is_empty())
    }

    /// Whether somebody is there who can be asked, and wants to be.
    pub(super) fn can_ask(&self) -> bool {
        !self.json && self.console.can_ask()
    }

    /// Asks `question` and waits for a yes or a no; Enter takes `default`, and the end of the input is a no.
    pub(super) fn says_yes(&self, question: &str, default: bool) -> Result<bool, Failure> {
        let choice = if default { "[Y/n]" } else { "[y/N]" };
        let answer = self.console.ask(&format!("{question} {choice} "), false);
        let answer = answer.map_err(|error| Failure::new(Kind::Failed, format!("the terminal: {error}")))?;
        Ok(answer.is_some_and(|answer| match answer.trim().to_lowercase().as_str() {
            "" => default,
            word => matches!(word, "y" | "yes"),
        }))
    }

    /// The settings that the command line makes: the last layer.
    pub(super) fn command_line(&self) -> Vec<(&'static str, &'static str)> {
        match (self.verbose, self.quiet) {
            (true, _) => vec![("log.level", "debug")],
            (_, true) => vec![("log.level", "warn")],
            _ => Vec::new(),
        }
    }

    /// Whether more than usual is wanted.
    pub(super) fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// Begins the log of the service.
    pub(super) fn log(&self, log: &Log) {
        logging::begin(log, self.variable("JOURNAL_STREAM"));
    }

    /// Logs why the service ends, where that is not to be read on standard error anyway.
    pub(super) fn log_failure(&self, failure: &Failure) {
        logging::failure(failure, self.variable("JOURNAL_STREAM"));
    }

    pub(super) fn config(&self) -> Result<Config, Failure> {
        Ok(config::load_with(&self.places, &self.environment, &self.command_line())?)
    }

    /// The database; the first command in a home creates it.
    pub(super) fn store(&self) -> Result<Store, Failure> {
        setup::create_folder(&self.places.database)?;
        Ok(Store::open(&self.places.database)?)
    }

    /// The database of a home that was set up once, whether or not its settings can be used now.
    pub(super) fn existing_store(&self) -> Result<Store, Failure> {
        self.of_a_home_set_up(Store::open)
    }

    /// As [`Context::existing_store`], if no page of it is damaged.
    pub(super) fn sound_store(&self) -> Result<Store, Failure> {
        self.of_a_home_set_up(Store::open_sound)
    }

    fn of_a_home_set_up(&self, open: fn(&Path) -> Result<Store, StoreError>) -> Result<Store, Failure> {
        if !self.places.database.exists() && !self.places.settings.exists() {
            return Err(ConfigError::Missing(self.places.settings.clone()).into());
        }
        setup::create_folder(&self.places.database)?;
        Ok(open(&self.places.database)?)
    }

    /// Whether a daemon, or a tick, is at work on the database, or when one was last.
    pub(super) fn pulse(&self) -> Pulse {
        pulse(&self.places.lock)
    }

    /// Says `text` at once, before the command is through.
    pub(super) fn say(&self, text: &str) -> Result<(), Failure> {
        let said = self.console.out(&self.page.prose(text));
        said.map_err(|error| Failure::new(Kind::Failed, format!("the terminal: {error}")))
    }

    /// Runs `work`, which may take more than a second, and shows meanwhile what is waited for.
    pub(super) fn while_waiting_for<T>(&self, what: &str, work: impl FnOnce() -> T) -> T {
        self.console.waiting_for(what);
        let done = work();
        self.console.arrived();
        done
    }

    /// Runs `work` with the settings, the open database and the present instant.
    pub(super) fn at_desk<T>(&self, work: impl FnOnce(&mut Desk) -> Result<T, Failure>) -> Result<T, Failure> {
        self.with_config(|_, desk| work(desk))
    }

    /// As [`Context::at_desk`], for what needs more of the settings than the desk has.
    pub(super) fn with_config<T>(
        &self,
        work: impl FnOnce(&Config, &mut Desk) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let config = self.config()?;
        let mut store = self.store()?;
        let mut desk = Desk { store: &mut store, etiquette: &config.etiquette, now: self.now() };
        let done = work(&config, &mut desk)?;
        if !self.json && self.first.borrow().is_empty() {
            self.first.replace(status::trouble(self, &mut desk, None)?);
        }
        Ok(done)
    }

    /// Says `lines` before what the command has to say.
    pub(super) fn say_first(&self, lines: String) {
        self.first.replace(lines);
    }

    /// What needs the person whatever they asked for; nothing where all is well.
    pub(super) fn first_lines(&self) -> String {
        self.first.take()
    }
}

/// The page that `console` shows.
pub(super) fn page(console: &dyn Console) -> Page {
    Page { columns: console.columns(), colour: console.has_colour() }
}

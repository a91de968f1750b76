//! One settings file as it was written: read strictly, key by key, so that every error names its place.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeArray, DeString, DeTable, DeValue};

use super::error::ConfigError;
use super::known::{self, Kind};
use super::layers::Layer;
use super::place::Place;

/// The keys of a strategy's step; all of them are needed.
const STEP_KEYS: [&str; 3] = ["rule", "opens", "closes"];

/// The settings in the file at `path`; `None` if there is no such file.
///
/// Errors with the first thing in it that is wrong, by its place; and if it holds a secret that others can read.
pub(super) fn read_file(path: &Path) -> Result<Option<Layer>, ConfigError> {
    let file = match open(path) {
        Err(ConfigError::Unreadable { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
            return Ok(None);
        }
        opened => opened?,
    };
    let text = read_text(file, path)?;
    let layer = read_text_of(&text, Some(path))?;
    Ok(Some(layer))
}

/// The settings in `text`, which is in no file yet.
pub(super) fn read_loose(text: &str) -> Result<Layer, ConfigError> {
    read_text_of(text, None)
}

/// Opens a regular file: a pipe in its place would keep us waiting.
pub(super) fn open(path: &Path) -> Result<std::fs::File, ConfigError> {
    let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        let what = if metadata.is_dir() { "a folder" } else { "a pipe or a device" };
        return Err(ConfigError::NotAFile { path: path.to_owned(), what });
    }
    std::fs::File::open(path).map_err(unreadable)
}

/// The text of the open `file`, which is at `path`.
pub(super) fn read_text(mut file: std::fs::File, path: &Path) -> Result<String, ConfigError> {
    let mut bytes = Vec::new();
    let read = file.read_to_end(&mut bytes);
    read.map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(&error.as_bytes()[..good]).into_owned();
        let why = "this is not UTF-8 text; save it as UTF-8 with your editor".to_owned();
        ConfigError::Syntax { place: Place::within(&text, good, Some(path)), why }
    })
}

/// Refuses a file with a secret that is readable by anyone but its owner, the way ssh does.
pub(super) fn refuse_if_others_can_read(path: &Path) -> Result<(), ConfigError> {
    let metadata =
        std::fs::metadata(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    match metadata.permissions().mode() & 0o077 {
        0 => Ok(()),
        _ => Err(ConfigError::ReadableByOthers(path.to_owned())),
    }
}

fn read_text_of(text: &str, path: Option<&Path>) -> Result<Layer, ConfigError> {
    let document = Document { text, path };
    let parsed = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        // Its message says what was expected, never what was found: that could be a password.
        let why = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
        ConfigError::Syntax { place: document.place(at), why }
    })?;
    let sections = parsed.get_ref();
    if let Some(path) = path
        && holds_secret(sections)
    {
        refuse_if_others_can_read(path)?;
    }
    document.layer(sections)
}

/// Whether anything is written where a secret belongs, of whatever type.
fn holds_secret(sections: &DeTable<'_>) -> bool {
    let mut secrets = known::all().iter().filter(|known| known.is_secret());
    secrets.any(|known| {
        let (section, name) = known.key.split_once('.').unwrap_or_default();
        let table = sections.get(section).and_then(|section| section.get_ref().as_table());
        let value = table.and_then(|table| table.get(name)).map(Spanned::get_ref);
        value.is_some_and(|value| value.as_str() != Some(""))
    })
}

struct Document<'a> {
    text: &'a str,
    path: Option<&'a Path>,
}

type Written<'i> = (&'i Spanned<DeString<'i>>, &'i Spanned<DeValue<'i>>);

impl Document<'_> {
    fn place(&self, at: usize) -> Place {
        Place::within(self.text, at, self.path)
    }

    fn wrong<T>(&self, spanned: &Spanned<T>, why: String) -> ConfigError {
        ConfigError::Syntax { place: self.place(spanned.span().start), why }
    }

    fn bad<T>(&self, spanned: &Spanned<T>, key: &str, why: impl Into<String>) -> ConfigError {
        ConfigError::Value { place: self.place(spanned.span().start), key: key.to_owned(), why: why.into() }
    }

    fn layer(&self, sections: &DeTable<'_>) -> Result<Layer, ConfigError> {
        let mut layer = Layer::default();
        for (section, value) in in_order(sections) {
            let name: &str = section.get_ref();
            let keys = value.get_ref().as_table();
            match name {
                "imap" => return Err(self.wrong(section, NO_MAILBOX.to_owned())),
                "strategy" => self.strategies(keys, value, &mut layer)?,
                _ if !known::is_section(name) => return Err(self.wrong(section, known::no_section(name))),
                _ => {
                    let Some(keys) = keys else {
                        return Err(
                            self.wrong(section, format!("`{name}` is a section: write [{name}] above its keys"))
                        );
                    };
                    self.section(name, keys, &mut layer)?;
                }
            }
        }
        Ok(layer)
    }

    fn section(&self, section: &str, keys: &DeTable<'_>, layer: &mut Layer) -> Result<(), ConfigError> {
        for (name, value) in in_order(keys) {
            let key = format!("{section}.{}", name.get_ref());
            let Some(known) = known::find(&key) else {
                return Err(self.wrong(name, known::no_key(section, name.get_ref())));
            };
            let plain = plain(known.kind, value.get_ref());
            let plain = plain.ok_or_else(|| self.bad(value, &key, format!("must be {}", known.kind.words())))?;
            layer.add(key, plain, self.place(value.span().start));
        }
        Ok(())
    }

    fn strategies(
        &self,
        strategies: Option<&DeTable<'_>>,
        spanned: &Spanned<DeValue<'_>>,
        layer: &mut Layer,
    ) -> Result<(), ConfigError> {
        let Some(strategies) = strategies else {
            return Err(self.bad(
                spanned,
                "strategy",
                "is for strategies of your own: begin each step with [[strategy.NAME]]",
            ));
        };
        for (name, steps) in in_order(strategies) {
            let key = format!("strategy.{}", name.get_ref());
            let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            let name_is_plain = name.get_ref().starts_with(|c: char| c.is_ascii_lowercase());
            if !name_is_plain || !name.get_ref().chars().all(is_plain) || name.get_ref().len() > 40 {
                let why =
                    "the name of a strategy is made of small letters a to z, digits and -, and begins with a letter";
                return Err(self.wrong(name, why.to_owned()));
            }
            let steps_of = |array: &DeArray<'_>| -> Result<Vec<toml::Value>, ConfigError> {
                (1..).zip(array.iter()).map(|(number, step)| self.step(&key, number, step, layer)).collect()
            };
            let Some(steps_found) = steps.get_ref().as_array().map(steps_of).transpose()? else {
                let why = format!("write each step under [[{key}]], in two brackets");
                return Err(self.bad(name, &key, why));
            };
            layer.add(key, toml::Value::Array(steps_found), self.place(name.span().start));
        }
        Ok(())
    }

    /// One step, with the places of its keys recorded as `strategy.NAME.1.opens`.
    fn step(
        &self,
        strategy: &str,
        number: usize,
        step: &Spanned<DeValue<'_>>,
        layer: &mut Layer,
    ) -> Result<toml::Value, ConfigError> {
        let named = format!("{strategy}, step {number}");
        let Some(keys) = step.get_ref().as_table() else {
            return Err(self.bad(step, &named, format!("write it under [[{strategy}]], with rule, opens and closes")));
        };
        layer.note(format!("{strategy}.{number}"), self.place(step.span().start));
        let mut table = toml::Table::new();
        for (name, value) in in_order(keys) {
            let name_found: &str = name.get_ref();
            if !STEP_KEYS.contains(&name_found) {
                return Err(self.bad(name, &named, known::no_step_key(name_found, STEP_KEYS)));
            }
            let text = plain(Kind::Text, value.get_ref());
            let must = || self.bad(value, &named, format!("{name_found} must be {}", Kind::Text.words()));
            layer.note(format!("{strategy}.{number}.{name_found}"), self.place(value.span().start));
            table.insert(name_found.to_owned(), text.ok_or_else(must)?);
        }
        match STEP_KEYS.into_iter().find(|name| !table.contains_key(*name)) {
            Some(missing) => Err(self.bad(step, &named, format!("has no `{missing}`"))),
            None => Ok(toml::Value::Table(table)),
        }
    }
}

const NO_MAILBOX: &str = "this version cannot look into a mailbox yet; take the section [imap] out";

/// As they were written, so that the first mistake is the first to be named.
fn in_order<'i>(table: &'i DeTable<'i>) -> Vec<Written<'i>> {
    let mut keys: Vec<_> = table.iter().collect();
    keys.sort_by_key(|(name, _)| name.span().start);
    keys
}

/// `value` if it is of that kind.
fn plain(kind: Kind, value: &DeValue<'_>) -> Option<toml::Value> {
    match (kind, value) {
        (Kind::Text | Kind::NumberOrText, DeValue::String(text)) => Some(toml::Value::String(text.to_string())),
        (Kind::Number | Kind::NumberOrText, DeValue::Integer(number)) => {
            // One that is too long is out of every range, which is for the check to say.
            let limit = if number.as_str().starts_with('-') { i64::MIN } else { i64::MAX };
            Some(toml::Value::Integer(i64::from_str_radix(number.as_str(), number.radix()).unwrap_or(limit)))
        }
        (Kind::List, DeValue::Array(items)) => {
            let items = items.iter().map(|item| plain(Kind::Text, item.get_ref()));
            items.collect::<Option<Vec<_>>>().map(toml::Value::Array)
        }
        _ => None,
    }
}

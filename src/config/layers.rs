//! The layers of settings, merged by the `config` crate, the later ones winning; beside it, where each was written.
//!
//! Every layer is read strictly before it is merged (`document.rs`, and here for variables), since the `config`
//! crate knows neither lines nor columns, would take the text "465" for a number, and quotes values in its errors.

use std::collections::BTreeMap;
use std::fmt;

use config::{Map, Source, Value, ValueKind};

use super::document;
use super::error::ConfigError;
use super::known::{self, Kind, Known};
use super::place::Place;
use super::places::Places;
use super::settings::{DEFAULTS, Settings};

const PREFIX: &str = "FOLLOWUP__";

/// The settings of one layer, each under its full key.
#[derive(Clone, Default)]
pub(super) struct Layer {
    values: BTreeMap<String, toml::Value>,
    places: Vec<(String, Place)>,
}

impl Layer {
    /// Sets `key`, as written at `place`.
    pub(super) fn add(&mut self, key: String, value: toml::Value, place: Place) {
        self.note(key.clone(), place);
        self.values.insert(key, value);
    }

    /// Records the place of a part of a value.
    pub(super) fn note(&mut self, part: String, place: Place) {
        self.places.push((part, place));
    }
}

impl fmt::Debug for Layer {
    /// Without the values: one of them may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, config::ConfigError> {
        Ok(self.values.iter().map(|(key, value)| (key.clone(), Value::new(None, kind_of(value)))).collect())
    }
}

fn kind_of(value: &toml::Value) -> ValueKind {
    let deep = |value: &toml::Value| Value::new(None, kind_of(value));
    match value {
        toml::Value::Integer(number) => ValueKind::I64(*number),
        toml::Value::Array(items) => ValueKind::Array(items.iter().map(deep).collect()),
        toml::Value::Table(keys) => ValueKind::Table(keys.iter().map(|(key, it)| (key.clone(), deep(it))).collect()),
        toml::Value::String(text) => ValueKind::String(text.clone()),
        other => ValueKind::String(other.to_string()),
    }
}

/// All layers, merged.
pub(super) struct Layers {
    pub(super) settings: Settings,
    merged: config::Config,
    places: BTreeMap<String, Place>,
    /// Where a setting is to be written that has only its default.
    unset: Place,
}

impl Layers {
    /// The layers of `places`: defaults, the machine's file, the home's file, the variables of `environment`
    /// that begin with `FOLLOWUP__`, and what the command line sets.
    ///
    /// Errors if the home has no file, or with the first thing in a layer that is no setting or has the wrong type.
    pub(super) fn read(
        places: &Places,
        environment: &[(String, String)],
        command_line: &[(&str, &str)],
    ) -> Result<Self, ConfigError> {
        let of_machine = places.machine_settings.as_deref().map(document::read_file).transpose()?.flatten();
        let missing = || ConfigError::Missing(places.settings.clone());
        let of_home = document::read_file(&places.settings)?.ok_or_else(missing)?;
        let layers = of_machine.into_iter().chain([of_home, variables(environment)?, arguments(command_line)?]);
        Self::merge(layers, Place::Unset(places.settings.clone()))
    }

    /// The settings in `text`, over the defaults.
    pub(super) fn parse(text: &str) -> Result<Self, ConfigError> {
        Self::merge([document::read_loose(text)?], Place::Text)
    }

    fn merge(layers: impl IntoIterator<Item = Layer>, unset: Place) -> Result<Self, ConfigError> {
        let mut builder = config::Config::builder().add_source(document::read_loose(DEFAULTS)?);
        let mut written = BTreeMap::new();
        for layer in layers {
            written.extend(layer.places.iter().cloned());
            builder = builder.add_source(layer);
        }
        // Every type has been checked, so that an error here is a fault of ours. It may quote a secret.
        let fault = |_| ConfigError::Syntax { place: unset.clone(), why: "these settings cannot be merged".to_owned() };
        let merged = builder.build().map_err(fault)?;
        let settings = merged.clone().try_deserialize().map_err(fault)?;
        Ok(Self { settings, merged, places: written, unset })
    }

    /// Where `key`, or a part of it, was written last.
    pub(super) fn place(&self, key: &str) -> &Place {
        self.places.get(key).unwrap_or(&self.unset)
    }

    /// The merged value of `key`.
    pub(super) fn value(&self, key: &str) -> Option<toml::Value> {
        self.merged.get::<toml::Value>(key).ok()
    }
}

fn variables(environment: &[(String, String)]) -> Result<Layer, ConfigError> {
    let mut ours: Vec<_> = environment.iter().filter(|(name, _)| name.starts_with(PREFIX)).collect();
    // The environment has no order; the first mistake is the same one each time.
    ours.sort();
    let mut layer = Layer::default();
    for (name, text) in ours {
        let place = Place::Environment(name.clone());
        let wrong = |why: String| ConfigError::Syntax { place: place.clone(), why };
        let Some(known) = known::all().iter().find(|known| known.variable() == *name) else {
            return Err(wrong(match name.strip_prefix(PREFIX) {
                Some(rest) if rest.starts_with("IMAP__") => {
                    "this version cannot look into a mailbox yet; unset it".to_owned()
                }
                Some(rest) if rest.starts_with("STRATEGY__") => {
                    "a strategy of your own is written in followup.toml, not in the environment".to_owned()
                }
                _ => known::no_variable(name),
            }));
        };
        set(&mut layer, known, text, place)?;
    }
    Ok(layer)
}

fn arguments(command_line: &[(&str, &str)]) -> Result<Layer, ConfigError> {
    let mut layer = Layer::default();
    for (key, text) in command_line {
        let place = Place::CommandLine;
        let Some(known) = known::find(key) else {
            let (section, name) = key.split_once('.').unwrap_or(("", key));
            let why =
                if known::is_section(section) { known::no_key(section, name) } else { known::no_section(section) };
            return Err(ConfigError::Syntax { place, why });
        };
        set(&mut layer, known, text, place)?;
    }
    Ok(layer)
}

/// Sets `known` from a text without types, which is read as what the key takes.
fn set(layer: &mut Layer, known: &Known, text: &str, place: Place) -> Result<(), ConfigError> {
    let number = || text.trim().parse().ok().map(toml::Value::Integer);
    let as_text = || toml::Value::String(text.to_owned());
    let value = match known.kind {
        Kind::Text => Some(as_text()),
        Kind::Number => number(),
        Kind::NumberOrText => number().or_else(|| Some(as_text())),
        Kind::List if text.trim().is_empty() => Some(toml::Value::Array(Vec::new())),
        Kind::List => Some(text.split(',').map(|item| item.trim().to_owned()).collect::<Vec<_>>().into()),
    };
    let must = || ConfigError::Value {
        place: place.clone(),
        key: known.key.clone(),
        why: "must be a whole number".to_owned(),
    };
    layer.add(known.key.clone(), value.ok_or_else(must)?, place);
    Ok(())
}

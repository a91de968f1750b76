//! Every setting with its value and the layer that it comes from, for `followup config`.

use super::error::ConfigError;
use super::known;
use super::layers::Layers;
use super::place::Origin;
use super::places::Places;

/// One setting as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// `smtp.host`, or `strategy.calm` for a strategy of the person's own.
    pub key: String,
    /// As TOML; `(set)` in place of a secret.
    pub value: String,
    pub origin: Origin,
}

/// All settings in the order of `config/followup.toml`, whether or not they would pass the check; then the person's
/// own strategies.
///
/// Errors if the home has no settings, or with the first thing in them that is no setting or has the wrong type.
pub fn describe(
    places: &Places,
    environment: &[(String, String)],
    command_line: &[(&str, &str)],
) -> Result<Vec<Setting>, ConfigError> {
    let layers = Layers::read(places, environment, command_line)?;
    let setting = |key: &str, is_secret: bool| {
        let value = layers.value(key)?;
        let is_empty = value.as_str().is_some_and(str::is_empty);
        let value = if is_secret && !is_empty { "(set)".to_owned() } else { value.to_string() };
        Some(Setting { key: key.to_owned(), value, origin: layers.place(key).origin() })
    };
    let known = known::all().iter().filter_map(|known| setting(&known.key, known.is_secret()));
    let strategies = layers.settings.strategy.keys().filter_map(|name| setting(&format!("strategy.{name}"), false));
    Ok(known.chain(strategies).collect())
}

//! The keys there are, taken from the defaults, so that a key is named in one file only; and the nearest of
//! them to one that is not there.

use std::sync::LazyLock;

use toml::de::{DeTable, DeValue};

use super::settings::DEFAULTS;

/// A key of [`DEFAULTS`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    /// With its section: `smtp.host`.
    pub(super) key: String,
    pub(super) kind: Kind,
}

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    NumberOrText,
    List,
}

impl Kind {
    /// For "must be ...".
    pub(super) fn words(self) -> &'static str {
        match self {
            Kind::Text => "a text in quotes",
            Kind::Number => "a whole number, without quotes",
            Kind::NumberOrText => "a whole number, or a text in quotes",
            Kind::List => "a list of texts in quotes, such as [\"a\", \"b\"]",
        }
    }
}

impl Known {
    pub(super) fn section(&self) -> &str {
        self.key.split('.').next().unwrap_or_default()
    }

    fn name(&self) -> &str {
        self.key.rsplit('.').next().unwrap_or_default()
    }

    /// Never to be shown.
    pub(super) fn is_secret(&self) -> bool {
        self.key == "smtp.password"
    }

    /// Its environment variable.
    pub(super) fn variable(&self) -> String {
        format!("FOLLOWUP__{}", self.key.replace('.', "__").to_uppercase())
    }
}

/// All keys, in the order of [`DEFAULTS`].
static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
    // They are our own; a test reads them.
    let Ok(sections) = DeTable::parse(DEFAULTS) else { return Vec::new() };
    let mut known = Vec::new();
    for (section, keys) in sections.get_ref() {
        let DeValue::Table(keys) = keys.get_ref() else { continue };
        for (name, value) in keys {
            let key = format!("{}.{}", section.get_ref(), name.get_ref());
            let kind = match value.get_ref() {
                _ if key == "sending.per_employer" => Kind::NumberOrText,
                DeValue::Integer(_) => Kind::Number,
                DeValue::Array(_) => Kind::List,
                _ => Kind::Text,
            };
            known.push((name.span().start, Known { key, kind }));
        }
    }
    known.sort_by_key(|(at, _)| *at);
    known.into_iter().map(|(_, known)| known).collect()
});

/// All keys, in the order of [`DEFAULTS`].
pub(super) fn all() -> &'static [Known] {
    &KNOWN
}

/// The key `section.name`, if there is one.
pub(super) fn find(key: &str) -> Option<&'static Known> {
    all().iter().find(|known| known.key == key)
}

pub(super) fn is_section(name: &str) -> bool {
    all().iter().any(|known| known.section() == name)
}

/// Says that there is no section `name`, and what may have been meant.
pub(super) fn no_section(name: &str) -> String {
    let mut sections: Vec<&str> = all().iter().map(Known::section).chain(["strategy"]).collect();
    sections.dedup();
    let said = format!("there is no section `{name}`");
    let meant = nearest(name, sections.into_iter()).or_else(|| elsewhere(name).map(|known| known.key.as_str()));
    and_meant(said, meant)
}

/// Says that there is no key `section.name`, and what may have been meant.
pub(super) fn no_key(section: &str, name: &str) -> String {
    let said = format!("there is no key `{section}.{name}`");
    let siblings = all().iter().filter(|known| known.section() == section);
    let meant = nearest(name, siblings.map(Known::name)).map(|name| format!("{section}.{name}"));
    and_meant(said, meant.or_else(|| elsewhere(name).map(|known| known.key.clone())))
}

/// Says that there is no key `name` in a step of a strategy, and what may have been meant.
pub(super) fn no_step_key(name: &str, names: [&str; 3]) -> String {
    and_meant(format!("a step has no key `{name}`"), nearest(name, names.into_iter()))
}

/// Says that the variable `name` sets nothing, and what may have been meant.
pub(super) fn no_variable(name: &str) -> String {
    let meant = nearest(name, all().iter().map(Known::variable));
    and_meant("there is no setting for this variable".to_owned(), meant.map(|name| format!("${name}")))
}

fn and_meant(said: String, meant: Option<impl AsRef<str>>) -> String {
    match meant {
        Some(meant) => format!("{said}; did you mean `{}`?", meant.as_ref()),
        None => said,
    }
}

/// The key of that name in whatever section.
fn elsewhere(name: &str) -> Option<&'static Known> {
    all().iter().find(|known| known.name() == name.to_lowercase())
}

fn nearest<T: AsRef<str>>(name: &str, known: impl Iterator<Item = T>) -> Option<T> {
    let name = name.to_lowercase();
    let likeness = |other: &T| strsim::jaro_winkler(&other.as_ref().to_lowercase(), &name);
    known
        .map(|other| (likeness(&other), other))
        .filter(|it| it.0 > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|it| it.1)
}

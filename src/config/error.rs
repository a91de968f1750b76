//! What can be wrong with the settings, said so that one finds the place and knows what to do.

use std::path::PathBuf;

use super::place::Place;
use crate::core::letter::TemplateError;

/// Settings that cannot be used. None of these ever quotes a secret.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("there are no settings yet: {} does not exist", .0.display())]
    Missing(PathBuf),
    #[error("there is no home directory: $HOME is not set")]
    NoHome,
    #[error("{}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{}: this is not a file that can be read, but {what}", path.display())]
    NotAFile { path: PathBuf, what: &'static str },
    /// What is written there is no setting at all: not TOML, an unknown section, an unknown key.
    #[error("{place}: {why}")]
    Syntax { place: Place, why: String },
    #[error("{} holds a password, and others can read it", .0.display())]
    ReadableByOthers(PathBuf),
    /// The value of a known key will not do.
    #[error("{place}: {key}: {why}")]
    Value { place: Place, key: String, why: String },
    #[error("letters: {0}")]
    Template(#[from] TemplateError),
}

impl ConfigError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            ConfigError::Missing(_) => "run `followup init`".to_owned(),
            ConfigError::NoHome => "name a folder with --home DIR".to_owned(),
            ConfigError::ReadableByOthers(path) => format!("run `chmod 600 {}`", path.display()),
            ConfigError::Unreadable { .. } => {
                "look whether it is a file that you can read; --home names another home".to_owned()
            }
            ConfigError::NotAFile { path, .. } => {
                format!("move {} away, and put a file in its place", path.display())
            }
            ConfigError::Syntax { place, .. } | ConfigError::Value { place, .. } => match place {
                Place::File { path, .. } => format!("correct {}", path.display()),
                Place::Unset(path) => format!("write it into {}", path.display()),
                Place::Environment(name) => format!("correct the environment variable {name}, or unset it"),
                Place::CommandLine => "correct the command line".to_owned(),
                Place::Text => "give another value".to_owned(),
            },
            ConfigError::Template(_) => "correct the template, or remove it to use the built-in one".to_owned(),
        }
    }
}

//! Where a setting was written: to the column for errors, to the line for the list of all settings.

use std::fmt;
use std::path::{Path, PathBuf};

/// Where a setting was written, as an error names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Nowhere: the default holds. It would be written into this file.
    Unset(PathBuf),
    /// `line` and `column` (in characters) count from 1.
    File {
        path: PathBuf,
        line: usize,
        column: usize,
    },
    /// The variable of this name.
    Environment(String),
    CommandLine,
    /// In a text that is in no file yet.
    Text,
}

impl Place {
    /// The place of the byte `at` in `text`, which was read from `path`, if from a file at all.
    pub(super) fn within(text: &str, at: usize, path: Option<&Path>) -> Self {
        let Some(path) = path else { return Place::Text };
        let before = text.get(..at).unwrap_or(text);
        let line_begins = before.rfind('\n').map_or(0, |end| end + 1);
        Place::File {
            path: path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_begins..].chars().count() + 1,
        }
    }

    /// The layer that it belongs to.
    pub(super) fn origin(&self) -> Origin {
        match self {
            Place::Unset(_) | Place::Text => Origin::Default,
            Place::File { path, line, .. } => Origin::File { path: path.clone(), line: *line },
            Place::Environment(name) => Origin::Environment(name.clone()),
            Place::CommandLine => Origin::CommandLine,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Unset(path) => write!(f, "{}", path.display()),
            Place::File { column, .. } => write!(f, "{}, column {column}", self.origin()),
            Place::Environment(_) | Place::CommandLine => write!(f, "{}", self.origin()),
            Place::Text => f.write_str("settings"),
        }
    }
}

/// The layer from which a setting has its value, later ones win.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Default,
    /// `line` counts from 1.
    File {
        path: PathBuf,
        line: usize,
    },
    /// The variable of this name.
    Environment(String),
    CommandLine,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File { path, line } => write!(f, "{}, line {line}", path.display()),
            Origin::Environment(name) => write!(f, "${name}"),
            Origin::CommandLine => f.write_str("command line"),
        }
    }
}

//! `config`: every setting, and where it comes from.

use serde_json::{Value, json};

use super::failure::Failure;
use super::page::Passage;
use super::table::Table;
use super::{Context, Report};
use crate::config::{self, Origin, Setting};

/// No value is cut shorter than this.
const NARROWEST_VALUE: usize = 8;

/// Ends the help of `config`.
pub(super) const EXAMPLES: &str = "\
Examples:
  followup config
  FOLLOWUP__SENDING__GRACE=2m followup config

Later wins: the defaults, /etc/followup/followup.toml, the followup.toml of your
home, FOLLOWUP__SECTION__KEY in the environment, the command line. A password is
never shown.";

/// Every setting, and where it comes from.
pub(super) fn config(context: &Context) -> Result<Report, Failure> {
    let settings = config::describe(&context.places, &context.environment, &context.command_line())?;
    let mut table = Table::new::<3>(&[(1, NARROWEST_VALUE)]);
    for Setting { key, value, origin } in &settings {
        table.push([&[key], &[value], &[&origin.to_string()]]);
    }
    let then = format!("\nChange them in {}, then look: followup check\n", context.places.settings.display());
    let json = json!({ "settings": settings.iter().map(to_json).collect::<Vec<_>>() });
    let report = Report { human: vec![Passage::Rows(table), Passage::Prose(then)], json };
    // They are shown, so that one sees where the wrong one comes from.
    match context.config() {
        Ok(_) => Ok(report),
        Err(failure) => Err(failure.after(report)),
    }
}

fn to_json(Setting { key, value, origin }: &Setting) -> Value {
    let (file, line) = match origin {
        Origin::File { path, line } => (Some(path), Some(line)),
        _ => (None, None),
    };
    json!({ "key": key, "value": value, "origin": origin.to_string(), "file": file, "line": line })
}

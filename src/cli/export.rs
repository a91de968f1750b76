//! `export`: what comes and what waits, for other programs.

mod calendar;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::failure::{Failure, Kind};
use super::{Context, Report, setup};
use crate::clock::distrust;
use crate::core::icalendar;
use crate::ops::OpError;

/// What the calendar is called.
const NAME: &str = "Follow-ups";

/// What comes and what waits for you, for your calendar program
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  followup export --format ics > followup.ics
  followup export --format ics --output ~/followup.ics

Each open application gives the window of its next letter or call, which does
not block the days, or the day to let go; and a task for each letter that waits
for your word, each call that is due and whatever else needs you. Import it
again later: what has moved then moves, and nothing stands there twice. What is
over is not taken away by that; a calendar that you subscribe to is. No letter
is in it, but names, companies and phone numbers are. Looking changes nothing.")]
pub(super) struct Export {
    /// ics: a calendar (iCalendar)
    #[arg(long, value_enum, hide_possible_values = true)]
    format: Format,
    /// The file to write, which must not exist yet [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// What can be written.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    Ics,
}

impl Export {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        let Format::Ics = self.format;
        let (text, count) = context.with_config(|config, desk| {
            let (installation, recorded) = desk.store.read(|it| Ok((it.installation()?, it.last_instant()?)))?;
            if let Some(why) = distrust(desk.now, recorded) {
                return Err(OpError::Clock(why).into());
            }
            let is_running = context.pulse().is_running();
            let entries = context.while_waiting_for("Looking ahead ...", || {
                calendar::entries(desk, &config.fingerprint, &installation, is_running)
            })?;
            Ok((icalendar::calendar(NAME, &entries, desk.now), entries.len()))
        })?;
        let Some(file) = self.output else {
            let json = json!({ "format": "ics", "ics": text });
            return Ok(Report::verbatim(text, json));
        };
        setup::write_new(&file, &text).map_err(|error| not_written(&file, &error))?;
        let entries = if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") };
        let said = format!("Wrote {}, {entries}, readable by you alone.\n", file.display());
        Ok(Report::new(said, json!({ "format": "ics", "output": file })))
    }
}

fn not_written(file: &Path, error: &std::io::Error) -> Failure {
    match error.kind() {
        ErrorKind::AlreadyExists => {
            let message = format!("{} exists already; it was not touched", file.display());
            Failure::new(Kind::Refused, message).hint("name a file that does not exist yet")
        }
        _ => Failure::new(Kind::Failed, format!("{}: {error}", file.display()))
            .hint("look whether the folder is there and yours to write in, and the disk not full"),
    }
}

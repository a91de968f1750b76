//! `backup`: a copy of the database, safe while the daemon runs.

use std::path::PathBuf;

use serde_json::json;

use super::failure::{Failure, Kind};
use super::{Context, Report};
use crate::store::StoreError;

/// Copy the database into a new file, safe while the daemon runs
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  followup backup ~/followup-2026-11-22.db

To restore it: stop the daemon; remove followup.db-wal and followup.db-shm; put
the file in the place of followup.db; leave followup.db.sent where it is, so
that nothing goes again that went out since; start the daemon. Every approval in
it is asked for anew: what you noted after the backup, such as an answer, is not
in it. Two machines that both send, each with a copy of its own, do not know of
each other. The settings, with your password, are not in it.")]
pub(super) struct Backup {
    /// The file to write, which must not exist yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Backup {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        // Not `at_desk`: a backup must be possible when the settings are what went wrong.
        let file = &self.file;
        let store = context.existing_store()?;
        let copied = context.while_waiting_for("Copying ...", || store.back_up(file));
        copied.map_err(|error| match &error {
            StoreError::Create { source, .. } if source.kind() == std::io::ErrorKind::AlreadyExists => {
                let message = format!("{} exists already; it was not touched", file.display());
                Failure::new(Kind::Refused, message).hint("name a file that does not exist yet")
            }
            StoreError::Create { .. } => Failure::new(Kind::Failed, error.to_string())
                .hint("look whether the folder exists and is yours to write in"),
            _ => error.into(),
        })?;
        let bytes = std::fs::metadata(file).map_or(0, |metadata| metadata.len());
        let text = format!("Wrote {}, {} KiB, readable by you alone.\n", file.display(), bytes.div_ceil(1024));
        Ok(Report::new(text, json!({ "backup": file, "bytes": bytes })))
    }
}

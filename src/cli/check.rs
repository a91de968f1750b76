//! `check`: is everything in order that a letter needs to go.

use serde_json::json;

use super::failure::{Failure, Kind};
use super::{Context, Report};
use crate::clock::distrust;

/// Is all in order that a letter needs to go
#[derive(Debug, clap::Args)]
pub(super) struct Check {
    /// Believe the clock as it is now, although it said something later before
    #[arg(long)]
    accept_clock: bool,
}

impl Check {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        context.at_desk(|desk| {
            if self.accept_clock {
                desk.store.write(|tables| tables.accept_clock(desk.now))?;
            }
            let recorded = desk.store.read(|tables| tables.last_instant())?;
            if let Some(why) = distrust(desk.now, recorded) {
                return Err(Failure::new(Kind::Failed, format!("the clock cannot be trusted: {why}"))
                    .hint("if it is wrong, set it right")
                    .hint("if it is right now: followup check --accept-clock"));
            }
            let line = |what: &str, how: &str| format!("  ok  {what:<10} {how}\n");
            let human = line("settings", &context.places.settings.display().to_string())
                + &line("database", &context.places.database.display().to_string())
                + &line("clock", &format!("{} UTC", desk.now.strftime("%a %-d %b %Y %H:%M")));
            Ok(Report::new(human, json!({ "settings": "ok", "database": "ok", "clock": "ok" })))
        })
    }
}

//! Is all well: `status`, `check`, and the lines that every command begins with when it is not.

use jiff::Timestamp;
use serde_json::json;

use super::failure::{Failure, Kind};
use super::{Context, Report, now, render};
use crate::clock::distrust;
use crate::daemon::{Heartbeat, heartbeat};
use crate::ops::Desk;
use crate::store::{Health, Part, StoreError, Tables};

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
            Ok(Report { human, json: json!({ "settings": "ok", "database": "ok", "clock": "ok" }) })
        })
    }
}

/// Is the daemon alive, and is anything held.
pub(super) fn status(context: &Context) -> Result<Report, Failure> {
    context.config()?;
    let mut store = context.store()?;
    let (troubles, held, next_wake) =
        store.read(|tables| Ok((Troubles::read(tables)?, tables.held()?, tables.next_wake()?)))?;
    let beat = heartbeat(&context.places.lock);
    let mut text = daemon_line(beat.as_ref());
    text += &match troubles.lines(now()) {
        none if none.is_empty() => "Mail: nothing wrong.\n".to_owned(),
        lines => lines,
    };
    for (id, why) in &held {
        text += &render::fill(&format!("Held: application {id}: {why}"));
    }
    let json = json!({
        "daemon": {
            "running": beat.is_some(),
            "pid": beat.as_ref().map(|beat| beat.pid),
            "looked_at": beat.as_ref().and_then(|beat| beat.looked_at).map(|at| at.to_string()),
            "next_at": beat.as_ref().and_then(|beat| beat.next_at).map(|at| at.to_string()),
        },
        "clock": { "trusted": distrust(now(), troubles.recorded).is_none() },
        "next_wake": next_wake.map(|at| at.to_string()),
        "mail": { "works": troubles.mail.failures == 0, "paused": troubles.mail.paused, "why": troubles.mail.why },
        "telling": { "works": troubles.telling.failures == 0, "why": troubles.telling.why },
        "held": held.iter().map(|(id, why)| json!({ "id": id, "why": why })).collect::<Vec<_>>(),
    });
    Ok(Report { human: text, json })
}

/// What is held, and for what: a row that cannot be read is in no list.
pub(super) fn held(desk: &mut Desk) -> Result<String, Failure> {
    let held = desk.store.read(|tables| tables.held())?;
    let line = |(id, why): &(i64, String)| render::fill(&format!("! Application {id} is held: {why}"));
    Ok(held.iter().map(line).collect())
}

pub(super) fn daemon_line(beat: Option<&Heartbeat>) -> String {
    match beat {
        Some(Heartbeat { looked_at: Some(at), .. }) => {
            format!("Daemon: running, looked {}.\n", render::ago(*at, now()))
        }
        Some(_) => "Daemon: running.\n".to_owned(),
        None => "Daemon: not running, so that nothing is sent. Start it: followup daemon\n".to_owned(),
    }
}

/// While mail itself is what fails, or the clock, every command says so first.
pub(super) fn trouble(desk: &mut Desk) -> Result<String, Failure> {
    let lines = desk.store.read(Troubles::read)?.lines(desk.now);
    Ok(if lines.is_empty() { lines } else { lines + "\n" })
}

/// What keeps all letters, or all news, from going.
struct Troubles {
    mail: Health,
    telling: Health,
    /// The last instant that was recorded, by which the clock is judged.
    recorded: Option<Timestamp>,
}

impl Troubles {
    fn read(tables: &Tables) -> Result<Self, StoreError> {
        let (mail, telling) = (tables.health(Part::Mail)?, tables.health(Part::Telling)?);
        Ok(Self { mail, telling, recorded: tables.last_instant()? })
    }

    fn lines(&self, now: Timestamp) -> String {
        let mut lines = String::new();
        if let Some(why) = distrust(now, self.recorded) {
            lines += &render::fill(&format!(
                "! Nothing is sent while the clock cannot be trusted: {why}. See: followup check"
            ));
        }
        let mut fails = |health: &Health, what: &str| {
            let Some(why) = health.why.as_ref().filter(|_| health.failures > 0) else { return };
            let next = health.rests_until.filter(|&until| until > now);
            let next = next.map(|until| format!(". The next try is at {} UTC", until.strftime("%H:%M")));
            lines += &render::fill(&format!("! {what}: {why}{}.", next.unwrap_or_default()));
        };
        let refused = "The mail server refuses your account, so that no letter goes";
        let away = "The mail server cannot be reached, so that no letter goes";
        fails(&self.mail, if self.mail.paused { refused } else { away });
        fails(&self.telling, "The mail to yourself does not get through, so that you are not asked");
        lines
    }
}

//! Is all well: `status`, and the lines that every command begins with when it is not.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::failure::Failure;
use super::render::one_line;
use super::{Context, Report, render};
use crate::clock::distrust;
use crate::daemon::{Heartbeat, Pulse};
use crate::ops::Desk;
use crate::store::{Health, Line, Part, StoreError, Tables};

/// More lines than this of one kind would hide what was asked for.
const MOST_LINES: usize = 5;

/// What becomes of a letter whose sender was stopped.
pub(super) const INTERRUPTED: &str =
    "As soon as it looks again you are asked whether it arrived: followup daemon, or followup tick";
/// Whoever uses cron has it look at least that often.
const CRON: SignedDuration = SignedDuration::from_hours(24);

/// Is the daemon alive, and is anything held.
pub(super) fn status(context: &Context) -> Result<Report, Failure> {
    if !context.pulse().is_running() {
        // Perhaps since the database is damaged: then no daemon begins.
        context.sound_store()?.check_send_journal()?;
    }
    context.at_desk(|desk| {
        let now = desk.now;
        let (troubles, next_wake, refused) =
            desk.store.read(|tables| Ok((Troubles::read(tables, context)?, tables.next_wake()?, tables.refused()?)))?;
        let pulse = context.pulse();
        let mut text = daemon_line(&pulse, now);
        let running = pulse.last().filter(|_| pulse.is_running());
        if let Some(next_at) = running.and_then(|beat| beat.next_at) {
            text += &format!("Next: {}.\n", render::when(next_at, now, &desk.etiquette.zone));
        }
        text += if troubles.mail.failures == 0 { "Mail: nothing wrong.\n" } else { "Mail: see above.\n" };
        let unsettled = troubles.uncertain.len() + troubles.interrupted.len();
        text += &match (troubles.held.len(), unsettled) {
            (0, 0) if distrust(now, troubles.recorded).is_some() => "Everything is held: see above.\n".to_owned(),
            (0, 0) => "Nothing is held, and nothing uncertain.\n".to_owned(),
            (held, uncertain) => format!("Held: {held}. Uncertain: {uncertain}. What to do stands above.\n"),
        };
        if !refused.is_empty() {
            let ids: Vec<String> = refused.iter().map(i64::to_string).collect();
            text += &format!("Refused by their server: {}. What to do: followup\n", ids.join(", "));
        }
        // All of them, here.
        context.say_first(troubles.lines(now, usize::MAX));
        let at = |at: Timestamp| at.to_string();
        let json = json!({
            "daemon": {
                "running": pulse.is_running(),
                "pid": running.map(|beat| beat.pid),
                "looked_at": pulse.last().and_then(|beat| beat.looked_at).map(at),
                "next_at": running.and_then(|beat| beat.next_at).map(at),
                "stuck": running.and_then(|beat| beat.stuck.clone()),
            },
            "restored": troubles.restored,
            "clock": { "trusted": distrust(now, troubles.recorded).is_none() },
            // What is due already is due now.
            "next_wake": next_wake.map(|wake_at| at(wake_at.max(now))),
            "mail": health(&troubles.mail),
            "telling": health(&troubles.telling),
            "held": troubles.held.iter().map(|it| json!({ "id": it.id, "why": it.why })).collect::<Vec<_>>(),
            "interrupted": troubles.interrupted.iter().map(|it| json!({ "id": it.id })).collect::<Vec<_>>(),
            "refused": refused.iter().map(|id| json!({ "id": id })).collect::<Vec<_>>(),
            "uncertain": troubles.uncertain.iter().map(|it| json!({ "id": it.id })).collect::<Vec<_>>(),
        });
        Ok(Report::new(text, json))
    })
}

fn health(health: &Health) -> serde_json::Value {
    let at = |at: Option<Timestamp>| at.map(|at| at.to_string());
    json!({
        "works": health.failures == 0, "paused": health.paused, "why": health.why, "since": at(health.since),
        "next_try": at(health.rests_until),
    })
}

/// Who looked last, and when. What a clock said that ran ahead, which was set right since, is not believed.
fn looked_at(pulse: &Pulse, now: Timestamp) -> Option<(&Heartbeat, Timestamp)> {
    let beat = pulse.last()?;
    beat.looked_at.filter(|&at| distrust(now, Some(at)).is_none()).map(|at| (beat, at))
}

/// Whether `followup tick` does the daemon's work, as far as can be seen.
pub(super) fn is_ticked(pulse: &Pulse, now: Timestamp) -> bool {
    looked_at(pulse, now).is_some_and(|(beat, at)| beat.once && now.duration_since(at) < CRON)
}

pub(super) fn daemon_line(pulse: &Pulse, now: Timestamp) -> String {
    let looked = looked_at(pulse, now).map(|(beat, at)| (beat, render::ago(at, now)));
    match looked {
        Some((_, ago)) if pulse.is_running() => format!("Daemon: running, looked {ago}.\n"),
        _ if pulse.is_running() => "Daemon: running.\n".to_owned(),
        Some((_, ago)) if is_ticked(pulse, now) => {
            format!("Daemon: not running; followup tick looked {ago}, and nothing is sent before it looks again.\n")
        }
        Some((Heartbeat { once: true, .. }, ago)) => {
            format!(
                "Daemon: not running, and followup tick looked last {ago}: nothing is sent. Start it: followup daemon\n"
            )
        }
        Some((_, ago)) => {
            format!("Daemon: not running, so that nothing is sent; it looked last {ago}. Start it: followup daemon\n")
        }
        None => "Daemon: not running, so that nothing is sent. Start it: followup daemon\n".to_owned(),
    }
}

/// What needs the person before anything they asked for: while mail itself fails, or the clock, or while
/// something is held or uncertain, every command says so first.
///
/// `held`: those that were seen to be held just now, which may be newer than what is recorded.
pub(super) fn trouble(context: &Context, desk: &mut Desk, held: Option<Vec<Stuck>>) -> Result<String, Failure> {
    let mut troubles = desk.store.read(|tables| Troubles::read(tables, context))?;
    if let Some(held) = held {
        troubles.held = held;
    }
    Ok(troubles.lines(desk.now, MOST_LINES))
}

/// What keeps letters, or news of them, from going.
struct Troubles {
    mail: Health,
    telling: Health,
    held: Vec<Stuck>,
    uncertain: Vec<Stuck>,
    /// Those that were being sent when the sender ended.
    interrupted: Vec<Stuck>,
    /// This database is not the one that was at work last, and the person has not been told by mail.
    restored: Option<String>,
    /// Why the daemon can record nothing at present.
    stuck: Option<String>,
    /// The last instant that was recorded, by which the clock is judged.
    recorded: Option<Timestamp>,
}

/// One application that does not go on by itself.
pub(super) struct Stuck {
    id: i64,
    company: String,
    why: String,
}

impl Stuck {
    /// `line`, if it is held.
    pub(super) fn held(line: &Line) -> Option<Self> {
        let why = line.held.as_ref().filter(|_| !line.closed)?;
        Some(Self { id: line.id, company: one_line(&line.company), why: one_line(why) })
    }
}

impl Troubles {
    fn read(tables: &Tables, context: &Context) -> Result<Self, StoreError> {
        let stuck = |(id, why): (i64, String)| {
            let company = tables.company(id)?.unwrap_or_else(|| format!("application {id}, deleted"));
            Ok(Stuck { id, company: one_line(&company), why: one_line(&why) })
        };
        let named = |found: Vec<(i64, i64)>| -> Result<Vec<Stuck>, StoreError> {
            found.into_iter().map(|(id, _)| stuck((id, String::new()))).collect()
        };
        // Who holds the lock is asked first: whoever takes it after that has settled nothing yet.
        let pulse = context.pulse();
        let sending = if pulse.is_running() { Vec::new() } else { tables.sending()? };
        Ok(Self {
            mail: tables.health(Part::Mail)?,
            telling: tables.health(Part::Telling)?,
            held: tables.held()?.into_iter().map(stuck).collect::<Result<_, StoreError>>()?,
            uncertain: named(tables.in_doubt()?)?,
            interrupted: named(sending)?,
            restored: tables.restored()?,
            stuck: pulse.last().filter(|_| pulse.is_running()).and_then(|beat| beat.stuck.clone()),
            recorded: tables.last_instant()?,
        })
    }

    /// At most `most` lines for each kind.
    fn lines(&self, now: Timestamp, most: usize) -> String {
        let mut lines = String::new();
        if let Some(why) = distrust(now, self.recorded) {
            lines += &format!("! Nothing is sent while the clock cannot be trusted: {why}. See: followup check\n");
        }
        if let Some(words) = &self.restored {
            lines += &format!("! {words}\n");
        }
        if let Some(why) = &self.stuck {
            lines += &format!(
                "! The daemon can record nothing, so that it sends nothing: {}. It goes on by itself\n",
                one_line(why)
            );
        }
        let mut fails = |health: &Health, what: &str| {
            let Some(why) = health.why.as_ref().filter(|_| health.failures > 0) else { return };
            let next = health.rests_until.filter(|&until| until > now);
            let next = match next {
                Some(until) if health.paused => format!(
                    "Correct the settings, and it is tried again at once; else at {} UTC. What to look at: followup check",
                    until.strftime("%H:%M")
                ),
                Some(until) => format!("The next try is at {} UTC; try now: followup check", until.strftime("%H:%M")),
                None => "It is tried again with the next letter".to_owned(),
            };
            lines += &format!("! {what}: {why}. {next}\n");
        };
        let mail = match (self.mail.paused, self.mail.rests_until.is_some_and(|until| until > now)) {
            (true, true) => "The mail server refuses your account, so that no letter goes",
            (true, false) => "The mail server refused your account when it was last tried",
            (false, _) => "Mail cannot be sent now",
        };
        fails(&self.mail, mail);
        fails(&self.telling, "The mail to yourself does not get through, so that you are not asked");
        for Stuck { id, company, .. } in self.uncertain.iter().take(most) {
            lines +=
                &format!("! {id}  {company}: did its letter arrive? followup resolve {id} --sent, or --not-sent\n");
        }
        for Stuck { id, company, .. } in self.interrupted.iter().take(most) {
            lines += &format!("! {id}  {company}: followup was stopped while it sent the letter. {INTERRUPTED}\n");
        }
        for Stuck { id, company, why } in self.held.iter().take(most) {
            lines += &format!("! {id}  {company} is held: {why}\n");
        }
        let kinds = [&self.held, &self.uncertain, &self.interrupted];
        let left_out: usize = kinds.into_iter().map(|kind| kind.len().saturating_sub(most)).sum();
        if left_out > 0 {
            lines += &format!("! and {left_out} more: followup status\n");
        }
        lines
    }
}

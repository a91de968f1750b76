//! `check`: is everything in order that a letter needs to go. One line for each thing, and for each that is not
//! in order what to do.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Value, json};

use super::check_plan::{self, Findings};
use super::failure::{Failure, Kind};
use super::status::{daemon_line, is_ticked};
use super::{Context, Report, account};
use crate::clock::distrust;
use crate::config::Config;
use crate::core::letter::TEMPLATES;
use crate::ops::Desk;
use crate::store::{Store, send_journal_of};

/// Is all in order that a letter needs to go
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  followup check
  Does a mail really get out? One to yourself, and to nobody else:
    followup check --send-test
  The clock was wrong for a while, and is right now:
    followup check --accept-clock")]
pub(super) struct Check {
    /// Send a mail to yourself, and to nobody else
    #[arg(long)]
    send_test: bool,
    /// Believe the clock as it is now, although it said something later before
    #[arg(long)]
    accept_clock: bool,
}

/// How one thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Ok,
    /// Not looked at, or not there; nothing is wrong with that.
    Skipped,
    No(Kind),
}

/// One line of the result.
#[derive(Debug)]
struct Line {
    name: &'static str,
    state: State,
    what: String,
    hints: Vec<String>,
}

impl Line {
    fn ok(name: &'static str, what: impl Into<String>) -> Self {
        Self { name, state: State::Ok, what: what.into(), hints: Vec::new() }
    }

    fn skipped(name: &'static str, what: impl Into<String>) -> Self {
        Self { name, state: State::Skipped, what: what.into(), hints: Vec::new() }
    }

    fn no(name: &'static str, kind: Kind, what: impl Into<String>, hints: Vec<String>) -> Self {
        Self { name, state: State::No(kind), what: what.into(), hints }
    }

    fn failed(name: &'static str, failure: &Failure) -> Self {
        Self::no(name, failure.kind, failure.message(), failure.hints().to_vec())
    }

    fn word(&self) -> &'static str {
        match self.state {
            State::Ok => "ok",
            State::Skipped => "--",
            State::No(_) => "no",
        }
    }

    fn to_json(&self) -> Value {
        json!({ "name": self.name, "state": self.word(), "what": self.what, "hints": self.hints })
    }
}

impl Check {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        let mut lines = Vec::new();
        let config = match context.config() {
            Ok(config) => {
                lines.extend(settings(context, &config));
                Some(config)
            }
            Err(failure) => {
                lines.push(Line::failed("settings", &failure));
                None
            }
        };
        let mut store = match context.sound_store() {
            Ok(store) => Some(store),
            // Said already: nothing has been set up yet.
            Err(_) if !context.places.settings.exists() => None,
            Err(failure) => {
                lines.push(Line::failed("database", &failure));
                None
            }
        };
        if let Some(store) = &mut store {
            lines.extend(self.database(context, store)?);
        }
        if let (Some(config), Some(store)) = (&config, &mut store) {
            let mut desk = Desk { store, etiquette: &config.etiquette, now: context.now() };
            let plans =
                [("strategy", check_plan::strategy(config)), ("calendar", check_plan::calendar(config, &mut desk)?)];
            for (name, Findings { ok, notes }) in plans {
                lines.push(Line::ok(name, ok));
                lines.extend(notes.into_iter().map(|note| Line::skipped(name, note)));
            }
        }
        let (pulse, now) = (context.pulse(), context.now());
        let daemon = daemon_line(&pulse, now);
        let daemon = daemon.trim_start_matches("Daemon: ").trim_end().trim_end_matches('.');
        let is_served = pulse.is_running() || is_ticked(&pulse, now);
        lines.push(if is_served { Line::ok("daemon", daemon) } else { Line::skipped("daemon", daemon) });
        match (&config, &mut store) {
            _ if self.accept_clock => lines.push(Line::skipped("smtp login", "not tried with --accept-clock")),
            (Some(config), Some(store)) => lines.extend(self.account(context, config, store)?),
            _ => lines.push(Line::skipped("smtp login", "not tried: see above")),
        }
        lines.push(Line::skipped("mailbox", "this version does not look into your mailbox; you are the one who looks"));
        report(context, &lines)
    }

    fn database(&self, context: &Context, store: &mut Store) -> Result<Vec<Line>, Failure> {
        let now = context.now();
        if self.accept_clock {
            store.write(|tables| tables.accept_clock(now))?;
        }
        let (open, all, recorded) = store.read(|tables| {
            Ok((tables.application_ids(false)?.len(), tables.application_ids(true)?.len(), tables.last_instant()?))
        })?;
        let mut lines = Vec::new();
        let name = context.places.database.display();
        lines.push(match store.check_writable() {
            Err(error) => Line::failed("database", &error.into()),
            Ok(()) => Line::ok("database", format!("{name}; {open} open, {} closed", all - open)),
        });
        if let Err(error) = store.check_send_journal() {
            lines.push(Line::failed("send journal", &error.into()));
        }
        lines.push(match distrust(now, recorded) {
            None => Line::ok("clock", now.strftime("%a %-d %b %Y %H:%M UTC").to_string()),
            Some(why) => {
                let mut hints = vec!["if it is wrong, set it right".to_owned()];
                // A clock that is earlier than this program is not believed by anybody's word.
                if distrust(now, None).is_none() {
                    hints.push("if it is right now: followup check --accept-clock".to_owned());
                }
                Line::no("clock", Kind::Failed, format!("cannot be trusted: {why}"), hints)
            }
        });
        Ok(lines)
    }

    fn account(&self, context: &Context, config: &Config, store: &mut Store) -> Result<Vec<Line>, Failure> {
        let place = format!("{}:{}", config.account.host, config.account.port);
        let user = config.account.login.as_ref().map_or("without a login".to_owned(), |it| it.username.clone());
        let line = |name, trouble: account::Trouble| Line::no(name, Kind::Unreachable, trouble.why, trouble.hints);
        let mut lines = Vec::new();
        match account::try_login(context, config)? {
            Ok(offers_login) => {
                // Letters that waited because of the account need not wait any longer.
                store.write(|tables| tables.try_again())?;
                let mut line = Line::ok("smtp login", format!("{place}, {user}"));
                if offers_login && config.account.login.is_none() {
                    line.hints = vec!["the server offers one: if it refuses letters, set smtp.username".to_owned()];
                }
                lines.push(line);
            }
            Err(trouble) => {
                lines.push(line("smtp login", trouble));
                if self.send_test {
                    lines.push(Line::skipped("test mail", "not sent: see above"));
                }
                return Ok(lines);
            }
        }
        if self.send_test {
            let installation = store.read(|tables| tables.installation())?;
            lines.push(match account::send_test(context, config, &installation)? {
                Ok(()) => {
                    Line::ok("test mail", format!("sent to {}; look into your inbox", config.etiquette.sender.email))
                }
                Err(trouble) => line("test mail", trouble),
            });
        }
        Ok(lines)
    }
}

/// What the settings say, who can read them, and what has no effect.
fn settings(context: &Context, config: &Config) -> Vec<Line> {
    let places = &context.places;
    let files = places.machine_settings.iter().chain([&places.settings]).filter(|path| path.exists());
    let names: Vec<String> = files.map(|path| path.display().to_string()).collect();
    let mut lines = vec![Line::ok("settings", names.join(", "))];
    lines.extend(config.unused.iter().map(|what| Line::skipped("settings", what.clone())));
    let mode = |path: &Path| std::fs::metadata(path).map(|it| it.permissions().mode() & 0o777);
    lines.push(match mode(&places.settings) {
        Ok(mode) if mode & 0o077 == 0 => Line::ok("permissions", format!("followup.toml {mode:04o}")),
        Ok(mode) => {
            let what = format!("followup.toml {mode:04o}: others can read it; no password is in it");
            Line {
                hints: vec![format!("chmod 600 {}", places.settings.display())],
                ..Line::skipped("permissions", what)
            }
        }
        Err(error) => Line::no("permissions", Kind::Settings, error.to_string(), Vec::new()),
    });
    let open_to_others = |path: &Path, bits: u32, right: &str, why: &str| {
        let mode = mode(path).ok().filter(|mode| mode & bits != 0)?;
        let what = format!("{} {mode:04o}: {why}", path.display());
        Some(Line::no("permissions", Kind::Settings, what, vec![format!("chmod {right} {}", path.display())]))
    };
    let home = places.settings.parent();
    let writable = "others can put other settings in its place";
    lines.extend(home.and_then(|home| open_to_others(home, 0o022, "700", writable)));
    lines.extend(open_to_others(&places.database, 0o077, "600", "others can read your letters"));
    lines.extend(open_to_others(&send_journal_of(&places.database), 0o077, "600", "others can read what was sent"));
    let own = TEMPLATES.iter().filter(|name| places.letters.join(format!("{name}.txt")).exists()).count();
    lines.push(Line::ok("letters", format!("{} templates, {own} of them your own", TEMPLATES.len())));
    lines
}

fn report(context: &Context, lines: &[Line]) -> Result<Report, Failure> {
    let human: String =
        lines.iter().map(|line| context.page.item(line.word(), line.name, &line.what, &line.hints)).collect();
    let report = Report::new(human, json!({ "checks": lines.iter().map(Line::to_json).collect::<Vec<_>>() }));
    let wrong: Vec<Kind> =
        lines.iter().filter_map(|line| if let State::No(kind) = line.state { Some(kind) } else { None }).collect();
    match wrong.as_slice() {
        [] => Ok(report),
        [first, ..] => {
            let what = if wrong.len() == 1 { "1 thing is".to_owned() } else { format!("{} things are", wrong.len()) };
            Err(Failure::new(*first, format!("{what} not in order; what to do stands beside")).after(report))
        }
    }
}

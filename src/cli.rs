//! The command line: what was typed becomes one call, and its result is printed, for people or as JSON.

mod decide;
mod facts;
mod failure;
mod json;
mod look;
mod render;
mod sandbox;
mod service;
mod setup;
mod status;

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use jiff::Timestamp;
use serde_json::Value;

use crate::clock::{Clock, SystemClock};
use crate::config::{self, Config, Places};
use crate::core::application::reorders_text;
use crate::ops::Desk;
use crate::store::Store;
use failure::{Failure, Kind};

/// Keeps the follow-up after a job interview: waits for the right moment, writes a polite letter, asks you,
/// and sends it once.
///
/// Nothing is ever sent without your word. Start with `followup try`, which shows the whole way in a
/// sandbox, or with `followup init`.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 80, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    common: Common,
}

/// What every command takes.
#[derive(Debug, Clone, clap::Args)]
struct Common {
    /// The folder with followup.toml, followup.db and letters/ [default: $FOLLOWUP_HOME, or as the README says]
    #[arg(long, global = true, value_name = "DIR")]
    home: Option<PathBuf>,
    /// Print one JSON document, with stable names
    #[arg(long, global = true)]
    json: bool,
    /// Print only what goes wrong
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Say more
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    verbose: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write the settings and create the database
    Init(setup::Init),
    /// Show the whole way in a sandbox: a letter, your word, and what arrives
    Try(sandbox::Try),
    /// Add an application and the interview that took place
    Add(facts::Add),
    /// The applications, and what comes next
    List(look::List),
    /// One application, the whole of it
    Show(look::One),
    /// When its letter is due, counted out day by day
    Why(look::One),
    /// The letters that wait for your word
    Queue,
    /// The letter as it would go, with remarks
    Draft(look::Draft),
    /// Change the letter's words
    Edit(decide::Edit),
    /// Yes to exactly the letter that you were shown
    Approve(decide::Approve),
    /// Take an approval back, until the letter is being sent
    Recall(look::One),
    /// Not this letter
    Reject(decide::Reject),
    /// Is the daemon alive, and is anything held
    Status,
    /// Are the settings, the database and the clock in order
    Check(status::Check),
    /// Look once at everything that is due, and end (for cron)
    Tick,
    /// Run for ever: ask when letters are due, send what you approved
    Daemon,
}

/// What a command has to say.
#[derive(Debug)]
struct Report {
    /// For people; ends with a line end.
    human: String,
    json: Value,
}

/// What a command works with.
struct Context {
    places: Places,
    environment: Vec<(String, String)>,
    verbose: bool,
    json: bool,
}

impl Context {
    fn new(common: &Common) -> Result<Self, Failure> {
        let places = Places::find(common.home.as_deref(), |name| std::env::var_os(name))?;
        // A variable that is not text is none of ours.
        let environment =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Ok(Self { places, environment: environment.collect(), verbose: common.verbose, json: common.json })
    }

    fn config(&self) -> Result<Config, Failure> {
        Ok(config::load(&self.places, &self.environment)?)
    }

    /// The database; the first command in a home creates it.
    fn store(&self) -> Result<Store, Failure> {
        setup::create_folder(&self.places.database)?;
        Ok(Store::open(&self.places.database)?)
    }

    /// Runs `work` with the settings, the open database and the present instant.
    fn at_desk<T>(&self, work: impl FnOnce(&mut Desk) -> Result<T, Failure>) -> Result<T, Failure> {
        let config = self.config()?;
        let mut store = self.store()?;
        work(&mut Desk { store: &mut store, etiquette: &config.etiquette, now: now() })
    }
}

fn now() -> Timestamp {
    SystemClock.now()
}

/// Reads the command line. A mistake in it is explained, as JSON where that was asked for.
pub fn parse() -> Result<Cli, ExitCode> {
    Cli::try_parse().map_err(|error| {
        let wants_json = std::env::args_os().any(|argument| argument == "--json");
        if error.use_stderr() && wants_json {
            let said = error.render().to_string();
            let said = said.split("Usage:").next().unwrap_or_default().trim_start_matches("error: ");
            let message = said.split_whitespace().collect::<Vec<_>>().join(" ");
            let failure = Failure::new(Kind::Usage, message).hint("see followup --help");
            let _ = anstream::stderr().write_all(pretty(&failure.to_json()).as_bytes());
            return failure.kind.exit_code();
        }
        // Help and version are no mistakes. Nobody is left to tell if even this fails.
        let _ = error.print();
        if error.use_stderr() { Kind::Usage.exit_code() } else { ExitCode::SUCCESS }
    })
}

/// Runs the command and prints what it has to say; gives the exit code of the interface.
pub fn run(cli: Cli) -> ExitCode {
    let common = cli.common.clone();
    match dispatch(cli) {
        Ok(report) => {
            if common.quiet && !common.json {
                return ExitCode::SUCCESS;
            }
            print(&if common.json { pretty(&report.json) } else { visible(&report.human) })
        }
        Err(failure) => {
            if let Some(done) = &failure.done
                && (common.json || !common.quiet)
            {
                print(&if common.json { pretty(&done.json) } else { visible(&done.human) });
            }
            let text = if common.json { pretty(&failure.to_json()) } else { visible(&failure.to_text()) };
            // Nobody is left to tell if even this fails.
            let _ = anstream::stderr().write_all(text.as_bytes());
            failure.kind.exit_code()
        }
    }
}

fn dispatch(cli: Cli) -> Result<Report, Failure> {
    let context = Context::new(&cli.common)?;
    match cli.command {
        None => look::overview(&context),
        Some(Command::Init(init)) => init.run(&context),
        Some(Command::Try(try_it)) => try_it.run(&context),
        Some(Command::Add(add)) => add.run(&context),
        Some(Command::List(list)) => list.run(&context),
        Some(Command::Show(one)) => look::show(&context, &one),
        Some(Command::Why(one)) => look::why(&context, &one),
        Some(Command::Queue) => look::queue(&context),
        Some(Command::Draft(draft)) => draft.run(&context),
        Some(Command::Edit(edit)) => edit.run(&context),
        Some(Command::Approve(approve)) => approve.run(&context),
        Some(Command::Recall(one)) => decide::recall(&context, &one),
        Some(Command::Reject(reject)) => reject.run(&context),
        Some(Command::Status) => status::status(&context),
        Some(Command::Check(check)) => check.run(&context),
        Some(Command::Tick) => service::tick(&context),
        Some(Command::Daemon) => service::daemon(&context),
    }
}

fn pretty(json: &Value) -> String {
    // A `Value` always has a text.
    serde_json::to_string_pretty(json).unwrap_or_default() + "\n"
}

/// Prints to standard output. A reader that has gone away is no failure of ours.
fn print(text: &str) -> ExitCode {
    let mut out = anstream::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(_) => Kind::Failed.exit_code(),
    }
}

/// `text` without what would move a terminal's cursor or reorder its line: another program may have written
/// anything into a company's name.
fn visible(text: &str) -> String {
    let show = |c: char| if (c.is_control() && !matches!(c, '\n' | '\t')) || reorders_text(c) { '\u{FFFD}' } else { c };
    text.chars().map(show).collect()
}

/// Whether somebody can be asked.
fn is_conversation() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

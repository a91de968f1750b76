//! The command line: what was typed becomes one call, and its result is printed, for people or as JSON.

mod account;
mod agenda;
mod answers;
mod backup;
mod check;
mod check_plan;
mod console;
mod context;
mod decide;
mod edit;
mod export;
mod facts;
mod failure;
mod glance;
mod holidays;
mod json;
mod log;
mod logging;
mod look;
mod manual;
mod page;
mod provider;
mod render;
mod sandbox;
mod sentence;
mod service;
mod settings;
mod setup;
mod status;
mod stop;
mod table;
mod why;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{FromArgMatches, Parser, Subcommand};
use serde_json::Value;

pub use console::{Console, Terminal};
use context::Context;
pub use context::Host;
use failure::{Failure, Kind};
use page::Passage;

/// Keeps the follow-up after a job interview: waits for the right moment, writes a polite letter, asks you,
/// and sends it once.
///
/// Nothing is ever sent without your word. Start with `followup try`, which shows the whole way in a
/// sandbox, or with `followup init`.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 80, disable_help_subcommand = true, help_template = manual::TEMPLATE)]
#[command(after_help = manual::EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    common: Common,
}

/// What every command takes.
#[derive(Debug, Clone, clap::Args)]
struct Common {
    /// The folder of settings, database and letters
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
    Init(setup::Init),
    Check(check::Check),
    Try(sandbox::Try),

    Add(facts::Add),
    Set(facts::Set),
    Interview(facts::AnotherInterview),
    Promise(facts::Promise),
    Heard(answers::Heard),
    Called(answers::CalledThem),
    Close(answers::Close),
    /// Not over after all: take back a close, or an answer
    #[command(after_help = "Example:\n  followup reopen 3")]
    Reopen(look::One),
    Note(answers::Note),
    Forget(answers::Forget),

    List(look::List),
    /// One application, the whole of it
    #[command(after_help = "Examples:\n  followup show 3\n  followup show globex")]
    Show(look::One),
    /// When its letter is due, counted out day by day
    #[command(after_help = "Example:\n  followup why 3")]
    Why(look::One),
    Log(log::Log),
    Agenda(agenda::Agenda),
    Holidays(holidays::Holidays),
    /// Is the daemon alive, and is anything held
    Status,
    /// Every setting, and where it comes from
    #[command(after_help = settings::EXAMPLES)]
    Config,

    /// The letters that wait for your word
    Queue,
    Draft(look::Draft),
    Edit(edit::Edit),
    Approve(decide::Approve),
    Recall(decide::Recall),
    Reject(decide::Reject),
    Snooze(decide::Snooze),
    Resolve(decide::Resolve),

    /// Run for ever: ask when letters are due, send what you approved
    Daemon,
    /// Look once at everything that is due, and end (for cron)
    #[command(after_help = "Example, in crontab:\n  */5 * * * * followup -q tick")]
    Tick,
    Backup(backup::Backup),
    Export(export::Export),
    Completions(manual::Completions),
    /// The manual page
    #[command(after_help = "Example:\n  followup man | man -l -")]
    Man,
    Help(manual::Help),
}

/// What a command has to say.
#[derive(Debug)]
struct Report {
    /// For people.
    human: Vec<Passage>,
    json: Value,
}

impl Report {
    fn new(prose: impl Into<String>, json: Value) -> Self {
        Self { human: vec![Passage::Prose(prose.into())], json }
    }

    /// As `text` stands.
    fn verbatim(text: String, json: Value) -> Self {
        Self { human: vec![Passage::Verbatim(text)], json }
    }
}

/// Runs the command of the host's arguments, writes what it has to say to the host's console, and gives the
/// exit code of the interface.
pub fn run(host: &Host) -> u8 {
    let cli = match parse(host) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let common = cli.common.clone();
    let page = context::page(host.console);
    let done = Context::new(&common, host).and_then(|context| {
        let report = dispatch(cli, &context)?;
        Ok(with_first_lines(context.first_lines(), report))
    });
    let say = |report: &Report| match common.json {
        true => print(host.console, &pretty(&report.json)),
        false if common.quiet => 0,
        false => {
            let mut passages = report.human.iter();
            written(host.console, passages.try_for_each(|it| page.print(it, |text| host.console.out(text))))
        }
    };
    match done {
        Ok(report) => say(&report),
        Err(failure) => {
            if let Some(done) = &failure.done {
                say(done);
            }
            let text = if common.json { pretty(&failure.to_json()) } else { page.prose(&failure.to_text()) };
            host.console.err(&text);
            failure.kind.exit_code()
        }
    }
}

/// What needs the person stands first, with a blank line after it; but for a message or a script, which is taken as it
/// is.
fn with_first_lines(first: String, mut report: Report) -> Report {
    let is_empty = |passage: &Passage| matches!(passage, Passage::Prose(text) if text.is_empty());
    if !first.is_empty() && !report.human.iter().any(|it| matches!(it, Passage::Verbatim(_))) {
        let gap = if report.human.iter().all(is_empty) { "" } else { "\n" };
        report.human.insert(0, Passage::Prose(first + gap));
    }
    report
}

/// Reads the command line. A mistake in it is explained, as JSON where that was asked for.
fn parse(host: &Host) -> Result<Cli, u8> {
    let page = context::page(host.console);
    // A mistake is quoted, and must not move the cursor or set a colour of its own.
    let is_plain = |argument: &OsString| page::visible(&argument.to_string_lossy()) == argument.to_string_lossy();
    let colour = page.colour && host.arguments.iter().all(is_plain);
    let matches = manual::command(page, colour).try_get_matches_from(&host.arguments);
    matches.and_then(|matches| Cli::from_arg_matches(&matches)).map_err(|error| {
        let rendered = match colour {
            true => error.render().ansi().to_string(),
            false => page::visible(&error.render().to_string()).into_owned(),
        };
        if !error.use_stderr() {
            // Help and version are no mistakes.
            return print(host.console, &rendered);
        }
        let failure = match host.arguments.iter().any(|argument| argument == "--json") {
            true => {
                let said = error.render().to_string();
                let said = said.split("Usage:").next().unwrap_or_default().trim_start_matches("error: ");
                let message = said.split_whitespace().collect::<Vec<_>>().join(" ");
                pretty(&Failure::new(Kind::Usage, message).hint("see followup --help").to_json())
            }
            false => rendered,
        };
        host.console.err(&failure);
        Kind::Usage.exit_code()
    })
}

fn dispatch(cli: Cli, context: &Context) -> Result<Report, Failure> {
    use Command as C;
    match cli.command {
        None => look::overview(context),
        Some(C::Init(init)) => init.run(context),
        Some(C::Check(check)) => check.run(context),
        Some(C::Try(try_it)) => try_it.run(context),
        Some(C::Add(add)) => add.run(context),
        Some(C::Set(set)) => set.run(context),
        Some(C::Interview(interview)) => interview.run(context),
        Some(C::Promise(promise)) => promise.run(context),
        Some(C::Heard(heard)) => heard.run(context),
        Some(C::Called(called)) => called.run(context),
        Some(C::Close(close)) => close.run(context),
        Some(C::Reopen(one)) => answers::reopen(context, &one),
        Some(C::Note(note)) => note.run(context),
        Some(C::Forget(forget)) => forget.run(context),
        Some(C::List(list)) => list.run(context),
        Some(C::Show(one)) => look::show(context, &one),
        Some(C::Why(one)) => why::why(context, &one),
        Some(C::Log(log)) => log.run(context),
        Some(C::Agenda(agenda)) => agenda.run(context),
        Some(C::Holidays(holidays)) => holidays.run(context),
        Some(C::Status) => status::status(context),
        Some(C::Config) => settings::config(context),
        Some(C::Queue) => look::queue(context),
        Some(C::Draft(draft)) => draft.run(context),
        Some(C::Edit(edit)) => edit.run(context),
        Some(C::Approve(approve)) => approve.run(context),
        Some(C::Recall(recall)) => recall.run(context),
        Some(C::Reject(reject)) => reject.run(context),
        Some(C::Snooze(snooze)) => snooze.run(context),
        Some(C::Resolve(resolve)) => resolve.run(context),
        Some(C::Daemon) => service::daemon(context),
        Some(C::Tick) => service::tick(context),
        Some(C::Backup(backup)) => backup.run(context),
        Some(C::Export(export)) => export.run(context),
        Some(C::Completions(completions)) => completions.run(),
        Some(C::Man) => manual::man(),
        Some(C::Help(help)) => help.run(context),
    }
}

fn pretty(json: &Value) -> String {
    // A `Value` always has a text.
    serde_json::to_string_pretty(json).unwrap_or_default() + "\n"
}

/// Prints to standard output.
fn print(console: &dyn Console, text: &str) -> u8 {
    written(console, console.out(text))
}

/// The exit code after `result` of writing. A reader that has gone away is no failure of ours.
fn written(console: &dyn Console, result: std::io::Result<()>) -> u8 {
    match result {
        Ok(()) => 0,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => 0,
        Err(error) => {
            console.err(&format!("followup: what was to be said cannot be written: {error}\n"));
            Kind::Failed.exit_code()
        }
    }
}

//! What the command line says of itself: the groups of `--help`, completions for shells, the manual page.

use clap::CommandFactory;
use clap_complete::Shell;
use serde_json::json;

use super::failure::{Failure, Kind};
use super::page::Page;
use super::{Cli, Context, Report};

/// The first help that a person sees: what it is, then the commands by what one wants to do.
pub(super) const TEMPLATE: &str = "\
{about-with-newline}
{usage-heading} {usage}

Start
  init         Write the settings, and try whether your mail account takes them
  check        Is all in order that a letter needs to go
  try          See the whole way in a sandbox: a letter, your word, what arrives

Facts
  add          A new application, and the interview that took place
  set          Correct a fact
  interview    Another round took place
  promise      They named a date for their answer
  heard        They answered
  called       What came of a phone call
  close        It is over
  reopen       It is not over after all
  note         Keep a few words in the journal
  forget       Remove all that is known of it

Look
  (nothing)    What needs you now, then what comes
  list         The applications, and what comes next
  show         One application, the whole of it
  why          When its letter is due, counted out day by day
  log          What happened, and who did it
  agenda       What will happen, day by day
  holidays     The public holidays of a country, which are no business days
  status       Is the daemon alive, and is anything held
  config       Every setting, and where it comes from

Decide
  queue        The letters that wait for your word
  draft        A letter as it would go, with remarks
  edit         Change its words
  approve      Yes to exactly the letter that you were shown
  recall       Take an approval back; --all stops everything
  reject       Not this letter
  snooze       Not now
  resolve      Settle whether a letter arrived

Service
  daemon       Run for ever: ask when letters are due, send what you approved
  tick         Look once at everything that is due, and end (for cron)
  backup       Copy the database, safe while the daemon runs
  export       What comes, for your calendar program
  completions  Completions for your shell
  man          The manual page
  help         Explain a command

Options, of every command
      --home DIR   The folder of settings, database and letters
      --json       Print one JSON document, with stable names
  -q, --quiet      Print only what goes wrong
  -v, --verbose    Say more
  -h, --help       Explain the command
  -V, --version    Print the version

{after-help}
";

/// Ends the first help.
pub(super) const EXAMPLES: &str = "\
A day with it:
  followup add --company Globex --position Analyst \\
      --contact 'Jane Doe <jane@globex.example>' --interviewed yesterday
  followup                  what needs me?
  followup draft globex     the letter, as it would go
  followup approve globex   yes, send it

followup COMMAND --help explains a command, with examples.";

/// The commands and flags, as they explain themselves on `page`.
pub(super) fn command(page: Page, colour: bool) -> clap::Command {
    Cli::command().term_width(page.width()).color(match colour {
        true => clap::ColorChoice::Always,
        false => clap::ColorChoice::Never,
    })
}

/// Explain a command
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  followup help approve")]
pub(super) struct Help {
    /// The command; all of them if it is not given
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

impl Help {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        let mut command = command(context.page, context.page.colour);
        command.build();
        let help = match self.command {
            None => command.render_help(),
            Some(name) => match command.find_subcommand_mut(&name) {
                Some(command) => command.render_help(),
                None => {
                    return Err(Failure::new(Kind::Usage, format!("there is no command {name:?}"))
                        .hint("the commands: followup --help"));
                }
            },
        };
        let text = if context.page.colour { help.ansi().to_string() } else { help.to_string() };
        let json = json!({ "help": help.to_string() });
        Ok(Report::verbatim(text, json))
    }
}

/// Completions for your shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  followup completions bash \\
      > ~/.local/share/bash-completion/completions/followup
  followup completions zsh > ~/.zfunc/_followup
  followup completions fish > ~/.config/fish/completions/followup.fish")]
pub(super) struct Completions {
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self) -> Result<Report, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "followup", &mut script);
        verbatim(script, "completions")
    }
}

/// The manual page, for `man -l -`.
pub(super) fn man() -> Result<Report, Failure> {
    let mut page = Vec::new();
    let written = clap_mangen::Man::new(Cli::command()).render(&mut page);
    written.map_err(|error| Failure::new(Kind::Failed, format!("the manual page: {error}")))?;
    verbatim(page, "man")
}

fn verbatim(text: Vec<u8>, name: &str) -> Result<Report, Failure> {
    let text = String::from_utf8(text).map_err(|error| Failure::new(Kind::Failed, error.to_string()))?;
    let json = json!({ name: text });
    Ok(Report::verbatim(text, json))
}

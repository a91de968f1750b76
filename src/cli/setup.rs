//! `init`: asks for what is missing, tries the login, writes the settings (readable by their owner only), and
//! creates the database.

use std::fs::DirBuilder;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use jiff::tz::TimeZone;
use serde_json::json;

use super::account::{STARTTLS_PORT, Trouble, try_login};
use super::failure::{Failure, Kind};
use super::{Context, Report, provider};
use crate::config::{self, Config, DEFAULTS};
use crate::core::address::check_address;
use crate::core::application::{BadFact, check_line, check_zone};
use crate::store::{Store, folder_of, sync_folder_of};

/// Write the settings, and try whether your mail account takes them
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  In a terminal it asks for everything that it needs:
    followup init
  Without asking:
    followup init --name 'Ada Byron' --email ada@example.org \\
        --smtp-host smtp.example.org --smtp-user ada@example.org \\
        --password-command 'pass show mail'

The settings are written only if the server takes the login, or cannot be
reached. A password is never given on the command line: others could see it.")]
pub(super) struct Init {
    /// Your name, as letters are signed
    #[arg(long)]
    name: Option<String>,
    /// Your address
    #[arg(long)]
    email: Option<String>,
    /// Your phone number, for the letters
    #[arg(long)]
    phone: Option<String>,
    /// Your time zone, such as Europe/London [default: this machine's]
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// Your provider's server for sending
    #[arg(long, value_name = "HOST")]
    smtp_host: Option<String>,
    /// Its port [default: 465, with starttls 587]
    #[arg(long, value_name = "PORT", value_parser = a_port)]
    smtp_port: Option<u16>,
    /// implicit, starttls, or none for a server on this machine
    /// [default: implicit, on port 587 starttls]
    #[arg(long, value_name = "HOW")]
    smtp_tls: Option<String>,
    /// Certificates (PEM) to trust, for a server of your own
    #[arg(long, value_name = "FILE")]
    smtp_ca_file: Option<String>,
    /// The name you log in with
    #[arg(long, value_name = "USER")]
    smtp_user: Option<String>,
    /// A file with the password, readable by you alone
    #[arg(long, value_name = "FILE", alias = "password-file")]
    smtp_password_file: Option<String>,
    /// A command that prints the password, such as 'pass show mail'
    #[arg(long, value_name = "COMMAND", conflicts_with = "smtp_password_file")]
    password_command: Option<String>,
    /// Do not try the login
    #[arg(long)]
    no_login: bool,
    /// Typed, never given.
    #[arg(skip)]
    password: Option<String>,
}

fn a_port(text: &str) -> Result<u16, &'static str> {
    text.parse().ok().filter(|&port| port > 0).ok_or("a port is a number from 1 to 65535, such as 465")
}

/// What came of trying the login.
enum Login {
    Works,
    NotTried,
    /// The server was not reached, which says nothing of the settings.
    Unreachable(Trouble),
}

impl Init {
    pub(super) fn run(mut self, context: &Context) -> Result<Report, Failure> {
        let places = &context.places;
        if places.settings.exists() {
            let message = format!("{} exists already; it was not touched", places.settings.display());
            return Err(Failure::new(Kind::Refused, message).hint("change it with an editor, or remove it first"));
        }
        let missing: Vec<&str> = [("--name", &self.name), ("--email", &self.email), ("--smtp-host", &self.smtp_host)]
            .into_iter()
            .filter_map(|(flag, value)| value.is_none().then_some(flag))
            .collect();
        let asks = !missing.is_empty();
        if asks && !context.can_ask() {
            let message = format!("it cannot be set up without {}", missing.join(", "));
            let failure = Failure::new(Kind::Usage, message).hint("in a terminal, `followup init` asks for them");
            return Err(failure.hint("see followup init --help"));
        }
        if asks {
            context.say(&format!(
                "This writes {}, readable by you alone.\nEnter takes what stands in [brackets]; Ctrl-C ends without \
                 writing anything.\n\n",
                places.settings.display()
            ))?;
            self.ask(context)?;
        }
        let (config, login) = self.try_until_it_works(context)?;
        for file in [&places.settings, &places.database] {
            create_folder(file)?;
        }
        // The settings last: once they are there, all is set up.
        Store::open(&places.database)?;
        write_secret(&places.settings, &self.settings()?)?;
        let mut human = format!("Wrote {}\n", places.settings.display());
        human += &match &login {
            Login::Works => format!("{} takes the login.\n", config.account.host),
            Login::NotTried => "The login was not tried: followup check\n".to_owned(),
            Login::Unreachable(Trouble { why, hints, .. }) => {
                let hints = hints.join("\n");
                format!(
                    "! The server could not be asked: {why}\n{hints}\nThen see whether it is well: followup check\n"
                )
            }
        };
        human += "Next: add an application (followup add --help), and start the service: followup daemon\n";
        let login = match login {
            Login::Works => "ok",
            Login::NotTried => "not tried",
            Login::Unreachable(_) => "unreachable",
        };
        let json = json!({ "settings": places.settings, "database": places.database, "login": login });
        Ok(Report::new(human, json))
    }

    /// Asks for everything that was not given.
    fn ask(&mut self, context: &Context) -> Result<(), Failure> {
        let required = |check: fn(&str) -> Result<(), BadFact>| move |text: &str| check(text).map_err(|bad| bad.why);
        let name = required(|text| check_line("name", text));
        let email = required(|text| check_address("email", text));
        let host = required(|text| check_line("host", text));
        let zone = required(|text| check_zone("timezone", text).map(drop));
        let phone = |text: &str| match text.is_empty() || text.chars().any(|c| c.is_ascii_digit()) {
            true => Ok(()),
            false => Err("has no digit".to_owned()),
        };
        question(context, &mut self.name, "Your name, as letters are signed", None, name)?;
        question(context, &mut self.email, "Your address", None, email)?;
        question(context, &mut self.phone, "Your phone number, for the letters (or nothing)", Some(""), phone)?;
        let here = here().unwrap_or_else(|| "UTC".to_owned());
        question(context, &mut self.timezone, "Your time zone", Some(&here), zone)?;
        let server = self.email.as_deref().and_then(provider::server_of);
        question(context, &mut self.smtp_host, "Your provider's server for sending", server.as_deref(), host)?;
        self.ask_login(context)
    }

    /// Asks who logs in, and for the password or the way to it.
    fn ask_login(&mut self, context: &Context) -> Result<(), Failure> {
        let mail = self.email.clone();
        let user = "The name you log in with (- for none)";
        question(context, &mut self.smtp_user, user, mail.as_deref(), |_| Ok(()))?;
        if self.smtp_user.as_deref() == Some("-") {
            self.smtp_user = Some(String::new());
        }
        let known = self.smtp_password_file.is_some() || self.password_command.is_some() || self.password.is_some();
        if known || self.smtp_user.as_deref() == Some("") {
            return Ok(());
        }
        if let Some(advice) = self.smtp_host.as_deref().and_then(provider::advice) {
            context.say(&format!("{advice}\n"))?;
        }
        let hidden = "Your password (not shown; Enter to name a file or a command): ";
        let typed = answer(context, hidden, true)?;
        if !typed.is_empty() {
            self.password = Some(typed);
            return Ok(());
        }
        let command = "A command that prints it, such as: pass show mail (or nothing)";
        question(context, &mut self.password_command, command, Some(""), |_| Ok(()))?;
        self.password_command = self.password_command.take().filter(|command| !command.is_empty());
        if self.password_command.is_none() {
            let file = "A file with the password, readable by you alone";
            question(context, &mut self.smtp_password_file, file, None, |text| {
                if text.is_empty() { Err("is empty".to_owned()) } else { Ok(()) }
            })?;
        }
        Ok(())
    }

    /// Tries the login; where the server refuses it, lets the person correct it as often as they like.
    fn try_until_it_works(&mut self, context: &Context) -> Result<(Config, Login), Failure> {
        loop {
            let config = config::from_text(&self.settings()?)?;
            if self.no_login {
                return Ok((config, Login::NotTried));
            }
            let trouble = match try_login(context, &config)? {
                Ok(_) => return Ok((config, Login::Works)),
                Err(trouble) => trouble,
            };
            let Trouble { why, hints, unreachable } = &trouble;
            if !context.can_ask() {
                if *unreachable {
                    return Ok((config, Login::Unreachable(trouble)));
                }
                let failure = Failure::new(Kind::Unreachable, format!("{why}; nothing was written"));
                return Err(hints
                    .iter()
                    .cloned()
                    .fold(failure, Failure::hint)
                    .hint("or leave out the try: --no-login"));
            }
            context.say(&format!("\n! {why}\n{}\n", hints.join("\n")))?;
            if *unreachable && context.says_yes("Write the settings all the same, to try later?", true)? {
                return Ok((config, Login::Unreachable(trouble)));
            }
            if !context.says_yes("Correct server, login and password?", true)? {
                return Err(Failure::new(Kind::Unreachable, "nothing was written").hint("run followup init again"));
            }
            let host = self.smtp_host.take();
            question(context, &mut self.smtp_host, "Your provider's server for sending", host.as_deref(), |_| Ok(()))?;
            let port = self.smtp_port.take().unwrap_or(465).to_string();
            let mut new = None;
            question(context, &mut new, "Its port", Some(&port), |text| {
                text.parse::<u16>().map(drop).map_err(|_| "is not a port such as 465".to_owned())
            })?;
            self.smtp_port = new.and_then(|port| port.parse().ok());
            (self.smtp_user, self.smtp_password_file) = (None, None);
            (self.password_command, self.password) = (None, None);
            self.ask_login(context)?;
        }
    }

    /// The commented defaults, with what was given in its place.
    fn settings(&self) -> Result<String, Failure> {
        let text = |value: &Option<String>| value.as_ref().map(|value| toml::Value::from(value.as_str()).to_string());
        // Named from everywhere: the daemon is not started where `init` was typed.
        let absolute =
            |file: &String| std::path::absolute(file).map_or(file.clone(), |path| path.display().to_string());
        let password_file = self.smtp_password_file.as_ref().map(absolute);
        let ca_file = self.smtp_ca_file.as_ref().map(absolute);
        let command = self.password_command.as_ref().map(|command| {
            let split = shlex::split(command).filter(|words| !words.is_empty());
            let wrong = || Failure::new(Kind::Usage, format!("--password-command {command:?} is not a command"));
            split.map(|words| toml::Value::from(words).to_string()).ok_or_else(wrong)
        });
        // Written down, so that the daemon and every shell mean the same one.
        let timezone = self.timezone.clone().or_else(here);
        // What one of them means without the other.
        let is_starttls = self.smtp_tls.as_deref() == Some("starttls");
        let port = self.smtp_port.or(is_starttls.then_some(STARTTLS_PORT));
        let implied = (port == Some(STARTTLS_PORT)).then(|| "starttls".to_owned());
        let given = [
            ("me", "name", text(&self.name)),
            ("me", "email", text(&self.email)),
            ("me", "phone", text(&self.phone)),
            ("me", "timezone", text(&timezone)),
            ("smtp", "host", text(&self.smtp_host)),
            ("smtp", "port", port.map(|port| port.to_string())),
            ("smtp", "tls", text(&self.smtp_tls.clone().or(implied))),
            ("smtp", "ca_file", text(&ca_file)),
            ("smtp", "username", text(&self.smtp_user)),
            ("smtp", "password", text(&self.password)),
            ("smtp", "password_file", text(&password_file)),
            ("smtp", "password_command", command.transpose()?),
        ];
        let mut section = "";
        let mut lines = Vec::new();
        for line in DEFAULTS.lines() {
            section = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(section);
            let key = line.split(" = ").next().unwrap_or_default();
            let value = given.iter().find(|(in_section, name, _)| *in_section == section && *name == key);
            lines.push(match value {
                Some((_, _, Some(value))) => format!("{key} = {value}"),
                _ => line.to_owned(),
            });
        }
        Ok(lines.join("\n") + "\n")
    }
}

/// The zone of this machine.
fn here() -> Option<String> {
    TimeZone::try_system().ok()?.iana_name().map(str::to_owned)
}

/// Asks for `value` unless it is known, until an answer passes `check`; Enter takes `default`.
fn question(
    context: &Context,
    value: &mut Option<String>,
    question: &str,
    default: Option<&str>,
    check: impl Fn(&str) -> Result<(), String>,
) -> Result<(), Failure> {
    while value.is_none() {
        let shown = default.filter(|text| !text.is_empty()).map_or_else(String::new, |text| format!(" [{text}]"));
        let typed = answer(context, &format!("{question}{shown}: "), false)?;
        let chosen = if typed.is_empty() { default.unwrap_or_default().to_owned() } else { typed };
        match check(&chosen) {
            Ok(()) => *value = Some(chosen),
            Err(why) => context.say(&format!("  {why}\n"))?,
        }
    }
    Ok(())
}

/// One answer, without the spaces around it (a password keeps its own).
fn answer(context: &Context, question: &str, hidden: bool) -> Result<String, Failure> {
    let lost = |error| Failure::new(Kind::Failed, format!("the terminal: {error}"));
    match context.console.ask(question, hidden).map_err(lost)? {
        Some(typed) if hidden => Ok(typed.trim_end_matches(['\n', '\r']).to_owned()),
        Some(typed) => Ok(typed.trim().to_owned()),
        None => {
            Err(Failure::new(Kind::Failed, "the answers ended; nothing was written").hint("run followup init again"))
        }
    }
}

/// Creates the folder of `file`, for its owner only, where it is missing.
pub(super) fn create_folder(file: &Path) -> Result<(), Failure> {
    let Some(folder) = file.parent() else { return Ok(()) };
    let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
    let missing: Vec<&Path> = folder.ancestors().take_while(is_missing).collect();
    let created = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    // A new name is on disk when the folder that it stands in is.
    let synced = created.and_then(|()| missing.iter().try_for_each(|new| sync_folder_of(new)));
    synced.map_err(|error| {
        use std::io::ErrorKind::{AlreadyExists, NotADirectory};
        let why = match error.kind() {
            AlreadyExists | NotADirectory => "is no folder, or lies below a file".to_owned(),
            _ => error.to_string(),
        };
        Failure::new(Kind::Settings, format!("{}: {why}", folder.display()))
            .hint("look whether this is a folder, and yours to write in; --home names another one")
    })
}

/// Writes the settings for their owner only: all of them, or none.
fn write_secret(path: &Path, text: &str) -> Result<(), Failure> {
    write_new(path, text).map_err(|error| {
        Failure::new(Kind::Settings, format!("{}: {error}", path.display()))
            .hint("look whether the folder is yours to write in, and the disk not full")
    })
}

/// Writes a file that is not there yet, for its owner only: all of it, or none.
pub(super) fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    // A temporary file is its owner's alone, whatever the umask.
    let mut file = tempfile::NamedTempFile::new_in(folder_of(path))?;
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all())?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    sync_folder_of(path)
}

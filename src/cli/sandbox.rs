//! `try`: the whole way in a sandbox. A temporary home, a mail catcher on loopback, one application whose
//! window is open, the real daemon; the letter is shown, asked for, sent by SMTP, and printed as it arrived.

mod catcher;

use std::io::{BufRead, Write};
use std::time::Duration;

use jiff::ToSpan;
use serde_json::json;
use tokio::time::timeout;

use super::failure::{Failure, Kind};
use super::{Context, Report, service};
use crate::config::{self, Config, ConfigError, Places};
use crate::core::application::{Application, Contact, Interview};
use crate::daemon;
use crate::ops::Desk;
use crate::store::Store;
use crate::world::Stop;
use catcher::{Catcher, Caught};

/// Far more than the way takes on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);
const RECIPIENT: &str = "jane@globex.example";

/// See the whole way in a sandbox: a letter, your word, what arrives
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  followup try

It needs no settings and no network, and leaves nothing behind.")]
pub(super) struct Try {
    /// Approve the letter without asking
    #[arg(long)]
    yes: bool,
}

impl Try {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        if !self.yes && !context.can_ask() {
            return Err(Failure::new(Kind::Usage, "there is no terminal to ask in").hint("use followup try --yes"));
        }
        let home = tempfile::Builder::new().prefix("followup-try-").tempdir().map_err(|error| failed(&error))?;
        let runtime = service::runtime()?;
        let walked = runtime.block_on(self.walk(&Places::sealed(home.path()), context));
        // A question that nobody answers is not waited for.
        runtime.shutdown_background();
        walked
    }

    async fn walk(self, places: &Places, context: &Context<'_>) -> Result<Report, Failure> {
        let catcher = Catcher::start().await.map_err(|error| failed(&error))?;
        let config = settings(catcher.port())?;
        let mut store = Store::open(&places.database)?;
        let application = sample(&config, context.now());
        let mut desk = Desk { store: &mut store, etiquette: &config.etiquette, now: context.now() };
        let added = desk.add(&application)?;
        let id = added.case.application.id;
        let say = |text: &str| {
            if !context.json {
                // A reader that has gone away is no reason to stop half way.
                let _ = context.console.out(text);
            }
        };
        say(&context.page.prose(&format!(
            "A sandbox in {}: a home, a mail catcher on this machine, and an application whose answer is overdue. Nothing \
             leaves this machine.\n",
            places.database.parent().unwrap_or(&places.database).display()
        )));

        let (switch, stop) = Stop::switch();
        let (port, daemon_places) = (catcher.port(), places.clone());
        let daemon = tokio::spawn(async move { daemon::run(|| settings(port), &daemon_places, stop).await });
        let walked = self.letter(&catcher, &mut store, &config, id, context).await;
        let _ = switch.send(true);
        let ended = timeout(PATIENCE, daemon).await;
        let arrived = walked?;
        match ended {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => return Err(error.into()),
            _ => return Err(Failure::new(Kind::Failed, "the daemon did not stop")),
        }
        Ok(match arrived {
            Some(letter) => Report::verbatim(
                format!(
                    "This arrived at {RECIPIENT}, once:\n\n{letter}\n\nThat is all it does. For your own letters: followup \
                     init\n"
                ),
                json!({ "sent": true, "recipient": RECIPIENT, "message": letter }),
            ),
            None => Report::new("Nothing was sent. For your own letters: followup init\n", json!({ "sent": false })),
        })
    }

    /// From the ask to the letter in the recipient's hands; `None` if the person said no.
    async fn letter(
        &self,
        catcher: &Catcher,
        store: &mut Store,
        config: &Config,
        id: i64,
        context: &Context<'_>,
    ) -> Result<Option<String>, Failure> {
        let say = |text: &str| {
            if !context.json {
                let _ = context.console.out(text);
            }
        };
        let own = &config.etiquette.sender.email;
        let ask = arrives(catcher, own, "the mail that asks you").await?;
        // The daemon records a moment after the mail arrived that it has asked; nobody types that fast.
        Desk { store, etiquette: &config.etiquette, now: context.now() }.draft(id)?;
        say(&format!("The daemon has looked, and asks you by mail:\n\n{}\n\n", quoted(&ask.text())));
        if !self.yes && !says_yes().await? {
            return Ok(None);
        }
        say(&format!("$ followup approve {id}\n"));
        let mut desk = Desk { store, etiquette: &config.etiquette, now: context.now() };
        desk.approve(id, None, false)?;
        say("Approved. It goes in a moment; for your own letters there are 30 seconds to\nchange your mind.\n\n");
        Ok(Some(arrives(catcher, RECIPIENT, "the letter").await?.text()))
    }
}

async fn arrives(catcher: &Catcher, recipient: &str, what: &str) -> Result<Caught, Failure> {
    let late = || Failure::new(Kind::Failed, format!("{what} did not arrive within {} seconds", PATIENCE.as_secs()));
    timeout(PATIENCE, catcher.letter_to(recipient)).await.map_err(|_| late())
}

/// Asks on the terminal. Ctrl-C is a no, so that the sandbox is cleared away.
async fn says_yes() -> Result<bool, Failure> {
    let mut out = anstream::stdout();
    let asked = out.write_all(b"Send this letter? [y/N] ").and_then(|()| out.flush());
    asked.map_err(|error| failed(&error))?;
    let answer = tokio::task::spawn_blocking(|| {
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer).map(|_| answer)
    });
    tokio::select! {
        answer = answer => match answer {
            Ok(Ok(answer)) => Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")),
            Ok(Err(error)) => Err(failed(&error)),
            Err(error) => Err(failed(&error)),
        },
        _ = tokio::signal::ctrl_c() => Ok(false),
    }
}

fn quoted(text: &str) -> String {
    text.lines().map(|line| format!("  | {line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

fn failed(error: &dyn std::fmt::Display) -> Failure {
    Failure::new(Kind::Failed, format!("the sandbox: {error}"))
}

/// The sandbox's settings: at any hour of any day, without a network.
fn settings(port: u16) -> Result<Config, ConfigError> {
    config::from_text(&format!(
        "[me]\nname = \"Ada Byron\"\nemail = \"ada@me.example\"\nphone = \"+44 20 7946 0000\"\n\
         [smtp]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\n\
         [sending]\nhours = \"00:00-24:00\"\ndays = \"all\"\ngrace = \"2s\"\n\
         [ask]\ndigest_at = \"\"\n"
    ))
}

/// An application whose promised answer is overdue today, whatever day it is: thirteen days hold at least
/// five business days and at most fifteen.
fn sample(config: &Config, now: jiff::Timestamp) -> Application {
    let today = now.to_zoned(config.etiquette.zone.clone()).date();
    Application {
        id: 0,
        company: "Globex".to_owned(),
        position: "Analyst".to_owned(),
        contact: Contact { name: Some("Jane Doe".to_owned()), email: Some(RECIPIENT.to_owned()), phone: None },
        hr: Contact::default(),
        timezone: None,
        country: None,
        region: None,
        language: "en".to_owned(),
        strategy: None,
        job_url: None,
        thread: None,
        strengths: vec!["seven years of reporting in SQL".to_owned(), "a calm way with customers".to_owned()],
        closed: false,
        answer: None,
        added_at: now,
        interviews: vec![Interview {
            id: 0,
            held_on: today.saturating_sub(16.days()),
            round: 2,
            promised_on: Some(today.saturating_sub(13.days())),
        }],
    }
}

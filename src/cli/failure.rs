//! One shape for everything that goes wrong: what kind it is, what it says, and what to do next.

use rustix::io::Errno;
use serde_json::{Value, json};

use super::{Report, json as shapes, render};
use crate::config::ConfigError;
use crate::core::followup::Refusal;
use crate::daemon::{DaemonError, LockError};
use crate::ops::{OpError, Situation};
use crate::store::StoreError;

/// The kinds of failure; each has its exit code in the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Failed,
    Usage,
    NotFound,
    Refused,
    Settings,
    Unreachable,
    Locked,
}

impl Kind {
    pub(super) fn exit_code(self) -> u8 {
        match self {
            Kind::Failed => 1,
            Kind::Usage => 2,
            Kind::NotFound => 3,
            Kind::Refused => 4,
            Kind::Settings => 5,
            Kind::Unreachable => 6,
            Kind::Locked => 7,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Kind::Failed => "failed",
            Kind::Usage => "usage",
            Kind::NotFound => "not-found",
            Kind::Refused => "refused",
            Kind::Settings => "settings",
            Kind::Unreachable => "unreachable",
            Kind::Locked => "locked",
        }
    }
}

/// A command that was not carried out.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) kind: Kind,
    pub(super) message: String,
    hints: Vec<String>,
    /// The letter that the person should look at before they try again.
    situation: Option<Box<Situation>>,
    /// What was carried out before it went wrong.
    pub(super) done: Option<Box<Report>>,
    /// The settings or the facts cannot be used; what only keeps a letter from going needs neither.
    pub(super) unusable: bool,
    /// The single ones, where it went wrong for several applications, by their numbers.
    each: Vec<(i64, Failure)>,
}

impl Failure {
    pub(super) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hints: Vec::new(),
            situation: None,
            done: None,
            unusable: false,
            each: Vec::new(),
        }
    }

    /// One failure of the failures of several applications; `None` if there were none.
    pub(super) fn of_several(each: Vec<(i64, Failure)>) -> Option<Self> {
        let message = match each.as_slice() {
            [] => return None,
            [(id, _)] => format!("application {id} was refused"),
            several => format!("{} applications were refused", several.len()),
        };
        Some(Self { each, ..Self::new(Kind::Refused, message) })
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    pub(super) fn message(&self) -> &str {
        &self.message
    }

    pub(super) fn hints(&self) -> &[String] {
        &self.hints
    }

    /// It went wrong after `done` had been carried out.
    pub(super) fn after(mut self, done: Report) -> Self {
        self.done = Some(Box::new(done));
        self
    }

    /// For people: what went wrong, the letter if there is one to look at, what to do.
    pub(super) fn to_text(&self) -> String {
        let mut text = format!("followup: {}\n", self.message);
        if let Some(situation) = &self.situation {
            text += "\n";
            text += &render::letter(situation);
            text += "\n";
        }
        for hint in &self.hints {
            text += &format!("  {hint}\n");
        }
        for (id, failure) in &self.each {
            let single = failure.to_text();
            text += &format!("\n{id}: {}", single.trim_start_matches("followup: "));
        }
        text
    }

    pub(super) fn to_json(&self) -> Value {
        let mut error = json!({ "kind": self.kind.word(), "message": self.message, "hints": self.hints });
        if let Some(situation) = &self.situation {
            error["application"] = shapes::application(situation);
        }
        if !self.each.is_empty() {
            let single = |(id, failure): &(i64, Failure)| {
                let mut error = failure.to_json()["error"].take();
                error["id"] = json!(id);
                error
            };
            error["refused"] = self.each.iter().map(single).collect();
        }
        json!({ "error": error })
    }
}

/// The machine failed for the moment; nothing that is written in a file is to blame.
fn may_pass(error: &std::io::Error) -> bool {
    let of_the_machine = [Errno::IO, Errno::MFILE, Errno::NFILE, Errno::NOMEM];
    Errno::from_io_error(error).is_some_and(|errno| of_the_machine.contains(&errno))
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let kind = match &error {
            // systemd starts the daemon again, unless it ended with 5.
            ConfigError::Unreadable { source, .. } if may_pass(source) => Kind::Failed,
            _ => Kind::Settings,
        };
        let failure = Failure::new(kind, error.to_string()).hint(error.hint());
        Failure { unusable: true, ..failure }
    }
}

/// The file is a database, but parts of it are lost.
fn is_damaged(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseCorrupt)
}

fn cannot_be_written(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::ReadOnly | rusqlite::ErrorCode::CannotOpen))
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let (kind, hint) = match &error {
            error if error.is_of_the_disk() => {
                (Kind::Failed, "nothing was changed; look whether the disk is full (df -h), then try again")
            }
            StoreError::NotADatabase { .. } => {
                (Kind::Settings, "move the file away, or name another folder with --home")
            }
            StoreError::Newer { .. } => (Kind::Settings, "use the newer followup"),
            StoreError::SendJournal { .. } => (
                Kind::Settings,
                "nothing is sent without it: it keeps an older database from sending again what went out",
            ),
            StoreError::Damaged { .. } => (
                Kind::Settings,
                "nothing is sent from it; stop the daemon, keep a copy of the file, and put your last backup in its place \
                 as `followup backup --help` says",
            ),
            StoreError::Sqlite(source) | StoreError::Open { source, .. } if is_damaged(source) => (
                Kind::Settings,
                "put a backup in its place as `followup backup --help` says, or move the file away to begin anew",
            ),
            StoreError::Sqlite(source) | StoreError::Open { source, .. } if cannot_be_written(source) => {
                (Kind::Settings, "look whether the file and its folder are yours to write in")
            }
            StoreError::Create { .. } | StoreError::Open { .. } => {
                (Kind::Settings, "look whether the folder exists and is yours to write in")
            }
            StoreError::Busy => (Kind::Failed, "close the program that is writing to it, and try again"),
            StoreError::Stale => (Kind::Refused, "look again with `followup show`, then repeat the command"),
            StoreError::BadRow { .. } => (Kind::Refused, "correct it with the program that wrote it"),
            StoreError::NoSuchApplication(_) => (Kind::NotFound, "see `followup list`"),
            _ => (Kind::Failed, "nothing was changed"),
        };
        Failure::new(kind, error.to_string()).hint(hint)
    }
}

impl From<OpError> for Failure {
    fn from(error: OpError) -> Self {
        match error {
            OpError::Store(error) => error.into(),
            error @ OpError::Traces(_) => Failure::new(Kind::Failed, error.to_string()).hint(
                "look whether the disk is full (df -h); then stop the daemon and run any command, which removes them",
            ),
            OpError::NoSuch(name, nearest) => {
                let is_number = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
                let name = if is_number { name } else { format!("{name:?}") };
                let failure = Failure::new(Kind::NotFound, format!("there is no application {name}"));
                match nearest {
                    Some((id, company)) => failure.hint(format!("did you mean {id}, {company}?")),
                    None => failure.hint("see `followup list --all`"),
                }
            }
            OpError::Ambiguous(name, found) => {
                let failure = Failure::new(Kind::Usage, format!("{name:?} fits several applications; use a number"));
                found.iter().fold(failure, |failure, (id, company, position)| {
                    failure.hint(render::one_line(&format!("{id:>4}  {position} at {company}")))
                })
            }
            OpError::NothingOpen(id) => Failure::new(Kind::NotFound, format!("nothing is open on application {id}"))
                .hint(format!("see `followup show {id}`")),
            OpError::Refused(refusal) => {
                let failure = Failure::new(Kind::Refused, refusal.to_string());
                match what_to_do(refusal) {
                    Some(hint) => failure.hint(hint),
                    None => failure,
                }
            }
            OpError::Changed(situation) => {
                showing(situation, "the letter has changed since you were asked. Here it is as it would go now:")
            }
            OpError::NotShown(situation) => {
                showing(situation, "you have not seen this letter yet. Here it is as it would go:")
            }
            OpError::Tone(situation) => {
                let id = situation.case.application.id;
                let failure = Failure::new(Kind::Refused, "the letter should not go like this:");
                Failure { situation: Some(situation), ..failure }
                    .hint(format!("Nothing was approved. Change it: followup edit {id}"))
                    .hint(format!("It is right as it is: followup approve {id} --despite"))
            }
            OpError::BeyondItsTime(id, last) => {
                let last = last.strftime("%a %-d %b %Y");
                Failure::new(Kind::Refused, format!("the time for this letter is over after {last}"))
                    .hint(format!("name an earlier day, or let it be: followup reject {id}"))
            }
            OpError::Closed(id) => Failure::new(Kind::Refused, format!("application {id} is closed"))
                .hint(format!("take that back first: followup reopen {id}")),
            OpError::Held(why) => {
                let failure = Failure::new(Kind::Refused, format!("it cannot go on: {why}"))
                    .hint("correct it with followup set ID, or let it be: followup close ID");
                Failure { unusable: true, ..failure }
            }
            OpError::Clock(why) => {
                Failure::new(Kind::Refused, format!("the clock cannot be trusted: {why}")).hint("see followup check")
            }
            OpError::BadFact(fact) => {
                let said = flag_of(fact.column).map_or(fact.why.clone(), |flag| format!("{flag}: {}", fact.why));
                Failure::new(Kind::Usage, said).hint("nothing was changed; correct this, and repeat the command")
            }
        }
    }
}

/// The flag that a column is given by on the command line; other facts keep their name, and dates speak for
/// themselves.
fn flag_of(column: &str) -> Option<String> {
    Some(match column {
        "contact_name" | "contact_email" => "--contact".to_owned(),
        "contact_phone" => "--phone".to_owned(),
        "hr_name" | "hr_email" => "--hr".to_owned(),
        "held_on" | "promised_on" => return None,
        "strengths" => "--strength".to_owned(),
        "until" => "the day to ask again".to_owned(),
        "company" | "position" | "contact" | "hr" | "hr_phone" | "timezone" | "country" | "language" | "strategy"
        | "job_url" | "thread" | "round" | "interviewed" | "promised" | "on" | "why" => {
            format!("--{}", column.replace('_', "-"))
        }
        other => other.to_owned(),
    })
}

/// The way on from a refusal, where there is one.
fn what_to_do(refusal: Refusal) -> Option<&'static str> {
    match refusal {
        Refusal::Unsettled => Some("settle it: followup resolve ID --sent, or --not-sent"),
        Refusal::NotApproved => Some("see it with followup draft ID, approve it with followup approve ID"),
        Refusal::NotYetOpen => Some("see when it does: followup why ID"),
        Refusal::Failed => Some("correct the address: followup set ID --contact 'NAME <MAIL>'"),
        Refusal::IsACall => Some("record what came of it: followup called ID OUTCOME"),
        Refusal::AlreadySent | Refusal::BeingSent => Some("see the whole story: followup show ID"),
        Refusal::NothingToSettle => Some("only a letter that may or may not have arrived is settled"),
        _ => None,
    }
}

/// An error of an operation on the application `id`, whose number stands in the commands that are hinted at.
pub(super) fn about(id: i64) -> impl Fn(OpError) -> Failure {
    move |error| {
        let mut failure = Failure::from(error);
        for hint in &mut failure.hints {
            *hint = hint.replace(" ID", &format!(" {id}"));
        }
        failure
    }
}

fn showing(situation: Box<Situation>, message: &str) -> Failure {
    let id = situation.case.application.id;
    Failure { situation: Some(situation), ..Failure::new(Kind::Refused, message) }
        .hint(format!("Nothing was approved. If this is right: followup approve {id}"))
}

/// Whether only the person can do something about it: systemd does not start the daemon again then.
fn is_for_good(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::*;
    matches!(error.kind(), NotFound | PermissionDenied | IsADirectory | NotADirectory | ReadOnlyFilesystem)
}

impl From<DaemonError> for Failure {
    fn from(error: DaemonError) -> Self {
        match error {
            // A look is many changes, each of which was made or was not.
            DaemonError::Store(error) if error.is_of_the_disk() => Failure::new(Kind::Failed, error.to_string())
                .hint("nothing is lost; look whether the disk is full (df -h), then look again"),
            DaemonError::Store(error) => {
                let is_for_good = match &error {
                    StoreError::Open { source, .. } | StoreError::Sqlite(source) => is_damaged(source),
                    StoreError::Create { .. } => false,
                    _ => true,
                };
                let failure = Failure::from(error);
                // systemd does not start it again after exit 5; a disk that cannot be written may be well tomorrow.
                if is_for_good { failure } else { Failure { kind: Kind::Failed, ..failure } }
            }
            DaemonError::Lock(error @ LockError::Taken(_)) => {
                Failure::new(Kind::Locked, error.to_string()).hint("see `followup status`")
            }
            DaemonError::Lock(error) => {
                let is_for_good = matches!(&error, LockError::File { source, .. } if is_for_good(source));
                let kind = if is_for_good { Kind::Settings } else { Kind::Failed };
                Failure::new(kind, error.to_string()).hint("look whether the folder exists and is yours to write in")
            }
            DaemonError::Settings(error) => error.into(),
            DaemonError::Replaced => Failure::new(Kind::Failed, error.to_string()).hint("start the daemon again"),
            error => Failure::new(Kind::Failed, error.to_string()),
        }
    }
}

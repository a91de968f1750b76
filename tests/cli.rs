//! The program as a person or another program meets it: commands, exit codes, JSON, files.

mod support;

// The paths are spelled out so that these files do not become tests of their own.
#[path = "cli/daemon.rs"]
mod daemon;
#[path = "cli/deciding.rs"]
mod deciding;
#[path = "cli/disk.rs"]
mod disk;
#[path = "cli/looking.rs"]
mod looking;
#[path = "cli/settings.rs"]
mod settings;

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use serde_json::Value;
use support::home::{DEADLINE, Home, ME, passed_on};
use support::mail_server::{MailServer, Point};

const JANE: &str = "jane@globex.example";

/// A home whose mail server is not there: for what needs none.
fn home() -> Home {
    Home::at_port(9)
}

/// A home in which nothing comes before the first letter, and nothing after it.
fn home_of_letters_alone() -> Home {
    Home::at_port(9).of_letters_alone()
}

fn error(ran: &support::home::Ran) -> Value {
    assert_eq!(ran.stdout, "", "nothing on standard output beside an error");
    serde_json::from_str::<Value>(&ran.stderr).unwrap()["error"].clone()
}

/// The program in an empty home.
fn bare(folder: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_followup"));
    command.env_clear().envs(passed_on()).env("FOLLOWUP_HOME", folder).env("TZ", "UTC").stdin(Stdio::null());
    command
}

//! `followup`: see the crate's documentation for how it is built, and the README for what it does.

use std::process::ExitCode;

use followup::cli::{Host, Terminal};
use followup::clock::SystemClock;
use rustix::fs::Mode;

fn main() -> ExitCode {
    // What is written here is its owner's alone, and its owner's to read, whatever the shell says.
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    followup::daemon::install_crypto();
    let host = Host {
        arguments: std::env::args_os().collect(),
        variables: std::env::vars_os().collect(),
        clock: &SystemClock,
        console: &Terminal::default(),
    };
    ExitCode::from(followup::cli::run(&host))
}

//! `followup`: see the crate's documentation for how it is built, and the README for what it does.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    followup::daemon::install_crypto();
    followup::cli::run(followup::cli::Cli::parse())
}

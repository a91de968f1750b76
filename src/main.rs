//! `followup`: see the crate's documentation for how it is built, and the README for what it does.

use std::process::ExitCode;

fn main() -> ExitCode {
    followup::daemon::install_crypto();
    match followup::cli::parse() {
        Ok(cli) => followup::cli::run(cli),
        Err(code) => code,
    }
}

//! The password, from where the settings say that it is: at hand, or printed by a program of the person's own.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use secrecy::SecretString;
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::time::timeout;

use crate::core::delivery::{Password, is_ours_alone};

/// Long enough to answer a question that the program may ask on the screen; well below the five minutes that a
/// mail server waits.
const PASSWORD_DEADLINE: Duration = Duration::from_secs(30);
/// No password is that long: what prints more is not the right program. In bytes.
const LONGEST_OUTPUT: u64 = 4096;

/// The password itself.
///
/// Errors with words for the person, which never quote what a program printed.
pub(super) async fn fetch(password: &Password) -> Result<SecretString, String> {
    match password {
        Password::Text(text) => Ok(text.clone()),
        Password::Command(command) => {
            let name = command.first().map_or("", String::as_str);
            run(command).await.map_err(|why| format!("smtp.password_command: {name} {why}"))
        }
    }
}

async fn run(command: &[String]) -> Result<SecretString, String> {
    let (program, arguments) = command.split_first().ok_or("names no program")?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    for (name, _) in std::env::vars_os() {
        if is_ours_alone(name.as_encoded_bytes()) {
            command.env_remove(name);
        }
    }
    match timeout(PASSWORD_DEADLINE, output(command)).await {
        Err(_) => Err(format!("did not end within {} seconds", PASSWORD_DEADLINE.as_secs())),
        Ok(Err(error)) => Err(format!("could not be run: {error}")),
        // It may have ended because nobody read on.
        Ok(Ok((_, printed))) if printed.len() as u64 > LONGEST_OUTPUT => {
            Err(format!("printed more than {LONGEST_OUTPUT} bytes, which is no password"))
        }
        Ok(Ok((status, _))) if !status.success() => Err(format!("failed: {status}")),
        Ok(Ok((_, printed))) => read(printed),
    }
}

async fn output(mut command: Command) -> std::io::Result<(ExitStatus, Vec<u8>)> {
    let mut child = command.spawn()?;
    let mut printed = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        stdout.take(LONGEST_OUTPUT + 1).read_to_end(&mut printed).await?;
    }
    // What goes on printing is stopped by the pipe that nobody reads any more.
    Ok((child.wait().await?, printed))
}

fn read(printed: Vec<u8>) -> Result<SecretString, String> {
    let Ok(text) = String::from_utf8(printed) else { return Err("printed what is not UTF-8 text".to_owned()) };
    let text = Password::without_line_end(&text);
    match Password::check(text) {
        Ok(()) => Ok(text.into()),
        Err(why) => Err(format!("printed what cannot be the password: it {why}")),
    }
}

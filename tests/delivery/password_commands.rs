//! A password that a program prints: run only when logging in, with nothing of it shown, and every way in which it
//! can fail is certainly no letter sent.

use std::process::{Command, Stdio};

use super::*;
use crate::support::home::{Home, passed_on};
use followup::core::delivery::{Mailer, NotSent, Password, Retry};
use followup::mail::smtp::{Login, SmtpMailer, Tls};
use lettre::transport::smtp::authentication::Mechanism;

const SECRET: &str = "hunter2secret";

/// A server that wants ada's password.
fn server_for(password: &str) -> MailServer {
    server_that(|server| server.credentials = Some(("ada".into(), password.into())))
}

fn mailer(server: &MailServer, command: &[&str]) -> SmtpMailer {
    let password = Password::Command(command.iter().map(|&word| word.to_owned()).collect());
    let login = Login { username: "ada".into(), password, mechanisms: vec![Mechanism::Plain] };
    let (host, hello) = ("127.0.0.1".to_owned(), "home.example".to_owned());
    SmtpMailer {
        host,
        port: server.port(),
        tls: Tls::None,
        authorities: Vec::new(),
        login: Some(login),
        hello,
        progress: || {},
    }
}

/// Logs in with what `command` prints where `password` is wanted.
async fn logging_in(password: &str, command: &[&str]) -> Result<(), NotSent> {
    let server = server_for(password);
    mailer(&server, command).open().await.map(drop)
}

async fn refused(command: &[&str]) -> NotSent {
    let server = server_for(SECRET);
    let not_sent = mailer(&server, command).open().await.err().expect("it is let in");
    assert_eq!(commands(&server, "AUTH"), 0, "something was said to be the password: {not_sent}");
    not_sent
}

#[tokio::test]
async fn what_it_prints_is_the_password_but_for_one_line_end() {
    let table: [(&str, &[&str]); 7] = [
        (SECRET, &["sh", "-c", "echo hunter2secret"]),
        (SECRET, &["printf", "%s", SECRET]),
        (SECRET, &["printf", "hunter2secret\\r\\n"]),
        ("012345", &["echo", "012345"]),
        (" a b ", &["echo", " a b "]),
        // No shell looks at the words.
        ("$HOME; `id` *", &["printf", "%s", "$HOME; `id` *"]),
        // There is nothing to read for it, and nobody to wait for.
        (SECRET, &["sh", "-c", "cat; echo hunter2secret"]),
    ];
    for (password, command) in table {
        assert_eq!(logging_in(password, command).await, Ok(()), "{command:?}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_refused_by_the_server_as_any_other_is() {
    let not_sent = logging_in(SECRET, &["echo", "wrong"]).await.unwrap_err();
    assert_eq!(not_sent.retry, Retry::Account, "{not_sent}");
}

#[tokio::test]
async fn each_way_to_fail_is_named_without_what_was_printed_and_tried_again() {
    let table: [(&[&str], &str); 9] = [
        (&["sh", "-c", "echo hunter2secret; echo hunter2secret >&2; exit 3"], "sh failed: exit status: 3"),
        (&["sh", "-c", "echo hunter2secret; kill -9 $$"], "sh failed: signal: 9 (SIGKILL)"),
        (&["/nowhere/pass", "hunter2secret"], "/nowhere/pass could not be run: No such file or directory (os error 2)"),
        (&["true"], "true printed what cannot be the password: it is empty"),
        (&["echo"], "echo printed what cannot be the password: it is empty"),
        (
            &["printf", "hunter2secret\\nuser: ada\\n"],
            "printf printed what cannot be the password: it has more than one line; a password is one line",
        ),
        (
            &["printf", "hunter2secret\\000"],
            "printf printed what cannot be the password: it has a NUL character in it; type it again",
        ),
        (&["printf", "hunter2secret\\377"], "printf printed what is not UTF-8 text"),
        (&["yes", SECRET], "yes printed more than 4096 bytes, which is no password"),
    ];
    for (command, expected) in table {
        let not_sent = refused(command).await;
        assert_eq!(not_sent.why, format!("smtp.password_command: {expected}"));
        assert_eq!(not_sent.retry, Retry::Server);
    }
}

#[tokio::test]
async fn it_is_not_run_where_nobody_would_take_the_password() {
    let folder = tempfile::TempDir::new().unwrap();
    let witness = folder.path().join("ran");
    let command = ["touch", witness.to_str().unwrap()];
    let server = server_for(SECRET);
    let mut nobody_there = mailer(&server, &command);
    nobody_there.port = 9;
    assert_eq!(nobody_there.open().await.err().unwrap().retry, Retry::Server);
    let no_login_we_know = server_that(|server| {
        server.credentials = Some(("ada".into(), SECRET.into()));
        server.mechanisms = vec!["XOAUTH2".into()];
    });
    assert_eq!(mailer(&no_login_we_know, &command).open().await.err().unwrap().retry, Retry::Account);
    assert!(!witness.exists(), "it was run in vain");
    assert!(mailer(&server, &command).open().await.is_err());
    assert!(witness.exists());
}

#[test]
fn it_is_given_the_environment_without_our_settings_and_no_log_shows_what_it_printed() {
    let server = server_for(SECRET);
    let home = Home::new(&server);
    let seen = home.folder().join("environment");
    let script = format!("env > {}\necho hunter2secret", seen.display());
    home.set("smtp.username", "ada");
    home.set("smtp.password_command", toml::Value::from(vec!["sh", "-c", script.as_str()]));
    home.approved_letter_to("jane@globex.example");
    assert!(!seen.exists(), "it was run though nobody logged in");
    let mut tick = Command::new(env!("CARGO_BIN_EXE_followup"));
    tick.args(["tick", "--verbose"]).env_clear().envs(passed_on()).stdin(Stdio::null());
    tick.env("FOLLOWUP_HOME", home.folder()).env("TZ", "UTC").envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    // A variable of ours that holds a secret of its own.
    tick.env("FOLLOWUP__ME__PHONE", "+44 20").env("FOLLOWUP__SMTP__PASSWORD_FILE", "").env("KEPT", "yes");
    // Settings that are misspelt, and what systemd gives the service.
    tick.env("FOLLOWUP_SMTP_PASSWORD", "secret").env("NOTIFY_SOCKET", home.folder().join("notify"));
    let output = tick.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    let seen = std::fs::read_to_string(&seen).unwrap();
    assert!(seen.contains("KEPT=yes\n") && seen.contains("PATH=") && seen.contains("FOLLOWUP_HOME="), "{seen}");
    assert!(!seen.contains("FOLLOWUP__") && !seen.contains("FOLLOWUP_SMTP") && !seen.contains("NOTIFY"), "{seen}");
    assert!(!said.contains(SECRET) && !said.contains("aHVudGVyMnNlY3JldA"), "{said}");
    // The phone is of the letter: it is asked anew instead of sent, over the login that worked.
    assert_eq!((mails_to_me(&server).len(), commands(&server, "AUTH")), (1, 1), "{said}");
}

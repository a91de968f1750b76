//! One submission over SMTP, phase by phase, each with its own deadline, ending in an [`Outcome`].
//!
//! lettre speaks the protocol; which reply in which phase means what is decided here (the table is in
//! `docs/decisions/003-one-submission.md`).

use std::fmt::Display;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use rustls::pki_types::CertificateDer;
use secrecy::ExposeSecret;
use tokio::time::timeout;

use super::answer::Answer;
use super::wire::{Wire, connect, encrypt};
use super::{password, starttls};
use crate::core::address::on_the_wire;
use crate::core::delivery::{Mailer, NotSent, Outcome, Password, Retry, Session, Submission};

/// Name lookup and TCP connect.
const CONNECT_DEADLINE: Duration = Duration::from_secs(60);
const TLS_DEADLINE: Duration = Duration::from_secs(60);
/// Greeting and EHLO (RFC 5321, 4.5.3.2.1 gives the greeting alone five minutes).
const GREETING_DEADLINE: Duration = Duration::from_secs(5 * 60);
const AUTH_DEADLINE: Duration = Duration::from_secs(2 * 60);
/// RFC 5321, 4.5.3.2.2.
const MAIL_DEADLINE: Duration = Duration::from_secs(5 * 60);
/// RFC 5321, 4.5.3.2.3.
const RCPT_DEADLINE: Duration = Duration::from_secs(5 * 60);
/// RFC 5321, 4.5.3.2.4.
const DATA_DEADLINE: Duration = Duration::from_secs(2 * 60);
/// The text and the answer after the final dot (RFC 5321, 4.5.3.2.6).
const DOT_DEADLINE: Duration = Duration::from_secs(10 * 60);
const QUIT_DEADLINE: Duration = Duration::from_secs(5);

/// How the line to the server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// TLS from the first byte, the rule on port 465 (RFC 8314).
    Implicit,
    /// Begun by STARTTLS, which the server must offer (RFC 3207): there is no going on without.
    StartTls,
    /// None; only to this machine itself.
    None,
}

/// Who logs in, and how.
#[derive(Debug, Clone)]
pub struct Login {
    pub username: String,
    pub password: Password,
    /// The mechanisms to try, the preferred one first.
    pub mechanisms: Vec<Mechanism>,
}

/// A mail account for sending.
#[derive(Debug, Clone)]
pub struct SmtpMailer {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    /// Certificates of authorities that are trusted besides those that the system trusts.
    pub authorities: Vec<CertificateDer<'static>>,
    pub login: Option<Login>,
    /// What EHLO says: the sender's mail domain, since the machine's own name is nobody's business.
    pub hello: String,
    /// Called after each phase by the task that waited for it, so that whoever watches over that sees it going on.
    pub progress: fn(),
}

/// A live connection, logged in.
#[expect(missing_debug_implementations, reason = "lettre's connection has none")]
pub struct SmtpSession {
    connection: AsyncSmtpConnection,
    /// The server is there and listens.
    alive: bool,
    /// The last message was accepted; another may follow.
    usable: bool,
    /// See [`SmtpMailer::progress`].
    progress: fn(),
}

impl Mailer for SmtpMailer {
    type Session = SmtpSession;

    async fn open(&self) -> Result<SmtpSession, NotSent> {
        let unreachable = |phase: &str, error: std::io::Error| NotSent {
            why: format!("{}:{} {phase}: {error}", self.host, self.port),
            retry: Retry::Server,
        };
        let loopback_only = self.tls == Tls::None;
        let mut stream = within(CONNECT_DEADLINE, connect(&self.host, self.port, loopback_only))
            .await
            .map_err(|error| unreachable("cannot be reached", error))?;
        (self.progress)();
        if self.tls == Tls::StartTls {
            let asked = timeout(GREETING_DEADLINE, starttls::ask_for_tls(&mut stream, &self.hello)).await;
            let asked = asked.unwrap_or_else(|_| Err(("STARTTLS", Answer::silence(GREETING_DEADLINE))));
            asked.map_err(|(phase, answer)| self.unwelcome(phase, &answer, Retry::Server))?;
            (self.progress)();
        }
        // After STARTTLS the server does not greet again, but whoever speaks next waits for a greeting.
        let greeting: &[u8] = if self.tls == Tls::StartTls { b"220 TLS\r\n" } else { b"" };
        let stream: Box<dyn AsyncTokioStream> = match self.tls {
            Tls::None => Box::new(stream),
            Tls::Implicit | Tls::StartTls => {
                let encrypted = within(TLS_DEADLINE, encrypt(stream, &self.host, &self.authorities)).await;
                let encrypted = encrypted.map_err(|error| unreachable("does not speak TLS as it should", error))?;
                Box::new(Wire::new(greeting, encrypted))
            }
        };
        (self.progress)();
        self.greet(stream).await
    }
}

async fn within<T>(deadline: Duration, work: impl Future<Output = std::io::Result<T>>) -> std::io::Result<T> {
    timeout(deadline, work).await.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
}

impl SmtpMailer {
    /// Reads the greeting from `stream`, says EHLO and logs in.
    pub async fn greet(&self, stream: Box<dyn AsyncTokioStream>) -> Result<SmtpSession, NotSent> {
        let hello = ClientId::Domain(self.hello.clone());
        let greeting = AsyncSmtpConnection::connect_with_transport(stream, &hello);
        let mut connection = match timeout(GREETING_DEADLINE, greeting).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return Err(self.unwelcome("the greeting", &Answer::from(error), Retry::Server)),
            Err(_) => return Err(self.unwelcome("the greeting", &Answer::silence(GREETING_DEADLINE), Retry::Server)),
        };
        (self.progress)();
        if let Some(login) = &self.login {
            if let Err(not_sent) = self.log_in(&mut connection, login).await {
                if not_sent.retry == Retry::Account {
                    // Whoever only hangs up then looks like one who tries passwords.
                    let _ = timeout(QUIT_DEADLINE, connection.quit()).await;
                }
                return Err(not_sent);
            }
            (self.progress)();
        }
        Ok(SmtpSession { connection, alive: true, usable: true, progress: self.progress })
    }

    async fn log_in(&self, connection: &mut AsyncSmtpConnection, login: &Login) -> Result<(), NotSent> {
        if connection.server_info().get_auth_mechanism(&login.mechanisms).is_none() {
            let why = format!("{}:{} offers no way to log in that we know", self.host, self.port);
            return Err(NotSent { why, retry: Retry::Account });
        }
        // Not before somebody is there to take it: asking for it may bother the person.
        let secret = password::fetch(&login.password).await;
        let secret = secret.map_err(|why| NotSent { why, retry: Retry::Server })?;
        let credentials = Credentials::new(login.username.clone(), secret.expose_secret().to_owned());
        let answer = match timeout(AUTH_DEADLINE, connection.auth(&login.mechanisms, &credentials)).await {
            Ok(Ok(_)) => return Ok(()),
            // lettre's words may repeat what was sent; only a reply of the server is passed on.
            Ok(Err(error)) if error.status().is_none() => Answer::Lost("the connection was lost".to_owned()),
            Ok(Err(error)) => Answer::from(error),
            Err(_) => Answer::silence(AUTH_DEADLINE),
        };
        let retry = if answer.is_refusal() { Retry::Account } else { Retry::Server };
        Err(self.unwelcome("the login", &answer, retry))
    }

    fn unwelcome(&self, phase: &str, answer: &Answer, retry: Retry) -> NotSent {
        NotSent { why: format!("{}:{}, {phase}: {answer}", self.host, self.port), retry }
    }
}

impl Session for SmtpSession {
    async fn submit(&mut self, submission: &Submission, is_time: &(dyn Fn() -> bool + Send + Sync)) -> Outcome {
        self.usable = false;
        let outcome = match self.envelope(submission, is_time).await {
            Ok(()) => self.text(&submission.message).await,
            Err(outcome) => outcome,
        };
        self.usable = self.alive && matches!(outcome, Outcome::Accepted { .. });
        outcome
    }

    fn is_usable(&self) -> bool {
        self.usable
    }

    async fn close(mut self) {
        if self.alive {
            let _ = timeout(QUIT_DEADLINE, self.connection.quit()).await;
        }
    }
}

impl SmtpSession {
    /// Whether the server offers any way to log in.
    pub fn offers_login(&self) -> bool {
        let known = [Mechanism::Plain, Mechanism::Login, Mechanism::Xoauth2];
        self.connection.server_info().get_auth_mechanism(&known).is_some()
    }

    /// MAIL, RCPT and DATA; errors with the outcome if the letter cannot go.
    async fn envelope(
        &mut self,
        submission: &Submission,
        is_time: &(dyn Fn() -> bool + Send + Sync),
    ) -> Result<(), Outcome> {
        let address = |text: &str| {
            on_the_wire(text).map_err(|why| Outcome::Rejected { reply: format!("the address {text:?} {why}") })
        };
        let (from, to) = (address(&submission.from)?, address(&submission.to)?);
        let copy = submission.copy.as_deref().map(address).transpose()?;
        let parameters = self.parameters(&from, &to)?;

        let answer = self.say("MAIL", MAIL_DEADLINE, Mail::new(Some(from.clone()), parameters)).await;
        if answer.is_refusal() {
            return Err(not_sent("the sender", &answer, Retry::Account));
        }
        accept(&answer, &[250], "the sender")?;

        let answer = self.say("RCPT", RCPT_DEADLINE, Rcpt::new(to.clone(), vec![])).await;
        if answer.is_refusal() && to != from && self.refuses_anybody(&answer, &from).await {
            return Err(not_sent("the recipient", &answer, Retry::Account));
        }
        accept_or_reject(&answer, &[250, 251], "the recipient")?;

        if let Some(copy) = copy {
            // The person's own copy is a courtesy: refused, the letter still goes.
            let answer = self.say("RCPT", RCPT_DEADLINE, Rcpt::new(copy, vec![])).await;
            if matches!(answer, Answer::Lost(_)) || answer.has_code(&[421, 530]) {
                accept(&answer, &[], "the copy")?;
            }
        }

        if !is_time() {
            let why = "the hours in which it may go were over before the server was ready for it".to_owned();
            return Err(Outcome::NotSent(NotSent { why, retry: Retry::Letter }));
        }
        let answer = self.say("DATA", DATA_DEADLINE, Data).await;
        accept_or_reject(&answer, &[354], "the letter")
    }

    /// Whether `answer`, a refusal of the recipient, is about the account: many servers say only here that they refuse
    /// the client or the sender. It is, where they would not take a letter to the person themselves either, or speak of
    /// relaying. It is not, where it is about the address (RFC 3463, 3.2: X.1.x).
    async fn refuses_anybody(&mut self, answer: &Answer, from: &Address) -> bool {
        let Answer::Reply { text, .. } = answer else { return false };
        if text.starts_with("5.1.") {
            return false;
        }
        let says_relay = text.to_lowercase().contains("relay");
        says_relay || self.say("RCPT", RCPT_DEADLINE, Rcpt::new(from.clone(), vec![])).await.is_refusal()
    }

    /// What MAIL has to announce. Errors with the outcome if the server cannot carry one of the addresses: ours
    /// is for the account to have, theirs is the letter's.
    fn parameters(&self, from: &Address, to: &Address) -> Result<Vec<MailParameter>, Outcome> {
        let is_plain = |address: &&Address| address.user().is_ascii();
        let Some(address) = [from, to].into_iter().find(|address| !is_plain(address)) else { return Ok(vec![]) };
        if self.connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            // The headers name the address as it is (RFC 6532), so they are not ASCII either.
            return Ok(vec![MailParameter::SmtpUtfEight, MailParameter::Body(MailBodyParameter::EightBitMime)]);
        }
        let why = format!("your mail server cannot carry letters such as those before the @ of {address} (SMTPUTF8)");
        Err(match is_plain(&from) {
            true => Outcome::Rejected { reply: why },
            false => Outcome::NotSent(NotSent { why, retry: Retry::Account }),
        })
    }

    /// The text and the final dot. lettre writes both in one call, so that from here on a loss is a loss
    /// after the dot.
    async fn text(&mut self, message: &[u8]) -> Outcome {
        let answer = match timeout(DOT_DEADLINE, self.connection.message(message)).await {
            Ok(Ok(response)) => Answer::from(response),
            Ok(Err(error)) => Answer::from(error),
            Err(_) => Answer::silence(DOT_DEADLINE),
        };
        (self.progress)();
        tracing::debug!(command = "the final dot", %answer);
        if answer.has_code(&[250]) {
            return Outcome::Accepted { reply: answer.to_string() };
        }
        self.alive = false;
        if answer.has_code(&[530]) {
            return not_sent("the letter", &answer, Retry::Account);
        }
        if answer.is_refusal() {
            return Outcome::Rejected { reply: answer.to_string() };
        }
        if answer.has_code(&[451, 452]) {
            return not_sent("the letter", &answer, Retry::Letter);
        }
        Outcome::Uncertain { why: format!("after the whole letter was sent: {answer}") }
    }

    /// Says one command and waits for the answer to it, until the deadline.
    async fn say(&mut self, phase: &str, deadline: Duration, command: impl Display) -> Answer {
        let answer = match timeout(deadline, self.connection.command(command)).await {
            Ok(Ok(response)) => Answer::from(response),
            Ok(Err(error)) => Answer::from(error),
            Err(_) => Answer::silence(deadline),
        };
        (self.progress)();
        tracing::debug!(command = phase, %answer);
        // 421: the server is about to hang up.
        self.alive = !matches!(answer, Answer::Lost(_)) && !answer.has_code(&[421]);
        answer
    }
}

fn not_sent(phase: &str, answer: &Answer, retry: Retry) -> Outcome {
    Outcome::NotSent(NotSent { why: format!("{phase}: {answer}"), retry })
}

/// Goes on for one of `codes`; for anything else the letter was certainly not sent.
fn accept(answer: &Answer, codes: &[u16], phase: &str) -> Result<(), Outcome> {
    if answer.has_code(codes) {
        return Ok(());
    }
    let retry = if answer.has_code(&[530]) { Retry::Account } else { Retry::Letter };
    Err(not_sent(phase, answer, retry))
}

/// As [`accept`], but a 5yz is about this letter, for good.
fn accept_or_reject(answer: &Answer, codes: &[u16], phase: &str) -> Result<(), Outcome> {
    if answer.is_refusal() && !answer.has_code(&[530]) {
        return Err(Outcome::Rejected { reply: answer.to_string() });
    }
    accept(answer, codes, phase)
}

//! The way to a mail server: connect, TLS, greeting, EHLO, login, each with its own deadline. What follows on the open
//! connection is in `session.rs`.
//!
//! lettre speaks the protocol; which reply in which phase means what is decided here (the table is in
//! `docs/decisions/003-one-submission.md`).

use std::fmt::Debug;
use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::extension::ClientId;
use rustls::pki_types::CertificateDer;
use secrecy::ExposeSecret;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

use super::answer::Answer;
use super::replies::Replies;
use super::session::SmtpSession;
use super::wire::{connect, encrypt};
use super::{password, starttls};
use crate::core::delivery::{Mailer, NotSent, Password, Retry};

/// Name lookup and TCP connect.
const CONNECT_DEADLINE: Duration = Duration::from_secs(60);
const TLS_DEADLINE: Duration = Duration::from_secs(60);
/// Greeting and EHLO (RFC 5321, 4.5.3.2.1 gives the greeting alone five minutes).
const GREETING_DEADLINE: Duration = Duration::from_secs(5 * 60);
const AUTH_DEADLINE: Duration = Duration::from_secs(2 * 60);
pub(super) const QUIT_DEADLINE: Duration = Duration::from_secs(5);

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
            self.ask_for_tls(&mut stream).await?;
            (self.progress)();
        }
        if self.tls == Tls::None {
            return self.greet(stream).await;
        }
        let encrypted = within(TLS_DEADLINE, encrypt(stream, &self.host, &self.authorities)).await;
        let encrypted = encrypted.map_err(|error| unreachable("does not speak TLS as it should", error))?;
        (self.progress)();
        // After STARTTLS the server does not greet again, but whoever speaks next waits for a greeting.
        let greeting: &[u8] = if self.tls == Tls::StartTls { b"220 TLS\r\n" } else { b"" };
        self.converse(Replies::new(greeting, encrypted)).await
    }
}

async fn within<T>(deadline: Duration, work: impl Future<Output = std::io::Result<T>>) -> std::io::Result<T> {
    timeout(deadline, work).await.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
}

impl SmtpMailer {
    /// Asks for STARTTLS over `stream`, which anybody may read and write; the next bytes on it are those of the handshake.
    pub async fn ask_for_tls(&self, stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Result<(), NotSent> {
        let asked = timeout(GREETING_DEADLINE, starttls::ask_for_tls(stream, &self.hello)).await;
        let asked = asked.unwrap_or_else(|_| Err(("STARTTLS", Answer::silence(GREETING_DEADLINE))));
        asked.map_err(|(phase, answer)| self.unwelcome(phase, &answer, Retry::Server))
    }

    /// Reads the greeting from `stream`, says EHLO and logs in.
    pub async fn greet<S>(&self, stream: S) -> Result<SmtpSession, NotSent>
    where
        S: AsyncRead + AsyncWrite + Send + Sync + Unpin + Debug + 'static,
    {
        self.converse(Replies::new(b"", stream)).await
    }

    async fn converse(&self, stream: impl AsyncTokioStream + 'static) -> Result<SmtpSession, NotSent> {
        let hello = ClientId::Domain(self.hello.clone());
        let greeting = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello);
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
        let answer = answer.without(secret.expose_secret());
        let retry = if answer.is_refusal() { Retry::Account } else { Retry::Server };
        Err(self.unwelcome("the login", &answer, retry))
    }

    fn unwelcome(&self, phase: &str, answer: &Answer, retry: Retry) -> NotSent {
        NotSent { why: format!("{}:{}, {phase}: {answer}", self.host, self.port), retry }
    }
}

//! The submission of one letter over a connection that is logged in, phase by phase, each with its own deadline,
//! ending in an [`Outcome`].
//!
//! Which reply in which phase means what is decided here (the table is in `docs/decisions/003-one-submission.md`).

use std::fmt::Display;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{Extension, MailBodyParameter, MailParameter};
use tokio::time::timeout;

use super::answer::Answer;
use super::smtp::QUIT_DEADLINE;
use crate::core::address::{needs_smtputf8, on_the_wire};
use crate::core::delivery::{NotSent, Outcome, Retry, Session, Submission};

/// RFC 5321, 4.5.3.2.2.
const MAIL_DEADLINE: Duration = Duration::from_secs(5 * 60);
/// RFC 5321, 4.5.3.2.3.
const RCPT_DEADLINE: Duration = Duration::from_secs(5 * 60);
/// RFC 5321, 4.5.3.2.4.
const DATA_DEADLINE: Duration = Duration::from_secs(2 * 60);
/// The text and the answer after the final dot (RFC 5321, 4.5.3.2.6).
const DOT_DEADLINE: Duration = Duration::from_secs(10 * 60);

/// A live connection, logged in.
#[expect(missing_debug_implementations, reason = "lettre's connection has none")]
pub struct SmtpSession {
    pub(super) connection: AsyncSmtpConnection,
    /// The server is there and listens.
    pub(super) alive: bool,
    /// The last message was accepted; another may follow.
    pub(super) usable: bool,
    /// As [`SmtpMailer::progress`](super::smtp::SmtpMailer::progress).
    pub(super) progress: fn(),
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
            let why = "it was no longer the time for it when the server was ready".to_owned();
            return Err(Outcome::NotSent(NotSent { why, retry: Retry::Letter }));
        }
        let answer = self.say("DATA", DATA_DEADLINE, Data).await;
        accept_or_reject(&answer, &[354], "the letter")
    }

    /// Whether `answer`, a refusal of the recipient, is about the account: many servers say only here that they refuse
    /// the client or the sender. It is, where they say so; or where it is a matter of their policy (RFC 3463, 3.8: X.7),
    /// and a letter to the person themselves is refused in the same words.
    async fn refuses_anybody(&mut self, answer: &Answer, from: &Address) -> bool {
        if answer.is_about_the_account() {
            return true;
        }
        answer.has_enhanced_code("5.7.")
            && self.say("RCPT", RCPT_DEADLINE, Rcpt::new(from.clone(), vec![])).await.says_the_same_as(answer)
    }

    /// Whether the server offers SMTPUTF8 (RFC 6531).
    pub fn carries_any_address(&self) -> bool {
        self.connection.server_info().supports_feature(Extension::SmtpUtfEight)
    }

    /// What MAIL has to announce. Errors with the outcome if the server cannot carry one of the addresses: ours
    /// is for the account to have, theirs is the letter's.
    fn parameters(&self, from: &Address, to: &Address) -> Result<Vec<MailParameter>, Outcome> {
        let is_plain = |address: &&Address| !needs_smtputf8(address.as_ref());
        let Some(address) = [from, to].into_iter().find(|address| !is_plain(address)) else { return Ok(vec![]) };
        if self.carries_any_address() {
            // The headers name the address as it is (RFC 6532), so they are not ASCII either.
            return Ok(vec![MailParameter::SmtpUtfEight, MailParameter::Body(MailBodyParameter::EightBitMime)]);
        }
        let why = cannot_carry(address.as_ref());
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

/// What there is to say of an address that the server cannot carry.
pub fn cannot_carry(address: &str) -> String {
    format!("your mail server cannot carry letters such as those before the @ of {address} (SMTPUTF8)")
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

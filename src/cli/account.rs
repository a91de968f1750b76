//! Trying the mail account: does the server take the login, and does it take a mail to oneself.

use super::failure::Failure;
use super::{Context, provider, service};
use crate::config::{Config, Encryption};
use crate::core::address::needs_smtputf8;
use crate::core::delivery::{Mailer, NotSent, Outcome, Retry, Session, Submission};
use crate::core::message::{Mail, message_id};
use crate::mail::session::cannot_carry;
use crate::world::mailer;

/// Where mail is submitted and encrypted by STARTTLS (RFC 6409); TLS from the first byte is on 465 (RFC 8314).
pub(super) const STARTTLS_PORT: u16 = 587;
const TEST_SUBJECT: &str = "A test from followup";
const TEST_BODY: &str = "\
This is the mail that `followup check --send-test` sends to yourself.

That it arrived shows that letters will leave your account. Nobody else got it.
";

/// Why the account does not do what was tried, and what to do about it.
#[derive(Debug)]
pub(super) struct Trouble {
    pub(super) why: String,
    pub(super) hints: Vec<String>,
    /// The server was not reached, or not in a state to answer: it says nothing of the account.
    pub(super) unreachable: bool,
}

/// Logs in, and out again. Gives whether the server offers a login.
pub(super) fn try_login(context: &Context, config: &Config) -> Result<Result<bool, Trouble>, Failure> {
    wait(context, config, async |mailer| match mailer.open().await {
        Ok(session) => {
            let (offers_login, carries_it) = (session.offers_login(), session.carries_any_address());
            session.close().await;
            let email = &config.etiquette.sender.email;
            if needs_smtputf8(email) && !carries_it {
                let hints = vec!["Set me.email to an address of plain letters".to_owned()];
                return Err(Trouble { why: cannot_carry(email), hints, unreachable: false });
            }
            Ok(offers_login)
        }
        Err(not_sent) => Err(trouble(config, &not_sent)),
    })
}

/// Sends a mail to the person themselves. `installation`: the random text of the database, for its name.
pub(super) fn send_test(
    context: &Context,
    config: &Config,
    installation: &str,
) -> Result<Result<(), Trouble>, Failure> {
    let sender = &config.etiquette.sender;
    let now = context.now();
    let mail = Mail {
        from: (&sender.name, &sender.email),
        to: (Some(&sender.name), &sender.email),
        subject: TEST_SUBJECT,
        body: TEST_BODY,
        message_id: &message_id(installation, &sender.email, ["test", &now.to_string()]),
        references: &[],
        date: &now.to_zoned(config.etiquette.zone.clone()),
        auto_generated: true,
    };
    let message = match mail.to_bytes() {
        Ok(message) => message,
        Err(error) => return Ok(Err(Trouble { why: error.to_string(), hints: Vec::new(), unreachable: false })),
    };
    let submission = Submission { from: sender.email.clone(), to: sender.email.clone(), copy: None, message };
    wait(context, config, async |mailer| {
        let mut session = mailer.open().await.map_err(|not_sent| trouble(config, &not_sent))?;
        let outcome = session.submit(&submission, &|| true).await;
        session.close().await;
        match outcome {
            Outcome::Accepted { .. } => Ok(()),
            Outcome::NotSent(not_sent) => Err(trouble(config, &not_sent)),
            Outcome::Rejected { reply } => Err(Trouble {
                why: format!("the server did not take it: {reply}"),
                hints: vec!["Is me.email an address that this account may send from?".to_owned()],
                unreachable: false,
            }),
            Outcome::Uncertain { why } => Err(Trouble {
                why: format!("it was handed over, but the answer was lost: {why}"),
                hints: vec!["Look into your inbox.".to_owned()],
                unreachable: true,
            }),
        }
    })
}

/// Runs `work` with the account's mailer, and says what is being waited for.
fn wait<T>(
    context: &Context,
    config: &Config,
    work: impl AsyncFnOnce(&crate::mail::smtp::SmtpMailer) -> T,
) -> Result<T, Failure> {
    let account = &config.account;
    let what = format!("Asking {}:{} ...", account.host, account.port);
    context.while_waiting_for(&what, || {
        let runtime = service::runtime()?;
        let done = runtime.block_on(work(&mailer(config)));
        // A name lookup that hangs is not waited for.
        runtime.shutdown_background();
        Ok(done)
    })
}

/// What to look at where the server refuses the account.
pub(super) fn advice(config: &Config) -> String {
    let known = provider::advice(&config.account.host);
    match (&config.account.login, known) {
        (None, _) => "Does it want a login? Set smtp.username, and one of smtp.password, smtp.password_file and \
                      smtp.password_command"
            .to_owned(),
        (Some(_), Some(known)) => known.to_owned(),
        (Some(_), None) => "Are smtp.username and the password right, and may this account send from me.email? Some \
                            providers want an app password"
            .to_owned(),
    }
}

fn trouble(config: &Config, NotSent { why, retry }: &NotSent) -> Trouble {
    let host = &config.account.host;
    let hints = match retry {
        Retry::Account => vec![advice(config)],
        _ if why.contains("certificate") => vec![format!(
            "Is {host} the name that your provider gives? For a server of your own, name its authority in smtp.ca_file"
        )],
        _ if config.account.port == STARTTLS_PORT && config.account.encryption == Encryption::Implicit => {
            vec![format!("Port {STARTTLS_PORT} mostly wants smtp.tls = \"starttls\"")]
        }
        _ => vec![format!("Are you online, and are smtp.host, smtp.port and smtp.tls what {host} wants?")],
    };
    Trouble { why: why.clone(), hints, unreachable: *retry != Retry::Account }
}

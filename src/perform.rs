//! One action: claim, effect, record. The order is the whole point, see `docs/decisions/003-one-submission.md`.

use jiff::Timestamp;

use crate::clock::{Clock, distrust};
use crate::config::Config;
use crate::core::delivery::{Mailer, NotSent, Outcome, Retry, Session, Submission};
use crate::core::followup::{Event, Phase};
use crate::core::message::{Mail, message_id};
use crate::core::pace::{ACCOUNT_PAUSE, backoff, later};
use crate::core::plan::{Action, plan};
use crate::core::tell::Notifier;
use crate::reconcile::{Untold, untold_holds};
use crate::store::{Account, Entry, StoreError, Tables, Who};
use crate::world::World;

/// The connection that serves all letters of one tick, opened with the first.
#[derive(Debug)]
pub struct Errand<S> {
    session: Option<S>,
    /// The server could not be reached or refused the account; nothing more is tried in this tick.
    in_vain: bool,
}

impl<S> Default for Errand<S> {
    fn default() -> Self {
        Self { session: None, in_vain: false }
    }
}

impl<S: Session> Errand<S> {
    /// Hangs up.
    pub async fn finish(&mut self) {
        if let Some(session) = self.session.take() {
            session.close().await;
        }
    }
}

/// Sends the approved letter of `followup`, if that is still right at this moment; gives whether it was
/// handed to the server. Whatever happens is recorded.
///
/// 1. Connect and log in: a failure is certainly not sent and costs no claim.
/// 2. Claim, in one transaction that checks every precondition anew; it is on disk before `MAIL FROM`.
/// 3. Submit, phase by phase. 4. Record the outcome.
pub async fn send<C: Clock, M: Mailer, N: Notifier>(
    world: &World<C, M, N>,
    errand: &mut Errand<M::Session>,
    application: i64,
    followup: i64,
) -> Result<bool, StoreError> {
    if errand.in_vain || world.stop.is_asked() {
        return Ok(false);
    }
    if errand.session.as_ref().is_none_or(|session| !session.is_usable()) {
        errand.finish().await;
        let mut stop = world.stop.clone();
        let opened = tokio::select! {
            opened = world.mailer.open() => opened,
            () = stop.asked() => return Ok(false),
        };
        let now = world.clock.now();
        match opened {
            Ok(session) => {
                world.database(move |store| store.write(|tables| account_works(tables, now))).await?;
                errand.session = Some(session);
            }
            Err(not_sent) => {
                errand.in_vain = true;
                world.database(move |store| store.write(|tables| account_fails(tables, now, &not_sent))).await?;
                return Ok(false);
            }
        }
    }
    let Some(session) = errand.session.as_mut() else { return Ok(false) };

    let (now, config) = (world.clock.now(), world.config.clone());
    let claim = move |tables: &Tables| claim(tables, application, followup, now, &config);
    let Some(message) = world.database(move |store| store.write(claim)).await? else { return Ok(false) };

    let outcome = match message {
        Ok(submission) => session.submit(&submission).await,
        Err(unwritable) => Outcome::Rejected { reply: unwritable },
    };
    errand.in_vain = matches!(&outcome, Outcome::NotSent(NotSent { retry: Retry::Account | Retry::Server, .. }));
    let now = world.clock.now();
    let record = move |tables: &Tables| record(tables, application, followup, outcome, now);
    world.database(move |store| store.write(record)).await?;
    Ok(true)
}

/// The claim: checks, with the database locked for writing, that sending is right now, and takes the letter
/// in hand. Gives the message, or why it cannot be written; `None` if sending is not right any more.
fn claim(
    tables: &Tables,
    application: i64,
    followup: i64,
    now: Timestamp,
    config: &Config,
) -> Result<Option<Result<Submission, String>>, StoreError> {
    let Some(loaded) = tables.case(application)? else { return Ok(None) };
    let case = loaded.case;
    let etiquette = &config.etiquette;
    let today = now.to_zoned(etiquette.zone.clone()).date();
    if case.application.check(today).is_err() || distrust(now, tables.last_instant()?).is_some() {
        return Ok(None);
    }
    // The plan composes the letter anew from the facts and settings of this moment, so that it only says
    // `Send` if what would go is, digest for digest, what was approved.
    let next = plan(now, &case, etiquette, &tables.budget(now, &case, etiquette)?);
    if next.action != Some(Action::Send { followup }) {
        return Ok(None);
    }
    let Some(Phase::Approved { draft, .. }) = case.followup(followup).map(|it| &it.phase) else { return Ok(None) };
    let sender = &etiquette.sender;
    let (number, digest) = (followup.to_string(), draft.digest.to_string());
    let message_id = message_id(&tables.installation()?, &sender.email, ["letter", &number, &digest]);
    tables.advance(
        &case,
        followup,
        Event::Claim { digest: draft.digest, message_id: message_id.clone() },
        now,
        Who::Daemon,
    )?;
    let mail = Mail {
        from: (&sender.name, &sender.email),
        to: (draft.recipient.name.as_deref(), &draft.recipient.email),
        subject: &draft.text.subject,
        body: &draft.text.body,
        message_id: &message_id,
        date: &now.to_zoned(etiquette.zone.clone()),
        auto_generated: false,
    };
    tracing::info!(application, followup, "sending");
    Ok(Some(mail.to_bytes().map_err(|error| error.to_string()).map(|message| Submission {
        from: sender.email.clone(),
        to: draft.recipient.email.clone(),
        copy: config.copy.then(|| sender.email.clone()),
        message,
    })))
}

/// Records how the submission ended, whatever was recorded in between.
fn record(
    tables: &Tables,
    application: i64,
    followup: i64,
    outcome: Outcome,
    now: Timestamp,
) -> Result<(), StoreError> {
    match &outcome {
        Outcome::Accepted { .. } => tracing::info!(application, followup, "sent"),
        Outcome::Rejected { reply } => tracing::warn!(application, followup, reply, "refused by the server"),
        Outcome::NotSent(not_sent) => tracing::warn!(application, followup, why = not_sent.why, "not sent"),
        Outcome::Uncertain { why } => tracing::warn!(application, followup, why, "uncertain"),
    }
    if let Outcome::NotSent(not_sent) = &outcome
        && not_sent.retry != Retry::Letter
    {
        account_fails(tables, now, not_sent)?;
    }
    tables.advance_in_hand(application, followup, Event::Submitted(outcome), now)
}

fn account_works(tables: &Tables, now: Timestamp) -> Result<(), StoreError> {
    if tables.account()? == Account::default() {
        return Ok(());
    }
    tracing::info!("the mail account works again");
    tables.set_account(&Account::default())?;
    tables.journal(now, &account_entry("the mail account works again", None))
}

/// Lets the account rest after a failure: longer and longer where the server is out of reach, for
/// [`ACCOUNT_PAUSE`] where it refused the account.
fn account_fails(tables: &Tables, now: Timestamp, not_sent: &NotSent) -> Result<(), StoreError> {
    let before = tables.account()?;
    let paused = not_sent.retry == Retry::Account;
    let failures = before.failures + 1;
    let rest = if paused { ACCOUNT_PAUSE } else { backoff(failures, 0) };
    tracing::warn!(why = not_sent.why, paused, "the mail account rests");
    tables.set_account(&Account {
        failures,
        rests_until: Some(later(now, rest)),
        paused,
        why: Some(not_sent.why.clone()),
        since: before.since.or(Some(now)),
    })?;
    let what = if paused { "the mail account is refused" } else { "the mail server is out of reach" };
    tables.journal(now, &account_entry(what, Some(&not_sent.why)))
}

fn account_entry<'a>(what: &'a str, detail: Option<&'a str>) -> Entry<'a> {
    Entry { who: Who::Daemon, application: None, followup: None, what, detail }
}

/// Tells the person all news at once; gives how many were told. Recorded after the server took it: told
/// twice is a nuisance, told never is not allowed.
pub async fn tell<C: Clock, M: Mailer, N: Notifier>(
    world: &World<C, M, N>,
    errand: &Errand<M::Session>,
    mut news: Vec<Untold>,
) -> Result<usize, StoreError> {
    let now = world.clock.now();
    let config = world.config.clone();
    let holds = move |tables: &Tables| match tables.account()?.rests_until.filter(|&until| now < until) {
        Some(_) => Ok(Vec::new()),
        None => untold_holds(tables, &config.etiquette),
    };
    news.extend(world.database(move |store| store.read(holds)).await?);
    if news.is_empty() || errand.in_vain || world.stop.is_asked() {
        return Ok(0);
    }
    let notices: Vec<_> = news.iter().map(|untold| untold.notice.clone()).collect();
    let mut stop = world.stop.clone();
    let outcome = tokio::select! {
        outcome = world.notifier.tell(&notices, now) => outcome,
        // Told again after the next start, at worst twice.
        () = stop.asked() => return Ok(0),
    };
    let now = world.clock.now();
    let not_sent = match outcome {
        Outcome::Accepted { .. } => {
            let told = news.len();
            tracing::info!(told, "told");
            let record = move |tables: &Tables| news.iter().try_for_each(|untold| record_told(tables, untold, now));
            world.database(move |store| store.write(record)).await?;
            return Ok(told);
        }
        Outcome::NotSent(not_sent) => not_sent,
        Outcome::Rejected { reply } => {
            NotSent { why: format!("the mail to yourself was refused: {reply}"), retry: Retry::Account }
        }
        Outcome::Uncertain { why } => NotSent { why, retry: Retry::Server },
    };
    world.database(move |store| store.write(|tables| account_fails(tables, now, &not_sent))).await?;
    Ok(0)
}

fn record_told(tables: &Tables, untold: &Untold, now: Timestamp) -> Result<(), StoreError> {
    let application = &untold.notice.application;
    if tables.account()? != Account::default() {
        account_works(tables, now)?;
    }
    match untold.followup {
        Some(followup) => tables.told(application, followup, &untold.name, now),
        None => tables.hold_told(application.id, &untold.name),
    }
}

//! One action: claim, effect, record. The order is the whole point, see `docs/decisions/003-one-submission.md`.

mod digest;
mod health;
mod tell;

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::sleep;

use crate::clock::{Clock, distrust};
use crate::config::Config;
use crate::core::address::without_people;
use crate::core::delivery::{Mailer, NotSent, Outcome, Retry, Session, Submission};
use crate::core::followup::{Event, Phase};
use crate::core::message::{Digest, Mail, message_id};
use crate::core::pace::must_begin_before;
use crate::core::plan::{Action, plan};
use crate::core::tell::Notifier;
use crate::store::{Claimed, Fate, Part, SendLine, Store, StoreError, Tables, Who};
use crate::systemd;
use crate::world::World;
use health::{fails, works};

pub use digest::digest;
pub use tell::tell;

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

/// What became of a wish to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// Nothing was handed to the server.
    NotTried,
    Accepted,
    NotAccepted,
}

/// Sends the approved letter of `followup`, if that is still right at this moment. Whatever happens is
/// recorded.
///
/// 1. Look whether it could be noted, connect and log in: a failure is certainly not sent and costs no claim.
/// 2. Claim, in one transaction that checks every precondition anew, and note it in the send journal; both are on
///    disk before `MAIL FROM`.
/// 3. Submit, phase by phase. 4. Record the outcome, and note it.
#[tracing::instrument(skip_all, fields(application = application, followup = followup))]
pub async fn send<C: Clock, M: Mailer, N: Notifier>(
    world: &World<C, M, N>,
    errand: &mut Errand<M::Session>,
    application: i64,
    followup: i64,
) -> Result<Sent, StoreError> {
    if errand.in_vain || world.stop.is_asked() {
        return Ok(Sent::NotTried);
    }
    if let Err(error) = world.database(|store| Ok(store.can_note())).await? {
        errand.in_vain = true;
        let (not_sent, now) = (unnoted(&error), world.clock.now());
        record_at_last(world, move |tables| fails(tables, Part::Mail, &not_sent, now).map(drop)).await?;
        return Ok(Sent::NotTried);
    }
    if errand.session.as_ref().is_none_or(|session| !session.is_usable()) {
        errand.finish().await;
        let mut stop = world.stop.clone();
        let opened = tokio::select! {
            biased;
            opened = world.mailer.open() => opened,
            () = stop.asked() => return Ok(Sent::NotTried),
        };
        let now = world.clock.now();
        match opened {
            Ok(session) => {
                let connected = move |tables: &Tables| match tables.health(Part::Mail)?.paused {
                    // A login that works is not yet an account that may send.
                    true => Ok(()),
                    false => works(tables, Part::Mail, now),
                };
                world.database(move |store| store.write(connected)).await?;
                errand.session = Some(session);
            }
            Err(not_sent) => {
                errand.in_vain = true;
                record_at_last(world, move |tables| fails(tables, Part::Mail, &not_sent, now).map(drop)).await?;
                return Ok(Sent::NotTried);
            }
        }
    }
    let Some(session) = errand.session.as_mut() else { return Ok(Sent::NotTried) };

    let (now, config) = (world.clock.now(), world.config.clone());
    let claim = move |tables: &Tables| claim(tables, application, followup, now, &config);
    let Some(claimed) = world.database(move |store| store.write(claim)).await? else { return Ok(Sent::NotTried) };
    tracing::info!(phase = "sending", "application {application}: sending");

    // A clock that goes back meanwhile says nothing of the hour.
    let is_time = || {
        let at = world.clock.now();
        at < claimed.must_begin_before && distrust(at, Some(now)).is_none()
    };
    let name = claimed.line.name.clone();
    let noted = world.database(move |store| Ok(store.note(&SendLine::Claimed(claimed.line)))).await?;
    let is_noted = noted.is_ok();
    let outcome = match (noted, claimed.message) {
        (Ok(()), Ok(submission)) => session.submit(&submission, &is_time).await,
        (Ok(()), Err(unwritable)) => Outcome::Rejected { reply: unwritable },
        // The letter went already: the next start knows by the send journal that it did.
        (Err(error @ StoreError::Replaced { .. }), _) => return Err(error),
        (Err(error), _) => Outcome::NotSent(unnoted(&error)),
    };
    errand.in_vain = matches!(&outcome, Outcome::NotSent(not_sent) if not_sent.retry != Retry::Letter);
    let now = world.clock.now();
    let known = outcome.clone();
    record_at_last(world, move |tables| record(tables, application, followup, known.clone(), now)).await?;
    if is_noted {
        let line = SendLine::Ended { name, fate: Fate::of(&outcome), at: Some(now) };
        if let Err(error) = world.database(move |store| Ok(store.note(&line))).await? {
            // In doubt there; here it is known.
            tracing::warn!("what became of a letter could not be noted: {error}");
        }
    }
    match &outcome {
        Outcome::Accepted { .. } => tracing::info!(phase = "sent", "application {application}: sent"),
        Outcome::Rejected { reply } => {
            let reply = without_people(reply);
            tracing::warn!(phase = "failed", "application {application}: refused by the server: {reply}");
        }
        Outcome::NotSent(NotSent { why, .. }) => {
            let why = without_people(why);
            tracing::warn!(phase = "approved", "application {application}: not sent, will be tried again: {why}");
        }
        Outcome::Uncertain { why } => {
            let why = without_people(why);
            tracing::warn!(phase = "uncertain", "application {application}: it may or may not have arrived: {why}");
        }
    }
    Ok(if matches!(outcome, Outcome::Accepted { .. }) { Sent::Accepted } else { Sent::NotAccepted })
}

/// An older copy of the database could not know of a letter that went now.
fn unnoted(error: &StoreError) -> NotSent {
    NotSent { why: format!("{error}; no letter goes that is not noted there"), retry: Retry::Disk }
}

/// How long to wait before what could not be recorded is recorded again.
const BREATHER: Duration = Duration::from_secs(1);

/// Records what the server said, which is known only here: another program's lock is waited out, however long it
/// holds, and a full disk until told to stop. A letter whose outcome is lost with the process is uncertain after it.
async fn record_at_last<C: Clock, M: Mailer, N: Notifier>(
    world: &World<C, M, N>,
    record: impl Fn(&Tables) -> Result<(), StoreError> + Clone + Send + 'static,
) -> Result<(), StoreError> {
    let (mut stop, mut waits) = (world.stop.clone(), false);
    loop {
        let record = record.clone();
        let work = move |store: &mut Store| {
            // Recording says in the log what it records: not again and again, while there is no room for it.
            if waits {
                store.check_writable()?;
            }
            store.write(record)
        };
        let error = match world.database(work).await {
            Err(error) if error.may_pass() => error,
            recorded => return recorded,
        };
        if !waits {
            tracing::warn!("waiting to record what the server said: {error}");
            waits = true;
        }
        // Waiting is being alive.
        systemd::alive();
        tokio::select! {
            biased;
            () = sleep(BREATHER) => {}
            // Who frees a disk does not know that we wait for it.
            () = stop.asked(), if error.is_of_the_disk() => return Err(error),
        }
    }
}

/// A letter in hand.
struct InHand {
    /// What the send journal is to say of it.
    line: Claimed,
    /// The message, or why it cannot be written.
    message: Result<Submission, String>,
    /// When the office hours or the window are over.
    must_begin_before: Timestamp,
}

/// The claim: checks, with the database locked for writing, that sending is right now, and takes the letter
/// in hand. `None` if sending is not right any more.
fn claim(
    tables: &Tables,
    application: i64,
    followup: i64,
    now: Timestamp,
    config: &Config,
) -> Result<Option<InHand>, StoreError> {
    let Some(loaded) = tables.case(application)? else { return Ok(None) };
    let case = loaded.case;
    let etiquette = &config.etiquette;
    let today = now.to_zoned(etiquette.zone.clone()).date();
    if etiquette.check(&case.application, today).is_err() || distrust(now, tables.last_instant()?).is_some() {
        return Ok(None);
    }
    // The plan composes the letter anew from the facts and settings of this moment, so that it only says
    // `Send` if what would go is, digest for digest, what was approved.
    let next = plan(now, &case, etiquette, &tables.budget(now, &case, etiquette)?);
    if next.action != Some(Action::Send { followup }) {
        return Ok(None);
    }
    let Some(open) = case.followup(followup) else { return Ok(None) };
    let Phase::Approved { draft, .. } = &open.phase else { return Ok(None) };
    let sender = &etiquette.sender;
    // Of what is about to go, not of what the row says it is.
    let digest = Digest::of(&draft.letter(sender));
    let (number, of_digest) = (followup.to_string(), digest.to_string());
    let message_id = message_id(&tables.installation()?, &sender.email, ["letter", &number, &of_digest]);
    let event = Event::Claim { digest, message_id: message_id.clone() };
    let sending = tables.advance(&case, followup, event, now, Who::Daemon)?;
    let Some(line) = tables.name_claim(&case.application, &sending)? else { return Ok(None) };
    let mail = Mail {
        from: (&sender.name, &sender.email),
        to: (draft.recipient.name.as_deref(), &draft.recipient.email),
        subject: &draft.text.subject,
        body: &draft.text.body,
        message_id: &message_id,
        references: &draft.references,
        date: &now.to_zoned(etiquette.zone.clone()),
        auto_generated: false,
    };
    let submission = |message| Submission {
        from: sender.email.clone(),
        to: draft.recipient.email.clone(),
        copy: config.copy.then(|| sender.email.clone()),
        message,
    };
    Ok(Some(InHand {
        line,
        message: mail.to_bytes().map(submission).map_err(|error| error.to_string()),
        must_begin_before: must_begin_before(now, &case.application, open.window, etiquette),
    }))
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
        Outcome::Accepted { .. } => works(tables, Part::Mail, now)?,
        Outcome::NotSent(not_sent) if not_sent.retry != Retry::Letter => {
            fails(tables, Part::Mail, not_sent, now)?;
        }
        _ => {}
    }
    tables.advance_in_hand(application, followup, Event::Submitted(outcome), now)
}

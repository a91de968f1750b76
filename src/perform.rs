//! One action: claim, effect, record. The order is the whole point, see `docs/decisions/003-one-submission.md`.

use jiff::{SignedDuration, Timestamp};

use crate::clock::{Clock, distrust};
use crate::config::Config;
use crate::core::delivery::{Mailer, NotSent, Outcome, Retry, Session, Submission};
use crate::core::followup::{Event, Phase};
use crate::core::message::{Digest, Mail, message_id};
use crate::core::pace::{ACCOUNT_PAUSE, backoff, later, must_begin_before};
use crate::core::plan::{Action, news, plan};
use crate::core::tell::Notifier;
use crate::reconcile::{Untold, untold_holds};
use crate::store::{Entry, Health, Part, StoreError, Tables, Who};
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
/// 1. Connect and log in: a failure is certainly not sent and costs no claim.
/// 2. Claim, in one transaction that checks every precondition anew; it is on disk before `MAIL FROM`.
/// 3. Submit, phase by phase. 4. Record the outcome.
pub async fn send<C: Clock, M: Mailer, N: Notifier>(
    world: &World<C, M, N>,
    errand: &mut Errand<M::Session>,
    application: i64,
    followup: i64,
) -> Result<Sent, StoreError> {
    if errand.in_vain || world.stop.is_asked() {
        return Ok(Sent::NotTried);
    }
    if errand.session.as_ref().is_none_or(|session| !session.is_usable()) {
        errand.finish().await;
        let mut stop = world.stop.clone();
        let opened = tokio::select! {
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
                let record = move |tables: &Tables| fails(tables, Part::Mail, &not_sent, now).map(drop);
                world.database(move |store| store.write(record)).await?;
                return Ok(Sent::NotTried);
            }
        }
    }
    let Some(session) = errand.session.as_mut() else { return Ok(Sent::NotTried) };

    let (now, config) = (world.clock.now(), world.config.clone());
    let claim = move |tables: &Tables| claim(tables, application, followup, now, &config);
    let Some(claimed) = world.database(move |store| store.write(claim)).await? else { return Ok(Sent::NotTried) };
    tracing::info!(application, followup, "sending");

    let is_time = || world.clock.now() < claimed.must_begin_before;
    let outcome = match claimed.message {
        Ok(submission) => session.submit(&submission, &is_time).await,
        Err(unwritable) => Outcome::Rejected { reply: unwritable },
    };
    errand.in_vain = matches!(&outcome, Outcome::NotSent(NotSent { retry: Retry::Account | Retry::Server, .. }));
    let now = world.clock.now();
    // What the server said is known only here: another program's lock is waited out, however long it holds.
    loop {
        let known = outcome.clone();
        let record = move |tables: &Tables| record(tables, application, followup, known, now);
        match world.database(move |store| store.write(record)).await {
            Err(StoreError::Busy) => tracing::warn!(application, followup, "the database is locked; waiting to record"),
            recorded => break recorded?,
        }
    }
    match &outcome {
        Outcome::Accepted { .. } => tracing::info!(application, followup, "sent"),
        Outcome::Rejected { reply } => tracing::warn!(application, followup, reply, "refused by the server"),
        Outcome::NotSent(not_sent) => tracing::warn!(application, followup, why = not_sent.why, "not sent"),
        Outcome::Uncertain { why } => tracing::warn!(application, followup, why, "uncertain"),
    }
    Ok(if matches!(outcome, Outcome::Accepted { .. }) { Sent::Accepted } else { Sent::NotAccepted })
}

/// A letter in hand.
struct Claimed {
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
) -> Result<Option<Claimed>, StoreError> {
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
    let Some(open) = case.followup(followup) else { return Ok(None) };
    let Phase::Approved { draft, .. } = &open.phase else { return Ok(None) };
    let sender = &etiquette.sender;
    // Of what is about to go, not of what the row says it is.
    let digest = Digest::of(&draft.letter(sender));
    let (number, of_digest) = (followup.to_string(), digest.to_string());
    let message_id = message_id(&tables.installation()?, &sender.email, ["letter", &number, &of_digest]);
    tables.advance(&case, followup, Event::Claim { digest, message_id: message_id.clone() }, now, Who::Daemon)?;
    let mail = Mail {
        from: (&sender.name, &sender.email),
        to: (draft.recipient.name.as_deref(), &draft.recipient.email),
        subject: &draft.text.subject,
        body: &draft.text.body,
        message_id: &message_id,
        date: &now.to_zoned(etiquette.zone.clone()),
        auto_generated: false,
    };
    let submission = |message| Submission {
        from: sender.email.clone(),
        to: draft.recipient.email.clone(),
        copy: config.copy.then(|| sender.email.clone()),
        message,
    };
    Ok(Some(Claimed {
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

fn works(tables: &Tables, part: Part, now: Timestamp) -> Result<(), StoreError> {
    if tables.health(part)? == Health::default() {
        return Ok(());
    }
    let what = match part {
        Part::Mail => "the mail account works again",
        Part::Telling => "the mail to yourself works again",
    };
    tracing::info!("{what}");
    tables.set_health(part, &Health::default())?;
    tables.journal(now, &Entry { who: Who::Daemon, application: None, followup: None, what, detail: None })
}

/// Lets `part` rest after a failure, and gives for how long: longer and longer, or for [`ACCOUNT_PAUSE`] where
/// the account itself was refused.
fn fails(tables: &Tables, part: Part, not_sent: &NotSent, now: Timestamp) -> Result<SignedDuration, StoreError> {
    let before = tables.health(part)?;
    let paused = not_sent.retry == Retry::Account;
    let failures = before.failures + 1;
    let rest = if paused { ACCOUNT_PAUSE } else { backoff(failures, 0) };
    let what = match (part, paused) {
        (Part::Mail, true) => "the mail account is refused",
        (Part::Mail, false) => "the mail server is out of reach",
        (Part::Telling, _) => "the mail to yourself does not get through",
    };
    tracing::warn!(why = not_sent.why, "{what}");
    tables.set_health(
        part,
        &Health {
            failures,
            rests_until: Some(later(now, rest)),
            paused,
            why: Some(not_sent.why.clone()),
            since: before.since.or(Some(now)),
        },
    )?;
    let detail = Some(not_sent.why.as_str());
    tables.journal(now, &Entry { who: Who::Daemon, application: None, followup: None, what, detail })?;
    Ok(rest)
}

/// Tells the person all news at once; gives how many were told. Recorded after the server took it: told
/// twice is a nuisance, told never is not allowed.
pub async fn tell<C: Clock, M: Mailer, N: Notifier>(
    world: &World<C, M, N>,
    errand: &Errand<M::Session>,
    news: Vec<Untold>,
) -> Result<usize, StoreError> {
    let now = world.clock.now();
    let config = world.config.clone();
    let still_to_tell = move |tables: &Tables| {
        if tables.health(Part::Mail)?.rests_until.is_some_and(|until| now < until) {
            return Ok(Vec::new());
        }
        // While letters were being sent, some of it may have ceased to be news.
        let mut current = Vec::new();
        for untold in news {
            if is_news(tables, &untold)? {
                current.push(untold);
            }
        }
        current.extend(untold_holds(tables, &config.etiquette, now)?);
        Ok(current)
    };
    let news = world.database(move |store| store.read(still_to_tell)).await?;
    if news.is_empty() || errand.in_vain || world.stop.is_asked() {
        return Ok(0);
    }
    match tell_at_once(world, &news).await? {
        Told::Yes => Ok(news.len()),
        Told::No => Ok(0),
        Told::NotThis(why) if news.len() == 1 => tell_later(world, &news, why).await,
        // One of them may be what their filter did not like: it must not keep the others back.
        Told::NotThis(_) => {
            let mut told = 0;
            for one in news.chunks(1) {
                match tell_at_once(world, one).await? {
                    Told::Yes => told += 1,
                    Told::No => break,
                    Told::NotThis(why) => told += tell_later(world, one, why).await?,
                }
            }
            Ok(told)
        }
    }
}

/// Whether what there was to tell of a follow-up is so still.
fn is_news(tables: &Tables, untold: &Untold) -> Result<bool, StoreError> {
    let Some(id) = untold.followup else { return Ok(true) };
    let followups = tables.followups(untold.notice.application.id)?;
    Ok(followups.iter().any(|it| it.id == id && news(it).as_ref() == Some(&untold.name)))
}

/// Lets this news rest, longer and longer, while all other news goes its way. None of it was told.
async fn tell_later<C: Clock, M: Mailer, N: Notifier>(
    world: &World<C, M, N>,
    news: &[Untold],
    not_sent: NotSent,
) -> Result<usize, StoreError> {
    let (now, news) = (world.clock.now(), news.to_vec());
    let record = move |tables: &Tables| {
        let rest = fails(tables, Part::Telling, &not_sent, now)?;
        let later = |one: &Untold| tables.tell_later(one.notice.application.id, one.followup, later(now, rest));
        news.iter().try_for_each(later)
    };
    world.database(move |store| store.write(record)).await?;
    Ok(0)
}

/// What came of one mail to the person.
enum Told {
    Yes,
    /// The server did not take this mail; another one it may.
    NotThis(NotSent),
    /// No mail goes now.
    No,
}

async fn tell_at_once<C: Clock, M: Mailer, N: Notifier>(
    world: &World<C, M, N>,
    news: &[Untold],
) -> Result<Told, StoreError> {
    let notices: Vec<_> = news.iter().map(|untold| untold.notice.clone()).collect();
    let mut stop = world.stop.clone();
    let outcome = tokio::select! {
        outcome = world.notifier.tell(&notices, world.clock.now()) => outcome,
        // Told again after the next start, at worst twice.
        () = stop.asked() => return Ok(Told::No),
    };
    let (now, news) = (world.clock.now(), news.to_vec());
    match outcome {
        Outcome::Accepted { .. } => {
            let told = news.len();
            let record = move |tables: &Tables| {
                works(tables, Part::Mail, now)?;
                works(tables, Part::Telling, now)?;
                news.iter().try_for_each(|untold| record_told(tables, untold, now))
            };
            world.database(move |store| store.write(record)).await?;
            tracing::info!(told, "told");
            Ok(Told::Yes)
        }
        // The account and the server are well, or these would not have been reached.
        Outcome::Rejected { reply: why } | Outcome::Uncertain { why } => {
            Ok(Told::NotThis(NotSent { why, retry: Retry::Letter }))
        }
        Outcome::NotSent(not_sent) if not_sent.retry == Retry::Letter => Ok(Told::NotThis(not_sent)),
        Outcome::NotSent(not_sent) => {
            let record = move |tables: &Tables| fails(tables, Part::Mail, &not_sent, now).map(drop);
            world.database(move |store| store.write(record)).await?;
            Ok(Told::No)
        }
    }
}

fn record_told(tables: &Tables, untold: &Untold, now: Timestamp) -> Result<(), StoreError> {
    let application = &untold.notice.application;
    match untold.followup {
        Some(followup) => tables.told(application, followup, &untold.name, now),
        None => tables.hold_told(application.id, &untold.name),
    }
}

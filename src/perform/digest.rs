//! The daily digest: one mail on a working day with all that waits for the person; never an empty one, never two.
//!
//! Never two comes before never none. So a day is recorded as done *before* its mail is handed over: a process that
//! dies in between, or is told to stop, costs the digest of that day, and so does a server whose answer is lost. What
//! certainly did not go takes the record back, and is tried again on the same day, when the account has rested. All
//! that stands in a digest was told by itself before, or is told by itself at once, so that nothing hangs on it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Time;

use super::health::{fails, works};
use super::{Errand, record_at_last};
use crate::clock::{Clock, distrust};
use crate::core::address::without_people;
use crate::core::delivery::{Mailer, NotSent, Outcome, Retry};
use crate::core::digest::{DailyDigest, Thing, Wanted, is_due};
use crate::core::etiquette::Etiquette;
use crate::core::followup::{Draft, FollowUp, Kind, Phase};
use crate::core::plan::news;
use crate::core::tell::Notifier;
use crate::store::{Entry, Part, StoreError, Tables, Who};
use crate::world::World;

/// Sends today's digest, if it is time for it and there is something in it; gives whether the server took it.
pub async fn digest<C: Clock, M: Mailer, N: Notifier>(
    world: &World<C, M, N>,
    errand: &Errand<M::Session>,
) -> Result<bool, StoreError> {
    let Some(at) = world.config.digest_at else { return Ok(false) };
    if errand.in_vain || world.stop.is_asked() {
        return Ok(false);
    }
    let (now, config) = (world.clock.now(), world.config.clone());
    // Nearly every tick finds nothing to do here: it is to wait for no disk.
    let looked = move |tables: &Tables| Standing::of(tables, at, now, &config.etiquette);
    if world.database(move |store| store.read(looked)).await? == Standing::NotNow {
        return Ok(false);
    }
    let config = world.config.clone();
    let claim = move |tables: &Tables| claim(tables, at, now, &config.etiquette);
    let Some(Claimed { digest, before }) = world.database(move |store| store.write(claim)).await? else {
        return Ok(false);
    };
    let mut stop = world.stop.clone();
    let outcome = tokio::select! {
        biased;
        outcome = world.notifier.digest(&digest, now) => outcome,
        () = stop.asked() => return Ok(false),
    };
    let (now, things) = (world.clock.now(), digest.things.len());
    let (part, not_sent) = match outcome {
        Outcome::Accepted { .. } => {
            let record = move |tables: &Tables| {
                works(tables, Part::Mail, now)?;
                works(tables, Part::Telling, now)?;
                note(tables, "digest", &format!("{things} named"), now)
            };
            record_at_last(world, record).await?;
            tracing::info!(things, "sent the daily digest");
            return Ok(true);
        }
        Outcome::Uncertain { why } => {
            tracing::warn!("the daily digest may or may not have arrived: {}", without_people(&why));
            record_at_last(world, move |tables| note(tables, "digest, uncertain", &why, now)).await?;
            return Ok(false);
        }
        // The account and the server are well, or this would not have been reached.
        Outcome::Rejected { reply: why } => (Part::Telling, NotSent { why, retry: Retry::Letter }),
        Outcome::NotSent(not_sent) if not_sent.retry == Retry::Letter => (Part::Telling, not_sent),
        Outcome::NotSent(not_sent) => (Part::Mail, not_sent),
    };
    let take_back = move |tables: &Tables| {
        tables.set_last_digest(before)?;
        fails(tables, part, &not_sent, now).map(drop)
    };
    record_at_last(world, take_back).await?;
    Ok(false)
}

/// How it stands with today's digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    NotNow,
    Due,
    /// The last one was recorded by a clock that has been put back since: it may have been today's.
    ClockPutBack,
}

impl Standing {
    fn of(tables: &Tables, at: Time, now: Timestamp, etiquette: &Etiquette) -> Result<Self, StoreError> {
        let last = tables.last_digest()?;
        if distrust(now, tables.last_instant()?).is_some() {
            return Ok(Self::NotNow);
        }
        if distrust(now, last).is_some() {
            return Ok(Self::ClockPutBack);
        }
        if !is_due(now, last, at, &etiquette.zone, etiquette.calendars.of(None, None)) {
            return Ok(Self::NotNow);
        }
        for part in [Part::Mail, Part::Telling] {
            if tables.health(part)?.rests_until.is_some_and(|until| now < until) {
                return Ok(Self::NotNow);
            }
        }
        Ok(Self::Due)
    }
}

/// A digest whose day is recorded.
struct Claimed {
    digest: DailyDigest,
    /// What was recorded before, for who has to take it back.
    before: Option<Timestamp>,
}

/// Records today as done, and gives the mail that has to go for it; `None` if there is nothing to say, or it is not
/// time any more.
fn claim(tables: &Tables, at: Time, now: Timestamp, etiquette: &Etiquette) -> Result<Option<Claimed>, StoreError> {
    let standing = Standing::of(tables, at, now, etiquette)?;
    if standing == Standing::NotNow {
        return Ok(None);
    }
    let before = tables.last_digest()?;
    tables.set_last_digest(Some(now))?;
    if standing == Standing::ClockPutBack {
        return Ok(None);
    }
    let found = Found::all(tables, now, etiquette)?;
    // What this tick tells by itself needs no reminder in the same minute.
    if found.iter().all(|it| it.is_news) {
        return Ok(None);
    }
    let mut things: Vec<Thing> = found.into_iter().map(|it| it.thing).collect();
    things.sort_by_key(Thing::urgency);
    let identity = format!("digest {}", now.as_millisecond());
    Ok(Some(Claimed { digest: DailyDigest { things, identity }, before }))
}

/// One application that needs the person.
struct Found {
    thing: Thing,
    /// The person has not been told yet, and is told by itself, now.
    is_news: bool,
}

impl Found {
    /// Each application once, with what is most urgent of it.
    fn all(tables: &Tables, now: Timestamp, etiquette: &Etiquette) -> Result<Vec<Self>, StoreError> {
        let (mut found, mut named) = (Vec::new(), BTreeSet::new());
        for (application, followup) in tables.in_doubt()? {
            if named.insert(application) {
                found.extend(Self::of_followup(tables, application, Some(followup), now, etiquette)?);
            }
        }
        for held in tables.open_held(now)? {
            if named.insert(held.application) {
                let thing = thing(tables, held.application, Wanted::Correct { why: held.why }, etiquette)?;
                found.push(Self { thing, is_news: held.is_news });
            }
        }
        for application in tables.refused()? {
            if named.insert(application) {
                found.extend(Self::of_followup(tables, application, None, now, etiquette)?);
            }
        }
        for (application, followup) in tables.open_waiting()? {
            if named.insert(application) {
                found.extend(Self::of_followup(tables, application, Some(followup), now, etiquette)?);
            }
        }
        Ok(found)
    }

    /// What is wanted for a follow-up, the newest where none is named; `None` if it is well.
    fn of_followup(
        tables: &Tables,
        application: i64,
        followup: Option<i64>,
        now: Timestamp,
        etiquette: &Etiquette,
    ) -> Result<Option<Self>, StoreError> {
        let followups = tables.followups(application)?;
        let followup = followups.into_iter().rfind(|it| followup.is_none_or(|id| it.id == id));
        let Some((followup, wanted)) = followup.and_then(|it| wanted(&it).map(|wanted| (it, wanted))) else {
            return Ok(None);
        };
        let told = &followup.told;
        let is_told_now = told.after.is_none_or(|at| at <= now);
        let is_news = is_told_now && news(&followup).is_some_and(|name| told.news != Some(name));
        Ok(Some(Self { thing: thing(tables, application, wanted, etiquette)?, is_news }))
    }
}

/// What `followup` wants of the person; `None` if it is well.
fn wanted(followup: &FollowUp) -> Option<Wanted> {
    let whom = |draft: &Draft| draft.recipient.called().to_owned();
    let closes = followup.window.closes;
    match &followup.phase {
        Phase::Uncertain { draft, .. } => Some(Wanted::Settle { whom: whom(draft) }),
        Phase::Failed { draft, .. } => Some(Wanted::Address { email: draft.recipient.email.clone() }),
        Phase::Waiting { .. } if followup.kind == Kind::Call => Some(Wanted::Call { closes }),
        Phase::Waiting { draft } => Some(Wanted::Word { whom: whom(draft), closes, late: followup.late }),
        _ => None,
    }
}

/// With the names of the application, as far as these can be read.
fn thing(tables: &Tables, id: i64, wanted: Wanted, etiquette: &Etiquette) -> Result<Thing, StoreError> {
    match tables.application(id) {
        Ok(Some(application)) => Ok(Thing::new(&application, wanted, etiquette.zone_of(&application))),
        Ok(None) | Err(StoreError::BadRow { .. }) => Ok(Thing::nameless(id, wanted, etiquette.zone.clone())),
        Err(error) => Err(error),
    }
}

/// Writes into the journal what became of it.
fn note(tables: &Tables, what: &str, detail: &str, now: Timestamp) -> Result<(), StoreError> {
    let entry = Entry { who: Who::Daemon, application: None, followup: None, what, detail: Some(detail) };
    tables.journal(now, &entry)
}

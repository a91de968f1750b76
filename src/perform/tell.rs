//! Telling the person, in as few mails as can be, and never silently not at all.

use jiff::Timestamp;

use super::health::{fails, of_all, works};
use super::{Errand, record_at_last};
use crate::clock::Clock;
use crate::core::delivery::{Mailer, NotSent, Outcome, Retry};
use crate::core::pace::later;
use crate::core::plan::{news, silence};
use crate::core::tell::Notifier;
use crate::reconcile::{About, Untold, untold_holds};
use crate::store::{Part, StoreError, Tables};
use crate::world::World;

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
        current.extend(of_all(tables, &config.etiquette, now, &current)?);
        Ok(current)
    };
    let news = world.database(move |store| store.read(still_to_tell)).await?;
    if news.is_empty() || errand.in_vain || world.stop.is_asked() {
        return Ok(0);
    }
    match tell_at_once(world, &news).await? {
        Told::Yes => Ok(news.len()),
        Told::No => Ok(0),
        Told::NotThis(why) if news.iter().filter(|one| one.is_of_an_application()).count() <= 1 => {
            tell_later(world, &news, why).await
        }
        // One of them may be what their filter did not like: it must not keep the others back. What works again
        // waits for a later mail.
        Told::NotThis(_) => {
            let mut told = 0;
            for one in news.chunks(1).filter(|one| one[0].is_of_an_application()) {
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
    let application = untold.notice.application.id;
    match untold.about {
        About::FollowUp(id) => {
            let followups = tables.followups(application)?;
            Ok(followups.iter().any(|it| it.id == id && news(it).as_ref() == Some(&untold.name)))
        }
        About::Silence => {
            let case = tables.case(application)?.map(|loaded| loaded.case);
            Ok(case.and_then(|case| silence(&case)).as_ref() == Some(&untold.name)
                && tables.is_unanswered(application)?)
        }
        About::Hold | About::Outage(_) | About::Restored => Ok(true),
    }
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
        let (after, application) = (later(now, rest), |one: &Untold| one.notice.application.id);
        news.iter().try_for_each(|one| match one.about {
            About::FollowUp(followup) => tables.tell_later(application(one), Some(followup), after),
            About::Hold | About::Silence => tables.tell_later(application(one), None, after),
            // It rests as all telling does.
            About::Outage(_) | About::Restored => Ok(()),
        })
    };
    record_at_last(world, record).await?;
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
        biased;
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
            record_at_last(world, record).await?;
            tracing::info!(told, "told the person");
            Ok(Told::Yes)
        }
        // The account and the server are well, or these would not have been reached.
        Outcome::Rejected { reply: why } | Outcome::Uncertain { why } => {
            Ok(Told::NotThis(NotSent { why, retry: Retry::Letter }))
        }
        Outcome::NotSent(not_sent) if not_sent.retry == Retry::Letter => Ok(Told::NotThis(not_sent)),
        Outcome::NotSent(not_sent) => {
            record_at_last(world, move |tables| fails(tables, Part::Mail, &not_sent, now).map(drop)).await?;
            Ok(Told::No)
        }
    }
}

fn record_told(tables: &Tables, untold: &Untold, now: Timestamp) -> Result<(), StoreError> {
    let application = &untold.notice.application;
    match untold.about {
        About::FollowUp(followup) => tables.told(application, followup, &untold.name, now),
        About::Hold => tables.hold_told(application.id, &untold.name),
        About::Silence => tables.proposed(application.id, &untold.name, now),
        About::Outage(part) => tables.forget_outage(part),
        About::Restored => tables.restored_told(),
    }
}

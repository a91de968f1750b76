//! How the mail account and the mails to the person fare: they rest when they fail, and once they work again
//! that is news.

use jiff::{SignedDuration, Timestamp};

use crate::core::address::without_people;
use crate::core::delivery::{NotSent, Retry};
use crate::core::etiquette::Etiquette;
use crate::core::pace::{ACCOUNT_PAUSE, backoff, later};
use crate::core::tell::{Channel, News, Notice};
use crate::reconcile::{About, Untold, nameless};
use crate::store::{Entry, Health, Outage, Part, StoreError, Tables, Who};

/// `part` works. If it did not before, that is remembered until the person was told.
pub(super) fn works(tables: &Tables, part: Part, now: Timestamp) -> Result<(), StoreError> {
    let before = tables.health(part)?;
    if before == Health::default() {
        return Ok(());
    }
    let what = match part {
        Part::Mail => "the mail account works again",
        Part::Telling => "the mail to yourself works again",
    };
    tracing::info!("{what}");
    tables.set_health(part, &Health::default())?;
    if let Some(outage) = outage(&before, now) {
        tables.set_outage(part, &outage)?;
    }
    tables.journal(now, &Entry { who: Who::Daemon, application: None, followup: None, what, detail: None })
}

/// Lets `part` rest after a failure, and gives for how long: longer and longer, or for [`ACCOUNT_PAUSE`] where
/// the account itself was refused. A disk of our own is looked at again soon: that is a burden to nobody.
pub(super) fn fails(
    tables: &Tables,
    part: Part,
    not_sent: &NotSent,
    now: Timestamp,
) -> Result<SignedDuration, StoreError> {
    let before = tables.health(part)?;
    // An end that the person has not been told of was none.
    let untold = tables.outage(part)?;
    tables.forget_outage(part)?;
    let paused = not_sent.retry == Retry::Account;
    let failures = before.failures + 1;
    let rest = match not_sent.retry {
        Retry::Account => ACCOUNT_PAUSE,
        Retry::Disk => backoff(1, 0),
        Retry::Letter | Retry::Server => backoff(failures, 0),
    };
    let what = match (part, paused) {
        (Part::Mail, _) if not_sent.retry == Retry::Disk => "no letter can be noted, so that none goes",
        (Part::Mail, true) => "the mail account is refused",
        (Part::Mail, false) => "the mail server is out of reach",
        (Part::Telling, _) => "the mail to yourself does not get through",
    };
    let why = without_people(&not_sent.why);
    match paused {
        // Only the person can do something about it.
        true => tracing::error!("{what}: {why}"),
        false => tracing::warn!("{what}: {why}"),
    }
    tables.set_health(
        part,
        &Health {
            failures,
            rests_until: Some(later(now, rest)),
            paused,
            why: Some(not_sent.why.clone()),
            since: before.since.or(untold.map(|outage| outage.since)).or(Some(now)),
        },
    )?;
    let detail = Some(not_sent.why.as_str());
    tables.journal(now, &Entry { who: Who::Daemon, application: None, followup: None, what, detail })?;
    Ok(rest)
}

/// The stretch of failures that ends at `until`, if there was one.
fn outage(health: &Health, until: Timestamp) -> Option<Outage> {
    let why = health.why.clone().unwrap_or_default();
    (health.failures > 0).then(|| Outage { since: health.since.unwrap_or(until), until, why })
}

/// What is news of no application, for the person, to be told at `now` after `others`: that the database is an older
/// one, and what works again.
///
/// With others it goes in one mail, even where that mail is the first to be tried: it is read only if it
/// arrives. Alone it goes once that is known from something else, such as a letter that was taken. While mails to
/// the person are refused, every other one goes without it: it may be these very words that are not liked.
pub(super) fn of_all(
    tables: &Tables,
    etiquette: &Etiquette,
    now: Timestamp,
    others: &[Untold],
) -> Result<Vec<Untold>, StoreError> {
    let telling = tables.health(Part::Telling)?;
    let rests = telling.rests_until.is_some_and(|until| now < until);
    let goes_without = telling.failures > 0 && telling.failures.is_multiple_of(2);
    let is_kept_back = if others.is_empty() { rests } else { goes_without };
    if is_kept_back {
        return Ok(Vec::new());
    }
    let mut news = Vec::new();
    if let Some(words) = tables.restored()? {
        let notice = Notice {
            application: nameless(0),
            identity: format!("restored {words}"),
            news: News::Restored { words: words.clone() },
            zone: etiquette.zone.clone(),
        };
        news.push(Untold { about: About::Restored, name: words, notice });
    }
    for (part, what) in [(Part::Mail, Channel::Account), (Part::Telling, Channel::Asks)] {
        let over = match tables.outage(part)? {
            None if !others.is_empty() => outage(&tables.health(part)?, now),
            over => over,
        };
        let Some(Outage { since, until, why }) = over else { continue };
        // Mails to the person get through again when none of them is put off any longer.
        if part == Part::Telling && tables.is_news_put_off(now)? {
            continue;
        }
        let notice = Notice {
            application: nameless(0),
            news: News::WorksAgain { what, since, until, why },
            zone: etiquette.zone.clone(),
            identity: format!("works again {what:?} {}", since.as_millisecond()),
        };
        news.push(Untold { about: About::Outage(part), name: since.to_string(), notice });
    }
    Ok(news)
}

//! One tick: look at everything that is due, and do what is right now.

use jiff::{SignedDuration, Timestamp};

use crate::clock::{Clock, distrust};
use crate::core::delivery::Mailer;
use crate::core::etiquette::{By, Etiquette};
use crate::core::followup::{Event, FollowUp, Phase};
use crate::core::kindness::cautions;
use crate::core::pace::later;
use crate::core::plan::{Action, Case, Next, news, plan};
use crate::core::tell::{News, Notice, Notifier, notice, silence_notice};
use crate::perform::{self, Errand, Sent};
use crate::store::{Part, StoreError, Tables, Who};
use crate::world::World;

/// Cases that are planned in one transaction: so many that the disk is not what they wait for, and so few that a command
/// waits for some hundredths of a second at most.
const PAGE: usize = 500;
/// More steps than any case can need at one instant.
const MOST_STEPS: usize = 8;
/// A case that is held is looked at again after this long, if nothing changes before.
const HELD_FOR: SignedDuration = SignedDuration::from_hours(24);
/// News of an application that cannot be planned, which could not be told, are tried again after this long.
const UNTOLD_FOR: SignedDuration = SignedDuration::from_mins(30);

/// What a tick did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Looked {
    /// Cases that were due.
    pub due: usize,
    /// Letters handed to the server, whatever came of it.
    pub submitted: usize,
    /// Letters that it accepted.
    pub sent: usize,
    /// Pieces of news told; the daily digest is one.
    pub told: usize,
    /// Nothing was done, because the clock cannot be trusted.
    pub clock_distrusted: bool,
}

/// Looks once at everything that is due and does what is right now.
///
/// It may be called at any time, any number of times, for any reason or none: what it does depends only on
/// the database and the clock. Only the holder of the lock may call it. Stops early, with an error, only if
/// the store itself fails. Does nothing while the clock cannot be trusted.
#[tracing::instrument(skip_all)]
pub async fn tick<C: Clock, M: Mailer, N: Notifier>(world: &World<C, M, N>) -> Result<Looked, StoreError> {
    let now = world.clock.now();
    let recorded = world.database(|store| store.read(|tables| tables.last_instant())).await?;
    if distrust(now, recorded).is_some() {
        return Ok(Looked { clock_distrusted: true, ..Looked::default() });
    }
    world.database(move |store| quarantine_orphans(store, now)).await?;
    let due = world.database(move |store| store.read(|tables| tables.due(now))).await?;
    let mut looked = Looked { due: due.len(), ..Looked::default() };
    let mut errand = Errand::default();
    let mut untold = Vec::new();
    for page in due.chunks(PAGE) {
        if world.stop.is_asked() {
            break;
        }
        let (page, config) = (page.to_vec(), world.config.clone());
        let settle_page = move |tables: &Tables| {
            page.into_iter().map(|id| settle(tables, id, now, &config.etiquette)).collect::<Result<Vec<_>, _>>()
        };
        let settled = world.database(move |store| store.write(settle_page)).await?;
        for case in settled.into_iter().flatten() {
            if let Some(followup) = case.send {
                let sent = perform::send(world, &mut errand, case.application, followup).await?;
                looked.submitted += usize::from(sent != Sent::NotTried);
                looked.sent += usize::from(sent == Sent::Accepted);
                if sent == Sent::NotAccepted {
                    // Refused or uncertain: that is news now, not when somebody looks again.
                    let (id, now, config) = (case.application, world.clock.now(), world.config.clone());
                    let settle = move |tables: &Tables| settle(tables, id, now, &config.etiquette);
                    let after = world.database(move |store| store.write(settle)).await?;
                    untold.extend(after.into_iter().flat_map(|after| after.news));
                }
            }
            untold.extend(case.news);
        }
    }
    errand.finish().await;
    looked.told = usize::from(perform::digest(world, &errand).await?);
    looked.told += perform::tell(world, &errand, untold).await?;
    tracing::debug!(due = looked.due, sent = looked.sent, told = looked.told, "looked");
    Ok(looked)
}

/// Letters that a dead process had in hand may or may not have arrived. Nobody else can be sending: the lock.
fn quarantine_orphans(store: &mut crate::store::Store, now: Timestamp) -> Result<(), StoreError> {
    let orphans = store.read(|tables| tables.sending())?;
    for (application, followup) in orphans {
        store.write(|tables| tables.advance_in_hand(application, followup, Event::Orphan, now))?;
        let phase = "uncertain";
        tracing::warn!(application, followup, phase, "application {application}: was in hand when the program ended");
    }
    Ok(())
}

/// A case after everything that only needs the database has been done.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    pub application: i64,
    /// The approved follow-up that goes now.
    pub send: Option<i64>,
    /// What is to be told now.
    pub news: Vec<Untold>,
}

/// News that the person has not been told.
#[derive(Debug, Clone, PartialEq)]
pub struct Untold {
    pub about: About,
    /// The name under which it is recorded as told.
    pub name: String,
    pub notice: Notice,
}

impl Untold {
    /// Whether it is news of one application, rather than of what all of them share.
    pub fn is_of_an_application(&self) -> bool {
        !matches!(self.about, About::Outage(_) | About::Restored)
    }
}

/// What [`Untold`] news are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The follow-up of that number.
    FollowUp(i64),
    /// What the whole application is held for.
    Hold,
    /// The whole application was not answered.
    Silence,
    /// No application: it failed, and works again.
    Outage(Part),
    /// No application: the database is an older one, or comes from another machine.
    Restored,
}

/// Does for one case, at `now`, all that only needs the database (begin, compose, plan anew, cancel, lapse)
/// until nothing of it is left, and lets the case rest until the plan wants it again.
///
/// `None` if the application is gone and there is nothing to tell of it.
pub fn settle(tables: &Tables, id: i64, now: Timestamp, etiquette: &Etiquette) -> Result<Option<Settled>, StoreError> {
    for _ in 0..MOST_STEPS {
        let case = match tables.case(id) {
            Ok(Some(loaded)) => loaded.case,
            Ok(None) => return settle_deleted(tables, id, now, etiquette),
            Err(StoreError::BadRow { fact, .. }) => {
                return hold(tables, id, &fact.to_string(), now, etiquette).map(Some);
            }
            Err(error) => return Err(error),
        };
        let today = now.to_zoned(etiquette.zone.clone()).date();
        if !case.application.closed
            && let Err(fact) = etiquette.check(&case.application, today)
        {
            return hold(tables, id, &fact.to_string(), now, etiquette).map(Some);
        }
        if let Some((followup, event)) = tables.went_elsewhere(&case)? {
            tables.advance(&case, followup, event, now, Who::Daemon)?;
            continue;
        }
        let next = plan(now, &case, etiquette, &tables.budget_to_plan(now, &case, etiquette)?);
        let done = match next.action.clone() {
            Some(Action::Begin(due)) => tables.begin(&case, &due, now, Who::Daemon).map(drop),
            Some(Action::Record { followup, event }) => {
                tables.advance(&case, followup, event, now, Who::Daemon).map(drop)
            }
            Some(Action::Send { .. }) | None => return rest(tables, &case, next, now, etiquette).map(Some),
        };
        if let Err(StoreError::Refused(refusal)) = done {
            tracing::error!(application = id, "application {id}: the plan asked for what cannot be: {refusal}");
            return hold(tables, id, &format!("this is a fault of followup: {refusal}"), now, etiquette).map(Some);
        }
        done?;
    }
    tracing::error!(application = id, "application {id}: the plan does not come to rest");
    hold(tables, id, "this is a fault of followup: the plan does not come to rest", now, etiquette).map(Some)
}

/// An application that is held cannot be planned; but what came of a letter of it is still news.
fn hold(tables: &Tables, id: i64, why: &str, now: Timestamp, etiquette: &Etiquette) -> Result<Settled, StoreError> {
    let is_over =
        |it: &FollowUp| matches!(it.phase, Phase::Failed { .. } | Phase::Uncertain { .. } | Phase::Cancelled { .. });
    let (news, wake_at) = match news_alone(tables, id, is_over, now, etiquette) {
        // It may be the follow-ups that cannot be read.
        Err(StoreError::BadRow { .. }) => Default::default(),
        read => read?,
    };
    let until = later(now, HELD_FOR);
    tables.hold(id, why, wake_at.map_or(until, |at| at.min(until)))?;
    Ok(Settled { application: id, send: None, news })
}

/// An application that was deleted has nothing to plan; but a letter of it that may have arrived, or was
/// refused, is still news.
fn settle_deleted(
    tables: &Tables,
    id: i64,
    now: Timestamp,
    etiquette: &Etiquette,
) -> Result<Option<Settled>, StoreError> {
    let in_doubt = |it: &FollowUp| !matches!(it.phase, Phase::Cancelled { .. });
    let (news, wake_at) = news_alone(tables, id, in_doubt, now, etiquette)?;
    tables.rest_deleted(id, wake_at)?;
    Ok((!news.is_empty()).then_some(Settled { application: id, send: None, news }))
}

/// What there is to tell at `now` of those follow-ups of an application without a plan that `are_news`, and when to come
/// back to what cannot be told yet.
fn news_alone(
    tables: &Tables,
    id: i64,
    are_news: impl Fn(&FollowUp) -> bool,
    now: Timestamp,
    etiquette: &Etiquette,
) -> Result<(Vec<Untold>, Option<Timestamp>), StoreError> {
    let is_new = |it: &FollowUp| are_news(it) && news(it).is_some_and(|name| it.told.news != Some(name));
    let new: Vec<FollowUp> = tables.followups(id)?.into_iter().filter(is_new).collect();
    let rests_until = tables.health(Part::Mail)?.rests_until.filter(|&until| now < until);
    if new.is_empty() || rests_until.is_some() {
        return Ok((Vec::new(), rests_until.filter(|_| !new.is_empty())));
    }
    let application = nameless(id);
    let mut untold = Vec::new();
    for followup in new.iter().filter(|it| it.told.after.is_none_or(|at| at <= now)) {
        let was_approved = tables.lost_its_approval(id, followup.id)?;
        if let (Some(name), Some(notice)) =
            (news(followup), notice(&application, followup, was_approved, Vec::new(), etiquette))
        {
            untold.push(Untold { about: About::FollowUp(followup.id), name, notice });
        }
    }
    Ok((untold, Some(later(now, UNTOLD_FOR))))
}

fn rest(
    tables: &Tables,
    case: &Case,
    next: Next,
    now: Timestamp,
    etiquette: &Etiquette,
) -> Result<Settled, StoreError> {
    let application = case.application.id;
    // What is to be told stays due until it was told: the tick that fails to must come back to it.
    let wake_at = if !next.tell.is_empty() || next.propose.is_some() {
        Some(now)
    } else {
        let held_until = next.hold.as_ref().map(|_| later(now, HELD_FOR));
        [next.wake_at, held_until].into_iter().flatten().min()
    };
    let next = Next { wake_at, ..next };
    let is_given = case.application.timezone.is_some();
    let there = (!is_given).then(|| etiquette.recipient_of(&case.application)).filter(|it| it.zone_by == By::Country);
    tables.rest(application, case.rev, &next, there.as_ref().and_then(|it| it.zone.iana_name()))?;
    let send = match next.action {
        Some(Action::Send { followup }) => Some(followup),
        _ => None,
    };
    let cautions = match next.tell.is_empty() {
        true => Vec::new(),
        false => {
            let (others, budget) = (tables.others_of_contact(&case.application)?, tables.budget(now, case, etiquette)?);
            cautions(now, case, etiquette, &others, &budget)
        }
    };
    let mut taken_back = Vec::new();
    for &id in &next.tell {
        if tables.lost_its_approval(application, id)? {
            taken_back.push(id);
        }
    }
    let proposal = next.propose.clone().map(|name| Untold {
        about: About::Silence,
        notice: silence_notice(case, &name, etiquette),
        name,
    });
    let untold = |id: &i64| {
        let followup = case.followup(*id)?;
        let name = news(followup)?;
        let was_approved = taken_back.contains(id);
        let notice = notice(&case.application, followup, was_approved, cautions.clone(), etiquette)?;
        Some(Untold { about: About::FollowUp(*id), name, notice })
    };
    Ok(Settled { application, send, news: next.tell.iter().filter_map(untold).chain(proposal).collect() })
}

/// The holds that the person has not been told of.
pub fn untold_holds(tables: &Tables, etiquette: &Etiquette, now: Timestamp) -> Result<Vec<Untold>, StoreError> {
    let mut untold = Vec::new();
    for (id, rev, why) in tables.held_untold(now)? {
        // Its number names it: a fact that cannot be used does not belong into a mail either.
        let notice = Notice {
            application: nameless(id),
            news: News::Held { why: why.clone() },
            zone: etiquette.zone.clone(),
            identity: format!("held {id} {rev} {why}"),
        };
        untold.push(Untold { about: About::Hold, name: why, notice });
    }
    Ok(untold)
}

/// An application of which nothing but its number is known; 0 where the news are of none.
pub fn nameless(id: i64) -> crate::core::application::Application {
    crate::core::application::Application {
        id,
        company: format!("application {id}"),
        position: "Letter".to_owned(),
        contact: Default::default(),
        hr: Default::default(),
        timezone: None,
        country: None,
        region: None,
        language: "en".to_owned(),
        strategy: None,
        job_url: None,
        thread: None,
        strengths: Vec::new(),
        closed: false,
        answer: None,
        added_at: Timestamp::UNIX_EPOCH,
        interviews: Vec::new(),
    }
}

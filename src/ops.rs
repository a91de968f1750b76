//! What a person can do, one function each. Used by the command line; the daemon does the rest.
//!
//! Whoever looks at a letter or decides on it first has its case settled, so that they always see what
//! would go now, whether a daemon runs or not.

mod decisions;
mod facts;
mod stop;
mod together;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use jiff::Timestamp;

use crate::clock::distrust;
use crate::core::application::BadFact;
use crate::core::course::{Course, course};
use crate::core::etiquette::{Due, Etiquette, Recipient};
use crate::core::followup::{Event, FollowUp, Kind, Refusal};
use crate::core::forecast::{Foreseen, forecast};
use crate::core::kindness::{Caution, cautions};
use crate::core::pace::earlier;
use crate::core::plan::{Action, Case, Coming, Next, What, plan};
use crate::core::tone::{Remark, remarks};
use crate::reconcile::settle;
use crate::store::{Line, Store, StoreError, Tables};

pub use decisions::{Recalled, recall_all};
pub use facts::Called;
pub use stop::stop;

use together::Together;

/// The database, the settings and the present instant: what every use case needs.
#[derive(Debug)]
pub struct Desk<'a> {
    pub store: &'a mut Store,
    pub etiquette: &'a Etiquette,
    pub now: Timestamp,
}

/// One application as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Situation {
    pub case: Case,
    /// Where it stands in its strategy.
    pub course: Course,
    pub coming: Option<Coming>,
    pub held: Option<String>,
    pub remarks: Vec<Remark>,
    /// Where the recipient is.
    pub recipient: Recipient,
    /// The recipient's zone.
    pub zone: TimeZone,
}

impl Situation {
    /// The follow-up to speak of, if one has come due or was snoozed.
    pub fn followup(&self) -> Option<&FollowUp> {
        self.case.current()
    }

    /// The step that is on its way, or comes next.
    pub fn due(&self) -> Option<&Due> {
        self.course.due()
    }

    /// Whether a step is still to come for which there is no follow-up yet.
    fn is_ahead(&self) -> bool {
        self.case.open().is_none() && self.coming.is_some_and(|coming| coming.what.is_beginning())
    }
}

/// Why a person's wish was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum OpError {
    /// What was asked for, and the application that was perhaps meant.
    #[error("there is no application {0:?}")]
    NoSuch(String, Option<(i64, String)>),
    #[error("{0:?} fits several applications")]
    /// What was asked for, and number, company and position of those that it fits.
    Ambiguous(String, Vec<(i64, String, String)>),
    #[error("nothing is open on application {0}")]
    NothingOpen(i64),
    #[error("{0}")]
    Refused(Refusal),
    /// Nothing was approved; this is the letter as it would go now, and it counts as shown.
    #[error("the letter has changed since you were asked")]
    Changed(Box<Situation>),
    /// Nothing was approved; this is the letter, and it counts as shown.
    #[error("you have not seen this letter yet")]
    NotShown(Box<Situation>),
    /// Nothing was approved: the remarks have an error.
    #[error("the letter cannot go like this")]
    Tone(Box<Situation>),
    /// Snoozed beyond the last day on which the letter could go.
    #[error("the time for this letter is over after {1}")]
    BeyondItsTime(i64, Date),
    #[error("application {0} is closed")]
    Closed(i64),
    #[error("it is held: {0}")]
    Held(String),
    #[error("the clock cannot be trusted: {0}")]
    Clock(String),
    #[error("{0}")]
    BadFact(#[from] BadFact),
    /// The application is forgotten; what the files beside the database still hold of it could not be removed.
    #[error("it is forgotten, but its words may still stand in the files beside the database: {0}")]
    Traces(StoreError),
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for OpError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(refusal) => OpError::Refused(refusal),
            StoreError::BadRow { fact, .. } => OpError::Held(fact.to_string()),
            error => OpError::Store(error),
        }
    }
}

/// What came of a person's wish.
type Decision = Result<Situation, OpError>;

impl Desk<'_> {
    /// See [`find`].
    pub fn find(&mut self, name: &str) -> Result<i64, OpError> {
        find(self.store, name)
    }

    /// One application as it stands, without changing anything.
    pub fn look(&mut self, id: i64) -> Result<Situation, OpError> {
        let (now, etiquette) = (self.now, self.etiquette);
        Ok(self.store.read(|tables| {
            let situation = as_it_stands(tables, id, now, etiquette)?;
            Ok(Together::of(tables, now, etiquette)?.put_right(situation))
        })?)
    }

    /// What to mind of the step of `situation`.
    pub fn cautions(&mut self, situation: &Situation) -> Result<Vec<Caution>, OpError> {
        let (now, etiquette, case) = (self.now, self.etiquette, &situation.case);
        let beside =
            |tables: &Tables| Ok((tables.others_of_contact(&case.application)?, tables.budget(now, case, etiquette)?));
        let (others, budget) = self.store.read(beside)?;
        Ok(cautions(now, case, etiquette, &others, &budget))
    }

    /// All applications as they stand, the closed ones only if asked for. One whose row cannot be read is
    /// left out: `status` names it as held. What was recorded serves where it must still be true; all are
    /// planned anew if the daemon knows other settings than `fingerprint`.
    pub fn list(&mut self, closed_too: bool, fingerprint: &str) -> Result<Vec<Situation>, OpError> {
        let (now, etiquette) = (self.now, self.etiquette);
        Ok(self.store.read(|tables| {
            let are_stale = tables.meta("settings")?.as_deref() != Some(fingerprint);
            let together = Together::of(tables, now, etiquette)?;
            let mut situations = Vec::new();
            tables.each_line(closed_too, now, |line| {
                let situation = match are_stale || line.may_have_changed() {
                    true => as_it_stands(tables, line.id, now, etiquette).map(|it| together.put_right(it)),
                    false => as_recorded(tables, &line, now, etiquette),
                };
                if is_readable(&situation) {
                    situations.push(situation?);
                }
                Ok(())
            })?;
            Ok(situations)
        })?)
    }

    /// The largest number of an application; 0 where there is none.
    pub fn last_id(&mut self) -> Result<i64, OpError> {
        Ok(self.store.read(|tables| tables.last_id())?)
    }

    /// Shows `each` of the applications by number as [`Desk::list`] has them, in a line.
    pub fn each_line(
        &mut self,
        closed_too: bool,
        fingerprint: &str,
        mut each: impl FnMut(Line),
    ) -> Result<(), OpError> {
        let (now, etiquette) = (self.now, self.etiquette);
        Ok(self.store.read(|tables| {
            let are_stale = tables.meta("settings")?.as_deref() != Some(fingerprint);
            let together = Together::of(tables, now, etiquette)?;
            tables.each_line(closed_too, now, |mut line| {
                // Of a letter that is approved in any case, only the time may be another one.
                let is_as_it_was = !are_stale && !line.is_due && line.held.is_none();
                if let Some(&at) = together.times.get(&line.id).filter(|_| is_as_it_was) {
                    line.coming = Some(Coming { what: What::Send, at });
                } else if are_stale || line.may_have_changed() {
                    match as_it_stands(tables, line.id, now, etiquette).map(|it| together.put_right(it)) {
                        Ok(Situation { coming, held, .. }) => (line.coming, line.held) = (coming, held),
                        Err(StoreError::BadRow { fact, .. }) => line.held = Some(fact.to_string()),
                        Err(StoreError::NoSuchApplication(_)) => {}
                        Err(error) => return Err(error),
                    }
                }
                each(line);
                Ok(())
            })
        })?)
    }

    /// What will happen until `until` if nobody does anything, by running the plan forward. Touches nothing.
    pub fn forecast(&mut self, until: Timestamp) -> Result<Vec<Foreseen>, OpError> {
        let (now, etiquette) = (self.now, self.etiquette);
        let (cases, ledger) = self.store.read(|tables| {
            let mut cases = Vec::new();
            for id in tables.application_ids(false)? {
                match tables.case(id) {
                    Ok(loaded) => cases.extend(loaded.map(|loaded| loaded.case)),
                    // It is held, and has nothing to come.
                    Err(StoreError::BadRow { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok((cases, tables.ledger(earlier(now, etiquette.limits_reach_back()))?))
        })?;
        Ok(forecast(cases, now, until, etiquette, ledger))
    }

    /// Those of `ids` that are there and can be read, as they stand.
    pub fn look_at(&mut self, ids: &[i64]) -> Result<Vec<Situation>, OpError> {
        let (now, etiquette) = (self.now, self.etiquette);
        Ok(self.store.read(|tables| {
            let look = |&id: &i64| as_it_stands(tables, id, now, etiquette);
            ids.iter().map(look).filter(is_readable).collect()
        })?)
    }

    /// The letters that wait for a word.
    pub fn queue(&mut self) -> Result<Vec<Situation>, OpError> {
        let (now, etiquette) = (self.now, self.etiquette);
        self.store.write(|tables| match distrust(now, tables.last_instant()?) {
            Some(_) => Ok(()),
            None => tables.due(now)?.into_iter().try_for_each(|id| settle(tables, id, now, etiquette).map(drop)),
        })?;
        let mut waiting: Vec<i64> = self.store.read(|tables| tables.waiting())?.into_iter().map(|(id, _)| id).collect();
        waiting.sort_unstable();
        self.look_at(&waiting)
    }

    /// Settles the case and lets `decide` see it, all in one change. What `decide` wrote is kept even if it
    /// refuses, since a letter that a refusal shows has been shown; only a failing store undoes it.
    fn decide(&mut self, id: i64, decide: impl FnOnce(&Tables, Situation) -> Decision) -> Decision {
        let (now, etiquette) = (self.now, self.etiquette);
        let decision = self.store.write(|tables| {
            // Nothing is begun, lapsed or decided by a clock that may be years off.
            if let Some(why) = distrust(now, tables.last_instant()?) {
                return Ok(Err(OpError::Clock(why)));
            }
            settle(tables, id, now, etiquette)?;
            let situation = as_it_stands(tables, id, now, etiquette)?;
            match decide(tables, situation) {
                Err(OpError::Store(error)) => Err(error),
                decision => Ok(decision),
            }
        });
        decision?
    }
}

fn as_it_stands(tables: &Tables, id: i64, now: Timestamp, etiquette: &Etiquette) -> Result<Situation, StoreError> {
    let loaded = tables.case(id)?.ok_or(StoreError::NoSuchApplication(id))?;
    let case = &loaded.case;
    let today = now.to_zoned(etiquette.zone.clone()).date();
    let next = match etiquette.check(&case.application, today) {
        // As `settle` holds it, which may not have looked at it yet.
        Err(fact) if !case.application.closed => Next { hold: Some(fact.to_string()), ..Next::default() },
        _ => plan(now, case, etiquette, &tables.budget_to_plan(now, case, etiquette)?),
    };
    let coming = next.coming.or_else(|| at_once(&next, case, now));
    Ok(situation(now, loaded.case, coming, next.hold.or(loaded.held), etiquette))
}

/// What is due at this moment, and will be done as soon as somebody looks.
fn at_once(next: &Next, case: &Case, now: Timestamp) -> Option<Coming> {
    let closed = case.open().map(|open| open.window.closes).filter(|&closes| closes <= now);
    match next.action.as_ref()? {
        Action::Begin(due) => Some(Coming { what: What::beginning(due.kind), at: now }),
        Action::Record { event: Event::Lapse, .. } => Some(Coming { what: What::Lapses, at: closed? }),
        Action::Record { event: Event::Compose { late: true, .. }, .. } => {
            Some(Coming { what: What::TurnsLate, at: closed? })
        }
        _ => None,
    }
}

/// As [`as_it_stands`], where what was recorded in `line` is still true.
fn as_recorded(tables: &Tables, line: &Line, now: Timestamp, etiquette: &Etiquette) -> Result<Situation, StoreError> {
    let loaded = tables.case(line.id)?.ok_or(StoreError::NoSuchApplication(line.id))?;
    Ok(situation(now, loaded.case, line.coming, loaded.held, etiquette))
}

fn situation(
    now: Timestamp,
    case: Case,
    coming: Option<Coming>,
    held: Option<String>,
    etiquette: &Etiquette,
) -> Situation {
    let recipient = etiquette.recipient_of(&case.application);
    let letter = case.current().filter(|followup| followup.kind == Kind::Letter);
    let draft = letter.and_then(|followup| followup.phase.draft());
    Situation {
        course: course(now, &case, etiquette),
        coming,
        held,
        remarks: draft.map_or_else(Vec::new, |draft| remarks(&case.application, &etiquette.sender, draft)),
        zone: recipient.zone.clone(),
        recipient,
        case,
    }
}

/// Not one that is gone, or held because its row cannot be read. Every other error counts.
fn is_readable(found: &Result<Situation, StoreError>) -> bool {
    !matches!(found, Err(StoreError::BadRow { .. } | StoreError::NoSuchApplication(_)))
}

/// Settles a case unless the clock may be years off.
fn settle_if_trusted(tables: &Tables, id: i64, now: Timestamp, etiquette: &Etiquette) -> Result<(), StoreError> {
    match distrust(now, tables.last_instant()?) {
        Some(_) => Ok(()),
        None => settle(tables, id, now, etiquette).map(drop),
    }
}

/// The application that `name` means: a number, or a part of one open application's company; of a closed
/// one's where no open one fits.
pub fn find(store: &mut Store, name: &str) -> Result<i64, OpError> {
    let name = name.trim();
    let no_such = || OpError::NoSuch(name.to_owned(), None);
    if name.is_empty() {
        return Err(no_such());
    }
    if name.bytes().all(|byte| byte.is_ascii_digit()) {
        let id = name.parse().map_err(|_| no_such())?;
        let is_there = store.read(|tables| match tables.application(id) {
            Ok(found) => Ok(found.is_some()),
            Err(StoreError::BadRow { .. }) => Ok(true),
            Err(error) => Err(error),
        })?;
        return if is_there { Ok(id) } else { Err(no_such()) };
    }
    let mut matches = store.read(|tables| match tables.companies_like(name, false)? {
        none if none.is_empty() => tables.companies_like(name, true),
        open => Ok(open),
    })?;
    match matches.len() {
        1 => Ok(matches.remove(0).0),
        0 => Err(OpError::NoSuch(name.to_owned(), nearest(store, name)?)),
        _ => Err(OpError::Ambiguous(name.to_owned(), matches)),
    }
}

/// The application whose company's name is most like `name`, if one is much like it.
fn nearest(store: &mut Store, name: &str) -> Result<Option<(i64, String)>, OpError> {
    let likeness = |company: &str| strsim::jaro_winkler(&company.to_lowercase(), &name.to_lowercase());
    let all = store.read(|tables| tables.companies_like("", false))?;
    let all = all.into_iter().map(|(id, company, _)| (id, company));
    let nearest = all.max_by(|(_, a), (_, b)| likeness(a).total_cmp(&likeness(b)));
    Ok(nearest.filter(|(_, company)| likeness(company) > 0.8))
}

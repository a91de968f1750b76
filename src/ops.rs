//! What a person can do, one function each. Used by the command line; the daemon does the rest.
//!
//! Whoever looks at a letter or decides on it first has its case settled, so that they always see what
//! would go now, whether a daemon runs or not.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::clock::distrust;
use crate::core::application::{Application, BadFact, check_line, check_text};
use crate::core::etiquette::{Due, Etiquette};
use crate::core::followup::{Event, FollowUp, Phase, Refusal};
use crate::core::letter::{Text, tidy};
use crate::core::plan::{Action, Case, Coming, What, plan, retype};
use crate::core::tone::{Remark, Severity, remarks};
use crate::reconcile::settle;
use crate::store::{Store, StoreError, Tables, Who};

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
    /// The step that the last interview calls for.
    pub due: Option<Due>,
    pub coming: Option<Coming>,
    pub held: Option<String>,
    pub remarks: Vec<Remark>,
    /// The recipient's zone.
    pub zone: TimeZone,
}

impl Situation {
    /// The follow-up to speak of, if one has come due or was snoozed.
    pub fn followup(&self) -> Option<&FollowUp> {
        self.case.current()
    }

    /// Whether a letter is still to come for which there is no follow-up yet.
    fn is_ahead(&self) -> bool {
        self.case.open().is_none() && matches!(self.coming, Some(Coming { what: What::Ask, .. }))
    }
}

/// Why a person's wish was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum OpError {
    #[error("there is no application {0:?}")]
    NoSuch(String),
    #[error("{0:?} fits several applications")]
    Ambiguous(String, Vec<(i64, String)>),
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
    #[error("it is held: {0}")]
    Held(String),
    #[error("the clock cannot be trusted: {0}")]
    Clock(String),
    #[error("{0}")]
    BadFact(#[from] BadFact),
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
    /// Adds `application`, which must pass its checks and have an interview; gives it as it then stands.
    pub fn add(&mut self, application: &Application) -> Result<Situation, OpError> {
        let today = self.now.to_zoned(self.etiquette.zone.clone()).date();
        application.check(today)?;
        let id = self.store.write(|tables| tables.add_application(application))?;
        self.look(id)
    }

    /// The application that `name` means: a number, or a part of one open application's company.
    pub fn find(&mut self, name: &str) -> Result<i64, OpError> {
        let no_such = || OpError::NoSuch(name.to_owned());
        if name.trim().is_empty() {
            return Err(no_such());
        }
        if name.bytes().all(|byte| byte.is_ascii_digit()) {
            let id = name.parse().map_err(|_| no_such())?;
            let is_there = self.store.read(|tables| match tables.application(id) {
                Ok(found) => Ok(found.is_some()),
                Err(StoreError::BadRow { .. }) => Ok(true),
                Err(error) => Err(error),
            })?;
            return if is_there { Ok(id) } else { Err(no_such()) };
        }
        let mut matches = self.store.read(|tables| tables.companies_like(name))?;
        match matches.len() {
            1 => Ok(matches.remove(0).0),
            0 => Err(no_such()),
            _ => Err(OpError::Ambiguous(name.to_owned(), matches)),
        }
    }

    /// One application as it stands, without changing anything.
    pub fn look(&mut self, id: i64) -> Result<Situation, OpError> {
        let (now, etiquette) = (self.now, self.etiquette);
        Ok(self.store.read(|tables| situation(tables, id, now, etiquette))?)
    }

    /// All applications as they stand, the closed ones only if asked for. One whose row cannot be read is
    /// left out: `status` names it as held.
    pub fn list(&mut self, closed_too: bool) -> Result<Vec<Situation>, OpError> {
        let (now, etiquette) = (self.now, self.etiquette);
        let all = self.store.read(|tables| {
            let mut all = Vec::new();
            for id in tables.application_ids(closed_too)? {
                match situation(tables, id, now, etiquette) {
                    Ok(situation) => all.push(situation),
                    Err(StoreError::BadRow { .. } | StoreError::NoSuchApplication(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(all)
        })?;
        Ok(all)
    }

    /// The letters that wait for a word.
    pub fn queue(&mut self) -> Result<Vec<Situation>, OpError> {
        let (now, etiquette) = (self.now, self.etiquette);
        self.store.write(|tables| match distrust(now, tables.last_instant()?) {
            Some(_) => Ok(()),
            None => tables.due(now)?.into_iter().try_for_each(|id| settle(tables, id, now, etiquette).map(drop)),
        })?;
        let all = self.list(true)?;
        let waits = |it: &Situation| matches!(it.followup().map(|f| &f.phase), Some(Phase::Waiting { .. }));
        Ok(all.into_iter().filter(waits).collect())
    }

    /// One application with its letter, which from now on counts as shown.
    pub fn show(&mut self, id: i64) -> Result<Situation, OpError> {
        let shown = self.decide(id, |tables, situation| {
            mark_shown(tables, &situation)?;
            Ok(situation)
        });
        match shown {
            Err(OpError::Clock(_)) => self.look(id),
            shown => shown,
        }
    }

    /// As [`Desk::show`], where there must be a letter.
    pub fn draft(&mut self, id: i64) -> Result<Situation, OpError> {
        self.decide(id, |tables, situation| {
            match situation.followup() {
                Some(followup) if followup.phase.draft().is_some() => {}
                Some(FollowUp { phase: Phase::Planned { .. }, .. }) => {
                    return Err(OpError::Refused(Refusal::NotYetOpen));
                }
                _ => return Err(not_open(&situation)),
            }
            mark_shown(tables, &situation)?;
            Ok(situation)
        })
    }

    /// Yes to exactly the letter that was shown last, or to the one of `digest`. `despite`: errors of tone
    /// do not keep it back.
    ///
    /// If the letter has changed since, or was never shown, nothing is approved; the letter in the error
    /// counts as shown.
    pub fn approve(&mut self, id: i64, digest: Option<&str>, despite: bool) -> Result<Situation, OpError> {
        let (now, etiquette) = (self.now, self.etiquette);
        self.decide(id, |tables, situation| {
            if let Some(why) = &situation.held {
                return Err(OpError::Held(why.clone()));
            }
            let open = situation.case.open().ok_or_else(|| not_open(&situation))?;
            let (Phase::Waiting { draft } | Phase::Approved { draft, .. }) = &open.phase else {
                return Err(OpError::Refused(open.phase.standing()));
            };
            let (current, followup) = (draft.digest, open.id);
            let meant = match digest {
                Some(digest) => current.to_string().starts_with(&digest.to_lowercase()) && digest.len() >= 8,
                None => open.shown == Some(current),
            };
            if !meant {
                let never_shown = open.shown.is_none() && digest.is_none();
                tables.shown(followup, current)?;
                let situation = Box::new(situation);
                return Err(if never_shown { OpError::NotShown(situation) } else { OpError::Changed(situation) });
            }
            let has_error = situation.remarks.iter().any(|remark| remark.severity == Severity::Error);
            if has_error && !despite && matches!(open.phase, Phase::Waiting { .. }) {
                return Err(OpError::Tone(Box::new(situation)));
            }
            tables.advance(&situation.case, followup, Event::Approve { digest: current }, now, Who::Person)?;
            Ok(self::situation(tables, id, now, etiquette)?)
        })
    }

    /// Takes the approval back; too late once the letter is being sent.
    pub fn recall(&mut self, id: i64) -> Result<Situation, OpError> {
        let was_sent = |it: &Situation| matches!(it.followup().map(|f| &f.phase), Some(Phase::Sent { .. }));
        match self.advance(id, Event::Recall) {
            Err(OpError::NothingOpen(_)) if was_sent(&self.look(id)?) => Err(OpError::Refused(Refusal::AlreadySent)),
            recalled => recalled,
        }
    }

    /// Not this letter: its step is used up.
    pub fn reject(&mut self, id: i64, why: Option<String>) -> Result<Situation, OpError> {
        if let Some(why) = &why {
            check_line("why", why)?;
        }
        self.advance(id, Event::Reject { why })
    }

    /// Puts other words in place of the letter's; what is not given stays. Counts as shown, and takes an
    /// approval back.
    pub fn edit(&mut self, id: i64, subject: Option<&str>, body: Option<&str>) -> Result<Situation, OpError> {
        let (now, etiquette) = (self.now, self.etiquette);
        self.decide(id, |tables, situation| {
            let open = situation.case.open().ok_or_else(|| not_open(&situation))?;
            let Some(draft) = open.phase.draft() else { return Err(OpError::Refused(Refusal::NotYetOpen)) };
            let text = Text {
                subject: subject.map_or_else(|| draft.text.subject.clone(), |subject| subject.trim().to_owned()),
                body: body.map_or_else(|| draft.text.body.clone(), tidy),
            };
            check_line("subject", &text.subject)?;
            check_text("body", &text.body)?;
            let retyped = retype(&situation.case, etiquette, &text).ok_or(OpError::NothingOpen(id))?;
            let draft = retyped.map_err(OpError::Held)?;
            let (digest, followup) = (draft.digest, open.id);
            tables.advance(&situation.case, followup, Event::Edit { draft }, now, Who::Person)?;
            tables.written(followup, digest, now)?;
            Ok(self::situation(tables, id, now, etiquette)?)
        })
    }

    fn advance(&mut self, id: i64, event: Event) -> Result<Situation, OpError> {
        let (now, etiquette) = (self.now, self.etiquette);
        self.decide(id, |tables, situation| {
            let situation = match (&event, situation.case.open()) {
                (Event::Reject { .. }, None) if situation.is_ahead() => begin_early(tables, situation, now, etiquette)?,
                _ => situation,
            };
            let open = situation.case.open().ok_or_else(|| not_open(&situation))?;
            tables.advance(&situation.case, open.id, event, now, Who::Person)?;
            Ok(self::situation(tables, id, now, etiquette)?)
        })
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
            let situation = situation(tables, id, now, etiquette)?;
            match decide(tables, situation) {
                Err(OpError::Store(error)) => Err(error),
                decision => Ok(decision),
            }
        });
        decision?
    }
}

/// Nothing is on its way: because its time has not come, or because there is nothing.
fn not_open(situation: &Situation) -> OpError {
    match situation.is_ahead() {
        true => OpError::Refused(Refusal::NotYetOpen),
        false => OpError::NothingOpen(situation.case.application.id),
    }
}

/// Turns the step that is still ahead into a follow-up, so that something can be decided on it.
fn begin_early(
    tables: &Tables,
    situation: Situation,
    now: Timestamp,
    etiquette: &Etiquette,
) -> Result<Situation, StoreError> {
    if let Some(due) = &situation.due {
        tables.begin(&situation.case, due.rule, &due.anchor, due.window, now, Who::Person)?;
    }
    self::situation(tables, situation.case.application.id, now, etiquette)
}

fn mark_shown(tables: &Tables, situation: &Situation) -> Result<(), StoreError> {
    let Some(followup) = situation.followup() else { return Ok(()) };
    match &followup.phase {
        Phase::Waiting { draft } | Phase::Approved { draft, .. } => tables.shown(followup.id, draft.digest),
        _ => Ok(()),
    }
}

fn situation(tables: &Tables, id: i64, now: Timestamp, etiquette: &Etiquette) -> Result<Situation, StoreError> {
    let loaded = tables.case(id)?.ok_or(StoreError::NoSuchApplication(id))?;
    let case = loaded.case;
    let next = plan(now, &case, etiquette, &tables.budget(now, &case, etiquette)?);
    // A step that is due at this moment, and will be asked for as soon as somebody looks.
    let begins = matches!(next.action, Some(Action::Begin { .. })).then_some(Coming { what: What::Ask, at: now });
    let draft = case.current().and_then(|followup| followup.phase.draft());
    Ok(Situation {
        due: etiquette.due(&case.application),
        coming: next.coming.or(begins),
        held: next.hold.or(loaded.held),
        remarks: draft.map_or_else(Vec::new, |draft| remarks(&case.application, &etiquette.sender, draft)),
        zone: etiquette.zone_of(&case.application),
        case,
    })
}

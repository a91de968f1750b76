//! Facts that the person gives: an application, another interview, a promised date, an answer, a phone call.
//!
//! Facts are taken whatever the clock says; what follows from them waits until it can be trusted.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Decision, Desk, OpError, Situation, as_it_stands, settle_if_trusted};
use crate::core::application::{Answer, Application, Interview, bad, check_line, check_text};
use crate::core::etiquette::{Anchor, Due, Etiquette, Rule};
use crate::core::followup::{Event, Kind};
use crate::core::holidays::Place;
use crate::core::phone::{BadPhone, Phone};
use crate::core::plan::Case;
use crate::core::thread::Thread;
use crate::core::whereabouts::is_country;
use crate::store::{Entry, StoreError, Who};

/// What came of a phone call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Called {
    NoAnswer,
    Voicemail,
    StillDeciding,
    Answered(Answer),
}

impl Called {
    /// The word for it on the command line and in the journal.
    pub fn word(self) -> &'static str {
        match self {
            Called::NoAnswer => "no-answer",
            Called::Voicemail => "voicemail",
            Called::StillDeciding => "still-deciding",
            Called::Answered(answer) => answer.word(),
        }
    }
}

/// What follows from a fact, besides what the plan says.
enum Then {
    Nothing,
    /// To what is on its way.
    Happens(Box<Event>),
    /// A call was made, with this outcome, and perhaps an answer.
    Called(String, Option<Answer>),
    Reopened,
}

/// Whether facts that cannot be read are in the way.
enum Load {
    AsItIs,
    /// They are about to be corrected.
    ToCorrect,
}

impl Desk<'_> {
    /// The person's present date.
    pub fn today(&self) -> Date {
        self.now.to_zoned(self.etiquette.zone.clone()).date()
    }

    /// Adds `application`, which must pass its checks and have an interview; gives it as it then stands.
    pub fn add(&mut self, application: &Application) -> Result<Situation, OpError> {
        check_country(None, application)?;
        self.etiquette.check(application, self.today())?;
        refuse_ahead(application, self.today())?;
        check_phones(None, application, self.etiquette)?;
        let now = self.now;
        let id = self.store.write(|tables| {
            let id = tables.add_application(application)?;
            tables.journal(now, &entry(id, "added", None))?;
            Ok(id)
        })?;
        self.look(id)
    }

    /// Corrects facts: `change` makes the change, and all of them are checked together. Nothing is stored if
    /// one cannot be used.
    pub fn set(
        &mut self,
        id: i64,
        change: impl FnOnce(&mut Application) -> Result<(), OpError>,
    ) -> Result<Situation, OpError> {
        let (today, etiquette) = (self.today(), self.etiquette);
        self.record(id, Load::ToCorrect, Then::Nothing, |application| {
            let before = application.clone();
            change(application)?;
            check_country(Some(&before), application)?;
            etiquette.check(application, today)?;
            refuse_ahead(application, today)?;
            check_phones(Some(&before), application, etiquette)?;
            Ok(("changed", Some(differences(&before, application))))
        })
    }

    /// Another round took place. Whatever they answered before is past.
    pub fn interview(&mut self, id: i64, interview: Interview) -> Result<Situation, OpError> {
        let (today, etiquette) = (self.today(), self.etiquette);
        self.record(id, Load::ToCorrect, Then::Nothing, |application| {
            refuse_closed(application)?;
            let Interview { held_on, round, .. } = interview;
            if application.interviews.iter().any(|it| (it.held_on, it.round) == (held_on, round)) {
                return Err(bad(
                    "held_on",
                    format!("round {round} on {held_on} is known already; name another --round"),
                )
                .into());
            }
            application.interviews.push(interview);
            application.answer = None;
            etiquette.check(application, today)?;
            refuse_ahead(application, today)?;
            Ok(("interview", Some(format!("{held_on}, round {round}"))))
        })
    }

    /// They named a (new) date for their answer, after the last interview. Whatever they answered before is
    /// past.
    pub fn promise(&mut self, id: i64, date: Date) -> Result<Situation, OpError> {
        let (today, etiquette) = (self.today(), self.etiquette);
        self.record(id, Load::ToCorrect, Then::Nothing, |application| {
            refuse_closed(application)?;
            promise_in(application, date)?;
            etiquette.check(application, today)?;
            Ok(("promise", Some(date.to_string())))
        })
    }

    /// They answered: what is open is cancelled, and nothing further is planned. Comes too late for a letter
    /// that is being sent, and is recorded all the same.
    pub fn heard(&mut self, id: i64, answer: Answer) -> Result<Situation, OpError> {
        self.record(id, Load::AsItIs, Then::Happens(Event::Heard { answer }.into()), |application| {
            application.answer = Some(answer);
            Ok(("heard", Some(answer.word().to_owned())))
        })
    }

    /// A phone call took place. An answer by phone is an answer; a date they named is a promise.
    pub fn called(
        &mut self,
        id: i64,
        outcome: Called,
        promised: Option<Date>,
        note: Option<&str>,
    ) -> Result<Situation, OpError> {
        let (today, etiquette) = (self.today(), self.etiquette);
        if let Some(note) = note {
            check_line("note", note)?;
        }
        let said = [Some(outcome.word()), note].into_iter().flatten().collect::<Vec<_>>().join(": ");
        let answer = if let Called::Answered(answer) = outcome { Some(answer) } else { None };
        let then = Then::Called(said.clone(), answer);
        let said = promised.map_or(said.clone(), |date| format!("{said}, answer promised by {date}"));
        self.record(id, Load::AsItIs, then, |application| {
            application.answer = answer.or(application.answer);
            if let Some(date) = promised {
                refuse_closed(application)?;
                promise_in(application, date)?;
                etiquette.check(application, today)?;
            }
            Ok(("called", Some(said)))
        })
    }

    /// Over, as far as the person is concerned: what is open is cancelled, and nothing further is planned.
    pub fn close(&mut self, id: i64, why: Option<&str>) -> Result<Situation, OpError> {
        if let Some(why) = why {
            check_line("why", why)?;
        }
        self.record(id, Load::AsItIs, Then::Happens(Event::Close.into()), |application| {
            application.closed = true;
            Ok(("closed", why.map(str::to_owned)))
        })
    }

    /// Not over after all: neither closed nor answered. What was cancelled by that is planned again.
    pub fn reopen(&mut self, id: i64) -> Result<Situation, OpError> {
        self.record(id, Load::AsItIs, Then::Reopened, |application| {
            (application.closed, application.answer) = (false, None);
            Ok(("reopened", None))
        })
    }

    /// Keeps a few words in the journal.
    pub fn note(&mut self, id: i64, text: &str) -> Result<Situation, OpError> {
        check_text("note", text)?;
        let now = self.now;
        self.store.write(|tables| {
            tables.company(id)?.ok_or(StoreError::NoSuchApplication(id))?;
            tables.journal(now, &entry(id, "note", Some(text.trim())))
        })?;
        self.look(id)
    }

    /// Removes all that is known of an application, and gives its company's name.
    ///
    /// Errors while its letter is being sent, or may have been: what becomes of that must not be lost.
    pub fn forget(&mut self, id: i64) -> Result<String, OpError> {
        let now = self.now;
        let company = self.store.write(|tables| {
            let company = tables.company(id)?.ok_or(StoreError::NoSuchApplication(id))?;
            for (application, followup) in [tables.sending()?, tables.uncertain()?].concat() {
                if application == id {
                    let found = tables.followups(id)?.into_iter().find(|it| it.id == followup);
                    let standing = found.map(|it| it.phase.standing());
                    return standing.map_or(Ok(company), |refusal| Err(refusal.into()));
                }
            }
            tables.forget(id, now)?;
            // Before the commit: after it there is nothing left to forget again, should we be stopped in between.
            tables.remove_older_versions()?;
            Ok(company)
        })?;
        self.store.empty_log().map(|()| company).map_err(OpError::Traces)
    }

    /// Changes the application, keeps what `change` calls it in the journal, does what `then` follows, and settles the
    /// case; all or nothing.
    fn record(
        &mut self,
        id: i64,
        load: Load,
        then: Then,
        change: impl FnOnce(&mut Application) -> Result<(&'static str, Option<String>), OpError>,
    ) -> Decision {
        let (now, etiquette) = (self.now, self.etiquette);
        self.store.write(|tables| {
            let found = match load {
                Load::AsItIs => tables.application(id)?,
                Load::ToCorrect => tables.application_to_correct(id)?,
            };
            let mut application = found.ok_or(StoreError::NoSuchApplication(id))?;
            let before = application.latest_interview();
            let (what, detail) = match change(&mut application) {
                Ok(changed) => changed,
                Err(error) => return Ok(Err(error)),
            };
            tables.change_application(&application)?;
            if application.latest_interview() != before {
                tables.known_since(id, now)?;
            }
            tables.journal(now, &entry(id, what, detail.as_deref()))?;
            let case = || Ok::<_, StoreError>(tables.case(id)?.ok_or(StoreError::NoSuchApplication(id))?.case);
            let happens = |event: Event| {
                let case = case()?;
                let open = case.open().map(|open| open.id);
                open.map_or(Ok(()), |open| tables.advance(&case, open, event, now, Who::Person).map(drop))
            };
            match then {
                Then::Nothing => {}
                Then::Happens(event) => happens(*event)?,
                Then::Reopened => tables.reopened(id, now)?,
                Then::Called(outcome, _) if case()?.open().is_some_and(|open| open.kind == Kind::Call) => {
                    happens(Event::Called { outcome })?;
                }
                // It was not asked for; a letter that is on its way ends with an answer.
                Then::Called(outcome, answer) => {
                    answer.map_or(Ok(()), |answer| happens(Event::Heard { answer }))?;
                    let case = case()?;
                    if let Some(anchor) = case.application.latest_interview().map(|it| Anchor::of(&it)) {
                        tables.call_made(&case, rule_of_call(&case, now, etiquette), anchor, &outcome, now)?;
                    }
                }
            }
            settle_if_trusted(tables, id, now, etiquette)?;
            Ok(Ok(as_it_stands(tables, id, now, etiquette)?))
        })?
    }
}

fn entry<'a>(application: i64, what: &'a str, detail: Option<&'a str>) -> Entry<'a> {
    Entry { who: Who::Person, application: Some(application), followup: None, what, detail }
}

/// The rule of a call that was made at `now`. Where there is nobody to write to, it is the one that takes the place of the
/// first letter, once that is due.
fn rule_of_call(case: &Case, now: Timestamp, etiquette: &Etiquette) -> Rule {
    let due = etiquette.letter_due(&case.application);
    let is_for_it = |due: &Due| due.kind == Kind::Call && due.window.opens <= now;
    due.filter(is_for_it).map_or(Rule::Call, |due| due.rule)
}

/// Refuses a country that there is none of, if it was given just now.
fn check_country(before: Option<&Application>, application: &Application) -> Result<(), OpError> {
    let is_new = |code: &&String| before.and_then(|it| it.country.as_ref()) != Some(code);
    let Some(code) = application.country.as_ref().filter(is_new).filter(|code| !is_country(code)) else {
        return Ok(());
    };
    let why = format!("{code:?} is no country; write two letters such as DE, or DE-BY with a region");
    let nearest = Place::find(code).err().and_then(|unknown| unknown.nearest().cloned());
    let meant = nearest.map_or_else(String::new, |(code, name)| format!(". Did you mean {code}, {name}?"));
    Err(bad("country", why + &meant).into())
}

/// Refuses a number that nobody could call, if it was given just now: in `application`, and not `before`. What only the
/// plan of its country does not have is let pass: plans change.
fn check_phones(before: Option<&Application>, application: &Application, etiquette: &Etiquette) -> Result<(), OpError> {
    let country = etiquette.recipient_of(application).country;
    let phones = |it: &Application| [it.contact.phone.clone(), it.hr.phone.clone()];
    let old = before.map(phones).unwrap_or_default();
    for ((column, new), old) in ["contact_phone", "hr_phone"].into_iter().zip(phones(application)).zip(old) {
        let Some(number) = new.filter(|new| Some(new) != old.as_ref()) else { continue };
        match Phone::parse(&number, country.as_deref()) {
            Ok(_) | Err(BadPhone::NotValid { .. }) => {}
            Err(why) => return Err(bad(column, format!("{number:?} {why}")).into()),
        }
    }
    Ok(())
}

/// Whoever types knows what day it is; only a row of another program may be from where tomorrow has begun.
fn refuse_ahead(application: &Application, today: Date) -> Result<(), OpError> {
    match application.interviews.iter().find(|it| it.held_on > today) {
        Some(ahead) => {
            Err(bad("held_on", format!("the interview on {} has not taken place yet", ahead.held_on)).into())
        }
        None => Ok(()),
    }
}

fn refuse_closed(application: &Application) -> Result<(), OpError> {
    if application.closed { Err(OpError::Closed(application.id)) } else { Ok(()) }
}

/// A promised date belongs to the last interview.
fn promise_in(application: &mut Application, date: Date) -> Result<(), OpError> {
    let last = application.latest_interview().map(|it| it.id);
    let last = application.interviews.iter_mut().find(|it| Some(it.id) == last);
    let last = last.ok_or_else(|| bad("held_on", "there is no interview yet; add the day on which it was"))?;
    last.promised_on = Some(date);
    application.answer = None;
    Ok(())
}

/// What is other than before, for the journal: `position "Analyst" -> "Planner"`.
fn differences(before: &Application, after: &Application) -> String {
    let facts = |application: &Application| {
        let Application { contact, hr, .. } = application;
        let latest = application.latest_interview();
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        [
            ("company", application.company.clone()),
            ("position", application.position.clone()),
            ("contact name", text(&contact.name)),
            ("contact address", text(&contact.email)),
            ("contact phone", text(&contact.phone)),
            ("hr name", text(&hr.name)),
            ("hr address", text(&hr.email)),
            ("hr phone", text(&hr.phone)),
            ("timezone", text(&application.timezone)),
            ("country", text(&application.country)),
            ("region", text(&application.region)),
            ("language", application.language.clone()),
            ("strategy", text(&application.strategy)),
            ("job url", text(&application.job_url)),
            ("answers", application.thread.as_ref().map(Thread::name).unwrap_or_default()),
            ("strengths", application.strengths.join("; ")),
            ("interviewed", latest.map(|it| it.held_on.to_string()).unwrap_or_default()),
            ("round", latest.map(|it| it.round.to_string()).unwrap_or_default()),
            ("promised", latest.and_then(|it| it.promised_on).map(|date| date.to_string()).unwrap_or_default()),
        ]
    };
    let pairs = facts(before).into_iter().zip(facts(after));
    let changed = pairs.filter(|(before, after)| before.1 != after.1);
    let words: Vec<String> = changed.map(|((name, old), (_, new))| format!("{name} {old:?} -> {new:?}")).collect();
    if words.is_empty() { "nothing is other than before".to_owned() } else { words.join(", ") }
}

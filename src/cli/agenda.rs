//! `agenda`: what will happen, day by day, if nobody does anything.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::failure::Failure;
use super::sentence::whom_to_call;
use super::{Context, Report, json as shapes, render};
use crate::clock::distrust;
use crate::core::application::bad;
use crate::core::calendar::midnight;
use crate::core::dates::parse_ahead;
use crate::core::etiquette::Rule;
use crate::core::followup::Kind;
use crate::core::forecast::{Foreseen, Happening};
use crate::core::pace::earlier;
use crate::ops::{Desk, OpError, Situation};

/// How far ahead it looks if it is not told.
const DAYS: i64 = 30;
/// It looks no further than this: holidays and plans change.
const MOST_DAYS: i64 = 3 * 366;

/// What will happen, day by day
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  followup agenda
  followup agenda --until 2026-12-31
  followup agenda --until 2w

It is what happens if you do nothing more: a letter that waits is not sent, it
turns late and is given up in the end. Looking changes nothing.")]
pub(super) struct Agenda {
    /// The last day: 2026-12-31, friday, 2w [default: in 30 days]
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
}

impl Agenda {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        context.at_desk(|desk| {
            let until = self.until(desk)?;
            let recorded = desk.store.read(|tables| tables.last_instant())?;
            if let Some(why) = distrust(desk.now, recorded) {
                return Err(OpError::Clock(why).into());
            }
            let end = midnight(until.tomorrow().unwrap_or(until), &desk.etiquette.zone);
            let last = earlier(end, SignedDuration::from_millis(1));
            let foreseen = context.while_waiting_for("Looking ahead ...", || desk.forecast(last))?;
            let ids: BTreeSet<i64> = foreseen.iter().map(|it| it.application).collect();
            let situations = desk.look_at(&ids.into_iter().collect::<Vec<_>>())?;
            let by_id: BTreeMap<i64, &Situation> = situations.iter().map(|it| (it.case.application.id, it)).collect();
            let known: Vec<(&Foreseen, &Situation)> =
                foreseen.iter().filter_map(|it| Some((it, *by_id.get(&it.application)?))).collect();
            let mut json = shapes::many(&situations);
            json["until"] = json!(until.to_string());
            json["events"] = known.iter().map(|(it, situation)| event(it, situation)).collect();
            Ok(Report::new(days(&known, until, desk, context), json))
        })
    }

    fn until(&self, desk: &Desk) -> Result<Date, OpError> {
        let today = desk.today();
        let Some(text) = &self.until else {
            return Ok(today.saturating_add(SignedDuration::from_hours(24 * DAYS)));
        };
        let wrong = |why: String| OpError::BadFact(bad("--until", why));
        let until = parse_ahead(text, today).map_err(|error| wrong(error.to_string()))?;
        let furthest = today.saturating_add(SignedDuration::from_hours(24 * MOST_DAYS));
        match until {
            past if past < today => Err(wrong(format!("{until} is over; followup log shows what happened"))),
            far if far > furthest => Err(wrong(format!("{until} is too far; three years are the most"))),
            _ => Ok(until),
        }
    }
}

fn event(Foreseen { at, application, what, step }: &Foreseen, situation: &Situation) -> Value {
    let (rule, kind) = (step.map(|(rule, _)| rule.name()), step.map(|(_, kind)| shapes::kind(kind)));
    let at = shapes::rfc3339(*at, &situation.zone);
    json!({ "at": at, "id": application, "what": what.word(), "rule": rule, "kind": kind })
}

/// The days of the person on which something happens, each with what does. Reminders only for who wants to
/// know more.
fn days(foreseen: &[(&Foreseen, &Situation)], until: Date, desk: &Desk, context: &Context) -> String {
    let (zone, today) = (&desk.etiquette.zone, desk.today());
    let last = until.strftime("%a %-d %b %Y");
    if foreseen.is_empty() {
        return format!("Nothing will happen until {last}, if you do nothing.\n");
    }
    let mut text = format!("What will happen until {last}, if you do nothing more:\n");
    let mut day = None;
    let is_shown = |what: Happening| context.verbose || what != Happening::Remind;
    for (Foreseen { at, application, what, step }, situation) in foreseen.iter().filter(|(it, _)| is_shown(it.what)) {
        let date = at.to_zoned(zone.clone()).date();
        if day.replace(date) != Some(date) {
            text += &format!("\n{}{}\n", date.strftime("%a %-d %b %Y"), from_today(date, today));
        }
        let facts = &situation.case.application;
        let company = render::one_line(&facts.company);
        let letter = match step {
            Some((_, Kind::Call)) => {
                let whom = whom_to_call(facts, situation.recipient.country.as_deref());
                format!("the call to {whom} at {company}")
            }
            step => {
                let noun = step.map_or("letter", |(rule, _)| rule.noun());
                format!("the {noun} to {} at {company}", render::whom(facts))
            }
        };
        let is_call = matches!(step, Some((_, Kind::Call)));
        let there = there(*at, situation, desk);
        let id = application;
        let what = match what {
            Happening::Ask { .. } if is_call => format!("{letter} is due{}", by_rule(step)),
            Happening::Ask { late: false } => format!("{letter} is ready for your word{}", by_rule(step)),
            Happening::Ask { late: true } => format!("{letter} is late, and waits for your word in other words"),
            Happening::Remind if is_call => format!("a reminder: {letter} is due"),
            Happening::Remind => format!("a reminder: {letter} waits for your word"),
            Happening::Send => format!("{letter} goes{there}"),
            Happening::Lapses if is_call => format!("{letter} is let pass"),
            Happening::Lapses => format!("{letter} is given up"),
            Happening::Tell => format!("you are told what became of {letter}"),
            Happening::LetGo => format!("nothing came from {company}: you are asked whether to close it"),
        };
        let begins = format!("  {}  {id:>3}  ", at.to_zoned(zone.clone()).strftime("%H:%M"));
        text += &context.page.hang(&begins, &what);
    }
    text += &format!("\nTimes are yours ({}). ", render::place(zone));
    text + "What waits now: followup queue\n"
}

/// ` (rule promise)`, as `why` names it.
fn by_rule(step: &Option<(Rule, Kind)>) -> String {
    step.map_or_else(String::new, |(rule, _)| format!(" (rule {})", rule.name()))
}

/// The recipient's time, where it is another one than the person's.
fn there(at: Timestamp, situation: &Situation, desk: &Desk) -> String {
    let (own, theirs) = (at.to_zoned(desk.etiquette.zone.clone()), at.to_zoned(situation.zone.clone()));
    match own.datetime() == theirs.datetime() {
        true => String::new(),
        false => format!(", {} in {}", theirs.strftime("%H:%M"), render::place(&situation.zone)),
    }
}

fn from_today(date: Date, today: Date) -> String {
    match today.until(date).map(|span| span.get_days()) {
        Ok(0) => ", today".to_owned(),
        Ok(1) => ", tomorrow".to_owned(),
        Ok(days @ 2..) => format!(", in {days} days"),
        _ => String::new(),
    }
}

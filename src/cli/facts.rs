//! Facts that the person gives: `add`, `set`, `interview`, `promise`.

mod flags;

use jiff::civil::Date;

pub(super) use flags::date;
use flags::{Facts, a_round};

use super::failure::{Failure, Kind, about};
use super::look::One;
use super::{Context, Report, json, render};
use crate::core::address::needs_smtputf8;
use crate::core::application::{Application, Contact, Interview};
use crate::core::calendar::is_weekend;
use crate::core::dates::Toward;
use crate::core::etiquette::By;
use crate::core::followup;
use crate::ops::{Desk, Situation};

/// Add an application and the interview that took place
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  They promised an answer by Friday:
    followup add --company Globex --position Analyst \\
        --contact 'Jane Doe <jane@globex.example>' --interviewed yesterday \\
        --promised friday --timezone America/New_York
  Their invitation is at hand, so that the letter stands in the conversation:
    followup add --company Umbrella --position Chemist \\
        --contact 'Alice M <alice@umbrella.example>' --interviewed yesterday \\
        --thread ~/Downloads/invitation.eml
  They named no date, and only the personnel department has an address:
    followup add --company Initech --position Tester \\
        --hr 'Personnel <jobs@initech.example>' --interviewed '12 days ago'

Needed: --company, --position, --interviewed, and a way to reach them.")]
pub(super) struct Add {
    #[command(flatten)]
    facts: Facts,
}

impl Add {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        let Facts { company, position, interviewed, .. } = &self.facts;
        let needed = [("--company", company), ("--position", position), ("--interviewed", interviewed)];
        let missing: Vec<&str> = needed.iter().filter(|(_, given)| given.is_none()).map(|(flag, _)| *flag).collect();
        if !missing.is_empty() {
            let message = format!("it cannot be added without {}", missing.join(", "));
            return Err(Failure::new(Kind::Usage, message).hint("see followup add --help"));
        }
        if let Some(flag) = self.facts.first_empty() {
            return Err(Failure::new(Kind::Usage, format!("--{flag}: is empty")).hint("leave it out, or write it"));
        }
        context.at_desk(|desk| {
            let today = desk.today();
            let mut application = Application {
                id: 0,
                company: String::new(),
                position: String::new(),
                contact: Contact::default(),
                hr: Contact::default(),
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
                added_at: desk.now,
                interviews: vec![Interview { id: 0, held_on: today, round: 2, promised_on: None }],
            };
            let answered = self.facts.read_thread()?;
            self.facts.enter(&mut application, answered, today)?;
            let situation = desk.add(&application)?;
            let title = format!("Added {}: {}.", situation.case.application.id, render::title(&application));
            Ok(Report::new(told(&title, &situation, desk)?, json::one(&situation)))
        })
    }
}

/// Correct a fact of an application
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  Their server refused the address; this is the right one:
    followup set 3 --contact 'Jane Doe <jane.doe@globex.example>'
  The interview was a day earlier, and no date was promised after all:
    followup set globex --interviewed 2026-11-02 --promised ''

'' takes a fact away. --interviewed, --round and --promised are of the last
interview; for another round there is followup interview.")]
pub(super) struct Set {
    #[command(flatten)]
    one: One,
    #[command(flatten)]
    facts: Facts,
}

impl Set {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        let is_idle = format!("{:?}", self.facts).split("Some(").count() == 1 && self.facts.strength.is_empty();
        if is_idle {
            let message = "nothing to correct was given";
            return Err(Failure::new(Kind::Usage, message).hint("see followup set --help"));
        }
        context.at_desk(|desk| {
            let (id, today) = (desk.find(&self.one.id)?, desk.today());
            let answered = self.facts.read_thread()?;
            let change = |application: &mut Application| self.facts.enter(application, answered, today);
            let situation = desk.set(id, change).map_err(about(id))?;
            let title = format!("Corrected {id}: {}.", render::title(&situation.case.application));
            Ok(Report::new(told(&title, &situation, desk)?, json::one(&situation)))
        })
    }
}

/// Another round took place
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  followup interview 3 --on yesterday
  followup interview globex --on 2026-11-17 --round 3 --promised friday")]
pub(super) struct AnotherInterview {
    #[command(flatten)]
    one: One,
    /// The day on which it was: 2026-11-17, yesterday, friday, 2 days ago
    #[arg(long, value_name = "DATE")]
    on: String,
    /// Which round it was [default: one more than the one before it]
    #[arg(long, value_parser = a_round)]
    round: Option<u32>,
    /// The day by which they promised an answer
    #[arg(long, value_name = "DATE")]
    promised: Option<String>,
}

impl AnotherInterview {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        context.at_desk(|desk| {
            let (id, today) = (desk.find(&self.one.id)?, desk.today());
            let known = desk.look(id).map_err(about(id))?.case.application.interviews;
            let held_on = date("on", &self.on, today, Toward::Past)?;
            let after = Toward::After(held_on);
            let promised = self.promised.as_deref();
            let promised_on = promised.map(|text| date("promised", text, today, after)).transpose()?;
            let round = self.round.unwrap_or_else(|| round_of(held_on, &known));
            let situation = desk.interview(id, Interview { id: 0, held_on, round, promised_on }).map_err(about(id))?;
            let title = format!("Noted, round {round} for {}.", render::title(&situation.case.application));
            Ok(Report::new(told(&title, &situation, desk)?, json::one(&situation)))
        })
    }
}

/// Which round an interview on that day was, beside those that are `known`: the one after the last before it; else the one
/// before the first.
fn round_of(held_on: Date, known: &[Interview]) -> u32 {
    let before = known.iter().filter(|it| it.held_on <= held_on).map(|it| it.round.saturating_add(1));
    let after = known.iter().map(|it| it.round.saturating_sub(1).max(1));
    before.max().or(after.min()).unwrap_or(2)
}

/// They named a date for their answer
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  \"We will know by the 14th of December\":
    followup promise 3 2026-12-14
  \"You hear from us on Friday\":
    followup promise globex friday

A date that they named later takes the place of the one before.")]
pub(super) struct Promise {
    #[command(flatten)]
    one: One,
    /// The day: 2026-12-14, tomorrow, friday, in 10 days
    #[arg(value_name = "DATE")]
    date: String,
}

impl Promise {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        context.at_desk(|desk| {
            let (id, today) = (desk.find(&self.one.id)?, desk.today());
            let promised = date("date", &self.date, today, Toward::After(today))?;
            let situation = desk.promise(id, promised).map_err(about(id))?;
            let title = format!("Noted for {}.", render::title(&situation.case.application));
            Ok(Report::new(told(&title, &situation, desk)?, json::one(&situation)))
        })
    }
}

/// ` (Thanksgiving)`, where nobody works on that day.
fn day_off(date: Date, application: &Application, desk: &Desk) -> String {
    let name = desk.etiquette.calendar_of(application).holiday(date).or(is_weekend(date).then_some("a weekend"));
    name.map_or_else(String::new, |name| format!(" ({name})"))
}

/// Where they are taken to be, where that is a guess; and what is not known of the holidays there.
fn where_they_are(situation: &Situation, desk: &Desk) -> String {
    let (application, there) = (&situation.case.application, &situation.recipient);
    let mut text = String::new();
    if let (By::Guess(_), id) = (&there.country_by, application.id) {
        text += &format!("Their country: {}", there.country_in_words());
        if there.zone_by == By::Country {
            text += &format!("; so their time is that of {}", render::place(&there.zone));
        }
        text += &format!(". Not so: followup set {id} --country CODE --timezone ZONE\n");
    }
    if let Some(doubt) = there.doubt_of_zone() {
        text += &format!("Mind: {doubt}. Not so: followup set {} --timezone ZONE\n", application.id);
    }
    let gap = situation.due().and_then(|due| desk.etiquette.gap_in_calendar(application, due));
    text + &gap.map_or_else(String::new, |gap| {
        let tell = if there.country.is_none() {
            format!(": followup set {} --country CODE", application.id)
        } else {
            String::new()
        };
        format!("Mind: {gap}{tell}.\n")
    })
}

/// What is known now, with every date resolved, and what follows from it.
fn told(title: &str, situation: &Situation, desk: &mut Desk) -> Result<String, Failure> {
    let application = &situation.case.application;
    let id = application.id;
    let full = |date: Date| date.strftime("%a %-d %b %Y").to_string();
    let mut text = format!("{title}\n");
    if let Some(Interview { id: id_of_it, held_on, round, promised_on }) = application.latest_interview() {
        let promised = promised_on.map_or("no date was named for an answer".to_owned(), |date| {
            let is_own = application.interviews.iter().any(|it| it.id == id_of_it && it.promised_on.is_some());
            let stands = match application.interviews.iter().find(|it| it.promised_on == promised_on) {
                Some(before) if !is_own => {
                    format!(", after round {}, and that still stands", before.round)
                }
                _ => String::new(),
            };
            format!("they promised an answer by {}{}{stands}", full(date), day_off(date, application, desk))
        });
        text += &format!("Round {round} was on {}; {promised}.\n", full(held_on));
        if let Some(before) = application.interviews.iter().find(|it| it.round > round) {
            let day = full(before.held_on);
            text +=
                &format!("Mind: round {} was earlier, on {day}. Not so: followup set {id} --round N\n", before.round);
        }
    }
    if let Some(due) = situation.due().filter(|_| !application.closed && application.answer.is_none()) {
        let (from, to) = (full(due.opens_on), full(due.closes_on));
        let what = match due.kind {
            followup::Kind::Letter => format!("a {} may go", due.rule.noun()),
            followup::Kind::Call => "a call is due".to_owned(),
        };
        text += &format!("Rule {}: {what} from {from} to {to}.\n", due.rule.name());
    }
    let waits = desk.cautions(situation)?.into_iter().find(|caution| caution.rule == "same-employer");
    text += &waits.map_or_else(String::new, |caution| format!("Mind: {}.\n", caution.text));
    text += &where_they_are(situation, desk);
    if let Some(email) = application.recipient().and_then(|who| who.email.as_deref())
        && needs_smtputf8(email)
    {
        text += &format!("Not every mail server carries an address like {email}; if yours does not, you are told.\n");
    }
    if let Some(thread) = &application.thread {
        text += &format!("Your letter answers {}.\n", render::one_line(&thread.name()));
    }
    text += &(render::next_sentence(situation, desk.now) + "\n");
    if let Some(held) = &situation.held {
        text += &format!("Held: {held}\n");
    }
    Ok(text + &format!("Nothing is sent without your word. Why then: followup why {id}\n"))
}

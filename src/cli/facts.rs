//! Facts that the person gives: `add`, `set`, `interview`, `promise`.

use jiff::civil::Date;
use lettre::message::Mailbox;

use super::failure::{Failure, Kind, about};
use super::look::One;
use super::{Context, Report, json, render};
use crate::core::application::{Application, Contact, Interview, bad};
use crate::core::dates::{Toward, parse};
use crate::ops::{Desk, OpError, Situation};

/// The facts of an application, as flags.
#[derive(Debug, clap::Args)]
pub(super) struct Facts {
    /// The employer
    #[arg(long)]
    company: Option<String>,
    /// The position, as they call it
    #[arg(long)]
    position: Option<String>,
    /// Who interviewed you: 'Jane Doe <jane@globex.example>'
    #[arg(long, value_name = "NAME <MAIL>")]
    contact: Option<String>,
    /// The day of the interview: 2026-11-03, yesterday, friday, 12 days ago
    #[arg(long, value_name = "DATE")]
    interviewed: Option<String>,
    /// Which round it was [default: 2]
    #[arg(long, value_parser = a_round)]
    round: Option<u32>,
    /// The day by which they promised an answer
    #[arg(long, value_name = "DATE")]
    promised: Option<String>,
    /// The personnel department
    #[arg(long, value_name = "NAME <MAIL>")]
    hr: Option<String>,
    /// The contact's phone number
    #[arg(long)]
    phone: Option<String>,
    /// The personnel department's phone number
    #[arg(long)]
    hr_phone: Option<String>,
    /// Their time zone, such as America/New_York [default: yours]
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// Their country, such as US
    #[arg(long, value_name = "CODE")]
    country: Option<String>,
    /// What you bring, as words that fit into a sentence; may be given several times
    #[arg(long, value_name = "TEXT")]
    strength: Vec<String>,
    /// The language of the letters [default: en]
    #[arg(long)]
    language: Option<String>,
    /// Where the position is described
    #[arg(long, value_name = "URL")]
    job_url: Option<String>,
    /// Another strategy than the one of your settings
    #[arg(long, value_name = "NAME")]
    strategy: Option<String>,
}

impl Facts {
    /// The first flag that was given as `""`.
    fn first_empty(&self) -> Option<&'static str> {
        let given = [
            ("contact", &self.contact),
            ("hr", &self.hr),
            ("phone", &self.phone),
            ("hr-phone", &self.hr_phone),
            ("timezone", &self.timezone),
            ("country", &self.country),
            ("job-url", &self.job_url),
            ("strategy", &self.strategy),
            ("promised", &self.promised),
        ];
        let is_empty = |text: &Option<String>| text.as_deref() == Some("");
        let empty = given.into_iter().find(|(_, text)| is_empty(text)).map(|(flag, _)| flag);
        empty.or_else(|| self.strength.iter().any(String::is_empty).then_some("strength"))
    }

    /// Puts every fact that was given in its place; `""` takes one away.
    fn enter(self, application: &mut Application, today: Date) -> Result<(), OpError> {
        let given = |text: String| Some(text).filter(|text| !text.is_empty());
        if let Some(company) = self.company {
            application.company = company;
        }
        if let Some(position) = self.position {
            application.position = position;
        }
        for (flag, text, phone, contact) in [
            ("contact", self.contact, self.phone, &mut application.contact),
            ("hr", self.hr, self.hr_phone, &mut application.hr),
        ] {
            if let Some(text) = text {
                (contact.name, contact.email) = name_and_address(flag, &text)?;
            }
            contact.phone = phone.map_or(contact.phone.take(), given);
        }
        let Application { timezone, country, language, strategy, job_url, strengths, .. } = application;
        *timezone = self.timezone.map_or(timezone.take(), given);
        *country = self.country.map_or(country.take(), |code| given(code.to_uppercase()));
        *strategy = self.strategy.map_or(strategy.take(), given);
        *job_url = self.job_url.map_or(job_url.take(), given);
        if let Some(new) = self.language {
            *language = new;
        }
        if !self.strength.is_empty() {
            *strengths = self.strength.into_iter().filter(|text| !text.is_empty()).collect();
        }
        if self.interviewed.is_none() && self.round.is_none() && self.promised.is_none() {
            return Ok(());
        }
        let last = application.latest_interview().map(|it| it.id);
        let interview = application.interviews.iter_mut().find(|it| Some(it.id) == last);
        let no_interview = || bad("interviewed", "there is no interview yet: followup interview ID --on DATE");
        let interview = interview.ok_or_else(no_interview)?;
        if let Some(text) = self.interviewed {
            interview.held_on = date("interviewed", &text, today, Toward::Past)?;
        }
        interview.round = self.round.unwrap_or(interview.round);
        if let Some(text) = self.promised {
            let after = Toward::After(interview.held_on);
            interview.promised_on = given(text).map(|text| date("promised", &text, today, after)).transpose()?;
        }
        Ok(())
    }
}

/// Add an application and the interview that took place
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  They promised an answer by Friday:
    followup add --company Globex --position Analyst \\
        --contact 'Jane Doe <jane@globex.example>' --interviewed yesterday \\
        --promised friday --timezone America/New_York
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
                language: "en".to_owned(),
                strategy: None,
                job_url: None,
                strengths: Vec::new(),
                closed: false,
                answer: None,
                added_at: desk.now,
                interviews: vec![Interview { id: 0, held_on: today, round: 2, promised_on: None }],
            };
            self.facts.enter(&mut application, today)?;
            let situation = desk.add(&application)?;
            let title = format!("Added {}: {}.", situation.case.application.id, render::title(&application));
            Ok(Report::new(told(&title, &situation, desk), json::one(&situation)))
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
            let situation = desk.set(id, |application| self.facts.enter(application, today)).map_err(about(id))?;
            let title = format!("Corrected {id}: {}.", render::title(&situation.case.application));
            Ok(Report::new(told(&title, &situation, desk), json::one(&situation)))
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
    /// Which round it was [default: the one after the last]
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
            let last = desk.look(id).map_err(about(id))?.case.application.interviews.iter().map(|it| it.round).max();
            let held_on = date("on", &self.on, today, Toward::Past)?;
            let after = Toward::After(held_on);
            let promised = self.promised.as_deref();
            let promised_on = promised.map(|text| date("promised", text, today, after)).transpose()?;
            let round = self.round.unwrap_or_else(|| last.map_or(2, |last| last.saturating_add(1)));
            let situation = desk.interview(id, Interview { id: 0, held_on, round, promised_on }).map_err(about(id))?;
            let title = format!("Noted, round {round} for {}.", render::title(&situation.case.application));
            Ok(Report::new(told(&title, &situation, desk), json::one(&situation)))
        })
    }
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
            Ok(Report::new(told(&title, &situation, desk), json::one(&situation)))
        })
    }
}

/// The date that `text` means, or the error that names the flag.
pub(super) fn date(flag: &'static str, text: &str, today: Date, toward: Toward) -> Result<Date, OpError> {
    parse(text, today, toward).map_err(|error| OpError::BadFact(bad(flag, error.to_string())))
}

/// Reads the number of a round.
fn a_round(text: &str) -> Result<u32, String> {
    let number = text.trim().parse().ok().filter(|number| (1..=20).contains(number));
    number.ok_or_else(|| "write a number from 1 to 20".to_owned())
}

/// Reads `Jane Doe <jane@globex.example>`, or an address alone; nothing is neither.
fn name_and_address(flag: &'static str, text: &str) -> Result<(Option<String>, Option<String>), OpError> {
    if text.is_empty() {
        return Ok((None, None));
    }
    let wrong = || {
        let how = format!("{text:?} is not a name and an address; write --{flag} 'Jane Doe <jane@globex.example>'");
        OpError::BadFact(bad(flag, how))
    };
    if text.chars().any(char::is_control) {
        return Err(wrong());
    }
    let mailbox: Mailbox = text.parse().map_err(|_| wrong())?;
    Ok((mailbox.name, Some(mailbox.email.to_string())))
}

/// What is known now, with every date resolved, and what follows from it.
fn told(title: &str, situation: &Situation, desk: &Desk) -> String {
    let application = &situation.case.application;
    let id = application.id;
    let full = |date: Date| date.strftime("%a %-d %b %Y").to_string();
    let mut text = format!("{title}\n");
    if let Some(Interview { held_on, round, promised_on, .. }) = application.latest_interview() {
        let promised = promised_on.map_or("no date was named for an answer".to_owned(), |date| {
            format!("they promised an answer by {}", full(date))
        });
        text += &format!("Round {round} was on {}; {promised}.\n", full(*held_on));
    }
    if let Some(due) = situation.due.as_ref().filter(|_| !application.closed && application.answer.is_none()) {
        let (from, to) = (full(due.opens_on), full(due.closes_on));
        text += &format!("Rule {}: a letter may go from {from} to {to}.\n", due.rule.name());
    }
    text += &(render::next_sentence(situation, desk.now) + "\n");
    if let Some(held) = &situation.held {
        text += &format!("Held: {held}\n");
    }
    text + &format!("Nothing is sent without your word. Why then: followup why {id}\n")
}

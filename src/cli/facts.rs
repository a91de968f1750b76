//! Facts that the person gives: `add`.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use lettre::message::Mailbox;

use super::failure::{Failure, Kind};
use super::status::trouble;
use super::{Context, Report, json, render};
use crate::core::application::{Application, Contact, Interview, bad};
use crate::core::dates::{Toward, parse};
use crate::ops::{OpError, Situation};

/// Add an application and the interview that took place.
///
/// followup add --company Globex --position Analyst --contact 'Jane Doe <jane@globex.example>' --interviewed
/// 2026-11-03 --promised 2026-11-06 --timezone America/New_York
#[derive(Debug, clap::Args)]
pub(super) struct Add {
    /// The employer
    #[arg(long)]
    company: String,
    /// The position, as they call it
    #[arg(long)]
    position: String,
    /// Who interviewed you: 'Jane Doe <jane@globex.example>'
    #[arg(long, value_name = "NAME <MAIL>")]
    contact: Option<String>,
    /// The day of the interview: 2026-11-03, yesterday, friday, 12 days ago
    #[arg(long, value_name = "DATE")]
    interviewed: String,
    /// Which round it was
    #[arg(long, default_value_t = 2)]
    round: u32,
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
    /// The language of the letters
    #[arg(long, default_value = "en")]
    language: String,
    /// Where the position is described
    #[arg(long, value_name = "URL")]
    job_url: Option<String>,
}

impl Add {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        context.at_desk(|desk| {
            let today = desk.now.to_zoned(desk.etiquette.zone.clone()).date();
            let application = self.application(today, desk.now)?;
            let situation = desk.add(&application)?;
            Ok(Report { human: trouble(desk)? + &added(&situation, desk.now), json: json::one(&situation) })
        })
    }

    fn application(self, today: Date, now: jiff::Timestamp) -> Result<Application, Failure> {
        let date = |column, text: &str, toward| {
            parse(text, today, toward).map_err(|error| OpError::BadFact(bad(column, error.to_string())))
        };
        let held_on = date("interviewed", &self.interviewed, Toward::Past)?;
        let promised = self.promised.as_deref();
        let promised_on = promised.map(|text| date("promised", text, Toward::After(held_on))).transpose()?;
        Ok(Application {
            id: 0,
            company: self.company,
            position: self.position,
            contact: contact("contact", self.contact.as_deref(), self.phone)?,
            hr: contact("hr", self.hr.as_deref(), self.hr_phone)?,
            timezone: self.timezone,
            country: self.country.map(|code| code.to_uppercase()),
            language: self.language,
            strategy: None,
            job_url: self.job_url,
            strengths: self.strength,
            closed: false,
            answer: None,
            added_at: now,
            interviews: vec![Interview { id: 0, held_on, round: self.round, promised_on }],
        })
    }
}

/// Reads `Jane Doe <jane@globex.example>`, or an address alone.
fn contact(flag: &str, text: Option<&str>, phone: Option<String>) -> Result<Contact, Failure> {
    let Some(text) = text else { return Ok(Contact { phone, ..Contact::default() }) };
    let wrong = || {
        Failure::new(Kind::Usage, format!("--{flag} {text:?} is not a name and an address"))
            .hint(format!("write --{flag} 'Jane Doe <jane@globex.example>'"))
    };
    if text.chars().any(char::is_control) {
        return Err(wrong());
    }
    let mailbox: Mailbox = text.parse().map_err(|_| wrong())?;
    Ok(Contact { name: mailbox.name, email: Some(mailbox.email.to_string()), phone })
}

fn added(situation: &Situation, now: jiff::Timestamp) -> String {
    let application = &situation.case.application;
    let id = application.id;
    let mut text = format!("Added {id}: {}.\n", render::title(application));
    if let Some(due) = &situation.due {
        let window = |date: Date| render::day(midday(date, &situation.zone), &situation.zone);
        text += &match application.latest_interview().and_then(|interview| interview.promised_on) {
            Some(promised) => format!("They promised an answer by {}. ", promised.strftime("%a %-d %b")),
            None => format!("They named no date after the interview on {}. ", due.counted_from.strftime("%a %-d %b")),
        };
        text += &format!(
            "The time for a letter is {} to {} (rule {}).\n",
            window(due.opens_on),
            window(due.closes_on),
            due.rule.name()
        );
    }
    text += &render::next_sentence(situation, now);
    text += &format!("\nNothing is sent without your word. Why then: followup why {id}");
    render::fill(&text)
}

fn midday(date: Date, zone: &TimeZone) -> jiff::Timestamp {
    date.at(12, 0, 0, 0).to_zoned(zone.clone()).map_or(jiff::Timestamp::MAX, |zoned| zoned.timestamp())
}

//! The facts of an application as flags, and how each is read.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use jiff::civil::Date;
use lettre::message::Mailbox;

use crate::core::application::{Application, bad};
use crate::core::dates::{Toward, parse};
use crate::core::thread::Thread;
use crate::ops::OpError;

/// The headers of a mail are at its start, and never so many bytes.
const LONGEST_HEADERS: u64 = 1 << 20;

/// The facts of an application, as flags.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Facts {
    /// The employer
    #[arg(long)]
    pub(super) company: Option<String>,
    /// The position, as they call it
    #[arg(long)]
    pub(super) position: Option<String>,
    /// Who interviewed you: 'Jane Doe <jane@globex.example>'
    #[arg(long, value_name = "NAME <MAIL>")]
    contact: Option<String>,
    /// The day of the interview: 2026-11-03, yesterday, friday, 12 days ago
    #[arg(long, value_name = "DATE")]
    pub(super) interviewed: Option<String>,
    /// Which round it was; of a new application the second if it is not given
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
    /// Their time zone, such as America/New_York [default: their country's, if
    /// it has one alone, else yours]
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// Their country, such as US, or DE-BY with its region [default: guessed
    /// from their address or number]
    #[arg(long, value_name = "CODE")]
    country: Option<String>,
    /// Their mail, saved as a file: your letter answers it
    #[arg(long, value_name = "FILE.eml")]
    thread: Option<OsString>,
    /// What you bring, as words that fit into a sentence; may be given several times
    #[arg(long, value_name = "TEXT")]
    pub(super) strength: Vec<String>,
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
    pub(super) fn first_empty(&self) -> Option<&'static str> {
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
        let empty = empty.or_else(|| self.thread.as_ref().is_some_and(|path| path.is_empty()).then_some("thread"));
        empty.or_else(|| self.strength.iter().any(String::is_empty).then_some("strength"))
    }

    /// The mail to be answered, if one was given; the inner `None` takes it away. To be read before the database is
    /// locked: a file may be slow.
    pub(super) fn read_thread(&self) -> Result<Option<Option<Thread>>, OpError> {
        let Some(path) = &self.thread else { return Ok(None) };
        Ok(Some(if path.is_empty() { None } else { Some(thread_in(Path::new(path))?) }))
    }

    /// Puts every fact that was given in its place, and the `answered` mail; `""` takes one away.
    pub(super) fn enter(
        self,
        application: &mut Application,
        answered: Option<Option<Thread>>,
        today: Date,
    ) -> Result<(), OpError> {
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
        let Application { timezone, country, region, language, strategy, job_url, thread, strengths, .. } = application;
        *timezone = self.timezone.map_or(timezone.take(), given);
        if let Some(place) = self.country {
            let (code, part) = place.split_once('-').map_or((place.as_str(), None), |(code, part)| (code, Some(part)));
            // A name is shown as it was typed.
            let code = if code.len() == 2 { code.to_uppercase() } else { code.to_owned() };
            (*country, *region) = (given(code), part.map(str::to_uppercase));
        }
        *strategy = self.strategy.map_or(strategy.take(), given);
        *job_url = self.job_url.map_or(job_url.take(), given);
        *thread = answered.unwrap_or_else(|| thread.take());
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
            if interview.promised_on.is_none() {
                application.forget_promises();
            }
        }
        Ok(())
    }
}

/// The date that `text` means, or the error that names the flag.
pub(in crate::cli) fn date(flag: &'static str, text: &str, today: Date, toward: Toward) -> Result<Date, OpError> {
    parse(text, today, toward).map_err(|error| OpError::BadFact(bad(flag, error.to_string())))
}

/// The mail in the file at `path`, to be answered.
fn thread_in(path: &Path) -> Result<Thread, OpError> {
    let wrong = |why: &dyn std::fmt::Display| OpError::BadFact(bad("thread", format!("{} {why}", path.display())));
    // A pipe would keep us waiting.
    let is_file = std::fs::metadata(path).map_err(|error| wrong(&format!("cannot be read: {error}")))?.is_file();
    if !is_file {
        return Err(wrong(&"cannot be read: it is no file"));
    }
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LONGEST_HEADERS).read_to_end(&mut start));
    read.map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    Thread::read(&start).map_err(|error| wrong(&error))
}

/// Reads the number of a round.
pub(super) fn a_round(text: &str) -> Result<u32, String> {
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

//! `applications` and `interviews`: the public tables, which other programs may write too.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, Utf8Error};
use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Row, params, params_from_iter};

use super::journal::{Entry, Who};
use super::{StoreError, Tables};
use crate::core::application::{self, Answer, Application, BadFact, Contact, Interview, bad};
use crate::core::employer::Employer;
use crate::core::kindness::Other;
use crate::core::thread::Thread;

const COLUMNS: &str = "id, company, position, contact_name, contact_email, contact_phone, hr_name, hr_email, hr_phone, \
                       timezone, country, language, strategy, job_url, strengths, status, outcome, added_at, \
                       thread, thread_subject, region";

impl Tables<'_> {
    /// Adds `application` with its interviews; gives its id.
    pub fn add_application(&self, application: &Application) -> Result<i64, StoreError> {
        let facts = facts(application);
        let names: Vec<&str> = facts.iter().map(|(name, _)| *name).collect();
        let sql = format!(
            "INSERT INTO applications ({}, added_at) VALUES ({}?)",
            names.join(", "),
            "?, ".repeat(names.len())
        );
        let added_at = Value::from(application.added_at.as_millisecond());
        let values = facts.into_iter().map(|(_, value)| value).chain([added_at]);
        self.connection.prepare_cached(&sql)?.execute(params_from_iter(values))?;
        let id = self.connection.last_insert_rowid();
        application.interviews.iter().try_for_each(|interview| self.add_interview(id, interview))?;
        Ok(id)
    }

    /// Writes every fact of an application that is stored already, with its interviews; one without a number
    /// is added.
    pub fn change_application(&self, application: &Application) -> Result<(), StoreError> {
        let facts = facts(application);
        let names: Vec<String> = facts.iter().map(|(name, _)| format!("{name} = ?")).collect();
        let sql = format!("UPDATE applications SET {} WHERE id = ?", names.join(", "));
        let values = facts.into_iter().map(|(_, value)| value).chain([Value::from(application.id)]);
        self.connection.prepare_cached(&sql)?.execute(params_from_iter(values))?;
        application.interviews.iter().try_for_each(|interview| match interview.id {
            0 => self.add_interview(application.id, interview),
            _ => self.change_interview(interview),
        })
    }

    fn add_interview(&self, application: i64, interview: &Interview) -> Result<(), StoreError> {
        let sql = "INSERT INTO interviews (application_id, held_on, round, promised_on) VALUES (?, ?, ?, ?)";
        let Interview { held_on, round, promised_on, .. } = interview;
        let promised_on = promised_on.map(|date| date.to_string());
        self.connection.prepare_cached(sql)?.execute(params![application, held_on.to_string(), round, promised_on])?;
        Ok(())
    }

    fn change_interview(&self, interview: &Interview) -> Result<(), StoreError> {
        let sql = "UPDATE interviews SET held_on = ?2, round = ?3, promised_on = ?4 WHERE id = ?1 AND \
                   (held_on, round, promised_on) IS NOT (?2, ?3, ?4)";
        let Interview { id, held_on, round, promised_on } = interview;
        let promised_on = promised_on.map(|date| date.to_string());
        self.connection.prepare_cached(sql)?.execute(params![id, held_on.to_string(), round, promised_on])?;
        Ok(())
    }

    /// Notes an answer, whatever the other facts are.
    pub fn set_answer(&self, id: i64, answer: Answer) -> Result<(), StoreError> {
        let sql = "UPDATE applications SET outcome = ? WHERE id = ?";
        self.connection.prepare_cached(sql)?.execute(params![answer.word(), id])?;
        Ok(())
    }

    /// Closes an application, whatever the other facts are.
    pub fn set_closed(&self, id: i64) -> Result<(), StoreError> {
        let sql = "UPDATE applications SET status = 'closed' WHERE id = ?";
        self.connection.prepare_cached(sql)?.execute([id])?;
        Ok(())
    }

    /// As [`Tables::application`], to be corrected: a day that cannot be read is one that no check lets pass.
    pub fn application_to_correct(&self, id: i64) -> Result<Option<Application>, StoreError> {
        match self.application(id) {
            Err(StoreError::BadRow { fact, .. }) if matches!(fact.column, "held_on" | "promised_on") => {}
            read => return read,
        }
        let sql = format!("SELECT {COLUMNS} FROM applications WHERE id = ?");
        let row = self.connection.prepare_cached(&sql)?.query_row([id], from_row).optional();
        let Some(mut application) = row.map_err(|error| unreadable(id, error))? else { return Ok(None) };
        let sql = "SELECT id, held_on, round, promised_on FROM interviews WHERE application_id = ? ORDER BY id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([id])?;
        while let Some(row) = rows.next()? {
            let (held_on, promised_on): (String, Option<String>) = (row.get(1)?, row.get(3)?);
            application.interviews.push(Interview {
                id: row.get(0)?,
                held_on: held_on.parse().unwrap_or(Date::MIN),
                round: row.get(2)?,
                promised_on: promised_on.map(|text| text.parse().unwrap_or(Date::MAX)),
            });
        }
        Ok(Some(application))
    }

    /// Removes all that is known of the application `id`: facts, letters, what was sent, its journal. Only
    /// that something was forgotten stays in the journal, and no name with it; at `now`, or at the latest instant that
    /// was recorded, so that a clock which fell behind it is not trusted once that is forgotten.
    pub fn forget(&self, id: i64, now: Timestamp) -> Result<(), StoreError> {
        let at = self.last_instant()?.map_or(now, |last| last.max(now));
        if let Some(company) = self.company(id)? {
            let sql = "UPDATE claims SET employer = '', domain = NULL WHERE employer = ? AND followup_id < 0";
            self.connection.execute(sql, [Employer::from(company.as_str()).key()])?;
            self.connection.execute(sql, [application::caseless(&company)])?;
        }
        for sql in [
            "DELETE FROM applications WHERE id = ?",
            // A letter of today still counts against the daily limit, but no longer names anybody.
            "UPDATE claims SET employer = '', domain = NULL WHERE followup_id IN (SELECT id FROM followups WHERE application_id = ?)",
            "DELETE FROM followups WHERE application_id = ?",
            "DELETE FROM journal WHERE application_id = ?",
            "DELETE FROM cases WHERE application_id = ?",
        ] {
            self.connection.execute(sql, [id])?;
        }
        let what = "forgot an application";
        self.journal(at, &Entry { who: Who::Person, application: None, followup: None, what, detail: None })
    }

    /// The application `id` with its interviews, as it stands; `None` if there is none.
    ///
    /// Errors with [`StoreError::BadRow`] where a column cannot even be read. Whether its facts can be
    /// used is for [`Application::check`] to say.
    pub fn application(&self, id: i64) -> Result<Option<Application>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM applications WHERE id = ?");
        let row = self.connection.prepare_cached(&sql)?.query_row([id], from_row).optional();
        let Some(mut application) = row.map_err(|error| unreadable(id, error))? else { return Ok(None) };
        application.interviews = self.interviews(id)?;
        Ok(Some(application))
    }

    fn interviews(&self, application: i64) -> Result<Vec<Interview>, StoreError> {
        let sql =
            "SELECT id, held_on, round, promised_on FROM interviews WHERE application_id = ? ORDER BY held_on, id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([application], |row| {
            Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?, row.get::<_, Option<String>>(3)?))
        })?;
        let bad_row = |fact| StoreError::BadRow { id: application, fact };
        rows.map(|row| {
            let (id, held_on, round, promised_on) = row?;
            let held_on = date("held_on", &held_on).map_err(bad_row)?;
            let promised_on = promised_on.map(|text| date("promised_on", &text)).transpose().map_err(bad_row)?;
            Ok(Interview { id, held_on, round, promised_on })
        })
        .collect()
    }

    /// The ids of all applications, or only of the open ones, by number.
    pub fn application_ids(&self, closed_too: bool) -> Result<Vec<i64>, StoreError> {
        let sql = "SELECT id FROM applications WHERE ? OR status = 'open' ORDER BY id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let ids = statement.query_map([closed_too], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(ids)
    }

    /// The largest number of an application; 0 where there is none.
    pub fn last_id(&self) -> Result<i64, StoreError> {
        Ok(self.connection.query_row("SELECT coalesce(max(id), 0) FROM applications", [], |row| row.get(0))?)
    }

    /// The other open applications with the same contact as `application`, by number.
    pub fn others_of_contact(&self, application: &Application) -> Result<Vec<Other>, StoreError> {
        let Some(email) = &application.contact.email else { return Ok(Vec::new()) };
        let sql = "SELECT id, position, company FROM applications WHERE contact_email = ? COLLATE NOCASE AND id <> ? \
                   AND status = 'open' AND outcome IS NULL ORDER BY id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let other = |row: &Row| Ok(Other { id: row.get(0)?, position: row.get(1)?, company: row.get(2)? });
        let others = statement.query_map(params![email, application.id], other)?.collect::<Result<_, _>>()?;
        Ok(others)
    }

    /// Number, company and position of the applications whose company's name contains `part`, whatever its case;
    /// of the closed ones only if `closed`, else of the open ones only.
    pub fn companies_like(&self, part: &str, closed: bool) -> Result<Vec<(i64, String, String)>, StoreError> {
        let sql = "SELECT id, company, position FROM applications WHERE (status = 'closed') = ? ORDER BY id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([closed])?;
        let (part, mut alike) = (caseless(part), Vec::new());
        while let Some(row) = rows.next()? {
            let text = |column| -> Result<Cow<str>, rusqlite::Error> {
                Ok(String::from_utf8_lossy(row.get_ref(column)?.as_bytes()?))
            };
            let company = text(1)?;
            if caseless(&company).contains(&part) {
                alike.push((row.get(0)?, company.into_owned(), text(2)?.into_owned()));
            }
        }
        Ok(alike)
    }

    /// The company of the application `id` as far as it can be read; `None` if there is no such application.
    pub fn company(&self, id: i64) -> Result<Option<String>, StoreError> {
        let sql = "SELECT company FROM applications WHERE id = ?";
        let row = |row: &Row| Ok(String::from_utf8_lossy(row.get_ref(0)?.as_bytes()?).into_owned());
        Ok(self.connection.prepare_cached(sql)?.query_row([id], row).optional()?)
    }
}

/// `text` as it is compared whatever its case. Letter by letter, since a whole word in capitals would get
/// another small letter at its end (the sigma of Greek), and a part of it would not be found.
fn caseless(text: &str) -> String {
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

/// The facts of an application by their columns.
fn facts(application: &Application) -> [(&'static str, Value); 19] {
    let Application { contact, hr, thread, .. } = application;
    let ids = thread.as_ref().map(|thread| thread.references.join(" "));
    let text = |text: &str| Value::from(text.to_owned());
    let perhaps = |text: &Option<String>| Value::from(text.clone());
    [
        ("company", text(&application.company)),
        ("position", text(&application.position)),
        ("contact_name", perhaps(&contact.name)),
        ("contact_email", perhaps(&contact.email)),
        ("contact_phone", perhaps(&contact.phone)),
        ("hr_name", perhaps(&hr.name)),
        ("hr_email", perhaps(&hr.email)),
        ("hr_phone", perhaps(&hr.phone)),
        ("timezone", perhaps(&application.timezone)),
        ("country", perhaps(&application.country)),
        ("region", perhaps(&application.region)),
        ("language", text(&application.language)),
        ("strategy", perhaps(&application.strategy)),
        ("job_url", perhaps(&application.job_url)),
        ("strengths", text(&application.strengths.join("\n"))),
        ("status", text(if application.closed { "closed" } else { "open" })),
        ("outcome", Value::from(application.answer.map(|answer| answer.word().to_owned()))),
        ("thread", Value::from(ids)),
        ("thread_subject", Value::from(thread.as_ref().and_then(|thread| thread.subject.clone()))),
    ]
}

fn from_row(row: &Row) -> Result<Application, rusqlite::Error> {
    let answer: Option<String> = row.get(16)?;
    let strengths: String = row.get(14)?;
    let status: String = row.get(15)?;
    Ok(Application {
        id: row.get(0)?,
        company: row.get(1)?,
        position: row.get(2)?,
        contact: Contact { name: row.get(3)?, email: row.get(4)?, phone: row.get(5)? },
        hr: Contact { name: row.get(6)?, email: row.get(7)?, phone: row.get(8)? },
        timezone: row.get(9)?,
        country: row.get(10)?,
        region: row.get(20)?,
        language: row.get(11)?,
        strategy: row.get(12)?,
        job_url: row.get(13)?,
        strengths: strengths.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect(),
        closed: status == "closed",
        answer: answer.as_deref().and_then(Answer::from_word),
        thread: thread_from(row.get(18)?, row.get(19)?),
        added_at: Timestamp::from_millisecond(row.get(17)?).map_err(|_| IntegralValueOutOfRange(17, 0))?,
        interviews: Vec::new(),
    })
}

/// The columns `thread` and `thread_subject`.
fn thread_from(ids: Option<String>, subject: Option<String>) -> Option<Thread> {
    let references = ids?.split_whitespace().map(str::to_owned).collect();
    Some(Thread { references, subject })
}

/// An error of reading a row: of the one column that cannot be read (bytes that are no text, a number that is
/// no instant), so that the application is held and all others go on; else of the database.
fn unreadable(id: i64, error: rusqlite::Error) -> StoreError {
    let index = match &error {
        FromSqlConversionFailure(index, ..) | IntegralValueOutOfRange(index, _) | Utf8Error(index, _) => *index,
        _ => return error.into(),
    };
    let column = COLUMNS.split(", ").nth(index).unwrap_or("a column");
    StoreError::BadRow { id, fact: bad(column, "cannot be read; write it again") }
}

fn date(column: &'static str, text: &str) -> Result<Date, BadFact> {
    text.parse().map_err(|_| bad(column, format!("{text:?} is not a date such as 2026-11-03")))
}

//! Looking: `followup` alone, `list`, `queue`, `show`, `draft`.

use jiff::SignedDuration;
use serde_json::json;

use super::failure::{Failure, Kind, about};
use super::glance::{Glances, as_seen, urgency};
use super::page::Passage;
use super::status::{self, INTERRUPTED, Stuck, daemon_line};
use super::{Context, Report, json as shapes, log, render};
use crate::ask::calls;
use crate::core::followup::{self, Phase};
use crate::core::message::Mail;
use crate::core::pace::earlier;
use crate::core::thread::Thread;
use crate::ops::{Desk, Situation};
use crate::store::Line;

/// Letters that went this lately are still worth a line.
const LATELY: SignedDuration = SignedDuration::from_hours(3 * 24);
/// So many of the applications for which nothing is to be done are shown without being asked for.
const MOST_AHEAD: usize = 15;

#[derive(Debug, clap::Args)]
pub(super) struct One {
    /// The application: its number, or a part of the company's name
    #[arg(value_name = "ID")]
    pub(super) id: String,
}

/// The applications, and what comes next
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  followup list\n  followup list --all --json")]
pub(super) struct List {
    /// The closed ones too
    #[arg(long)]
    all: bool,
}

/// The letter as it would go, with remarks
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  followup draft 3
  followup draft globex --raw")]
pub(super) struct Draft {
    #[command(flatten)]
    one: One,
    /// The message as it would be sent, headers and all
    #[arg(long)]
    raw: bool,
}

/// What needs the person now, then what comes.
pub(super) fn overview(context: &Context) -> Result<Report, Failure> {
    context.with_config(|config, desk| {
        if context.json {
            return Ok(Report::new("", shapes::many(&desk.list(false, &config.fingerprint)?)));
        }
        let (pulse, now) = (context.pulse(), desk.now);
        let mut lines = Vec::new();
        desk.each_line(false, &config.fingerprint, |line| lines.push(as_seen(line, now, &pulse).into_owned()))?;
        context.say_first(status::trouble(context, desk, Some(lines.iter().filter_map(Stuck::held).collect()))?);
        lines.sort_by_cached_key(|line| (urgency(line), line.coming.map(|coming| coming.at), line.id));
        let count = |how: u8| lines.iter().filter(|line| urgency(line) == how).count();
        let calls = lines.iter().filter(|line| urgency(line) == 1 && line.is_call).count();
        let mut head = headline(count(1) - calls, calls, count(0)) + "\n";
        let quiet = lines.iter().filter(|line| urgency(line) > 1).count();
        let shown = lines.len() - quiet.saturating_sub(MOST_AHEAD);
        if !lines.is_empty() {
            head += "\n";
        }
        let mut text = String::new();
        if shown < lines.len() {
            text += &format!("\nand {} more: followup list\n", lines.len() - shown);
        }
        let since = earlier(desk.now, LATELY);
        let sent = desk.store.read(|tables| tables.sent_since(since))?;
        if !sent.is_empty() {
            text += "\n";
        }
        for letter in sent {
            text += &log::sent_line(&letter, desk)?;
        }
        text += "\n";
        text += &daemon_line(&pulse, desk.now);
        let mut glances = Glances::new(lines.iter().map(|line| line.id).max().unwrap_or(0), desk.now, desk.etiquette);
        lines[..shown].iter().for_each(|line| glances.push(line));
        text += &glances.next_step();
        let human = vec![Passage::Prose(head), glances.rows(), Passage::Prose(text)];
        Ok(Report { human, json: json!(null) })
    })
}

fn headline(waiting: usize, calls: usize, in_need: usize) -> String {
    let waiting = match waiting {
        0 => "Nothing waits for your word".to_owned(),
        1 => "1 letter waits for your word".to_owned(),
        many => format!("{many} letters wait for your word"),
    };
    let waiting = match calls {
        0 => waiting,
        1 => waiting + "; it is time for 1 call",
        many => waiting + &format!("; it is time for {many} calls"),
    };
    match in_need {
        0 => waiting + ".",
        1 => waiting + "; 1 application needs you.",
        many => waiting + &format!("; {many} applications need you."),
    }
}

impl List {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        context.with_config(|config, desk| {
            if context.json {
                return Ok(Report::new("", shapes::many(&desk.list(self.all, &config.fingerprint)?)));
            }
            let mut glances = Glances::new(desk.last_id()?, desk.now, desk.etiquette);
            let (pulse, now) = (context.pulse(), desk.now);
            desk.each_line(self.all, &config.fingerprint, |line| glances.push(&as_seen(line, now, &pulse)))?;
            context.say_first(status::trouble(context, desk, Some(glances.held()))?);
            let nothing = match (glances.are_none(), self.all) {
                (false, _) => "",
                (true, false) => "No application is open.\n",
                (true, true) => "There are no applications yet.\n",
            };
            let then = [nothing, "\n", &glances.next_step()].concat();
            Ok(Report { human: vec![glances.rows(), Passage::Prose(then)], json: json!(null) })
        })
    }
}

/// The letters that wait for a word, and how to give it.
pub(super) fn queue(context: &Context) -> Result<Report, Failure> {
    context.with_config(|config, desk| {
        let situations = desk.queue()?;
        let is_letter = |it: &&Situation| it.followup().is_some_and(|it| it.kind == followup::Kind::Letter);
        let letters = situations.iter().filter(is_letter).count();
        let Some(first) = situations.iter().find(is_letter).or(situations.first()) else {
            let text = "No letter waits for your word. What comes: followup list\n";
            return Ok(Report::new(text, shapes::many(&[])));
        };
        let id = first.case.application.id;
        let mut glances = Glances::new(desk.last_id()?, desk.now, desk.etiquette);
        let waits = |line: &Line| situations.binary_search_by_key(&line.id, |it| it.case.application.id).is_ok();
        desk.each_line(true, &config.fingerprint, |line| {
            if waits(&line) {
                glances.push(&line);
            }
        })?;
        let mut text = match letters {
            0 => format!("\nWhat to say: followup draft {id} · what came of it: followup called {id} OUTCOME\n"),
            _ => format!("\nRead one: followup draft {id} · send it: followup approve {id}\n"),
        };
        if letters > 1 {
            text += "Send all that you have read: followup approve --all\n";
        }
        let human = vec![glances.rows(), Passage::Prose(text)];
        Ok(Report { human, json: shapes::many(&situations) })
    })
}

/// One application, the whole of it. Its letter counts as shown.
pub(super) fn show(context: &Context, one: &One) -> Result<Report, Failure> {
    context.at_desk(|desk| {
        let id = desk.find(&one.id)?;
        let situation = desk.show(id)?;
        let mut text = facts(&situation);
        text += "\n";
        let is_sending = matches!(situation.followup().map(|it| &it.phase), Some(Phase::Sending { .. }));
        text += &match is_sending && !context.pulse().is_running() {
            true => format!("followup was stopped while it sent the letter. {INTERRUPTED}"),
            false => render::next_sentence(&situation, desk.now),
        };
        text += "\n";
        if let Some(held) = &situation.held {
            text += &format!("Held: {held}\n");
        }
        let letter = render::letter(&situation);
        if !letter.is_empty() {
            text += &format!("\n{letter}");
        }
        text += "\nWhat happened:\n";
        let story = desk.store.read(|tables| tables.story(Some(id), u32::MAX))?;
        text += &log::lines(&story, &desk.etiquette.zone, None, context);
        Ok(Report::new(text, shapes::one(&situation)))
    })
}

fn facts(situation: &Situation) -> String {
    let application = &situation.case.application;
    let mut text = format!("{}: {}\n", application.id, render::title(application));
    let mut line = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            text += &format!("  {name:<10} {}\n", render::one_line(&value));
        }
    };
    for (name, contact) in [("contact", &application.contact), ("hr", &application.hr)] {
        let mail = contact.email.as_ref();
        let mail = mail.map(|email| if contact.name.is_some() { format!("<{email}>") } else { email.clone() });
        let parts: Vec<String> = [contact.name.clone(), mail, contact.phone.clone()].into_iter().flatten().collect();
        line(name, Some(parts.join(" ")).filter(|parts| !parts.is_empty()));
    }
    for interview in &application.interviews {
        let promised =
            interview.promised_on.map(|date| format!(", answer promised by {}", date.strftime("%a %-d %b %Y")));
        let held_on = interview.held_on.strftime("%a %-d %b %Y");
        line("interview", Some(format!("{held_on}, round {}{}", interview.round, promised.unwrap_or_default())));
    }
    line("answered", application.answer.map(|answer| answer.word().to_owned()));
    line("state", application.closed.then(|| "closed".to_owned()));
    line("country", Some(situation.recipient.country_in_words()));
    line("zone", Some(situation.recipient.zone_in_words()));
    line("strengths", Some(application.strengths.join("; ")).filter(|text| !text.is_empty()));
    line("position", application.job_url.clone());
    line("answers", application.thread.as_ref().map(Thread::name));
    text
}

impl Draft {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        context.at_desk(|desk| {
            let id = desk.find(&self.one.id)?;
            let situation = desk.draft(id).map_err(about(id))?;
            let mut json = shapes::one(&situation);
            if self.raw {
                let raw = raw(desk, &situation)? + "\n";
                json["raw"] = json!(raw);
                return Ok(Report::verbatim(raw, json));
            }
            let about = about_call(&situation, desk);
            let text =
                format!("{}\n{about}{}\n", render::letter(&situation), render::next_sentence(&situation, desk.now));
            Ok(Report::new(text, json))
        })
    }
}

/// The office hours there, and the one line for each outcome of a call; nothing for a letter.
fn about_call(situation: &Situation, desk: &Desk) -> String {
    match situation.followup() {
        Some(call) if call.kind == followup::Kind::Call && call.phase.is_open() => {
            let hours = calls::hours_there(&desk.etiquette.hours, desk.now, &situation.zone);
            format!("{hours}\n\n{}\n", calls::outcomes(situation.case.application.id))
        }
        _ => String::new(),
    }
}

/// The message as it would go at this moment.
fn raw(desk: &Desk, situation: &Situation) -> Result<String, Failure> {
    let letter = situation.followup().filter(|it| it.kind == followup::Kind::Letter);
    let Some(draft) = letter.and_then(|followup| followup.phase.draft()) else {
        return Err(Failure::new(Kind::NotFound, "there is no letter, so that there is no message"));
    };
    let sender = &desk.etiquette.sender;
    let mail = Mail {
        from: (&sender.name, &sender.email),
        to: (draft.recipient.name.as_deref(), &draft.recipient.email),
        subject: &draft.text.subject,
        body: &draft.text.body,
        message_id: "<given-when-it-is-sent>",
        references: &draft.references,
        date: &desk.now.to_zoned(desk.etiquette.zone.clone()),
        auto_generated: false,
    };
    let bytes = mail.to_bytes().map_err(|error| Failure::new(Kind::Failed, error.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).replace("\r\n", "\n"))
}

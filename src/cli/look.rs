//! Looking: `followup` alone, `list`, `show`, `why`, `queue`, `draft`.

use jiff::Timestamp;
use serde_json::json;

use super::failure::{Failure, Kind};
use super::status::{daemon_line, held, trouble};
use super::{Context, Report, json as shapes, now, render};
use crate::core::etiquette::CountedDay;
use crate::core::followup::Phase;
use crate::core::message::Mail;
use crate::daemon::heartbeat;
use crate::ops::{Desk, Situation};
use crate::store::Happened;

#[derive(Debug, clap::Args)]
pub(super) struct One {
    /// The application: its number, or a part of the company's name
    #[arg(value_name = "ID")]
    pub(super) id: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// The closed ones too
    #[arg(long)]
    all: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct Draft {
    #[command(flatten)]
    one: One,
    /// The message as it would be sent, headers and all
    #[arg(long)]
    raw: bool,
}

/// What needs the person now, then what comes.
pub(super) fn overview(context: &Context) -> Result<Report, Failure> {
    let all = context.at_desk(|desk| Ok((desk.list(false)?, trouble(desk)?, held(desk)?)))?;
    let (mut situations, trouble, held) = all;
    situations.sort_by_key(|situation| (urgency(situation), situation.coming.map(|coming| coming.at)));
    let waiting = situations.iter().filter(|it| phase_word(it) == "waiting").count();
    let mut text = trouble;
    text += &match waiting {
        0 => "Nothing waits for your word.\n\n".to_owned(),
        1 => "1 letter waits for your word.\n\n".to_owned(),
        many => format!("{many} letters wait for your word.\n\n"),
    };
    text += &table(&situations, now());
    text += &held;
    text += "\n";
    text += &daemon_line(heartbeat(&context.places.lock).as_ref());
    Ok(Report { human: text, json: shapes::many(&situations) })
}

impl List {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        let all = context.at_desk(|desk| Ok((desk.list(self.all)?, trouble(desk)?, held(desk)?)))?;
        let (situations, trouble, held) = all;
        Ok(Report { human: trouble + &table(&situations, now()) + &held, json: shapes::many(&situations) })
    }
}

/// The letters that wait for a word, and how to give it.
pub(super) fn queue(context: &Context) -> Result<Report, Failure> {
    let (situations, trouble) = context.at_desk(|desk| Ok((desk.queue()?, trouble(desk)?)))?;
    let text = match situations.first() {
        None => "No letter waits for your word. What comes: followup list\n".to_owned(),
        Some(first) => {
            let id = first.case.application.id;
            table(&situations, now()) + &format!("\nRead one: followup draft {id} · send it: followup approve {id}\n")
        }
    };
    Ok(Report { human: trouble + &text, json: shapes::many(&situations) })
}

/// One application, the whole of it. Its letter counts as shown.
pub(super) fn show(context: &Context, one: &One) -> Result<Report, Failure> {
    context.at_desk(|desk| {
        let id = desk.find(&one.id)?;
        let situation = desk.show(id)?;
        let story = desk.store.read(|tables| tables.story(id))?;
        let zone = desk.etiquette.zone.clone();
        let mut text = trouble(desk)? + &facts(&situation);
        text += "\n";
        text += &render::fill(&render::next_sentence(&situation, desk.now));
        if let Some(held) = &situation.held {
            text += &render::fill(&format!("Held: {held}"));
        }
        let letter = render::letter(&situation);
        if !letter.is_empty() {
            text += &format!("\n{letter}");
        }
        text += "\nWhat happened:\n";
        for Happened { at, who, what, detail } in story {
            let when = at.to_zoned(zone.clone()).strftime("%e %b %H:%M").to_string();
            let detail = detail.filter(|_| context.verbose || what != "approved").unwrap_or_default();
            let line =
                format!("{when}  {}  {what} {}", render::cell(&who, 6), detail.lines().next().unwrap_or_default());
            text += &format!("  {}\n", render::cell(line.trim_end(), 77).trim_end());
        }
        Ok(Report { human: text, json: shapes::one(&situation) })
    })
}

fn facts(situation: &Situation) -> String {
    let application = &situation.case.application;
    let mut text = format!("{}: {}\n", application.id, render::title(application));
    let mut line = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            text += &format!("  {name:<10} {value}\n");
        }
    };
    for (name, contact) in [("contact", &application.contact), ("hr", &application.hr)] {
        let mail = contact.email.as_ref().map(|email| format!("<{email}>"));
        let parts: Vec<String> = [contact.name.clone(), mail, contact.phone.clone()].into_iter().flatten().collect();
        line(name, Some(parts.join(" ")).filter(|parts| !parts.is_empty()));
    }
    for interview in &application.interviews {
        let promised =
            interview.promised_on.map(|date| format!(", answer promised by {}", date.strftime("%a %-d %b %Y")));
        let held_on = interview.held_on.strftime("%a %-d %b %Y");
        line("interview", Some(format!("{held_on}, round {}{}", interview.round, promised.unwrap_or_default())));
    }
    line("zone", situation.zone.iana_name().map(str::to_owned));
    line("strengths", Some(application.strengths.join("; ")).filter(|text| !text.is_empty()));
    line("position", application.job_url.clone());
    text
}

/// The arithmetic of the window, as with a wall calendar.
pub(super) fn why(context: &Context, one: &One) -> Result<Report, Failure> {
    context.at_desk(|desk| {
        let id = desk.find(&one.id)?;
        let situation = desk.look(id)?;
        let Some(due) = &situation.due else {
            let message = format!("application {id} has no interview yet, so that there is nothing to count from");
            return Err(Failure::new(Kind::NotFound, message));
        };
        let application = &situation.case.application;
        let zone = &situation.zone;
        let mut text = trouble(desk)?;
        text += &render::fill(&format!(
            "{}: letter to {}, {} - {}",
            render::title(application),
            render::whom(application),
            render::exact(due.window.opens, zone),
            render::exact(due.window.closes, zone)
        ));
        text += "\n";
        let mut line = |date, note: &str| {
            text += format!("  {}   {note}", render::column_date(date)).trim_end();
            text += "\n";
        };
        line(due.anchor.held_on, "interview");
        if let Some(promised) = due.anchor.promised_on {
            line(promised, "the answer they promised");
        }
        for CountedDay { date, count, free } in desk.etiquette.count_days(application, due) {
            let count = count.map_or(" -".to_owned(), |count| format!("{count:>2}"));
            let opens = if date == due.opens_on { "   opens" } else { "" };
            let note = free.unwrap_or(if count == " -" { "the next business day" } else { "" });
            line(date, &format!("{count}  {note}{opens}"));
        }
        if due.opens_on != due.counted_to {
            line(due.opens_on, "    opens, a week later: late December is a quiet time");
        }
        line(due.closes_on, "closes");
        line(due.late_closes_on, "given up, if it was still not sent by then");
        text += &render::fill(&format!("\nRule {}: {}.", due.rule.name(), due.rule.reason()));
        text += &render::fill(&render::next_sentence(&situation, desk.now));
        Ok(Report { human: text, json: shapes::one(&situation) })
    })
}

impl Draft {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        context.at_desk(|desk| {
            let id = desk.find(&self.one.id)?;
            let situation = desk.draft(id)?;
            let mut json = shapes::one(&situation);
            if self.raw {
                let raw = raw(desk, &situation)?;
                json["raw"] = json!(raw);
                return Ok(Report { human: raw + "\n", json });
            }
            let next = render::fill(&render::next_sentence(&situation, desk.now));
            let trouble = trouble(desk)?;
            Ok(Report { human: format!("{trouble}{}\n{next}", render::letter(&situation)), json })
        })
    }
}

/// The message as it would go at this moment.
fn raw(desk: &Desk, situation: &Situation) -> Result<String, Failure> {
    let Some(draft) = situation.followup().and_then(|followup| followup.phase.draft()) else {
        return Err(Failure::new(Kind::NotFound, "there is no letter"));
    };
    let sender = &desk.etiquette.sender;
    let mail = Mail {
        from: (&sender.name, &sender.email),
        to: (draft.recipient.name.as_deref(), &draft.recipient.email),
        subject: &draft.text.subject,
        body: &draft.text.body,
        message_id: "<given-when-it-is-sent>",
        date: &desk.now.to_zoned(desk.etiquette.zone.clone()),
        auto_generated: false,
    };
    let bytes = mail.to_bytes().map_err(|error| Failure::new(Kind::Failed, error.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).replace("\r\n", "\n"))
}

fn table(situations: &[Situation], now: Timestamp) -> String {
    if situations.is_empty() {
        return "There are no applications yet. Add one: followup add --help\n".to_owned();
    }
    let mut text = String::new();
    for situation in situations {
        let application = &situation.case.application;
        let (what, command) = render::next_short(situation, now);
        let what = situation.held.as_ref().map_or(what, |_| "held".to_owned());
        let mark = match urgency(situation) {
            0 => '!',
            1 => '>',
            _ => ' ',
        };
        let line = format!(
            "{mark} {:>3}  {}  {}  {}  {}  {command}",
            application.id,
            render::cell(&application.company, 11),
            render::cell(&application.position, 10),
            render::cell(phase_word(situation), 9),
            render::cell(&what, 17),
        );
        text += line.trim_end();
        text += "\n";
    }
    text
}

/// 0 needs the person most.
fn urgency(situation: &Situation) -> u8 {
    match situation.followup().map(|followup| &followup.phase) {
        _ if situation.held.is_some() => 0,
        Some(Phase::Uncertain { .. } | Phase::Failed { .. }) => 0,
        Some(Phase::Waiting { .. }) => 1,
        Some(Phase::Approved { .. } | Phase::Sending { .. }) => 2,
        _ => 3,
    }
}

fn phase_word(situation: &Situation) -> &'static str {
    match situation.followup() {
        Some(followup) => followup.phase.word(),
        None if situation.coming.is_some() => "planned",
        None => "",
    }
}

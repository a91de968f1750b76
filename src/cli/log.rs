//! `log`: the journal, and lines of it for other screens.

use jiff::tz::TimeZone;
use serde_json::json;

use super::failure::Failure;
use super::{Context, Report, render};
use crate::ops::Desk;
use crate::store::Happened;

/// What happened, and who did it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  followup log
  followup log 3
  followup log globex --last 10")]
pub(super) struct Log {
    /// Only of this application: its number, or a part of the company's name
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// So many entries at most, the newest
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    last: u32,
}

impl Log {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        context.at_desk(|desk| {
            let id = self.id.as_deref().map(|name| desk.find(name)).transpose()?;
            let story = desk.store.read(|tables| tables.story(id, self.last))?;
            let zone = &desk.etiquette.zone;
            let number = if id.is_some() { None } else { Some(4) };
            let mut text = lines(&story, zone, number, context);
            if story.is_empty() {
                text += "Nothing has happened yet.\n";
            } else if story.len() == self.last as usize {
                text += &format!("\nThese are the last {}. More: followup log --last NUMBER\n", self.last);
            }
            let entry = |it: &Happened| {
                json!({
                    "at": super::json::rfc3339(it.at, zone), "who": it.who, "id": it.application, "what": it.what,
                    "detail": it.detail
                })
            };
            Ok(Report::new(text, json!({ "entries": story.iter().map(entry).collect::<Vec<_>>() })))
        })
    }
}

/// An entry a line. What came of a decision is recorded of the application and of its letter; it is said once.
pub(super) fn lines(story: &[Happened], zone: &TimeZone, number: Option<usize>, context: &Context) -> String {
    // What the person said, and what that did to the letter.
    let what = |it: &Happened| if it.what == "answered" { "heard".to_owned() } else { it.what.clone() };
    let is_said = |before: &Happened, this: &Happened| {
        (before.at, before.application, what(before), &before.who) == (this.at, this.application, what(this), &this.who)
            && (this.detail.is_none() || this.detail == before.detail)
    };
    let is_new = |at: &usize| *at == 0 || !is_said(&story[at - 1], &story[*at]);
    (0..story.len()).filter(is_new).map(|at| line(&story[at], zone, number, context)).collect()
}

/// One entry; `number` is the width of the application's number, where it is to be shown. Digests and
/// Message-IDs only if the person wants to know more.
fn line(happened: &Happened, zone: &TimeZone, number: Option<usize>, context: &Context) -> String {
    let Happened { at, who, application, what, detail } = happened;
    let at = at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M");
    let number = number.map_or_else(String::new, |width| {
        let id = application.map_or_else(String::new, |id| id.to_string());
        format!("  {id:>width$}")
    });
    let is_for_people = context.verbose || !matches!(what.as_str(), "approved" | "claimed");
    let words = |detail: &str| match what.as_str() {
        // All of them: they are the person's own.
        "note" => detail.split_whitespace().collect::<Vec<_>>().join(" "),
        _ => detail.lines().next().unwrap_or_default().trim_end_matches(':').to_owned(),
    };
    let detail = detail.as_deref().filter(|_| is_for_people).map(words);
    let detail = detail.map_or_else(String::new, |detail| format!(": {detail}"));
    context.page.hang(&format!("  {at}{number}  {}  ", render::cell(who, 6)), &format!("{}{detail}", in_words(what)))
}

/// What the journal calls `what`, in the words of a person.
fn in_words(what: &str) -> &str {
    match what {
        "begun" => "follow-up begun",
        "composed" => "words written",
        "composed, late" => "words written anew, late",
        "told" => "told you by mail",
        "asked whether to close it" => "asked you whether to let go",
        "digest" => "sent you the daily digest",
        "digest, uncertain" => "the daily digest may not have arrived",
        "claimed" => "sending",
        other => other,
    }
}

/// That a letter has gone, in a line.
pub(super) fn sent_line(letter: &Happened, desk: &mut Desk) -> Result<String, Failure> {
    let Some(id) = letter.application else { return Ok(String::new()) };
    let Ok(situation) = desk.look(id) else { return Ok(String::new()) };
    let application = &situation.case.application;
    let at = render::exact(letter.at, &situation.zone);
    let sent = situation.case.followups.iter().rev().find(|it| it.phase.ended_at() == Some(letter.at));
    let whom = sent.and_then(|it| it.phase.draft()).map(|draft| render::one_line(draft.recipient.called()));
    let whom = whom.unwrap_or_else(|| render::whom(application));
    let noun = sent.map_or("letter", |it| it.rule.noun());
    Ok(format!("Sent: {id}, the {noun} to {whom} at {}, {at}.\n", application.company))
}

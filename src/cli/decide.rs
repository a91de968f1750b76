//! Deciding: `edit`, `approve`, `recall`, `reject`.

use std::io::Write;
use std::process::Command;

use super::failure::{Failure, Kind};
use super::look::One;
use super::status::trouble;
use super::{Context, Report, is_conversation, json, now, render};
use crate::core::followup::Phase;
use crate::core::letter::Text;
use crate::core::plan::{Coming, What};
use crate::daemon::heartbeat;
use crate::ops::{Desk, Situation};

#[derive(Debug, clap::Args)]
pub(super) struct Approve {
    /// The applications: numbers, or parts of the companies' names
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
    /// Although the letter has errors of tone
    #[arg(long)]
    despite: bool,
    /// Only if the letter has this digest (at least its first 8 digits)
    #[arg(long)]
    digest: Option<String>,
}

impl Approve {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        if self.digest.is_some() && self.ids.len() > 1 {
            return Err(Failure::new(Kind::Usage, "--digest is of one letter; approve one at a time"));
        }
        let idle = heartbeat(&context.places.lock).is_none();
        context.at_desk(|desk| {
            let mut text = trouble(desk)?;
            let ids = self.ids.iter().map(|name| desk.find(name)).collect::<Result<Vec<_>, _>>()?;
            let mut done = Vec::new();
            for id in ids {
                match desk.approve(id, self.digest.as_deref(), self.despite) {
                    Ok(situation) => {
                        text += &approved(&situation, desk, idle);
                        done.push(situation);
                    }
                    // What was approved before stays approved, and the person is told which.
                    Err(error) if done.is_empty() => return Err(error.into()),
                    Err(error) => {
                        return Err(Failure::from(error).after(Report { human: text, json: approvals(&done) }));
                    }
                }
            }
            Ok(Report { human: text, json: approvals(&done) })
        })
    }
}

/// One application as everywhere, several as a list.
fn approvals(done: &[Situation]) -> serde_json::Value {
    match done {
        [one] => json::one(one),
        several => json::many(several),
    }
}

fn approved(situation: &Situation, desk: &Desk, idle: bool) -> String {
    let mut text = render::letter(situation);
    text += "\nApproved. ";
    text += &match situation.coming {
        Some(Coming { what: What::Send, at }) => format!(
            "It goes {}. Changed your mind: followup recall {}",
            render::when(at, desk.now, &situation.zone),
            situation.case.application.id
        ),
        _ => render::next_sentence(situation, desk.now),
    };
    if idle {
        text += "\nThe daemon is not running; nothing goes until it does: followup daemon";
    }
    render_keeping_letter(&text)
}

/// Breaks the sentences after a letter at 80 columns; the letter itself is indented and stays as it is.
fn render_keeping_letter(text: &str) -> String {
    let line = |line: &str| if line.starts_with(' ') { format!("{line}\n") } else { render::fill(line) };
    text.lines().map(line).map(|line| if line.is_empty() { "\n".to_owned() } else { line }).collect()
}

/// Takes an approval back.
pub(super) fn recall(context: &Context, one: &One) -> Result<Report, Failure> {
    context.at_desk(|desk| {
        let id = desk.find(&one.id)?;
        let situation = desk.recall(id)?;
        let text = format!("Taken back. {}", render::next_sentence(&situation, desk.now));
        Ok(Report { human: trouble(desk)? + &render::fill(&text), json: json::one(&situation) })
    })
}

#[derive(Debug, clap::Args)]
pub(super) struct Reject {
    #[command(flatten)]
    one: One,
    /// Why, for your own memory
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
}

impl Reject {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        context.at_desk(|desk| {
            let id = desk.find(&self.one.id)?;
            let situation = desk.reject(id, self.why)?;
            let text = format!("Not this letter, then. {}", render::next_sentence(&situation, desk.now));
            Ok(Report { human: trouble(desk)? + &render::fill(&text), json: json::one(&situation) })
        })
    }
}

#[derive(Debug, clap::Args)]
pub(super) struct Edit {
    #[command(flatten)]
    one: One,
    /// The new subject
    #[arg(long)]
    subject: Option<String>,
    /// A file with the new body, `-` for standard input
    #[arg(long, value_name = "FILE")]
    body_file: Option<String>,
}

impl Edit {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        context.at_desk(|desk| {
            let id = desk.find(&self.one.id)?;
            let situation = match (self.subject, self.body_file) {
                (None, None) => edit_in_editor(desk, id)?,
                (subject, file) => {
                    let body = file.map(|file| read_body(&file)).transpose()?;
                    desk.edit(id, subject.as_deref(), body.as_deref())?
                }
            };
            let next = render::fill(&render::next_sentence(&situation, desk.now));
            let text = format!("{}{}\n{next}", trouble(desk)?, render::letter(&situation));
            Ok(Report { human: text, json: json::one(&situation) })
        })
    }
}

fn read_body(file: &str) -> Result<String, Failure> {
    let read = if file == "-" { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(file) };
    read.map_err(|error| Failure::new(Kind::Failed, format!("{file}: {error}")))
}

/// Opens the letter in the person's editor, waits for it, and stores what they left. Their approval is taken
/// back first: the old words must not go while they type new ones. What they typed stays in its file
/// until it is stored.
fn edit_in_editor(desk: &mut Desk, id: i64) -> Result<Situation, Failure> {
    let how = "give the words with --subject and --body-file";
    if !is_conversation() {
        return Err(Failure::new(Kind::Usage, "there is no terminal to edit in").hint(how));
    }
    let mut situation = desk.draft(id)?;
    let mut taken_back = None;
    if matches!(situation.followup().map(|followup| &followup.phase), Some(Phase::Approved { .. })) {
        situation = desk.recall(id)?;
        taken_back = Some(format!("your approval was taken back; to give it again: followup approve {id}"));
    }
    let Some(draft) = situation.followup().and_then(|followup| followup.phase.draft()) else {
        return Err(Failure::new(Kind::NotFound, "there is no letter"));
    };
    let editor =
        ["VISUAL", "EDITOR"].iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.trim().is_empty()));
    let editor = editor.unwrap_or_else(|| "vi".to_owned());
    let failed = |error: &dyn std::fmt::Display| {
        Failure::new(Kind::Failed, format!("the editor {editor:?}: {error}"))
            .hint("name another one in $VISUAL or $EDITOR")
            .hint(how)
    };
    let file = tempfile::Builder::new().prefix("letter-").suffix(".txt").tempfile().map_err(|error| failed(&error))?;
    file.as_file().write_all(draft.text.to_file().as_bytes()).map_err(|error| failed(&error))?;
    let mut words = editor.split_whitespace();
    let status = Command::new(words.next().unwrap_or("vi")).args(words).arg(file.path()).status();
    let stored = match status {
        Err(error) => return Err(taken_back.into_iter().fold(failed(&error), Failure::hint)),
        Ok(status) if !status.success() => Err(failed(&status)),
        Ok(_) => std::fs::read_to_string(file.path()).map_err(|error| failed(&error)).and_then(|text| {
            let why = "the letter must begin with a line `Subject: ...`, then a blank line and its words";
            let text = Text::parse(&text).ok_or_else(|| Failure::new(Kind::Usage, why))?;
            // Typing takes its time.
            desk.now = now();
            Ok(desk.edit(id, Some(&text.subject), Some(&text.body))?)
        }),
    };
    stored.map_err(|failure| {
        let kept = file
            .keep()
            .ok()
            .map(|(_, path)| format!("the words stay as they were; what you typed is in {}", path.display()));
        kept.into_iter().chain(taken_back).fold(failure, Failure::hint)
    })
}

//! `edit`: the letter's words, in the person's editor or from a file. What was typed is never lost.

use std::io::Write;
use std::process::Command;

use super::failure::{Failure, Kind, about};
use super::look::One;
use super::{Context, Report, json, render};
use crate::core::delivery::is_ours_alone;
use crate::core::followup::Phase;
use crate::core::letter::Text;
use crate::ops::{Desk, Situation};

/// Change the letter's words
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  In your editor ($VISUAL, $EDITOR):
    followup edit 3
  From a file, or from another program:
    followup edit 3 --subject 'My interview' --body-file letter.txt
    fmt letter.txt | followup edit 3 --body-file -

An approval is taken back: the new words need a new yes.")]
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
                (None, None) => edit_in_editor(context, desk, id)?,
                (subject, file) => {
                    let body = file.map(|file| read_body(&file)).transpose()?;
                    desk.edit(id, subject.as_deref(), body.as_deref()).map_err(about(id))?
                }
            };
            let text = format!("{}\n{}\n", render::letter(&situation), render::next_sentence(&situation, desk.now));
            Ok(Report::new(text, json::one(&situation)))
        })
    }
}

fn read_body(file: &str) -> Result<String, Failure> {
    let read = if file == "-" { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(file) };
    read.map_err(|error| {
        let why = match error.kind() {
            std::io::ErrorKind::InvalidData => "is no text in UTF-8".to_owned(),
            _ => error.to_string(),
        };
        let failure = Failure::new(Kind::Failed, format!("{file}: {why}"));
        failure.hint("nothing was changed; name a file with the letter's words, or - for standard input")
    })
}

/// Opens the letter in the person's editor, waits for it, and stores what they left. Their approval is taken
/// back first: the old words must not go while they type new ones. What they typed stays in its file
/// until it is stored.
fn edit_in_editor(context: &Context, desk: &mut Desk, id: i64) -> Result<Situation, Failure> {
    let how = "give the words with --subject and --body-file";
    if !context.can_ask() {
        return Err(Failure::new(Kind::Usage, "there is no terminal to edit in").hint(how));
    }
    let mut situation = desk.draft(id).map_err(about(id))?;
    let mut taken_back = None;
    if matches!(situation.followup().map(|followup| &followup.phase), Some(Phase::Approved { .. })) {
        situation = desk.recall(id).map_err(about(id))?;
        taken_back = Some(format!("your approval was taken back; to give it again: followup approve {id}"));
    }
    let Some(draft) = situation.followup().and_then(|followup| followup.phase.draft()) else {
        return Err(Failure::new(Kind::NotFound, "there is no letter"));
    };
    let editor = ["VISUAL", "EDITOR"].iter().find_map(|name| context.variable(name)).unwrap_or("vi");
    let failed = |error: &dyn std::fmt::Display| {
        Failure::new(Kind::Failed, format!("the editor {editor:?}: {error}"))
            .hint(format!("name another one in $VISUAL or $EDITOR, or {how}"))
    };
    let file = tempfile::Builder::new().prefix("letter-").suffix(".txt").tempfile().map_err(|error| failed(&error))?;
    file.as_file().write_all(draft.text.to_file().as_bytes()).map_err(|error| failed(&error))?;
    let unquoted = || failed(&"its quotes do not match");
    let mut words = shlex::split(editor).ok_or_else(unquoted)?.into_iter();
    let mut command = Command::new(words.next().unwrap_or_else(|| "vi".to_owned()));
    for (name, _) in context.environment.iter().filter(|(name, _)| is_ours_alone(name.as_bytes())) {
        command.env_remove(name);
    }
    let status = command.args(words).arg(file.path()).status();
    let stored = match status {
        Err(error) => return Err(taken_back.into_iter().fold(failed(&error), Failure::hint)),
        Ok(status) if !status.success() => Err(failed(&status)),
        Ok(_) => std::fs::read_to_string(file.path()).map_err(|error| failed(&error)).and_then(|text| {
            if text.trim().is_empty() {
                let message = "the file was left empty, so that nothing was changed";
                return Err(Failure::new(Kind::Failed, message).hint(format!("not this letter: followup reject {id}")));
            }
            let why = "the letter must begin with a line `Subject: ...`, then a blank line and its words";
            let again = format!("put it back, and try again: followup edit {id}");
            let text = Text::parse(&text).ok_or_else(|| Failure::new(Kind::Usage, why).hint(again))?;
            if text == draft.text {
                return Ok(situation.clone());
            }
            // Typing takes its time.
            desk.now = context.now();
            desk.edit(id, Some(&text.subject), Some(&text.body)).map_err(about(id))
        }),
    };
    stored.map_err(|failure| {
        let typed = std::fs::metadata(file.path()).is_ok_and(|it| it.len() > 0);
        let kept = if typed { file.keep().ok() } else { None };
        let kept =
            kept.map(|(_, path)| format!("the words stay as they were; what you typed is in {}", path.display()));
        let again = kept.is_some().then(|| format!("put it right, and {how}"));
        kept.into_iter().chain(again).chain(taken_back).fold(failure, Failure::hint)
    })
}

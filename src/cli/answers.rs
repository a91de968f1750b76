//! What came of it: `heard`, `called`, `close`, `reopen`, `note`, `forget`.

use serde_json::json;

use super::facts::date;
use super::failure::{Failure, Kind, about};
use super::look::One;
use super::stop::or_stop;
use super::{Context, Report, json as shapes, render};
use crate::core::application::Answer;
use crate::core::dates::Toward;
use crate::core::followup::{Event, Phase};
use crate::ops::{Called, Desk, Situation};

/// They answered: nothing further is sent
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  They wrote that they need another week:
    followup heard 3 reply
    followup promise 3 'in 7 days'
  They invited you again, and it took place:
    followup heard globex next-round
    followup interview globex --on yesterday
  They did not, after all; it was a mistake:
    followup reopen 3")]
pub(super) struct Heard {
    #[command(flatten)]
    one: One,
    /// What they answered
    #[arg(value_name = "ANSWER", value_parser = ["reply", "rejected", "offer", "next-round", "filled"])]
    answer: String,
}

impl Heard {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        let answer = Answer::from_word(&self.answer).ok_or_else(|| Failure::new(Kind::Usage, "no such answer"))?;
        let done = context.at_desk(|desk| {
            let id = desk.find(&self.one.id)?;
            let situation = desk.heard(id, answer).map_err(about(id))?;
            Ok(Report::new(after_answer(answer, &situation, desk), shapes::one(&situation)))
        });
        or_stop(context, &self.one.id, &Event::Heard { answer }, done)
    }
}

/// What came of a phone call
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  followup called 3 voicemail
  followup called 3 still-deciding --promised friday
  followup called globex rejected --note 'kind words from Jane Doe'")]
pub(super) struct CalledThem {
    #[command(flatten)]
    one: One,
    /// What came of it
    #[arg(value_name = "OUTCOME", value_parser = ["no-answer", "voicemail", "still-deciding", "rejected", "offer",
        "next-round", "filled"])]
    outcome: String,
    /// The day by which they now promise an answer, if they are still deciding
    #[arg(long, value_name = "DATE")]
    promised: Option<String>,
    /// A few words for your own memory
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

impl CalledThem {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        let outcome = match self.outcome.as_str() {
            "no-answer" => Called::NoAnswer,
            "voicemail" => Called::Voicemail,
            "still-deciding" => Called::StillDeciding,
            word => {
                Called::Answered(Answer::from_word(word).ok_or_else(|| Failure::new(Kind::Usage, "no such outcome"))?)
            }
        };
        if self.promised.is_some() && outcome != Called::StillDeciding {
            let message = format!("--promised goes with still-deciding, not with {}", outcome.word());
            return Err(Failure::new(Kind::Usage, message).hint("see followup called --help"));
        }
        let done = context.at_desk(|desk| {
            let (id, today) = (desk.find(&self.one.id)?, desk.today());
            let promised = self.promised.as_deref();
            let promised = promised.map(|text| date("promised", text, today, Toward::After(today))).transpose()?;
            let is_past = promised.is_some_and(|date| date < today);
            let situation = desk.called(id, outcome, promised, self.note.as_deref()).map_err(about(id))?;
            let text = match outcome {
                Called::Answered(answer) => after_answer(answer, &situation, desk),
                _ => {
                    let promised = promised.map(|date| date.strftime("; an answer by %a %-d %b %Y").to_string());
                    let noted = format!("Noted: {}{}. ", outcome.word(), promised.unwrap_or_default());
                    let mind = if is_past { "That day is past: is it right? " } else { "" };
                    noted + mind + &render::next_sentence(&situation, desk.now) + "\n"
                }
            };
            Ok(Report::new(text, shapes::one(&situation)))
        });
        match outcome {
            Called::Answered(answer) => or_stop(context, &self.one.id, &Event::Heard { answer }, done),
            _ => done,
        }
    }
}

/// What an answer means for the letter, and what can follow.
fn after_answer(answer: Answer, situation: &Situation, desk: &Desk) -> String {
    let application = &situation.case.application;
    let id = application.id;
    let mut text = format!("Noted for {}: {}. ", render::title(application), answer.word());
    text += &match situation.followup().map(|followup| &followup.phase) {
        Some(Phase::Sending { .. }) => "It is too late to stop the letter: it has begun to be sent.".to_owned(),
        Some(Phase::Uncertain { .. }) => render::next_sentence(situation, desk.now),
        _ => "Nothing further is sent.".to_owned(),
    };
    text += "\n";
    text + &match answer {
        Answer::Reply => format!("They named a (new) date: followup promise {id} DATE\n"),
        Answer::NextRound => format!("When it has taken place: followup interview {id} --on DATE\n"),
        Answer::Offer | Answer::Rejected | Answer::Filled => format!("If it is over: followup close {id}\n"),
    }
}

/// It is over: nothing further is sent
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  followup close 3
  followup close globex --why 'they never answered'")]
pub(super) struct Close {
    #[command(flatten)]
    one: One,
    /// Why, for your own memory
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
}

impl Close {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        let done = context.at_desk(|desk| {
            let id = desk.find(&self.one.id)?;
            let situation = desk.close(id, self.why.as_deref()).map_err(about(id))?;
            let title = render::title(&situation.case.application);
            let sent = match situation.followup().map(|followup| &followup.phase) {
                Some(Phase::Sending { .. }) => "It is too late to stop the letter: it has begun to be sent.",
                Some(Phase::Uncertain { .. }) => "Whether its letter arrived is still to be settled.",
                _ => "Nothing further is sent.",
            };
            let text = format!("Closed {id}: {title}. {sent}\nIt was a mistake: followup reopen {id}\n");
            Ok(Report::new(text, shapes::one(&situation)))
        });
        or_stop(context, &self.one.id, &Event::Close, done)
    }
}

/// Takes back a close, or an answer.
pub(super) fn reopen(context: &Context, one: &One) -> Result<Report, Failure> {
    context.at_desk(|desk| {
        let id = desk.find(&one.id)?;
        let situation = desk.reopen(id).map_err(about(id))?;
        let title = render::title(&situation.case.application);
        let text = format!("Open again: {title}. {}\n", render::next_sentence(&situation, desk.now));
        Ok(Report::new(text, shapes::one(&situation)))
    })
}

/// Keep a few words in the journal
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  followup note 3 'Jane Doe is away until Monday'")]
pub(super) struct Note {
    #[command(flatten)]
    one: One,
    /// The words
    #[arg(value_name = "TEXT")]
    text: String,
}

impl Note {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        context.at_desk(|desk| {
            let id = desk.find(&self.one.id)?;
            let situation = desk.note(id, &self.text).map_err(about(id))?;
            let text = format!("Noted for {}. See: followup log {id}\n", render::title(&situation.case.application));
            Ok(Report::new(text, shapes::one(&situation)))
        })
    }
}

/// Remove all that is known of an application
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  followup forget 3

Facts, letters and journal are removed and overwritten; there is no way back.
What is only over is better closed: followup close 3")]
pub(super) struct Forget {
    #[command(flatten)]
    one: One,
    /// Without asking
    #[arg(long)]
    yes: bool,
}

impl Forget {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        context.at_desk(|desk| {
            let id = desk.find(&self.one.id)?;
            if !self.yes && context.can_ask() {
                let company = desk.store.read(|tables| tables.company(id))?.unwrap_or_default();
                let question = format!("Remove all that is known of {id}, {company}? There is no way back.");
                if !context.says_yes(&question, false)? {
                    return Ok(Report::new("Nothing was removed.\n", json!({ "forgotten": null })));
                }
            }
            let company = desk.forget(id).map_err(about(id))?;
            let text = format!("Forgotten: {id}, {company}. A backup that you made may still know it.\n");
            Ok(Report::new(text, json!({ "forgotten": { "id": id, "company": company } })))
        })
    }
}

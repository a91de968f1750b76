//! Deciding: `approve`, `recall`, `reject`, `snooze`, `resolve`.

use serde_json::{Value, json};

use super::failure::{Failure, Kind, about};
use super::look::One;
use super::status::is_ticked;
use super::stop::or_stop;
use super::{Context, Report, json as shapes, render};
use crate::core::application::bad;
use crate::core::dates::parse_ahead;
use crate::core::followup::{self, Event};
use crate::core::plan::{Coming, What};
use crate::ops::{self, Desk, OpError, Recalled, Situation};

/// Yes to exactly the letter that you were shown
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  followup approve 3
  followup approve globex
  followup approve 3 4 7
  followup approve --all

If the letter has changed since you saw it, nothing is approved: you see it as
it would go now, and say so again. After your yes there is a little time for a
change of mind: followup recall 3")]
pub(super) struct Approve {
    /// The applications: numbers, or parts of the companies' names
    #[arg(value_name = "ID", required_unless_present = "all", conflicts_with = "all")]
    ids: Vec<String>,
    /// Every letter that waits for your word
    #[arg(long)]
    all: bool,
    /// Although the letter has errors of tone
    #[arg(long)]
    despite: bool,
    /// Only if the letter has this digest (at least its first 8 digits)
    #[arg(long, conflicts_with = "all")]
    digest: Option<String>,
}

impl Approve {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        if self.digest.is_some() && self.ids.len() > 1 {
            return Err(Failure::new(Kind::Usage, "--digest is of one letter")
                .hint("approve one at a time: followup approve ID --digest D"));
        }
        let pulse = context.pulse();
        context.at_desk(|desk| {
            let ids = match self.all {
                true => {
                    let is_letter = |it: &&Situation| it.followup().is_some_and(|it| it.kind == followup::Kind::Letter);
                    desk.queue()?.iter().filter(is_letter).map(|it| it.case.application.id).collect()
                }
                false => self.ids.iter().map(|name| desk.find(name)).collect::<Result<Vec<_>, _>>()?,
            };
            if ids.is_empty() {
                let text = "No letter waits for your word. What comes: followup list\n";
                return Ok(Report::new(text, shapes::many(&[])));
            }
            let (mut text, mut done, mut refused) = (String::new(), Vec::new(), Vec::new());
            for id in ids {
                match desk.approve(id, self.digest.as_deref(), self.despite) {
                    Ok(situation) => {
                        text += &approved(&situation, desk)?;
                        done.push(situation);
                    }
                    Err(error) if self.all => refused.push((id, about(id)(error))),
                    // What was approved before stays approved, and the person is told which.
                    Err(error) if done.is_empty() => return Err(about(id)(error)),
                    Err(error) => return Err(about(id)(error).after(Report::new(text, approvals(&done)))),
                }
            }
            text += match pulse.is_running() {
                true => "",
                false if done.is_empty() => "",
                false if is_ticked(&pulse, desk.now) => {
                    "No daemon is running; what you approve goes when followup tick looks after that.\n"
                }
                false => "The daemon is not running; nothing goes until it does: followup daemon\n",
            };
            let report = Report::new(text, if self.all { shapes::many(&done) } else { approvals(&done) });
            match Failure::of_several(refused) {
                None => Ok(report),
                Some(failure) if done.is_empty() => Err(failure),
                Some(failure) => Err(failure.after(report)),
            }
        })
    }
}

/// One application as everywhere, several as a list.
fn approvals(done: &[Situation]) -> Value {
    match done {
        [one] => shapes::one(one),
        several => shapes::many(several),
    }
}

fn approved(situation: &Situation, desk: &mut Desk) -> Result<String, Failure> {
    let id = situation.case.application.id;
    let mut text = render::letter(situation) + "\nApproved. ";
    text += &match situation.coming {
        Some(Coming { what: What::Send, at }) => {
            format!("It goes {}. Changed your mind: followup recall {id}", render::when(at, desk.now, &situation.zone))
        }
        _ => render::next_sentence(situation, desk.now),
    };
    text += "\n";
    // Why it does not go at once, or not in time.
    let waits = desk.cautions(situation)?.into_iter().filter(|caution| caution.rule == "same-employer");
    Ok(text + &waits.map(|caution| format!("Mind: {}.\n", caution.text)).collect::<String>())
}

/// Take an approval back, until the letter is being sent
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  followup recall 3
  Stop everything, at once:
    followup recall --all")]
pub(super) struct Recall {
    /// The application: its number, or a part of the company's name
    #[arg(value_name = "ID", required_unless_present = "all", conflicts_with = "all")]
    id: Option<String>,
    /// Every approval there is: the emergency stop
    #[arg(long)]
    all: bool,
}

impl Recall {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        let Some(id) = self.id else { return recall_all(context) };
        let done = context.at_desk(|desk| {
            let id = desk.find(&id)?;
            let situation = desk.recall(id).map_err(about(id))?;
            let text = format!("Taken back. {}\n", render::next_sentence(&situation, desk.now));
            Ok(Report::new(text, shapes::one(&situation)))
        });
        or_stop(context, &id, &Event::Recall, done)
    }
}

/// The emergency stop needs no settings: they may be what went wrong.
fn recall_all(context: &Context) -> Result<Report, Failure> {
    let recalled = ops::recall_all(&mut context.existing_store()?, context.now())?;
    let mut text = String::new();
    for Recalled { id, company, refused } in &recalled {
        text += &match refused {
            None => format!("Taken back: {id}, {company}.\n"),
            Some(refusal) => format!("! {id}  {company}: {refusal}\n"),
        };
    }
    if text.is_empty() {
        text += "No letter was approved, so that there was nothing to take back.\n";
    }
    let situations = context.at_desk(|desk| {
        let look = |it: &Recalled| desk.look(it.id);
        Ok(recalled.iter().map(look).collect::<Result<Vec<_>, _>>()?)
    });
    let applications = match &situations {
        Ok(situations) => shapes::many(situations),
        Err(_) => {
            let minimal = |it: &Recalled| json!({ "id": it.id, "company": it.company });
            json!({ "applications": recalled.iter().map(minimal).collect::<Vec<_>>() })
        }
    };
    let report = Report::new(text, applications);
    let late: Vec<_> = recalled.iter().filter_map(|it| Some((it.id, it.refused?))).collect();
    let late = late.into_iter().map(|(id, refusal)| (id, about(id)(OpError::Refused(refusal)))).collect();
    match Failure::of_several(late) {
        None => Ok(report),
        Some(failure) => Err(failure.after(report)),
    }
}

/// Not this letter
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  followup reject 3
  followup reject globex --why 'I no longer want the position'

It is not asked for again after this interview; a new promised date or another
round calls for a new letter.")]
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
            let situation = desk.reject(id, self.why).map_err(about(id))?;
            let text = format!("Not this letter, then. {}\n", render::next_sentence(&situation, desk.now));
            Ok(Report::new(text, shapes::one(&situation)))
        })
    }
}

/// Not now: ask again later
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  followup snooze 3 3d
  followup snooze globex friday
  followup snooze 3 2026-12-08")]
pub(super) struct Snooze {
    #[command(flatten)]
    one: One,
    /// When to ask again: 3d, 2w, tomorrow, friday, 2026-12-08
    #[arg(value_name = "WHEN")]
    until: String,
}

impl Snooze {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        context.at_desk(|desk| {
            let id = desk.find(&self.one.id)?;
            let until = parse_ahead(&self.until, desk.today());
            let until = until.map_err(|error| OpError::BadFact(bad("until", error.to_string())))?;
            let situation = desk.snooze(id, until).map_err(about(id))?;
            let until = until.strftime("%a %-d %b %Y");
            let text = format!("Not before {until}. {}\n", render::next_sentence(&situation, desk.now));
            Ok(Report::new(text, shapes::one(&situation)))
        })
    }
}

/// Settle a letter of which it is not known whether it arrived
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  A copy is in your inbox, or they thanked you for it:
    followup resolve 3 --sent
  You asked them, and it did not arrive; it goes again as it was approved:
    followup resolve 3 --not-sent")]
#[command(group = clap::ArgGroup::new("how").required(true))]
pub(super) struct Resolve {
    #[command(flatten)]
    one: One,
    /// It arrived
    #[arg(long, group = "how")]
    sent: bool,
    /// It did not arrive
    #[arg(long, group = "how")]
    not_sent: bool,
}

impl Resolve {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        context.at_desk(|desk| {
            let id = desk.find(&self.one.id)?;
            let situation = desk.resolve(id, self.sent).map_err(about(id))?;
            let text = format!("Settled. {}\n", render::next_sentence(&situation, desk.now));
            Ok(Report::new(text, shapes::one(&situation)))
        })
    }
}

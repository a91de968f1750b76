//! `why`: the arithmetic of the window, as with a wall calendar.

use super::failure::{Failure, Kind};
use super::look::One;
use super::{Context, Report, json as shapes, render};
use crate::core::etiquette::CountedDay;

/// The arithmetic of the window, as with a wall calendar.
pub(super) fn why(context: &Context, one: &One) -> Result<Report, Failure> {
    context.at_desk(|desk| {
        let id = desk.find(&one.id)?;
        let situation = desk.look(id)?;
        let Some(due) = &situation.due else {
            return Err(match &situation.held {
                Some(held) => Failure::new(Kind::NotFound, format!("application {id} is held: {held}"))
                    .hint(format!("correct it: followup set {id} --help")),
                None => {
                    let message =
                        format!("application {id} has no interview yet, so that there is nothing to count from");
                    Failure::new(Kind::NotFound, message).hint(format!("followup interview {id} --on DATE"))
                }
            });
        };
        let application = &situation.case.application;
        let zone = &situation.zone;
        let mut text = format!(
            "{}: letter to {}\n{} - {}\n\n",
            render::title(application),
            render::whom(application),
            due.window.opens.to_zoned(zone.clone()).strftime("%a %-d %b %H:%M"),
            render::exact(due.window.closes, zone)
        );
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
            let note = free.as_deref().unwrap_or(if count == " -" { "the next business day" } else { "" });
            line(date, &format!("{count}  {note}{opens}"));
        }
        if due.opens_on != due.counted_to {
            line(due.opens_on, "    opens, a week later: late December is a quiet time");
        }
        line(due.closes_on, "closes");
        line(due.late_closes_on, "given up, if it was still not sent by then");
        text += &format!("\nRule {}: {}.\n", due.rule.name(), due.rule.reason());
        text += &render::next_sentence(&situation, desk.now);
        text += "\n";
        if let Some(held) = &situation.held {
            text += &format!("Held: {held}\n");
        }
        let is_over = application.closed || application.answer.is_some();
        text += &match situation.coming {
            _ if is_over => format!("Change it: followup reopen {id}\n"),
            Some(_) => format!("Change it: followup promise {id} DATE · followup snooze {id} 3d\n"),
            None => format!("Change it: followup promise {id} DATE · followup interview {id} --on DATE\n"),
        };
        Ok(Report::new(text, shapes::one(&situation)))
    })
}

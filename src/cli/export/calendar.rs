//! What stands in the calendar: the window of each application's step, and what the person is to do.

use jiff::Timestamp;

use crate::ask::calls::outcomes;
use crate::ask::wording::exact;
use crate::cli::render::{one_line, title, whom};
use crate::cli::sentence::whom_to_call;
use crate::cli::status::INTERRUPTED;
use crate::core::application::Application;
use crate::core::course::{Course, callee, corrected};
use crate::core::etiquette::{Anchor, Due, Rule, Stage, Window};
use crate::core::followup::{FollowUp, Kind, Phase};
use crate::core::icalendar::{Entry, When, uid};
use crate::core::phone::shown;
use crate::core::plan::{Coming, What};
use crate::ops::{Desk, OpError, Situation};

/// All entries, by application. `fingerprint`: of the settings; `installation`: the database's own text; `is_running`:
/// whether somebody is at work on it.
pub(super) fn entries(
    desk: &mut Desk,
    fingerprint: &str,
    installation: &str,
    is_running: bool,
) -> Result<Vec<Entry>, OpError> {
    let mut found = Vec::new();
    // A row that cannot be read is no situation, but it is held.
    desk.each_line(false, fingerprint, |line| {
        if let Some(why) = line.held.as_deref().filter(|_| !line.answered) {
            let (id, company, position) = (line.id, one_line(&line.company), one_line(&line.position));
            let entry = Entry {
                uid: uid(installation, &["held", &id.to_string()]),
                when: When::Urgent,
                summary: format!("Cannot go on: {position} at {company}"),
                description: format!("{}\n\nThe whole story: followup show {id}", one_line(why)),
            };
            found.push((id, entry));
        }
    })?;
    for situation in desk.list(false, fingerprint)? {
        let page = Page { situation: &situation, desk, installation };
        found.extend(page.entries(is_running).into_iter().map(|entry| (page.application().id, entry)));
    }
    // Those of one application stay in their order.
    found.sort_by_key(|(id, _)| *id);
    Ok(found.into_iter().map(|(_, entry)| entry).collect())
}

/// One application, about to be entered.
struct Page<'a> {
    situation: &'a Situation,
    desk: &'a Desk<'a>,
    installation: &'a str,
}

impl Page<'_> {
    fn entries(&self, is_running: bool) -> Vec<Entry> {
        if self.application().answer.is_some() {
            return Vec::new();
        }
        let in_need = self.in_need(is_running);
        let coming = match &self.situation.course {
            _ if self.situation.held.is_some() => Vec::new(),
            Course::Step(due) => self.step(due),
            Course::AtItsEnd(end) if self.situation.case.open().is_none() => vec![self.let_go(end.close_at)],
            _ => Vec::new(),
        };
        in_need.into_iter().chain(coming).collect()
    }

    fn application(&self) -> &Application {
        &self.situation.case.application
    }

    /// What became of the last letter, where only the person knows how to go on.
    fn in_need(&self, is_running: bool) -> Option<Entry> {
        let (id, last) = (self.application().id, self.situation.followup()?);
        let is_corrected = || self.situation.due().is_some_and(|due| corrected(&self.situation.case, due).is_some());
        let (what, summary, description) = match &last.phase {
            Phase::Uncertain { draft, .. } => (
                "uncertain",
                format!("Did it arrive? {} to {}", capital(last.rule.noun()), one_line(draft.recipient.called())),
                format!(
                    "It is not sent again by itself. A copy in your own inbox is a sign that it went.\n\n\
                     It arrived: followup resolve {id} --sent\nIt did not: followup resolve {id} --not-sent"
                ),
            ),
            Phase::Failed { draft, reply, .. } if !is_corrected() => (
                "refused",
                format!("Refused by their server: {} to {}", last.rule.noun(), one_line(draft.recipient.called())),
                format!(
                    "{}\n\nThe right address: followup set {id} --contact 'NAME <MAIL>'\nClose it: followup close {id}",
                    one_line(reply)
                ),
            ),
            Phase::Sending { draft, .. } if !is_running => (
                "interrupted",
                format!("Interrupted: {} to {}", last.rule.noun(), one_line(draft.recipient.called())),
                format!("followup was stopped while it sent the letter. {INTERRUPTED}"),
            ),
            _ => return None,
        };
        let uid = uid(self.installation, &[what, &last.id.to_string()]);
        Some(Entry { uid, when: When::Urgent, summary: self.titled(&summary), description })
    }

    /// The window of the step, and the word or the call that it waits for.
    fn step(&self, due: &Due) -> Vec<Entry> {
        let phase = self.situation.case.open().map(|open| &open.phase);
        let window = window(due, self.desk.now);
        // It is in doubt whether there is anything to wait for.
        if window.closes <= self.desk.now || matches!(phase, Some(Phase::Uncertain { .. })) {
            return Vec::new();
        }
        let (id, zone) = (self.application().id, &self.situation.zone);
        let whom = match due.kind {
            Kind::Letter => format!("to {}", whom(self.application())),
            Kind::Call => whom_to_call(self.application(), self.situation.recipient.country.as_deref()),
        };
        let noun = if due.kind == Kind::Call { "call" } else { due.rule.noun() };
        let step = self.titled(&format!("{noun} {whom}"));
        let times = format!("{} - {}", exact(window.opens, zone), exact(window.closes, zone));
        let mut entries = vec![Entry {
            uid: self.uid("window", due),
            when: When::Window { opens: window.opens, closes: window.closes },
            summary: capital(&step),
            description: format!(
                "{times}\nRule {}: {}.\n\nWhy then: followup why {id}",
                due.rule.name(),
                due.rule.reason()
            ),
        }];
        if self.is_wanted(due) {
            let (summary, description) = match due.kind {
                Kind::Letter => (format!("Say yes or no: {step}"), decisions(id, due.rule)),
                Kind::Call => (capital(&step), self.number() + &what_came_of_it(id)),
            };
            let when = When::ToDo { from: window.opens, until: window.closes };
            let description = format!("{times}\n{description}");
            entries.push(Entry { uid: self.uid("word", due), when, summary, description });
        }
        entries
    }

    /// Whether it waits for the person, or will as soon as somebody looks.
    fn is_wanted(&self, due: &Due) -> bool {
        let Situation { case, coming, .. } = self.situation;
        let now = self.desk.now;
        let is_due = |what: What, at| what.is_beginning() && at <= now;
        now >= due.window.opens
            && match case.open().map(|open| &open.phase) {
                Some(Phase::Waiting { .. }) => true,
                // Something in it has changed, or its window is over: then it needs a new word.
                Some(Phase::Approved { .. }) => {
                    !coming.is_some_and(|Coming { what, at }| what == What::Send || at > now)
                }
                Some(Phase::Planned { .. }) => coming.is_some_and(|Coming { what, at }| is_due(what, at)),
                Some(_) => false,
                None => corrected(case, due).is_some() || coming.is_some_and(|Coming { what, at }| is_due(what, at)),
            }
    }

    fn let_go(&self, close_at: Timestamp) -> Entry {
        let id = self.application().id;
        let interview = self.application().latest_interview().map(|it| it.id.to_string()).unwrap_or_default();
        Entry {
            uid: uid(self.installation, &["let-go", &id.to_string(), &interview]),
            when: When::Day(close_at.to_zoned(self.desk.etiquette.zone.clone()).date()),
            summary: self.titled("Let go?"),
            description: format!(
                "If nothing comes by then, it may be time to let go.\n\nLet go: followup close {id} --why unanswered\n\
                 They answered: followup heard {id} reply\nThe whole story: followup show {id}"
            ),
        }
    }

    /// The name of the step of `due` in the calendar.
    ///
    /// A corrected day keeps it, of the interview and of the promise: what stands there already is to move. A promise that
    /// was named after a letter had gone calls for another letter, and the old one stays where it was.
    fn uid(&self, what: &str, Due { anchor, rule, .. }: &Due) -> String {
        let application = self.application();
        let went = |it: &&FollowUp| {
            let is_other = it.rule.stage() == rule.stage() && !it.anchor.is_same(anchor);
            is_other && it.anchor.is_same_interview(anchor) && matches!(it.phase, Phase::Sent { .. })
        };
        let earlier = self.situation.case.followups.iter().filter(went).count();
        let (id, Anchor { interview, .. }) = (application.id, anchor);
        uid(self.installation, &[what, &format!("{id} {interview} {} {earlier}", word(rule.stage()))])
    }

    /// The number to call, in a line.
    fn number(&self) -> String {
        let phone = callee(self.application()).and_then(|who| who.phone.as_deref());
        let country = self.situation.recipient.country.as_deref();
        phone.map_or_else(String::new, |phone| format!("Number: {}\n", one_line(&shown(phone, country))))
    }

    /// `Letter to Jane Doe (Analyst at Globex)`.
    fn titled(&self, what: &str) -> String {
        format!("{what} ({})", title(self.application()))
    }
}

/// The window of `due`; the longer one, once it can only go late.
fn window(due: &Due, now: Timestamp) -> Window {
    let closes = if now < due.window.closes { due.window.closes } else { due.late_closes };
    Window { opens: due.window.opens, closes }
}

/// The word for a stage in a name, which never changes: the rules for the first letter are alternatives.
fn word(stage: Stage) -> &'static str {
    match stage {
        Stage::ThankYou => "thank-you",
        Stage::Letter => "letter",
        Stage::Call => "call",
        Stage::SecondLetter => "second-letter",
        Stage::LastLetter => "last-letter",
    }
}

/// The one line for each thing that can be done with a letter that waits.
fn decisions(id: i64, rule: Rule) -> String {
    // Thanks have two days.
    let snooze = if rule == Rule::ThankYou { "1d" } else { "3d" };
    format!(
        "First look whether they have tried to reach you, in your junk folder too.\n\nRead it: followup draft {id}\n\
         Send it: followup approve {id}\nChange it: followup edit {id}\nNot now: followup snooze {id} {snooze}\n\
         Not at all: followup reject {id}\nThey answered: followup heard {id} reply"
    )
}

/// The one line for each thing that can come of a call; without columns, which no calendar keeps.
fn what_came_of_it(id: i64) -> String {
    let lines = outcomes(id);
    let pairs = lines.lines().filter_map(|line| line.split_once("followup "));
    pairs.map(|(does, command)| format!("{}: followup {command}\n", does.trim())).collect()
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

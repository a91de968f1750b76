//! What is right, and when: `plan` at both sides of every edge.

// The paths are spelled out so that these files do not become tests of their own.
#[path = "plan/cases.rs"]
mod cases;
#[path = "plan/changes.rs"]
mod changes;
#[path = "plan/corners.rs"]
mod corners;
#[path = "plan/every_zone.rs"]
mod every_zone;
#[path = "plan/letters.rs"]
mod letters;
#[path = "plan/pace.rs"]
mod pace;
#[path = "plan/windows.rs"]
mod windows;

use followup::core::application::{Answer, Application, Contact, Interview};
use followup::core::calendar::{OfficeDays, OfficeHours};
use followup::core::delivery::{NotSent, Outcome, Retry};
use followup::core::etiquette::{Anchor, Etiquette, Rule, Strategy};
use followup::core::followup::{CancelReason, Draft, Event, FollowUp, Kind, Phase, Told, Tries};
use followup::core::holidays::Calendars;
use followup::core::letter::{Letters, Sender, Text};
use followup::core::pace::{Budget, TRIES_UNTIL_TOLD, backoff};
use followup::core::plan::{Action, Case, Coming, Next, What, news, plan, retype};
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

const NEW_YORK: &str = "America/New_York";

fn etiquette() -> Etiquette {
    Etiquette {
        sender: Sender {
            name: "Ada Byron".to_owned(),
            email: "ada@me.example".to_owned(),
            phone: None,
            account: "ada@mail.me.example:465".to_owned(),
        },
        letters: Letters::new(Letters::built_in()).unwrap(),
        strategy: Strategy::patient(),
        strategies: Strategy::built_in(),
        max_letters: 2,
        hours: OfficeHours { from: 9 * 60, to: 17 * 60, days: OfficeDays::BusinessDays },
        calendars: Calendars::default(),
        zone: TimeZone::get("Europe/London").unwrap(),
        grace: SignedDuration::from_secs(30),
        per_day: Some(20),
        per_employer: 5,
        remind: Some(SignedDuration::from_hours(24)),
    }
}

fn interviewed(held_on: Date, round: u32, promised_on: Option<Date>) -> Case {
    let contact =
        Contact { name: Some("Jane Doe".to_owned()), email: Some("jane@globex.example".to_owned()), phone: None };
    let application = Application {
        id: 3,
        company: "Globex".to_owned(),
        position: "Analyst".to_owned(),
        contact,
        hr: Contact::default(),
        timezone: Some(NEW_YORK.to_owned()),
        country: None,
        region: None,
        language: "en".to_owned(),
        strategy: None,
        job_url: None,
        thread: None,
        strengths: vec![],
        closed: false,
        answer: None,
        added_at: at("2026-11-03 18:00", "Europe/London"),
        interviews: vec![Interview { id: 1, held_on, round, promised_on }],
    };
    Case::new(application, 1, vec![])
}

/// An instant by the wall clock of `zone`.
fn at(wall: &str, zone: &str) -> Timestamp {
    let wall: jiff::civil::DateTime = wall.replace(' ', "T").parse().unwrap();
    wall.to_zoned(TimeZone::get(zone).unwrap()).unwrap().timestamp()
}

fn in_new_york(wall: &str) -> Timestamp {
    at(wall, NEW_YORK)
}

/// Applies what the plan asks to be recorded, as the store does, until nothing of that is left.
fn settle(case: &mut Case, now: Timestamp, etiquette: &Etiquette) {
    for _ in 0..8 {
        match plan(now, case, etiquette, &Budget::default()).action {
            Some(Action::Begin(due)) => {
                let id = case.followups.len() as i64 + 1;
                case.followups.push(FollowUp { id, ..FollowUp::begun(case.application.id, &due) });
            }
            Some(Action::Record { followup, event }) => happen(case, followup, event, now),
            Some(Action::Send { .. }) | None => return,
        }
    }
    panic!("the plan does not come to rest");
}

fn happen(case: &mut Case, followup: i64, event: Event, now: Timestamp) {
    let found = case.followups.iter_mut().find(|it| it.id == followup).unwrap();
    *found = found.clone().on(event, now).unwrap();
}

fn draft(case: &Case) -> Draft {
    case.open().unwrap().phase.draft().unwrap().clone()
}

/// A case whose letter waits since `now`.
fn waiting(mut case: Case, now: Timestamp, etiquette: &Etiquette) -> Case {
    settle(&mut case, now, etiquette);
    assert_eq!(case.open().unwrap().phase.word(), "waiting");
    case
}

/// A case whose letter was composed and approved at `now`.
fn approved(case: Case, now: Timestamp, etiquette: &Etiquette) -> Case {
    let mut case = waiting(case, now, etiquette);
    let (id, digest) = (case.open().unwrap().id, draft(&case).digest);
    happen(&mut case, id, Event::Approve { digest }, now);
    case
}

fn goes(case: &Case, now: Timestamp, etiquette: &Etiquette, budget: &Budget) -> bool {
    matches!(plan(now, case, etiquette, budget).action, Some(Action::Send { .. }))
}

fn promise_case() -> Case {
    interviewed(date(2026, 11, 3), 2, Some(date(2026, 11, 6)))
}

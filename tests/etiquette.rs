//! When what is due, and why: situations written from the etiquette and a wall calendar before the code.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

// The paths are spelled out so that these files do not become tests of their own.
#[path = "etiquette/always.rs"]
mod always;
#[path = "etiquette/kindness.rs"]
mod kindness;
#[path = "etiquette/situation.rs"]
mod situation;

use followup::core::course::{Course, course};
use followup::core::etiquette::{CountedDay, Due, Etiquette};
use followup::core::followup::{FollowUp, Kind};
use followup::core::pace::Budget;
use followup::core::plan::{Action, Case, plan};
use jiff::Timestamp;
use situation::{Situation, etiquette};

const SITUATIONS: &str = include_str!("etiquette/situations.txt");

/// What the program says of the situation, in the words of the table, once it has done what is due.
fn found(it: &Situation) -> String {
    let (etiquette, now) = (etiquette(), it.now());
    let case = settled(it.case.clone(), now, &etiquette);
    if case.application.closed || case.application.answer.is_some() {
        return "nothing".to_owned();
    }
    match course(now, &case, &etiquette) {
        Course::Step(due) => {
            let Due { rule, opens_on, closes_on, late_closes_on, window, .. } = &due;
            let late = if it.now() >= window.closes { format!(" late {late_closes_on}") } else { String::new() };
            let by_phone = due.kind == Kind::Call && rule.name() != "call";
            let how = if by_phone { " by phone" } else { "" };
            format!("{} {opens_on} to {closes_on}{late}{how}", rule.name())
        }
        Course::AtItsEnd(end) => format!("end {}", end.close_at.to_zoned(it.zone()).date()),
        Course::NoStep => "no step".to_owned(),
        Course::NoInterview => "no interview".to_owned(),
    }
}

/// `case` when all that `plan` records at `now` is recorded: a letter whose time was over, for one, was given up.
fn settled(mut case: Case, now: Timestamp, etiquette: &Etiquette) -> Case {
    for _ in 0..8 {
        match plan(now, &case, etiquette, &Budget::default()).action {
            Some(Action::Begin(due)) => {
                let id = case.followups.len() as i64 + 1;
                case.followups.push(FollowUp { id, ..FollowUp::begun(case.application.id, &due) });
            }
            Some(Action::Record { followup, event }) => {
                let it = case.followups.iter_mut().find(|it| it.id == followup).unwrap();
                *it = it.clone().on(event, now).unwrap();
            }
            Some(Action::Send { .. }) => panic!("nothing is approved"),
            None => return case,
        }
    }
    panic!("the plan does not come to rest");
}

#[test]
fn every_situation_of_the_table_is_as_the_table_says() {
    let all = Situation::read(SITUATIONS);
    assert!(all.len() >= 190, "{} situations", all.len());
    let wrong: Vec<String> = all
        .iter()
        .filter(|it| found(it) != it.expect)
        .map(|it| format!("{}\n    expected {}\n    found    {}", it.name, it.expect, found(it)))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), all.len(), wrong.join("\n"));
}

#[test]
fn the_reasons_of_the_table_are_named_in_the_count() {
    let etiquette = etiquette();
    let (mut checked, mut wrong) = (0, Vec::new());
    for it in Situation::read(SITUATIONS).iter().filter(|it| !it.because.is_empty()) {
        let course = course(it.now(), &it.case, &etiquette);
        let Some(due) = course.due() else { panic!("{}: no step", it.name) };
        let days = etiquette.count_days(&it.case.application, due);
        for (date, name) in &it.because {
            checked += 1;
            let is_named = |day: &&CountedDay| {
                let free = day.free.as_deref().unwrap_or_default().to_lowercase();
                day.date == *date && free.contains(&name.to_lowercase())
            };
            if !days.iter().any(|day| is_named(&day)) {
                let there: Vec<_> = days.iter().filter(|day| day.date == *date).collect();
                wrong.push(format!("{}: {date} {name}: {there:?}", it.name));
            }
        }
    }
    assert!(wrong.is_empty() && checked > 80, "{checked} checked\n{}", wrong.join("\n"));
}

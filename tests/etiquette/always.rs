//! What holds whatever the facts are.

use std::collections::BTreeSet;

use followup::core::application::{Application, Contact, Interview};
use followup::core::course::{Course, course};
use followup::core::delivery::Outcome;
use followup::core::etiquette::{Due, Etiquette, Offset, Rule, Stage, Step, Strategy};
use followup::core::followup::{Event, FollowUp, Kind, Phase};
use followup::core::forecast::Ledger;
use followup::core::pace::Budget;
use followup::core::plan::{Action, Case, plan};
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::Strategy as Values;

use crate::situation::etiquette;

const ZONES: [&str; 12] = [
    "UTC",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Europe/London",
    "Europe/Berlin",
    "Africa/Cairo",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
];
const COUNTRIES: [Option<&str>; 11] = [
    None,
    Some("US"),
    Some("GB"),
    Some("DE"),
    Some("FR"),
    Some("ES"),
    Some("IN"),
    Some("CN"),
    Some("JP"),
    Some("BR"),
    // Of which nothing is known.
    Some("ZZ"),
];

/// The facts of one application at Globex.
fn any_application(id: i64) -> impl Values<Value = Application> {
    let interview = (0_i64..500, 1_u32..4, proptest::option::of(0_i64..40));
    let interviews = proptest::collection::vec(interview, 1..4);
    let how = (any::<bool>(), any::<bool>(), select(&ZONES[..]), select(&COUNTRIES[..]), any::<bool>());
    (interviews, how).prop_map(move |(interviews, (has_mail, has_phone, zone, country, is_prompt))| {
        let day = |after: i64| date(2026, 1, 5).saturating_add(after.days());
        let interviews: Vec<Interview> = (1..)
            .zip(interviews)
            .map(|(number, (after, round, promised))| Interview {
                id: id * 10 + number,
                held_on: day(after),
                round,
                promised_on: promised.map(|more| day(after + more)),
            })
            .collect();
        let first = interviews.iter().map(|it| it.held_on).min().unwrap();
        Application {
            id,
            company: "Globex".to_owned(),
            position: "Analyst".to_owned(),
            contact: Contact {
                name: Some("Jane Doe".to_owned()),
                email: (has_mail || !has_phone).then(|| "jane@globex.example".to_owned()),
                phone: has_phone.then(|| "+44 20 7946 0000".to_owned()),
            },
            hr: Contact::default(),
            timezone: Some(zone.to_owned()),
            country: country.map(str::to_owned),
            region: None,
            language: "en".to_owned(),
            strategy: is_prompt.then(|| "prompt".to_owned()),
            job_url: None,
            thread: None,
            strengths: vec![],
            closed: false,
            answer: None,
            added_at: first.at(18, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp(),
            interviews,
        }
    })
}

/// A letter that went.
#[derive(Debug, Clone)]
struct Sent {
    at: Timestamp,
    application: i64,
    rule: Rule,
    interview: i64,
}

/// Lives through the applications with a person who says yes at once to every letter and calls on the first day; gives
/// what went.
fn live(applications: Vec<Application>, etiquette: &Etiquette) -> Vec<Sent> {
    let begin = applications.iter().map(|it| it.added_at).max().unwrap();
    let mut cases: Vec<Case> = applications.into_iter().map(|it| Case::new(it, 1, Vec::new())).collect();
    let (mut ledger, mut sent, mut number) = (Ledger::default(), Vec::new(), 0);
    let mut wakes = vec![begin; cases.len()];
    // The last number is the whole course of each: a step, its yes and its end.
    for _ in 0..400 {
        let Some((place, &now)) = wakes.iter().enumerate().min_by_key(|(_, at)| **at) else { break };
        if now == Timestamp::MAX {
            return sent;
        }
        let case = &mut cases[place];
        let next = plan(now, case, etiquette, &ledger.budget(now, case, etiquette));
        let waits = case.open().and_then(|open| match &open.phase {
            Phase::Waiting { draft } => Some((open.id, open.kind, draft.digest)),
            _ => None,
        });
        match (next.action, waits) {
            (Some(Action::Begin(due)), _) => {
                number += 1;
                case.followups.push(FollowUp { id: number, ..FollowUp::begun(case.application.id, &due) });
            }
            (Some(Action::Record { followup, event }), _) => happen(case, followup, event, now),
            (Some(Action::Send { followup }), _) => {
                let it = case.followup(followup).unwrap().clone();
                let digest = it.phase.draft().unwrap().digest;
                happen(case, followup, Event::Claim { digest, message_id: String::new() }, now);
                happen(case, followup, Event::Submitted(Outcome::Accepted { reply: String::new() }), now);
                ledger.enter(followup, case.application.employer(), now);
                let (application, interview) = (case.application.id, it.anchor.interview);
                sent.push(Sent { at: now, application, rule: it.rule, interview });
            }
            (None, Some((id, Kind::Letter, digest))) => happen(case, id, Event::Approve { digest }, now),
            (None, Some((id, Kind::Call, _))) => happen(case, id, Event::Called { outcome: "no-answer".into() }, now),
            (None, None) => {
                case.proposed = next.propose.clone().or(case.proposed.take());
                let later = next.wake_at.filter(|&at| at > now).unwrap_or(Timestamp::MAX);
                wakes[place] = if next.propose.is_some() { now } else { later };
            }
        }
    }
    panic!("it does not come to rest");
}

fn happen(case: &mut Case, followup: i64, event: Event, at: Timestamp) {
    let it = case.followups.iter_mut().find(|it| it.id == followup).unwrap();
    *it = it.clone().on(event, at).unwrap();
}

/// Every step that the facts could give, one after the other, as if each before it had ended or gone.
fn all_due(application: &Application, etiquette: &Etiquette) -> Vec<Due> {
    let mut case = Case::new(application.clone(), 1, Vec::new());
    let (mut now, mut found) = (application.added_at, Vec::new());
    for id in 1..12 {
        let Some(due) = course(now, &case, etiquette).due().cloned() else { break };
        now = due.window.opens.max(now);
        let mut done = FollowUp { id, ..FollowUp::begun(application.id, &due) };
        done.phase = Phase::Sent { draft: None, at: now, message_id: None, by: String::new() };
        case.followups.push(done);
        found.push(due);
    }
    found
}

fn local(at: Timestamp, application: &Application) -> jiff::Zoned {
    at.in_tz(application.timezone.as_deref().unwrap()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_window_opens_before_it_closes_and_never_before_the_promised_date_has_passed(it in any_application(1)) {
        let etiquette = etiquette();
        let calendar = etiquette.calendar_of(&it);
        for due in all_due(&it, &etiquette) {
            prop_assert!(due.window.opens < due.window.closes && due.window.closes <= due.late_closes, "{due:?}");
            prop_assert!(due.counted_from < due.opens_on && due.opens_on <= due.closes_on, "{due:?}");
            for day in [due.opens_on, due.closes_on, due.late_closes_on] {
                prop_assert!(calendar.is_business_day(day), "{day}: {due:?}");
            }
            if let (Some(promised_on), true) = (due.anchor.promised_on, due.rule.stage() != Stage::ThankYou) {
                prop_assert!(due.opens_on > promised_on, "{due:?}");
            }
            prop_assert_eq!(local(due.window.opens, &it).date(), due.opens_on);
        }
    }

    #[test]
    fn the_order_in_which_facts_are_known_says_nothing(it in any_application(1), seed in any::<u64>(), at in 0_i64..600) {
        // With a step that counts from the second of two letters.
        let mut strategy = Strategy::patient();
        let (opens, closes) = (Offset::BusinessDays(10), Offset::BusinessDays(20));
        strategy.steps.push(Step { rule: Rule::LastLetter, opens, closes });
        let etiquette = Etiquette { strategy, max_letters: 3, ..etiquette() };
        let it = Application { strategy: None, ..it };
        let now = date(2026, 1, 5).saturating_add(at.days()).at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp();
        let mut case = Case::new(it, 1, Vec::new());
        for due in all_due(&case.application, &etiquette).into_iter().take((seed % 6) as usize) {
            let id = case.followups.len() as i64 + 1;
            let mut done = FollowUp { id, ..FollowUp::begun(1, &due) };
            done.phase = Phase::Sent { draft: None, at: due.window.opens, message_id: None, by: String::new() };
            case.followups.push(done);
        }
        let mut other = case.clone();
        let turn = |length: usize| (seed % length.max(1) as u64) as usize;
        let (turn_interviews, turn_steps) = (turn(other.application.interviews.len()), turn(other.followups.len()));
        other.application.interviews.rotate_left(turn_interviews);
        other.followups.rotate_left(turn_steps);
        prop_assert_eq!(course(now, &case, &etiquette), course(now, &other, &etiquette));
        // What was entered in another order has other numbers, too.
        let rounds: BTreeSet<_> = case.application.interviews.iter().map(|it| (it.held_on, it.round)).collect();
        prop_assume!(rounds.len() == case.application.interviews.len());
        let numbers: Vec<(i64, i64)> = (1..).zip(&other.application.interviews).map(|(new, it)| (it.id, new)).collect();
        let new = |old: i64| numbers.iter().find(|(it, _)| *it == old).map_or(old, |(_, new)| *new);
        other.application.interviews.iter_mut().for_each(|it| it.id = new(it.id));
        for (id, followup) in (1..).zip(&mut other.followups) {
            (followup.id, followup.anchor.interview) = (id, new(followup.anchor.interview));
        }
        let mut expected = course(now, &case, &etiquette);
        if let Course::Step(due) = &mut expected {
            due.anchor.interview = new(due.anchor.interview);
        }
        prop_assert_eq!(expected, course(now, &other, &etiquette));
        let coming = |case: &Case| plan(now, case, &etiquette, &Budget::default()).coming;
        prop_assert_eq!(coming(&case), coming(&other));
    }

    #[test]
    fn what_goes_keeps_the_gap_the_limit_and_the_office_hours(
        applications in (any_application(1), any_application(2), any_application(3)),
        which in subsequence(vec![0, 1, 2], 1..=3),
        gap in 1_u32..8,
        most in 1_u32..4,
    ) {
        let all = [applications.0, applications.1, applications.2];
        let applications: Vec<Application> = which.iter().map(|&place| all[place].clone()).collect();
        let etiquette = Etiquette { per_employer: gap, max_letters: most, ..etiquette() };
        let sent = live(applications.clone(), &etiquette);
        let of = |id| applications.iter().find(|it| it.id == id).unwrap();
        for (place, letter) in sent.iter().enumerate() {
            let application = of(letter.application);
            let (calendar, there) = (etiquette.calendar_of(application), local(letter.at, application));
            prop_assert!((9..17).contains(&there.hour()) && calendar.is_business_day(there.date()), "{there}");
            if let Some(before) = place.checked_sub(1).map(|place| &sent[place]) {
                let free_again = calendar.business_days_after(local(before.at, application).date(), gap);
                prop_assert!(there.date() >= free_again, "{before:?} {letter:?}");
            }
            let is_like = |it: &&Sent| it.interview == letter.interview && it.rule.stage() != Stage::ThankYou;
            prop_assert!(sent.iter().filter(is_like).count() <= most as usize, "{sent:?}");
            let is_same = |it: &&Sent| it.interview == letter.interview && it.rule == letter.rule;
            prop_assert_eq!(sent.iter().filter(is_same).count(), 1, "{:?}", sent);
        }
    }

    #[test]
    fn any_strategy_gives_windows_in_order(
        it in any_application(1),
        opens in 1_u32..60,
        length in 0_u32..60,
        business in (any::<bool>(), any::<bool>()),
    ) {
        let offset = |days, business| if business { Offset::BusinessDays(days) } else { Offset::Days(days) };
        let rules = [Rule::ThankYou, Rule::Promise, Rule::SecondInterview, Rule::FirstInterview, Rule::Call];
        let rules = rules.into_iter().chain([Rule::SecondLetter, Rule::LastLetter]);
        let step = |rule| Step { rule, opens: offset(opens, business.0), closes: offset(opens + length, business.1) };
        let steps = rules.map(step);
        let etiquette = Etiquette { strategy: Strategy::new(steps.collect()), max_letters: 3, ..etiquette() };
        let dues = all_due(&Application { strategy: None, ..it }, &etiquette);
        prop_assert!(dues.iter().all(|due| due.window.opens < due.window.closes));
        let stages: Vec<Stage> = dues.iter().map(|due| due.rule.stage()).collect();
        prop_assert!(stages.is_sorted() && dues.len() <= 5, "{stages:?}");
    }
}

#[test]
fn the_life_that_is_judged_here_has_letters_of_every_step() {
    let it = Application {
        contact: Contact {
            name: None,
            email: Some("jane@globex.example".to_owned()),
            phone: Some("+44 20 7946 0000".to_owned()),
        },
        ..crate::situation::globex(Interview {
            id: 1,
            held_on: date(2026, 11, 3),
            round: 2,
            promised_on: Some(date(2026, 11, 6)),
        })
    };
    let rules: Vec<(Rule, Date)> =
        live(vec![it.clone()], &etiquette()).iter().map(|sent| (sent.rule, local(sent.at, &it).date())).collect();
    assert_eq!(
        rules,
        [
            (Rule::ThankYou, date(2026, 11, 4)),
            (Rule::Promise, date(2026, 11, 13)),
            (Rule::SecondLetter, date(2026, 11, 27)),
        ]
    );
}

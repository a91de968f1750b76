//! What will happen until a date, foreseen by running the plan forward: by hand on a calendar, against the
//! daemon's own work, and for any case at all.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

// The paths are spelled out so that these files do not become tests of their own.
#[path = "forecast/any.rs"]
mod any;
#[path = "forecast/limits.rs"]
mod limits;
#[path = "forecast/reality.rs"]
mod reality;

use followup::core::application::{Answer, Application, Contact, Interview};
use followup::core::calendar::{OfficeDays, OfficeHours};
use followup::core::etiquette::{Etiquette, Stage, Strategy};
use followup::core::followup::{Event, FollowUp, Kind, Phase, Told};
use followup::core::forecast::{Foreseen, Ledger, forecast};
use followup::core::holidays::Calendars;
use followup::core::letter::{Letters, Sender};
use followup::core::pace::Budget;
use followup::core::plan::{Action, Case, plan};
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

/// Application `id` to a company in New York, after a second interview on `held_on`.
fn application(id: i64, company: &str, held_on: Date, promised_on: Option<Date>) -> Application {
    // Companies of one mail domain would be one employer.
    let domain = company.trim().to_lowercase().replace(' ', "-");
    let email = Some(format!("application-{id}@{domain}.example"));
    Application {
        id,
        company: company.to_owned(),
        position: "Analyst".to_owned(),
        contact: Contact { name: Some("Jane Doe".to_owned()), email, phone: None },
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
        added_at: held_on.at(18, 0, 0, 0).in_tz(NEW_YORK).unwrap().timestamp(),
        interviews: vec![Interview { id, held_on, round: 2, promised_on }],
    }
}

/// The interview was on Tue 3 November 2026, the answer promised by Fri 6 November: the letter may go from the
/// 13th to the 27th, and late until 25 December.
fn promised(id: i64, company: &str) -> Case {
    let application = application(id, company, date(2026, 11, 3), Some(date(2026, 11, 6)));
    Case::new(application, 1, vec![])
}

/// An instant by the wall clock of New York.
fn at(wall: &str) -> Timestamp {
    let wall: jiff::civil::DateTime = wall.replace(' ', "T").parse().unwrap();
    wall.in_tz(NEW_YORK).unwrap().timestamp()
}

/// What the daemon would record at `now`, without telling anybody.
fn settled(mut case: Case, now: Timestamp, etiquette: &Etiquette) -> Case {
    for _ in 0..8 {
        match plan(now, &case, etiquette, &Budget::default()).action {
            Some(Action::Begin(due)) => {
                let id = case.application.id * 100 + case.followups.len() as i64;
                case.followups.push(FollowUp { id, ..FollowUp::begun(case.application.id, &due) });
            }
            Some(Action::Record { followup, event }) => {
                assert_eq!(case.current().unwrap().id, followup);
                case = after(case, event, now);
            }
            Some(Action::Send { .. }) | None => return case,
        }
    }
    panic!("the plan does not come to rest");
}

/// `case` after something happened to its newest follow-up.
fn after(mut case: Case, event: Event, now: Timestamp) -> Case {
    let followup = case.followups.last_mut().unwrap();
    *followup = followup.clone().on(event, now).unwrap();
    case
}

/// `case` with its letter composed and approved at `now`.
fn approved(case: Case, now: Timestamp, etiquette: &Etiquette) -> Case {
    let case = settled(case, now, etiquette);
    let digest = case.open().unwrap().phase.draft().unwrap().digest;
    after(case, Event::Approve { digest }, now)
}

/// The forecast from `now` until `until`, as lines: when in New York, whose, what.
fn foreseen(cases: &[Case], now: &str, until: &str) -> Vec<String> {
    foreseen_with(cases, now, until, &etiquette(), Ledger::default())
}

fn foreseen_with(cases: &[Case], now: &str, until: &str, etiquette: &Etiquette, ledger: Ledger) -> Vec<String> {
    lines(&forecast(cases.to_vec(), at(now), at(until), etiquette, ledger))
}

fn lines(foreseen: &[Foreseen]) -> Vec<String> {
    let line = |it: &Foreseen| {
        let at = it.at.to_zoned(TimeZone::get(NEW_YORK).unwrap());
        let format = if at.second() == 0 { "%a %-d %b %H:%M" } else { "%a %-d %b %H:%M:%S" };
        format!("{} {} {}", at.strftime(format), it.application, it.what.word())
    };
    foreseen.iter().map(line).collect()
}

#[test]
fn a_letter_that_nobody_looks_after_is_asked_for_reminded_of_turns_late_and_lapses() {
    let life = [
        "Fri 13 Nov 09:00 3 ask",
        "Sat 14 Nov 09:00 3 remind",
        "Sun 15 Nov 09:00 3 remind",
        "Mon 16 Nov 09:00 3 remind",
        "Fri 27 Nov 17:00 3 late",
        "Sat 28 Nov 17:00 3 remind",
        "Sun 29 Nov 17:00 3 remind",
        "Mon 30 Nov 17:00 3 remind",
        "Fri 25 Dec 17:00 3 lapse",
        // Nothing more can come; the next business day.
        "Mon 28 Dec 09:00 3 let-go",
    ];
    assert_eq!(foreseen(&[promised(3, "Globex")], "2026-11-10 12:00", "2027-12-31 00:00"), life);
}

#[test]
fn what_was_told_already_is_not_told_again_before_its_reminder() {
    let now = at("2026-11-13 10:00");
    let mut case = settled(promised(3, "Globex"), now, &etiquette());
    let name = case.followups[0].phase.draft().unwrap().digest.to_string();
    case.followups[0].told = Told::default().again(name.clone(), now).again(name, at("2026-11-14 10:00"));
    let expected = ["Sun 15 Nov 10:00 3 remind", "Mon 16 Nov 10:00 3 remind"];
    assert_eq!(foreseen(&[case], "2026-11-14 12:00", "2026-11-20 00:00"), expected);
}

#[test]
fn an_approved_letter_goes_to_the_minute() {
    // Approved at, goes at. A second letter is asked for ten business days later and closes after twenty, a week day for
    // a week day; twenty later it is given up, and on the next business day it is time to let go.
    let second = |days: [&str; 10]| {
        let what = ["ask", "remind", "remind", "remind", "late", "remind", "remind", "remind", "lapse", "let-go"];
        days.iter().zip(what).map(|(day, what)| format!("{day} 3 {what}")).collect::<Vec<_>>()
    };
    let table = [
        (
            "2026-11-16 10:00",
            "Mon 16 Nov 10:00:30 3 send",
            second([
                "Mon 30 Nov 09:00",
                "Tue 1 Dec 09:00",
                "Wed 2 Dec 09:00",
                "Thu 3 Dec 09:00",
                "Mon 14 Dec 17:00",
                "Tue 15 Dec 17:00",
                "Wed 16 Dec 17:00",
                "Thu 17 Dec 17:00",
                "Mon 11 Jan 17:00",
                "Tue 12 Jan 09:00",
            ]),
        ),
        (
            "2026-11-16 16:59:45",
            "Tue 17 Nov 09:00 3 send",
            second([
                "Tue 1 Dec 09:00",
                "Wed 2 Dec 09:00",
                "Thu 3 Dec 09:00",
                "Fri 4 Dec 09:00",
                "Tue 15 Dec 17:00",
                "Wed 16 Dec 17:00",
                "Thu 17 Dec 17:00",
                "Fri 18 Dec 17:00",
                "Tue 12 Jan 17:00",
                "Wed 13 Jan 09:00",
            ]),
        ),
        (
            "2026-11-20 18:00",
            "Mon 23 Nov 09:00 3 send",
            second([
                "Mon 7 Dec 09:00",
                "Tue 8 Dec 09:00",
                "Wed 9 Dec 09:00",
                "Thu 10 Dec 09:00",
                "Mon 21 Dec 17:00",
                "Tue 22 Dec 17:00",
                "Wed 23 Dec 17:00",
                "Thu 24 Dec 17:00",
                "Mon 18 Jan 17:00",
                "Tue 19 Jan 09:00",
            ]),
        ),
    ];
    for (now, goes, second) in table {
        let case = approved(promised(3, "Globex"), at(now), &etiquette());
        let expected = [vec![goes.to_owned()], second].concat();
        assert_eq!(foreseen(&[case], now, "2027-12-31 00:00"), expected, "{now}");
    }
}

#[test]
fn an_approved_letter_whose_time_is_over_first_is_asked_anew_and_not_sent() {
    let now = "2026-11-27 16:59:45";
    let case = approved(promised(3, "Globex"), at(now), &etiquette());
    assert_eq!(foreseen(&[case], now, "2026-11-28 00:00"), ["Fri 27 Nov 17:00 3 late"]);
}

#[test]
fn a_snoozed_letter_is_asked_for_when_its_day_has_come_late_if_its_window_is_over_by_then() {
    let now = "2026-11-13 10:00";
    let waiting = settled(promised(3, "Globex"), at(now), &etiquette());
    let snoozed = |until| after(waiting.clone(), Event::Snooze { until }, at(now));
    let first = |until| foreseen(&[snoozed(until)], now, "2027-12-31 00:00").remove(0);
    assert_eq!(first(date(2026, 11, 20)), "Fri 20 Nov 09:00 3 ask");
    assert_eq!(first(date(2026, 11, 30)), "Mon 30 Nov 09:00 3 late");
    assert_eq!(first(date(2026, 12, 26)), "Sat 26 Dec 09:00 3 lapse");
}

#[test]
fn nothing_comes_of_what_is_answered_closed_held_or_without_an_interview() {
    let now = "2026-11-16 10:00";
    let planned = promised(3, "Globex");
    let waiting = settled(planned.clone(), at(now), &etiquette());
    let cases = [approved(planned.clone(), at(now), &etiquette()), planned, waiting];
    let changes: [fn(&mut Application); 5] = [
        |it| it.answer = Some(Answer::Reply),
        |it| it.closed = true,
        |it| it.interviews.clear(),
        |it| it.language = "tlh".to_owned(),
        |it| it.interviews[0].held_on = date(2026, 11, 18),
    ];
    for (case, (number, change)) in cases.iter().flat_map(|case| changes.iter().enumerate().map(move |it| (case, it))) {
        let mut case = case.clone();
        change(&mut case.application);
        assert_eq!(foreseen(&[case], now, "2027-12-31 00:00"), [""; 0], "change {number}");
    }
}

#[test]
fn where_a_phone_call_can_reach_them_and_no_letter_the_call_is_asked_for_and_let_pass() {
    let now = "2026-11-16 10:00";
    let planned = promised(3, "Globex");
    let waiting = settled(planned.clone(), at(now), &etiquette());
    for mut case in [approved(planned.clone(), at(now), &etiquette()), planned, waiting] {
        (case.application.contact.email, case.application.contact.phone) = (None, Some("+1 555 0100".to_owned()));
        let expected = [
            "Mon 16 Nov 10:00 3 ask",
            "Tue 17 Nov 10:00 3 remind",
            "Wed 18 Nov 10:00 3 remind",
            "Thu 19 Nov 10:00 3 remind",
            "Fri 27 Nov 17:00 3 lapse",
            "Mon 30 Nov 09:00 3 let-go",
        ];
        assert_eq!(foreseen(&[case], now, "2027-12-31 00:00"), expected);
    }
}

#[test]
fn news_that_are_not_told_yet_come_first() {
    use followup::core::delivery::Outcome;
    let now = "2026-11-16 10:00";
    let told = "Mon 16 Nov 11:00 3 tell";
    let outcomes = [
        // Ten business days after it was refused, if the address is not corrected.
        (Outcome::Rejected { reply: "550".to_owned() }, vec![told, "Mon 30 Nov 09:00 3 let-go"]),
        // This is the person's to settle, and nothing follows before.
        (Outcome::Uncertain { why: "lost".to_owned() }, vec![told]),
    ];
    for (outcome, expected) in outcomes {
        let case = approved(promised(3, "Globex"), at(now), &etiquette());
        let digest = case.open().unwrap().phase.draft().unwrap().digest;
        let case = after(case, Event::Claim { digest, message_id: "<1@me.example>".to_owned() }, at(now));
        let case = after(case, Event::Submitted(outcome), at(now));
        let rests = Ledger::new(Some(at("2026-11-16 11:00")));
        let told = foreseen_with(&[case], now, "2027-12-31 00:00", &etiquette(), rests);
        assert_eq!(told, expected);
    }
}

#[test]
fn the_last_instant_belongs_to_the_forecast_and_nothing_after_it() {
    let ask = |until: Timestamp| {
        let cases = vec![promised(3, "Globex")];
        forecast(cases, at("2026-11-10 12:00"), until, &etiquette(), Ledger::default()).len()
    };
    let opens = at("2026-11-13 09:00");
    assert_eq!((ask(opens), ask(opens - SignedDuration::from_millis(1))), (1, 0));
    assert_eq!(foreseen(&[promised(3, "Globex")], "2026-11-16 12:00", "2026-11-16 11:00"), [""; 0]);
}

#[test]
fn what_happens_at_one_instant_is_in_the_order_of_the_applications_however_they_come() {
    let cases = [5, 3, 4].map(|id| promised(id, &format!("Company {id}")));
    let expected = ["Fri 13 Nov 09:00 3 ask", "Fri 13 Nov 09:00 4 ask", "Fri 13 Nov 09:00 5 ask"];
    assert_eq!(foreseen(&cases, "2026-11-10 12:00", "2026-11-13 12:00"), expected);
}

//! Every time zone of this machine's zone data, at every change of its clocks from 2026 to 2037: a letter goes in the
//! recipient's office hours, in its window, and as soon as these allow it. The judge is the wall clock: an instant is
//! asked what it is called there, while the program asks the other way round.

use std::collections::BTreeMap;

use jiff::civil::Weekday;
use jiff::{ToSpan, tz};

use super::*;
use followup::core::etiquette::Window;
use followup::core::followup::Approval;
use followup::core::pace::{may_go_at, must_begin_before};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
/// Every zone's clock differs from Greenwich by so many, or few of them.
const QUARTER: SignedDuration = SignedDuration::from_mins(15);
const INSTANT: SignedDuration = SignedDuration::from_millis(1);

const ALWAYS: Window = Window { opens: Timestamp::MIN, closes: Timestamp::MAX };

/// All names, links too, and what each stands for.
fn zones() -> Vec<(String, TimeZone)> {
    let names: Vec<String> = tz::db().available().map(|name| name.as_str().to_owned()).collect();
    assert!(names.len() > 400, "this machine knows {} zones only: install tzdata", names.len());
    names.into_iter().map(|name| (name.clone(), TimeZone::get(&name).unwrap())).collect()
}

/// The instants from which clocks there are others, 2026 to 2037.
fn changes(zone: &TimeZone) -> Vec<Timestamp> {
    changes_in(zone, 2026, 2038)
}

/// The same, from the beginning of the one year until that of the other.
fn changes_in(zone: &TimeZone, from: i16, until: i16) -> Vec<Timestamp> {
    let begins = |year| date(year, 1, 1).to_zoned(TimeZone::UTC).unwrap().timestamp();
    let (first, end) = (begins(from), begins(until));
    let later = zone.following(first - INSTANT).map(|change| change.timestamp());
    later.take_while(|&change| change < end).collect()
}

/// One name of each set of zones that have the same time all along.
fn different_zones() -> Vec<(String, TimeZone)> {
    let offset_at = |zone: &TimeZone, at: Timestamp| zone.to_offset(at).seconds();
    let mut different = BTreeMap::new();
    for (name, zone) in zones() {
        let story: Vec<_> = changes(&zone).into_iter().map(|at| (at, offset_at(&zone, at))).collect();
        different.entry((offset_at(&zone, at("2026-01-01 00:00", "UTC")), story)).or_insert((name, zone));
    }
    different.into_values().collect()
}

/// Whether an office from nine to five is open, by the clock on its wall.
fn is_open(at: Timestamp, zone: &TimeZone) -> bool {
    let there = at.to_zoned(zone.clone());
    let is_free = matches!(there.weekday(), Weekday::Saturday | Weekday::Sunday);
    !is_free && (9..17).contains(&there.hour())
}

/// Goes through the days around `change`, from each moment at which the letter may go to the end of the office's day.
fn days_around(name: &str, zone: &TimeZone, change: Timestamp, may_go: impl Fn(Timestamp) -> Timestamp) {
    let mut now = change - SignedDuration::from_hours(30);
    while now < change + SignedDuration::from_hours(60) {
        let goes = may_go(now);
        let there = goes.to_zoned(zone.clone());
        assert!(goes >= now && is_open(goes, zone), "{name}: asked at {now}, it goes at {there}");
        assert!(goes == now || !is_open(goes - INSTANT, zone), "{name}: asked at {now}, it goes as late as {there}");
        while now < goes {
            assert!(!is_open(now, zone), "{name}: it could have gone at {now} and goes at {there}");
            now += QUARTER;
        }
        now = goes;
        while is_open(now, zone) {
            now += QUARTER;
        }
        assert_eq!(may_go(now - INSTANT), now - INSTANT, "{name}: its office is open until {now}");
    }
}

/// Promised for two weeks before `change`, so that the window is open around it.
fn case_around(name: &str, zone: &TimeZone, change: Timestamp) -> Case {
    let promised_on = change.to_zoned(zone.clone()).date() - 14.days();
    let mut case = in_zone(name, interviewed(promised_on - 3.days(), 2, Some(promised_on)));
    case.application.added_at = change - SignedDuration::from_hours(16 * 24);
    case
}

fn in_zone(name: &str, case: Case) -> Case {
    let application = Application { timezone: Some(name.to_owned()), ..case.application };
    Case { application, ..case }
}

/// The yes to some letter, long ago.
fn approval() -> Approval {
    let now = in_new_york("2026-11-13 09:00");
    let digest = draft(&waiting(promise_case(), now, &etiquette())).digest;
    Approval { digest, at: at("2025-12-01 12:00", "UTC") }
}

#[test]
#[expect(clippy::print_stdout, reason = "how many there are is for people to read")]
fn in_every_zone_at_every_change_a_letter_goes_when_the_office_is_open_and_as_soon_as_it_is() {
    let (etiquette, approval) = (etiquette(), approval());
    let (zones, mut seen) = (zones(), 0);
    for (name, zone) in &zones {
        let application = in_zone(name, promise_case()).application;
        let may_go = |now| {
            let goes = may_go_at(now, &application, &approval, &Tries::default(), &etiquette, &Budget::default());
            let end = must_begin_before(goes, &application, ALWAYS, &etiquette);
            assert!(goes < end && is_open(end - INSTANT, zone) && !is_open(end, zone), "{name}: {goes} to {end}");
            goes
        };
        let changes = changes(zone);
        seen += changes.len();
        // A zone whose clocks never change has an ordinary day too.
        changes.into_iter().chain([at("2026-07-15 12:00", "UTC")]).for_each(|it| days_around(name, zone, it, may_go));
    }
    println!("{} zones, {seen} changes from 2026 to 2037", zones.len());
}

/// How many days after the date from which it is counted a window opens and closes, by the weekday of that date.
fn days_of_the_window(rule: Rule, weekday: Weekday) -> (i64, i64) {
    match (rule, weekday) {
        // Five and fifteen business days; from the weekend they are counted as from the Friday before it.
        (Rule::Promise, Weekday::Saturday) => (6, 20),
        (Rule::Promise, Weekday::Sunday) => (5, 19),
        (Rule::Promise, _) => (7, 21),
        // Two and three weeks, or the Monday after.
        (_, Weekday::Saturday) => (16, 23),
        (_, Weekday::Sunday) => (15, 22),
        _ => (14, 21),
    }
}

#[test]
fn in_every_zone_at_every_change_a_window_opens_at_nine_and_closes_at_five_on_its_days() {
    let etiquette = etiquette();
    for (name, zone) in zones() {
        let mut case = in_zone(&name, promise_case());
        for change in changes(&zone) {
            let day = change.to_zoned(zone.clone()).date();
            // So that it opens, or closes, on that day or beside it.
            for days in [5, 6, 7, 8, 13, 14, 15, 16, 19, 20, 21, 22, 23] {
                let counted_from = day - days.days();
                for rule in [Rule::Promise, Rule::SecondInterview] {
                    let (held_on, promised_on) = match rule {
                        Rule::Promise => (counted_from - 1.day(), Some(counted_from)),
                        _ => (counted_from, None),
                    };
                    case.application.interviews = vec![Interview { id: 1, held_on, round: 2, promised_on }];
                    let (opens, closes) = days_of_the_window(rule, counted_from.weekday());
                    let opens = counted_from + opens.days();
                    // Nobody is asked in late December about what nobody promised.
                    let later = if rule != Rule::Promise && opens.month() == 12 && opens.day() >= 18 { 7 } else { 0 };
                    let wall = |at: Timestamp| at.to_zoned(zone.clone()).datetime();
                    let window = etiquette.letter_due(&case.application).unwrap().window;
                    let on = |date: Date, hour| (date + later.days()).at(hour, 0, 0, 0);
                    let expected = (on(opens, 9), on(counted_from + closes.days(), 17));
                    assert_eq!((wall(window.opens), wall(window.closes)), expected, "{name}: {rule:?} {counted_from}");
                }
            }
        }
    }
}

#[test]
fn around_every_change_the_plan_asks_from_the_windows_first_minute_on_and_sends_when_the_office_is_open() {
    let etiquette = etiquette();
    let nothing_used = Budget::default();
    for (name, zone) in different_zones() {
        for change in changes(&zone) {
            let case = case_around(&name, &zone, change);
            let opens = etiquette.letter_due(&case.application).unwrap().window.opens;
            let before = plan(opens - INSTANT, &case, &etiquette, &nothing_used);
            assert_eq!((before.action, before.wake_at), (None, Some(opens)), "{name}");
            let case = approved(case, opens, &etiquette);
            days_around(&name, &zone, change, |now| {
                let next = plan(now.max(opens), &case, &etiquette, &nothing_used);
                match next.action {
                    Some(Action::Send { .. }) => now.max(opens),
                    None => next.wake_at.unwrap(),
                    other => panic!("{name}: {other:?}"),
                }
            });
        }
    }
}

#[test]
fn around_every_change_odd_hours_are_kept_too_by_the_clock_on_the_wall() {
    let approval = approval();
    let odd = [(0, 1440), (0, 90), (30, 150), (90, 1290), (90, 120), (150, 1440), (1350, 1410), (1380, 1440)];
    for (name, zone) in different_zones() {
        let application = in_zone(&name, promise_case()).application;
        for (from, to) in odd {
            let hours = OfficeHours { from, to, days: OfficeDays::All };
            let etiquette = Etiquette { hours, ..etiquette() };
            let is_within = |at: Timestamp| {
                let there = at.to_zoned(zone.clone());
                (from..to).contains(&u16::try_from(i16::from(there.hour()) * 60 + i16::from(there.minute())).unwrap())
            };
            for change in changes(&zone) {
                let mut now = change - SignedDuration::from_hours(3);
                while now < change + SignedDuration::from_hours(3) {
                    let goes =
                        may_go_at(now, &application, &approval, &Tries::default(), &etiquette, &Budget::default());
                    let there = goes.to_zoned(zone.clone());
                    assert!(is_within(goes), "{name}: {from} to {to}: asked at {now}, it goes at {there}");
                    let window = Window { closes: goes + SignedDuration::from_hours(48), ..ALWAYS };
                    let end = must_begin_before(goes, &application, window, &etiquette);
                    assert!(goes < end && is_within(end - INSTANT), "{name}: {from} to {to}: {there} until {end}");
                    assert!(
                        goes.duration_since(now) < SignedDuration::from_hours(49),
                        "{name}: asked at {now}, it goes at {there}"
                    );
                    now += 10 * MINUTE;
                }
            }
        }
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "how many there are is for people to read")]
fn on_a_day_that_a_country_skips_nothing_goes_and_nothing_goes_for_it_on_the_day_after() {
    let (etiquette, approval) = (etiquette(), approval());
    let (mut skipped, a_day) = (Vec::new(), 23 * 60 * 60);
    for (name, zone) in zones() {
        let offset_at = |at: Timestamp| zone.to_offset(at).seconds();
        for change in changes_in(&zone, 1970, 2026) {
            if offset_at(change) - offset_at(change - INSTANT) < a_day {
                continue;
            }
            let mut case = case_around(&name, &zone, change);
            let may_go = |case: &Case, now| {
                let (tries, nothing_used) = (Tries::default(), Budget::default());
                let approval = Approval { at: Timestamp::MIN, ..approval.clone() };
                may_go_at(now, &case.application, &approval, &tries, &etiquette, &nothing_used)
            };
            days_around(&name, &zone, change, |now| may_go(&case, now));
            // The window opens on the day that there is none of, if anybody would have worked.
            let missing = (change - INSTANT).to_zoned(zone.clone()).date() + 1.day();
            case.application.interviews[0].promised_on = Some(missing - 7.days());
            let due = etiquette.letter_due(&case.application).unwrap();
            let goes = may_go(&case, due.window.opens);
            let is_well = due.opens_on != missing || (due.window.opens >= change && is_open(goes, &zone));
            assert!(is_well, "{name}: {due:?}, it goes at {goes}");
            skipped.push(format!("{name} {missing}"));
        }
    }
    assert!(
        ["Pacific/Apia 2011-12-30", "Pacific/Kwajalein 1993-08-21"].iter().all(|it| skipped.contains(&(*it).into()))
    );
    println!("{skipped:?}");
}

/// Zones of every kind: clocks that change at midnight, on a Friday, by half an hour, in Ramadan, in winter, never.
const OF_EVERY_KIND: [&str; 12] = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Havana",
    "America/New_York",
    "America/Nuuk",
    "Asia/Gaza",
    "Asia/Jerusalem",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
];

#[test]
fn a_day_that_has_had_its_letters_ends_at_the_persons_midnight_and_the_next_goes_in_the_recipients_office_hours() {
    let approval = approval();
    let used_up = Budget { sent_today: 20, ..Budget::default() };
    for person in OF_EVERY_KIND {
        let mine = TimeZone::get(person).unwrap();
        let etiquette = Etiquette { zone: mine.clone(), ..etiquette() };
        let day = |at: Timestamp| at.to_zoned(mine.clone()).date();
        for recipient in OF_EVERY_KIND {
            let theirs = TimeZone::get(recipient).unwrap();
            let application = in_zone(recipient, promise_case()).application;
            for change in [changes_in(&mine, 2026, 2029), changes_in(&theirs, 2026, 2029)].concat() {
                for hours in (-30..30).step_by(7) {
                    let now = change + SignedDuration::from_hours(hours);
                    let goes = may_go_at(now, &application, &approval, &Tries::default(), &etiquette, &used_up);
                    let may_go = |at| day(at) > day(now) && is_open(at, &theirs);
                    let story = format!("{person} to {recipient}: asked at {now}, it goes at {goes}");
                    assert!(may_go(goes) && !may_go(goes - INSTANT), "{story}");
                    let mut between = now;
                    while between < goes {
                        assert!(!may_go(between), "{story}, not at {between}");
                        between += 4 * QUARTER;
                    }
                }
            }
        }
    }
}

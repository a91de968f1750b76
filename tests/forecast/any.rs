//! For any case: the forecast begins with what the plan says is coming, never goes back in time, keeps the
//! hours, ends, and gives the same again.

use followup::core::forecast::Happening;
use followup::core::plan::What;
use proptest::prelude::{Just, ProptestConfig, Strategy, prop_assert, prop_assert_eq, prop_oneof, proptest};

use super::*;

/// What the person has done by now.
#[derive(Debug, Clone, Copy)]
enum Done {
    Nothing,
    Looked,
    Approved,
    Snoozed(i64),
    Rejected,
    Answered,
}

#[derive(Debug, Clone)]
struct Any {
    held_on: Date,
    round: u32,
    promised_after: Option<i64>,
    zone: &'static str,
    phone: bool,
    done: Done,
    /// Hours from the interview to that, and from that to now.
    hours: (i64, i64),
}

fn any() -> impl Strategy<Value = Any> {
    let zones = ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "America/St_Johns", "UTC"];
    let done = prop_oneof![
        Just(Done::Nothing),
        Just(Done::Looked),
        Just(Done::Approved),
        (0..60_i64).prop_map(Done::Snoozed),
        Just(Done::Rejected),
        Just(Done::Answered),
    ];
    let promised_after = proptest::option::of(0..30_i64);
    let zones = proptest::sample::select(zones.to_vec());
    let facts = (0..500_i64, 1..4_u32, promised_after, zones, proptest::bool::ANY);
    // More often than not beyond the time for thanks.
    let first = prop_oneof![0..120_i64, 0..1500_i64];
    (facts, done, first, 0..600_i64).prop_map(|((day, round, promised_after, zone, phone), done, first, second)| Any {
        held_on: date(2026, 9, 1).saturating_add(jiff::Span::new().days(day)),
        round,
        promised_after,
        zone,
        phone,
        done,
        hours: (first, second),
    })
}

/// What is set, in few words: an etiquette fills screens.
#[derive(Debug, Clone)]
struct Settings {
    hours: OfficeHours,
    per_day: Option<u32>,
    per_employer: u32,
    /// In hours.
    remind: i64,
}

impl Settings {
    fn etiquette(&self) -> Etiquette {
        let Settings { hours, per_day, per_employer, remind } = self.clone();
        Etiquette { hours, per_day, per_employer, remind: Some(SignedDuration::from_hours(remind)), ..etiquette() }
    }
}

fn any_settings() -> impl Strategy<Value = Settings> {
    let hours = prop_oneof![
        Just(OfficeHours { from: 540, to: 1020, days: OfficeDays::BusinessDays }),
        Just(OfficeHours { from: 0, to: 1440, days: OfficeDays::All }),
        Just(OfficeHours { from: 0, to: 1440, days: OfficeDays::BusinessDays }),
        // Around the hours that daylight saving skips and repeats.
        Just(OfficeHours { from: 90, to: 150, days: OfficeDays::All }),
    ];
    let settings = (hours, proptest::option::of(1..4_u32), 0..8_u32, 1..60_i64);
    settings.prop_map(|(hours, per_day, per_employer, remind)| Settings { hours, per_day, per_employer, remind })
}

/// The case as it stands now, and when that is.
fn standing(id: i64, any: &Any, etiquette: &Etiquette) -> (Case, Timestamp) {
    let promised_on = any.promised_after.map(|days| any.held_on.saturating_add(jiff::Span::new().days(days)));
    let mut application = application(id, &format!("Company {}", id % 3), any.held_on, promised_on);
    application.timezone = Some(any.zone.to_owned());
    application.interviews[0].round = any.round;
    application.contact.phone = any.phone.then(|| "+1 555 0100".to_owned());
    let then = application.added_at + SignedDuration::from_hours(any.hours.0);
    let now = then + SignedDuration::from_hours(any.hours.1);
    let case = settled(Case::new(application, 1, vec![]), then, etiquette);
    let Some(open) = case.open() else { return (case, now) };
    let event = match any.done {
        Done::Nothing => return (case, now),
        Done::Looked => {
            let (mut case, id) = (case.clone(), open.id);
            let open = case.followups.iter_mut().find(|it| it.id == id).unwrap();
            if let Some(draft) = open.phase.draft() {
                open.told = Told::default().again(draft.digest.to_string(), then);
            }
            return (case, now);
        }
        Done::Approved => Event::Approve { digest: open.phase.draft().unwrap().digest },
        Done::Snoozed(days) => {
            let today = then.to_zoned(etiquette.zone.clone()).date();
            Event::Snooze { until: today.saturating_add(jiff::Span::new().days(days)) }
        }
        Done::Rejected => Event::Reject { why: None },
        Done::Answered => Event::Heard { answer: Answer::Reply },
    };
    (after(case, event, then), now)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_begins_with_what_the_plan_says_is_coming(any in any(), settings in any_settings()) {
        let etiquette = settings.etiquette();
        let (case, now) = standing(3, &any, &etiquette);
        let case = settled(case, now, &etiquette);
        let next = plan(now, &case, &etiquette, &Budget::default());
        let foreseen = forecast(vec![case], now, Timestamp::MAX, &etiquette, Ledger::default());
        let is_told_at_once = !next.tell.is_empty() || next.propose.is_some();
        let first = foreseen.iter().find(|it| it.what != Happening::Remind && !(is_told_at_once && it.at == now));
        let first = first.map(|it| (it.at, it.what));
        let expected = next.coming.map(|coming| (coming.at, coming.what));
        match (expected, first) {
            (Some((at, What::Ask)), Some((then, Happening::Ask { .. } | Happening::Lapses))) => prop_assert_eq!(at, then),
            (Some((at, What::TurnsLate)), Some((then, Happening::Ask { late: true }))) => prop_assert_eq!(at, then),
            (Some((at, What::Send)), Some((then, Happening::Send))) => prop_assert_eq!(at, then),
            (Some((at, What::Lapses)), Some((then, Happening::Lapses))) => prop_assert_eq!(at, then),
            // A call is asked for as a letter is, but never late.
            (Some((at, What::Call)), Some((then, Happening::Ask { late: false } | Happening::Lapses))) => prop_assert_eq!(at, then),
            (Some((at, What::LetGo)), Some((then, Happening::LetGo))) => prop_assert_eq!(at, then),
            (None, None) => {}
            other => prop_assert!(false, "coming and foreseen: {:?}", other),
        }
    }

    #[test]
    fn it_keeps_hours_order_and_end(anys in proptest::collection::vec(any(), 1..8), settings in any_settings()) {
        let etiquette = settings.etiquette();
        let standing: Vec<(Case, Timestamp)> =
            anys.iter().zip(1..).map(|(any, id)| standing(id, any, &etiquette)).collect();
        let now = standing.iter().map(|(_, now)| *now).max().unwrap();
        let cases: Vec<Case> = standing.into_iter().map(|(case, _)| case).collect();
        let foreseen = forecast(cases.clone(), now, Timestamp::MAX, &etiquette, Ledger::default());
        prop_assert!(foreseen.is_sorted_by_key(|it| (it.at, it.application)));
        prop_assert!(foreseen.iter().all(|it| it.at >= now));
        let mut days = std::collections::BTreeMap::<Date, u32>::new();
        for it in foreseen.iter().filter(|it| it.what == Happening::Send) {
            let case = cases.iter().find(|case| case.application.id == it.application).unwrap();
            let zone = etiquette.zone_of(&case.application);
            prop_assert_eq!(etiquette.hours.next_open(it.at, &zone, etiquette.calendars.of(None, None)), it.at);
            // Only what was approved goes: thanks, or the first letter.
            let (opens, closes) = match it.step.map(|(rule, kind)| (rule.stage(), kind)) {
                Some((Stage::ThankYou, Kind::Letter)) => {
                    let held_on = case.application.interviews[0].held_on;
                    let day = |count| etiquette.calendars.of(None, None).business_days_after(held_on, count);
                    (etiquette.hours.opens(day(1), &zone), etiquette.hours.closes(day(2), &zone))
                }
                Some((Stage::Letter, Kind::Letter)) => {
                    let due = etiquette.letter_due(&case.application).unwrap();
                    (due.window.opens, due.late_closes)
                }
                other => panic!("nobody approved {other:?}"),
            };
            prop_assert!(opens <= it.at && it.at < closes);
            *days.entry(it.at.to_zoned(etiquette.zone.clone()).date()).or_default() += 1;
        }
        prop_assert!(days.values().all(|&sent| etiquette.per_day.is_none_or(|most| sent <= most)), "{:?}", days);
        for case in &cases {
            let id = case.application.id;
            let own: Vec<_> = foreseen.iter().filter(|it| it.application == id).collect();
            // Asked and reminded three times, late the same, and lapsed: that is a letter. Before it thanks, asked and
            // reminded three times, and lapsed; after one that went a call, the same. And at the end whether to let go.
            let most = if case.application.contact.phone.is_some() { 1 + 5 + 9 + 1 } else { 5 + 9 + 1 };
            prop_assert!(own.len() <= most, "{:?}", own);
            prop_assert!(own.iter().rev().skip(1).all(|it| it.what != Happening::LetGo), "{:?}", own);
            // A case that nothing is foreseen for was answered.
            let is_left_open = own.last().is_none_or(|it| it.what == Happening::LetGo);
            prop_assert!(is_left_open, "{:?}", own);
        }

        let mut shuffled = cases;
        shuffled.reverse();
        prop_assert_eq!(&forecast(shuffled.clone(), now, Timestamp::MAX, &etiquette, Ledger::default()), &foreseen);
        // What comes until a date is the beginning of what comes at all.
        let until = foreseen.get(foreseen.len() / 2).map_or(now, |it| it.at);
        let part = forecast(shuffled, now, until, &etiquette, Ledger::default());
        prop_assert_eq!(&part[..], &foreseen[..part.len()]);
        prop_assert!(foreseen[part.len()..].iter().all(|it| it.at > until));
    }
}

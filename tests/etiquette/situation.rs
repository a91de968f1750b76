//! Reads the table of situations.

use std::collections::BTreeSet;

use followup::core::application::{Answer, Application, Contact, Interview};
use followup::core::calendar::{OfficeDays, OfficeHours};
use followup::core::etiquette::{Anchor, Etiquette, Rule, Strategy, Window};
use followup::core::followup::{CancelReason, FollowUp, Kind, Phase, Told};
use followup::core::holidays::Calendars;
use followup::core::letter::{Letters, Sender};
use followup::core::plan::Case;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// The settings as they are without a change.
pub(crate) fn etiquette() -> Etiquette {
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
        calendars: Calendars::new(None, BTreeSet::new()),
        zone: TimeZone::get("Europe/London").unwrap(),
        grace: SignedDuration::from_secs(30),
        per_day: Some(20),
        per_employer: 5,
        remind: Some(SignedDuration::from_hours(24)),
    }
}

/// An application after one interview, added on its evening; in the person's own zone.
pub(crate) fn globex(interview: Interview) -> Application {
    Application {
        id: 3,
        company: "Globex".to_owned(),
        position: "Analyst".to_owned(),
        contact: Contact::default(),
        hr: Contact::default(),
        timezone: Some("Europe/London".to_owned()),
        country: None,
        region: None,
        language: "en".to_owned(),
        strategy: None,
        job_url: None,
        thread: None,
        strengths: vec![],
        closed: false,
        answer: None,
        added_at: interview.held_on.at(18, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp(),
        interviews: vec![interview],
    }
}

/// One entry of the table.
#[derive(Debug)]
pub(crate) struct Situation {
    pub name: String,
    pub case: Case,
    pub expect: String,
    /// Days that do not count, with a part of their names.
    pub because: Vec<(Date, String)>,
    zone: TimeZone,
    today: Date,
}

impl Situation {
    /// All entries of the table.
    pub(crate) fn read(table: &str) -> Vec<Self> {
        let lines = table.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
        let entries = lines.split("\n\n").map(str::trim).filter(|entry| !entry.is_empty());
        entries.map(Self::read_one).collect()
    }

    /// Noon of its day, where the recipient is.
    pub(crate) fn now(&self) -> Timestamp {
        noon(self.today, &self.zone)
    }

    pub(crate) fn zone(&self) -> TimeZone {
        self.zone.clone()
    }

    fn read_one(entry: &str) -> Self {
        let pairs: Vec<(&str, &str)> = entry.lines().map(|line| line.split_once(": ").unwrap()).collect();
        let all = |key: &str| pairs.iter().filter(|(name, _)| *name == key).map(|(_, text)| *text).collect::<Vec<_>>();
        let one = |key: &str| all(key).first().copied();
        for (key, _) in &pairs {
            let known = "name interviewed country zone profile added today phone sent called rejected lapsed answered closed \
                         expect because";
            assert!(known.split(' ').any(|it| it == *key), "{key:?} in {entry}");
        }
        let zone_name = one("zone").unwrap_or("Europe/London");
        let zone = TimeZone::get(zone_name).unwrap();
        let interviews: Vec<Interview> = (1..).zip(all("interviewed")).map(|(id, text)| interview(id, text)).collect();
        let first = interviews.iter().map(|it| it.held_on).max().unwrap();
        let country = one("country").map(|place| place.split_once('-').unwrap_or((place, "")));
        let phone = one("phone").map(|_| "+44 20 7946 0000".to_owned());
        let email = (one("phone") != Some("only")).then(|| "jane@globex.example".to_owned());
        let application = Application {
            contact: Contact { name: Some("Jane Doe".to_owned()), email, phone },
            timezone: Some(zone_name.to_owned()),
            country: country.map(|(country, _)| country.to_owned()),
            region: country.map(|(_, region)| region.to_owned()).filter(|region| !region.is_empty()),
            strategy: one("profile").map(str::to_owned),
            closed: one("closed").is_some(),
            answer: one("answered").map(|word| Answer::from_word(word).unwrap()),
            added_at: noon(one("added").map_or(first, day), &zone),
            ..globex(interviews[0])
        };
        let application = Application { interviews, ..application };
        let mut case = Case::new(application, 1, Vec::new());
        for (key, text) in &pairs {
            if let "sent" | "called" | "rejected" | "lapsed" = *key {
                let followup = happened(key, text, &case, &zone);
                case.followups.push(followup);
            }
        }
        let because = all("because").into_iter().map(|text| {
            let (date, name) = text.split_once(' ').unwrap();
            (day(date), name.to_owned())
        });
        Self {
            name: one("name").unwrap().to_owned(),
            expect: one("expect").unwrap().to_owned(),
            because: because.collect(),
            today: day(one("today").unwrap()),
            case,
            zone,
        }
    }
}

/// `2026-11-03 round 2 promised 2026-11-06`
fn interview(id: i64, text: &str) -> Interview {
    let words: Vec<&str> = text.split(' ').collect();
    let promised_on = (words.len() == 5).then(|| day(words[4]));
    Interview { id, held_on: day(words[0]), round: words[2].parse().unwrap(), promised_on }
}

/// `RULE DATE`, or `DATE` of a call; `for DATE` or `for none` behind it where it was after another promise.
fn happened(key: &str, text: &str, case: &Case, zone: &TimeZone) -> FollowUp {
    let application = &case.application;
    let (what, promise) = text.split_once(" for ").map_or((text, None), |(what, promise)| (what, Some(promise)));
    let words: Vec<&str> = what.split(' ').collect();
    let on = day(words[words.len() - 1]);
    let before = application.interviews.iter().filter(|it| it.held_on <= on);
    let interview = before.max_by_key(|it| (it.held_on, it.round, it.id)).unwrap();
    let promised_on = match promise {
        None => interview.promised_on,
        Some("none") => None,
        Some(date) => Some(day(date)),
    };
    let anchor = Anchor { promised_on, ..Anchor::of(interview) };
    let first = match (promised_on, interview.round) {
        (Some(_), _) => Rule::Promise,
        (None, 2..) => Rule::SecondInterview,
        (None, _) => Rule::FirstInterview,
    };
    let rule = match key {
        "called" if application.recipient().is_none() => first,
        "called" => Rule::Call,
        _ => Rule::from_name(words[0]).unwrap(),
    };
    let is_call = rule == Rule::Call || application.recipient().is_none();
    let at = noon(on, zone);
    let phase = match key {
        "sent" | "called" => Phase::Sent { draft: None, at, message_id: None, by: String::new() },
        "rejected" => Phase::Cancelled { draft: None, at, why: CancelReason::Rejected(None) },
        _ => Phase::Cancelled { draft: None, at, why: CancelReason::Lapsed },
    };
    FollowUp {
        id: i64::try_from(case.followups.len()).unwrap() + 1,
        application: application.id,
        kind: if is_call { Kind::Call } else { Kind::Letter },
        rule,
        anchor,
        window: Window { opens: at, closes: at },
        late: false,
        phase,
        shown: None,
        told: Told::default(),
    }
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn noon(date: Date, zone: &TimeZone) -> Timestamp {
    date.at(12, 0, 0, 0).to_zoned(zone.clone()).unwrap().timestamp()
}

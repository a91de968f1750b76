//! The words about a call that is due, and about a silence at whose end it is time to let go.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::wording::{commands, exact, letter, place};
use crate::core::application::Application;
use crate::core::calendar::{OfficeDays, OfficeHours};
use crate::core::etiquette::Window;
use crate::core::followup::Draft;
use crate::core::letter::long_date;

/// A call that is due until the end of `window`: number and script, the hours there (in `zone`), and the one line for each
/// outcome. `times`: how often that was said before.
pub(super) fn call(
    application: &Application,
    (draft, why, times): (&Draft, &str, u32),
    (window, hours): (&Window, &OfficeHours),
    now: Timestamp,
    zone: &TimeZone,
) -> String {
    let Application { id, company, position, .. } = application;
    let again = if times > 0 { "You were told before.\n" } else { "" };
    format!(
        "{position} at {company}\n{why}\n{again}This is the time to call, until {}. {}\n\n{}\n\
         First look whether they have tried to reach you, in your junk folder too. Say it in your own words.\n\n{}",
        exact(window.closes, zone),
        hours_there(hours, now, zone),
        letter(draft),
        outcomes(*id),
    )
}

/// `Their office hours are 09:00-17:00; it is Tue 14:05 in New York now.` Where letters go at any hour, nobody answers a
/// telephone at any hour.
pub fn hours_there(hours: &OfficeHours, now: Timestamp, zone: &TimeZone) -> String {
    let usual = OfficeHours { from: 9 * 60, to: 17 * 60, days: OfficeDays::BusinessDays };
    let hours = if hours.to - hours.from == 24 * 60 { &usual } else { hours };
    let time = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    let there = now.to_zoned(zone.clone()).strftime("%a %H:%M");
    format!("Their office hours are {}-{}; it is {there} in {} now.", time(hours.from), time(hours.to), place(zone))
}

/// The one line for each thing that can come of a call.
pub fn outcomes(id: i64) -> String {
    commands(&[
        ("nobody answered", format!("followup called {id} no-answer")),
        ("a machine did", format!("followup called {id} voicemail")),
        ("they need time", format!("followup called {id} still-deciding")),
        ("and named a date", format!("followup called {id} still-deciding --promised DATE")),
        ("they said no", format!("followup called {id} rejected")),
        ("it is filled", format!("followup called {id} filled")),
        ("another round", format!("followup called {id} next-round")),
        ("an offer!", format!("followup called {id} offer")),
        ("not now", format!("followup snooze {id} 2d")),
        ("not at all", format!("followup reject {id}")),
    ])
}

/// Nothing was answered since `since`, and there is no step left.
pub(super) fn unanswered(application: &Application, since: Date) -> String {
    let Application { id, company, position, .. } = application;
    format!(
        "{position} at {company}\nNothing has been noted from them since {}, and more letters would not help. \
         It may be time to let go; what you do about it is yours to say, and this is said once.\n\n{}",
        long_date(since),
        commands(&[
            ("let go", format!("followup close {id} --why unanswered")),
            ("they answered", format!("followup heard {id} reply")),
            ("they named a date", format!("followup promise {id} DATE")),
            ("another round was", format!("followup interview {id} --on DATE")),
            ("the whole story", format!("followup show {id}")),
        ]),
    )
}

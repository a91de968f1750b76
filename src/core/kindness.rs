//! What to mind before a yes: the limits of kindness that no calendar keeps. Said by `why` and by the ask; nothing is
//! kept back by it.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::application::Application;
use super::calendar::Calendar;
use super::course::{course, letters_after};
use super::etiquette::{Due, Etiquette, Stage};
use super::followup::{Kind, Phase};
use super::pace::{Budget, free_for_employer};
use super::plan::Case;
use super::whereabouts::country_of_zone;

/// Days in a row without work that make a holiday long.
const LONG: usize = 5;
/// How many business days before its end a window is nearly over.
const NEARLY_OVER: u32 = 1;
/// So many days beside a window, a long holiday still matters.
const BESIDE: i64 = 2;

/// One thing to mind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caution {
    /// Its name: `last-letter`, `same-person`, `same-employer`, `nearly-over`, `long-holiday` or `zone`.
    pub rule: &'static str,
    /// In a sentence.
    pub text: String,
}

/// Another open application with the same contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    pub id: i64,
    pub position: String,
    pub company: String,
}

/// What to mind at `now` of the step that is on its way, or comes next; `others` are the open applications with the same
/// contact, `budget` is as `case` sees it.
pub fn cautions(now: Timestamp, case: &Case, etiquette: &Etiquette, others: &[Other], budget: &Budget) -> Vec<Caution> {
    let application = &case.application;
    let course = course(now, case, etiquette);
    // What is in the hand of a server, or in doubt, is past all minding.
    let is_out = case.open().is_some_and(|it| matches!(it.phase, Phase::Sending { .. } | Phase::Uncertain { .. }));
    let is_over = application.closed || application.answer.is_some();
    let Some(due) = course.due().filter(|_| !is_over && !is_out) else { return Vec::new() };
    let found = [
        last_letter(case, due, etiquette),
        same_person(application, due, others),
        same_employer(now, application, due, etiquette, budget),
        nearly_over(now, case, due, etiquette),
        long_holiday(now, application, due, etiquette),
        zone(application, etiquette),
    ];
    found.into_iter().flatten().collect()
}

fn last_letter(case: &Case, due: &Due, etiquette: &Etiquette) -> Option<Caution> {
    if due.kind == Kind::Call || due.rule.stage() == Stage::ThankYou {
        return None;
    }
    let (number, most) = (letters_after(case, &due.anchor) + 1, etiquette.max_letters);
    let text = match most {
        1 => "this is the only letter after this interview; after it there is only letting go".to_owned(),
        _ => format!(
            "this is the last letter after this interview ({number} of {most}); after it there is only letting go"
        ),
    };
    (number >= most).then_some(Caution { rule: "last-letter", text })
}

fn same_person(application: &Application, due: &Due, others: &[Other]) -> Option<Caution> {
    let [first, more @ ..] = others else { return None };
    if due.kind == Kind::Call {
        return None;
    }
    let name = application.recipient().and_then(|it| it.name.as_deref()).unwrap_or("the contact");
    let Other { id, position, company } = first;
    let more = if more.is_empty() { String::new() } else { format!(" (and {} more)", more.len()) };
    let text =
        format!("{name} also has your application {id}, {position} at {company}{more}: do not say the same twice");
    Some(Caution { rule: "same-person", text })
}

fn same_employer(
    now: Timestamp,
    application: &Application,
    due: &Due,
    etiquette: &Etiquette,
    budget: &Budget,
) -> Option<Caution> {
    let free = free_for_employer(application, etiquette, budget).filter(|_| due.kind == Kind::Letter)?;
    let there = |at: Timestamp| at.to_zoned(etiquette.zone_of(application));
    let text = format!(
        "a letter to this employer went on {}: the next one goes {} business days after it at the earliest, {}",
        there(budget.last_to_employer?).strftime("%a %-d %b"),
        etiquette.per_employer,
        there(free).strftime("%a %-d %b %H:%M"),
    );
    (free > now.max(due.window.opens)).then_some(Caution { rule: "same-employer", text })
}

/// Letters may go at a rude hour where the person's own zone, of another country, stands for a zone that is not known.
fn zone(application: &Application, etiquette: &Etiquette) -> Option<Caution> {
    let there = etiquette.recipient_of(application);
    let own = country_of_zone(there.zone.iana_name()?)?;
    let is_elsewhere = there.country.as_deref().is_some_and(|country| country != own);
    let text = there.doubt_of_zone().filter(|_| is_elsewhere)?;
    Some(Caution { rule: "zone", text })
}

fn nearly_over(now: Timestamp, case: &Case, due: &Due, etiquette: &Etiquette) -> Option<Caution> {
    let open = case.open().filter(|open| matches!(open.phase, Phase::Waiting { .. }))?;
    let (calendar, zone) = (etiquette.calendar_of(&case.application), etiquette.zone_of(&case.application));
    let today = now.to_zoned(zone.clone()).date();
    let closes = open.window.closes.to_zoned(zone);
    // A window that ends at midnight has the date of the day after.
    let last = closes
        .timestamp()
        .checked_sub(1.second())
        .map_or(closes.date(), |at| at.to_zoned(closes.time_zone().clone()).date());
    // Thanks have two days; on the first nobody is late.
    let is_first_day = today == due.opens_on && last > today;
    let is_near = last <= calendar.business_days_after(today, NEARLY_OVER) && now < open.window.closes && !is_first_day;
    let text = format!("its time is nearly over: {}", closes.strftime("%a %-d %b %H:%M"));
    is_near.then_some(Caution { rule: "nearly-over", text })
}

fn long_holiday(now: Timestamp, application: &Application, due: &Due, etiquette: &Etiquette) -> Option<Caution> {
    let calendar = etiquette.calendar_of(application);
    let today = now.to_zoned(etiquette.zone_of(application)).date();
    let first = due.opens_on.max(today).saturating_sub(BESIDE.days());
    let last = due.closes_on.max(today).saturating_add(BESIDE.days());
    let (from, to, names) = first_long_holiday(calendar, first, last)?;
    let day = |date: Date| date.strftime("%a %-d %b").to_string();
    let text = format!(
        "offices there are closed from {} to {} ({}): what comes right before or after is easily overlooked",
        day(from),
        day(to),
        names.join(", ")
    );
    Some(Caution { rule: "long-holiday", text })
}

/// The first run of days without work, with a holiday in it, that is [`LONG`] and touches the days from `first` to `last`:
/// its first and last day, and the names of its holidays.
fn first_long_holiday(calendar: &Calendar, first: Date, last: Date) -> Option<(Date, Date, Vec<String>)> {
    // It may have begun before.
    let mut day = first;
    while !calendar.is_business_day(day) {
        day = day.yesterday().ok()?;
    }
    while day <= last {
        let run: Vec<Date> =
            day.tomorrow().ok()?.series(1.day()).take_while(|&it| !calendar.is_business_day(it)).collect();
        if let (true, Some(&from), Some(&to)) = (run.len() >= LONG, run.first(), run.last())
            && to >= first
            && from <= last
        {
            let mut names: Vec<String> = run.iter().filter_map(|&it| calendar.holiday(it)).map(str::to_owned).collect();
            names.dedup();
            return Some((from, to, names));
        }
        day = run.last().copied().unwrap_or(day).tomorrow().ok()?;
    }
    None
}

//! What `check` says of planning: of which days the public holidays are known, and whether the strategy fits the limits.

use std::collections::BTreeMap;

use crate::config::Config;
use crate::core::etiquette::Strategy;
use crate::core::holidays::Place;
use crate::ops::Desk;

use super::failure::Failure;

/// So many applications are named; of the others it is said how many there are.
const MOST_NAMED: usize = 5;

/// What is in order, and what one should know.
pub(super) struct Findings {
    pub(super) ok: String,
    pub(super) notes: Vec<String>,
}

/// Of which days the public holidays are known: for the country of the settings, and where the open applications are.
pub(super) fn calendar(config: &Config, desk: &mut Desk) -> Result<Findings, Failure> {
    let (calendars, today) = (&config.etiquette.calendars, desk.today());
    let mut notes = Vec::new();
    let ok = match calendars.usual() {
        Some(place) => {
            let calendar = calendars.of(Some(&place.country), place.region.as_deref());
            let unknown: Vec<i16> = (today.year()..=today.year() + 1).filter(|&year| !calendar.knows(year)).collect();
            notes.extend(
                unknown.iter().map(|year| format!("{year}: not all public holidays of {} are known", place.name())),
            );
            in_words(place, calendar.years())
        }
        None => "no country is set; that of each application is given, or guessed".to_owned(),
    };
    let mut gaps: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    let ids = desk.store.read(|tables| tables.application_ids(false))?;
    for situation in desk.look_at(&ids)? {
        let application = &situation.case.application;
        let gap = situation.due().and_then(|due| config.etiquette.gap_in_calendar(application, due));
        if let Some(gap) = gap.filter(|_| application.answer.is_none()) {
            gaps.entry(gap).or_default().push(application.id);
        }
    }
    notes.extend(gaps.into_iter().map(|(gap, ids)| format!("{}: {gap}", named(&ids))));
    Ok(Findings { ok, notes })
}

/// Whether the strategies write more letters than the limit lets go.
pub(super) fn strategy(config: &Config) -> Findings {
    let etiquette = &config.etiquette;
    let most = etiquette.max_letters;
    let too_many = etiquette.strategies.iter().filter(|(_, it)| it.letters() > most);
    let note = |(name, it): (&String, &Strategy)| {
        format!("{name:?} has {} letters after the thanks, and etiquette.max_letters lets {most} go", it.letters())
    };
    let notes = too_many.map(note).collect();
    let steps: Vec<&str> = etiquette.strategy.steps.iter().map(|step| step.rule.name()).collect();
    Findings { ok: steps.join(", "), notes }
}

fn in_words(place: &Place, years: Option<&std::ops::RangeInclusive<i16>>) -> String {
    match years {
        Some(years) => format!("{}, {} to {}", place.name(), years.start(), years.end()),
        None => format!("{}, in part", place.name()),
    }
}

/// `application 3`, `applications 3, 4 and 2 more`.
fn named(ids: &[i64]) -> String {
    let shown: Vec<String> = ids.iter().take(MOST_NAMED).map(ToString::to_string).collect();
    let more = ids.len().saturating_sub(MOST_NAMED);
    let plural = if ids.len() == 1 { "" } else { "s" };
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("application{plural} {}{more}", shown.join(", "))
}

//! What is done where the database is not the one that was at work last: an older copy of it, or one from another
//! machine. Facts may be missing in it, such as an answer, and letters went out that it does not know of.

use jiff::Timestamp;

use crate::core::followup::{Event, Phase};
use crate::core::message::concealed;
use crate::store::{Claimed, Entry, Fate, Mark, SendJournal, Store, StoreError, Tables, Who};

/// Letters that are named one by one.
const MOST_NAMED: usize = 5;

/// What was at work here last, as far as it left traces besides the database and the send journal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traces {
    /// The newest entry that the last process saw in the database.
    pub mark: Option<Mark>,
    /// What names this machine.
    pub machine: Option<String>,
}

/// Asks at a start whether the database is the one that was at work last. If not, what is missing in it is taken from
/// the send journal, and every approval in it is taken back. Only the holder of the lock may call it.
///
/// All of it is one change, so that it is done once, whenever the process dies. Errors where the send journal cannot
/// be read: nothing may be sent then. Gives the newest entry, for those who come later.
pub fn look_back(store: &mut Store, traces: &Traces, now: Timestamp) -> Result<Option<Mark>, StoreError> {
    let journal = store.send_journal()?;
    let of_another = store.of_another_database();
    store.write(|tables| {
        let unknown = tables.take_in(&journal)?.ok_or(of_another)?;
        settle_by(tables, &journal, now)?;
        // Asked whatever else is found: it is to be found once.
        let was_a_copy = tables.was_a_copy()?;
        let is_older = match traces.mark {
            // An empty one has nothing that could be out of date.
            Some(mark) => tables.mark()?.is_some() && !tables.remembers(mark)?,
            None => false,
        };
        let is_from_elsewhere = is_from_elsewhere(tables, traces.machine.as_deref())?;
        if was_a_copy || is_older || is_from_elsewhere || !unknown.is_empty() {
            let went = unknown.into_iter().filter(|(_, fate)| fate.may_have_gone()).map(|(claimed, _)| claimed);
            begin_anew(tables, &words(is_from_elsewhere, &went.collect::<Vec<_>>()), now)?;
        }
        tables.mark()
    })
}

/// What was in hand or in doubt when the copy was made, and arrived by what was noted since, is settled.
fn settle_by(tables: &Tables, journal: &SendJournal, now: Timestamp) -> Result<(), StoreError> {
    let is_in_hand = tables.sending()?;
    for (application, followup) in [is_in_hand.clone(), tables.uncertain()?].concat() {
        let followups = tables.followups(application)?;
        let open = followups.iter().find(|it| it.id == followup).map(|it| &it.phase);
        let Some(Phase::Sending { claim, .. } | Phase::Uncertain { claim, .. }) = open else { continue };
        let went =
            |(claimed, fate): &(Claimed, Fate)| claimed.message_id == claim.message_id && *fate == Fate::Accepted;
        if journal.claims.iter().any(went) {
            if is_in_hand.contains(&(application, followup)) {
                tables.advance_in_hand(application, followup, Event::Orphan, now)?;
            }
            let event = Event::Settle { arrived: true, by: "the send journal".to_owned() };
            tables.advance_in_hand(application, followup, event, now)?;
        }
    }
    Ok(())
}

/// Takes every approval back, and keeps `words` for the person.
fn begin_anew(tables: &Tables, words: &str, now: Timestamp) -> Result<(), StoreError> {
    tracing::warn!("{words}");
    for (application, followup) in tables.sending()? {
        tables.advance_in_hand(application, followup, Event::Orphan, now)?;
    }
    for (application, followup) in [tables.approved()?, tables.uncertain()?].concat() {
        tables.advance_in_hand(application, followup, Event::TakeBack, now)?;
    }
    let (what, detail) = ("this database was restored or copied", Some(words));
    tables.journal(now, &Entry { who: Who::Daemon, application: None, followup: None, what, detail })?;
    tables.set_restored(words)?;
    // Today's digest may have gone since the copy was made.
    tables.set_last_digest(Some(now))?;
    tables.wake_all()
}

fn words(is_from_elsewhere: bool, went: &[Claimed]) -> String {
    let found = match (is_from_elsewhere, went.is_empty()) {
        (true, _) => "This database comes from another machine",
        (false, false) => "This database is older than what was sent from it",
        (false, true) => "This database is not the one that was here last, or an older copy of it",
    };
    let named = went.iter().take(MOST_NAMED).map(|it| {
        let at = it.at.strftime("%-d %b %Y %H:%M UTC");
        format!("application {} on {at}", it.application)
    });
    let more = went.len().saturating_sub(MOST_NAMED);
    let more = (more > 0).then(|| format!("and {more} more"));
    let named = named.chain(more).collect::<Vec<_>>().join(", ");
    let letters = match went.len() {
        0 => String::new(),
        1 => format!(": 1 letter went out since ({named})"),
        many => format!(": {many} letters went out since ({named})"),
    };
    let one_only = if is_from_elsewhere { " Let only one of the two machines go on." } else { "" };
    format!(
        "{found}{letters}. Approvals were taken back; look through `followup list` for answers and changes that are \
         missing.{one_only}"
    )
}

/// Whether the database was at work on another machine than `machine` before; from now on it is at home on this one.
/// Where a machine has no name, nothing can be said.
fn is_from_elsewhere(tables: &Tables, machine: Option<&str>) -> Result<bool, StoreError> {
    let Some(machine) = machine else { return Ok(false) };
    let (before, now) = (tables.meta("machine")?, concealed(&tables.installation()?, machine));
    if before.as_ref() != Some(&now) {
        tables.set_meta("machine", &now)?;
    }
    Ok(before.is_some_and(|before| before != now))
}

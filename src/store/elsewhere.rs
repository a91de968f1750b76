//! `own_claims` and `elsewhere`: which lines of the send journal are this database's own, and the letters of all
//! others. Those went out where it does not know of it: it was restored from a backup, or copied, before.

use rusqlite::{OptionalExtension, params};

use super::journal::instant;
use super::sent::{Claimed, Fate, Identity, SendJournal};
use super::{StoreError, Tables};
use crate::core::address::on_the_wire;
use crate::core::application::{Application, caseless};
use crate::core::employer::Employer;
use crate::core::etiquette::{Rule, Stage};
use crate::core::followup::{Claim, Event, FollowUp, Kind, Phase};
use crate::core::message::concealed;
use crate::core::plan::Case;

/// Where the salt of the send journal is kept.
const SALT: &str = "send journal";

impl Tables<'_> {
    /// What the hashes in the send journal are salted with.
    pub fn salt(&self) -> Result<String, StoreError> {
        match self.known_salt()? {
            Some(salt) => Ok(salt),
            None => Ok(concealed(&self.installation()?, SALT)),
        }
    }

    /// The salt of the send journal that this database has seen; `None` before the first.
    pub fn known_salt(&self) -> Result<Option<String>, StoreError> {
        self.meta(SALT)
    }

    /// Whom a letter of `application` to `recipient` is to, as hashes.
    fn identity(&self, application: &Application, recipient: &str) -> Result<Identity, StoreError> {
        let salt = self.salt()?;
        let address = on_the_wire(recipient).map_or_else(|_| recipient.to_owned(), |address| address.to_string());
        Ok(Identity {
            recipient: concealed(&salt, &caseless(&address)),
            company: concealed(&salt, &caseless(&application.company)),
            position: concealed(&salt, &caseless(&application.position)),
        })
    }

    /// The line for the send journal about `followup`, which was claimed just now; from now on it is known as this
    /// database's own. `None` if nothing was claimed.
    pub fn name_claim(&self, application: &Application, followup: &FollowUp) -> Result<Option<Claimed>, StoreError> {
        let Phase::Sending { draft, claim, .. } = &followup.phase else { return Ok(None) };
        let sql = "INSERT INTO own_claims DEFAULT VALUES RETURNING name";
        Ok(Some(Claimed {
            name: self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?,
            at: claim.at,
            attempt: claim.attempt,
            application: application.id,
            followup: followup.id,
            rule: followup.rule.name().to_owned(),
            interview: followup.anchor.interview,
            held_on: followup.anchor.held_on,
            promised_on: followup.anchor.promised_on,
            message_id: claim.message_id.clone(),
            identity: self.identity(application, &draft.recipient.email)?,
        }))
    }

    /// Keeps the letters of `journal` that this database does not know, and counts those that went out, or may have,
    /// against the limits; gives them all. `None` if the journal is that of another database.
    pub fn take_in(&self, journal: &SendJournal) -> Result<Option<Vec<(Claimed, Fate)>>, StoreError> {
        match (self.meta(SALT)?, &journal.salt) {
            (Some(ours), Some(salt)) if ours != *salt => return Ok(None),
            (None, Some(salt)) => self.set_meta(SALT, salt)?,
            _ => {}
        }
        let known = "SELECT 1 FROM own_claims WHERE name = ?1 UNION ALL SELECT 1 FROM elsewhere WHERE name = ?1";
        let mut known = self.connection.prepare_cached(known)?;
        let mut unknown = Vec::new();
        for (claimed, fate) in &journal.claims {
            if known.exists([&claimed.name])? {
                continue;
            }
            self.add_elsewhere(claimed, *fate)?;
            if fate.may_have_gone() {
                // Its employer gets a name again as soon as an application of the same name is looked at.
                let employer = Employer { name: claimed.identity.company.clone(), domain: None };
                self.count_claim(-self.connection.last_insert_rowid(), &employer, claimed.at)?;
            }
            unknown.push((claimed.clone(), *fate));
        }
        Ok(Some(unknown))
    }

    fn add_elsewhere(&self, claimed: &Claimed, fate: Fate) -> Result<(), StoreError> {
        let sql = "INSERT INTO elsewhere (name, at, attempt, application_id, rule, interview, held_on, promised_on, \
                   message_id, recipient, company, position, fate) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        self.connection.prepare_cached(sql)?.execute(params![
            claimed.name,
            claimed.at.as_millisecond(),
            claimed.attempt,
            claimed.application,
            claimed.rule,
            claimed.interview,
            claimed.held_on.to_string(),
            claimed.promised_on.map(|date| date.to_string()),
            claimed.message_id,
            claimed.identity.recipient,
            claimed.identity.company,
            claimed.identity.position,
            fate.word(),
        ])?;
        Ok(())
    }

    /// Lets the open follow-up of `case` be what it is if its letter went out elsewhere, or may have: gives its
    /// number and what happens to it.
    ///
    /// It is the same step if its rule has the same place in the course, and it is after the same interview, with the same promised date or an earlier one, and to the
    /// same recipient about the same position at the same company. Of the same number, one of these three may have been
    /// corrected, and the day, but not both day and position: then it is another one that got its number. Another number it
    /// has where it was added anew.
    pub fn went_elsewhere(&self, case: &Case) -> Result<Option<(i64, Event)>, StoreError> {
        if !self.connection.prepare_cached("SELECT 1 FROM elsewhere LIMIT 1")?.exists([])? {
            return Ok(None);
        }
        let application = &case.application;
        let Some(recipient) = application.recipient().and_then(|it| it.email.as_deref()) else { return Ok(None) };
        let Identity { recipient, company, position } = self.identity(application, recipient)?;
        let sql = "UPDATE claims SET employer = ?, domain = ? WHERE employer = ?";
        let employer = application.employer();
        self.connection.prepare_cached(sql)?.execute(params![employer.key(), employer.domain, company])?;
        let Some(open) = case.open().filter(|it| it.kind == Kind::Letter) else { return Ok(None) };
        // What is being sent, or in doubt, is settled in its own way; and a letter is in doubt only once it is written.
        let fate = match open.phase {
            Phase::Waiting { .. } | Phase::Approved { .. } => "uncertain",
            Phase::Planned { .. } => "accepted",
            _ => return Ok(None),
        };
        let sql = "SELECT id, at, attempt, message_id, fate = 'accepted' FROM elsewhere \
                   WHERE (held_on = ?1 OR (application_id = ?2 AND interview = ?3)) \
                   AND (?10 OR coalesce(promised_on, '') >= coalesce(?4, '')) \
                   AND instr(?9, ' ' || coalesce(rule, 'promise') || ' ') > 0 \
                   AND (held_on = ?1 OR position = ?7) \
                   AND (recipient = ?5) + (company = ?6) + (position = ?7) >= CASE application_id WHEN ?2 THEN 2 ELSE 3 END \
                   AND fate IN ('accepted', ?8) ORDER BY fate = 'accepted' DESC, id DESC LIMIT 1";
        let parameters = params![
            open.anchor.held_on.to_string(),
            application.id,
            open.anchor.interview,
            open.anchor.promised_on.map(|date| date.to_string()),
            recipient,
            company,
            position,
            fate,
            of_the_same_stage(open.rule),
            // Thanks are for an interview, whatever they promised after it.
            open.rule.stage() == Stage::ThankYou,
        ];
        let row: Option<(i64, i64, u32, String, bool)> = self
            .connection
            .prepare_cached(sql)?
            .query_row(parameters, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))
            .optional()?;
        let Some((id, at, attempt, message_id, accepted)) = row else { return Ok(None) };
        self.connection.prepare_cached("UPDATE elsewhere SET followup_id = ? WHERE id = ?")?.execute([open.id, id])?;
        // It counts once, where it went.
        self.give_claim_back(open.id)?;
        let claim = Claim { at: instant(at)?, attempt, message_id };
        Ok(Some((open.id, Event::WentElsewhere { claim, accepted })))
    }

    /// Whether the letter that made `followup` uncertain arrived is known now.
    pub(super) fn settle_elsewhere(&self, followup: i64, arrived: bool) -> Result<(), StoreError> {
        let fate = if arrived { Fate::Accepted } else { Fate::NotSent };
        let sql = "UPDATE elsewhere SET fate = ? WHERE followup_id = ? AND fate = 'uncertain'";
        self.connection.prepare_cached(sql)?.execute(params![fate.word(), followup])?;
        if !arrived {
            let sql = "DELETE FROM claims WHERE followup_id IN (SELECT -id FROM elsewhere WHERE followup_id = ?)";
            self.connection.prepare_cached(sql)?.execute([followup])?;
        }
        Ok(())
    }

    /// What was found at a start: this database is not the one that was at work last. Until the person was told.
    pub fn restored(&self) -> Result<Option<String>, StoreError> {
        self.meta("restored")
    }

    /// The person was told.
    pub fn restored_told(&self) -> Result<(), StoreError> {
        self.connection.prepare_cached("DELETE FROM meta WHERE key = 'restored'")?.execute([])?;
        Ok(())
    }

    /// Keeps for the person what was found.
    pub fn set_restored(&self, words: &str) -> Result<(), StoreError> {
        self.set_meta("restored", words)
    }
}

/// The names of the rules that stand for the same step as `rule`, with a space around each.
fn of_the_same_stage(rule: Rule) -> String {
    let same = Rule::ALL.into_iter().filter(|other| other.stage() == rule.stage());
    same.fold(" ".to_owned(), |names, rule| names + rule.name() + " ")
}

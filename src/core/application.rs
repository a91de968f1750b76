//! One position at one company, the people there, and the interviews that took place: the facts that the
//! person gives, and the checks that every fact passes, whichever program wrote it.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::address::check_address;
use super::employer::Employer;
use super::holidays::Place;
use super::thread::Thread;

/// The longest text a single-line fact may have, in characters.
pub const LONGEST_LINE: usize = 200;

/// Nobody promises an answer for later than in so many years.
const FURTHEST_PROMISE: i16 = 3;

/// One position at one company, with its contacts and interviews.
#[derive(Debug, Clone, PartialEq)]
pub struct Application {
    /// 0 until it is stored.
    pub id: i64,
    pub company: String,
    pub position: String,
    /// Who interviewed them; the letter goes here first.
    pub contact: Contact,
    /// The personnel department; the letter goes here where the contact has no address.
    pub hr: Contact,
    /// IANA name of the recipient's zone; the person's own zone where it is missing.
    pub timezone: Option<String>,
    /// ISO 3166 alpha-2 code of the recipient's country, for public holidays.
    pub country: Option<String>,
    /// Their region, as ISO 3166-2 has it after the hyphen, where it has holidays of its own.
    pub region: Option<String>,
    /// Language of the letters, such as `en`.
    pub language: String,
    /// Name of the strategy; the one of the settings' profile where it is missing.
    pub strategy: Option<String>,
    pub job_url: Option<String>,
    /// The mail that the letters answer; `None`: they begin a conversation of their own.
    pub thread: Option<Thread>,
    /// What the person brings to the position, most important first, each as a noun phrase.
    pub strengths: Vec<String>,
    pub closed: bool,
    /// What they answered; while it is set nothing further is planned.
    pub answer: Option<Answer>,
    pub added_at: Timestamp,
    pub interviews: Vec<Interview>,
}

/// A person or a department one can write to or call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contact {
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
}

/// One round that took place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interview {
    /// 0 until it is stored.
    pub id: i64,
    pub held_on: Date,
    /// 1 for the first round, 2 for the second.
    pub round: u32,
    /// The day by which they promised an answer, if they named one.
    pub promised_on: Option<Date>,
}

/// What the company answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Reply,
    Rejected,
    Offer,
    NextRound,
    Filled,
}

impl Answer {
    /// The word for it in the database and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Answer::Reply => "reply",
            Answer::Rejected => "rejected",
            Answer::Offer => "offer",
            Answer::NextRound => "next-round",
            Answer::Filled => "filled",
        }
    }

    /// The answer that `word` stands for, or `None`.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Reply, Self::Rejected, Self::Offer, Self::NextRound, Self::Filled]
            .into_iter()
            .find(|answer| answer.word() == word)
    }
}

/// A fact that cannot be used, with the column it stands in and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{column}: {why}")]
pub struct BadFact {
    /// The column of `docs/database.md`; the command line names its flags after the same words.
    pub column: &'static str,
    pub why: String,
}

/// Makes a [`BadFact`].
pub fn bad(column: &'static str, why: impl Into<String>) -> BadFact {
    BadFact { column, why: why.into() }
}

/// `text` as names are compared: whatever its case and its blanks.
pub fn caseless(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

impl Application {
    /// Whom a letter goes to: the contact, else HR; `None` where neither has an address.
    pub fn recipient(&self) -> Option<&Contact> {
        [&self.contact, &self.hr].into_iter().find(|who| who.email.is_some())
    }

    /// Every mail address that is known of them, the recipient's first.
    pub fn emails(&self) -> impl Iterator<Item = &str> {
        [&self.contact, &self.hr].into_iter().filter_map(|who| who.email.as_deref())
    }

    /// Every phone number that is known of them.
    pub fn phones(&self) -> impl Iterator<Item = &str> {
        [&self.contact, &self.hr].into_iter().filter_map(|who| who.phone.as_deref())
    }

    /// The interview that counts now: the latest by day, then by round. Where no date was named after it, one that they named
    /// after an earlier round for this day or a later one still stands: nobody is written to before it. (Etiquette: never
    /// before a promised date has passed.)
    pub fn latest_interview(&self) -> Option<Interview> {
        let latest = self.interviews.iter().max_by_key(|it| (it.held_on, it.round, it.id))?;
        let standing = self.interviews.iter().filter_map(|it| it.promised_on).filter(|&date| date >= latest.held_on);
        Some(Interview { promised_on: latest.promised_on.or(standing.max()), ..*latest })
    }

    /// Takes every promise away that still stands after the last interview, whichever round it was made after.
    pub fn forget_promises(&mut self) {
        let Some(latest) = self.latest_interview() else { return };
        for interview in &mut self.interviews {
            interview.promised_on = interview.promised_on.filter(|&date| date < latest.held_on);
        }
    }

    /// The employer as the limits compare it: "Acme" and "ACME GmbH" are one, and so are two names of one mail domain.
    /// (Etiquette: gap per employer.)
    pub fn employer(&self) -> Employer {
        Employer::of(&self.company, self.recipient().and_then(|it| it.email.as_deref()))
    }

    /// Checks every fact, in the order of the columns; `today` is the person's date.
    ///
    /// Errors with the first column that cannot be used. It does not ask for an interview: that is
    /// [`Application::latest_interview`]'s to say, since another program may write it a moment later. Whether
    /// there is a strategy of its name, the settings know: `Etiquette::check` asks that too.
    pub fn check(&self, today: Date) -> Result<(), BadFact> {
        check_line("company", &self.company)?;
        check_line("position", &self.position)?;
        check_contact(&self.contact, ["contact_name", "contact_email", "contact_phone"])?;
        check_contact(&self.hr, ["hr_name", "hr_email", "hr_phone"])?;
        if let Some(zone) = &self.timezone {
            check_zone("timezone", zone)?;
        }
        if let Some(country) = &self.country
            && (country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase()))
        {
            return Err(bad(
                "country",
                format!("{country:?} is not a country code of two capital letters, such as US"),
            ));
        }
        if let Some(region) = &self.region {
            let country = self.country.as_deref().ok_or_else(|| bad("region", "is of no country; name that too"))?;
            Place::find(&format!("{country}-{region}")).map_err(|error| bad("region", error.to_string()))?;
        }
        if self.language != "en" {
            return Err(bad("language", format!("there are no letters in {:?}; there are: en", self.language)));
        }
        if let Some(url) = &self.job_url {
            check_line("job_url", url)?;
        }
        if let Some(thread) = &self.thread {
            thread.check()?;
        }
        for strength in &self.strengths {
            check_line("strengths", strength)?;
        }
        let reachable = self.recipient().is_some() || self.contact.phone.is_some() || self.hr.phone.is_some();
        if !reachable {
            return Err(bad("contact_email", "there is no way to reach them: give an address or a phone number"));
        }
        self.interviews.iter().try_for_each(|interview| interview.check(today))
    }
}

impl Interview {
    /// Checks one interview; `today` is the person's date.
    pub fn check(&self, today: Date) -> Result<(), BadFact> {
        if self.round < 1 || self.round > 20 {
            return Err(bad("round", format!("{} is not a round between 1 and 20", self.round)));
        }
        if self.held_on.year() < 1970 {
            return Err(bad("held_on", format!("{} is not a day on which an interview was", self.held_on)));
        }
        // A day ahead is let pass: where the interview was, tomorrow may have begun.
        if self.held_on > today.tomorrow().unwrap_or(today) {
            return Err(bad("held_on", format!("the interview on {} has not taken place yet", self.held_on)));
        }
        match self.promised_on {
            Some(promised) if promised < self.held_on => {
                Err(bad("promised_on", format!("{promised} is before the interview on {}", self.held_on)))
            }
            Some(promised) if promised.year() > today.year().max(self.held_on.year()) + FURTHEST_PROMISE => {
                let why = format!("{promised} is too far ahead; {FURTHEST_PROMISE} years are the most");
                Err(bad("promised_on", why))
            }
            _ => Ok(()),
        }
    }
}

fn check_contact(contact: &Contact, [name, email, phone]: [&'static str; 3]) -> Result<(), BadFact> {
    if let Some(text) = &contact.name {
        check_line(name, text)?;
    }
    if let Some(text) = &contact.email {
        check_address(email, text)?;
    }
    if let Some(text) = &contact.phone {
        check_line(phone, text)?;
    }
    Ok(())
}

/// Checks an IANA zone name, such as `America/New_York`.
pub fn check_zone(column: &'static str, name: &str) -> Result<TimeZone, BadFact> {
    check_line(column, name)?;
    TimeZone::get(name).map_err(|_| bad(column, format!("{name:?} is not a time zone such as America/New_York")))
}

/// Checks a text of one line: not blank, not over [`LONGEST_LINE`] characters, nothing invisible in it.
pub fn check_line(column: &'static str, text: &str) -> Result<(), BadFact> {
    if text.trim().is_empty() {
        return Err(bad(column, "is empty"));
    }
    if text.chars().count() > LONGEST_LINE {
        return Err(bad(column, format!("is longer than {LONGEST_LINE} characters")));
    }
    match text.chars().find(|&c| c.is_control() || reorders_text(c)) {
        Some(c) => {
            Err(bad(column, format!("has a character that cannot be seen, U+{:04X}; type it again", u32::from(c))))
        }
        None => Ok(()),
    }
}

/// Checks a text of several lines, such as a letter's body: as [`check_line`], but for line feeds and tabs.
pub fn check_text(column: &'static str, text: &str) -> Result<(), BadFact> {
    const LONGEST_TEXT: usize = 20_000;
    if text.trim().is_empty() {
        return Err(bad(column, "is empty"));
    }
    if text.len() > LONGEST_TEXT {
        return Err(bad(column, format!("is longer than {LONGEST_TEXT} bytes")));
    }
    match text.chars().find(|&c| (c.is_control() && c != '\n' && c != '\t') || reorders_text(c)) {
        Some(c) => {
            Err(bad(column, format!("has a character that cannot be seen, U+{:04X}; type it again", u32::from(c))))
        }
        None => Ok(()),
    }
}

/// What reorders text, and what takes no place in it but for the joiners, which Persian and Indic names need.
pub fn is_invisible(c: char) -> bool {
    let takes_no_place = matches!(c, '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' |
        '\u{2060}'..='\u{2064}' | '\u{E0000}'..='\u{E007F}');
    takes_no_place || reorders_text(c)
}

/// Bidirectional overrides, embeddings and isolates, and the line separators of Unicode. Joiners are not
/// among them: Persian and Indic names need these.
pub fn reorders_text(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}')
}

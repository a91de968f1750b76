//! The send journal: a file beside the database that says what was handed to the mail server. It stays where it is
//! when the database is replaced by an older copy, which would otherwise send again what went out since.
//!
//! One line for each claim, before the first byte of the letter leaves, and one for what came of it; each is on disk
//! before anything else happens. Whom a letter went to stands in it as hashes only, so that nothing of a forgotten
//! application can be read there. Only the holder of the lock writes to it.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Store, StoreError, beside, sync_folder_of};
use crate::core::delivery::Outcome;

/// No line is half as long.
const TAIL: u64 = 8192;

/// One line of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// The first one: what the hashes of all others are salted with.
    Salt(String),
    Claimed(Claimed),
    Ended {
        name: String,
        fate: Fate,
        /// Missing where an older version wrote it.
        #[serde(default)]
        at: Option<Timestamp>,
    },
}

/// A letter that was taken in hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claimed {
    /// Random. The database in which it was claimed knows it.
    pub name: String,
    pub at: Timestamp,
    pub attempt: u32,
    pub application: i64,
    pub followup: i64,
    pub rule: String,
    pub interview: i64,
    pub held_on: Date,
    pub promised_on: Option<Date>,
    pub message_id: String,
    pub identity: Identity,
}

/// Whom a letter is to, as hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub recipient: String,
    pub company: String,
    pub position: String,
}

/// What came of a letter that was taken in hand. Without a word about it that is uncertain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    Accepted,
    Uncertain,
    NotSent,
    Rejected,
}

impl Fate {
    /// The fate that `outcome` is.
    pub fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Accepted { .. } => Self::Accepted,
            Outcome::Rejected { .. } => Self::Rejected,
            Outcome::NotSent(_) => Self::NotSent,
            Outcome::Uncertain { .. } => Self::Uncertain,
        }
    }

    /// Whether the letter is, or may be, with its recipient.
    pub fn may_have_gone(self) -> bool {
        matches!(self, Self::Accepted | Self::Uncertain)
    }

    /// The word for it in the database.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Uncertain => "uncertain",
            Self::NotSent => "not sent",
            Self::Rejected => "rejected",
        }
    }
}

/// All that the file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SendJournal {
    /// `None` where there is no line yet.
    pub salt: Option<String>,
    /// In the order in which they were claimed; each with the instant at which it ended, where that is known.
    pub claims: Vec<(Claimed, Fate)>,
}

/// The file of the send journal of the database at `path`.
pub fn send_journal_of(path: &Path) -> PathBuf {
    beside(path, ".sent")
}

impl Store {
    /// The file of the send journal.
    pub fn send_journal_path(&self) -> PathBuf {
        send_journal_of(Path::new(self.connection.path().unwrap_or_default()))
    }

    /// What the send journal says.
    ///
    /// Errors where it cannot be read, or has a line that is not one of ours: what went out cannot be known then.
    /// The last line may be half a one: nothing went out before it was whole.
    pub fn send_journal(&self) -> Result<SendJournal, StoreError> {
        let path = self.send_journal_path();
        let wrong = |why: String| StoreError::SendJournal { path: path.clone(), why };
        // A pipe would never end, and a device may not either.
        if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
            return Err(wrong("is no file".to_owned()));
        }
        let text = match std::fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read.map_err(|error| wrong(format!("cannot be read: {error}")))?,
        };
        parse(&text).map_err(|line| wrong(format!("line {line} is not one that followup wrote there")))
    }

    /// Errors where nothing may be sent because of the send journal: it cannot be read, or is another database's.
    pub fn check_send_journal(&mut self) -> Result<(), StoreError> {
        let salt = self.send_journal()?.salt;
        let ours = self.read(|tables| tables.known_salt())?;
        match ours.is_some() && salt.is_some() && ours != salt {
            true => Err(self.of_another_database()),
            false => Ok(()),
        }
    }

    /// The send journal is that of another database.
    pub fn of_another_database(&self) -> StoreError {
        let why = "belongs to another database: put its own in its place, or move this one away".to_owned();
        StoreError::SendJournal { path: self.send_journal_path(), why }
    }

    /// Errors where a line cannot be added to the send journal, as far as can be seen before.
    pub fn can_note(&mut self) -> Result<(), StoreError> {
        self.add_to_send_journal(None)
    }

    /// Adds `line` to the send journal; it is on disk when this returns.
    ///
    /// Errors with [`StoreError::Replaced`] where it claims a letter that went already: then an older copy was written
    /// over the database meanwhile.
    pub fn note(&mut self, line: &Line) -> Result<(), StoreError> {
        if let Line::Claimed(claimed) = line {
            let claims = self.send_journal()?.claims;
            let is_same = |before: &Claimed| before.message_id == claimed.message_id;
            if claims.iter().any(|(before, fate)| is_same(before) && *fate == Fate::Accepted) {
                return Err(StoreError::Replaced { path: self.connection.path().unwrap_or_default().into() });
            }
        }
        self.add_to_send_journal(Some(line))
    }

    fn add_to_send_journal(&mut self, line: Option<&Line>) -> Result<(), StoreError> {
        let salt = self.read(|tables| tables.salt())?;
        let path = self.send_journal_path();
        let noted = append(&path, &salt, line);
        noted.map_err(|error| StoreError::SendJournal { path, why: format!("cannot be written: {error}") })
    }
}

/// The journal that `text` is, or the number of the line that is wrong.
fn parse(text: &[u8]) -> Result<SendJournal, usize> {
    let mut journal = SendJournal::default();
    let mut places = HashMap::new();
    let last = lines(text).count();
    for (line, number) in lines(text).zip(1..) {
        match serde_json::from_slice(line) {
            Ok(Line::Salt(salt)) if number == 1 => journal.salt = Some(salt),
            Ok(Line::Claimed(claimed)) if number > 1 => {
                places.insert(claimed.name.clone(), journal.claims.len());
                journal.claims.push((claimed, Fate::Uncertain));
            }
            Ok(Line::Ended { name, fate, at }) => {
                let place = *places.get(&name).ok_or(number)?;
                let (claimed, outcome) = &mut journal.claims[place];
                (claimed.at, *outcome) = (at.map_or(claimed.at, |at| at.max(claimed.at)), fate);
            }
            Err(_) if number == last && is_torn(line) => {}
            _ => return Err(number),
        }
    }
    Ok(journal)
}

/// Each with its end.
fn lines(text: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    text.split_inclusive(|&byte| byte == b'\n')
}

/// Whether `line`, the last one, is what a power cut left of it: without its end, or with zeros for the sectors that were
/// not written yet.
fn is_torn(line: &[u8]) -> bool {
    !line.ends_with(b"\n") || line.contains(&0)
}

/// Adds `line`. A new file first gets the line with the salt.
fn append(path: &Path, salt: &str, line: Option<&Line>) -> io::Result<()> {
    let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    let (end, lacks_its_end) = end_of_lines(&mut file)?;
    file.set_len(end)?;
    let salt = (end == 0).then(|| Line::Salt(salt.to_owned()));
    let mut text = if lacks_its_end { "\n".to_owned() } else { String::new() };
    for line in salt.iter().chain(line) {
        text += &(serde_json::to_string(line)? + "\n");
    }
    if text.is_empty() {
        return Ok(());
    }
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    // Perhaps its name is not on disk yet.
    let written = written.and_then(|()| if end == 0 { sync_folder_of(path) } else { Ok(()) });
    if written.is_err() {
        // Not even half of what was not acted upon is to stay.
        let _ = file.set_len(end);
    }
    written
}

/// Where the whole lines end, without what a power cut left half written; and whether the last of them is whole but
/// for its line end.
fn end_of_lines(file: &mut File) -> io::Result<(u64, bool)> {
    let length = file.metadata()?.len();
    let begin = length.saturating_sub(TAIL);
    file.seek(SeekFrom::Start(begin))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let last = lines(&tail).next_back().unwrap_or_default();
    let is_whole = begin == 0 || last.len() < tail.len();
    match serde_json::from_slice::<Line>(last) {
        Ok(_) if is_whole => Ok((length, !last.ends_with(b"\n"))),
        Err(_) if is_whole && is_torn(last) => Ok((length - last.len() as u64, false)),
        _ => Err(io::Error::other("its last line is none that followup wrote there")),
    }
}

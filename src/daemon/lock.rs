//! One process per database: whoever holds the lock may send. The lock file also says how that process
//! fares, for `status`.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store::Mark;

/// `status` holds the lock for an instant to see whether somebody else does; a second outlasts that.
const TRIES: u32 = 20;
const BETWEEN_TRIES: Duration = Duration::from_millis(50);

/// The lock, until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

/// Why the lock cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("another followup is at work on this database (process {0})")]
    Taken(u32),
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: std::io::Error },
}

/// Whether a process holds the lock, and what it, or else the one before it, last said of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pulse {
    Running(Heartbeat),
    /// None holds it; `None` also if none ever did.
    Stopped(Option<Heartbeat>),
}

impl Pulse {
    pub fn is_running(&self) -> bool {
        matches!(self, Self::Running(_))
    }

    /// What was last said, whoever did.
    pub fn last(&self) -> Option<&Heartbeat> {
        match self {
            Self::Running(beat) => Some(beat),
            Self::Stopped(beat) => beat.as_ref(),
        }
    }
}

/// What a process that holds the lock says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    pub pid: u32,
    /// When it last looked at what is due; `None` where it cannot be known.
    pub looked_at: Option<Timestamp>,
    /// When it will look next for a reason of its own, if there is one.
    pub next_at: Option<Timestamp>,
    /// It looked once and ended, as it does for cron; the daemon goes on.
    #[serde(default)]
    pub once: bool,
    /// Why it can record nothing at present, so that it does nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stuck: Option<String>,
    /// The newest entry that it saw in the database: one that does not know it is an older copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<Mark>,
}

impl Heartbeat {
    /// This process, which looked at `looked_at`, and saw `mark`.
    pub fn new(looked_at: Timestamp, next_at: Option<Timestamp>, mark: Option<Mark>) -> Self {
        let next_at = next_at.filter(|&at| at > looked_at);
        Self { pid: std::process::id(), looked_at: Some(looked_at), next_at, once: false, stuck: None, mark }
    }
}

impl Lock {
    /// Takes the lock, or errors with the process that holds it.
    pub fn take(path: &Path) -> Result<Self, LockError> {
        let wrong = |source| LockError::File { path: path.to_owned(), source };
        let mut file = open(path).map_err(wrong)?;
        for _ in 0..TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(Self { file }),
                Err(TryLockError::WouldBlock) => sleep(BETWEEN_TRIES),
                Err(TryLockError::Error(source)) => return Err(wrong(source)),
            }
        }
        Err(LockError::Taken(read(&mut file).map_or(0, |beat| beat.pid)))
    }

    /// What was last said here, by this process or by the one before.
    pub fn last(&self) -> Option<Heartbeat> {
        let mut file = &self.file;
        file.rewind().ok()?;
        read(&mut file)
    }

    /// Says how this process fares. A full disk is no reason to stop: what depends on it is what `status` shows, and
    /// that a database that was put back is noticed even if nothing was sent since.
    pub fn beat(&self, heartbeat: &Heartbeat) {
        let text = serde_json::to_string(heartbeat).unwrap_or_default();
        let mut file = &self.file;
        let written = file.rewind().and_then(|()| file.write_all(text.as_bytes()));
        if let Err(error) = written.and_then(|()| self.file.set_len(text.len() as u64)) {
            tracing::debug!(%error, "the lock file cannot be written");
        }
    }
}

/// Whether a process holds the lock at `path`, and what was last said there.
pub fn pulse(path: &Path) -> Pulse {
    let Ok(mut file) = File::open(path) else { return Pulse::Stopped(None) };
    match file.try_lock_shared() {
        // Somebody holds it, whether or not the file can say who.
        Err(TryLockError::WouldBlock) => {
            let nothing = Heartbeat { pid: 0, looked_at: None, next_at: None, once: false, stuck: None, mark: None };
            Pulse::Running(read(&mut file).unwrap_or(nothing))
        }
        _ => Pulse::Stopped(read(&mut file)),
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn read(mut file: impl Read) -> Option<Heartbeat> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    // A longer one that stood there before may not have been cut off yet.
    serde_json::Deserializer::from_str(&text).into_iter().next()?.ok()
}

//! Whether the files of an open database are still the ones that it was opened with.
//!
//! SQLite goes on with files that were removed or replaced, unnoticed, past whoever opens the database anew: what they
//! record would be overwritten, or thrown away with the log when we close. SQLite itself removes its files only when
//! nobody has the database open, so that while we have, it was somebody else.

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::{Store, StoreError, beside};

/// The numbers of the files. (`stat` opens nothing.)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Files {
    database: Option<u64>,
    /// The write-ahead log, `-wal`.
    log: Option<u64>,
    /// Where in the log the newest pages are, `-shm`.
    index: Option<u64>,
}

impl Files {
    /// The files that have the names of those of `connection` now.
    pub(super) fn of(connection: &Connection) -> Self {
        let number = |path: PathBuf| std::fs::metadata(path).ok().map(|metadata| metadata.ino());
        let named = |suffix| connection.path().and_then(|path| number(beside(path.as_ref(), suffix)));
        Self { database: named(""), log: named("-wal"), index: named("-shm") }
    }

    /// Errors with [`StoreError::Replaced`] if those of `connection` are others now.
    pub(super) fn check(self, connection: &Connection) -> Result<(), StoreError> {
        match Self::of(connection) == self {
            true => Ok(()),
            false => Err(StoreError::Replaced { path: connection.path().unwrap_or_default().into() }),
        }
    }
}

impl Store {
    /// Errors with [`StoreError::Replaced`] if a file of the database was removed or replaced since it was opened:
    /// nothing can be recorded then.
    pub fn check_files(&self) -> Result<(), StoreError> {
        self.files.check(&self.connection)
    }
}

impl Drop for Store {
    /// As it is closed, SQLite would move the log into the database and remove it, by its name. Where that is not our
    /// log any longer, or others have added to it past us, it stays: whoever opens the database next reads all of it.
    fn drop(&mut self) {
        let now = Files::of(&self.connection);
        if (now.log, now.index) == (self.files.log, self.files.index) {
            return;
        }
        let is_begun = self.connection.path().is_some_and(|path| {
            std::fs::metadata(beside(path.as_ref(), "-wal")).is_ok_and(|metadata| metadata.len() > 0)
        });
        // What is in a log that was removed only we can read, as long as nobody has begun another one.
        if now.database == self.files.database && !is_begun {
            let _ = self.empty_log();
        }
        let _ = self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
    }
}

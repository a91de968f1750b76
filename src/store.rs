//! The SQLite database: the only thing that the daemon and the command line share. What is not in here did
//! not happen.
//!
//! A [`Store`] is synchronous; the daemon calls it where blocking is allowed. All work happens inside one
//! transaction at a time, through the [`Tables`] that [`Store::read`] and [`Store::write`] hand out.

mod applications;
mod cases;
mod copies;
mod digest;
mod elsewhere;
mod files;
mod followups;
mod journal;
mod limits;
mod lines;
mod schema;
mod sent;
mod told;

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use crate::core::application::BadFact;
use crate::core::followup::Refusal;
use copies::{beside, keep_before_migration};
use files::Files;

pub use cases::Loaded;
pub use copies::{folder_of, sync_folder_of};
pub use digest::Held;
pub use journal::{Entry, Happened, Mark, Who};
pub use limits::{Health, Outage, Part};
pub use lines::Line;
pub use sent::{Claimed, Fate, Identity, Line as SendLine, SendJournal, send_journal_of};

/// How long a write waits for another program to finish its own.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Statements that are kept once they have been read.
const STATEMENTS: usize = 100;

/// Between two tries of what nobody can wait for.
const PAUSE: Duration = Duration::from_millis(20);

/// What can go wrong between the program and its database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{}: {source}", path.display())]
    Open { path: PathBuf, source: rusqlite::Error },
    #[error("{}: {source}", path.display())]
    Create { path: PathBuf, source: std::io::Error },
    #[error("{} is not a database", path.display())]
    NotADatabase { path: PathBuf },
    #[error("{} was written by a newer followup; it was not touched", path.display())]
    Newer { path: PathBuf },
    #[error("{}, or a file that SQLite keeps beside it, was removed or replaced", path.display())]
    Replaced { path: PathBuf },
    #[error("{} is damaged, and was not touched: {why}", path.display())]
    Damaged { path: PathBuf, why: String },
    // Its own words quote the whole schema.
    #[error("the database could not be brought up to date")]
    Migration(rusqlite_migration::Error),
    /// What went out cannot be known, or not be noted.
    #[error("{}: {why}", path.display())]
    SendJournal { path: PathBuf, why: String },
    #[error("the database is locked by another program")]
    Busy,
    #[error("the database: {0}")]
    Sqlite(rusqlite::Error),
    /// Somebody else changed the case in between; look again.
    #[error("the application changed in the meantime")]
    Stale,
    #[error("{0}")]
    Refused(#[from] Refusal),
    #[error("there is no application {0}")]
    NoSuchApplication(i64),
    #[error("application {id} has a fact that cannot be used: {fact}")]
    BadRow { id: i64, fact: BadFact },
    #[error("the database holds something this program never writes: {0}")]
    Corrupt(String),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy,
            _ => StoreError::Sqlite(error),
        }
    }
}

impl From<rusqlite_migration::Error> for StoreError {
    fn from(error: rusqlite_migration::Error) -> Self {
        match error {
            // A full disk, or a lock, is what it is whoever meets it.
            rusqlite_migration::Error::RusqliteError { err: err @ rusqlite::Error::SqliteFailure(..), .. } => {
                err.into()
            }
            error => StoreError::Migration(error),
        }
    }
}

impl StoreError {
    /// Whether the disk is what failed: it is full, or cannot be read or written.
    pub fn is_of_the_disk(&self) -> bool {
        let (StoreError::Open { source, .. } | StoreError::Sqlite(source)) = self else { return false };
        matches!(source.sqlite_error_code(), Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure))
    }

    /// Whether it may be over by itself, with nothing lost by waiting: another program's lock, or the disk.
    pub fn may_pass(&self) -> bool {
        matches!(self, StoreError::Busy) || self.is_of_the_disk()
    }
}

/// An open database.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    /// As they were when it was opened.
    files: Files,
}

/// The tables, within one transaction.
#[derive(Debug)]
pub struct Tables<'a> {
    connection: &'a Connection,
}

impl Store {
    /// Opens the database at `path`; creates it, readable by its owner only, if it is not there.
    ///
    /// Errors if it is not a database, was written by a newer version (it is then left untouched), or
    /// cannot be opened or created.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::set_up(connect(path)?, path)
    }

    /// As [`Store::open`], for whoever sends: every page is looked at before anything is written.
    ///
    /// Errors with [`StoreError::Damaged`] if one is damaged; then no byte of the database was changed.
    pub fn open_sound(path: &Path) -> Result<Self, StoreError> {
        let connection = connect(path)?;
        match damage(&connection).map_err(describe(path))? {
            None => Self::set_up(connection, path),
            Some(why) => {
                // Closed as always, it would move the log into the damaged file, and remove the log.
                connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
                Err(StoreError::Damaged { path: path.to_owned(), why })
            }
        }
    }

    fn set_up(mut connection: Connection, path: &Path) -> Result<Self, StoreError> {
        prepare(&connection).map_err(describe(path))?;
        keep_before_migration(&connection, path)?;
        schema::migrate(&mut connection)?;
        let files = Files::of(&connection);
        Ok(Self { connection, files })
    }

    /// Runs `work` on one consistent view of the tables.
    pub fn read<T>(&mut self, work: impl FnOnce(&Tables) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
        work(&Tables { connection: &transaction }).map_err(|error| named(error, &transaction))
    }

    /// Runs `work` as one change: all of it is on disk when this returns, or none of it ever was.
    ///
    /// Takes the write lock first (`BEGIN IMMEDIATE`), so that nothing that `work` reads can change under it.
    pub fn write<T>(&mut self, work: impl FnOnce(&Tables) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        self.files.check(&transaction)?;
        let result = work(&Tables { connection: &transaction }).map_err(|error| named(error, &transaction))?;
        transaction.commit()?;
        Ok(result)
    }
}

impl Store {
    /// Errors if nothing can be recorded, for the reason that a command would give which tried. Changes nothing.
    pub fn check_writable(&mut self) -> Result<(), StoreError> {
        // Taking the lock alone is no proof: SQLite lets whoever may only read begin as well. Nor is writing without
        // a commit: only that goes to the disk, which may be full.
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        self.files.check(&transaction)?;
        transaction.execute("UPDATE meta SET value = value WHERE key = 'installation'", [])?;
        Ok(transaction.commit()?)
    }

    /// Errors if a newer program has changed the schema since it was opened: nothing may be done by the old rules then.
    pub fn check_version(&self) -> Result<(), StoreError> {
        match schema::is_newer(&self.connection)? {
            true => Err(StoreError::Newer { path: self.connection.path().unwrap_or_default().into() }),
            false => Ok(()),
        }
    }

    /// Moves everything from the write-ahead log into the database, and empties it: what was forgotten is not
    /// to be read there either. Does what it can while others read.
    pub fn empty_log(&self) -> Result<(), StoreError> {
        Ok(self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
    }
}

/// Opens the file at `path`, which is created if it is not there, and reads no more than which version wrote it.
fn connect(path: &Path) -> Result<Connection, StoreError> {
    // Only a file that does not exist yet is opened outside of SQLite: closing such a handle later
    // would drop SQLite's locks.
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(source) => return Err(StoreError::Create { path: path.to_owned(), source }),
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(describe(path))?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(describe(path))?;
    // Before anything that could write: a database of a newer version stays as it is.
    match schema::is_newer(&connection).map_err(describe(path))? {
        true => Err(StoreError::Newer { path: path.to_owned() }),
        false => Ok(connection),
    }
}

/// What it means that the database at `path` cannot be opened.
fn describe(path: &Path) -> impl Fn(rusqlite::Error) -> StoreError {
    move |source| match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StoreError::NotADatabase { path: path.to_owned() },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy,
        _ => StoreError::Open { path: path.to_owned(), source },
    }
}

/// Names the file in an error that only the file is to blame for.
fn named(error: StoreError, connection: &Connection) -> StoreError {
    match (error, connection.path()) {
        (StoreError::Sqlite(source), Some(path)) if source.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => {
            StoreError::Open { path: path.into(), source }
        }
        (error, _) => error,
    }
}

/// What is wrong with the pages of the database, if anything is. A fact that another program wrote past the checks is
/// no damage: its application is held.
fn damage(connection: &Connection) -> Result<Option<String>, rusqlite::Error> {
    connection.pragma_update(None, "ignore_check_constraints", true)?;
    let found = first_damage(connection);
    connection.pragma_update(None, "ignore_check_constraints", false)?;
    match found {
        Ok(found) if found == "ok" => Ok(None),
        Ok(found) => Ok(Some(found.split_whitespace().collect::<Vec<_>>().join(" "))),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => Ok(Some(error.to_string())),
        Err(error) => Err(error),
    }
}

fn first_damage(connection: &Connection) -> Result<String, rusqlite::Error> {
    // SQLite takes a view that happens to come first for the wish to see one table only, and leaves the free pages out.
    // So there is none, within a change that is never made.
    let without_views = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let mut views =
        without_views.prepare("SELECT format('DROP VIEW \"%w\"', name) FROM sqlite_schema WHERE type = 'view'")?;
    let drops = views.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    drops.iter().try_for_each(|drop| without_views.execute(drop, []).map(|_| ()))?;
    // Not the quick one: it would not see that an index lost a letter that is due.
    without_views.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
}

/// Puts a new database into WAL mode; one that is in it stays as it is.
///
/// Two first commands at once stand in each other's way here, and SQLite then gives up at once instead of
/// waiting, since waiting could be for ever. So we wait, and ask again.
fn write_ahead(connection: &Connection) -> Result<(), rusqlite::Error> {
    let mut waited = Duration::ZERO;
    loop {
        match connection.pragma_update(None, "journal_mode", "wal") {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && waited < BUSY_TIMEOUT => {
                std::thread::sleep(PAUSE);
                waited += PAUSE;
            }
            result => return result,
        }
    }
}

fn prepare(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is forgotten is overwritten, not only unlinked.
    connection.pragma_update(None, "secure_delete", true)?;
    // Lists read each page once; what is kept of the file, the system keeps.
    connection.pragma_update(None, "cache_size", -512)?;
    // A look has more than the usual sixteen; each would be read anew, every time.
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    write_ahead(connection)?;
    // A claim must be on disk before the first byte of the letter leaves.
    connection.pragma_update(None, "synchronous", "full")
}

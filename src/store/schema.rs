//! The schema's versions, in order. A version that has been released is never edited; a new one is added.

use std::sync::LazyLock;

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use super::StoreError;

const VERSIONS: [&str; 4] = [
    include_str!("schema/0001-first.sql"),
    include_str!("schema/0002-thread.sql"),
    include_str!("schema/0003-sent.sql"),
    include_str!("schema/0004-steps.sql"),
];

/// The version that this program writes.
pub(super) const NEWEST: usize = VERSIONS.len();

static MIGRATIONS: LazyLock<Migrations<'static>> =
    LazyLock::new(|| Migrations::new(VERSIONS.into_iter().map(M::up).collect()));

/// Whether a newer program wrote the database. Only reads.
pub(super) fn is_newer(connection: &Connection) -> Result<bool, rusqlite::Error> {
    Ok(usize::try_from(version(connection)?).is_ok_and(|version| version > VERSIONS.len()))
}

/// The version of a database that an older program wrote; `None` if it is new, or up to date. Only reads.
pub(super) fn behind(connection: &Connection) -> Result<Option<u32>, rusqlite::Error> {
    let version = version(connection)?;
    Ok(Some(version).filter(|&version| version > 0 && (version as usize) < VERSIONS.len()))
}

/// The version of the schema. Only reads.
pub(super) fn version(connection: &Connection) -> Result<u32, rusqlite::Error> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Brings the database to the newest schema.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    for _ in 0..2 {
        if MIGRATIONS.pending_migrations(connection)? <= 0 {
            return Ok(());
        }
        // Two first commands at once: the one that came second fails here, and finds nothing pending then.
        if let Err(error) = MIGRATIONS.to_latest(connection)
            && MIGRATIONS.pending_migrations(connection)? > 0
        {
            return Err(error.into());
        }
    }
    Ok(())
}

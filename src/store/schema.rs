//! The schema's versions, in order. A version that has been released is never edited; a new one is added.

use std::path::Path;
use std::sync::LazyLock;

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations, SchemaVersion};

use super::StoreError;

static MIGRATIONS: LazyLock<Migrations<'static>> =
    LazyLock::new(|| Migrations::new(vec![M::up(include_str!("schema/0001-first.sql"))]));

/// Brings the database at `path` to the newest schema.
///
/// Errors, without touching it, if it is of a newer one.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    if matches!(MIGRATIONS.current_version(connection)?, SchemaVersion::Outside(_)) {
        return Err(StoreError::Newer { path: path.to_owned() });
    }
    if MIGRATIONS.pending_migrations(connection)? > 0 {
        MIGRATIONS.to_latest(connection)?;
    }
    Ok(())
}

//! Copies of the database: a backup that the person asks for, and the one that is kept before its schema changes.

use std::fs::{File, OpenOptions, Permissions};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;

use super::{BUSY_TIMEOUT, PAUSE, Store, StoreError, Tables, schema};

/// The key in `meta` that only copies have.
const IS_A_COPY: &str = "is a copy";

impl Store {
    /// Writes a copy of the whole database, as it is at this instant, into the new file `copy`, which is
    /// readable by its owner only. Other programs may go on writing meanwhile.
    ///
    /// Errors if the file exists already, or cannot be written; then there is no such file after it either. It gets its
    /// name when it is whole: what a copy that was broken off leaves behind is not taken for a backup.
    pub fn back_up(&self, copy: &Path) -> Result<(), StoreError> {
        let wrong = |source| StoreError::Create { path: copy.to_owned(), source };
        if copy.symlink_metadata().is_ok() {
            return Err(wrong(std::io::ErrorKind::AlreadyExists.into()));
        }
        // For its owner only, whatever the umask.
        let part = tempfile::Builder::new().prefix(".followup-").suffix(".part").tempfile_in(folder_of(copy));
        let part = part.map_err(wrong)?.into_temp_path();
        copy_into(&self.connection, &part)?;
        part.persist_noclobber(copy).map_err(|error| wrong(error.error))?;
        sync_folder_of(copy).map_err(wrong)
    }
}

impl Tables<'_> {
    /// Whether it was put in its place as a copy, of which nobody took note yet; from now on somebody has.
    pub fn was_a_copy(&self) -> Result<bool, StoreError> {
        Ok(self.connection.prepare_cached("DELETE FROM meta WHERE key = ?")?.execute([IS_A_COPY])? > 0)
    }

    /// Removes what was kept of the database as older versions of the program had it, for good.
    pub fn remove_older_versions(&self) -> Result<(), StoreError> {
        let Some(path) = self.connection.path().map(PathBuf::from) else { return Ok(()) };
        for version in 1..=schema::NEWEST {
            let kept = beside(&path, &format!(".version-{version}"));
            match std::fs::remove_file(&kept).and_then(|()| sync_folder_of(&path)) {
                Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                    return Err(StoreError::Create { path: kept, source });
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Copies the whole database into the empty file `copy`, and does not return before that is on disk.
fn copy_into(connection: &Connection, copy: &Path) -> Result<(), StoreError> {
    let wrong = |source| StoreError::Create { path: copy.to_owned(), source };
    let name = copy.to_str().ok_or_else(|| wrong(std::io::ErrorKind::InvalidFilename.into()))?;
    connection.execute("VACUUM INTO ?", [name])?;
    // Whoever begins with it is to know that it is one: what was noted after it is missing.
    Connection::open(copy)?.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, 'yes')", [IS_A_COPY])?;
    // Nobody has it open now, so that it can be opened as any file: a backup that a power cut takes is none.
    OpenOptions::new().write(true).open(copy).and_then(|file| file.sync_all()).map_err(wrong)
}

/// Keeps the database as it is beside it, before a newer schema takes its place; waits for another process that does.
pub(super) fn keep_before_migration(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let mut waited = Duration::ZERO;
    loop {
        match schema::behind(connection)? {
            None => return Ok(()),
            Some(version) => match keep(connection, path, version) {
                Err(StoreError::Busy) if waited < BUSY_TIMEOUT => {
                    std::thread::sleep(PAUSE);
                    waited += PAUSE;
                }
                kept => return kept,
            },
        }
    }
}

/// Keeps the database of the schema `version` as `NAME.version-N`.
///
/// The copy is made under another name, which only one process at a time may use, and what an earlier try left there is
/// removed. Errors with [`StoreError::Busy`] while another process does the same.
fn keep(connection: &Connection, path: &Path, version: u32) -> Result<(), StoreError> {
    let kept = beside(path, &format!(".version-{version}"));
    let part = beside(&kept, ".part");
    let wrong = |source| StoreError::Create { path: kept.clone(), source };
    let mut options = OpenOptions::new();
    let lock = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(&part).map_err(wrong)?;
    if lock.try_lock().is_err() || !is_at(&lock, &part) {
        return Err(StoreError::Busy);
    }
    // One that was there already may be readable by others.
    let own = lock.set_permissions(Permissions::from_mode(0o600)).and_then(|()| lock.set_len(0));
    let forget_journal = || drop(std::fs::remove_file(beside(&part, "-journal")));
    forget_journal();
    let copied = own.map_err(wrong).and_then(|()| copy_into(connection, &part));
    forget_journal();
    // Who had it before us may have been faster, and what was copied is newer by then.
    let is_older = copied.and_then(|()| Ok(schema::version(&Connection::open(&part)?)? == version));
    let kept = is_older.and_then(|is_older| match is_older {
        true => std::fs::rename(&part, &kept).map(|()| true).map_err(wrong),
        false => Ok(false),
    });
    if !matches!(kept, Ok(true)) {
        // What is left of it takes room that is needed.
        let _ = std::fs::remove_file(&part);
    }
    kept.and_then(|_| sync_folder_of(path).map_err(wrong))
}

/// The file whose name is that of `path` and `suffix`.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Whether the open `file` is the one that `path` names.
fn is_at(file: &File, path: &Path) -> bool {
    let number = |metadata: std::io::Result<std::fs::Metadata>| metadata.map(|it| (it.dev(), it.ino())).ok();
    number(file.metadata()).is_some_and(|ours| number(std::fs::metadata(path)) == Some(ours))
}

/// Returns when the name of the file at `path` is on disk, which it is when its folder is.
pub fn sync_folder_of(path: &Path) -> std::io::Result<()> {
    File::open(folder_of(path)).and_then(|folder| folder.sync_all())
}

/// The folder in which the file at `path` is.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

//! Databases of older versions, each checked in as it was written then: they open, nothing of them is lost, and what was
//! approved is still approved.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use followup::store::{Store, StoreError};
use rusqlite::Connection;
use support::home::Home;
use support::world::Program;

/// Three applications on 23 November 2026: one letter approved, one edited and waiting, one rejected.
const VERSION_1: &str = include_str!("migrations/version-1.sql");
/// The same ones, as the versions after it had them.
const VERSION_2: &str = include_str!("migrations/version-2.sql");
const VERSION_3: &str = include_str!("migrations/version-3.sql");
/// Every older version.
const OLDER: [(&str, u32); 3] = [(VERSION_1, 1), (VERSION_2, 2), (VERSION_3, 3)];
/// The version that this program writes.
const NEWEST: u32 = 4;
const TABLES: [&str; 6] = ["applications", "interviews", "cases", "followups", "claims", "journal"];

/// A home with the database that `dump` describes.
fn home_of(dump: &str, version: u32) -> (Home, PathBuf) {
    // The account and the hours that the letters in there were approved for.
    let home = Home::at_port(9);
    home.set("sending.hours", "09:00-17:00");
    home.set("sending.days", "mon-fri");
    let path = home.folder().join("followup.db");
    let database = Connection::open(&path).unwrap();
    database.execute_batch(dump).unwrap();
    database.pragma_update(None, "user_version", version).unwrap();
    (home, path)
}

/// Every value of every row, in the columns that `of` has.
fn rows(path: &Path, of: &Path) -> Vec<String> {
    let (database, model) = (Connection::open(path).unwrap(), Connection::open(of).unwrap());
    let mut rows = Vec::new();
    for table in TABLES {
        let columns = model.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns: Vec<String> = columns.column_names().iter().map(|name| format!("quote({name})")).collect();
        let sql = format!("SELECT {} FROM {table} ORDER BY 1", columns.join(" || ',' || "));
        let mut statement = database.prepare(&sql).unwrap();
        rows.extend(statement.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap));
    }
    rows
}

fn version(path: &Path) -> u32 {
    Connection::open(path).unwrap().query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
}

fn kept(path: &Path, version: u32) -> PathBuf {
    path.with_file_name(format!("followup.db.version-{version}"))
}

#[test]
fn an_older_database_keeps_every_row_and_is_kept_as_it_was_beside_it() {
    for (dump, older) in OLDER {
        keeps_every_row_and_is_kept_as_it_was_beside_it(dump, older);
    }
}

fn keeps_every_row_and_is_kept_as_it_was_beside_it(dump: &str, older: u32) {
    let (_home, path) = home_of(dump, older);
    // What a try left that was killed on the way.
    let part = path.with_file_name(format!("followup.db.version-{older}.part"));
    std::fs::write(&part, "half of it").unwrap();
    std::fs::set_permissions(&part, std::fs::Permissions::from_mode(0o644)).unwrap();
    std::fs::write(part.with_extension("part-journal"), "and its journal").unwrap();
    drop(Store::open(&path).unwrap());
    let kept = kept(&path, older);
    assert_eq!(std::fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(rows(&path, &kept), rows(&kept, &kept));
    assert_eq!(rows(&kept, &kept).len(), 3 + 3 + 3 + 3 + 12);
    assert_eq!((version(&kept), version(&path)), (older, NEWEST));
    // Nothing of it is left half way, and there is nothing to do the second time.
    std::fs::remove_file(&kept).unwrap();
    drop(Store::open(&path).unwrap());
    assert!(!kept.exists());
    let names = names_beside(&path);
    assert!(!names.iter().any(|name| name.contains("part")), "{names:?}");
}

fn names_beside(path: &Path) -> Vec<String> {
    let files = std::fs::read_dir(path.parent().unwrap()).unwrap();
    files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn what_is_forgotten_is_forgotten_in_what_was_kept_too() {
    let (home, path) = home_of(VERSION_1, 1);
    home.must(&["list"]);
    assert!(kept(&path, 1).exists());
    home.must(&["forget", "1", "--yes"]);
    let names = names_beside(&path);
    assert!(!names.iter().any(|name| name.contains("version")), "{names:?}");
}

#[test]
fn what_cannot_be_forgotten_in_what_was_kept_is_not_forgotten_by_half() {
    let (home, path) = home_of(VERSION_1, 1);
    home.must(&["list"]);
    // No file can be removed that is a folder.
    std::fs::remove_file(kept(&path, 1)).unwrap();
    std::fs::create_dir(kept(&path, 1)).unwrap();
    assert_eq!(home.run(&["forget", "1", "--yes"]).code, 5);
    // It can be forgotten again, once that is put right.
    home.must(&["show", "1"]);
    std::fs::remove_dir(kept(&path, 1)).unwrap();
    home.must(&["forget", "1", "--yes"]);
}

#[test]
fn many_first_commands_at_once_keep_one_whole_copy_of_the_old_database() {
    let (home, path) = home_of(VERSION_1, 1);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| home.must(&["list"]));
        }
    });
    assert_eq!((version(&kept(&path, 1)), version(&path)), (1, NEWEST));
    assert_eq!(rows(&kept(&path, 1), &kept(&path, 1)).len(), 3 + 3 + 3 + 3 + 12);
}

#[test]
fn a_daemon_that_finds_a_newer_database_ends_so_that_systemd_starts_the_newer_one() {
    let home = Home::at_port(9);
    home.must(&["list"]);
    let daemon = home.daemon();
    daemon.wait_for_words("watching");
    home.sql("PRAGMA user_version = 99; UPDATE meta SET value = value");
    // Not 5, after which the unit is not started again.
    assert_eq!(daemon.wait_for_end().code(), Some(1));
    assert!(daemon.said().contains("a newer followup has changed the database"), "{}", daemon.said());
}

#[test]
fn what_was_approved_before_is_approved_after_and_not_asked_anew() {
    for (dump, older) in OLDER {
        let (home, _path) = home_of(dump, older);
        let program = Program::start(&home, "2026-11-23T12:00:00Z");
        program.tick();
        assert_eq!([1, 2, 3].map(|id| program.phase(id)), ["approved", "waiting", "cancelled"]);
    }
}

#[test]
fn without_a_copy_beside_it_an_older_database_is_not_touched() {
    let (_home, path) = home_of(VERSION_1, 1);
    // No file can take the place of a folder.
    std::fs::create_dir(kept(&path, 1)).unwrap();
    let error = Store::open(&path).unwrap_err();
    assert!(matches!(&error, StoreError::Create { path, .. } if path.ends_with("followup.db.version-1")), "{error}");
    assert_eq!(version(&path), 1);
    let names = names_beside(&path);
    assert!(!names.iter().any(|name| name.contains("part")), "{names:?}");
}

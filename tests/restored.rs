//! A backup that was put back, or a database that was copied, does not send again what went out since. The witness
//! is the server's log.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

// The paths are spelled out so that these files do not become tests of their own.
#[path = "restored/copies.rs"]
mod copies;
#[path = "restored/file.rs"]
mod file;
#[path = "restored/letters.rs"]
mod letters;
#[path = "restored/limits.rs"]
mod limits;

use std::path::PathBuf;

use followup::store::Store;
use support::home::{Home, ME};
use support::mail_server::MailServer;

const JANE: &str = "jane@globex.example";

/// The file that stays when the database is replaced.
fn send_journal(home: &Home) -> PathBuf {
    home.folder().join("followup.db.sent")
}

/// A copy of the database as it is now; gives its file.
fn back_up(home: &Home) -> PathBuf {
    let folder = home.folder();
    let copy = (1..).map(|number| folder.join(format!("copy-{number}.db"))).find(|copy| !copy.exists()).unwrap();
    Store::open(&folder.join("followup.db")).unwrap().back_up(&copy).unwrap();
    copy
}

/// Puts `copy` in the place of the database, as `backup --help` says. Nothing may be at work on it.
fn restore(home: &Home, copy: &PathBuf) {
    for name in ["followup.db-wal", "followup.db-shm"] {
        let _ = std::fs::remove_file(home.folder().join(name));
    }
    std::fs::copy(copy, home.folder().join("followup.db")).unwrap();
}

/// The mails to the person alone, each as one line.
fn mails_to_me(server: &MailServer) -> Vec<String> {
    let mails = server.accepted().into_iter().filter(|mail| mail.recipients == [ME]);
    let text = |data: &[u8]| String::from_utf8(data.to_vec()).unwrap().replace("=\r\n", "");
    mails.map(|mail| text(&mail.data).split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// How many of them say that approvals were taken back.
fn taken_back(server: &MailServer) -> usize {
    mails_to_me(server).iter().filter(|mail| mail.contains("Approvals were taken back")).count()
}

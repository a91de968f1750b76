//! A damaged database: whoever sends looks before they begin, says which file and what to do, and leaves it as it is.
//! And one whose files are taken away while the daemon runs: nothing that was said to be done is lost.

use std::path::PathBuf;
use std::sync::mpsc;

use super::*;

/// A home with an approved letter and some free pages, its database in one file, which is damaged by `damage`.
fn damaged(server: &MailServer, damage: impl Fn(&mut Vec<u8>, &dyn Fn(&str) -> usize)) -> (Home, PathBuf) {
    let home = Home::new(server);
    home.approved_letter_to(JANE);
    home.sql("CREATE TABLE x (y); INSERT INTO x VALUES (randomblob(40000)); DROP TABLE x");
    let path = home.folder().join("followup.db");
    let other = rusqlite::Connection::open(&path).unwrap();
    let first_byte_of = |name: &str| {
        let sql = "SELECT (rootpage - 1) * 4096 FROM sqlite_schema WHERE name = ?";
        other.query_row(sql, [name], |row| row.get::<_, i64>(0)).unwrap() as usize
    };
    other.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    damage(&mut bytes, &first_byte_of);
    drop(other);
    std::fs::write(&path, bytes).unwrap();
    (home, path)
}

fn is_refused_and_untouched(what: &str, damage: impl Fn(&mut Vec<u8>, &dyn Fn(&str) -> usize)) {
    let server = MailServer::start();
    let (home, path) = damaged(&server, damage);
    let before = std::fs::read(&path).unwrap();
    for command in ["tick", "daemon", "status", "check"] {
        let ran = home.run(&[command]);
        let said = (ran.stdout + &ran.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(ran.code, 5, "{what}: {command}: {said}");
        assert!(said.contains("followup.db is damaged, and was not touched: "), "{what}: {command}: {said}");
        assert!(said.contains("put your last backup in its place"), "{what}: {command}: {said}");
        assert!(std::fs::read(&path).unwrap() == before, "{what}: {command} changed it");
    }
    assert!(server.log().is_empty(), "{what}: {}", server.transcript());
}

#[test]
fn a_damaged_database_is_named_and_nothing_is_sent_from_it_or_written_into_it() {
    is_refused_and_untouched("the kind of a page", |bytes, first_byte_of| bytes[first_byte_of("journal")] = 0xff);
}

#[test]
fn an_index_that_lost_a_letter_is_damage_too() {
    is_refused_and_untouched("an index", |bytes, first_byte_of| {
        let page = first_byte_of("followups_by_phase");
        let at = bytes[page..page + 4096].windows(8).position(|it| it == b"approved").unwrap();
        bytes[page + at] = b'b';
    });
}

#[test]
fn a_list_of_free_pages_that_names_others_is_damage_too() {
    // The first page of the list, and the list itself naming a page that is in use.
    is_refused_and_untouched("the first free page", |bytes, _| bytes[33] ^= 1);
    is_refused_and_untouched("a free page", |bytes, _| {
        let first = (u32::from_be_bytes(bytes[32..36].try_into().unwrap()) as usize - 1) * 4096;
        bytes[first + 8..first + 12].copy_from_slice(&2_u32.to_be_bytes());
    });
}

#[test]
fn facts_that_another_program_wrote_past_the_checks_are_no_damage() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let id = home.approved_letter_to(JANE);
    home.add("bill@initech.example");
    home.sql("PRAGMA ignore_check_constraints = 1; UPDATE applications SET country = 'Albion' WHERE id = 2");
    home.must(&["tick"]);
    assert_eq!((home.phase(&id).as_str(), server.acceptances_for(JANE)), ("sent", 1));
    home.must(&["status"]);
}

/// Removes these files while the daemon has an ask in its hand, approves a letter then, and lets the daemon end; gives
/// what became of the approval. `is_stopped`: the daemon is asked to end, too.
fn approved_after_removing(suffixes: &[&str], is_stopped: bool) -> i32 {
    let what = format!("{suffixes:?}, {is_stopped}");
    let server = MailServer::start();
    let home = Home::new(&server);
    let id = home.add(JANE);
    home.must(&["draft", &id]);
    home.add("bill@initech.example");
    let (reached, is_reached) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    server.at(Point::Mail.once(), move |_| {
        reached.send(()).unwrap();
        may_go_on.recv().unwrap();
    });
    let daemon = home.daemon();
    is_reached.recv().unwrap();
    for suffix in suffixes {
        std::fs::remove_file(home.folder().join(format!("followup.db{suffix}"))).unwrap();
    }
    let code = home.run(&["approve", &id]).code;
    if is_stopped {
        daemon.terminate();
        daemon.wait_for_words("asked to stop");
    }
    go_on.send(()).unwrap();
    assert_eq!(daemon.wait_for_end().code(), Some(1), "{what}: {:?}", daemon.log());
    home.must(&["tick"]);
    let expected = if code == 0 { ("sent", 1) } else { ("waiting", 0) };
    assert_eq!((home.phase(&id).as_str(), server.acceptances_for(JANE)), expected, "{what}: {:?}", daemon.log());
    code
}

#[test]
fn an_approval_is_kept_when_what_sqlite_keeps_beside_the_database_was_removed_under_the_daemon() {
    for is_stopped in [false, true] {
        assert_eq!(approved_after_removing(&["-shm"], is_stopped), 0);
        approved_after_removing(&["-wal"], is_stopped);
    }
}

#[test]
fn what_was_recorded_is_kept_when_the_log_is_removed_under_the_daemon() {
    for suffixes in [&["-wal"][..], &["-shm"], &["-wal", "-shm"]] {
        let server = MailServer::start();
        let home = Home::new(&server);
        home.set("sending.grace", "1h");
        let id = home.add(JANE);
        home.must(&["draft", &id]);
        let daemon = idle(&home);
        home.must(&["approve", &id]);
        for suffix in suffixes {
            std::fs::remove_file(home.folder().join(format!("followup.db{suffix}"))).unwrap();
        }
        // It does not wait for the next minute.
        assert_eq!(daemon.wait_for_end().code(), Some(1), "{suffixes:?}: {:?}", daemon.log());
        assert_eq!(home.phase(&id), "approved", "{suffixes:?}: {:?}", daemon.log());
    }
}

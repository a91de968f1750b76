//! The file itself: what stands in it and when, and what happens where it is broken or cannot be written.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};

use followup::store::{Claimed, SendLine, Store, StoreError};

use super::{JANE, back_up, mails_to_me, restore, send_journal, taken_back};
use crate::support::home::Home;
use crate::support::mail_server::{MailServer, Point};
use crate::support::world::{Program, promised};

const BILL: &str = "bill@initech.example";

fn mode(home: &Home) -> u32 {
    std::fs::metadata(send_journal(home)).unwrap().permissions().mode() & 0o777
}

/// What was said, as one line, however it was broken.
fn unbroken(said: &str) -> String {
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn lines(home: &Home) -> Vec<String> {
    std::fs::read_to_string(send_journal(home)).unwrap().lines().map(str::to_owned).collect()
}

fn add_to_file(home: &Home, bytes: &[u8]) {
    std::fs::OpenOptions::new().append(true).open(send_journal(home)).unwrap().write_all(bytes).unwrap();
}

#[test]
fn the_claim_stands_in_it_before_the_server_hears_of_the_letter_and_the_end_after() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.approved_letter_to(JANE);
    let (path, at_mail) = (send_journal(&home), Arc::new(Mutex::new(String::new())));
    let kept = Arc::clone(&at_mail);
    server.at(Point::Mail.once(), move |_| *kept.lock().unwrap() = std::fs::read_to_string(&path).unwrap());
    home.must(&["tick"]);
    let at_mail = at_mail.lock().unwrap();
    assert!(at_mail.ends_with('\n') && at_mail.lines().count() == 2, "{at_mail}");
    assert!(at_mail.contains("\"claimed\"") && !at_mail.contains("ended"), "{at_mail}");
    let lines = lines(&home);
    assert!(lines.len() == 3 && lines[2].contains("accepted"), "{lines:?}");
}

#[test]
fn it_is_for_its_owner_alone_whatever_the_umask_and_again_if_others_could_read_it() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let id = home.approved_letter_to(JANE);
    let daemon = home.daemon_through(&["sh", "-c", "umask 000; exec \"$@\"", "sh"]);
    daemon.wait_for_words("application 1: sent");
    daemon.terminate();
    daemon.wait_for_end();
    assert_eq!((home.phase(&id).as_str(), mode(&home)), ("sent", 0o600));
    std::fs::set_permissions(send_journal(&home), std::fs::Permissions::from_mode(0o644)).unwrap();
    let checked = home.run(&["check"]);
    assert!(
        unbroken(&checked.stdout).contains("followup.db.sent 0644: others can read what was sent"),
        "{}",
        checked.stdout
    );
    home.approved_letter_to(BILL);
    home.must(&["tick"]);
    assert_eq!((mode(&home), server.acceptances_for(BILL)), (0o600, 1));
}

#[test]
fn half_a_last_line_is_passed_over_and_makes_room_for_the_next() {
    for torn in [&b"{\"claimed\":{\"name\":\"a"[..], b"\0\0\0\0", b"{"] {
        let server = MailServer::start();
        let home = Home::new(&server);
        home.approved_letter_to(JANE);
        let copy = back_up(&home);
        home.must(&["tick"]);
        add_to_file(&home, torn);
        let other = home.approved_letter_to(BILL);
        home.must(&["tick"]);
        assert_eq!((home.phase(&other).as_str(), lines(&home).len()), ("sent", 5));
        restore(&home, &copy);
        home.must(&["tick"]);
        assert_eq!((home.phase("1").as_str(), server.acceptances_for(JANE)), ("sent", 1));
    }
}

/// What is left of a line of `length` bytes that begins at `at`, if of its sectors only those of `kept` were written.
fn in_sectors(line: &[u8], at: usize, kept: usize) -> Vec<u8> {
    let is_kept = |place: usize| (at + place) / 512 % 2 == kept;
    line.iter().enumerate().map(|(place, &byte)| if is_kept(place) { byte } else { 0 }).collect()
}

#[test]
fn a_last_line_that_a_power_cut_left_with_holes_is_passed_over_too() {
    // Its first two lines are written at once, the third by itself.
    for (whole_lines, torn_lines, kept) in [(0, 2, 0), (0, 2, 1), (2, 1, 0), (2, 1, 1)] {
        let server = MailServer::start();
        let home = Home::new(&server);
        home.approved_letter_to(JANE);
        home.must(&["tick"]);
        let text = std::fs::read(send_journal(&home)).unwrap();
        let end_of = |lines| text.split_inclusive(|&byte| byte == b'\n').take(lines).map(<[u8]>::len).sum::<usize>();
        let (begin, end) = (end_of(whole_lines), end_of(whole_lines + torn_lines));
        let torn = in_sectors(&text[begin..end], begin, kept);
        std::fs::write(send_journal(&home), [&text[..begin], &torn].concat()).unwrap();
        let other = home.approved_letter_to(BILL);
        home.must(&["tick"]);
        assert_eq!(home.phase(&other), "sent", "{whole_lines} {kept}");
        let text = std::fs::read(send_journal(&home)).unwrap();
        assert!(!text.contains(&0), "{whole_lines} {kept}: {}", String::from_utf8_lossy(&text));
    }
}

#[test]
fn a_last_line_that_lacks_only_its_end_counts() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.approved_letter_to(JANE);
    let copy = back_up(&home);
    home.must(&["tick"]);
    let text = std::fs::read_to_string(send_journal(&home)).unwrap();
    std::fs::write(send_journal(&home), text.trim_end()).unwrap();
    home.approved_letter_to(BILL);
    home.must(&["tick"]);
    assert_eq!(lines(&home).len(), 5);
    restore(&home, &copy);
    home.must(&["tick"]);
    assert_eq!(home.phase("1"), "sent");
}

#[test]
fn a_line_of_somebody_else_holds_everything_until_it_is_gone() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.approved_letter_to(JANE);
    home.must(&["tick"]);
    let whole = std::fs::read(send_journal(&home)).unwrap();
    let id = home.approved_letter_to(BILL);
    let ended = b"{\"ended\":{\"name\":\"unknown\",\"fate\":\"accepted\"}}\n";
    for garbage in [&b"dear diary\n"[..], ended, b"{\"claimed\":{}}\n", b"\n", b"\xff\xfe\n"] {
        add_to_file(&home, garbage);
        let ticked = home.tick();
        assert_eq!(ticked.code, 5, "{}", ticked.stderr);
        let said = unbroken(&ticked.stderr);
        assert!(said.contains("followup.db.sent: line 4 is not one that followup wrote there"), "{said}");
        let checked = home.run(&["check"]);
        assert!(unbroken(&checked.stdout).contains("followup.db.sent: line 4"), "{}", checked.stdout);
        assert_eq!((home.phase(&id).as_str(), server.acceptances_for(BILL)), ("approved", 0));
        std::fs::write(send_journal(&home), &whole).unwrap();
    }
    home.must(&["tick"]);
    assert_eq!(server.acceptances_for(BILL), 1);
}

#[test]
fn the_file_of_another_database_holds_everything() {
    let server = MailServer::start();
    let (home, other) = (Home::new(&server), Home::new(&server));
    for home in [&home, &other] {
        home.approved_letter_to(JANE);
        home.must(&["tick"]);
    }
    home.must(&["tick"]);
    std::fs::copy(send_journal(&other), send_journal(&home)).unwrap();
    home.approved_letter_to(BILL);
    let ticked = home.tick();
    assert!(ticked.code == 5 && unbroken(&ticked.stderr).contains("belongs to another database"), "{}", ticked.stderr);
    assert_eq!(server.acceptances_for(BILL), 0);
}

#[test]
fn a_new_database_beside_the_file_of_the_one_before_does_not_write_to_them_again() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.approved_letter_to(JANE);
    home.must(&["tick"]);
    for name in ["followup.db", "followup.db-wal", "followup.db-shm"] {
        let _ = std::fs::remove_file(home.folder().join(name));
    }
    let id = home.add(JANE);
    home.must(&["tick"]);
    home.must(&["tick"]);
    assert_eq!((home.phase(&id).as_str(), server.acceptances_for(JANE)), ("sent", 1));
}

#[test]
fn nothing_goes_that_cannot_be_noted_and_it_goes_once_it_can() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    let id = program.approved(promised("Globex", JANE));
    // No file can take the place of a folder, not even root's.
    std::fs::create_dir(send_journal(&home)).unwrap();
    assert_eq!(program.tick().submitted, 0);
    assert_eq!((program.phase(id).as_str(), server.log().len()), ("approved", 0), "{}", server.transcript());
    let why = program.account().why.unwrap();
    assert!(why.contains("followup.db.sent: cannot be written: Is a directory"), "{why}");
    // However long that lasts, it is looked at again every few minutes.
    let a_while = jiff::SignedDuration::from_mins(6);
    for _ in 0..10 {
        program.passes(a_while);
        assert_eq!(program.tick().submitted, 0);
    }
    std::fs::remove_dir(send_journal(&home)).unwrap();
    program.passes(a_while);
    program.tick();
    assert_eq!((program.phase(id).as_str(), server.acceptances_for(JANE)), ("sent", 1));
}

#[test]
fn a_file_that_fails_after_the_claim_keeps_the_letter_and_one_after_the_send_loses_nothing() {
    for point in [Point::Connected, Point::Dot] {
        let server = MailServer::start();
        let home = Home::new(&server);
        let id = home.approved_letter_to(JANE);
        let path = send_journal(&home);
        server.at(point.once(), move |_| {
            let _ = std::fs::remove_file(&path);
            std::fs::create_dir(&path).unwrap();
        });
        let ticked = home.tick();
        std::fs::remove_dir(send_journal(&home)).unwrap();
        let (phase, taken) = (home.phase(&id), server.acceptances_for(JANE));
        match point {
            Point::Connected => {
                assert_eq!((phase.as_str(), taken, ticked.code), ("approved", 0, 6));
                assert!(
                    unbroken(&ticked.stderr).contains("no letter goes that is not noted there"),
                    "{}",
                    ticked.stderr
                );
            }
            _ => {
                assert_eq!((phase.as_str(), taken, ticked.code), ("sent", 1, 0));
                assert!(unbroken(&ticked.stderr).contains("could not be noted"), "{}", ticked.stderr);
            }
        }
    }
}

#[test]
fn nobody_can_be_read_in_it_and_what_is_forgotten_raises_no_alarm() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let id = home.approved_letter_to(JANE);
    home.must(&["tick"]);
    home.must(&["forget", &id, "--yes"]);
    let text = std::fs::read_to_string(send_journal(&home)).unwrap().to_lowercase();
    for word in ["jane", "doe", "globex", "analyst", "16 days"] {
        assert!(!text.contains(word), "{word} stands in {text}");
    }
    for _ in 0..3 {
        home.must(&["tick"]);
    }
    assert_eq!((mails_to_me(&server).len(), taken_back(&server)), (0, 0));
    assert!(!home.must(&["status"]).contains("Approvals"));
}

#[test]
fn one_that_is_no_file_is_not_read_and_nothing_is_sent() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.approved_letter_to(JANE);
    // It would never end; a pipe would never begin.
    std::os::unix::fs::symlink("/dev/zero", send_journal(&home)).unwrap();
    let tick = home.tick();
    assert_eq!(tick.code, 5, "{}", tick.stderr);
    assert!(unbroken(&tick.stderr).contains("followup.db.sent: is no file"), "{}", tick.stderr);
    assert_eq!(server.acceptances_for(JANE), 0);
}

#[test]
fn a_letter_that_went_is_not_noted_as_claimed_again_so_that_it_cannot_go_again() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.approved_letter_to(JANE);
    home.must(&["tick"]);
    let mut store = Store::open(&home.folder().join("followup.db")).unwrap();
    let (claimed, _) = store.send_journal().unwrap().claims.remove(0);
    // As of an older copy that was written over the database under whoever sends.
    let again = Claimed { name: "another".to_owned(), ..claimed };
    let noted = store.note(&SendLine::Claimed(again)).unwrap_err();
    assert!(matches!(noted, StoreError::Replaced { .. }), "{noted}");
    assert_eq!(lines(&home).len(), 3);
}

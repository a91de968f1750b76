//! Never two digests a day, and never none for good: whatever the mail server does, the process dies of, or the person
//! changes meanwhile.

use std::collections::BTreeSet;
use std::sync::Mutex;

use followup::store::Store;
use jiff::SignedDuration;
use tokio::sync::oneshot;

use crate::digest::{after_each, digests, home, with_a_letter_that_waits};
use crate::support::home::Home;
use crate::support::mail_server::{Behaviour, Fault, MailServer, Point};
use crate::support::world::{Program, promised};
use crate::{connections, header, tries};

/// Started on Friday the 13th, with a letter of which nobody knows whether it arrived; the person has been told. Then
/// they have another address, which selects how the server takes a digest.
fn with_a_letter_in_doubt<'a>(home: &'a Home, me: &str) -> Program<'a> {
    let program = Program::start(home, "2026-11-13T10:00Z");
    program.approved(promised("Globex", "drop-after-dot@globex.example"));
    program.tick();
    program.tick();
    program.restart_when(|| home.set("me.email", me))
}

#[test]
fn a_restart_sends_no_second_one_nor_does_a_tick_of_cron() {
    let server = MailServer::start();
    let home = home(&server);
    let mut program = with_a_letter_that_waits(&home);
    for minute in 0..5 {
        program = program.restart();
        program.is_at(&format!("2026-11-16T08:3{minute}Z"));
        program.tick();
    }
    assert_eq!(digests(&server).len(), 1);
}

#[test]
fn a_laptop_that_was_off_at_half_past_eight_sends_it_when_it_is_on() {
    let server = MailServer::start();
    let home = home(&server);
    let program = with_a_letter_that_waits(&home).restart();
    assert_eq!(after_each(&program, &server, &["2026-11-16T15:00Z", "2026-11-16T15:01Z"]), [1, 1]);
}

#[test]
fn a_laptop_that_was_off_for_three_days_sends_one() {
    let server = MailServer::start();
    let home = home(&server);
    let program = with_a_letter_that_waits(&home).restart();
    let instants = ["2026-11-18T07:00Z", "2026-11-18T10:00Z", "2026-11-18T22:00Z", "2026-11-19T08:30Z"];
    assert_eq!(after_each(&program, &server, &instants), [0, 1, 1, 2]);
}

#[test]
fn one_that_certainly_did_not_go_is_tried_again_the_same_day_once_the_account_has_rested() {
    for fault in [Fault::Reply(421), Fault::Drop, Fault::Garbage] {
        let server = MailServer::start();
        let home = home(&server);
        let program = with_a_letter_that_waits(&home);
        server.behave(Behaviour { greeting: Some(fault), ..Behaviour::default() });
        let before = connections(&server);
        assert_eq!(after_each(&program, &server, &["2026-11-16T08:30Z", "2026-11-16T08:34Z"]), [0, 0], "{fault:?}");
        assert_eq!(connections(&server), before + 1, "{fault:?}: it rests");
        let program = program.restart();
        assert_eq!(after_each(&program, &server, &["2026-11-16T08:36Z"]), [0], "{fault:?}");
        server.behave(Behaviour::default());
        assert_eq!(after_each(&program, &server, &["2026-11-16T09:00Z", "2026-11-16T14:00Z"]), [1, 1], "{fault:?}");
        assert_eq!(program.account(), Default::default(), "{fault:?}");
    }
}

#[test]
fn a_day_without_a_network_is_not_made_up_for() {
    let server = MailServer::start();
    let home = home(&server);
    let program = with_a_letter_that_waits(&home);
    server.behave(Behaviour { greeting: Some(Fault::Drop), ..Behaviour::default() });
    let in_vain = ["2026-11-16T08:30Z", "2026-11-16T12:00Z", "2026-11-16T23:00Z", "2026-11-17T07:00Z"];
    assert_eq!(after_each(&program, &server, &in_vain), [0; 4]);
    server.behave(Behaviour::default());
    assert_eq!(
        after_each(&program, &server, &["2026-11-17T08:29Z", "2026-11-17T12:30Z", "2026-11-17T20:00Z"]),
        [0, 1, 1]
    );
}

#[test]
fn a_mailbox_that_takes_none_now_is_asked_again_later_and_seldom() {
    let server = MailServer::start();
    let home = home(&server);
    let program = with_a_letter_in_doubt(&home, "greylist@home.example");
    assert_eq!(after_each(&program, &server, &["2026-11-16T08:30Z", "2026-11-16T08:34Z"]), [0, 0]);
    assert_eq!(tries(&server, "greylist@home.example"), 1);
    assert_eq!(after_each(&program, &server, &["2026-11-16T08:36Z", "2026-11-16T14:00Z"]), [1, 1]);

    let refusing = MailServer::start();
    let home = crate::digest::home(&refusing);
    let program = with_a_letter_in_doubt(&home, "550-at-rcpt@home.example");
    program.is_at("2026-11-16T08:30Z");
    for _ in 0..24 * 12 {
        program.tick();
        program.passes(SignedDuration::from_mins(5));
    }
    let tried = tries(&refusing, "550-at-rcpt@home.example");
    assert!((5..=11).contains(&tried), "tried {tried} times in a day");
}

#[test]
fn one_whose_answer_is_lost_is_not_sent_again_that_day() {
    for me in ["drop-after-dot@home.example", "drop-at-dot@home.example"] {
        let server = MailServer::start();
        let home = home(&server);
        let program = with_a_letter_in_doubt(&home, me);
        after_each(&program, &server, &["2026-11-16T08:30Z"]);
        let program = program.restart();
        after_each(&program, &server, &["2026-11-16T09:00Z", "2026-11-16T23:00Z"]);
        assert_eq!(tries(&server, me), 1, "{me}");
        assert!(home.must(&["log"]).contains("the daily digest may not have arrived: "), "{me}");
        after_each(&program, &server, &["2026-11-17T08:30Z"]);
        assert_eq!(tries(&server, me), 2, "{me}: the next day has its own");
    }
}

#[test]
fn the_digest_of_another_day_is_another_message() {
    let server = MailServer::start();
    let home = home(&server);
    let program = with_a_letter_that_waits(&home);
    assert_eq!(after_each(&program, &server, &["2026-11-16T08:30Z", "2026-11-17T08:30Z"]), [1, 2]);
    let ids: BTreeSet<_> = server.accepted().iter().map(|mail| header(mail, "Message-ID")).collect();
    assert_eq!(ids.len(), 3);
}

#[test]
fn a_process_that_dies_over_it_costs_one_and_never_sends_two() {
    for (point, went) in [(Point::Connected, 0), (Point::Mail, 0), (Point::Dot, 1), (Point::Accepted, 1)] {
        let server = MailServer::start();
        let home = home(&server);
        let program = with_a_letter_that_waits(&home);
        program.is_at("2026-11-16T08:30Z");
        let (kill, death) = oneshot::channel();
        let kill = Mutex::new(Some(kill));
        server.at(point.once(), move |_| kill.lock().unwrap().take().unwrap().send(()).unwrap());
        program.dies_in_a_tick(death);
        let program = program.restart();
        let after = after_each(&program, &server, &["2026-11-16T08:31Z", "2026-11-16T20:00Z"]);
        assert_eq!(after, [went, went], "{point:?}");
        assert_eq!(after_each(&program, &server, &["2026-11-17T08:30Z"]), [went + 1], "{point:?}");
    }
}

#[test]
fn a_daemon_that_is_told_to_stop_over_it_does_not_send_it_again() {
    let server = MailServer::start();
    let home = home(&server);
    let program = with_a_letter_that_waits(&home);
    program.is_at("2026-11-16T08:30Z");
    let switch = program.switch();
    server.at(Point::Dot.once(), move |_| assert!(!switch.send_replace(true)));
    assert_eq!(program.tick().told, 0);
    let program = program.restart();
    assert_eq!(after_each(&program, &server, &["2026-11-16T08:31Z", "2026-11-16T20:00Z"]), [1, 1]);
}

#[test]
fn another_time_for_it_sends_no_second_one_that_day() {
    let server = MailServer::start();
    let home = home(&server);
    let program = with_a_letter_that_waits(&home);
    assert_eq!(after_each(&program, &server, &["2026-11-16T08:30Z"]), [1]);
    let program = program.restart_when(|| home.set("ask.digest_at", "15:00"));
    assert_eq!(after_each(&program, &server, &["2026-11-16T15:00Z", "2026-11-17T08:30Z"]), [1, 1]);
    assert_eq!(after_each(&program, &server, &["2026-11-17T15:00Z"]), [2]);
}

#[test]
fn a_backup_that_is_put_back_sends_no_second_one_that_day() {
    let server = MailServer::start();
    let home = home(&server);
    let program = with_a_letter_that_waits(&home);
    let (database, copy) = (home.folder().join("followup.db"), home.folder().join("copy.db"));
    program.is_at("2026-11-16T08:00Z");
    program.tick();
    Store::open(&database).unwrap().back_up(&copy).unwrap();
    assert_eq!(after_each(&program, &server, &["2026-11-16T08:30Z"]), [1]);
    let program = program.restart_when(|| {
        for name in ["followup.db-wal", "followup.db-shm"] {
            let _ = std::fs::remove_file(home.folder().join(name));
        }
        std::fs::copy(&copy, &database).unwrap();
    });
    assert_eq!(after_each(&program, &server, &["2026-11-16T09:00Z", "2026-11-17T08:30Z"]), [1, 2]);
}

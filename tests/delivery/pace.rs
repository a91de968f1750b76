//! When an approved letter is tried, and tried again: backoff, limits, office hours, the end of its window. The
//! program runs in this process, under a clock that the test sets.

use jiff::SignedDuration;

use crate::support::home::Home;
use crate::support::mail_server::{Behaviour, Fault, MailServer, Point};
use crate::support::world::{Program, application, promised};
use crate::{asked_to_let_go, commands, connections, header, mails_to_me, server_that, tries};

const JANE: &str = "jane@globex.example";
const ONE_SECOND: SignedDuration = SignedDuration::from_secs(1);

#[test]
fn a_deferred_letter_is_tried_again_after_5_minutes_doubling_to_4_hours() {
    let (server, address) = (MailServer::start(), "450-at-rcpt@globex.example");
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    let id = program.approved(promised("Globex", address));
    program.tick();
    for (minutes, tries_before) in [5, 10, 20, 40, 80, 160, 240, 240, 240].into_iter().zip(1..) {
        let backoff = SignedDuration::from_mins(minutes);
        program.passes(backoff - ONE_SECOND);
        program.ticks_in_vain();
        assert_eq!(tries(&server, address), tries_before, "before {minutes} minutes");
        // Up to a tenth more, so that many letters do not knock at once.
        program.passes(backoff / 10 + ONE_SECOND);
        assert_eq!(program.tick().submitted, 1);
        program.ticks_in_vain();
        assert_eq!(tries(&server, address), tries_before + 1, "after {minutes} minutes");
    }
    assert_eq!(program.phase(id), "approved");
}

#[test]
fn a_greylisted_letter_goes_at_the_second_try() {
    let (server, address) = (MailServer::start(), "greylist@globex.example");
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    let id = program.approved(promised("Globex", address));
    program.tick();
    program.ticks_in_vain();
    assert_eq!((program.phase(id).as_str(), server.acceptances_for(address)), ("approved", 0));

    program.passes(SignedDuration::from_mins(6));
    program.tick();
    assert_eq!((program.phase(id).as_str(), server.acceptances_for(address)), ("sent", 1));
    program.lives_on(30);
    assert_eq!((tries(&server, address), server.acceptances_for(address)), (2, 1));
}

#[test]
fn every_try_of_a_letter_has_the_same_message_id() {
    let (server, address) = (MailServer::start(), "451-after-dot@globex.example");
    let home = Home::new(&server);
    let mut program = Program::start(&home, "2026-11-16T10:00Z");
    program.approved(promised("Globex", address));
    for _ in 0..3 {
        program.tick();
        program.passes(SignedDuration::from_hours(5));
        program = program.restart();
    }
    let ids: Vec<String> = server.rejected().iter().map(|message| header(message, "Message-ID")).collect();
    assert_eq!(ids.len(), 3);
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

#[test]
fn two_letters_have_two_message_ids() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.approved(promised("Globex", JANE));
    program.approved(promised("Globex", JANE));
    program.tick();
    let ids: Vec<String> = server.accepted().iter().map(|message| header(message, "Message-ID")).collect();
    assert_eq!(ids.len(), 2);
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn a_server_out_of_reach_is_left_alone_for_longer_and_longer() {
    let server = server_that(|server| server.greeting = Some(Fault::Reply(421)));
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    let id = program.approved(promised("Globex", JANE));
    program.tick();
    for (minutes, connections_before) in [5, 10, 20, 40, 80, 160, 240, 240].into_iter().zip(1..) {
        let backoff = SignedDuration::from_mins(minutes);
        program.passes(backoff - ONE_SECOND);
        program.ticks_in_vain();
        assert_eq!(connections(&server), connections_before, "before {minutes} minutes");
        program.passes(backoff / 10 + ONE_SECOND);
        program.tick();
        assert_eq!(connections(&server), connections_before + 1, "after {minutes} minutes");
    }
    server.behave(Behaviour::default());
    program.passes(SignedDuration::from_hours(5));
    program.tick();
    assert_eq!((program.phase(id).as_str(), server.acceptances_for(JANE)), ("sent", 1));
    assert_eq!(program.account(), Default::default());
}

#[test]
fn one_try_finds_the_server_out_of_reach_for_all_letters() {
    let server = server_that(|server| server.greeting = Some(Fault::Reply(421)));
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    for company in ["Globex", "Initech", "Hooli"] {
        program.approved(promised(company, JANE));
    }
    program.tick();
    assert_eq!(connections(&server), 1);
}

#[test]
fn one_session_serves_all_letters_of_a_tick() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    for company in ["Globex", "Initech", "Hooli"] {
        program.approved(promised(company, JANE));
    }
    program.tick();
    assert_eq!((connections(&server), server.acceptances_for(JANE)), (1, 3));
}

#[test]
fn a_letter_in_trouble_does_not_keep_the_others_back() {
    let faults = ["450-at-rcpt", "421-at-rcpt", "drop-at-data", "550-at-rcpt", "drop-after-dot", "554-after-dot"];
    for fault in faults {
        let server = MailServer::start();
        let home = Home::new(&server);
        let program = Program::start(&home, "2026-11-16T10:00Z");
        program.approved(promised("Globex", &format!("{fault}@globex.example")));
        let other = program.approved(promised("Initech", "bill@initech.example"));
        program.tick();
        assert_eq!(program.phase(other), "sent", "{fault}");
        assert_eq!(server.acceptances_for("bill@initech.example"), 1, "{fault}");
    }
}

#[test]
fn a_paused_account_is_tried_again_after_four_hours_and_at_a_restart() {
    for code in [550, 530] {
        let server = server_that(|server| server.mail = Some(Fault::Reply(code)));
        let home = Home::new(&server);
        let program = Program::start(&home, "2026-11-16T10:00Z");
        program.approved(promised("Globex", JANE));
        program.approved(promised("Initech", JANE));
        program.tick();
        assert!(program.account().paused, "{code}");
        program.passes(SignedDuration::from_hours(4) - ONE_SECOND);
        program.ticks_in_vain();
        assert_eq!(commands(&server, "MAIL"), 1, "{code}: the other letter fares no better");

        program.passes(SignedDuration::from_mins(1));
        program.tick();
        assert_eq!(commands(&server, "MAIL"), 2, "{code}");

        server.behave(Behaviour::default());
        program.passes(SignedDuration::from_mins(30));
        program.ticks_in_vain();
        program.restart().tick();
        assert_eq!(server.acceptances_for(JANE), 2, "{code}");
    }
}

#[test]
fn an_approval_ends_with_its_window_however_often_the_letter_was_tried() {
    for address in ["450-at-rcpt@globex.example", "451-after-dot@globex.example", "drop-at-rcpt@globex.example"] {
        let server = MailServer::start();
        let home = Home::new(&server);
        let program = Program::start(&home, "2026-11-27T10:00Z");
        let id = program.approved(promised("Globex", address));
        program.tick();
        program.is_at("2026-11-27T23:59:59Z");
        program.tick();
        assert_eq!((program.phase(id).as_str(), tries(&server, address)), ("approved", 2), "{address}");
        assert_eq!(mails_to_me(&server).len(), 0, "{address}");

        program.is_at("2026-11-28T00:00Z");
        let program = program.lives_on(3);
        assert_eq!((program.phase(id).as_str(), tries(&server, address)), ("waiting, late", 2), "{address}");
        let first_ask = &mails_to_me(&server)[0];
        assert!(first_ask.contains("You had said yes, but it could not go before its window closed"), "{first_ask}");
        assert_eq!(server.acceptances_for(address), 0, "{address}");
    }
}

#[test]
fn a_late_letter_approved_again_goes_once_with_late_wording() {
    let server = MailServer::start();
    let home = Home::with_letters_alone(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    let id = program.approved(promised("Globex", JANE));
    program.is_at("2026-11-28T10:00Z");
    program.tick();
    assert_eq!((program.phase(id).as_str(), server.acceptances_for(JANE)), ("waiting, late", 0));

    program.person().approve(id);
    let program = program.lives_on(60);
    assert_eq!((program.phase(id).as_str(), server.acceptances_for(JANE)), ("sent, late", 1));
    assert_eq!(asked_to_let_go(&server, id), 1);
}

#[test]
fn no_more_letters_go_on_a_day_than_allowed_counted_when_they_are_claimed() {
    // The first letter counts whether it was sent, is uncertain, or is still being tried.
    for first in ["jane@globex.example", "drop-after-dot@globex.example", "450-at-rcpt@globex.example"] {
        let server = MailServer::start();
        let home = Home::new(&server);
        home.set("sending.per_day", 2);
        let program = Program::start(&home, "2026-11-16T10:00Z");
        program.approved(promised("Globex", first));
        program.approved(promised("Initech", "bill@initech.example"));
        let third = program.approved(promised("Hooli", "gavin@hooli.example"));
        assert_eq!(program.tick().submitted, 2, "{first}");
        program.is_at("2026-11-16T23:59:59Z");
        program.tick();
        assert_eq!((program.phase(third).as_str(), tries(&server, "gavin@hooli.example")), ("approved", 0), "{first}");

        program.is_at("2026-11-17T00:00Z");
        program.tick();
        assert_eq!(server.acceptances_for("gavin@hooli.example"), 1, "{first}");
    }
}

#[test]
fn a_letter_that_failed_gives_its_place_to_the_next() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.set("sending.per_day", 1);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.approved(promised("Globex", "550-at-rcpt@globex.example"));
    program.approved(promised("Initech", "bill@initech.example"));
    program.tick();
    program.tick();
    assert_eq!(server.acceptances_for("bill@initech.example"), 1);
}

#[test]
fn a_letters_own_tries_do_not_count_against_the_limits() {
    let (server, address) = (MailServer::start(), "greylist@globex.example");
    let home = Home::new(&server);
    home.set("sending.per_day", 1);
    home.set("sending.per_employer", "5 business days");
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.approved(promised("Globex", address));
    program.tick();
    program.passes(SignedDuration::from_mins(6));
    program.tick();
    assert_eq!(server.acceptances_for(address), 1);
}

#[test]
fn two_letters_to_one_employer_are_business_days_apart() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.set("sending.per_employer", "5 business days");
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.approved(promised("Globex", JANE));
    program.approved(promised("  GLOBEX ", "john@globex.example"));
    program.approved(promised("Initech", "bill@initech.example"));
    program.tick();
    program.is_at("2026-11-22T23:59:59Z");
    program.ticks_in_vain();
    let taken = |address| server.acceptances_for(address);
    assert_eq!((taken(JANE), taken("john@globex.example"), taken("bill@initech.example")), (1, 0, 1));

    program.is_at("2026-11-23T00:00Z");
    program.tick();
    assert_eq!((taken(JANE), taken("john@globex.example")), (1, 1));
}

/// Where the recipients are in New York, with the office hours of the defaults.
fn in_new_york(home: &Home) {
    home.set("sending.hours", "09:00-17:00");
    home.set("sending.days", "mon-fri");
    home.set("me.timezone", "America/New_York");
}

#[test]
fn a_letter_approved_in_the_evening_goes_at_nine_on_the_next_business_day_at_the_recipients_place() {
    let from_friday_to_monday = [
        ("2026-11-03", "2026-11-06", "2026-11-20T18:00-05", "2026-11-23T09:00-05"),
        // Meanwhile the clocks go forward in New York.
        ("2027-02-23", "2027-02-26", "2027-03-12T18:00-05", "2027-03-15T09:00-04"),
    ];
    for (held_on, promised_on, approved, sent) in from_friday_to_monday {
        let server = MailServer::start();
        let home = Home::new(&server);
        in_new_york(&home);
        // The person is elsewhere; it is the recipient's clock that counts.
        home.set("me.timezone", "Asia/Tokyo");
        let program = Program::start(&home, approved);
        let mut globex = application("Globex", JANE, held_on, Some(promised_on));
        globex.timezone = Some("America/New_York".to_owned());
        program.approved(globex);
        program.ticks_in_vain();
        program.is_at(sent);
        program.passes(-ONE_SECOND);
        program.ticks_in_vain();
        assert_eq!(connections(&server), 0);

        program.is_at(sent);
        program.tick();
        assert_eq!(server.acceptances_for(JANE), 1, "{sent}");
    }
}

#[test]
fn an_office_that_closes_while_the_server_is_slow_keeps_the_letter() {
    let server = MailServer::start();
    let home = Home::new(&server);
    in_new_york(&home);
    let program = Program::start(&home, "2026-11-20T16:59:59-05");
    let id = program.approved(promised("Globex", JANE));
    let clock = program.clock();
    server.at(Point::Ehlo.once(), move |_| clock.is_at("2026-11-20T17:00-05"));
    program.tick();
    assert_eq!((program.phase(id).as_str(), tries(&server, JANE)), ("approved", 0));

    program.is_at("2026-11-23T09:00-05");
    program.tick();
    assert_eq!(server.acceptances_for(JANE), 1);
}

#[test]
fn a_change_of_mind_has_its_time() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.set("sending.grace", "30s");
    let program = Program::start(&home, "2026-11-16T10:00Z");
    let id = program.approved(promised("Globex", JANE));
    program.passes(SignedDuration::from_secs(29));
    program.ticks_in_vain();
    program.passes(ONE_SECOND);
    program.tick();
    assert_eq!((program.phase(id).as_str(), server.acceptances_for(JANE)), ("sent", 1));
}

#[test]
fn after_months_of_suspend_nothing_bursts_out() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    home.set("sending.hours", "09:00-17:00");
    let program = program.restart();
    let ids: Vec<i64> = ["Globex", "Initech", "Hooli"].map(|it| program.add(promised(it, JANE))).into();
    program.is_at("2026-11-16T18:00Z");
    ids.iter().for_each(|&id| program.person().approve(id));
    program.is_at("2027-03-16T10:00Z");
    let program = program.lives_on(3);
    assert_eq!(tries(&server, JANE), 0);
    assert!(ids.iter().all(|&id| program.phase(id) == "cancelled"));
}

//! The daily digest by the clock on the person's wall: zones, nights on which clocks change, holidays, and clocks that
//! are wrong.

use followup::core::application::Application;

use crate::digest::{after_each, digests, home, with_a_letter_that_waits};
use crate::mails_to_me;
use crate::support::mail_server::{MailServer, Point};
use crate::support::world::{Program, application, promised};

const JANE: &str = "jane@globex.example";

/// A letter whose window is the same wherever the person is.
fn in_utc(application: Application) -> Application {
    Application { timezone: Some("UTC".to_owned()), ..application }
}

#[test]
fn it_goes_by_the_clock_where_the_person_is_on_their_weekdays() {
    let server = MailServer::start();
    let home = home(&server);
    home.set("me.timezone", "Pacific/Auckland");
    let program = Program::start(&home, "2026-11-13T10:00Z");
    program.add(in_utc(promised("Globex", JANE)));
    program.tick();
    // Thirteen hours ahead: their Monday begins on Sunday, and their Saturday on Friday.
    let instants = ["2026-11-15T19:29Z", "2026-11-15T19:30Z", "2026-11-19T19:30Z", "2026-11-20T19:30Z"];
    assert_eq!(after_each(&program, &server, &instants), [0, 1, 2, 2]);
    assert!(digests(&server)[0].contains("until\nSat 28 Nov 00:00 (UTC)."), "the recipient's time");
}

#[test]
fn whoever_flies_over_the_date_line_gets_one_a_day() {
    // There: half past eight on Monday in Los Angeles is Tuesday in Auckland, which has had its own then.
    let server = MailServer::start();
    let home = home(&server);
    home.set("me.timezone", "America/Los_Angeles");
    let program = Program::start(&home, "2026-11-13T10:00Z");
    program.add(in_utc(promised("Globex", JANE)));
    program.tick();
    assert_eq!(after_each(&program, &server, &["2026-11-16T16:30Z"]), [1]);
    let program = program.restart_when(|| home.set("me.timezone", "Pacific/Auckland"));
    assert_eq!(after_each(&program, &server, &["2026-11-16T17:00Z", "2026-11-16T19:30Z"]), [1, 1]);
    assert_eq!(after_each(&program, &server, &["2026-11-17T19:30Z"]), [2], "Wednesday");

    // And back: it is Tuesday again, which has had its own on the way, and Wednesday comes as always.
    let program = program.restart_when(|| home.set("me.timezone", "America/Los_Angeles"));
    assert_eq!(after_each(&program, &server, &["2026-11-17T20:00Z", "2026-11-18T07:59Z"]), [2, 2]);
    assert_eq!(after_each(&program, &server, &["2026-11-18T16:30Z"]), [3]);
}

#[test]
fn a_time_that_clocks_skip_is_what_follows_the_gap() {
    let server = MailServer::start();
    let home = home(&server);
    home.set("me.timezone", "Asia/Jerusalem");
    home.set("ask.digest_at", "02:30");
    let program = Program::start(&home, "2027-03-25T10:00Z");
    program.add(in_utc(application("Globex", JANE, "2027-03-02", Some("2027-03-05"))));
    program.tick();
    // On Friday, 26 March 2027, two o'clock is three o'clock.
    let instants = ["2027-03-25T23:59:59Z", "2027-03-26T00:00Z", "2027-03-26T00:30Z", "2027-03-26T20:00Z"];
    assert_eq!(after_each(&program, &server, &instants), [0, 1, 1, 1]);
}

#[test]
fn a_time_that_clocks_show_twice_is_the_first() {
    let server = MailServer::start();
    let home = home(&server);
    home.set("me.timezone", "Africa/Cairo");
    home.set("ask.digest_at", "23:30");
    let program = Program::start(&home, "2027-10-28T10:00Z");
    program.add(in_utc(application("Globex", JANE, "2027-10-05", Some("2027-10-08"))));
    program.tick();
    // At the end of Thursday, 28 October 2027, midnight is eleven o'clock.
    let instants = [
        ("2027-10-28T20:29:59Z", 0),
        ("2027-10-28T20:30Z", 1),
        ("2027-10-28T21:00Z", 1),
        ("2027-10-28T21:30Z", 1),
        ("2027-10-28T22:00Z", 1),
        ("2027-10-29T21:30Z", 2),
    ];
    let found = after_each(&program, &server, &instants.map(|(instant, _)| instant));
    assert_eq!(found, instants.map(|(_, digests)| digests));
}

#[test]
fn on_a_holiday_of_the_usual_country_or_a_day_off_of_ones_own_there_is_none() {
    let server = MailServer::start();
    let home = home(&server);
    home.set("calendar.country", "DE-SN");
    home.set("calendar.extra_holidays", vec!["2026-11-17"]);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    // The recipient's own country is no matter of the person's day.
    program.add(Application { country: Some("US".to_owned()), ..in_utc(promised("Globex", JANE)) });
    program.tick();
    let instants = [
        ("2026-11-17T10:00Z", 0),
        // The Day of Repentance and Prayer, in Saxony alone.
        ("2026-11-18T10:00Z", 0),
        ("2026-11-19T08:30Z", 1),
        ("2026-11-20T08:30Z", 2),
        ("2026-11-26T08:30Z", 3),
    ];
    let found = after_each(&program, &server, &instants.map(|(instant, _)| instant));
    assert_eq!(found, instants.map(|(_, digests)| digests), "Thanksgiving is none of theirs");
}

#[test]
fn a_clock_that_is_corrected_by_a_minute_over_midnight_sends_no_second_one() {
    let server = MailServer::start();
    let home = home(&server);
    home.set("ask.digest_at", "00:00");
    let program = with_a_letter_that_waits(&home);
    let instants = ["2026-11-16T23:58Z", "2026-11-17T00:00:30Z", "2026-11-16T23:59:30Z", "2026-11-17T00:00Z"];
    assert_eq!(after_each(&program, &server, &instants), [1, 2, 2, 2]);
    assert_eq!(after_each(&program, &server, &["2026-11-18T00:00Z"]), [3]);
}

#[test]
fn while_the_clock_is_not_trusted_there_is_none_and_once_it_is_accepted_none_before_the_next_day() {
    let server = MailServer::start();
    let home = home(&server);
    let program = with_a_letter_that_waits(&home);
    // Right on Monday, then ahead to Thursday of next week, and put back.
    assert_eq!(after_each(&program, &server, &["2026-11-16T08:30Z", "2026-11-26T09:00Z"]), [1, 2]);
    assert_eq!(after_each(&program, &server, &["2026-11-16T09:00Z", "2026-11-17T09:00Z"]), [2, 2]);
    program.is_at("2026-11-18T07:00Z");
    program.person().at_desk(|desk| desk.store.write(|tables| tables.accept_clock(desk.now))).unwrap();
    assert_eq!(after_each(&program, &server, &["2026-11-18T07:00Z", "2026-11-18T09:00Z"]), [2, 2]);
    assert_eq!(after_each(&program, &server, &["2026-11-19T08:30Z", "2026-11-20T08:30Z"]), [3, 4]);
}

#[test]
fn a_clock_that_ran_years_ahead_while_nothing_waited_does_not_keep_it_back_for_years() {
    let server = MailServer::start();
    let home = home(&server);
    let program = Program::start(&home, "2029-01-01T10:00Z");
    program.tick();
    program.is_at("2026-11-13T10:00Z");
    program.add(promised("Globex", JANE));
    program.tick();
    assert_eq!((mails_to_me(&server).len(), digests(&server).len()), (1, 0));
    assert_eq!(after_each(&program, &server, &["2026-11-16T08:30Z", "2026-11-17T08:30Z"]), [1, 2]);
}

#[test]
fn a_clock_that_goes_back_while_letters_are_sent_keeps_it_back() {
    let server = MailServer::start();
    let home = home(&server);
    let program = with_a_letter_that_waits(&home);
    program.is_at("2026-11-16T09:00Z");
    program.approved(promised("Initech", "bill@initech.example"));
    let clock = program.clock();
    server.at(Point::Answered.once(), move |_| clock.is_at("2026-11-16T08:31Z"));
    program.tick();
    assert_eq!((server.acceptances_for("bill@initech.example"), digests(&server).len()), (1, 0));
    assert_eq!(after_each(&program, &server, &["2026-11-16T08:32Z", "2026-11-16T09:00Z"]), [0, 1]);
}

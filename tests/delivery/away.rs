//! Days and weeks without a network, or asleep, and clocks that run ahead: nothing bursts out after it, nothing stale
//! goes, and the person is told once.

use jiff::SignedDuration;

use crate::support::home::Home;
use crate::support::mail_server::{Behaviour, Fault, MailServer};
use crate::support::world::{Program, promised};
use crate::{asked_to_let_go, connections, mails_to_me, server_that, tries};

const COMPANIES: [&str; 7] = ["Globex", "Initech", "Hooli", "Umbrella", "Stark", "Wayne", "Acme"];
const HALF_AN_HOUR: SignedDuration = SignedDuration::from_mins(30);

fn address(company: &str) -> String {
    format!("jane@{}.example", company.to_lowercase())
}

/// A home with ordinary office hours, at most three letters a day.
fn ordinary_home(server: &MailServer) -> Home {
    with_ordinary_hours(Home::new(server))
}

fn with_ordinary_hours(home: Home) -> Home {
    home.set("sending.hours", "09:00-17:00");
    home.set("sending.days", "mon-fri");
    home.set("sending.per_day", 3);
    home
}

/// How many of the letters have gone.
fn gone(server: &MailServer) -> usize {
    let gone = COMPANIES.map(|company| server.acceptances_for(&address(company)));
    assert!(gone.iter().all(|&times| times <= 1), "{}", server.transcript());
    gone.iter().sum()
}

/// Lets the program look every half an hour until `end`, beginning now.
fn until(program: &Program, end: &str) {
    let end: jiff::Timestamp = end.parse().unwrap();
    loop {
        program.tick();
        if program.now() >= end {
            return;
        }
        program.passes(HALF_AN_HOUR);
    }
}

#[test]
fn a_network_that_is_away_from_the_start_for_days_is_tried_seldom_and_nothing_bursts_out_when_it_is_back() {
    let server = server_that(|it| it.greeting = Some(Fault::Drop));
    let home = with_ordinary_hours(Home::with_letters_alone(&server));
    // Saturday; the windows are open from Friday the 13th to Friday the 27th.
    let program = Program::start(&home, "2026-11-14T10:00Z");
    for company in COMPANIES {
        program.approved(promised(company, &address(company)));
    }
    until(&program, "2026-11-18T12:00Z");
    // From Monday nine o'clock, after 5 minutes, 10, 20, ... and 4 hours in the end.
    let tried = connections(&server);
    assert!((5..=25).contains(&tried), "tried {tried} times in three days");
    assert_eq!((gone(&server), mails_to_me(&server).len()), (0, 0));

    server.behave(Behaviour::default());
    for (day, all) in [("2026-11-18T23:30Z", 3), ("2026-11-19T23:30Z", 6), ("2026-11-20T23:30Z", 7)] {
        until(&program, day);
        assert_eq!(gone(&server), all, "{day}");
    }
    let [mail] = &mails_to_me(&server)[..] else { panic!("not one mail: {}", server.transcript()) };
    assert!(mail.contains("Subject: Your mail account works again"), "{mail}");
    drop(program.lives_on(20));
    // Ten business days after each letter whether to let go, in one mail for those of one day.
    let mails = mails_to_me(&server);
    let let_go = |mail: &String| (1..=7).filter(|id| mail.contains(&format!("close {id} --why unanswered"))).count();
    assert_eq!(mails.iter().map(let_go).collect::<Vec<_>>(), [0, 3, 3, 1], "{mails:#?}");
    assert!((1..=7).all(|id| asked_to_let_go(&server, id) == 1), "{mails:#?}");
}

#[test]
fn letters_whose_windows_closed_while_the_network_was_away_are_asked_for_anew_in_one_mail() {
    let server = server_that(|it| it.greeting = Some(Fault::Drop));
    let home = ordinary_home(&server);
    let program = Program::start(&home, "2026-11-23T10:00Z");
    let ids = COMPANIES.map(|company| program.approved(promised(company, &address(company))));
    until(&program, "2026-11-30T10:00Z");
    server.behave(Behaviour::default());
    until(&program, "2026-12-01T10:00Z");
    assert_eq!(gone(&server), 0, "none in words of a week ago");
    assert!(ids.iter().all(|&id| program.phase(id) == "waiting, late"));
    let mails = mails_to_me(&server);
    let [mail] = &mails[..] else { panic!("not one mail: {}", server.transcript()) };
    assert!(COMPANIES.iter().all(|company| mail.contains(company)), "{mail}");
    let unbroken = mail.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(unbroken.contains("That is over, and nothing was lost"), "{mail}");

    ids.iter().for_each(|&id| program.person().approve(id));
    until(&program, "2026-12-01T23:30Z");
    assert_eq!(gone(&server), 3);
}

#[test]
fn a_laptop_that_wakes_up_sends_in_office_hours_and_within_the_limits_or_asks_anew() {
    // From Monday, 16 November, 16:50: how long it sleeps, how many letters go when it wakes, and until the end of
    // the day after that.
    let table = [
        (SignedDuration::from_mins(5), 3, 6),
        (SignedDuration::from_mins(30), 0, 3),
        (SignedDuration::from_hours(17), 3, 6),
        // Saturday.
        (SignedDuration::from_hours(5 * 24), 0, 0),
        (SignedDuration::from_hours(10 * 24), 3, 6),
        // The windows have closed.
        (SignedDuration::from_hours(12 * 24), 0, 0),
        (SignedDuration::from_hours(50 * 24), 0, 0),
    ];
    for (asleep, at_once, by_tomorrow) in table {
        let server = MailServer::start();
        let home = ordinary_home(&server);
        home.set("sending.grace", "4m");
        let program = Program::start(&home, "2026-11-16T16:50Z");
        for company in COMPANIES {
            program.approved(promised(company, &address(company)));
        }
        program.tick();
        program.passes(asleep);
        program.tick();
        assert_eq!(gone(&server), at_once, "{asleep:#}");
        assert!(mails_to_me(&server).len() <= 1, "{asleep:#}: {}", server.transcript());
        let tomorrow = program.now().to_zoned(jiff::tz::TimeZone::UTC).date().tomorrow().unwrap();
        until(&program, &format!("{tomorrow}T23:30Z"));
        assert_eq!(gone(&server), by_tomorrow, "{asleep:#}");
    }
}

#[test]
fn a_clock_that_ran_ahead_and_is_right_again_holds_everything_until_that_time_or_the_persons_word() {
    for accepted in [false, true] {
        let server = MailServer::start();
        let home = Home::new(&server);
        let program = Program::start(&home, "2026-11-16T10:00Z");
        // Ahead by a week, it asks for a letter.
        program.is_at("2026-11-23T10:00Z");
        program.add(promised("Globex", "jane@globex.example"));
        program.tick();
        assert_eq!(mails_to_me(&server).len(), 1);
        program.is_at("2026-11-16T10:30Z");
        program.add(promised("Initech", "bill@initech.example"));
        for _ in 0..3 {
            assert!(program.tick().clock_distrusted);
        }
        assert_eq!(mails_to_me(&server).len(), 1);
        if accepted {
            program.person().at_desk(|desk| desk.store.write(|tables| tables.accept_clock(desk.now))).unwrap();
        } else {
            program.is_at("2026-11-23T09:57Z");
            assert!(program.tick().clock_distrusted);
            program.is_at("2026-11-23T10:00Z");
        }
        assert!(!program.tick().clock_distrusted);
        assert_eq!(mails_to_me(&server).len(), 2, "accepted: {accepted}");
        program.person().approve(2);
        program.tick();
        assert_eq!((server.acceptances_for("bill@initech.example"), tries(&server, "jane@globex.example")), (1, 0));
    }
}

#[test]
fn a_clock_that_fell_back_is_not_believed_because_what_was_recorded_last_was_forgotten() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.add(promised("Globex", "jane@globex.example"));
    program.is_at("2027-05-03T10:00Z");
    program.tick();
    program.is_at("2026-11-16T10:30Z");
    program.add(promised("Initech", "bill@initech.example"));
    assert!(program.tick().clock_distrusted);
    program.person().at_desk(|desk| desk.forget(1)).unwrap();
    assert!(program.tick().clock_distrusted);
    assert_eq!(mails_to_me(&server).len(), 1);
    program.is_at("2027-05-03T10:00Z");
    assert!(!program.tick().clock_distrusted);
}

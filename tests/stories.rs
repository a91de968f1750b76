//! The whole story of one application in each of the ways in which it can end, day by day: what is asked for, what goes,
//! what the person does, and that nothing comes after the end.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use followup::core::application::{Answer, Contact, Interview};
use followup::ops::Called;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use support::home::{Home, ME};
use support::mail_server::{MailServer, Received};
use support::world::{Program, application};

const NEW_YORK: &str = "America/New_York";

/// A life from hour to hour, with what a witness of the mails would write down.
struct Story<'a> {
    program: Program<'a>,
    server: &'a MailServer,
    /// Mails that were written down.
    seen: usize,
    told: Vec<String>,
}

impl<'a> Story<'a> {
    /// It is noon of 3 November 2026 in New York; the second interview was this morning.
    fn begin(home: &'a Home, server: &'a MailServer, promised_on: Option<&str>, phone: Option<&str>) -> Self {
        for (key, value) in [("sending.hours", "09:00-17:00"), ("sending.days", "mon-fri"), ("ask.remind", "720h")] {
            home.set(key, value);
        }
        home.set("sending.per_employer", "5 business days");
        home.set("me.timezone", NEW_YORK);
        let program = Program::start(home, "2026-11-03T17:00Z");
        let mut globex = application("Globex", "jane@globex.example", "2026-11-03", promised_on);
        (globex.timezone, globex.country) = (Some(NEW_YORK.to_owned()), Some("US".to_owned()));
        globex.hr = Contact { name: Some("Sam Poe".to_owned()), email: None, phone: phone.map(str::to_owned) };
        program.add(globex);
        Self { program, server, seen: 0, told: Vec::new() }
    }

    /// Lives on, an hour at a time, to noon of that day.
    fn until(mut self, day: &str) -> Self {
        let noon = day.parse::<Date>().unwrap().at(12, 0, 0, 0).to_zoned(TimeZone::get(NEW_YORK).unwrap()).unwrap();
        while self.program.now() < noon.timestamp() {
            self.program.passes(SignedDuration::from_hours(1));
            self.program.tick();
            self.write_down();
        }
        self
    }

    /// What came of the tick, in the hour of New York.
    fn write_down(&mut self) {
        let accepted = self.server.accepted();
        for mail in &accepted[self.seen..] {
            let whom = if mail.recipients == [ME] { "to me  " } else { "to Jane" };
            self.told.push(format!("{}  {whom}  {}", hour(self.program.now()), subject(mail)));
        }
        self.seen = accepted.len();
    }

    /// The person does something.
    fn i(mut self, what: &str, does: impl FnOnce(&Program)) -> Self {
        does(&self.program);
        self.told.push(format!("{}  I {what}", hour(self.program.now())));
        self
    }

    fn approve(self) -> Self {
        self.i("approve", |program| program.person().approve(1))
    }

    /// Nothing more comes in half a year, and this is what was written down.
    fn ends_as(self, expected: &str) {
        let before = self.told.len();
        let end = self.until("2027-06-01");
        assert_eq!(end.told[before..], [] as [String; 0], "after the end");
        let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        assert_eq!(end.told, expected, "\n{}", end.told.join("\n"));
    }
}

fn hour(at: Timestamp) -> String {
    at.to_zoned(TimeZone::get(NEW_YORK).unwrap()).strftime("%a %e %b %H:%M").to_string()
}

fn subject(mail: &Received) -> String {
    let text = String::from_utf8(mail.data.clone()).unwrap().replace("\r\n ", " ");
    text.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap().trim_end().to_owned()
}

#[test]
fn they_answer_in_time() {
    let server = MailServer::start();
    let home = Home::new(&server);
    Story::begin(&home, &server, Some("2026-11-06"), None)
        .until("2026-11-04")
        .approve()
        .until("2026-11-09")
        .i("hear from them", |program| drop(program.person().at_desk(|desk| desk.heard(1, Answer::Offer)).unwrap()))
        .ends_as(
            "Wed  4 Nov 09:00  to me    A thank-you to Globex waits for your word (closes Thu 5 Nov)
             Wed  4 Nov 12:00  I approve
             Wed  4 Nov 13:00  to Jane  Thank you for the interview on 3 November - Ada Byron, Analyst
             Mon  9 Nov 12:00  I hear from them",
        );
}

#[test]
fn they_answer_late_after_a_letter() {
    let server = MailServer::start();
    let home = Home::new(&server);
    // Wed 11 Nov is Veterans Day: five business days after Fri 6 Nov is Mon 16 Nov.
    Story::begin(&home, &server, Some("2026-11-06"), None)
        .until("2026-11-04")
        .approve()
        .until("2026-11-16")
        .approve()
        .until("2026-11-24")
        .i("hear from them", |program| drop(program.person().at_desk(|desk| desk.heard(1, Answer::NextRound)).unwrap()))
        .until("2026-12-01")
        .i("have a third interview", |program| {
            let held_on = "2026-12-01".parse().unwrap();
            let interview = Interview { id: 0, held_on, round: 3, promised_on: None };
            program.person().at_desk(|desk| desk.interview(1, interview)).unwrap();
        })
        .until("2026-12-02")
        .i("hear from them", |program| drop(program.person().at_desk(|desk| desk.heard(1, Answer::Offer)).unwrap()))
        .ends_as(
            "Wed  4 Nov 09:00  to me    A thank-you to Globex waits for your word (closes Thu 5 Nov)
             Wed  4 Nov 12:00  I approve
             Wed  4 Nov 13:00  to Jane  Thank you for the interview on 3 November - Ada Byron, Analyst
             Mon 16 Nov 09:00  to me    A letter to Globex waits for your word (closes Tue 1 Dec)
             Mon 16 Nov 12:00  I approve
             Mon 16 Nov 13:00  to Jane  Analyst position: my interview on 3 November - Ada Byron
             Tue 24 Nov 12:00  I hear from them
             Tue  1 Dec 12:00  I have a third interview
             Wed  2 Dec 09:00  to me    A thank-you to Globex waits for your word (closes Thu 3 Dec)
             Wed  2 Dec 12:00  I hear from them",
        );
}

#[test]
fn nobody_ever_answers() {
    let server = MailServer::start();
    let home = Home::new(&server);
    Story::begin(&home, &server, None, Some("+1 212 555 0100"))
        .until("2026-11-17")
        .approve()
        .until("2026-11-25")
        .i("call, and reach a machine", |program| {
            program.person().at_desk(|desk| desk.called(1, Called::Voicemail, None, None)).unwrap();
        })
        .until("2026-12-02")
        .approve()
        .until("2026-12-20")
        .i("let go", |program| drop(program.person().at_desk(|desk| desk.close(1, Some("unanswered"))).unwrap()))
        .ends_as(
            "Wed  4 Nov 09:00  to me    A thank-you to Globex waits for your word (closes Thu 5 Nov)
             Thu  5 Nov 17:00  to me    The thank-you to Globex was not sent: its time is over
             Tue 17 Nov 09:00  to me    A letter to Globex waits for your word (closes Tue 24 Nov)
             Tue 17 Nov 12:00  I approve
             Tue 17 Nov 13:00  to Jane  Analyst position: my interview on 3 November - Ada Byron
             Tue 24 Nov 09:00  to me    Time to call Globex (until Wed 2 Dec)
             Wed 25 Nov 12:00  I call, and reach a machine
             Wed  2 Dec 09:00  to me    A second letter to Globex waits for your word (closes Wed 16 Dec)
             Wed  2 Dec 12:00  I approve
             Wed  2 Dec 13:00  to Jane  Analyst position: my letter of 17 November - Ada Byron
             Wed 16 Dec 09:00  to me    Globex has not answered: let go?
             Sun 20 Dec 12:00  I let go",
        );
}

#[test]
fn they_say_no_by_phone() {
    let server = MailServer::start();
    let home = Home::new(&server);
    Story::begin(&home, &server, None, Some("+1 212 555 0100"))
        .until("2026-11-17")
        .approve()
        .until("2026-11-25")
        .i("call, and they said no", |program| {
            let no = Called::Answered(Answer::Rejected);
            program.person().at_desk(|desk| desk.called(1, no, None, Some("kind words"))).unwrap();
        })
        .ends_as(
            "Wed  4 Nov 09:00  to me    A thank-you to Globex waits for your word (closes Thu 5 Nov)
             Thu  5 Nov 17:00  to me    The thank-you to Globex was not sent: its time is over
             Tue 17 Nov 09:00  to me    A letter to Globex waits for your word (closes Tue 24 Nov)
             Tue 17 Nov 12:00  I approve
             Tue 17 Nov 13:00  to Jane  Analyst position: my interview on 3 November - Ada Byron
             Tue 24 Nov 09:00  to me    Time to call Globex (until Wed 2 Dec)
             Wed 25 Nov 12:00  I call, and they said no",
        );
}

#[test]
fn they_call_with_an_offer_while_a_letter_waits_for_its_hour() {
    let server = MailServer::start();
    let home = Home::new(&server);
    Story::begin(&home, &server, None, None)
        .until("2026-11-19")
        .until("2026-11-20")
        .i("approve, and they call before it went", |program| {
            program.is_at("2026-11-20T22:30Z");
            program.person().approve(1);
            program.person().at_desk(|desk| desk.heard(1, Answer::Offer)).unwrap();
        })
        .ends_as(
            "Wed  4 Nov 09:00  to me    A thank-you to Globex waits for your word (closes Thu 5 Nov)
             Thu  5 Nov 17:00  to me    The thank-you to Globex was not sent: its time is over
             Tue 17 Nov 09:00  to me    A letter to Globex waits for your word (closes Tue 24 Nov)
             Fri 20 Nov 17:30  I approve, and they call before it went",
        );
}

//! How much the daemon writes to its log: a line for what happened, none for a look that found nothing to do.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::io::Write;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use jiff::SignedDuration;
use support::home::Home;
use support::mail_server::{Behaviour, Fault, Kind, MailServer};
use support::world::{Program, promised};

const JANE: &str = "jane@globex.example";
const A_DAY: u32 = 24 * 60;

/// What was logged in this process, whose log there is only one of: who listens to it is alone meanwhile.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static ALONE: Mutex<()> = Mutex::new(());

struct Log(#[expect(dead_code, reason = "held, not looked at")] MutexGuard<'static, ()>);

impl Log {
    /// Listens from now on, at the level of the defaults.
    fn listen() -> Self {
        static BEGIN: Once = Once::new();
        struct Writer;
        impl Write for Writer {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                LOG.lock().unwrap().write(bytes)
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        BEGIN.call_once(|| {
            let filter = tracing_subscriber::EnvFilter::new("warn,followup=info");
            let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).without_time();
            log.with_target(false).with_writer(|| Writer).init();
        });
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        LOG.lock().unwrap().clear();
        Self(alone)
    }

    /// The lines since the last time.
    fn lines(&self) -> Vec<String> {
        let text = String::from_utf8(std::mem::take(&mut *LOG.lock().unwrap())).unwrap();
        text.lines().map(|line| line.trim().to_owned()).collect()
    }
}

/// Each line says one of these, in order.
fn says(lines: &[String], words: &[&str]) {
    let says_it = |(line, words): (&String, &&str)| {
        // What spans it is in stands between the level and the words.
        words.split(' ').all(|word| line.contains(word))
    };
    assert!(lines.len() == words.len() && lines.iter().zip(words).all(says_it), "{lines:#?}");
}

/// Lets the program look each minute.
fn look_each_minute(program: &Program, minutes: u32) {
    for _ in 0..minutes {
        program.passes(SignedDuration::from_mins(1));
        program.tick();
    }
}

fn server_that(change: impl FnOnce(&mut Behaviour)) -> MailServer {
    let mut behaviour = Behaviour::default();
    change(&mut behaviour);
    MailServer::with(behaviour)
}

fn times(server: &MailServer, what: &str) -> usize {
    let is_it = |line: &&support::mail_server::Line| line.text.starts_with(what) && line.kind != Kind::Reply;
    server.log().iter().filter(is_it).count()
}

#[test]
fn what_happens_to_a_letter_is_a_line_each_and_a_day_of_looking_is_none() {
    let log = Log::listen();
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    let id = program.add(promised("Globex", JANE));
    program.tick();
    says(&log.lines(), &["INFO application 1: composed", "INFO told the person"]);
    look_each_minute(&program, A_DAY - 1);
    assert_eq!(log.lines(), [""; 0], "it waits for a word");
    program.person().approve(id);
    program.tick();
    // The yes is of this process too, here.
    says(&log.lines(), &["INFO application 1: approved", "application 1: sending", "application 1: sent"]);
    look_each_minute(&program, A_DAY);
    assert_eq!(log.lines(), [""; 0], "it was sent");
}

#[test]
fn a_server_out_of_reach_for_a_day_is_a_line_for_each_try_and_one_for_its_end() {
    let log = Log::listen();
    let server = server_that(|it| it.greeting = Some(Fault::Reply(421)));
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    for company in ["Globex", "Initech", "Hooli"] {
        program.approved(promised(company, JANE));
    }
    log.lines();
    program.tick();
    look_each_minute(&program, A_DAY);
    let (lines, tries) = (log.lines(), times(&server, "opened"));
    assert!(lines.iter().all(|line| line.starts_with("WARN the mail server is out of reach")), "{lines:?}");
    assert_eq!(lines.len(), tries, "{lines:?}");
    assert!((6..=12).contains(&tries), "{tries}");

    server.behave(Behaviour::default());
    look_each_minute(&program, 5 * 60);
    let lines = log.lines();
    let works = lines.iter().filter(|line| line.contains("the mail account works again")).count();
    let letters = lines.iter().filter(|line| line.contains("sending") || line.contains("sent")).count();
    let told = lines.iter().filter(|line| line.contains("told")).count();
    assert_eq!((works, letters, told, lines.len()), (1, 6, 1, 8), "{lines:?}");
}

#[test]
fn a_refused_login_for_a_day_is_a_line_for_each_try() {
    let log = Log::listen();
    let server = server_that(|it| it.credentials = Some(("ada".to_owned(), "secret".to_owned())));
    let home = Home::new(&server);
    home.set("smtp.username", "ada");
    home.set("smtp.password", "wrong");
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.approved(promised("Globex", JANE));
    program.add(promised("Initech", "bill@initech.example"));
    program.tick();
    // The second letter was composed in the same look.
    let mut lines = log.lines();
    lines.retain(|line| line.contains("refused"));
    look_each_minute(&program, A_DAY);
    lines.extend(log.lines());
    let tries = times(&server, "AUTH");
    assert!(
        lines.iter().all(|line| line.contains("ERROR") && line.contains("the mail account is refused")),
        "{lines:?}"
    );
    assert_eq!((lines.len(), tries), (7, 7), "{lines:?}");
}

#[test]
fn a_letter_that_is_put_off_for_a_day_is_two_lines_for_each_try() {
    let log = Log::listen();
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.approved(promised("Globex", "450-at-rcpt@globex.example"));
    log.lines();
    program.tick();
    look_each_minute(&program, A_DAY);
    let (lines, tries) = (log.lines(), times(&server, "RCPT TO:<450"));
    // And one that the person was told of it.
    assert_eq!(lines.len(), 2 * tries + 1, "{lines:?}");
    assert!((6..=12).contains(&tries), "{tries}");
}

#[test]
fn a_mailbox_of_ones_own_that_refuses_for_a_day_is_a_line_for_each_try() {
    let log = Log::listen();
    let server = MailServer::start();
    let home = Home::new(&server);
    home.set("me.email", "550-at-rcpt@home.example");
    let program = Program::start(&home, "2026-11-16T10:00Z");
    program.add(promised("Globex", JANE));
    program.tick();
    look_each_minute(&program, A_DAY);
    let (lines, tries) = (log.lines(), times(&server, "RCPT"));
    // And one that it was composed.
    assert_eq!(lines.len(), tries + 1, "{lines:?}");
    assert!((6..=12).contains(&tries), "{tries}");
}

#[test]
fn what_is_held_and_a_clock_that_is_wrong_are_no_lines_of_a_look() {
    let log = Log::listen();
    let server = MailServer::start();
    let home = Home::new(&server);
    let program = Program::start(&home, "2026-11-16T10:00Z");
    let id = program.add(promised("Globex", JANE));
    program.person().sql(&format!("UPDATE applications SET timezone = 'Mars/Olympus' WHERE id = {id}"));
    program.tick();
    says(&log.lines(), &["WARN application 1: held: timezone", "INFO told the person"]);
    look_each_minute(&program, A_DAY);
    program.is_at("2026-11-14T10:00Z");
    look_each_minute(&program, 60);
    assert_eq!(log.lines(), [""; 0]);
}

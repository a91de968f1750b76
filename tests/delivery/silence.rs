//! A server that falls silent: every phase has its deadline, before the final dot the letter is certainly not
//! sent, and after it that is uncertain. Time is tokio's, paused, so that hours pass at once.

use std::cell::RefCell;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use followup::core::delivery::{Mailer, NotSent, Outcome, Password, Retry, Session, Submission};
use followup::daemon::install_crypto;
use followup::mail::smtp::{Login, SmtpMailer, Tls};
use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, DuplexStream, ReadBuf, duplex};
use tokio::time::{Instant, advance, timeout};

/// Longer than any deadline: who is still waiting by then waits for ever.
const FOR_EVER: Duration = Duration::from_hours(24);

thread_local! {
    /// When the client showed that it goes on. Each test has a thread of its own.
    static SIGNS_OF_LIFE: RefCell<Vec<Instant>> = const { RefCell::new(Vec::new()) };
}

/// The client's end of a line that has no network below it.
#[derive(Debug)]
pub(crate) struct Line(DuplexStream);

impl AsyncTokioStream for Line {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context, buf: &mut ReadBuf) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// A server that greets, and gives these replies to what is said, one after the other: first to EHLO. It is
/// silent after the last, and never hangs up.
pub(crate) fn server_with(greeting: &'static str, replies: &'static [&'static str]) -> Box<Line> {
    let (ours, theirs) = duplex(64 * 1024);
    tokio::spawn(async move {
        let mut line = BufReader::new(theirs);
        line.write_all(greeting.as_bytes()).await.unwrap();
        let mut is_message = false;
        for reply in replies {
            read_what_is_said(&mut line, is_message).await;
            line.write_all(reply.as_bytes()).await.unwrap();
            is_message = reply.starts_with("354");
        }
        // Keeps the line open.
        std::future::pending::<()>().await;
    });
    Box::new(Line(ours))
}

/// Reads a command, or else a message up to the line with the final dot.
async fn read_what_is_said(line: &mut BufReader<DuplexStream>, is_message: bool) {
    let mut said = String::new();
    loop {
        said.clear();
        line.read_line(&mut said).await.unwrap();
        if !is_message || said == ".\r\n" {
            return;
        }
    }
}

pub(crate) fn mailer() -> SmtpMailer {
    SmtpMailer {
        host: "127.0.0.1".into(),
        port: 465,
        tls: Tls::None,
        authorities: Vec::new(),
        login: None,
        hello: "home.example".into(),
        progress: || SIGNS_OF_LIFE.with_borrow_mut(|signs| signs.push(Instant::now())),
    }
}

fn mailer_with_password() -> SmtpMailer {
    let login = Login { username: "ada".into(), password: "secret".into(), mechanisms: vec![Mechanism::Plain] };
    SmtpMailer { login: Some(login), ..mailer() }
}

/// Why no session came of it, and after how many seconds.
async fn opening(mailer: SmtpMailer, greeting: &'static str, replies: &'static [&'static str]) -> (NotSent, u64) {
    let began = Instant::now();
    let opened = timeout(FOR_EVER, mailer.greet(server_with(greeting, replies))).await;
    let not_sent = opened.expect("it waits for ever").err().expect("a silent server opens nothing");
    (not_sent, began.elapsed().as_secs())
}

/// The outcome of a letter to a server that falls silent after these replies, and after how many seconds.
async fn submitting(replies: &'static [&'static str]) -> (Outcome, u64) {
    let mut session = mailer().greet(server_with("220 hello\r\n", replies)).await.ok().unwrap();
    let submission = Submission {
        from: "ada@home.example".into(),
        to: "jane@globex.example".into(),
        copy: Some("ada@home.example".into()),
        message: b"Subject: hello\r\n\r\nGood day.".into(),
    };
    let began = Instant::now();
    let outcome = timeout(FOR_EVER, session.submit(&submission, &|| true)).await.expect("it waits for ever");
    let seconds = began.elapsed().as_secs();
    assert!(!session.is_usable(), "an answer may still come on this line, to another question");
    timeout(Duration::from_secs(1), session.close()).await.expect("there is nobody to say goodbye to");
    (outcome, seconds)
}

pub(crate) const EHLO: &str = "250 hello\r\n";
const EHLO_WITH_AUTH: &str = "250-hello\r\n250 AUTH PLAIN\r\n";
pub(crate) const MAIL: &str = "250 sender ok\r\n";
const RCPT: &str = "250 recipient ok\r\n";
const COPY: &str = "250 copy ok\r\n";
const DATA: &str = "354 go ahead\r\n";
const DOT: &str = "250 taken\r\n";
const HALF_AN_ANSWER: &str = "25";

#[tokio::test(start_paused = true)]
async fn silence_instead_of_a_greeting_or_of_the_answer_to_ehlo_is_not_sent() {
    let half_a_greeting = "220-wait a mom";
    for (greeting, replies) in [("", &[][..]), (half_a_greeting, &[]), ("220 hello\r\n", &[])] {
        let (not_sent, seconds) = opening(mailer(), greeting, replies).await;
        assert_eq!((not_sent.retry, seconds), (Retry::Server, 5 * 60), "{not_sent}");
    }
}

#[tokio::test(start_paused = true)]
async fn silence_instead_of_a_verdict_on_the_login_is_not_sent_and_no_refusal() {
    let (not_sent, seconds) = opening(mailer_with_password(), "220 hello\r\n", &[EHLO_WITH_AUTH]).await;
    assert_eq!((not_sent.retry, seconds), (Retry::Server, 2 * 60), "{not_sent}");
}

#[tokio::test(start_paused = true)]
async fn silence_of_the_program_that_is_to_print_the_password_is_not_sent() {
    let mut mailer = mailer_with_password();
    let command = ["sleep", "1000"].map(str::to_owned).to_vec();
    mailer.login = mailer.login.map(|login| Login { password: Password::Command(command), ..login });
    let (not_sent, seconds) = opening(mailer, "220 hello\r\n", &[EHLO_WITH_AUTH]).await;
    assert_eq!((not_sent.retry, seconds), (Retry::Server, 30), "{not_sent}");
    assert_eq!(not_sent.why, "smtp.password_command: sleep did not end within 30 seconds");
}

#[tokio::test(start_paused = true)]
async fn silence_before_the_dot_is_not_sent() {
    let by_the_last_answer: [(&[&str], u64); 4] = [
        (&[EHLO], 5 * 60),
        (&[EHLO, MAIL], 5 * 60),
        (&[EHLO, MAIL, RCPT], 5 * 60),
        (&[EHLO, MAIL, RCPT, COPY], 2 * 60),
    ];
    for (replies, deadline) in by_the_last_answer {
        let (outcome, seconds) = submitting(replies).await;
        let Outcome::NotSent(not_sent) = &outcome else { panic!("silent after {replies:?}: {outcome:?}") };
        assert_eq!((not_sent.retry, seconds), (Retry::Letter, deadline), "silent after {replies:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn silence_after_the_dot_is_uncertain() {
    let by_the_answers: [&[&str]; 2] =
        [&[EHLO, MAIL, RCPT, COPY, DATA], &[EHLO, MAIL, RCPT, COPY, DATA, HALF_AN_ANSWER]];
    for replies in by_the_answers {
        let (outcome, seconds) = submitting(replies).await;
        assert!(matches!(outcome, Outcome::Uncertain { .. }), "silent after {replies:?}: {outcome:?}");
        assert_eq!(seconds, 10 * 60, "RFC 5321, 4.5.3.2.6");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stops_reading_the_text_leaves_it_uncertain() {
    let (ours, theirs) = duplex(256);
    tokio::spawn(async move {
        let mut line = BufReader::new(theirs);
        line.write_all(b"220 hello\r\n").await.unwrap();
        for reply in [EHLO, MAIL, RCPT, DATA] {
            read_what_is_said(&mut line, false).await;
            line.write_all(reply.as_bytes()).await.unwrap();
        }
        std::future::pending::<()>().await;
    });
    let mut session = mailer().greet(Box::new(Line(ours))).await.ok().unwrap();
    let submission = Submission {
        from: "ada@home.example".into(),
        to: "jane@globex.example".into(),
        copy: None,
        message: [b"Subject: hello\r\n\r\n".to_vec(), b"Good day.\r\n".repeat(1000)].concat(),
    };
    let outcome = timeout(FOR_EVER, session.submit(&submission, &|| true)).await.expect("it waits for ever");
    assert!(matches!(outcome, Outcome::Uncertain { .. }), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn silence_instead_of_a_goodbye_takes_nothing_back() {
    let mut session = mailer().greet(server_with("220 hello\r\n", &[EHLO, MAIL, RCPT, DATA, DOT])).await.ok().unwrap();
    let submission = Submission {
        from: "ada@home.example".into(),
        to: "jane@globex.example".into(),
        copy: None,
        message: b"Subject: hello\r\n\r\nGood day.".into(),
    };
    let outcome = session.submit(&submission, &|| true).await;
    assert_eq!(outcome, Outcome::Accepted { reply: "250 taken".into() });
    let began = Instant::now();
    timeout(FOR_EVER, session.close()).await.expect("it waits for ever");
    assert_eq!(began.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn silence_instead_of_tls_is_not_sent() {
    install_crypto();
    // Its queue takes the connection, and nobody ever says a word.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let mailer = SmtpMailer { port, tls: Tls::Implicit, ..mailer() };
    let opened = timeout(FOR_EVER, mailer.open()).await.expect("it waits for ever");
    assert_eq!(opened.err().unwrap().retry, Retry::Server);
}

/// The time in minutes that the unit of the service gives for `key`.
fn minutes_in_the_unit(key: &str) -> u64 {
    let unit = include_str!("../../systemd/user/followup.service");
    let value = unit.lines().find_map(|line| line.strip_prefix(&format!("{key}="))).unwrap();
    value.strip_suffix("min").unwrap().parse().unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_slowest_send_is_over_before_systemd_ends_it_and_shows_between_its_phases_that_it_goes_on() {
    const JUST_IN_TIME: [(&str, u64); 6] =
        [(EHLO, 0), (MAIL, 5 * 60), (RCPT, 5 * 60), (COPY, 5 * 60), (DATA, 2 * 60), (DOT, 10 * 60)];
    let (ours, theirs) = duplex(64 * 1024);
    tokio::spawn(async move {
        let mut line = BufReader::new(theirs);
        line.write_all(b"220 hello\r\n").await.unwrap();
        for (reply, deadline) in JUST_IN_TIME {
            read_what_is_said(&mut line, reply == DOT).await;
            advance(Duration::from_secs(deadline).saturating_sub(Duration::from_millis(1))).await;
            line.write_all(reply.as_bytes()).await.unwrap();
        }
    });
    let mut session = mailer().greet(Box::new(Line(ours))).await.ok().unwrap();
    let submission = Submission {
        from: "ada@home.example".into(),
        to: "jane@globex.example".into(),
        copy: Some("ada@home.example".into()),
        message: b"Subject: hello\r\n\r\nGood day.".into(),
    };
    let began = Instant::now();
    assert_eq!(session.submit(&submission, &|| true).await, Outcome::Accepted { reply: "250 taken".into() });
    let minutes = |time: Duration| time.as_secs().div_ceil(60);
    assert_eq!(minutes(began.elapsed()), 27);
    assert!(minutes(began.elapsed()) < minutes_in_the_unit("TimeoutStopSec"));
    let signs = SIGNS_OF_LIFE.with_borrow(Clone::clone);
    let longest = signs.windows(2).map(|two| two[1] - two[0]).max().unwrap();
    assert_eq!(minutes(longest), 10);
    assert!(minutes(longest) < minutes_in_the_unit("WatchdogSec"));
    assert!(minutes(began.elapsed()) > minutes_in_the_unit("WatchdogSec"), "or it would show nothing");
}

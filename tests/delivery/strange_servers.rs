//! Servers that say what no server should, word for word, and letters that never should have come this far.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;

use followup::core::delivery::{Mailer, NotSent, Outcome, Retry, Session, Submission};
use followup::mail::smtp::{SmtpMailer, Tls};

use crate::silence::{mailer, server_with};
use crate::support::mail_server::MailServer;
use crate::whose_refusal::outcome;

/// Says `replies` to one client, the first at once and each other after a line, and hangs up. Gives its port.
fn server_that_says(replies: Vec<String>) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        for (at, reply) in replies.iter().enumerate() {
            if at > 0 && lines.next().is_none() {
                return;
            }
            // The client may be gone.
            let _ = stream.write_all(reply.as_bytes());
        }
        // Whoever hangs up with something unread takes back what was said.
        while lines.next().is_some_and(|line| line.is_ok()) {}
    });
    port
}

#[tokio::test(flavor = "current_thread")]
async fn before_starttls_whatever_is_not_a_reply_ends_it_at_once() {
    let long = |lines: usize| "220-a line of sixteen or so\r\n".repeat(lines);
    let table: [(&[String], &str); 9] = [
        (&["abc\r\n".into()], "it does not speak SMTP"),
        (&["220hello\r\n".into()], "it does not speak SMTP"),
        (&["22\r\n".into()], "it does not speak SMTP"),
        (&["220 hello\r\n250 more\r\n".into()], "it said more than it was asked"),
        (&[long(1000)], "its reply has no end"),
        (&["554 no\r\n".into()], "554 no"),
        // A long greeting is well.
        (&[long(100) + "220 hello\r\n", "502 what\r\n".into()], "EHLO: 502 what"),
        (&["220 hello\r\n".into(), "250 hello\r\n".into()], "it is not offered"),
        (
            &["220 hello\r\n".into(), "250-hello\r\n250 starttls\r\n".into(), "454 later\r\n".into()],
            "STARTTLS: 454 later",
        ),
    ];
    for (replies, why) in table {
        let port = server_that_says(replies.to_vec());
        let mailer = SmtpMailer { port, tls: Tls::StartTls, ..mailer() };
        let Err(NotSent { why: said, retry }) = mailer.open().await else { panic!("{replies:?}") };
        assert!(said.contains(why) && retry == Retry::Server, "{replies:?}: {said}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn before_starttls_a_server_that_hangs_up_is_one_that_is_not_there() {
    // It neither greets nor reads.
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let hangs_up = std::thread::spawn(move || listener.accept().map(drop));
    let mailer = SmtpMailer { port, tls: Tls::StartTls, ..mailer() };
    let Err(NotSent { why, retry }) = mailer.open().await else { panic!("nobody is there") };
    assert!(why.contains("the connection was lost") && retry == Retry::Server, "{why}");
    hangs_up.join().unwrap().unwrap();
}

#[tokio::test(flavor = "current_thread")]
async fn before_starttls_a_line_that_breaks_is_a_server_that_is_not_there() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let breaks = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"220 hello\r\n").unwrap();
        // Whoever hangs up with the rest of it unread breaks the line (a reset).
        stream.read_exact(&mut [0]).unwrap();
    });
    let mailer = SmtpMailer { port, tls: Tls::StartTls, ..mailer() };
    let Err(NotSent { why, retry }) = mailer.open().await else { panic!("nobody is there") };
    assert!(why.contains("EHLO: ") && retry == Retry::Server, "{why}");
    breaks.join().unwrap();
}

fn letter(from: &str, to: &str) -> Submission {
    let message = b"Subject: hello\r\n\r\nGood day.".to_vec();
    Submission { from: from.into(), to: to.into(), copy: Some(from.into()), message }
}

#[tokio::test(flavor = "current_thread")]
async fn nothing_invisible_of_a_servers_words_is_passed_on() {
    let replies = &["250 hello\r\n", "250 ok\r\n", "550 5.1.1 no\u{7} such\u{200b}\u{202e} mailbox\r\n"];
    let mut session = mailer().greet(server_with("220 hello\r\n", replies)).await.ok().unwrap();
    let Outcome::Rejected { reply } = session.submit(&letter("ada@me.example", "jane@globex.example"), &|| true).await
    else {
        panic!("550 is a refusal");
    };
    assert_eq!(reply, "550 5.1.1 no such mailbox");
}

#[tokio::test(flavor = "current_thread")]
async fn a_letter_with_an_address_that_is_none_is_refused_before_a_word_of_it_is_said() {
    let server = MailServer::start();
    let mailer = SmtpMailer { port: server.port(), ..mailer() };
    for (from, to) in [("ada", "jane@globex.example"), ("ada@me.example", "jane"), ("ada@me.example", "a b@c d")] {
        let mut session = mailer.open().await.ok().unwrap();
        let outcome = session.submit(&letter(from, to), &|| true).await;
        assert!(matches!(outcome, Outcome::Rejected { .. }), "{from} to {to}: {outcome:?}");
        session.close().await;
    }
    let mut session = mailer.open().await.ok().unwrap();
    let no_copy = Submission { copy: Some("ada".into()), ..letter("ada@me.example", "jane@globex.example") };
    assert!(matches!(session.submit(&no_copy, &|| true).await, Outcome::Rejected { .. }));
    assert_eq!(crate::commands(&server, "MAIL"), 0, "{}", server.transcript());
}

#[tokio::test(start_paused = true)]
async fn a_line_of_blanks_in_the_reply_to_ehlo_is_passed_over_and_the_letter_goes() {
    // lettre alone panics over each.
    let table: [&'static [&'static str]; 5] = [
        &["250-hello\r\n250-  \r\n250 8BITMIME\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "250 taken\r\n"],
        &["250-hello\r\n250  \r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "250 taken\r\n"],
        &["250-hello\r\n250 \r\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "250 taken\r\n"],
        &["250-hello\r\n250 \t\u{b}\u{a0}\u{2003}\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "250 taken\r\n"],
        // And everywhere else.
        &["250-hello\r\n250 \t\r\n", "250  \r\n", "250 \t\r\n", "354  \r\n", "250  \r\n"],
    ];
    for replies in table {
        let outcome = outcome(replies).await;
        assert!(matches!(outcome, Outcome::Accepted { .. }), "{replies:?}: {outcome:?}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_line_that_does_not_end_is_no_answer() {
    let port = server_that_says(vec!["220 hello ".to_owned() + &"x".repeat(100_000)]);
    let mailer = SmtpMailer { port, ..mailer() };
    let Err(NotSent { why, retry }) = mailer.open().await else { panic!("it was taken for a greeting") };
    assert_eq!((why.split("greeting: ").nth(1), retry), (Some("a line of its answer does not end"), Retry::Server));
}

#[tokio::test(flavor = "current_thread")]
async fn a_connection_that_is_reset_is_a_server_out_of_reach() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"220 hello\r\n").unwrap();
        // EHLO is there, and nobody reads it: hanging up is a reset then.
        stream.peek(&mut [0]).unwrap();
    });
    let mailer = SmtpMailer { port, ..mailer() };
    let Err(NotSent { why, retry }) = mailer.open().await else { panic!("it was welcome") };
    server.join().unwrap();
    assert!(why.contains("reset") && retry == Retry::Server, "{why}");
}

//! Facts and a text that the person edited, over the wire: what the server gets is exactly the approved letter.

use followup::core::address::{check_address, on_the_wire};
use followup::core::application::{check_line, check_text};
use followup::core::delivery::{Outcome, Session, Submission};
use followup::core::letter::{Text, tidy};

use super::read_back::Letter;
use super::{Parts, server};

const REPLIES: [&str; 6] = [
    "220 mail.example\r\n",
    "250-mail.example\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
    "250 go on\r\n",
    "250 go on\r\n",
    "354 go on\r\n",
    "250 it is ours\r\n",
];

pub fn run(data: &[u8]) {
    let mut parts = Parts::of(data);
    let (name, email, their_name, their_email) = (parts.text(), parts.text(), parts.some(), parts.text());
    let text = Text { subject: parts.text().trim().to_owned(), body: tidy(&parts.text()) };
    let letter = Letter {
        from: (&name, &email),
        to: (their_name.as_deref(), &their_email),
        subject: &text.subject,
        body: &text.body,
        references: &[],
    };
    let written = letter.to_bytes();
    let names = [Some(&name), their_name.as_ref()].into_iter().flatten();
    let addresses = [&email, &their_email];
    let may_be_approved = names.map(|name| check_line("name", name)).all(|checked| checked.is_ok())
        && addresses.iter().all(|address| check_address("address", address).is_ok())
        && check_line("subject", &text.subject).is_ok()
        && check_text("body", &text.body).is_ok();
    if may_be_approved {
        let written = written.unwrap();
        letter.is_read_from(&written);
        arrives(&email, &their_email, written);
    }
}

/// Submits `message`, and fails unless the server took exactly that, once, for that recipient alone.
fn arrives(from: &str, to: &str, message: Vec<u8>) {
    let submission = Submission { from: from.to_owned(), to: to.to_owned(), copy: None, message };
    let (client, end) = server::line();
    let submit = async {
        let mut session = server::account(None).greet(Box::new(client)).await.ok().unwrap();
        session.submit(&submission, &|| true).await
    };
    let (outcome, heard) = server::run(async { tokio::join!(submit, server::serve(end, REPLIES)) });
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
    let heard = String::from_utf8(heard).unwrap();
    let (envelope, text) = heard.split_once("DATA\r\n").unwrap();
    let [hello, mail, rcpt] = envelope.split_terminator("\r\n").collect::<Vec<_>>()[..] else { panic!("{envelope}") };
    assert_eq!(hello, "EHLO me.example");
    let (from, to) = (on_the_wire(from).unwrap(), on_the_wire(to).unwrap());
    assert_eq!(mail.trim_end_matches(" SMTPUTF8 BODY=8BITMIME"), format!("MAIL FROM:<{from}>"));
    assert_eq!(rcpt, format!("RCPT TO:<{to}>"));
    assert_eq!(unstuffed(text).as_bytes(), [&submission.message[..], b"\r\n"].concat());
}

/// The text that ends with a line of one dot alone, as a server reads it (RFC 5321, 4.5.2).
fn unstuffed(text: &str) -> String {
    let mut lines = text.split_inclusive("\r\n");
    let mut read = String::new();
    for line in lines.by_ref().take_while(|line| *line != ".\r\n") {
        read += line.strip_prefix('.').unwrap_or(line);
    }
    assert_eq!(lines.next(), None, "something was said after the final dot");
    read
}

//! A hostile mail server: what it says before TLS, at the login, and to a letter. The first text says where it begins,
//! the others are what it says, one at a time.

use followup::core::delivery::{Outcome, Session, Submission};

use super::{is_one_line, server};

const PASSWORD: &str = "hunter2-but-longer";
/// As PLAIN says it in base64, `\0ada\0` before it, and as LOGIN does.
const IN_BASE64: [&str; 2] = ["AGFkYQBodW50ZXIyLWJ1dC1sb25nZXI=", "aHVudGVyMi1idXQtbG9uZ2Vy"];

pub fn run(data: &[u8]) {
    let mut replies = data.split(|&byte| byte == 0xFF);
    let how = replies.next().and_then(|how| how.first().copied()).unwrap_or_default();
    let replies: Vec<&[u8]> = replies.collect();
    let words = match how % 3 {
        0 => before_tls(&replies),
        1 => login(&replies),
        _ => letter(&replies),
    };
    if let Some(words) = words {
        is_one_line(&words);
    }
}

fn before_tls(replies: &[&[u8]]) -> Option<String> {
    let (mut client, end) = server::line();
    let mailer = server::account(None);
    let ask = async {
        let asked = mailer.ask_for_tls(&mut client.0).await;
        drop(client);
        asked
    };
    let (asked, heard) = server::run(async { tokio::join!(ask, server::serve(end, replies)) });
    // Whatever was said, nothing but this is answered before the handshake.
    assert!(b"EHLO me.example\r\nSTARTTLS\r\n".starts_with(&heard), "{heard:?}");
    if asked.is_ok() {
        // Three whole replies, as they should be; TLS itself refuses what may follow them later.
        assert_eq!(heard, b"EHLO me.example\r\nSTARTTLS\r\n");
        let said = String::from_utf8_lossy(&replies.concat()).into_owned();
        let last_lines = said.split_inclusive('\n').filter(|line| line.as_bytes().get(3) != Some(&b'-'));
        let codes: Vec<&str> = last_lines.take(3).map(|line| &line[..3]).collect();
        assert_eq!(codes, ["220", "250", "220"]);
        assert!(said.to_ascii_uppercase().contains("STARTTLS"), "{said}");
    }
    asked.err().map(|not_sent| not_sent.why)
}

fn login(replies: &[&[u8]]) -> Option<String> {
    let (client, end) = server::line();
    let mailer = server::account(Some(PASSWORD));
    let greet = async { mailer.greet(Box::new(client)).await.err().map(|not_sent| not_sent.why) };
    let (words, heard) = server::run(async { tokio::join!(greet, server::serve(end, replies)) });
    // Not even a server that repeats what it was told can make us say it.
    if let Some(words) = words.as_ref().filter(|_| heard.windows(4).any(|four| four == b"AUTH")) {
        let is_said = |secret: &&str| words.contains(*secret);
        assert!(![PASSWORD].iter().chain(&IN_BASE64).any(is_said), "{words}");
    }
    words
}

fn letter(replies: &[&[u8]]) -> Option<String> {
    let submission = Submission {
        from: "ada@me.example".to_owned(),
        to: "jane@globex.example".to_owned(),
        copy: Some("ada@me.example".to_owned()),
        message: b"Subject: Analyst\r\n\r\nDear Jane,\r\n.\r\nAda".to_vec(),
    };
    let (client, end) = server::line();
    let mailer = server::account(None);
    let talk = async {
        match mailer.greet(Box::new(client)).await {
            Err(not_sent) => Outcome::NotSent(not_sent),
            Ok(mut session) => session.submit(&submission, &|| true).await,
        }
    };
    let replies = [&b"220 mail.example\r\n"[..], b"250-mail.example\r\n250 8BITMIME\r\n"]
        .into_iter()
        .chain(replies.iter().copied());
    let (outcome, heard) = server::run(async { tokio::join!(talk, server::serve(end, replies)) });
    let went_whole = heard.windows(5).any(|five| five == b"\r\n.\r\n");
    match outcome {
        Outcome::Accepted { reply } => {
            assert!(went_whole && reply.starts_with("250"), "{reply}");
            Some(reply)
        }
        Outcome::Uncertain { why } => {
            assert!(went_whole, "{why}");
            Some(why)
        }
        Outcome::Rejected { reply } => Some(reply),
        Outcome::NotSent(not_sent) => Some(not_sent.why),
    }
}

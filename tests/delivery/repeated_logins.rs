//! A server that repeats the login when it refuses it is not quoted: what it says is kept, shown and mailed.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use followup::core::delivery::{Mailer, NotSent, Password, Retry};
use followup::mail::smtp::{Login, SmtpMailer, Tls};
use lettre::transport::smtp::authentication::Mechanism;

const SECRET: &str = "p%ss/w\"ö'\\d +canary=7f3a";
/// `\0ada\0` and the secret; the secret alone; what stands before it moved by one byte.
const IN_BASE64: [&str; 3] = [
    "AGFkYQBwJXNzL3ciw7YnXGQgK2NhbmFyeT03ZjNh",
    "cCVzcy93IsO2J1xkICtjYW5hcnk9N2YzYQ==",
    "AGFkYWEAcCVzcy93IsO2J1xkICtjYW5hcnk9N2YzYQ==",
];

/// What is made of `reply`, a server's answer to the login with `secret`.
async fn refused(secret: &str, reply: &str) -> NotSent {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let (port, reply) = (listener.local_addr().unwrap().port(), format!("{reply}\r\n"));
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut heard = BufReader::new(stream.try_clone().unwrap()).lines();
        for said in ["220 mail.example\r\n", "250-mail.example\r\n250 AUTH PLAIN\r\n", &reply, "221 bye\r\n"] {
            stream.write_all(said.as_bytes()).unwrap();
            if heard.next().is_none() {
                break;
            }
        }
    });
    let mailer = SmtpMailer {
        host: "127.0.0.1".to_owned(),
        port,
        tls: Tls::None,
        authorities: Vec::new(),
        login: Some(Login {
            username: "ada".to_owned(),
            password: Password::from(secret),
            mechanisms: vec![Mechanism::Plain],
        }),
        hello: "me.example".to_owned(),
        progress: || {},
    };
    let not_sent = mailer.open().await.err().expect("it is refused");
    server.join().unwrap();
    not_sent
}

#[tokio::test]
async fn a_reply_that_repeats_the_login_in_whatever_form_is_left_out() {
    let escaped = ["'p%ss/w\\\"\\xf6\\'\\\\d +canary=7f3a'", "p%25ss%2Fw%22%C3%B6%27%5Cd%20%2Bcanary%3D7f3a"];
    for form in [SECRET].into_iter().chain(escaped).chain(IN_BASE64) {
        for reply in [format!("535 5.7.8 no: <{form}>."), format!("535-5.7.8 no:\r\n535 5.7.8 you said {form}")] {
            let not_sent = refused(SECRET, &reply).await;
            assert!(not_sent.why.ends_with("535 5.7.8 (its words repeat the login, and are left out)"), "{not_sent}");
            assert_eq!(not_sent.retry, Retry::Account);
        }
    }
    for short in ["you typed abc", "you typed YWJj"] {
        assert!(
            refused("abc", &format!("535 {short}"))
                .await
                .why
                .ends_with("535 (its words repeat the login, and are left out)")
        );
    }
    let later = refused(SECRET, &format!("454 4.7.0 later: {SECRET}")).await;
    assert!(!later.why.contains("canary") && later.why.contains("454 4.7.0"), "{later}");
    assert_eq!(later.retry, Retry::Server);
}

#[tokio::test]
async fn any_other_reply_is_shown_as_it_is() {
    for words in ["5.7.8 Error: authentication failed: UGFzc3dvcmQ6", "5.7.9 see https://mail.example/?p=7f3a", "no"] {
        let not_sent = refused(SECRET, &format!("535 {words}")).await;
        assert!(not_sent.why.ends_with(&format!("535 {words}")), "{not_sent}");
    }
}

#[tokio::test]
async fn a_password_too_short_to_be_told_from_any_word_keeps_nothing_back() {
    let not_sent = refused("q", "535 5.7.8 no").await;
    assert!(not_sent.why.ends_with("535 5.7.8 no"), "{not_sent}");
}

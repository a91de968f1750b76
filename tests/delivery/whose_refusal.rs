//! A refused recipient: is it this address that the server does not take, or is it us? The one is a failed letter, the
//! other the account's trouble, and no letter is lost over it.

use followup::core::delivery::{NotSent, Outcome, Retry, Session, Submission};

use crate::server_that;
use crate::silence::{EHLO, MAIL, mailer, server_with};
use crate::support::home::Home;
use crate::tries;

/// What becomes of a letter to Jane where the server answers RCPT like this, and the RCPT after it, if there is one,
/// like that. A third question would find the server silent.
async fn outcome(replies: &'static [&'static str]) -> Outcome {
    let mut session = mailer().greet(server_with("220 hello\r\n", replies)).await.ok().unwrap();
    let submission = Submission {
        from: "ada@home.example".into(),
        to: "jane@globex.example".into(),
        copy: None,
        message: b"Subject: hello\r\n\r\nGood day.".into(),
    };
    session.submit(&submission, &|| true).await
}

fn is_the_accounts(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::NotSent(NotSent { retry: Retry::Account, .. }))
}

#[tokio::test(start_paused = true)]
async fn a_server_that_would_not_take_a_letter_to_ourselves_either_refuses_the_account() {
    const CLIENT: &str = "554 5.7.1 <unknown[192.0.2.7]>: Client host rejected: Access denied\r\n";
    const SENDER: &str = "553 5.7.1 <ada@home.example>: Sender address rejected: not owned by user\r\n";
    for outcome in [outcome(&[EHLO, MAIL, CLIENT, CLIENT]).await, outcome(&[EHLO, MAIL, SENDER, SENDER]).await] {
        assert!(is_the_accounts(&outcome), "{outcome:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_will_not_relay_refuses_the_account_though_it_takes_letters_to_ourselves() {
    let outcome = outcome(&[EHLO, MAIL, "554 5.7.1 <jane@globex.example>: Relay access denied\r\n"]).await;
    assert!(is_the_accounts(&outcome), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_takes_a_letter_to_ourselves_refuses_the_recipient() {
    let outcome = outcome(&[EHLO, MAIL, "554 5.7.1 we do not want this one\r\n", "250 ok\r\n"]).await;
    assert_eq!(outcome, Outcome::Rejected { reply: "554 5.7.1 we do not want this one".into() });
    // Nor is silence a second refusal.
    let outcome = self::outcome(&[EHLO, MAIL, "550 no\r\n"]).await;
    assert_eq!(outcome, Outcome::Rejected { reply: "550 no".into() });
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_is_about_the_address_needs_no_second_question() {
    const UNKNOWN: &str = "550 5.1.1 <jane@globex.example>: no such user\r\n";
    let outcome = outcome(&[EHLO, MAIL, UNKNOWN, UNKNOWN]).await;
    assert!(matches!(outcome, Outcome::Rejected { .. }), "{outcome:?}");
}

#[test]
fn while_the_account_is_refused_over_recipients_no_letter_fails_and_the_person_is_told() {
    let server = server_that(|_| {});
    let home = Home::new(&server);
    // The server refuses whoever is called like this.
    home.set("me.email", "554-at-rcpt+ada@home.example");
    let id = home.approved_letter_to("554-at-rcpt@globex.example");
    let ran = home.tick();
    assert_eq!((ran.code, home.phase(&id).as_str()), (6, "approved"), "{}", ran.stderr);
    assert!(home.must(&["list"]).starts_with("! The mail server refuses your account"));
    home.tick();
    assert_eq!(tries(&server, "554-at-rcpt@globex.example"), 1);
    assert!(server.accepted().is_empty());
}

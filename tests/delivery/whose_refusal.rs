//! A refused recipient: is it this address that the server does not take, or is it us? The one is a failed letter, the
//! other the account's trouble, and no letter is lost over it.

use followup::core::delivery::{NotSent, Outcome, Retry, Session, Submission};

use crate::silence::{EHLO, MAIL, mailer, server_with};
use crate::support::home::Home;
use crate::{mails_to_me, server_that, tries};

/// What becomes of a letter to Jane where the server answers RCPT like this, and the RCPT after it, if there is one,
/// like that. A third question would find the server silent.
pub(crate) async fn outcome(replies: &'static [&'static str]) -> Outcome {
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

const CLIENT: &str = "554 5.7.1 <unknown[192.0.2.7]>: Client host rejected: Access denied\r\n";

#[tokio::test(start_paused = true)]
async fn a_server_that_would_not_take_a_letter_to_ourselves_either_refuses_the_account() {
    const JANE: &str = "550 5.7.1 <jane@globex.example>: not from you\r\n";
    const ADA: &str = "550 5.7.1 <ada@home.example>: not from you\r\n";
    for outcome in [outcome(&[EHLO, MAIL, CLIENT, CLIENT]).await, outcome(&[EHLO, MAIL, JANE, ADA]).await] {
        assert!(is_the_accounts(&outcome), "{outcome:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_speaks_of_relaying_or_of_the_sender_refuses_the_account_and_need_not_be_asked_again() {
    const RELAY: &[&str] = &[EHLO, MAIL, "554 5.7.1 <jane@globex.example>: Relay access denied\r\n"];
    const SENDER: &[&str] =
        &[EHLO, MAIL, "553 5.7.1 <ada@home.example>: Sender address rejected: not owned by user\r\n"];
    const OLDER: &[&str] = &[EHLO, MAIL, "550 5.1.0 <ada@home.example>: Sender address rejected\r\n"];
    const BLOCKED: &[&str] = &[EHLO, MAIL, "550 5.1.8 Access denied, bad outbound sender\r\n"];
    for replies in [RELAY, SENDER, OLDER, BLOCKED] {
        let outcome = outcome(replies).await;
        assert!(is_the_accounts(&outcome), "{outcome:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn anything_else_is_about_the_recipient_so_that_one_bad_address_holds_no_other_letter() {
    const SEND_ONLY: &str = "550 5.1.1 <ada@home.example>: send-only address\r\n";
    let refused: [&[&str]; 7] = [
        // It takes a letter to ourselves, or says nothing, or another thing.
        &[EHLO, MAIL, CLIENT, "250 ok\r\n"],
        &[EHLO, MAIL, CLIENT],
        &[EHLO, MAIL, CLIENT, SEND_ONLY],
        // These are no matter of policy, and we ask no more.
        &[EHLO, MAIL, "550 No such user\r\n", "550 No such user\r\n"],
        &[EHLO, MAIL, "550 5.1.1 <jane@globex.example>: no such user\r\n", SEND_ONLY],
        &[EHLO, MAIL, "550 <jane@relayr.example>: Recipient address rejected: User unknown\r\n", SEND_ONLY],
        &[EHLO, MAIL, "550 5.1.1 relay.example says: no such user\r\n", SEND_ONLY],
    ];
    for replies in refused {
        let outcome = outcome(replies).await;
        assert!(matches!(outcome, Outcome::Rejected { .. }), "{replies:?}: {outcome:?}");
    }
}

#[test]
fn a_refused_recipient_keeps_no_other_letter_and_no_mail_to_the_person_back() {
    let server = server_that(|_| {});
    let home = Home::new(&server);
    let refused = home.approved_letter_to("550-at-rcpt@globex.example");
    let good = home.approved_letter_to("jane@globex.example");
    let asked = home.add("bill@globex.example");
    home.must(&["tick"]);
    assert_eq!([&refused, &good, &asked].map(|id| home.phase(id)), ["failed", "sent", "waiting"]);
    assert_eq!(tries(&server, "550-at-rcpt@globex.example"), 1);
    let told = mails_to_me(&server);
    assert!(told.len() == 1 && told[0].contains("2 of your applications need you"), "{told:#?}");
}

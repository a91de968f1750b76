//! Addresses in any script: the domain goes over the wire in ASCII; what stands before the @ needs a server that
//! carries it, and where it does not, that is said clearly and nothing is half sent.

use followup::core::address::{BadAddress, ascii_domain, on_the_wire, wire_domain};

use crate::support::home::Home;
use crate::support::mail_server::{Behaviour, Kind, MailServer, Received};

const PLAIN_LOCAL_PART: &str = "jane@bücher.example";
const ANY_LOCAL_PART: &str = "jörg@bücher.example";

fn a_server_without_smtputf8() -> MailServer {
    MailServer::with(Behaviour { extensions: vec!["8BITMIME".to_owned()], ..Behaviour::default() })
}

/// What the client said that begins with `command`, in order.
fn commands(server: &MailServer, command: &str) -> Vec<String> {
    let log = server.log().into_iter().filter(|line| line.kind == Kind::Command && line.text.starts_with(command));
    log.map(|line| line.text).collect()
}

fn header(mail: &Received, name: &str) -> String {
    let text = String::from_utf8(mail.data.clone()).unwrap();
    text.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).unwrap().to_owned()
}

#[test]
fn a_domain_goes_over_the_wire_in_ascii_and_the_rest_as_it_is() {
    let wire = |text: &str| on_the_wire(text).map(|address| address.to_string());
    assert_eq!(wire("jane@globex.example").as_deref(), Ok("jane@globex.example"));
    assert_eq!(wire("Jane.Doe@Globex.Example").as_deref(), Ok("Jane.Doe@Globex.Example"));
    assert_eq!(wire(PLAIN_LOCAL_PART).as_deref(), Ok("jane@xn--bcher-kva.example"));
    assert_eq!(wire("jane@BÜCHER.example").as_deref(), Ok("jane@xn--bcher-kva.example"));
    assert_eq!(wire("王@例え.テスト").as_deref(), Ok("王@xn--r8jz45g.xn--zckzah"));
    assert_eq!(wire(ANY_LOCAL_PART).as_deref(), Ok("jörg@xn--bcher-kva.example"));
    assert_eq!(wire("jane@localhost").as_deref(), Ok("jane@localhost"));
    assert_eq!(wire("jane@globex"), Err(BadAddress::NoDomain));
    assert_eq!(wire("jane@müller"), Err(BadAddress::NoDomain));
    assert_eq!(wire("jane@[127.0.0.1]"), Err(BadAddress::NoDomain));
    assert_eq!(wire("jane@[IPv6:::1]"), Err(BadAddress::NoDomain));
    assert_eq!(wire("\"jane doe\"@globex.example"), Err(BadAddress::Quoted));
    for unseen in ["jane@glo\u{200b}bex.example", "ja\u{ad}ne@globex.example", "jane@a\u{202e}b.example"] {
        assert_eq!(wire(unseen), Err(BadAddress::Invisible), "{unseen:?}");
    }
    for not_one in
        ["jane", "@globex.example", "jane@", "jane@@globex.example", "jane@-.example", "jane@bü cher.example"]
    {
        assert!(wire(not_one).is_err(), "{not_one}");
    }
    assert_eq!(wire_domain("ada@bücher.example"), "xn--bcher-kva.example");
    assert_eq!(ascii_domain("smtp.bücher.example"), "smtp.xn--bcher-kva.example");
}

#[test]
fn a_domain_in_any_script_needs_nothing_of_the_server() {
    let server = a_server_without_smtputf8();
    let home = Home::new(&server);
    home.set("me.email", "ada@größe.example");
    let id = home.approved_letter_to(PLAIN_LOCAL_PART);
    home.must(&["tick"]);
    assert_eq!(home.phase(&id), "sent");
    assert_eq!(commands(&server, "EHLO"), ["EHLO xn--gre-6ka8i.example"]);
    assert_eq!(commands(&server, "MAIL"), ["MAIL FROM:<ada@xn--gre-6ka8i.example>"]);
    assert_eq!(commands(&server, "RCPT")[0], "RCPT TO:<jane@xn--bcher-kva.example>");
    let [mail] = &server.accepted()[..] else { panic!("one mail") };
    assert!(mail.data.is_ascii());
    assert_eq!(header(mail, "To"), "\"Jane Doe\" <jane@xn--bcher-kva.example>");
    assert!(header(mail, "Message-ID").ends_with("@xn--gre-6ka8i.example>"));
    // On the screen it stays as it was typed.
    assert!(home.must(&["show", &id]).contains(PLAIN_LOCAL_PART));
}

#[test]
fn a_server_that_carries_any_local_part_is_asked_to() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let id = home.approved_letter_to(ANY_LOCAL_PART);
    home.must(&["tick"]);
    assert_eq!(home.phase(&id), "sent");
    assert_eq!(commands(&server, "MAIL"), ["MAIL FROM:<ada@home.example> SMTPUTF8 BODY=8BITMIME"]);
    assert_eq!(commands(&server, "RCPT")[0], "RCPT TO:<jörg@xn--bcher-kva.example>");
    assert_eq!(header(&server.accepted()[0], "To"), "\"Jane Doe\" <jörg@xn--bcher-kva.example>");
}

#[test]
fn a_recipient_that_the_server_cannot_carry_is_a_failed_letter_that_says_so_and_is_told_once() {
    let server = a_server_without_smtputf8();
    let home = Home::new(&server);
    let id = home.approved_letter_to(ANY_LOCAL_PART);
    let added = home.must(&["set", &id, "--job-url", "https://bücher.example/1"]);
    assert!(added.contains("Not every mail server carries an address like jörg@"), "{added}");
    for _ in 0..3 {
        home.tick();
    }
    assert_eq!(home.phase(&id), "failed");
    assert!(commands(&server, "RCPT").iter().all(|command| !command.contains('ö')));
    let [told] = &server.accepted()[..] else { panic!("one mail to the person") };
    assert_eq!(told.recipients, ["ada@home.example"]);
    let shown = home.must(&["show", &id]);
    let on_one_line = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(on_one_line.contains("cannot carry letters such as those before the @ of jörg@"), "{shown}");
    assert!(on_one_line.contains("followup set 1 --contact"), "{shown}");
    // The way on: an address of plain letters.
    home.must(&["set", &id, "--contact", "Jörg <joerg@bücher.example>"]);
    home.must(&["draft", &id]);
    home.must(&["approve", &id]);
    home.must(&["tick"]);
    assert_eq!((home.phase(&id).as_str(), server.acceptances_for("joerg@xn--bcher-kva.example")), ("sent", 1));
}

#[test]
fn an_own_address_that_the_server_cannot_carry_is_the_accounts_trouble_and_no_failed_letter() {
    let server = a_server_without_smtputf8();
    let home = Home::new(&server);
    home.set("me.email", "ädä@home.example");
    let id = home.approved_letter_to("jane@globex.example");
    let ran = home.tick();
    assert_eq!(ran.code, 6, "{}", ran.stderr);
    assert_eq!(home.phase(&id), "approved");
    assert_eq!(home.json(&["status"])["mail"]["paused"], true);
    assert_eq!(server.accepted().len(), 0);
    let checked = home.run(&["check"]);
    assert!(checked.code == 6 && checked.stdout.contains("plain letters"), "{}", checked.stdout);
}

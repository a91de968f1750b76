//! The table of outcomes: at which point of the conversation the server does what, and what becomes of the
//! letter. The real program, tick by tick; each tick is a process of its own.

use std::net::{Ipv4Addr, TcpListener, TcpStream};

use crate::support::home::{DEADLINE, Home, ME};
use crate::support::mail_server::{Behaviour, Fault, MailServer};
use crate::{connections, header, mails_to_me, server_that, text, tries};

const JANE: &str = "jane@globex.example";

/// What became of one approved letter after a tick and two more at once.
struct Delivered {
    address: String,
    server: MailServer,
    home: Home,
}

impl Delivered {
    /// The letter of a recipient whose address selects the fault.
    fn to(name: &str) -> Self {
        Self::over(MailServer::start(), &format!("{name}@globex.example"))
    }

    fn over(server: MailServer, address: &str) -> Self {
        let home = Home::new(&server);
        home.approved_letter_to(address);
        for _ in 0..3 {
            home.tick();
        }
        Self { address: address.to_owned(), server, home }
    }

    /// The application is in this phase, and the server took so many letters.
    fn ends(&self, phase: &str, acceptances: usize) {
        assert_eq!(self.home.phase("1"), phase, "{}", self.address);
        assert_eq!(self.server.acceptances_for(&self.address), acceptances, "{}", self.address);
    }

    /// A server or an account that rests is tried again when the daemon starts anew.
    fn goes_after_a_new_start(&self) {
        let daemon = self.home.daemon();
        assert!(self.server.wait_for_accepted(1, DEADLINE), "{}", self.server.transcript());
        daemon.terminate();
        assert!(daemon.wait_for_end().success());
        self.ends("sent", 1);
    }

    /// Three ticks made one try, and nothing came of the other two.
    fn was_tried_once(&self) {
        assert_eq!(tries(&self.server, &self.address), 1, "{}", self.address);
    }

    fn person_was_told_once(&self, subject: &str) {
        let mails = mails_to_me(&self.server);
        assert_eq!(mails.len(), 1, "{}: {mails:#?}", self.address);
        assert!(mails[0].contains(subject), "{}: {}", self.address, mails[0]);
    }

    fn person_was_not_told(&self) {
        assert_eq!(mails_to_me(&self.server), [""; 0], "{}", self.address);
    }

    fn account_is_paused(&self) -> bool {
        self.home.json(&["status"])["mail"]["paused"].as_bool().unwrap()
    }
}

#[test]
fn a_letter_that_the_server_takes_is_sent_with_a_copy_to_the_person() {
    let letter = Delivered::over(MailServer::start(), JANE);
    letter.ends("sent", 1);
    letter.was_tried_once();
    letter.person_was_not_told();

    let [message] = &letter.server.accepted()[..] else { panic!("one message") };
    assert_eq!((&*message.from, &message.recipients[..]), (ME, &[JANE.to_owned(), ME.to_owned()][..]));
    assert_eq!(header(message, "To"), "\"Jane Doe\" <jane@globex.example>");
    assert_eq!(header(message, "From"), "\"Ada Byron\" <ada@home.example>");
    assert!(header(message, "Message-ID").ends_with("@home.example>"));
    assert!(!text(message).to_lowercase().contains("followup"), "no header names the program");
    assert!(!text(message).contains("Bcc"));
    assert!(letter.server.log().iter().any(|line| line.text == "EHLO home.example"));
}

#[test]
fn a_line_with_a_single_dot_does_not_end_the_letter() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let id = home.approved_letter_to(JANE);
    let words = "Dear Jane Doe,\n\n.\n..\n.and so on\n\nThank you.\n\nAda Byron\n.\n";
    let file = home.folder().join("words.txt");
    std::fs::write(&file, words).unwrap();
    home.must(&["edit", &id, "--body-file", file.to_str().unwrap()]);
    home.must(&["approve", &id]);
    home.tick();
    let [message] = &server.accepted()[..] else { panic!("one message") };
    let text = text(message);
    let (_, body) = text.split_once("\n\n").unwrap();
    assert_eq!(body, words);
}

#[test]
fn no_copy_goes_to_a_person_who_wants_none() {
    let server = MailServer::start();
    let home = Home::new(&server);
    home.set("smtp.copy", "none");
    home.approved_letter_to(JANE);
    home.tick();
    let [message] = &server.accepted()[..] else { panic!("one message") };
    assert_eq!(message.recipients, [JANE]);
}

#[test]
fn a_slow_answer_is_an_answer() {
    for fault in ["trickle-at-rcpt", "trickle-at-data", "trickle-after-dot"] {
        let letter = Delivered::to(fault);
        letter.ends("sent", 1);
        letter.was_tried_once();
    }
}

#[test]
fn a_letter_deferred_or_cut_off_before_the_dot_is_not_sent_and_rests_till_a_later_try() {
    let faults = [
        ["450-at-rcpt", "421-at-rcpt", "354-at-rcpt", "drop-at-rcpt", "garbage-at-rcpt", "half-at-rcpt"],
        ["450-at-data", "421-at-data", "250-at-data", "drop-at-data", "garbage-at-data", "half-at-data"],
    ];
    for fault in faults.as_flattened() {
        let letter = Delivered::to(fault);
        letter.ends("approved", 0);
        letter.was_tried_once();
        assert!(!letter.account_is_paused(), "{fault}");
    }
}

#[test]
fn a_sender_deferred_or_cut_off_is_not_sent_and_rests_till_a_later_try() {
    for fault in [Fault::Reply(451), Fault::Reply(421), Fault::Reply(354), Fault::Drop, Fault::Garbage, Fault::Half] {
        let letter = Delivered::over(server_that(|server| server.mail = Some(fault)), JANE);
        letter.ends("approved", 0);
        assert_eq!(connections(&letter.server), 1, "{fault:?}");
        assert!(!letter.account_is_paused(), "{fault:?}");
    }
}

#[test]
fn a_letter_that_the_server_refuses_has_failed_and_the_person_is_told() {
    for fault in ["550-at-rcpt", "553-at-rcpt", "554-at-data", "552-after-dot", "554-after-dot"] {
        let letter = Delivered::to(fault);
        letter.ends("failed", 0);
        letter.was_tried_once();
        letter.person_was_told_once("The letter to Globex was refused by their server");
    }
}

#[test]
fn a_letter_deferred_after_the_dot_is_not_sent_and_rests_till_a_later_try() {
    for fault in ["451-after-dot", "452-after-dot"] {
        let letter = Delivered::to(fault);
        letter.ends("approved", 0);
        letter.was_tried_once();
    }
}

#[test]
fn anything_else_after_the_dot_is_uncertain_and_the_letter_is_never_tried_again_by_itself() {
    let by_what_the_server_has = [
        ("drop-after-data", 0),
        ("drop-at-dot", 0),
        ("drop-after-dot", 1),
        ("half-after-dot", 1),
        ("garbage-after-dot", 1),
        ("220-after-dot", 1),
        ("251-after-dot", 1),
        ("354-after-dot", 1),
        ("421-after-dot", 0),
        ("450-after-dot", 0),
    ];
    for (fault, acceptances) in by_what_the_server_has {
        let letter = Delivered::to(fault);
        letter.ends("uncertain", acceptances);
        letter.was_tried_once();
        letter.person_was_told_once("Did your letter to Globex arrive?");
    }
}

#[test]
fn a_refused_copy_does_not_keep_the_letter_back() {
    let letter = Delivered::to("refuse-copy");
    letter.ends("sent", 1);
    letter.was_tried_once();
    assert_eq!(letter.server.accepted()[0].recipients, ["refuse-copy@globex.example"]);
}

#[test]
fn a_connection_lost_over_the_copy_is_not_a_sent_letter() {
    for fault in ["drop-at-rcpt", "421-at-rcpt", "garbage-at-rcpt"] {
        let server = MailServer::start();
        let home = Home::new(&server);
        home.set("me.email", format!("{fault}@home.example"));
        home.approved_letter_to(JANE);
        for _ in 0..3 {
            home.tick();
        }
        assert_eq!((home.phase("1").as_str(), tries(&server, JANE)), ("approved", 1), "{fault}");
        assert_eq!(server.acceptances_for(JANE), 0, "{fault}");
    }
}

#[test]
fn an_unfriendly_greeting_is_not_sent_and_the_letter_goes_once_the_server_is_friendly() {
    for fault in [Fault::Reply(554), Fault::Reply(421), Fault::Drop, Fault::Garbage, Fault::Half] {
        the_letter_goes_once_the_server_is_well(server_that(|server| server.greeting = Some(fault)));
    }
}

#[test]
fn a_refused_ehlo_is_not_sent_and_the_letter_goes_once_the_server_listens() {
    for fault in [Fault::Reply(550), Fault::Reply(421), Fault::Drop, Fault::Garbage, Fault::Half] {
        the_letter_goes_once_the_server_is_well(server_that(|server| server.ehlo = Some(fault)));
    }
}

fn the_letter_goes_once_the_server_is_well(server: MailServer) {
    let letter = Delivered::over(server, JANE);
    letter.ends("approved", 0);
    assert_eq!(tries(&letter.server, JANE), 0);
    assert!(!letter.account_is_paused());
    let tick = letter.home.tick();
    assert_eq!(tick.code, 6, "{}", tick.stderr);
    assert!(letter.home.must(&["list"]).starts_with("! Mail cannot be sent now"));

    letter.server.behave(Behaviour::default());
    letter.goes_after_a_new_start();
    letter.was_tried_once();
}

#[test]
fn a_refused_connection_is_not_sent() {
    let (_holds_the_port, port) = port_where_nobody_listens();
    let home = Home::at_port(port);
    home.approved_letter_to(JANE);
    for _ in 0..3 {
        let tick = home.tick();
        assert_eq!(tick.code, 6, "{}", tick.stderr);
    }
    assert_eq!(home.phase("1"), "approved");
}

/// The port of the near end of a connection: taken, so that no other test gets it, and nobody listens there.
fn port_where_nobody_listens() -> ((TcpListener, TcpStream), u16) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let near_end = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let port = near_end.local_addr().unwrap().port();
    ((listener, near_end), port)
}

#[test]
fn a_name_that_cannot_be_looked_up_is_not_sent() {
    let home = Home::at_port(25);
    // No label of a name is this long, so that no question leaves the machine.
    home.set("smtp.host", format!("{}.example", "a".repeat(64)));
    home.approved_letter_to(JANE);
    let tick = home.tick();
    assert_eq!(tick.code, 6, "{}", tick.stderr);
    assert_eq!(home.phase("1"), "approved");
}

#[test]
fn without_encryption_no_connection_leaves_the_machine() {
    let home = Home::at_port(25);
    home.set("smtp.host", "192.0.2.1");
    home.approved_letter_to(JANE);
    let tick = home.tick();
    assert_eq!(tick.code, 6);
    assert!(tick.stderr.contains("without encryption, letters go to this machine only"), "{}", tick.stderr);
    assert_eq!(home.phase("1"), "approved");
}

/// A server that wants ada's password, and otherwise behaves as told.
fn with_password(change: impl FnOnce(&mut Behaviour)) -> MailServer {
    server_that(|server| {
        server.credentials = Some(("ada".into(), "secret".into()));
        change(server);
    })
}

/// What became of a letter that ada tried to send with this password.
fn logged_in(server: MailServer, password: &str) -> Delivered {
    let home = Home::new(&server);
    home.set("smtp.username", "ada");
    home.set("smtp.password", password);
    home.approved_letter_to(JANE);
    for _ in 0..3 {
        home.tick();
    }
    Delivered { address: JANE.to_owned(), server, home }
}

#[test]
fn with_the_right_password_the_letter_goes_by_any_mechanism() {
    for mechanism in ["PLAIN", "LOGIN"] {
        let letter = logged_in(with_password(|server| server.mechanisms = vec![mechanism.into()]), "secret");
        letter.ends("sent", 1);
        letter.was_tried_once();
    }
}

#[test]
fn a_refused_login_pauses_the_account_and_the_letter_goes_once_it_is_let_in() {
    for fault in [Fault::Reply(535), Fault::Reply(534), Fault::Reply(530)] {
        let letter = logged_in(with_password(|server| server.auth = Some(fault)), "secret");
        the_account_is_paused_until_the_server_relents(&letter, "secret");
    }
}

#[test]
fn a_wrong_password_pauses_the_account_and_is_never_shown() {
    let letter = logged_in(with_password(|_| {}), "a wrong one");
    the_account_is_paused_until_the_server_relents(&letter, "a wrong one");
    let tick = letter.home.run(&["tick", "--verbose"]);
    let said = tick.stdout + &tick.stderr + &letter.home.must(&["show", "1", "--verbose"]);
    assert!(!said.contains("a wrong one") && !said.contains("YSB3cm9uZyBvbmU"), "{said}");
}

#[test]
fn a_server_without_a_login_we_know_pauses_the_account() {
    let letter = logged_in(with_password(|server| server.mechanisms = vec!["XOAUTH2".into()]), "secret");
    the_account_is_paused_until_the_server_relents(&letter, "secret");
}

/// Nothing went, and not because of the letter; the person is told by every command, since a mail cannot.
fn the_account_is_paused_until_the_server_relents(letter: &Delivered, password: &str) {
    letter.ends("approved", 0);
    assert_eq!(tries(&letter.server, JANE), 0);
    assert!(letter.account_is_paused());
    assert_eq!(letter.home.tick().code, 6);
    assert!(letter.home.must(&["list"]).starts_with("! The mail server refuses your account"));

    letter.server.behave(Behaviour { credentials: Some(("ada".into(), password.into())), ..Behaviour::default() });
    letter.goes_after_a_new_start();
    assert!(!letter.account_is_paused());
}

#[test]
fn a_login_that_fails_for_now_or_is_cut_off_does_not_pause_the_account() {
    for fault in [Fault::Reply(454), Fault::Reply(421), Fault::Drop, Fault::Garbage, Fault::Half] {
        let letter = logged_in(with_password(|server| server.auth = Some(fault)), "secret");
        letter.ends("approved", 0);
        assert_eq!(tries(&letter.server, JANE), 0, "{fault:?}");
        assert!(!letter.account_is_paused(), "{fault:?}");
        assert_eq!(letter.home.tick().code, 6, "{fault:?}");
    }
}

#[test]
fn a_refused_sender_pauses_the_account() {
    for code in [530, 550, 553] {
        let letter = Delivered::over(server_that(|server| server.mail = Some(Fault::Reply(code))), JANE);
        letter.ends("approved", 0);
        assert!(letter.account_is_paused(), "{code}");
        assert_eq!(tries(&letter.server, JANE), 0, "{code}");
    }
}

#[test]
fn a_login_demanded_after_all_pauses_the_account_wherever_it_comes() {
    for fault in ["530-at-rcpt", "530-at-data", "530-after-dot"] {
        let letter = Delivered::to(fault);
        letter.ends("approved", 0);
        assert!(letter.account_is_paused(), "{fault}");
    }
}

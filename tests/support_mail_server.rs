//! The test mail server itself, in plain conversations: it must be a good witness before other tests
//! may believe it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support {
    pub mod mail_server;
}

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use support::mail_server::{Behaviour, Fault, Kind, Line, MailServer, Point, Received};

/// Longer than anything here takes: a test that gets this far has failed.
const DEADLINE: Duration = Duration::from_secs(10);

struct Client(BufReader<TcpStream>);

impl Client {
    /// Connects, and leaves the greeting unread.
    fn connect(server: &MailServer) -> Self {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, server.port())).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(BufReader::new(stream))
    }

    /// Connects and says hello.
    fn greeted(server: &MailServer) -> Self {
        let mut client = Self::connect(server);
        assert_eq!(client.code(), "220");
        assert_eq!(client.say("EHLO client.example"), "250");
        client
    }

    fn send(&mut self, line: &str) {
        self.0.get_mut().write_all(format!("{line}\r\n").as_bytes()).unwrap();
    }

    /// The last line of the next reply; empty when the server has closed the connection, and
    /// without a line end when it did so in the middle.
    fn reply(&mut self) -> String {
        loop {
            let mut line = String::new();
            match self.0.read_line(&mut line) {
                // A server that closes before it has read everything resets the connection.
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return line,
                read => read.unwrap(),
            };
            if line.as_bytes().get(3) != Some(&b'-') {
                return line;
            }
        }
    }

    fn code(&mut self) -> String {
        self.reply().chars().take(3).collect()
    }

    /// Sends a line and gives the code of the reply, empty when the server has closed the connection.
    fn say(&mut self, line: &str) -> String {
        self.send(line);
        self.code()
    }

    /// Goes as far as `DATA` for these recipients; gives the code of its reply.
    fn begin(&mut self, recipients: &[&str]) -> String {
        assert_eq!(self.say("MAIL FROM:<me@home.example> BODY=8BITMIME"), "250");
        for recipient in recipients {
            assert_eq!(self.say(&format!("RCPT TO:<{recipient}>")), "250", "{recipient}");
        }
        self.say("DATA")
    }

    /// Sends a whole message; gives the code of the reply to the final dot.
    fn deliver(&mut self, recipients: &[&str]) -> String {
        assert_eq!(self.begin(recipients), "354");
        self.say("Subject: hello\r\n\r\nGood day.\r\n.")
    }

    fn is_at_end(&mut self) -> bool {
        self.reply().is_empty()
    }

    fn hang_up(&self) {
        self.0.get_ref().shutdown(Shutdown::Both).unwrap();
    }
}

fn server_that(change: impl FnOnce(&mut Behaviour)) -> MailServer {
    let mut behaviour = Behaviour::default();
    change(&mut behaviour);
    MailServer::with(behaviour)
}

fn with_password(change: impl FnOnce(&mut Behaviour)) -> MailServer {
    server_that(|behaviour| {
        behaviour.credentials = Some(("anna".into(), "secret".into()));
        behaviour.mechanisms.push("XOAUTH2".into());
        change(behaviour);
    })
}

fn recipients(messages: &[Received]) -> Vec<Vec<String>> {
    messages.iter().map(|message| message.recipients.clone()).collect()
}

#[test]
fn a_message_is_recorded_as_it_was_sent() {
    let server = MailServer::start();
    let mut client = Client::greeted(&server);
    assert_eq!(client.begin(&["anna@firm.example", "me@home.example"]), "354");
    assert_eq!(client.say("Subject: dots\r\n\r\n..one\r\n...\r\nbare\n.\nlf\n.\r\nend.\r\n."), "250");
    assert_eq!(client.say("NOOP"), "250");
    assert_eq!(client.say("QUIT"), "221");
    assert!(client.is_at_end());

    let [message] = &server.accepted()[..] else { panic!("one message") };
    assert_eq!((message.connection, &*message.from), (1, "me@home.example"));
    assert_eq!(message.recipients, ["anna@firm.example", "me@home.example"]);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    assert_eq!(text(&message.data), "Subject: dots\r\n\r\n.one\r\n..\r\nbare\n.\nlf\n.\r\nend.\r\n");
    assert_eq!(text(&message.raw), "Subject: dots\r\n\r\n..one\r\n...\r\nbare\n.\nlf\n.\r\nend.\r\n");
    assert!(server.rejected().is_empty());
}

#[test]
fn the_log_has_every_line_of_both_sides_in_order() {
    let server = MailServer::start();
    let mut client = Client::greeted(&server);
    assert_eq!(client.deliver(&["anna@firm.example"]), "250");
    assert_eq!(client.say("QUIT"), "221");
    assert!(server.wait_for_line("closed", DEADLINE));
    assert_eq!(
        server.transcript(),
        "1 -- opened\n1 S: 220 mail.example ESMTP\n1 C: EHLO client.example\n1 S: 250-mail.example\n\
         1 S: 250-8BITMIME\n1 S: 250-SMTPUTF8\n1 S: 250 SIZE 10485760\n\
         1 C: MAIL FROM:<me@home.example> BODY=8BITMIME\n1 S: 250 2.1.0 sender ok\n\
         1 C: RCPT TO:<anna@firm.example>\n1 S: 250 2.1.5 recipient ok\n1 C: DATA\n1 S: 354 go ahead\n\
         1 C| Subject: hello\n1 C| \n1 C| Good day.\n1 C| .\n1 S: 250 2.0.0 taken as 1\n\
         1 C: QUIT\n1 S: 221 2.0.0 goodbye\n1 -- closed by the server\n"
    );
    let log = server.log();
    assert!(log.iter().zip(1..).all(|(line, number)| line.number == number));
    assert!(log.is_sorted_by_key(|line| line.number));
}

#[test]
fn a_code_at_rcpt_refuses_that_recipient_alone() {
    let server = MailServer::start();
    let mut client = Client::greeted(&server);
    assert_eq!(client.say("MAIL FROM:<me@home.example>"), "250");
    for code in ["451", "550"] {
        assert_eq!(client.say(&format!("RCPT TO:<{code}-at-rcpt@firm.example>")), code);
    }
    assert_eq!(client.say("DATA"), "503");
    assert_eq!(client.say("RCPT TO:<me@home.example>"), "250");
    assert_eq!(client.say("DATA"), "354");
    assert_eq!(client.say("."), "250");
    assert_eq!(recipients(&server.accepted()), [["me@home.example"]]);
}

#[test]
fn a_code_at_data_comes_instead_of_the_354() {
    let server = MailServer::start();
    let mut client = Client::greeted(&server);
    for code in ["450", "554", "250"] {
        assert_eq!(client.begin(&[&format!("{code}-at-data+7@firm.example")]), code);
        assert_eq!(client.say("RSET"), "250", "no body is expected after it");
    }
    assert!(server.accepted().is_empty() && server.rejected().is_empty());
}

#[test]
fn after_the_dot_only_4xx_and_5xx_mean_that_the_message_was_not_taken() {
    for (what, reply, taken, stays_open) in [
        ("250", "250 as the test asked\r\n", true, true),
        ("354", "354 as the test asked\r\n", true, true),
        ("421", "421 as the test asked\r\n", false, false),
        ("451", "451 as the test asked\r\n", false, true),
        ("554", "554 as the test asked\r\n", false, true),
        ("garbage", "?! this is no reply\r\n", true, true),
        ("trickle", "250 2.0.0 taken as 1\r\n", true, true),
        ("half", "25", true, false),
        ("drop", "", true, false),
    ] {
        let server = MailServer::start();
        let mut client = Client::greeted(&server);
        assert_eq!(client.begin(&["me@home.example", &format!("{what}-after-dot+x@firm.example")]), "354", "{what}");
        client.send("Good day.\r\n.");
        assert_eq!(client.reply(), reply);
        assert_eq!((server.accepted().len(), server.rejected().len()), (taken.into(), (!taken).into()), "{what}");
        assert_eq!(server.acceptances_for(&format!("{what}-after-dot+x")), taken.into());
        if stays_open {
            assert_eq!(client.deliver(&["anna@firm.example"]), "250", "{what} is over with its transaction");
        } else {
            assert!(client.is_at_end(), "{what}");
        }
    }
}

#[test]
fn a_message_dropped_at_the_dot_is_lost() {
    let server = MailServer::start();
    let mut client = Client::greeted(&server);
    assert_eq!(client.deliver(&["drop-at-dot@firm.example"]), "");
    assert_eq!((server.accepted().len(), server.rejected().len()), (0, 1));
}

#[test]
fn a_connection_dropped_before_the_dot_leaves_nothing() {
    for (what, codes) in [("at-rcpt", &[""][..]), ("at-data", &["250", ""]), ("after-data", &["250", "354", ""])] {
        let server = MailServer::start();
        let mut client = Client::greeted(&server);
        assert_eq!(client.say("MAIL FROM:<me@home.example>"), "250");
        client.send(&format!("RCPT TO:<drop-{what}@firm.example>"));
        let mut codes = codes.iter();
        assert_eq!(&client.code(), codes.next().unwrap());
        if let Some(code) = codes.next() {
            assert_eq!(&client.say("DATA"), code);
        }
        assert!(client.is_at_end(), "{what}");
        assert!(server.accepted().is_empty() && server.rejected().is_empty());
    }
}

#[test]
fn a_hanging_server_listens_and_never_answers() {
    for (what, accepted) in [("at-rcpt", 0), ("at-data", 0), ("after-data", 0), ("at-dot", 0), ("after-dot", 1)] {
        let server = MailServer::start();
        let mut client = Client::greeted(&server);
        client.send(&format!("MAIL FROM:<me@home.example>\r\nRCPT TO:<hang-{what}@firm.example>\r\nDATA\r\n\r\n."));
        client.send("NOOP");
        assert!(server.wait_for_line("NOOP", DEADLINE), "{what}");
        client.send("RSET");
        assert!(server.wait_for_line("RSET", DEADLINE), "{what}");
        let log = server.log();
        let after_noop = log.iter().skip_while(|line| line.text != "NOOP");
        assert!(after_noop.clone().all(|line| line.kind == Kind::Command), "{what}: {}", server.transcript());
        assert_eq!(server.accepted().len(), accepted, "{what}");
        client.hang_up();
        assert!(server.wait_for_line("closed by the client", DEADLINE), "{what}");
    }
}

#[test]
fn a_greylisted_address_is_taken_at_the_second_attempt() {
    let server = MailServer::start();
    for code in ["451", "250", "250"] {
        let mut client = Client::greeted(&server);
        assert_eq!(client.say("MAIL FROM:<me@home.example>"), "250");
        assert_eq!(client.say("RCPT TO:<greylist+anna@firm.example>"), code);
    }
    let mut client = Client::greeted(&server);
    assert_eq!(client.say("MAIL FROM:<me@home.example>"), "250");
    assert_eq!(client.say("RCPT TO:<greylist+bert@firm.example>"), "451", "every address on its own");
}

#[test]
fn the_copy_can_be_refused_while_the_letter_goes() {
    let server = MailServer::start();
    let mut client = Client::greeted(&server);
    assert_eq!(client.say("MAIL FROM:<me@home.example>"), "250");
    assert_eq!(client.say("RCPT TO:<refuse-copy@firm.example>"), "250");
    assert_eq!(client.say("RCPT TO:<me@home.example>"), "550");
    assert_eq!(client.say("DATA"), "354");
    assert_eq!(client.say("."), "250");
    assert_eq!(recipients(&server.accepted()), [["refuse-copy@firm.example"]]);
    assert_eq!(client.deliver(&["me@home.example"]), "250", "the refusal is over with its transaction");
}

#[test]
fn rset_and_ehlo_forget_the_transaction_and_its_fault() {
    for command in ["RSET", "EHLO client.example"] {
        let server = MailServer::start();
        let mut client = Client::greeted(&server);
        assert_eq!(client.say("MAIL FROM:<me@home.example>"), "250");
        assert_eq!(client.say("RCPT TO:<554-after-dot@firm.example>"), "250");
        assert_eq!(client.say(command), "250");
        assert_eq!(client.say("DATA"), "503", "{command}");
        assert_eq!(client.deliver(&["anna@firm.example"]), "250", "{command}");
        assert_eq!(recipients(&server.accepted()), [["anna@firm.example"]]);
    }
}

#[test]
fn commands_out_of_order_or_unknown_are_refused() {
    let server = MailServer::start();
    let mut client = Client::greeted(&server);
    for (command, code) in [
        ("RCPT TO:<anna@firm.example>", "503"),
        ("DATA", "503"),
        ("MAIL FROM:me@home.example", "501"),
        ("AUTH PLAIN AA==", "502"),
        ("STARTTLS", "502"),
        ("mail from:<>", "250"),
        ("MAIL FROM:<me@home.example>", "503"),
    ] {
        assert_eq!(client.say(command), code, "{command}");
    }
}

#[test]
fn the_greeting_and_the_answer_to_ehlo_can_be_faulty() {
    for (fault, reply) in [
        (Fault::Reply(554), "554 as the test asked\r\n"),
        (Fault::Reply(421), "421 as the test asked\r\n"),
        (Fault::Garbage, "?! this is no reply\r\n"),
        (Fault::Half, "2"),
        (Fault::Drop, ""),
    ] {
        let server = server_that(|behaviour| behaviour.greeting = Some(fault));
        let mut client = Client::connect(&server);
        assert!(client.reply().starts_with(reply), "{fault:?}");
        if matches!(fault, Fault::Reply(554)) {
            assert_eq!((client.say("EHLO client.example"), client.say("QUIT")), ("503".into(), "221".into()));
        }

        let server = server_that(|behaviour| behaviour.ehlo = Some(fault));
        let mut client = Client::connect(&server);
        assert_eq!(client.code(), "220");
        client.send("EHLO client.example");
        assert!(client.reply().starts_with(reply), "{fault:?}");

        server.behave(Behaviour::default());
        assert_eq!(Client::greeted(&server).deliver(&["anna@firm.example"]), "250", "the fault is over");
    }
}

#[test]
fn a_server_can_hang_before_its_greeting() {
    let server = server_that(|behaviour| behaviour.greeting = Some(Fault::Hang));
    let mut client = Client::connect(&server);
    client.send("QUIT");
    assert!(server.wait_for_line("QUIT", DEADLINE));
    assert!(server.log().iter().all(|line| line.kind != Kind::Reply));
    drop(server);
    assert!(client.is_at_end());
}

#[test]
fn mail_can_be_refused() {
    for code in [451, 530, 550] {
        let server = server_that(|behaviour| behaviour.mail = Some(Fault::Reply(code)));
        let mut client = Client::greeted(&server);
        assert_eq!(client.say("MAIL FROM:<me@home.example>"), code.to_string());
        assert_eq!(client.say("RCPT TO:<anna@firm.example>"), "503");
    }
}

#[test]
fn only_the_right_credentials_open_the_door() {
    // In turn: base64 of "\0anna\0secret", "\0anna\0wrong"; "anna", "secret", "wrong"; the XOAUTH2 forms.
    for (lines, code) in [
        (&["AUTH PLAIN AGFubmEAc2VjcmV0"][..], "235"),
        (&["AUTH PLAIN", "AGFubmEAc2VjcmV0"], "235"),
        (&["AUTH PLAIN AGFubmEAd3Jvbmc="], "535"),
        (&["AUTH LOGIN", "YW5uYQ==", "c2VjcmV0"], "235"),
        (&["auth login YW5uYQ==", "d3Jvbmc="], "535"),
        (&["AUTH LOGIN", "d3Jvbmc=", "c2VjcmV0"], "535"),
        (&["AUTH XOAUTH2 dXNlcj1hbm5hAWF1dGg9QmVhcmVyIHNlY3JldAEB"], "235"),
        (&["AUTH XOAUTH2 dXNlcj1hbm5hAWF1dGg9QmVhcmVyIG9sZAEB", ""], "535"),
        (&["AUTH CRAM-MD5"], "504"),
    ] {
        let server = with_password(|_| {});
        let mut client = Client::greeted(&server);
        assert_eq!(client.say("MAIL FROM:<me@home.example>"), "530", "not without a password");
        let (last, first) = lines.split_last().unwrap();
        for line in first {
            assert_eq!(client.say(line), "334", "{lines:?}");
        }
        assert_eq!(client.say(last), code, "{lines:?}");
        let mail = if code == "235" { "250" } else { "530" };
        assert_eq!(client.say("MAIL FROM:<me@home.example>"), mail, "{lines:?}");
        assert!(server.transcript().contains("250 AUTH PLAIN LOGIN XOAUTH2\n"));
        assert!(server.transcript().contains(last), "the log keeps what AUTH was given");
    }
}

#[test]
fn right_credentials_can_be_refused_all_the_same() {
    for (fault, code) in
        [(Fault::Reply(535), "535"), (Fault::Reply(534), "534"), (Fault::Reply(454), "454"), (Fault::Drop, "")]
    {
        let server = with_password(|behaviour| behaviour.auth = Some(fault));
        assert_eq!(Client::greeted(&server).say("AUTH PLAIN AGFubmEAc2VjcmV0"), code);
    }
}

#[test]
fn hooks_fire_at_every_point_before_the_server_goes_on() {
    use Point::{Accepted, Answered, Auth, Body, Connected, Data, Dot, Ehlo, Mail, Quit, Rcpt};
    let server = Arc::new(with_password(|_| {}));
    let seen = Arc::new(Mutex::new(Vec::new()));
    for point in [Connected, Ehlo, Auth, Mail, Rcpt, Data, Body, Dot, Accepted, Answered, Quit] {
        let (seen, witness) = (Arc::clone(&seen), Arc::downgrade(&server));
        server.at(point, move |transaction| {
            let witness = witness.upgrade().unwrap();
            let last_line = witness.log().pop().unwrap().text;
            let word = last_line.split(' ').next().unwrap().to_owned();
            seen.lock().unwrap().push((point, word, transaction.recipients.len(), witness.accepted().len()));
        });
    }
    let mut client = Client::greeted(&server);
    assert_eq!(client.say("AUTH PLAIN AGFubmEAc2VjcmV0"), "235");
    assert_eq!(client.deliver(&["anna@firm.example"]), "250");
    assert_eq!(client.say("QUIT"), "221");

    let expected = [
        (Connected, "opened", 0, 0),
        (Ehlo, "EHLO", 0, 0),
        (Auth, "AUTH", 0, 0),
        (Mail, "MAIL", 0, 0),
        (Rcpt, "RCPT", 1, 0),
        (Data, "DATA", 1, 0),
        (Body, "Subject:", 1, 0),
        (Dot, ".", 1, 0),
        (Accepted, ".", 1, 1),
        (Answered, "250", 1, 1),
        (Quit, "QUIT", 0, 1),
    ];
    let expected = expected.map(|(point, word, recipients, accepted)| (point, word.to_owned(), recipients, accepted));
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[test]
fn a_hook_can_be_limited_to_a_recipient_and_to_the_first_time() {
    let server = MailServer::start();
    let fired = Arc::new(Mutex::new(Vec::new()));
    for (name, trigger) in [
        ("each", Point::Dot.into()),
        ("once", Point::Dot.once()),
        ("anna", Point::Dot.with_recipient("anna+2")),
        ("anna once", Point::Dot.with_recipient("anna+2@firm.example").once()),
    ] {
        let fired = Arc::clone(&fired);
        server.at(trigger, move |_| fired.lock().unwrap().push(name));
    }
    let mut client = Client::greeted(&server);
    for recipient in ["anna+1@firm.example", "anna+2@firm.example", "anna+2@firm.example"] {
        assert_eq!(client.deliver(&["me@home.example", recipient]), "250");
    }
    assert_eq!(*fired.lock().unwrap(), ["each", "once", "each", "anna", "anna once", "each", "anna"]);
    assert_eq!((server.acceptances_for("anna+2"), server.acceptances_for("anna")), (2, 0));
}

#[test]
fn a_client_that_dies_at_a_point_has_delivered_from_the_dot_on() {
    use Point::{Accepted, Answered, Body, Connected, Data, Dot, Ehlo, Mail, Rcpt};
    for (point, accepted) in
        [(Connected, 0), (Ehlo, 0), (Mail, 0), (Rcpt, 0), (Data, 0), (Body, 0), (Dot, 1), (Accepted, 1), (Answered, 1)]
    {
        let server = MailServer::start();
        let (life_line, connection) = mpsc::channel::<TcpStream>();
        server.at(point.once(), move |_| connection.recv().unwrap().shutdown(Shutdown::Both).unwrap());
        let mut client = Client::connect(&server);
        life_line.send(client.0.get_ref().try_clone().unwrap()).unwrap();
        let body = if point == Body { "Good day." } else { "Good day.\r\n." };
        for line in ["EHLO c", "MAIL FROM:<me@home.example>", "RCPT TO:<anna@firm.example>", "DATA", body] {
            if client.reply().is_empty() || write!(client.0.get_mut(), "{line}\r\n").is_err() {
                break;
            }
        }
        let is_over = |line: &Line| line.kind == Kind::Connection && line.text != "opened";
        let all_over = server.wait_until(|seen| seen.log.iter().any(is_over), DEADLINE);
        assert!(all_over, "{point:?}:\n{}", server.transcript());
        assert_eq!(server.accepted().len(), accepted, "{point:?}:\n{}", server.transcript());
        assert_eq!(Client::greeted(&server).deliver(&["anna@firm.example"]), "250", "the server lives on");
    }
}

#[test]
fn conversations_run_side_by_side() {
    let server = MailServer::start();
    let (mut first, mut second) = (Client::greeted(&server), Client::greeted(&server));
    assert_eq!(first.begin(&["554-after-dot@firm.example"]), "354");
    assert_eq!(second.deliver(&["anna@firm.example"]), "250");
    assert_eq!(first.say("."), "554");
    assert_eq!((server.accepted()[0].connection, server.rejected()[0].connection), (2, 1));
}

#[test]
fn waiting_ends_with_the_event_or_with_the_deadline() {
    let server = MailServer::start();
    assert!(!server.wait_for_accepted(1, Duration::ZERO));
    assert!(!server.wait_for_line("RCPT TO", Duration::ZERO));
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| server.wait_for_accepted(2, DEADLINE));
        let mut client = Client::greeted(&server);
        assert_eq!(client.deliver(&["anna@firm.example"]), "250");
        assert_eq!(client.deliver(&["bert@firm.example"]), "250");
        assert!(waiting.join().unwrap());
    });
    assert!(server.wait_for_line("RCPT TO:<bert@", Duration::ZERO));
}

#[test]
fn dropping_the_server_ends_every_connection_and_frees_the_port() {
    let server = MailServer::start();
    let port = server.port();
    let mut clients = [Client::connect(&server), Client::greeted(&server), Client::greeted(&server)];
    assert_eq!(clients[0].code(), "220");
    assert_eq!(clients[1].begin(&["anna@firm.example"]), "354");
    drop(server);
    assert!(clients.iter_mut().all(Client::is_at_end));
    assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err());
}

#[test]
#[should_panic(expected = "drop-after-dto@firm.example looks like a fault, and is none")]
fn a_misspelt_fault_fails_the_test() {
    let server = MailServer::start();
    let mut client = Client::greeted(&server);
    assert_eq!(client.say("MAIL FROM:<me@home.example>"), "250");
    assert_eq!(client.say("RCPT TO:<drop-after-dto@firm.example>"), "");
    server.accepted();
}

#[test]
#[should_panic(expected = "connection 1: the hook failed")]
fn a_hook_that_panics_fails_a_test_that_waits() {
    let server = MailServer::start();
    server.at(Point::Mail, |_| panic!("the hook failed"));
    assert_eq!(Client::greeted(&server).say("MAIL FROM:<me@home.example>"), "");
    let _ = server.wait_for_accepted(1, DEADLINE);
}

#[test]
#[should_panic(expected = "the mail server went wrong")]
fn a_hook_that_panics_fails_a_test_that_asks_no_more() {
    let server = MailServer::start();
    server.at(Point::Mail, |_| panic!("the hook failed"));
    assert_eq!(Client::greeted(&server).say("MAIL FROM:<me@home.example>"), "");
}

#[test]
fn ordinary_addresses_select_nothing() {
    let server = MailServer::start();
    let mut client = Client::greeted(&server);
    for address in ["anna@firm.example", "look-at-me@firm.example", "554@firm.example", "x+554-after-dot@firm.example"]
    {
        assert_eq!(client.deliver(&[address]), "250", "{address}");
    }
}

//! One connection: the server's side of RFC 5321, with the faults where they were asked for.

use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use super::fault::{Place, Selected, selected_by};
use super::witness::now;
use super::{Behaviour, Fault, Kind, Point, Received, Shared, Transaction, lock};

/// Between two bytes of a trickling reply: long enough to be read apart, a few ms in total.
const BETWEEN_BYTES: Duration = Duration::from_micros(100);

/// Why a conversation is over.
pub(super) enum End {
    ByClient,
    ByServer,
    Broken(io::Error),
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> Self {
        Self::Broken(error)
    }
}

pub(super) type Step<T = ()> = Result<T, End>;

pub(super) struct Conversation<'a> {
    pub(super) behaviour: Behaviour,
    pub(super) authenticated: bool,
    shared: &'a Shared,
    reader: BufReader<&'a TcpStream>,
    number: u64,
    /// The greeting was no `220`.
    turned_away: bool,
    /// `MAIL` was accepted, and no reset followed.
    in_transaction: bool,
    transaction: Transaction,
    /// The first fault for after `RCPT` that a recipient asked for.
    later_fault: Option<(Fault, Place)>,
    /// The recipient that wants every other one refused.
    only_recipient: Option<String>,
}

impl<'a> Conversation<'a> {
    pub(super) fn new(stream: &'a TcpStream, number: u64, shared: &'a Shared) -> Self {
        Self {
            behaviour: lock(&shared.behaviour).clone(),
            authenticated: false,
            shared,
            reader: BufReader::new(stream),
            number,
            turned_away: false,
            in_transaction: false,
            transaction: Transaction { connection: number, ..Transaction::default() },
            later_fault: None,
            only_recipient: None,
        }
    }

    /// Talks until one side has had enough, and says how it ended.
    pub(super) fn run(mut self) -> String {
        match self.talk() {
            Ok(()) | Err(End::ByServer) => "closed by the server".into(),
            Err(End::ByClient) => "closed by the client".into(),
            Err(End::Broken(error)) => format!("broken: {error}"),
        }
    }

    fn talk(&mut self) -> Step {
        self.reach(Point::Connected);
        let code = self.answer(self.behaviour.greeting, "220 mail.example ESMTP")?;
        self.turned_away = code != Some(220);
        loop {
            let command = self.read_command()?;
            self.obey(&command)?;
        }
    }

    fn obey(&mut self, command: &str) -> Step {
        let verb = command.split(' ').next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "QUIT" => {
                self.reach(Point::Quit);
                self.reply("221 2.0.0 goodbye")?;
                Err(End::ByServer)
            }
            _ if self.turned_away => self.reply("503 5.5.1 only QUIT is possible now").map(drop),
            "EHLO" | "HELO" => self.ehlo(&verb),
            "AUTH" => {
                self.reach(Point::Auth);
                self.auth(command)
            }
            "MAIL" => self.mail(command),
            "RCPT" => self.rcpt(command),
            "DATA" => self.data(),
            "RSET" => {
                self.reset();
                self.reply("250 2.0.0 forgotten").map(drop)
            }
            "NOOP" => self.reply("250 2.0.0 still here").map(drop),
            _ => self.reply("502 5.5.1 not understood").map(drop),
        }
    }

    fn ehlo(&mut self, verb: &str) -> Step {
        self.reset();
        self.reach(Point::Ehlo);
        let mut lines = vec!["mail.example".to_owned()];
        if verb == "EHLO" {
            lines.extend(self.behaviour.extensions.iter().cloned());
            if self.behaviour.credentials.is_some() {
                lines.push(format!("AUTH {}", self.behaviour.mechanisms.join(" ")));
            }
        }
        let last = format!("250 {}", lines.pop().unwrap_or_default());
        let before = lines.iter().map(|line| format!("250-{line}\r\n")).collect::<String>();
        self.answer(self.behaviour.ehlo, &(before + &last)).map(drop)
    }

    fn mail(&mut self, command: &str) -> Step {
        // RFC 5321, 4.1.4: not while a transaction is in progress.
        if self.in_transaction {
            return self.reply("503 5.5.1 one after the other").map(drop);
        }
        self.reset();
        let Some(from) = path_in(command) else {
            return self.reply("501 5.5.4 MAIL FROM:<address>").map(drop);
        };
        if self.behaviour.credentials.is_some() && !self.authenticated {
            return self.reply("530 5.7.0 authentication required").map(drop);
        }
        self.transaction.from = from;
        self.reach(Point::Mail);
        let code = self.answer(self.behaviour.mail, "250 2.1.0 sender ok")?;
        self.in_transaction = code == Some(250);
        Ok(())
    }

    fn rcpt(&mut self, command: &str) -> Step {
        if !self.in_transaction {
            return self.reply("503 5.5.1 MAIL first").map(drop);
        }
        let Some(recipient) = path_in(command) else {
            return self.reply("501 5.5.4 RCPT TO:<address>").map(drop);
        };
        self.transaction.recipients.push(recipient.clone());
        self.reach(Point::Rcpt);
        let fault = self.fault_for(&recipient);
        let code = self.answer(fault, "250 2.1.5 recipient ok")?;
        if !is_positive(code) {
            self.transaction.recipients.pop();
        }
        Ok(())
    }

    /// The fault to answer this recipient with; one for later is remembered.
    fn fault_for(&mut self, recipient: &str) -> Option<Fault> {
        if self.only_recipient.as_deref().is_some_and(|only| only != recipient) {
            return Some(Fault::Reply(550));
        }
        match selected_by(recipient).unwrap_or_else(|problem| panic!("{problem}")) {
            Selected::Nothing => None,
            Selected::Fault(fault, Place::AtRcpt) => Some(fault),
            Selected::Fault(fault, place) => {
                self.later_fault.get_or_insert((fault, place));
                None
            }
            Selected::Greylisting => {
                let is_new = lock(&self.shared.greylisted).insert(recipient.to_owned());
                is_new.then_some(Fault::Reply(451))
            }
            Selected::RefusalOfCopies => {
                self.only_recipient = Some(recipient.to_owned());
                None
            }
        }
    }

    fn data(&mut self) -> Step {
        if self.transaction.recipients.is_empty() {
            return self.reply("503 5.5.1 RCPT first").map(drop);
        }
        self.reach(Point::Data);
        let code = self.answer(self.fault(Place::AtData), "354 go ahead")?;
        if code != Some(354) {
            return Ok(());
        }
        if let Some(drop_or_hang) = self.fault(Place::AfterData) {
            return self.answer(Some(drop_or_hang), "").map(drop);
        }
        let message = self.read_message()?;
        self.reach(Point::Dot);
        self.settle(message)
    }

    /// Records the message first and answers then: whatever becomes of the client, the record
    /// says who has the message.
    fn settle(&mut self, message: Received) -> Step {
        if let Some(drop_or_hang) = self.fault(Place::AtDot) {
            self.shared.witness.rejected(message);
            return self.answer(Some(drop_or_hang), "").map(drop);
        }
        let fault = self.fault(Place::AfterDot);
        let mut usual = String::new();
        if fault.is_none_or(Fault::takes_message) {
            usual = format!("250 2.0.0 taken as {}", self.shared.witness.accepted(message));
            self.reach(Point::Accepted);
        } else {
            self.shared.witness.rejected(message);
        }
        let code = self.answer(fault, &usual)?;
        if is_positive(code) {
            self.reach(Point::Answered);
        }
        self.reset();
        Ok(())
    }

    /// Reads up to `<CRLF>.<CRLF>`. After a bare line feed a dot is neither the end nor stuffed.
    fn read_message(&mut self) -> Step<Received> {
        let (mut data, mut raw) = (Vec::new(), Vec::new());
        let mut after_crlf = true;
        loop {
            let line = self.read_line(Kind::Body)?;
            if after_crlf && line == b".\r\n" {
                break;
            }
            let stuffed = after_crlf && line.starts_with(b".");
            data.extend_from_slice(&line[usize::from(stuffed)..]);
            after_crlf = line.ends_with(b"\r\n");
            let is_first = raw.is_empty();
            raw.extend(line);
            if is_first {
                self.reach(Point::Body);
            }
        }
        let Transaction { connection, from, recipients } = self.transaction.clone();
        Ok(Received { connection, from, recipients, data, raw, at: now() })
    }

    fn fault(&self, place: Place) -> Option<Fault> {
        self.later_fault.filter(|(_, where_it_strikes)| *where_it_strikes == place).map(|(f, _)| f)
    }

    fn reset(&mut self) {
        self.in_transaction = false;
        self.transaction = Transaction { connection: self.number, ..Transaction::default() };
        self.later_fault = None;
        self.only_recipient = None;
    }

    fn reach(&self, point: Point) {
        self.shared.hooks.fire(point, &self.transaction);
    }

    /// Gives the usual reply or what the fault makes of it. Returns the code, if it was one.
    pub(super) fn answer(&mut self, fault: Option<Fault>, usual: &str) -> Step<Option<u16>> {
        match fault {
            None => self.reply(usual),
            Some(Fault::Reply(code)) => self.reply(&format!("{code} as the test asked")),
            Some(Fault::Drop) => Err(End::ByServer),
            Some(Fault::Hang) => loop {
                self.read_line(Kind::Command)?;
            },
            Some(Fault::Garbage) => self.reply("?! this is no reply"),
            Some(Fault::Half) => {
                self.log(Kind::Reply, &usual[..2]);
                self.reader.get_mut().write_all(&usual.as_bytes()[..2])?;
                Err(End::ByServer)
            }
            Some(Fault::Trickle) => {
                self.log(Kind::Reply, usual);
                for byte in format!("{usual}\r\n").bytes() {
                    self.reader.get_mut().write_all(&[byte])?;
                    thread::sleep(BETWEEN_BYTES);
                }
                Ok(code_of(usual))
            }
        }
    }

    /// Writes a reply, of several lines perhaps. A 421 closes the connection.
    pub(super) fn reply(&mut self, reply: &str) -> Step<Option<u16>> {
        self.log(Kind::Reply, reply);
        self.reader.get_mut().write_all(format!("{reply}\r\n").as_bytes())?;
        match code_of(reply) {
            Some(421) => Err(End::ByServer),
            code => Ok(code),
        }
    }

    pub(super) fn read_command(&mut self) -> Step<String> {
        let line = self.read_line(Kind::Command)?;
        Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
    }

    /// Reads one line with its end. What comes before a connection is lost is logged all the same.
    fn read_line(&mut self, kind: Kind) -> Step<Vec<u8>> {
        let mut line = Vec::new();
        let read = self.reader.read_until(b'\n', &mut line);
        if !line.is_empty() {
            let text = String::from_utf8_lossy(&line);
            self.log(kind, text.strip_suffix('\n').map_or(&*text, |text| text.trim_end_matches('\r')));
        }
        read?;
        if line.ends_with(b"\n") { Ok(line) } else { Err(End::ByClient) }
    }

    fn log(&self, kind: Kind, text: &str) {
        for line in text.split("\r\n") {
            self.shared.witness.line(self.number, kind, line);
        }
    }
}

fn is_positive(code: Option<u16>) -> bool {
    matches!(code, Some(200..300))
}

fn code_of(reply: &str) -> Option<u16> {
    reply.get(..3)?.parse().ok()
}

/// The address between the angle brackets of `MAIL FROM:<...>` and `RCPT TO:<...>`.
fn path_in(command: &str) -> Option<String> {
    let (_, path) = command.split_once('<')?;
    let (address, _) = path.split_once('>')?;
    Some(address.to_owned())
}

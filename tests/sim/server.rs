//! The mail server of a life: an ordinary one in fine weather; in rough weather one that refuses, defers, hangs, trickles,
//! hangs up and lies in every phase. Whatever it took, it tells the witness.

use std::sync::Arc;
use std::time::Duration;

use followup::clock::Clock;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use super::clock::pass;
use super::stage::{Stage, Weather};

/// Longer than any client waits.
const FOR_EVER: Duration = Duration::from_secs(3 * 3600);

/// A point of the conversation at which the server has the word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Point {
    Greeting,
    Ehlo,
    Login,
    Mail,
    Rcpt,
    Data,
    Dot,
    Quit,
}

impl Point {
    /// What is said there by a server that does what it should.
    fn right(self) -> &'static str {
        match self {
            Point::Greeting => "220 mail.example ESMTP",
            Point::Ehlo => "250-mail.example\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME",
            Point::Login => "235 2.7.0 welcome",
            Point::Mail | Point::Rcpt => "250 2.1.0 ok",
            Point::Data => "354 go on",
            Point::Dot => "250 2.0.0 queued",
            Point::Quit => "221 2.0.0 bye",
        }
    }

    /// What else servers say there. Never what would say, of a letter that was taken, that it was not.
    fn other(self) -> &'static [&'static str] {
        match self {
            Point::Greeting => &["421 4.3.2 busy", "554 5.7.1 go away", "451 later", "Hello there", "220"],
            Point::Ehlo => &["421 4.3.2 busy", "502 5.5.1 what?", "250 mail.example", "250-half", "550 no"],
            Point::Login => {
                &["535 5.7.8 wrong", "454 4.7.0 later", "534 5.7.9 no", "530 5.7.0 no", "421 bye", "250 ok"]
            }
            Point::Mail => {
                &["451 4.3.0 later", "452 4.2.2 full", "550 5.7.1 no", "553 5.1.8 no", "421 bye", "530 no", "1"]
            }
            Point::Rcpt => &[
                "450 4.2.0 greylisted",
                "451 4.3.0 later",
                "550 5.1.1 nobody",
                "554 5.7.1 relaying denied",
                "452 4.5.3 many",
                "550 5.7.1 policy",
                "421 4.7.0 bye",
                "552 5.2.2 full",
                "251 2.1.5 will forward",
                "600 what",
            ],
            Point::Data => &["451 4.3.0 later", "554 5.5.1 no", "421 bye", "503 order", "250 ok", "354"],
            Point::Dot => &["451 4.3.0 later", "452 4.2.2 full", "554 5.7.1 spam", "552 5.3.4 big", "550 5.7.1 no"],
            Point::Quit => &["500 what", "421 bye"],
        }
    }
}

/// What else may be said after a letter, whether it was taken or not: nobody can tell from it.
const RIDDLES: [&str; 6] = ["421 4.3.2 bye", "354 go on", "251 ok", "2500 queued", "ok", "450 4.2.0 hm"];

enum Ended {
    /// The client hung up, or we do.
    Connection,
}

/// Serves one connection to its end.
pub(crate) async fn serve(stage: Arc<Stage>, number: u64, stream: DuplexStream) {
    let mut conversation = Conversation { stage, number, stream, read: Vec::new() };
    let Err(Ended::Connection) = conversation.run().await;
}

struct Conversation {
    stage: Arc<Stage>,
    number: u64,
    stream: DuplexStream,
    read: Vec<u8>,
}

impl Conversation {
    async fn run(&mut self) -> Result<std::convert::Infallible, Ended> {
        self.answer(Point::Greeting).await?;
        let (mut recipients, mut is_logged_in, mut in_envelope) = (Vec::new(), false, false);
        loop {
            let line = self.line().await?;
            let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            match &*word {
                "EHLO" => drop(self.answer(Point::Ehlo).await?),
                "AUTH" => is_logged_in = self.answer(Point::Login).await?,
                "MAIL" => {
                    recipients.clear();
                    if !is_logged_in {
                        self.stage.witness(|witness| witness.breach("MAIL was said without a login"));
                    }
                    if in_envelope {
                        self.stage
                            .witness(|witness| witness.breach("MAIL was said within the envelope of another letter"));
                    }
                    in_envelope = self.answer(Point::Mail).await?;
                }
                "RCPT" => {
                    let recipient = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                    if !self.stage.fate.reads_first && self.is_greylisted(&recipient) {
                        self.say("451 4.7.1 greylisted, try again later").await?;
                    } else if self.answer_to(Point::Rcpt, std::slice::from_ref(&recipient)).await? {
                        recipients.push(recipient);
                    }
                }
                "DATA" => {
                    if self.answer_to(Point::Data, &recipients).await? {
                        let message = self.message().await?;
                        self.stage.witness(|witness| witness.reads(&recipients, &message));
                        self.end_of(message, &recipients).await?;
                        in_envelope = false;
                    }
                }
                "QUIT" => {
                    self.answer(Point::Quit).await?;
                    return Err(Ended::Connection);
                }
                "RSET" => {
                    in_envelope = false;
                    self.say("250 ok").await?;
                }
                "NOOP" => self.say("250 ok").await?,
                _ => self.say("500 5.5.2 what?").await?,
            }
        }
    }

    /// Answers at `point`, rightly or not; gives whether it said yes.
    async fn answer(&mut self, point: Point) -> Result<bool, Ended> {
        self.answer_to(point, &[]).await
    }

    /// The same, of a letter for `recipients`.
    async fn answer_to(&mut self, point: Point, recipients: &[String]) -> Result<bool, Ended> {
        self.dawdle().await?;
        if self.behaves() {
            self.say(point.right()).await?;
            return Ok(true);
        }
        let dice = self.stage.dice.clone();
        self.note(format!("{point:?}: does not behave"));
        match dice.number(0, 9) {
            0 => Err(Ended::Connection),
            1 => self.hang().await,
            2 => {
                self.trickle(point.right()).await?;
                Ok(true)
            }
            3 => {
                self.say("\u{fffd}\u{0} <- not SMTP").await?;
                Ok(false)
            }
            _ => {
                let other = dice.one_of(point.other());
                self.refuses(recipients, other);
                self.say(other).await?;
                Ok(other.starts_with(['2', '3']) && point != Point::Data || other.starts_with("354"))
            }
        }
    }

    /// The whole letter is there: takes it or not, says so or not.
    async fn end_of(&mut self, message: Vec<u8>, recipients: &[String]) -> Result<(), Ended> {
        self.dawdle().await?;
        let dice = self.stage.dice.clone();
        if self.stage.fate.reads_first && recipients.iter().any(|it| self.is_greylisted(it)) {
            return self.say("451 4.7.1 greylisted, try again later").await;
        }
        self.stage.strike();
        if self.behaves() && (self.stage.is_calm() || !dice.chance(self.stage.fate.dot_faults)) {
            self.take(recipients, &message, true);
            return self.say(Point::Dot.right()).await;
        }
        match dice.number(0, 5) {
            // It says yes, and loses the letter: for us that is a letter that went.
            0 => {
                self.take(recipients, &message, true);
                self.say("250 2.0.0 queued").await
            }
            1 | 2 => {
                let other = dice.one_of(Point::Dot.other());
                self.refuses(recipients, other);
                self.say(other).await
            }
            _ => {
                let takes = dice.chance(50.0);
                if takes {
                    self.take(recipients, &message, false);
                } else {
                    self.note("loses the letter".to_owned());
                }
                match dice.number(0, 3) {
                    0 => Err(Ended::Connection),
                    1 => self.hang().await.map(drop),
                    // A yes that the client may hear in time, and has to believe.
                    2 if takes => self.trickle("250 2.0.0 queued").await,
                    2 => self.trickle("451 4.3.0 later").await,
                    _ => self.say(dice.one_of(&RIDDLES)).await,
                }
            }
        }
    }

    /// Lets the witness know if `said` is a no for good.
    fn refuses(&self, recipients: &[String], said: &str) {
        if said.starts_with('5') {
            let now = self.stage.clocks.now();
            self.stage.witness(|witness| witness.refuses(recipients, now));
        }
    }

    fn take(&mut self, recipients: &[String], message: &[u8], says_so: bool) {
        self.note(format!("takes the letter to {recipients:?}{}", if says_so { "" } else { ", and does not say so" }));
        let now = self.stage.clocks.now();
        self.stage.witness(|witness| witness.accepts(recipients, message, now, says_so));
    }

    fn behaves(&self) -> bool {
        let stage = &self.stage;
        stage.is_calm() || stage.weather() == Weather::Fine || !stage.dice.chance(stage.fate.server_faults)
    }

    fn is_greylisted(&self, recipient: &str) -> bool {
        if !self.stage.fate.greylists {
            return false;
        }
        let truth = self.stage.clocks.truth();
        let until = self.stage.witness(|witness| witness.greylisted_until(recipient, truth));
        truth < until
    }

    /// Takes its time; something may happen elsewhere meanwhile.
    async fn dawdle(&mut self) -> Result<(), Ended> {
        let dice = &self.stage.dice;
        if !self.stage.is_calm() && dice.chance(20.0) {
            let time = dice.time(1, 90);
            pass(time.unsigned_abs()).await;
        }
        self.stage.meanwhile();
        Ok(())
    }

    async fn hang(&mut self) -> Result<bool, Ended> {
        pass(FOR_EVER).await;
        Err(Ended::Connection)
    }

    async fn say(&mut self, text: &str) -> Result<(), Ended> {
        self.write(format!("{text}\r\n").as_bytes()).await
    }

    /// Byte by byte, slowly; some are too slow for anybody's patience.
    async fn trickle(&mut self, text: &str) -> Result<(), Ended> {
        let pause = self.stage.dice.time(1, 60);
        for byte in format!("{text}\r\n").bytes() {
            pass(pause.unsigned_abs()).await;
            self.write(&[byte]).await?;
        }
        Ok(())
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Ended> {
        self.stream.write_all(bytes).await.map_err(|_| Ended::Connection)
    }

    /// One line, without its end.
    async fn line(&mut self) -> Result<String, Ended> {
        let line = self.until(b"\r\n").await?;
        Ok(String::from_utf8_lossy(&line).into_owned())
    }

    /// The text of a letter, without the final dot and the dots that were stuffed.
    async fn message(&mut self) -> Result<Vec<u8>, Ended> {
        if !self.behaves() && self.stage.dice.chance(40.0) {
            self.note("breaks off in the text".to_owned());
            let mut some = [0; 300];
            let _ = self.stream.read(&mut some).await;
            return if self.stage.dice.chance(50.0) {
                self.hang().await.map(|_| some.to_vec())
            } else {
                Err(Ended::Connection)
            };
        }
        let text = self.until(b"\r\n.\r\n").await?;
        let text = String::from_utf8_lossy(&text).replace("\r\n..", "\r\n.");
        Ok(text.into_bytes())
    }

    /// What comes before `end`.
    async fn until(&mut self, end: &[u8]) -> Result<Vec<u8>, Ended> {
        loop {
            if let Some(at) = self.read.windows(end.len()).position(|window| window == end) {
                let rest = self.read.split_off(at + end.len());
                let mut found = std::mem::replace(&mut self.read, rest);
                found.truncate(at);
                return Ok(found);
            }
            match self.stream.read_buf(&mut self.read).await {
                Ok(0) | Err(_) => return Err(Ended::Connection),
                Ok(_) => {}
            }
        }
    }

    fn note(&self, what: String) {
        self.stage.tell(format!("server, connection {}: {what}", self.number));
    }
}

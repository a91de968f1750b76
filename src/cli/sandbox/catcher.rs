//! A mail server that keeps what it is given, for the sandbox: on loopback, with the few commands that one
//! client needs (RFC 5321, 4.5.1).

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// One message as it arrived.
#[derive(Debug, Clone)]
pub(super) struct Caught {
    recipients: Vec<String>,
    message: Vec<u8>,
}

impl Caught {
    /// The message, headers and all, with line feeds for line ends.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.message).replace("\r\n", "\n").trim_end().to_owned()
    }
}

#[derive(Debug, Default)]
struct Shelf {
    letters: Mutex<Vec<Caught>>,
    arrived: Notify,
}

/// Accepts mail until it is dropped.
#[derive(Debug)]
pub(super) struct Catcher {
    port: u16,
    shelf: Arc<Shelf>,
    server: JoinHandle<()>,
}

impl Catcher {
    pub(super) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let shelf = Arc::new(Shelf::default());
        let kept = Arc::clone(&shelf);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shelf = Arc::clone(&kept);
                // A client that hangs up in the middle is its own affair.
                tokio::spawn(async move { converse(stream, &shelf).await.ok() });
            }
        });
        Ok(Self { port, shelf, server })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// The first letter whose first recipient is `address`; waits for it.
    pub(super) async fn letter_to(&self, address: &str) -> Caught {
        loop {
            let arrived = self.shelf.arrived.notified();
            let found = {
                let letters = self.shelf.letters.lock().unwrap_or_else(PoisonError::into_inner);
                letters.iter().find(|letter| letter.recipients.first().is_some_and(|to| to == address)).cloned()
            };
            match found {
                Some(letter) => return letter,
                None => arrived.await,
            }
        }
    }
}

impl Drop for Catcher {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn converse(stream: TcpStream, shelf: &Shelf) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut recipients = Vec::new();
    stream.write_all(b"220 catcher.example ready\r\n").await?;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let command = line.trim_end();
        let reply: &[u8] = match command.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase().as_str() {
            "EHLO" | "HELO" | "NOOP" => b"250 catcher.example\r\n",
            "MAIL" | "RSET" => {
                recipients.clear();
                b"250 ok\r\n"
            }
            "RCPT" => {
                let address = command.split(['<', '>']).nth(1).unwrap_or_default();
                recipients.push(address.to_owned());
                b"250 ok\r\n"
            }
            "DATA" => {
                stream.write_all(b"354 go ahead\r\n").await?;
                let message = read_message(&mut stream).await?;
                let caught = Caught { recipients: std::mem::take(&mut recipients), message };
                shelf.letters.lock().unwrap_or_else(PoisonError::into_inner).push(caught);
                shelf.arrived.notify_waiters();
                b"250 caught\r\n"
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => b"502 not here\r\n",
        };
        stream.write_all(reply).await?;
    }
}

/// Reads to the lone dot, taking the doubled dots back (RFC 5321, 4.5.2).
async fn read_message(stream: &mut BufReader<TcpStream>) -> io::Result<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" {
            return Ok(message);
        }
        message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}

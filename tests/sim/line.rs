//! The way from the program to the server: the real SMTP client over a stream in memory. The witness reads along.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::task::{Context, Poll};
use std::time::Duration;

use followup::clock::Clock;
use followup::core::delivery::{Mailer, NotSent, Retry};
use followup::mail::session::SmtpSession;
use followup::mail::smtp::SmtpMailer;
use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex};

use super::clock::pass;
use super::server::serve;
use super::stage::{Stage, Weather};

/// Less than a letter, so that its text goes in several pieces.
const BUFFER: usize = 700;

/// The mail account, with this stage's server behind it.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    smtp: SmtpMailer,
    stage: Arc<Stage>,
    connections: Arc<AtomicU64>,
}

impl Line {
    pub(crate) fn new(smtp: SmtpMailer, stage: Arc<Stage>) -> Self {
        Self { smtp, stage, connections: Arc::default() }
    }
}

impl Mailer for Line {
    type Session = SmtpSession;

    async fn open(&self) -> Result<SmtpSession, NotSent> {
        if self.stage.weather() == Weather::Dead {
            if self.stage.dice.chance(50.0) {
                pass(Duration::from_secs(60)).await;
            }
            return Err(NotSent { why: "nobody is there".to_owned(), retry: Retry::Server });
        }
        let number = self.connections.fetch_add(1, SeqCst);
        let (ours, theirs) = duplex(BUFFER);
        tokio::spawn(serve(Arc::clone(&self.stage), number, theirs));
        self.smtp.greet(Box::new(Tap { stream: ours, stage: Arc::clone(&self.stage), recipient: None })).await
    }
}

/// Our end of the stream.
#[derive(Debug)]
struct Tap {
    stream: DuplexStream,
    stage: Arc<Stage>,
    /// The first recipient since MAIL.
    recipient: Option<String>,
}

impl Tap {
    /// lettre writes each command at once.
    fn said(&mut self, bytes: &[u8]) {
        if bytes.starts_with(b"MAIL FROM:") {
            self.recipient = None;
            let now = self.stage.clocks.now();
            self.stage.witness(|witness| witness.opens(now));
        } else if let Some(rest) = bytes.strip_prefix(b"RCPT TO:<") {
            let end = rest.iter().position(|&byte| byte == b'>').unwrap_or(0);
            let first = self.recipient.is_none();
            let recipient = self.recipient.get_or_insert_with(|| String::from_utf8_lossy(&rest[..end]).into_owned());
            if first {
                let recipient = recipient.clone();
                let now = self.stage.clocks.now();
                self.stage.witness(|witness| witness.names(&recipient, now));
            }
        } else if bytes == b"DATA\r\n"
            && let Some(recipient) = &self.recipient
        {
            let now = self.stage.clocks.now();
            self.stage.witness(|witness| witness.begins(recipient, now));
        }
    }
}

impl AsyncTokioStream for Tap {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl AsyncRead for Tap {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context, buf: &mut ReadBuf) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Tap {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        if let Poll::Ready(Ok(_)) = &written {
            self.said(buf);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

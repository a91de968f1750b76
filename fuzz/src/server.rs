//! A mail server within the process, which says what it is given, and hears what is said to it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use followup::core::delivery::Password;
use followup::mail::smtp::{Login, SmtpMailer, Tls};
use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf};

/// What no letter or reply comes near.
const MOST: usize = 4 << 20;

/// The client's end of a line.
#[derive(Debug)]
pub(super) struct Line(pub(super) DuplexStream);

/// A line within the process, both ends.
pub(super) fn line() -> (Line, DuplexStream) {
    let (client, server) = tokio::io::duplex(MOST);
    (Line(client), server)
}

/// The account at that server.
pub(super) fn account(password: Option<&str>) -> SmtpMailer {
    let login = |password| Login {
        username: "ada".to_owned(),
        password: Password::from(password),
        mechanisms: vec![Mechanism::Plain, Mechanism::Login],
    };
    SmtpMailer {
        host: "localhost".to_owned(),
        port: 465,
        tls: Tls::None,
        authorities: Vec::new(),
        login: password.map(login),
        hello: "me.example".to_owned(),
        progress: || {},
    }
}

/// Runs `talk` under a clock that jumps to the next deadline when nobody says anything.
pub(super) fn run<T>(talk: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(talk)
}

/// Says one of `replies` first, and one whenever it has heard a line, or the text of a letter; then nothing more. Gives
/// what it heard.
pub(super) async fn serve(mut end: DuplexStream, replies: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Vec<u8> {
    let mut heard = Vec::new();
    for reply in replies {
        if end.write_all(reply.as_ref()).await.is_err() {
            break;
        }
        let (from, stop) = (heard.len(), if heard.ends_with(b"DATA\r\n") { "\r\n.\r\n" } else { "\r\n" });
        while !heard[from..].ends_with(stop.as_bytes()) {
            if end.read_buf(&mut heard).await.unwrap_or(0) == 0 {
                return heard;
            }
        }
    }
    let _ = end.shutdown().await;
    let _ = end.read_to_end(&mut heard).await;
    heard
}

impl AsyncTokioStream for Line {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context, buf: &mut ReadBuf) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

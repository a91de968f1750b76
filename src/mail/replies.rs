//! What a mail server says, line by line, before lettre reads it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// RFC 5321, 4.5.3.1.5, allows 512 bytes; some servers need more.
const LONGEST_LINE: usize = 8 * 1024;

/// Any byte stream, in the shape that lettre takes. No line on it has a code and after it nothing but blanks: lettre 0.11
/// panics over such a line in the reply to EHLO. A line without end is an error.
#[derive(Debug)]
pub(super) struct Replies<S> {
    stream: S,
    /// The beginning of a line.
    line: Vec<u8>,
    /// Lines that nobody has read yet.
    whole: Vec<u8>,
    is_at_end: bool,
}

impl<S> Replies<S> {
    /// `stream`, with the lines of `ahead` before its first byte.
    pub(super) fn new(ahead: &[u8], stream: S) -> Self {
        Self { stream, line: Vec::new(), whole: ahead.to_vec(), is_at_end: false }
    }

    fn take_in(&mut self, bytes: &[u8]) -> io::Result<()> {
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            self.line.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                self.whole.extend_from_slice(without_blanks(&self.line));
                if !self.whole.ends_with(b"\n") {
                    self.whole.extend_from_slice(b"\r\n");
                }
                self.line.clear();
            }
        }
        match self.line.len() {
            0..=LONGEST_LINE => Ok(()),
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, "a line of its answer does not end")),
        }
    }
}

/// `line` as it is; or its code alone, with the blank or hyphen behind it, where nothing but blanks follows.
fn without_blanks(line: &[u8]) -> &[u8] {
    match line.split_at_checked(4) {
        Some((code, text)) if matches!(code[3], b' ' | b'-') && String::from_utf8_lossy(text).trim().is_empty() => code,
        _ => line,
    }
}

impl<S> AsyncTokioStream for Replies<S>
where
    S: AsyncRead + AsyncWrite + Send + Sync + Unpin + std::fmt::Debug,
{
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Replies<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context, buf: &mut ReadBuf) -> Poll<io::Result<()>> {
        while self.whole.is_empty() && !self.is_at_end {
            let mut space = [0; 1024];
            let mut read = ReadBuf::new(&mut space);
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut read))?;
            self.take_in(read.filled())?;
            if read.filled().is_empty() {
                self.is_at_end = true;
                self.whole = std::mem::take(&mut self.line);
            }
        }
        let now = self.whole.len().min(buf.remaining());
        buf.put_slice(&self.whole[..now]);
        self.whole.drain(..now);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Replies<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

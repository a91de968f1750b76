//! The words before TLS where it is begun by STARTTLS (RFC 3207), spoken by hand.
//!
//! Nothing that was said before the handshake may count after it: whoever sits between could have said it. So each
//! reply is read to its end, one byte more ends the conversation, and what the server offers is asked for anew by
//! whoever speaks after the handshake.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::answer::Answer;

/// A reply has some lines of at most 512 bytes each (RFC 5321, 4.5.3.1.5).
const LONGEST_REPLY: usize = 16 * 1024;

/// Reads the greeting, says EHLO and asks for TLS; the next bytes on `stream` are those of the handshake.
///
/// Errors with the phase and what came: another code, nothing, more than was asked for, or no STARTTLS on offer. The
/// stream is of no use then; there is no going on without TLS.
pub(super) async fn ask_for_tls<S>(stream: &mut S, hello: &str) -> Result<(), (&'static str, Answer)>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    expect(read_reply(stream).await, 220).map_err(|answer| ("the greeting", answer))?;
    let offered = expect(say(stream, &format!("EHLO {hello}")).await, 250).map_err(|answer| ("EHLO", answer))?;
    let has_it = |line: &String| line.split_whitespace().next().is_some_and(|it| it.eq_ignore_ascii_case("STARTTLS"));
    if !offered.iter().skip(1).any(has_it) {
        let why = "it is not offered, and nothing is said over a line that others can read";
        return Err(("STARTTLS", Answer::Lost(why.to_owned())));
    }
    expect(say(stream, "STARTTLS").await, 220).map_err(|answer| ("STARTTLS", answer))?;
    Ok(())
}

/// A code, and the lines that came with it.
type Reply = (u16, Vec<String>);

fn expect(reply: Result<Reply, Answer>, expected: u16) -> Result<Vec<String>, Answer> {
    match reply? {
        (code, lines) if code == expected => Ok(lines),
        (code, lines) => Err(Answer::Reply { code, text: lines.join(" ") }),
    }
}

async fn say<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, command: &str) -> Result<Reply, Answer> {
    let lost = |error: std::io::Error| Answer::Lost(error.to_string());
    stream.write_all(format!("{command}\r\n").as_bytes()).await.map_err(lost)?;
    stream.flush().await.map_err(lost)?;
    read_reply(stream).await
}

async fn read_reply(stream: &mut (impl AsyncRead + Unpin)) -> Result<Reply, Answer> {
    let mut read = Vec::new();
    loop {
        match stream.read_buf(&mut read).await {
            Ok(0) => return Err(Answer::Lost("the connection was lost".to_owned())),
            Ok(_) => {}
            Err(error) => return Err(Answer::Lost(error.to_string())),
        }
        if let Some(reply) = whole_reply(&read)? {
            return Ok(reply);
        }
        if read.len() > LONGEST_REPLY {
            return Err(Answer::Lost("its reply has no end".to_owned()));
        }
    }
}

/// The reply in `read`, once it is there to its last line (RFC 5321, 4.2.1).
///
/// Errors if it is none, or if something follows it.
fn whole_reply(read: &[u8]) -> Result<Option<Reply>, Answer> {
    let wrong = |why: &str| Err(Answer::Lost(why.to_owned()));
    let (mut lines, mut rest) = (Vec::new(), read);
    while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
        let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
        rest = &rest[end + 1..];
        let digits = line.get(..3).filter(|digits| digits.iter().all(u8::is_ascii_digit));
        let code = digits.and_then(|digits| str::from_utf8(digits).ok()?.parse().ok());
        let (Some(code), false) = (code, !matches!(line.get(3), None | Some(b' ' | b'-'))) else {
            return wrong("it does not speak SMTP");
        };
        lines.push(String::from_utf8_lossy(line.get(4..).unwrap_or_default()).into_owned());
        match (line.get(3), rest) {
            (Some(b'-'), _) => {}
            (_, []) => return Ok(Some((code, lines))),
            _ => return wrong("it said more than it was asked, as somebody does who breaks into the line"),
        }
    }
    Ok(None)
}

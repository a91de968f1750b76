//! What a mail server answers.

use std::fmt::Display;
use std::time::Duration;

use lettre::transport::smtp::response::Response;

use super::repeats::repeats;
use crate::core::application::is_invisible;

/// What came back in one phase.
pub(super) enum Answer {
    Reply {
        code: u16,
        text: String,
    },
    /// No whole reply came.
    Lost(String),
}

impl Answer {
    pub(super) fn silence(deadline: Duration) -> Self {
        Answer::Lost(format!("no answer within {} seconds", deadline.as_secs()))
    }

    /// 5yz: the server will not, now or later.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self, Answer::Reply { code: 500..=599, .. })
    }

    /// Whether it begins with an enhanced status code (RFC 3463) that begins with `start`, such as `5.7.`.
    pub(super) fn has_enhanced_code(&self, start: &str) -> bool {
        matches!(self, Answer::Reply { text, .. } if text.starts_with(start))
    }

    /// Whether it says that it is about the client or the sender, and not about a recipient.
    pub(super) fn is_about_the_account(&self) -> bool {
        // X.1.7 and X.1.8: bad sender's mailbox, bad sender's system.
        let is_of_the_sender = ["5.1.7", "5.1.8"].into_iter().any(|code| self.has_enhanced_code(code));
        let words = self.words();
        is_of_the_sender
            || words.windows(3).any(|three| three == ["sender", "address", "rejected"])
            || words.iter().any(|word| word == "relay" || word == "relaying")
    }

    /// Whether both are the same reply, whichever addresses stand in them.
    pub(super) fn says_the_same_as(&self, other: &Answer) -> bool {
        match (self, other) {
            (Answer::Reply { code: one, .. }, Answer::Reply { code: another, .. }) => {
                one == another && self.words() == other.words()
            }
            _ => false,
        }
    }

    /// Its words in small letters, but for addresses and the names of domains.
    fn words(&self) -> Vec<String> {
        let Answer::Reply { text, .. } = self else { return Vec::new() };
        let pieces = text.split(|c: char| c.is_whitespace() || "<>()[]\",;:".contains(c));
        let is_word = |piece: &&str| !piece.is_empty() && piece.chars().all(|c| c.is_alphabetic() || c == '-');
        pieces.map(|piece| piece.trim_end_matches('.')).filter(is_word).map(str::to_lowercase).collect()
    }

    /// Without its words but for an enhanced status code, if they repeat `secret`, or a good part of it.
    pub(super) fn without(self, secret: &str) -> Self {
        match self {
            Answer::Reply { code, text } if repeats(&text, secret) => {
                let is_enhanced = |word: &&str| word.split('.').filter(|it| it.parse::<u16>().is_ok()).count() == 3;
                let enhanced = text.split_whitespace().next().filter(is_enhanced).unwrap_or_default();
                Answer::Reply { code, text: format!("{enhanced} (its words repeat the login, and are left out)") }
            }
            other => other,
        }
    }

    pub(super) fn has_code(&self, codes: &[u16]) -> bool {
        matches!(self, Answer::Reply { code, .. } if codes.contains(code))
    }
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        let text: Vec<&str> = response.message().collect();
        Answer::Reply { code: response.code().into(), text: text.join(" ") }
    }
}

impl From<lettre::transport::smtp::Error> for Answer {
    fn from(error: lettre::transport::smtp::Error) -> Self {
        let text = std::error::Error::source(&error).map(ToString::to_string);
        match error.status() {
            Some(code) => Answer::Reply { code: code.into(), text: text.unwrap_or_default() },
            None => Answer::Lost(match text.as_deref() {
                Some("incomplete response") => "the connection was lost".to_owned(),
                // The parser's own words name its grammar.
                _ if error.is_response() => "its answer is not SMTP".to_owned(),
                _ => text.unwrap_or_else(|| error.to_string()),
            }),
        }
    }
}

impl Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Answer::Reply { code, text } => {
                write!(f, "{code}")?;
                // The server's words go to the person and the journal; nothing invisible goes with them.
                text.split(|c: char| c.is_whitespace() || c.is_control() || is_invisible(c))
                    .filter(|word| !word.is_empty())
                    .try_for_each(|word| write!(f, " {word}"))
            }
            Answer::Lost(why) => f.write_str(why),
        }
    }
}

//! What a mail server answers.

use std::fmt::Display;
use std::time::Duration;

use lettre::transport::smtp::response::Response;

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
                text.split(|c: char| c.is_whitespace() || c.is_control())
                    .filter(|word| !word.is_empty())
                    .try_for_each(|word| write!(f, " {word}"))
            }
            Answer::Lost(why) => f.write_str(why),
        }
    }
}

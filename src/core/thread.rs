//! The mail that a letter answers: with it the letter stands in the conversation that the recipient knows, instead
//! of coming from nowhere (RFC 5322, 3.6.4 and 3.6.5).

use mail_parser::{HeaderValue, MessageParser};

use super::application::{BadFact, LONGEST_LINE, bad, check_line, is_invisible};

/// More than a Message-ID has; the line that it stands on may have 998 bytes (RFC 5322, 2.1.1).
const LONGEST_ID: usize = 500;
/// As many as are named; of a longer conversation the first and the last ones.
const MOST_IDS: usize = 20;
/// What mail programs put before the subject of an answer, in some languages.
const ANSWER_PREFIXES: [&str; 9] = ["re", "aw", "sv", "vs", "antw", "odp", "res", "回复", "答复"];

/// A mail as it is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// The Message-IDs of the conversation, oldest first, the answered mail's last; with angle brackets.
    pub references: Vec<String>,
    /// The subject of the conversation, without `Re:`; `None` if it has none.
    pub subject: Option<String>,
}

/// A file that is no mail one could answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAMail {
    #[error("is not a mail as mail programs save it; save theirs as .eml (the original, the source)")]
    NoHeaders,
    #[error("is a mail without a Message-ID, so that nothing can be an answer to it; save theirs as .eml (the source)")]
    NoMessageId,
}

impl Thread {
    /// Reads the headers of `message`, an RFC 5322 message with any line ends.
    pub fn read(message: &[u8]) -> Result<Self, NotAMail> {
        let message = MessageParser::default().parse_headers(message).ok_or(NotAMail::NoHeaders)?;
        if message.from().is_none() && message.date().is_none() && message.message_id().is_none() {
            return Err(NotAMail::NoHeaders);
        }
        let id = message.message_id().and_then(bracketed).ok_or(NotAMail::NoMessageId)?;
        let mut references = ids(message.references());
        let answered = ids(message.in_reply_to());
        // Without References, the one mail that it answers itself is what came before.
        if references.is_empty() && answered.len() == 1 {
            references = answered;
        }
        references.retain(|earlier| *earlier != id);
        references.push(id);
        if references.len() > MOST_IDS {
            references.drain(1..=references.len() - MOST_IDS);
        }
        Ok(Self { references, subject: message.subject().and_then(subject) })
    }

    /// The subject of an answer; `None` if the conversation has none.
    pub fn answer_subject(&self) -> Option<String> {
        self.subject.as_ref().map(|subject| format!("Re: {subject}"))
    }

    /// What the person knows the answered mail by.
    pub fn name(&self) -> String {
        let id = || format!("their mail {}", self.references.last().map_or("", String::as_str));
        self.subject.as_ref().map_or_else(id, |subject| format!("their mail \"{subject}\""))
    }

    /// Checks what another program may have written into the columns `thread` and `thread_subject`.
    pub fn check(&self) -> Result<(), BadFact> {
        let is_id = |id: &&String| id.strip_prefix('<').and_then(|id| id.strip_suffix('>')).is_some_and(is_id);
        if let Some(wrong) = self.references.iter().find(|id| !is_id(id)) {
            return Err(bad("thread", format!("{wrong:?} is not a Message-ID such as <a1b2@globex.example>")));
        }
        if self.references.is_empty() || self.references.len() > MOST_IDS {
            return Err(bad("thread", format!("must be 1 to {MOST_IDS} Message-IDs with a space between")));
        }
        match self.answer_subject() {
            Some(subject) => check_line("thread_subject", &subject),
            None => Ok(()),
        }
    }
}

fn ids(value: &HeaderValue) -> Vec<String> {
    match value {
        HeaderValue::Text(id) => bracketed(id).into_iter().collect(),
        HeaderValue::TextList(ids) => ids.iter().filter_map(|id| bracketed(id)).collect(),
        _ => Vec::new(),
    }
}

fn bracketed(id: &str) -> Option<String> {
    is_id(id).then(|| format!("<{id}>"))
}

/// Whether `id`, without its brackets, is one that every server carries: RFC 5322's `msg-id`, a little wider, since
/// what came here got through somehow.
fn is_id(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'<' && byte != b'>';
    id.len() <= LONGEST_ID
        && id.bytes().all(is_plain)
        && id.split_once('@').is_some_and(|(l, r)| !l.is_empty() && !r.is_empty())
}

/// `text` without what stands before an answer, in one line without anything that cannot be seen.
fn subject(text: &str) -> Option<String> {
    let visible: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let visible = visible.replace(is_invisible, "").split_whitespace().collect::<Vec<_>>().join(" ");
    let mut rest = visible.as_str();
    while let Some((before, after)) = rest.split_once([':', '：'])
        && ANSWER_PREFIXES.contains(&before.trim().to_lowercase().as_str())
    {
        rest = after.trim_start();
    }
    // `Re: ` comes before it.
    let short: String = rest.chars().take(LONGEST_LINE - 4).collect();
    // One that cannot be decoded is no subject to keep.
    let is_readable = |subject: &String| !subject.is_empty() && !subject.contains('\u{FFFD}');
    Some(short.trim_end().to_owned()).filter(is_readable)
}

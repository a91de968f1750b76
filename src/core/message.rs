//! What goes over the wire: the digest that an approval is bound to, the Message-ID, and the RFC 5322 message.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use jiff::Zoned;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, SinglePart};
use sha2::{Digest as _, Sha256};

use super::address::{on_the_wire, wire_domain};
use super::headers;
use super::letter::Letter;

/// SHA-256 over everything the recipient will see and the account it is sent from, but not the Date.
///
/// An approval is a yes to one digest. What is not in here can change after the yes; so all that matters is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `letter`. Each part is hashed with its length, so that no two letters share one.
    pub fn of(letter: &Letter) -> Self {
        let Letter { from, to, text, references } = letter;
        let parts: [Option<&str>; 7] = [
            Some(&from.name),
            Some(&from.email),
            Some(&from.account),
            to.name.as_deref(),
            // Of a call, the number.
            to.email.as_deref().or(to.phone.as_deref()),
            Some(&text.subject),
            Some(&text.body),
        ];
        Self(hash("letter", parts.into_iter().chain(references.iter().map(|id| Some(id.as_str())))))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A text that is not 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a digest of 64 hexadecimal digits")]
pub struct NotADigest;

impl FromStr for Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(NotADigest);
        }
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| NotADigest)?;
        }
        Ok(Self(bytes))
    }
}

fn hash<'a>(purpose: &'a str, parts: impl IntoIterator<Item = Option<&'a str>>) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in std::iter::once(Some(purpose)).chain(parts) {
        // A missing part has a length that no text has.
        hasher.update(part.map_or(u64::MAX, |text| text.len() as u64).to_be_bytes());
        hasher.update(part.unwrap_or_default());
    }
    hasher.finalize().into()
}

/// `text` in a form in which it can be recognised, but not be read: its SHA-256, salted.
pub fn concealed(salt: &str, text: &str) -> String {
    Digest(hash(salt, [Some(text)])).to_string()
}

/// The Message-ID of what `parts` name, on the mail domain of `sender`; with angle brackets.
///
/// It follows from `installation` (a random text made with the database) and the parts alone, so that a
/// retry of the same letter carries the same Message-ID (RFC 5322, 3.6.4) and nobody can guess it.
pub fn message_id<'a>(installation: &'a str, sender: &str, parts: impl IntoIterator<Item = &'a str>) -> String {
    let hash = hash(installation, parts.into_iter().map(Some));
    let unique: String = hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("<{unique}@{}>", wire_domain(sender))
}

/// One mail before it is put into bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail<'a> {
    pub from: (&'a str, &'a str),
    pub to: (Option<&'a str>, &'a str),
    pub subject: &'a str,
    /// Lines end with a line feed.
    pub body: &'a str,
    /// With angle brackets.
    pub message_id: &'a str,
    /// See [`Letter::references`].
    pub references: &'a [String],
    pub date: &'a Zoned,
    /// Sent by a program to its own user: `Auto-Submitted: auto-generated` (RFC 3834).
    pub auto_generated: bool,
}

/// A mail that cannot be written: an address or a name that no header can carry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the message cannot be written: {0}")]
pub struct Unwritable(String);

impl Mail<'_> {
    /// The RFC 5322 message: CRLF line ends, without the last CRLF.
    ///
    /// Errors where a name or address cannot stand in a header; control characters are among these, since
    /// lettre would panic on them.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Unwritable> {
        let single_line = [Some(self.from.0), self.to.0, Some(self.subject), Some(self.message_id)];
        let references = self.references.iter().map(String::as_str);
        if single_line.into_iter().flatten().chain(references).any(|text| text.chars().any(char::is_control)) {
            return Err(Unwritable("there is a control character in a header".to_owned()));
        }
        let unwritable = |error: &dyn fmt::Display| Unwritable(error.to_string());
        let address = |text: &str| on_the_wire(text).map_err(|why| Unwritable(format!("{text:?} {why}")));
        let (from, to) = (address(self.from.1)?, address(self.to.1)?);
        let body = self.body.trim_end_matches('\n').replace('\n', "\r\n");
        let part = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(body);
        let mut message = Message::builder()
            .date(SystemTime::from(self.date.timestamp()))
            .from(Mailbox::new(None, from.clone()))
            .to(Mailbox::new(None, to.clone()))
            .subject(String::new())
            .message_id(Some(self.message_id.to_owned()))
            .singlepart(part)
            .map_err(|error| unwritable(&error))?;
        // lettre writes dates in UTC only; a letter is dated by the clock on its writer's wall.
        set_header(&mut message, "Date", jiff::fmt::rfc2822::to_string(self.date).map_err(|error| unwritable(&error))?);
        let encoded = [
            ("From", headers::mailbox("From", Some(self.from.0), &from)),
            ("To", headers::mailbox("To", self.to.0, &to)),
            ("Subject", headers::words("Subject", self.subject)),
        ];
        for (name, value) in encoded {
            set_header(&mut message, name, value.map_err(|error| unwritable(&error))?);
        }
        if let Some(answered) = self.references.last() {
            set_header(&mut message, "In-Reply-To", answered.clone());
            // One on each line, since no line may be longer than 998 bytes.
            set_header(&mut message, "References", self.references.join("\r\n "));
        }
        if self.auto_generated {
            set_header(&mut message, "Auto-Submitted", "auto-generated".to_owned());
        }
        let mut bytes = message.formatted();
        while bytes.ends_with(b"\r\n") {
            bytes.truncate(bytes.len() - 2);
        }
        Ok(bytes)
    }
}

fn set_header(message: &mut Message, name: &'static str, value: String) {
    let name = HeaderName::new_from_ascii_str(name);
    message.headers_mut().insert_raw(HeaderValue::dangerous_new_pre_encoded(name, value.clone(), value));
}

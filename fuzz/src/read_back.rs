//! A letter, the bytes that it becomes, and what another program reads from these.

use followup::core::address::on_the_wire;
use followup::core::message::{Mail, Unwritable};
use jiff::civil::date;
use jiff::tz::TimeZone;
use mail_parser::{Address, Message, MessageParser};

const MESSAGE_ID: &str = "<0123456789abcdef@me.example>";
const HEADERS: [&str; 8] =
    ["Content-Transfer-Encoding", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"];

/// Everything in a letter that anybody may type.
pub(super) struct Letter<'a> {
    pub(super) from: (&'a str, &'a str),
    pub(super) to: (Option<&'a str>, &'a str),
    pub(super) subject: &'a str,
    pub(super) body: &'a str,
    pub(super) references: &'a [String],
}

impl Letter<'_> {
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, Unwritable> {
        let date = date(2026, 11, 16).at(9, 14, 32, 0).to_zoned(TimeZone::UTC).unwrap();
        let mail = Mail {
            from: self.from,
            to: self.to,
            subject: self.subject,
            body: self.body,
            message_id: MESSAGE_ID,
            references: self.references,
            date: &date,
            auto_generated: false,
        };
        mail.to_bytes()
    }

    /// Fails unless `bytes` are this letter, and nothing besides, to whoever reads them.
    pub(super) fn is_read_from(&self, bytes: &[u8]) {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        for line in text.split("\r\n") {
            assert!(line.len() <= 998 && !line.contains(['\r', '\n', '\0']), "{line:?}");
        }
        let starts_a_field = |line: &&str| !line.starts_with([' ', '\t']);
        let names = head.split("\r\n").filter(starts_a_field).map(|line| line.split_once(": ").expect("a field").0);
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        let of_a_thread = ["In-Reply-To", "References"].into_iter().filter(|_| !self.references.is_empty());
        let mut expected: Vec<&str> = HEADERS.into_iter().chain(of_a_thread).collect();
        expected.sort_unstable();
        assert_eq!(names, expected, "{text}");

        let read = MessageParser::default().parse(bytes).unwrap();
        assert_eq!(people(read.from()), [person(Some(self.from.0), self.from.1)], "{text}");
        assert_eq!(people(read.to()), [person(self.to.0, self.to.1)], "{text}");
        assert_eq!((read.cc().is_none(), read.bcc().is_none()), (true, true), "{text}");
        assert_eq!(read.subject().map(one_line), Some(one_line(self.subject)), "{text}");
        assert_eq!(read.message_id().map(|id| format!("<{id}>")).as_deref(), Some(MESSAGE_ID));
        assert!(read.date().is_some());
        assert_eq!(ids(read.references().as_text_list()), self.references, "{text}");
        assert_eq!(
            ids(read.in_reply_to().as_text_list()).as_slice(),
            self.references.last().map_or(&[][..], std::slice::from_ref),
            "{text}"
        );
        assert_eq!(body(&read).trim_end_matches('\n'), self.body.trim_end_matches('\n'), "{text}");
    }
}

fn ids(list: Option<&[std::borrow::Cow<'_, str>]>) -> Vec<String> {
    list.unwrap_or_default().iter().map(|id| format!("<{id}>")).collect()
}

/// The one part of it.
fn body(message: &Message) -> String {
    assert_eq!((message.parts.len(), message.attachment_count()), (1, 0));
    message.body_text(0).unwrap().replace("\r\n", "\n")
}

/// As a header says it: where it is folded does not matter.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn person(name: Option<&str>, address: &str) -> (Option<String>, Option<String>) {
    (name.map(one_line), on_the_wire(address).ok().map(|address| address.to_string()))
}

fn people(address: Option<&Address>) -> Vec<(Option<String>, Option<String>)> {
    let all = address.into_iter().flat_map(Address::iter);
    all.map(|it| (it.name().map(one_line), it.address().map(str::to_owned))).collect()
}

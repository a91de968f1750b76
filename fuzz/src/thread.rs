//! A mail of theirs as mail programs save it: what is read of it can stand in a letter, and says the same there.

use followup::core::thread::Thread;
use mail_parser::MessageParser;

use super::{is_one_line, read_back};

pub fn run(data: &[u8]) {
    let thread = match Thread::read(data) {
        Ok(thread) => thread,
        Err(error) => return is_one_line(&error.to_string()),
    };
    assert_eq!(thread.check(), Ok(()));
    is_one_line(&thread.name());
    let subject = thread.answer_subject().unwrap_or_else(|| "Analyst".to_owned());
    let letter = read_back::Letter {
        from: ("Ada Byron", "ada@me.example"),
        to: (None, "jane@globex.example"),
        subject: &subject,
        body: "Dear Jane,\n",
        references: &thread.references,
    };
    let bytes = letter.to_bytes().unwrap();
    letter.is_read_from(&bytes);
    // An answer to our answer is read the same way.
    let again = Thread::read(&bytes).unwrap();
    assert_eq!(again.subject, thread.answer_subject().and(thread.subject).or(Some(subject)));
    assert!(MessageParser::default().parse(&bytes).is_some());
}

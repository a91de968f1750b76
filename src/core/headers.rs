//! The values of header fields as they stand in a message: folded, and encoded where they are not plain ASCII.

use std::fmt::{self, Write};

use email_encoding::headers::writer::EmailWriter;
use email_encoding::headers::{quoted_string, rfc2047};
use lettre::Address;

/// Words, such as a subject (RFC 5322, 2.2.1).
pub(super) fn words(field: &str, text: &str) -> Result<String, fmt::Error> {
    written(field, |writer| match is_plain(text) {
        true => writer.folding().write_str(text),
        false => rfc2047::encode(text, writer),
    })
}

/// A name, if there is one, and an address (RFC 5322, 3.4).
pub(super) fn mailbox(field: &str, name: Option<&str>, address: &Address) -> Result<String, fmt::Error> {
    written(field, |writer| {
        let Some(name) = name else { return writer.write_str(address.as_ref()) };
        // A name may have a dot in it, but not begin with one (RFC 5322, 4.1).
        match is_plain(name) && !name.starts_with('.') {
            true => quoted_string::encode(name, writer)?,
            false => rfc2047::encode(name, writer)?,
        }
        writer.space();
        writer.folding().write_str(&format!("<{address}>"))
    })
}

/// Whether `text` may stand as it is: one that only looks encoded would be decoded by whoever reads it.
fn is_plain(text: &str) -> bool {
    text.is_ascii() && !text.contains("=?")
}

fn written(field: &str, write: impl FnOnce(&mut EmailWriter) -> fmt::Result) -> Result<String, fmt::Error> {
    let mut value = String::new();
    write(&mut EmailWriter::new(&mut value, field.len() + ": ".len(), 0, false))?;
    Ok(value)
}

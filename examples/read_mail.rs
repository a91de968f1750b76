//! Reads a mail with the parser `mail-parser` and prints what a person would see of it, as JSON. The tests against real
//! servers hold it beside what was approved.
//!
//! ```text
//! cargo run --example read_mail -- FILE
//! ```

use mail_parser::{Address, HeaderValue, MessageParser};
use serde_json::{Value, json};

#[expect(clippy::print_stdout, reason = "that is what it is for")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args_os().nth(1).ok_or("which FILE?")?;
    let bytes = std::fs::read(file)?;
    let mail = MessageParser::default().parse(&bytes).ok_or("this is no mail")?;
    println!(
        "{}",
        json!({
            "from": people(mail.from()),
            "to": people(mail.to()),
            "subject": mail.subject(),
            "body": mail.body_text(0).map(|text| text.replace("\r\n", "\n")),
            "references": ids(mail.references()),
            "in_reply_to": ids(mail.in_reply_to()),
        })
    );
    Ok(())
}

fn people(addresses: Option<&Address>) -> Vec<Value> {
    let addresses = addresses.map(Address::iter).into_iter().flatten();
    addresses.map(|one| json!([one.name(), one.address()])).collect()
}

fn ids(value: &HeaderValue) -> Vec<String> {
    let ids = match value {
        HeaderValue::Text(id) => vec![id.to_string()],
        HeaderValue::TextList(ids) => ids.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    };
    ids.into_iter().map(|id| format!("<{id}>")).collect()
}

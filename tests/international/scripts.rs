//! Any script in names, subject and body: read by another program, it is what was written, and every line on the wire
//! is one that every server carries.

use followup::core::message::{Mail, Unwritable};
use jiff::civil::date;
use jiff::tz::TimeZone;
use mail_parser::MessageParser;
use proptest::prelude::*;

/// The message as bytes, with the CRLF that the client adds.
fn written(from: &str, to: &str, subject: &str, body: &str) -> Result<Vec<u8>, Unwritable> {
    let date = date(2026, 11, 16).at(9, 14, 32, 0).to_zoned(TimeZone::get("Asia/Shanghai").unwrap()).unwrap();
    let mail = Mail {
        from: (from, "ada@me.example"),
        to: (Some(to), "jane@globex.example"),
        subject,
        body,
        message_id: "<1@me.example>",
        references: &[],
        date: &date,
        auto_generated: false,
    };
    Ok([mail.to_bytes()?, b"\r\n".to_vec()].concat())
}

fn arrives_as_it_was_written(from: &str, to: &str, subject: &str, body: &str) {
    let bytes = written(from, to, subject, body).unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(text.is_ascii(), "{text}");
    for line in text.split("\r\n") {
        assert!(line.len() <= 998 && !line.contains(['\r', '\n']), "{line:?}");
        let is_encoded = line.contains("=?") && !line.starts_with("=?");
        assert!(!is_encoded || line.len() <= 78, "a header line longer than 78 (RFC 2047, 2): {line:?}");
    }
    let read = MessageParser::default().parse(&bytes).unwrap();
    let name = |address: Option<&mail_parser::Address>| address.unwrap().first().unwrap().name().map(str::to_owned);
    assert_eq!(name(read.from()).as_deref(), Some(from), "{text}");
    assert_eq!(name(read.to()).as_deref(), Some(to), "{text}");
    assert_eq!(read.from().unwrap().first().unwrap().address(), Some("ada@me.example"), "{text}");
    assert_eq!(read.to().unwrap().first().unwrap().address(), Some("jane@globex.example"), "{text}");
    assert_eq!(read.subject(), Some(subject), "{text}");
    let read_body = read.body_text(0).unwrap().replace("\r\n", "\n");
    assert_eq!(read_body.trim_end_matches('\n'), body.trim_end_matches('\n'), "{text}");
}

#[test]
fn every_script_arrives_as_it_was_written() {
    let lines = [
        "Jörg Müller-Lüdenscheidt",
        "王小明",
        "محمد بن سلمان",
        "Ρένα Δούρου",
        "Doe, Jane (HR) \"JD\" <x>",
        "O'Brien & Söhne; AG: Zürich",
        "👩‍💻 Grüße GmbH 🚀",
        "می‌خواهم",
        "=?utf-8?q?not_encoded?=",
        "=?utf-8?b?bm8=?= =?utf-8?b?bm8=?=",
        "a\\b\\\"c",
        "J. Doe",
        ". Doe",
        ".",
        "Analyst (m/w/d): Gehalt 50 %, Start 1.1. – Nachfrage zum zweiten Gespräch am 3. November in Zürich",
        "高级数据工程师职位的第二次面试后续跟进以及对贵公司团队的诚挚感谢与美好祝愿来自我本人的问候",
        "Interview on Tuesday, 3 November: the position of a Senior Data Engineer in your Frankfurt office, and thanks",
        "averyveryveryverylongwordwithoutanyspaceinitwhichnobodywouldeverwritebutsomebodysometimesdoesindeedtype",
    ];
    for line in lines {
        arrives_as_it_was_written(line, line, line, &format!("Dear {line},\n\n.\nFrom {line}\n\n  {line}\n"));
    }
}

#[test]
fn every_body_arrives_as_it_was_written() {
    let bodies = [
        "Dear Jane,\n\n.\n..\n.x\nFrom here on\n>From there\n-- \nAda\n",
        "trailing space \nand tab\t\n\n\nblank lines before\n",
        "Grüße aus Köln\n",
        "您好！感谢您抽出时间与我见面。\n",
        "السلام عليكم ورحمة الله وبركاته\n",
        "🙂 👩‍👩‍👧‍👦 🇩🇪\n",
        "=3D =\nequals= signs=20 at the end=\n",
    ];
    for body in bodies.iter().map(|body| (*body).to_owned()).chain([format!("{}\n", "long ".repeat(900))]) {
        arrives_as_it_was_written("Ada Byron", "Jane Doe", "Analyst", &body);
    }
}

#[test]
fn a_name_of_dots_is_not_written_as_a_bare_word() {
    // Parsers that keep to the letter (RFC 5322, 3.2.5) fall over it; the one here does not.
    for name in [".", "..", ".Jane"] {
        let text = String::from_utf8(written(name, name, "Analyst", "Dear Jane\n").unwrap()).unwrap();
        assert!(!text.contains("From: .") && !text.contains("To: ."), "{text}");
    }
}

#[test]
fn nothing_in_a_letter_names_the_machine_or_this_program() {
    let text = String::from_utf8(written("Ada Byron", "Jane Doe", "Analyst", "Dear Jane\n").unwrap()).unwrap();
    let names: Vec<&str> =
        text.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.split(':').next()).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    let expected =
        ["Content-Transfer-Encoding", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"];
    assert_eq!(sorted, expected);
    assert!(!text.to_lowercase().contains("followup") && !text.to_lowercase().contains("lettre"), "{text}");
}

/// A line as the checks of facts let it pass.
fn line() -> impl Strategy<Value = String> {
    let words = prop::collection::vec("[^\\p{C}\\p{Z}\u{FEFF}]{1,40}", 1..6);
    words.prop_map(|words| words.join(" ").chars().take(190).collect::<String>().trim().to_owned())
}

proptest! {
    #[test]
    fn any_words_arrive_as_they_were_written(from in line(), to in line(), subject in line(), body in line()) {
        arrives_as_it_was_written(&from, &to, &subject, &body);
    }
}

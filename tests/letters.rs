//! The words: the letters of all templates, what a template may do, the digest, the message, the first
//! errors of tone.

use followup::core::application::{Application, Contact, Interview};
use followup::core::etiquette::{Anchor, CountsFrom, Rule};
use followup::core::followup::Kind;
use followup::core::letter::{Letter, Letters, Occasion, Sender, Source, Text};
use followup::core::message::{Digest, Mail, message_id};
use followup::core::tone::{Severity, lint};
use jiff::civil::date;
use jiff::tz::TimeZone;

fn sender(phone: Option<&str>) -> Sender {
    Sender {
        name: "Ada Byron".to_owned(),
        email: "ada@me.example".to_owned(),
        phone: phone.map(str::to_owned),
        account: "ada@mail.me.example:465".to_owned(),
    }
}

fn contact(name: Option<&str>) -> Contact {
    Contact { name: name.map(str::to_owned), email: Some("jane@globex.example".to_owned()), phone: None }
}

fn application(strengths: &[&str]) -> Application {
    let interview = Interview { id: 1, held_on: date(2026, 11, 3), round: 2, promised_on: None };
    Application {
        id: 3,
        company: "Globex".to_owned(),
        position: "Analyst".to_owned(),
        contact: contact(Some("Jane Doe")),
        hr: Contact::default(),
        timezone: None,
        country: None,
        region: None,
        language: "en".to_owned(),
        strategy: None,
        job_url: None,
        thread: None,
        strengths: strengths.iter().map(|&text| text.to_owned()).collect(),
        closed: false,
        answer: None,
        added_at: jiff::Timestamp::UNIX_EPOCH,
        interviews: vec![interview],
    }
}

fn anchor(promised: bool) -> Anchor {
    Anchor { interview: 1, held_on: date(2026, 11, 3), promised_on: promised.then(|| date(2026, 11, 6)) }
}

fn occasion(rule: Rule, late: bool, anchor: &Anchor) -> Occasion<'_> {
    let kind = if rule == Rule::Call { Kind::Call } else { Kind::Letter };
    let last_letter = (rule.counts_from() == CountsFrom::LastLetter).then(|| date(2026, 11, 16));
    Occasion { rule, kind, late, anchor, last_letter }
}

/// The letter from the richest facts, or from the barest.
fn compose(rule: Rule, late: bool, rich: bool) -> Text {
    let letters = Letters::new(Letters::built_in()).unwrap();
    let strengths: &[&str] =
        if rich { &["seven years of reporting in SQL", "a calm way with customers", "French"] } else { &[] };
    let to = contact(rich.then_some("Jane Doe"));
    let from = sender(rich.then_some("+44 20 7946 0000"));
    let anchor = anchor(rule == Rule::Promise);
    letters.compose(&occasion(rule, late, &anchor), &application(strengths), &to, &from).unwrap()
}

#[test]
fn the_letter_after_a_promise_has_passed() {
    insta::assert_snapshot!("promise-passed", compose(Rule::Promise, false, true).to_file());
    insta::assert_snapshot!("promise-passed-bare", compose(Rule::Promise, false, false).to_file());
}

#[test]
fn the_letter_after_a_second_interview() {
    insta::assert_snapshot!("after-second-interview", compose(Rule::SecondInterview, false, true).to_file());
    insta::assert_snapshot!("after-second-interview-bare", compose(Rule::SecondInterview, false, false).to_file());
}

#[test]
fn the_letter_after_a_first_interview() {
    insta::assert_snapshot!("after-interview", compose(Rule::FirstInterview, false, true).to_file());
    insta::assert_snapshot!("after-interview-bare", compose(Rule::FirstInterview, false, false).to_file());
}

#[test]
fn thanks_a_second_letter_and_a_last_one() {
    for rule in [Rule::ThankYou, Rule::SecondLetter, Rule::LastLetter] {
        insta::assert_snapshot!(rule.name(), compose(rule, false, true).to_file());
        insta::assert_snapshot!(format!("{}-bare", rule.name()), compose(rule, false, false).to_file());
    }
}

#[test]
fn the_script_of_a_call() {
    insta::assert_snapshot!("call", compose(Rule::Call, false, true).to_file());
    insta::assert_snapshot!("call-bare", compose(Rule::Call, false, false).to_file());
}

#[test]
fn the_late_letter_with_and_without_a_promise() {
    insta::assert_snapshot!("late-promise", compose(Rule::Promise, true, true).to_file());
    insta::assert_snapshot!("late-bare", compose(Rule::SecondInterview, true, false).to_file());
}

#[test]
fn every_built_in_letter_has_60_to_150_words_and_no_error_of_tone() {
    for rule in Rule::ALL.into_iter().filter(|rule| *rule != Rule::Call) {
        for late in [false, true] {
            for rich in [false, true] {
                let text = compose(rule, late, rich);
                let words = text.body.split_whitespace().count();
                assert!((60..=150).contains(&words), "{rule:?} late {late} rich {rich}: {words} words");
                let to = contact(rich.then_some("Jane Doe"));
                let letter = Letter { from: sender(None), to, text, references: Vec::new() };
                assert_eq!(lint(&letter, &[], false), [], "{rule:?} late {late} rich {rich}");
            }
        }
    }
}

#[test]
fn an_address_or_a_number_is_never_broken_over_two_lines() {
    let from = Sender {
        name: "Ada-Maria Byron-King".to_owned(),
        email: "ada-maria.byron-king@mail-department.long-domain.example".to_owned(),
        phone: Some("0049-30-1234-5678".to_owned()),
        account: String::new(),
    };
    let letters = Letters::new(Letters::built_in()).unwrap();
    for rule in Rule::ALL.into_iter().filter(|rule| *rule != Rule::Call) {
        let to = contact(Some("Jane Doe"));
        let text = letters.compose(&occasion(rule, false, &anchor(true)), &application(&[]), &to, &from).unwrap();
        assert!(text.body.contains(&from.email) && text.body.contains("0049-30-1234-5678"), "{}", text.body);
    }
}

fn own_template(text: &str) -> Vec<Source> {
    let mut sources = Letters::built_in();
    let own = sources.iter_mut().find(|source| source.name == "after-second-interview").unwrap();
    *own = Source { text: text.to_owned(), origin: "letters/own.txt".to_owned(), ..own.clone() };
    sources
}

#[test]
fn a_template_that_cannot_be_used_is_an_error_with_file_and_line() {
    let endless = "{% for a in range(10000) %}{% for b in range(10000) %}a{% endfor %}{% endfor %}";
    let templates = [
        "Subject: x\n\nDear {{ contact.nmae }},\n",
        "Subject: x\n\n{% if %}\n",
        "Dear Jane,\n",
        "Subject: x\n\n",
        &format!("Subject: x\n\n{endless}"),
        "Subject: x\n\n{% for a in range(9000) %}aaaa{% endfor %}",
        "Subject: x\u{202e}\n\nDear Jane,",
        // Quoted in the message, where it moves nobody's cursor.
        "Subject: x\n\n{{ \"%1\u{b}d\" | format(1) }}",
        "Subject: x\n\n{{ \"%1\u{202e}d\" | format(1) }}",
    ];
    let said = templates.map(|text| Letters::new(own_template(text)).unwrap_err().to_string());
    insta::assert_snapshot!("template-errors", said.join("\n"));
}

#[test]
fn the_digest_moves_with_everything_the_recipient_sees_and_the_account() {
    let letter = Letter {
        from: sender(None),
        to: contact(Some("Jane Doe")),
        text: Text { subject: "Analyst".to_owned(), body: "Dear Jane\n".to_owned() },
        references: Vec::new(),
    };
    let changes: [fn(&mut Letter); 9] = [
        |it| it.from.name.push('x'),
        |it| it.from.email.push('x'),
        |it| it.from.account.push('x'),
        |it| it.to.name = None,
        |it| it.to.email = Some("joan@globex.example".to_owned()),
        |it| it.text.subject.push('x'),
        |it| it.text.body.push('x'),
        |it| it.references.push("<1@globex.example>".to_owned()),
        |it| it.references.push("<2@globex.example>".to_owned()),
    ];
    let before = Digest::of(&letter);
    let mut all = vec![before];
    for change in changes {
        let mut changed = letter.clone();
        change(&mut changed);
        all.push(Digest::of(&changed));
    }
    // What moves from one field into the next is another letter too.
    let mut shifted = letter.clone();
    shifted.text = Text { subject: "AnalystDear".to_owned(), body: " Jane\n".to_owned() };
    all.push(Digest::of(&shifted));
    let mut empty_name = letter.clone();
    empty_name.to.name = Some(String::new());
    all.push(Digest::of(&empty_name));
    let count = all.len();
    all.sort_by_key(ToString::to_string);
    all.dedup();
    assert_eq!(all.len(), count);
    assert_eq!(Digest::of(&letter), before);
    assert_eq!(before.to_string().parse(), Ok(before));
}

#[test]
fn the_message_id_is_the_same_for_a_retry_and_on_the_senders_domain() {
    let id = |parts: [&str; 3]| message_id("installation", "ada@me.example", parts);
    assert_eq!(id(["letter", "1", "aa"]), id(["letter", "1", "aa"]));
    assert_ne!(id(["letter", "1", "aa"]), id(["letter", "1", "ab"]));
    assert_ne!(id(["letter", "11", "a"]), id(["letter", "1", "1a"]));
    assert!(id(["letter", "1", "aa"]).ends_with("@me.example>"));
    assert_ne!(message_id("other", "ada@me.example", ["letter", "1", "aa"]), id(["letter", "1", "aa"]));
}

fn mail_bytes(name: &str, subject: &str, body: &str) -> String {
    let zone = TimeZone::get("America/New_York").unwrap();
    let date = date(2026, 11, 16).at(9, 14, 32, 0).to_zoned(zone).unwrap();
    let mail = Mail {
        from: ("Ada Byron", "ada@me.example"),
        to: (Some(name), "jane@globex.example"),
        subject,
        body,
        message_id: "<1@me.example>",
        references: &[],
        date: &date,
        auto_generated: false,
    };
    String::from_utf8(mail.to_bytes().unwrap()).unwrap()
}

#[test]
fn the_message_has_what_rfc_5322_asks_for_and_ends_without_a_line_end() {
    let message = mail_bytes("Jane Doe", "Analyst", "Dear Jane,\n.\nthank you\n");
    assert!(message.ends_with("thank you"));
    insta::assert_snapshot!("message", message.replace("\r\n", "\n"));
}

#[test]
fn every_line_of_a_message_ends_with_crlf_and_is_at_most_998_bytes() {
    let long = "word ".repeat(600);
    for body in ["Dear Jane\n", "Grüße 中文 🙂\n", long.as_str()] {
        let bytes = mail_bytes("Jörg Müller", "Größe: 中文 🙂", body);
        assert!(bytes.is_ascii());
        for line in bytes.split("\r\n") {
            assert!(line.len() <= 998 && !line.contains(['\r', '\n']), "{line:?}");
        }
    }
}

#[test]
fn control_characters_in_a_header_are_an_error_and_no_panic() {
    for bad in ["Jane\r\nBcc: all@x.example", "Jane\n", "Jane\0", "\u{7}"] {
        let date = date(2026, 11, 16).at(9, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap();
        for (name, subject) in [(bad, "ok"), ("ok", bad)] {
            let mail = Mail {
                from: ("Ada", "ada@me.example"),
                to: (Some(name), "jane@globex.example"),
                subject,
                body: "x\n",
                message_id: "<1@me.example>",
                references: &[],
                date: &date,
                auto_generated: false,
            };
            assert!(mail.to_bytes().is_err(), "{bad:?}");
        }
    }
}

/// The rules that `text` breaks as errors, for a letter to Jane Doe from Ada Byron.
fn errors(subject: &str, body: &str) -> Vec<&'static str> {
    let text = Text { subject: subject.to_owned(), body: body.to_owned() };
    let letter = Letter { from: sender(None), to: contact(Some("Jane Doe")), text, references: Vec::new() };
    let own = ["XX Robotics", "Globex", "Senior Data Engineer [EU remote]"];
    let remarks = lint(&letter, &own, false);
    remarks.iter().filter(|remark| remark.severity == Severity::Error).map(|remark| remark.rule).collect()
}

#[test]
fn a_placeholder_left_in_is_an_error_wherever_it_stands() {
    let with = |words: &str| format!("Dear Jane,\n\nThank you. {words}\n\nAda Byron\n");
    let blanks = [
        "[company]",
        "[Your Name]",
        "<name>",
        "{{ position }}",
        "%NAME%",
        "____",
        "XXXX",
        "TODO",
        "TBD",
        "TODO: write",
        "INSERT strengths here",
    ];
    for blank in blanks {
        assert_eq!(errors("Analyst", &with(blank)), ["placeholder"], "{blank}");
        assert_eq!(errors(blank, &with("")), ["placeholder"], "{blank} in the subject");
    }
    let fine = [
        "I grew it by 20% in 2025 and 30% since.",
        "See <https://globex.example>.",
        "Write to <ada@me.example>.",
        "I wrote [1] and [2].",
        "a < b and b > c",
        "XX Robotics is close.",
        "Insert coins.",
        "We met at 10:00.",
        "The Senior Data Engineer\n[EU remote] position.",
    ];
    for words in fine {
        assert_eq!(errors("Analyst", &with(words)), [""; 0], "{words}");
    }
}

#[test]
fn a_letter_that_names_nobody_is_an_error() {
    assert_eq!(errors("Analyst", "Dear Sir or Madam,\n\nThank you.\n\nAda Byron\n"), ["no-name"]);
    assert_eq!(errors("Analyst", "Dear ,\n\nThank you.\n\nAda Byron\n"), ["no-name"]);
    for greeting in ["Dear Ms Doe,", "Hello Jane!", "Dear Dr. DOE,", "Dear Jane Doe and team,"] {
        assert_eq!(errors("Analyst", &format!("{greeting}\n\nThank you.\n\nAda Byron\n")), [""; 0], "{greeting}");
    }
}

#[test]
fn a_letter_without_thanks_or_without_the_senders_name_is_an_error() {
    assert_eq!(errors("Analyst", "Dear Jane,\n\nAny news?\n\nAda Byron\n"), ["no-thanks"]);
    assert_eq!(errors("Analyst", "Dear Jane,\n\nI am grateful for your time.\n\nBest, Ada\n"), [""; 0]);
    assert_eq!(errors("Analyst", "Dear Jane,\n\nThank you.\n\nKind regards\n"), ["no-sender"]);
}

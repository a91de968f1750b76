//! A letter that answers their mail: it stands in that conversation, and that is part of what is approved.

use followup::core::thread::{NotAMail, Thread};

use crate::support::home::Home;
use crate::support::mail_server::{MailServer, Received};

const INVITATION: &str = "From: Jane Doe <jane@globex.example>\r\nTo: ada@home.example\r\n\
    Date: Mon, 26 Oct 2026 10:00:00 +0100\r\nMessage-ID: <invitation.2@globex.example>\r\n\
    In-Reply-To: <application@home.example>\r\n\
    References: <first@globex.example>\r\n <application@home.example>\r\n\
    Subject: =?utf-8?q?AW:_Re:_Ihr_Gespr=C3=A4ch?= [#42]\r\n\r\nWe look forward to it.\r\n";

fn read(message: &str) -> Thread {
    Thread::read(message.as_bytes()).unwrap()
}

/// A mail with these headers and no others than it must have.
fn with(headers: &str) -> String {
    format!("From: jane@globex.example\nMessage-ID: <2@globex.example>\n{headers}\n\nHello\n")
}

#[test]
fn the_conversation_is_what_their_mail_names_and_their_mail_last() {
    let thread = read(INVITATION);
    let ids = ["<first@globex.example>", "<application@home.example>", "<invitation.2@globex.example>"];
    assert_eq!(thread.references, ids);
    assert_eq!(thread.answer_subject().as_deref(), Some("Re: Ihr Gespräch [#42]"));
    assert_eq!(thread.check(), Ok(()));
}

#[test]
fn without_references_the_mail_that_theirs_answers_stands_before_it() {
    assert_eq!(read(&with("In-Reply-To: <1@me.example>")).references, ["<1@me.example>", "<2@globex.example>"]);
    // Of two it cannot be known which came first (RFC 5322, 3.6.4).
    assert_eq!(read(&with("In-Reply-To: <1@me.example> <0@me.example>")).references, ["<2@globex.example>"]);
    assert_eq!(read(&with("Subject: Hello")).references, ["<2@globex.example>"]);
}

#[test]
fn of_a_long_conversation_the_first_and_the_last_are_named() {
    let ids: String = (0..300).map(|number| format!(" <{number}@x.example>\r\n")).collect();
    let thread = read(&with(&format!("References:{}", ids.trim_end())));
    assert_eq!(thread.references.len(), 20);
    assert_eq!(thread.references[0], "<0@x.example>");
    assert_eq!(thread.references[18..], ["<299@x.example>", "<2@globex.example>"]);
}

#[test]
fn a_subject_is_one_line_that_can_be_seen_with_one_re_before_it() {
    let subject = |subject: &str| read(&with(&format!("Subject: {subject}"))).answer_subject();
    assert_eq!(subject("Interview").as_deref(), Some("Re: Interview"));
    assert_eq!(subject("RE: AW: re : Interview").as_deref(), Some("Re: Interview"));
    assert_eq!(subject("Report: Interview").as_deref(), Some("Re: Report: Interview"));
    assert_eq!(subject("=?utf-8?q?a=0D=0ABcc:_x=E2=80=AEy?=").as_deref(), Some("Re: a Bcc: xy"));
    assert_eq!(subject("=?iso-8859-1?q?Gespr=E4ch?=").as_deref(), Some("Re: Gespräch"));
    assert_eq!(subject(&"long ".repeat(100)).map(|it| it.chars().count() <= 200), Some(true));
    assert_eq!(subject("=?utf-8?b?5Zue5aSN77yaQVc6IOmdouivlQ==?=").as_deref(), Some("Re: 面试"));
    assert_eq!(subject("=?utf-8?q?a=E2=80=8Bb=C2=ADc?=").as_deref(), Some("Re: abc"));
    assert_eq!(subject("Re:"), None);
    // Bytes that are no text: the letter keeps its own subject.
    let latin = [&b"From: j@x.example\nMessage-ID: <2@x.example>\nSubject: M\xfcller\n\n"[..]].concat();
    assert_eq!(Thread::read(&latin).unwrap().subject, None);
    assert_eq!(read(&with("Date: Mon, 26 Oct 2026 10:00:00 +0100")).answer_subject(), None);
}

#[test]
fn what_cannot_be_answered_is_refused_and_a_message_id_that_would_break_a_header_is_left_out() {
    for no_mail in ["", "\n", "Dear Ada,\n\nwe look forward to it.\n", "{\"a\": 1}", "\u{0}\u{1}\u{2}"] {
        assert_eq!(Thread::read(no_mail.as_bytes()), Err(NotAMail::NoHeaders), "{no_mail:?}");
    }
    for headers in ["From: jane@globex.example", "From: jane@globex.example\nMessage-ID: <>"] {
        let message = format!("{headers}\nSubject: Hello\n\nHello\n");
        assert_eq!(Thread::read(message.as_bytes()), Err(NotAMail::NoMessageId), "{headers}");
    }
    let odd = format!("References: <no-at-sign> <ä@x.example> <{}@x.example> <1@x.example>", "a".repeat(600));
    assert_eq!(read(&with(&odd)).references, ["<1@x.example>", "<2@globex.example>"]);
}

fn header(mail: &Received, name: &str) -> Option<String> {
    let text = String::from_utf8(mail.data.clone()).unwrap().replace("\r\n ", " ");
    text.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned))
}

/// An application whose letter is due, in answer to the invitation; gives the home.
fn invited(server: &MailServer) -> Home {
    let home = Home::new(server);
    std::fs::write(home.folder().join("invitation.eml"), INVITATION).unwrap();
    home.add("jane@globex.example");
    home.must(&["set", "1", "--thread", home.folder().join("invitation.eml").to_str().unwrap()]);
    home
}

#[test]
fn a_letter_in_answer_to_their_mail_names_it_and_keeps_its_subject() {
    let server = MailServer::start();
    let home = invited(&server);
    let shown = home.json(&["draft", "1"]);
    assert_eq!(shown["application"]["subject"], "Re: Ihr Gespräch [#42]");
    assert_eq!(shown["application"]["thread"]["references"][2], "<invitation.2@globex.example>");
    // Their brackets are no place to fill in.
    assert_eq!(shown["application"]["remarks"].as_array().unwrap().len(), 0);
    assert!(home.must(&["show", "1"]).contains("their mail \"Ihr Gespräch [#42]\""));
    assert!(home.must(&["draft", "1", "--raw"]).contains("In-Reply-To: <invitation.2@globex.example>\n"));
    home.must(&["approve", "1"]);
    home.must(&["tick"]);
    let [mail] = &server.accepted()[..] else { panic!("one mail") };
    assert_eq!(header(mail, "In-Reply-To").as_deref(), Some("<invitation.2@globex.example>"));
    let references = "<first@globex.example> <application@home.example> <invitation.2@globex.example>";
    assert_eq!(header(mail, "References").as_deref(), Some(references));
    assert_eq!(home.phase("1"), "sent");
}

#[test]
fn an_approval_is_for_the_letter_in_its_conversation_and_no_other() {
    let server = MailServer::start();
    let home = invited(&server);
    home.must(&["draft", "1"]);
    home.must(&["approve", "1"]);
    home.sql("UPDATE applications SET thread = '<other@globex.example>'");
    home.must(&["tick"]);
    assert_eq!((home.phase("1").as_str(), server.acceptances_for("jane@globex.example")), ("waiting", 0));
    home.must(&["draft", "1"]);
    home.must(&["approve", "1"]);
    home.must(&["set", "1", "--thread", ""]);
    assert_eq!(home.phase("1"), "waiting");
    let letter = home.json(&["draft", "1"]);
    assert_eq!(
        (&letter["application"]["thread"], letter["application"]["subject"] == "Re: Ihr Gespräch [#42]"),
        (&serde_json::Value::Null, false)
    );
}

#[test]
fn a_thread_that_another_program_wrote_and_no_header_can_carry_holds_the_application() {
    let server = MailServer::start();
    let home = invited(&server);
    for (thread, subject) in [("no brackets", "Hello"), ("", "Hello"), ("<1@x.example>", "a\u{202e}b")] {
        home.sql(&format!("UPDATE applications SET thread = '{thread}', thread_subject = '{subject}'"));
        home.must(&["tick"]);
        assert!(home.json(&["show", "1"])["application"]["held"].as_str().unwrap().contains("thread"), "{thread}");
    }
}

#[test]
fn a_file_that_is_no_mail_is_refused_by_name_and_changes_nothing() {
    let home = invited(&MailServer::start());
    let file = home.folder().join("notes.txt");
    std::fs::write(&file, "We look forward to it.\n").unwrap();
    let before = home.json(&["show", "1"]);
    let folder = home.folder().to_str().unwrap();
    let pipe = format!("{folder}/pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for (path, words) in [
        (file.to_str().unwrap(), "notes.txt is not a mail as mail programs save it"),
        ("/nowhere/invitation.eml", "/nowhere/invitation.eml cannot be read"),
        (folder, "cannot be read: it is no file"),
        (&pipe, "cannot be read: it is no file"),
    ] {
        let ran = home.run(&["set", "1", "--thread", path]);
        let said = ran.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(ran.code == 2 && said.contains("--thread") && said.contains(words), "{path}: {} {said}", ran.code);
    }
    assert_eq!(home.json(&["show", "1"]), before);
    let ran = home.run(&[
        "add",
        "--company=A",
        "--position=B",
        "--contact=j@a.example",
        "--interviewed=yesterday",
        "--thread=",
    ]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
}

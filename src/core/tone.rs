//! Reads a letter before a person is asked to approve it, and remarks on what could hurt.

use super::application::Application;
use super::followup::Draft;
use super::letter::{Letter, Sender};

/// Whether a remark keeps the letter from being approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Not approved until it is edited, or approved `--despite` it.
    Error,
    /// Only told.
    Warning,
}

/// One thing to know about a letter before it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    pub severity: Severity,
    /// The name of the rule, such as `placeholder`.
    pub rule: &'static str,
    /// The words it is about; empty if it is about words that are missing.
    pub text: String,
    /// Why it matters, as one sentence.
    pub reason: &'static str,
}

/// The remarks on `draft` as it would go from `sender`.
pub fn remarks(application: &Application, sender: &Sender, draft: &Draft) -> Vec<Remark> {
    let letter = draft.letter(sender);
    let names = [&application.contact.name, &application.hr.name].into_iter().flatten();
    let subject = application.thread.as_ref().and_then(|thread| thread.subject.as_ref());
    let facts = [&application.company, &application.position].into_iter().chain(names).chain(&application.strengths);
    let facts = facts.chain(subject);
    let own_words: Vec<&str> = facts.map(String::as_str).collect();
    lint(&letter, &own_words, draft.written_earlier)
}

/// Reads `letter`. `written_earlier`: the person typed it before facts or times changed.
///
/// `own_words` are the application's own facts (company, position, names, strengths); they never count as
/// placeholders. (Etiquette: "Tone".)
pub fn lint(letter: &Letter, own_words: &[&str], written_earlier: bool) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut error = |rule, text: String, reason| remarks.push(Remark { severity: Severity::Error, rule, text, reason });
    for (place, text) in [("subject", &letter.text.subject), ("body", &letter.text.body)] {
        if let Some(found) = placeholder(text, own_words) {
            let reason = match place {
                "subject" => "The subject still has a place to fill in.",
                _ => "The letter still has a place to fill in.",
            };
            error("placeholder", found, reason);
        }
    }
    if let Some(name) = &letter.to.name {
        let greeting = greeting(&letter.text.body);
        if !shares_a_word(greeting, name) {
            error("no-name", greeting.to_owned(), "The greeting does not name the person it goes to.");
        }
    } else if greeting(&letter.text.body)
        .split_whitespace()
        .filter(|word| word.chars().any(char::is_alphabetic))
        .count()
        < 2
    {
        let greeting = greeting(&letter.text.body).to_owned();
        error("no-name", greeting, "The greeting does not say to whom it speaks.");
    }
    if !shares_a_word(sign_off(&letter.text.body), &letter.from.name) {
        error("no-sender", sign_off(&letter.text.body).to_owned(), "The letter is not signed with your name.");
    }
    if !letter.text.body.to_lowercase().split(|c: char| !c.is_alphabetic()).any(is_thanks) {
        error("no-thanks", String::new(), "The letter does not thank them.");
    }
    if written_earlier {
        let reason = "You wrote this before the facts or the time changed: read it once more.";
        remarks.push(Remark { severity: Severity::Warning, rule: "written-earlier", text: String::new(), reason });
    }
    remarks
}

fn is_thanks(word: &str) -> bool {
    matches!(word, "thank" | "thanks" | "thankful" | "grateful" | "gratitude" | "appreciate" | "appreciated")
}

/// The first line that says something.
fn greeting(body: &str) -> &str {
    body.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()
}

/// The last three lines that say something, from the first of them on.
fn sign_off(body: &str) -> &str {
    let body = body.trim_end();
    let starts = body.match_indices('\n').map(|(at, _)| at + 1).filter(|&at| !body[at..].trim_start().is_empty());
    let starts: Vec<usize> = std::iter::once(0).chain(starts).collect();
    &body[starts[starts.len().saturating_sub(3)]..]
}

/// Whether `line` has any word of `name`, titles and initials aside.
fn shares_a_word(line: &str, name: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '-').map(str::to_lowercase).collect()
    };
    let in_line = words(line);
    let in_name = words(name);
    let is_title = |word: &str| matches!(word, "dr" | "prof" | "mr" | "mrs" | "ms" | "mx" | "dear" | "");
    let real: Vec<&String> = in_name.iter().filter(|word| !is_title(word)).collect();
    let long = real.iter().any(|word| word.chars().count() > 1);
    real.iter().filter(|word| !long || word.chars().count() > 1).any(|word| in_line.contains(word))
}

/// A place left to fill in, as it stands in `text`.
fn placeholder(text: &str, own_words: &[&str]) -> Option<String> {
    // Composed letters have line ends in the middle of a fact.
    let on_one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut text = on_one_line(text);
    for own in own_words.iter().map(|own| on_one_line(own)).filter(|own| !own.is_empty()) {
        text = text.replace(&own, " ");
    }
    for (open, close) in [("{{", "}}"), ("{%", "%}"), ("[", "]"), ("<", ">"), ("%", "%")] {
        if let Some(found) = bracketed(&text, open, close) {
            return Some(found);
        }
    }
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':' | '.' | '!' | '?' | '(' | ')'));
    let mut words = words.filter(|word| !word.is_empty()).peekable();
    while let Some(word) = words.next() {
        let blank = word.contains("____") || word.contains("XXXX") || matches!(word, "TODO" | "TBD" | "FIXME");
        if blank {
            return Some(word.to_owned());
        }
        if word == "INSERT" {
            return Some(std::iter::once(word).chain(words.next()).collect::<Vec<_>>().join(" "));
        }
    }
    None
}

/// The first `open`..`close` pair that has a word between.
fn bracketed(text: &str, open: &str, close: &str) -> Option<String> {
    let mut rest = text;
    while let Some(start) = rest.find(open) {
        let inside = &rest[start + open.len()..];
        if let Some(length) = inside.find(close)
            && is_blank_to_fill(&inside[..length], open)
        {
            return Some(format!("{open}{}{close}", &inside[..length]));
        }
        rest = inside;
    }
    None
}

/// Whether what stands between the brackets names something to fill in, rather than an address or a number.
fn is_blank_to_fill(inside: &str, open: &str) -> bool {
    /// More than any place to fill in is called; brackets around more are brackets of a sentence.
    const LONGEST: usize = 60;
    let has_word = inside.chars().any(char::is_alphabetic) && inside.chars().count() <= LONGEST;
    match open {
        "%" => has_word && inside.chars().all(|c| c.is_ascii_uppercase() || c == '_'),
        "<" => has_word && inside.trim() == inside && !inside.contains('@') && !inside.contains("://"),
        _ => has_word,
    }
}

//! Every mistake that a person or another program can make: one clear error that says what to do, the right
//! exit code, nothing on standard output, and nothing changed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

// The paths are spelled out so that these files do not become tests of their own.
#[path = "bad_input/dates.rs"]
mod dates;
#[path = "bad_input/editors.rs"]
mod editors;
#[path = "bad_input/etiquette.rs"]
mod etiquette;
#[path = "bad_input/facts.rs"]
mod facts;
#[path = "bad_input/files.rs"]
mod files;
#[path = "bad_input/names.rs"]
mod names;
#[path = "bad_input/phases.rs"]
mod phases;
#[path = "bad_input/together.rs"]
mod together;

use serde_json::Value;
use support::shell::{Said, Shell};
use support::situations::globex;

/// Words by which an error says what to do.
const ADVICE: [&str; 17] = [
    "followup ",
    "such as ",
    "write ",
    "name ",
    "use ",
    "correct ",
    "look ",
    "type it again",
    "try ",
    "leave it out",
    "possible values",
    "try '--help'",
    "move ",
    "put ",
    "give ",
    "settled",
    "make ",
];

/// On one line: where an error is broken depends on the page.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The error is clear: it has these words, says what to do, and holds nothing that cannot be seen.
fn is_clear(name: &str, said: &Said, code: u8, says: &str) {
    let text = one_line(&said.err);
    assert_eq!((said.code, said.out.as_str()), (code, ""), "{name}: {}", said.err);
    assert!(text.contains(says), "{name}: no {says:?} in\n{}", said.err);
    let without_prefix = text.trim_start_matches("followup: ");
    assert!(ADVICE.iter().any(|words| without_prefix.contains(words)), "{name}: what to do?\n{}", said.err);
    assert!(text.matches("followup: ").count() <= 1, "{name}: one error\n{}", said.err);
    let hides = |c: char| (c.is_control() && c != '\n') || "\u{202e}\u{2066}\u{feff}\u{2028}".contains(c);
    assert!(!said.err.contains(hides), "{name}: {:?}", said.err);
    assert!(!text.contains("panicked") && !text.contains("RUST_BACKTRACE"), "{name}: {text}");
}

/// The same under `--json`: one document.
fn is_clear_json(name: &str, said: &Said, code: u8) {
    let kinds = ["", "failed", "usage", "not-found", "refused", "settings", "unreachable", "locked"];
    assert_eq!((said.code, said.out.as_str()), (code, ""), "{name} --json: {}", said.err);
    let json: Value = serde_json::from_str(&said.err).unwrap_or_else(|error| panic!("{name}: {error}: {}", said.err));
    assert_eq!(json["error"]["kind"], kinds[usize::from(code)], "{name}");
    assert!(!json["error"]["message"].as_str().unwrap().is_empty(), "{name}");
    assert!(!json["error"]["hints"].as_array().unwrap().is_empty(), "{name}: {json}");
}

/// `arguments` are refused with `code` and the words of `says`, and the database is as it was.
fn refused(shell: &Shell, name: &str, arguments: &[&str], code: u8, says: &str) {
    let before = shell.contents();
    is_clear(name, &shell.run(arguments), code, says);
    is_clear_json(name, &shell.run(&[&["--json"], arguments].concat()), code);
    assert_eq!(shell.contents(), before, "{name}: something was changed");
}

/// `arguments` are taken.
fn taken(shell: &Shell, arguments: &[&str]) -> Value {
    shell.json(arguments)["application"].clone()
}

/// The example application, not yet added, with other flags after it.
fn add<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let given = |flag: &str| more.iter().any(|other| other.starts_with(flag));
    let usual =
        ["--company=Initech", "--position=Tester", "--contact=Bill <bill@initech.example>", "--interviewed=2026-11-03"];
    let usual = usual.into_iter().filter(|flag| !given(&flag[..=flag.find('=').unwrap()]));
    std::iter::once("add").chain(usual).chain(more.iter().copied()).collect()
}

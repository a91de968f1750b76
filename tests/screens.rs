//! What the program shows, word for word, in a home, at an instant and in a zone that do not change. Each
//! snapshot reads like a session at the terminal. To write them anew: `INSTA_UPDATE=always cargo test --test
//! screens`, then read every one that changed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

// The paths are spelled out so that these files do not become tests of their own.
#[path = "screens/commands.rs"]
mod commands;
#[path = "screens/help.rs"]
mod help;
#[path = "screens/looks.rs"]
mod looks;
#[path = "screens/shapes.rs"]
mod shapes;

use support::shell::{SETTINGS, Shell};
use support::situations::{SITUATIONS, globex, put};

/// Runs `commands` one after the other; gives what a person would have on their screen by then.
fn session(shell: &Shell, commands: &[&[&str]]) -> String {
    let mut screen = String::new();
    for arguments in commands {
        let said = shell.run(arguments);
        screen += &format!("$ {}\n{}{}", typed(arguments), said.out, said.err);
        if said.code != 0 {
            screen += &format!("[exit {}]\n", said.code);
        }
        screen += "\n";
    }
    screen
}

/// The command line as it would be typed.
fn typed(arguments: &[&str]) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_.@/:=+,".contains(c);
    let word = |word: &&str| match word.chars().all(is_plain) && !word.is_empty() {
        true => (*word).to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    };
    std::iter::once("followup".to_owned()).chain(arguments.iter().map(word)).collect::<Vec<_>>().join(" ")
}

/// Compares `text` with the snapshot `name` in `tests/screens/snapshots`.
fn matches(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("screens/snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// Applications in many situations at once, as they are after a few weeks.
fn busy() -> Shell {
    let shell = Shell::new();
    let add = |company: &str, contact: &str, interviewed: &str, more: &[&str]| {
        let flags =
            [format!("--company={company}"), format!("--contact={contact}"), format!("--interviewed={interviewed}")];
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        shell.must(&[&["add", "--position=Analyst"][..], &flags, more].concat());
    };
    add("Initech", "Bill Lumbergh <bill@initech.example>", "2026-11-03", &["--promised=2026-11-06"]);
    put(&shell, "1", "uncertain");
    add("Globex", "Jane Doe <jane@globex.example>", "2026-11-03", &["--promised=2026-11-06"]);
    shell.must(&["draft", "2"]);
    add("Acme", "Wile Coyote <wile@acme.example>", "2026-11-02", &["--promised=2026-11-05"]);
    put(&shell, "3", "approved");
    add("Umbrella", "Alice Abernathy <alice@umbrella.example>", "2026-11-12", &[]);
    add("Stark Industries", "hr@stark.example", "2026-11-03", &["--promised=2026-11-06"]);
    put(&shell, "5", "failed");
    add("Wayne Enterprises", "Lucius Fox <fox@wayne.example>", "2026-11-03", &["--promised=2026-11-06"]);
    put(&shell, "6", "held");
    add("Hooli", "Gavin Belson <gavin@hooli.example>", "2026-11-04", &["--promised=2026-11-06"]);
    put(&shell, "7", "sent");
    add("Soylent", "Sol Roth <sol@soylent.example>", "2026-11-04", &["--promised=2026-11-06"]);
    put(&shell, "8", "closed");
    add("東京電力ホールディングス株式会社", "山田 <yamada@tepco.example>", "2026-11-04", &["--promised=2026-11-06"]);
    put(&shell, "9", "snoozed");
    shell
}

//! Help: the first page, and that of each command.

use super::*;

/// The commands that the first page names, in its order, with what it says of them.
fn named(help: &str) -> Vec<(String, String)> {
    let heads = ["Start", "Facts", "Look", "Decide", "Service"];
    let mut in_group = false;
    let mut found = Vec::new();
    for line in help.lines() {
        in_group = heads.contains(&line) || (in_group && !line.starts_with("Options"));
        if let Some((name, does)) = line.strip_prefix("  ").and_then(|line| line.split_once("  ")).filter(|_| in_group)
        {
            found.push((name.to_owned(), does.trim().to_owned()));
        }
    }
    found
}

#[test]
fn the_first_page() {
    matches("help", &session(&Shell::without_settings(), &[&["--help"]]));
}

#[test]
fn the_page_of_each_command() {
    let shell = Shell::without_settings();
    let names = named(&shell.must(&["--help"]));
    let names = names.iter().map(|(name, _)| name.as_str());
    for name in names.filter(|name| *name != "(nothing)") {
        matches(&format!("help-{name}"), &session(&shell, &[&[name, "--help"]]));
    }
}

#[test]
fn each_command_stands_once_on_the_first_page_in_a_short_line() {
    let help = Shell::without_settings().must(&["--help"]);
    let named = named(&help);
    for (name, does) in &named {
        assert!(!does.is_empty() && !does.ends_with('.'), "{name}: {does}");
        assert_eq!(named.iter().filter(|(other, _)| other == name).count(), 1, "{name} stands there twice");
    }
    for line in help.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    // What the program takes is what the completions of a shell offer.
    let completions = Shell::without_settings().must(&["completions", "fish"]);
    let offered = completions.lines().filter(|line| line.contains("__fish_followup_needs_command"));
    let offered = offered.filter_map(|line| line.split(" -a \"").nth(1)?.split('"').next());
    let offered: Vec<&str> = offered.collect();
    assert!(offered.contains(&"approve") && offered.len() > 20, "{offered:?}");
    for name in &offered {
        assert!(named.iter().any(|(other, _)| other == name), "{name} does not stand on the first page");
    }
    for (name, _) in named.iter().filter(|(name, _)| name != "(nothing)") {
        assert!(offered.contains(&name.as_str()), "{name} stands on the first page and is no command");
    }
}

#[test]
fn each_page_begins_with_a_short_sentence_and_keeps_to_its_width() {
    let mut shell = Shell::without_settings();
    let names = named(&shell.must(&["--help"]));
    for columns in [None, Some(80), Some(60)] {
        shell.columns = columns;
        for (name, _) in names.iter().filter(|(name, _)| name != "(nothing)") {
            let page = shell.must(&[name, "--help"]);
            let first = page.lines().next().unwrap();
            assert!(
                first.chars().count() <= 80 && !first.ends_with('.') && !first.starts_with("Usage"),
                "{name}: {first}"
            );
            for line in page.lines().filter(|_| columns != Some(60)) {
                assert!(line.chars().count() <= 80, "{name}, {columns:?}: {line}");
            }
        }
    }
}

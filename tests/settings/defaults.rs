//! `config/followup.toml`: complete, and nothing but the defaults.

use super::*;
use followup::config::{DEFAULTS, from_text};
use jiff::SignedDuration;
use jiff::civil::time;

/// The defaults with what is needed filled in.
fn filled() -> String {
    let text = DEFAULTS.replacen("name = \"\"", "name = 'Ada Byron'", 1);
    let text =
        text.replacen("email = \"\"", "email = 'ada@me.example'", 1).replacen("host = \"\"", "host = 'localhost'", 1);
    text.replacen("timezone = \"\"", "timezone = 'UTC'", 1)
}

/// The comments at its end, which are the example of a strategy.
fn example() -> String {
    let lines = DEFAULTS.lines().skip_while(|line| !line.starts_with("# [[strategy."));
    lines.map(|line| line.trim_start_matches(['#', ' ']).to_owned() + "\n").collect()
}

#[test]
fn the_file_says_the_same_as_one_with_only_what_is_needed() {
    let (whole, needed) = (Rig::of(&filled()), Rig::with(""));
    // The fingerprint is of every setting but the secrets.
    assert_eq!(whole.load().unwrap().fingerprint, needed.load().unwrap().fingerprint);
    assert!(whole.load().unwrap().is_same(&needed.load().unwrap()));
    let values = |rig: &Rig| rig.describe().unwrap().into_iter().map(|it| (it.key, it.value)).collect::<Vec<_>>();
    assert_eq!(values(&whole), values(&needed));
    assert!(whole.describe().unwrap().iter().all(|it| it.origin != Origin::Default), "every key stands in the file");
    assert_eq!(whole.load().unwrap().unused, Vec::<String>::new());
}

#[test]
fn the_defaults_are_those_of_the_interface() {
    let config = Rig::with("").load().unwrap();
    let etiquette = &config.etiquette;
    assert_eq!((config.account.port, config.copy, config.log.level.as_str()), (465, true, "info"));
    assert_eq!((etiquette.max_letters, etiquette.per_day, etiquette.per_employer), (2, Some(20), 5));
    assert_eq!((etiquette.hours.from, etiquette.hours.to), (9 * 60, 17 * 60));
    assert_eq!(etiquette.grace.as_secs(), 30);
    assert_eq!((config.digest_at, etiquette.remind), (Some(time(8, 30, 0, 0)), None), "the digest is the reminder");
    assert_eq!(etiquette.strategy, etiquette.strategies["patient"]);
    assert_eq!(etiquette.strategies.keys().collect::<Vec<_>>(), ["patient", "prompt"]);
}

#[test]
fn every_key_stands_in_it_once_and_the_list_has_its_order() {
    let mut section = "";
    let mut written = Vec::new();
    for line in DEFAULTS.lines() {
        section = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(section);
        if let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) {
            written.push(format!("{section}.{key}"));
        }
    }
    let listed: Vec<String> = Rig::with("").describe().unwrap().into_iter().map(|it| it.key).collect();
    assert_eq!(listed, written);
    let mut once = written.clone();
    once.sort();
    once.dedup();
    assert_eq!((once.len(), written.len()), (written.len(), 28));
}

#[test]
fn every_key_has_a_comment_above_it_or_above_its_neighbour() {
    for section in DEFAULTS.split("\n[").skip(1) {
        let bare = section.lines().skip(1).take_while(|line| !line.starts_with('#')).find(|line| line.contains(" = "));
        assert_eq!(bare, None, "the section {} begins without a comment", section.lines().next().unwrap());
    }
    assert!(DEFAULTS.lines().all(|line| line.chars().count() <= 120));
}

#[test]
fn the_example_of_a_strategy_can_be_used_as_it_stands() {
    let text = filled().replacen("profile = \"patient\"", "profile = \"calm\"", 1) + &example();
    let etiquette = from_text(&text).unwrap().etiquette;
    assert_eq!(etiquette.strategy.steps.len(), 2);
    assert_eq!(Rig::of(&text).load().unwrap().etiquette.strategies["calm"], etiquette.strategy);
}

#[test]
fn what_has_no_effect_is_said_with_its_place() {
    let rig = Rig::with("[calendar]\ncountry = 'ZZ'\n[ask]\ndigest_at = '08:30'\n");
    let unused = rig.load().unwrap().unused.join("\n").replace(&format!("{}/", rig.folder.path().display()), "");
    let expected = "calendar.country (home/followup.toml, line 8, column 11): no public holidays are known of ZZ; \
                    only those in calendar.extra_holidays count";
    assert_eq!(unused, expected);
}

#[test]
fn a_digest_goes_at_any_minute_of_the_day_and_without_one_each_letter_has_its_reminders() {
    for (text, digest_at) in [("00:00", time(0, 0, 0, 0)), ("8:30", time(8, 30, 0, 0)), ("23:59", time(23, 59, 0, 0))] {
        let config = Rig::with(&format!("[ask]\ndigest_at = '{text}'\nremind = '2h'\n")).load().unwrap();
        assert_eq!((config.digest_at, config.etiquette.remind), (Some(digest_at), None), "{text}");
    }
    let config = Rig::with("[ask]\ndigest_at = ''\nremind = '2h'\n").load().unwrap();
    assert_eq!((config.digest_at, config.etiquette.remind), (None, Some(SignedDuration::from_hours(2))));
}

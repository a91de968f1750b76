//! `export --format ics`, read by another library than the one that wrote it, and line by line as RFC 5545 has it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

// The paths are spelled out so that these files do not become tests of their own.
#[path = "ics/hostile.rs"]
mod hostile;
#[path = "ics/names.rs"]
mod names;
#[path = "ics/output.rs"]
mod output;
#[path = "ics/read.rs"]
mod read;

use read::{Component, calendar, check};
use support::shell::Shell;
use support::situations::{SITUATIONS, globex};

fn export(shell: &Shell) -> Vec<Component> {
    calendar(&shell.must(&["export", "--format=ics"]))
}

/// Each component as `VEVENT summary`, in their order.
fn summaries(shell: &Shell) -> Vec<String> {
    let line = |it: &Component| format!("{} {}", it.kind, it.text("SUMMARY"));
    export(shell).iter().filter(|it| it.kind != "VTIMEZONE").map(line).collect()
}

#[test]
fn each_situation_gives_a_calendar_that_another_library_reads() {
    const WINDOW: &str = "VEVENT Letter to Jane Doe (Analyst at Globex)";
    const WORD: &str = "VTODO Say yes or no: letter to Jane Doe (Analyst at Globex)";
    for situation in SITUATIONS {
        let shell = globex(situation);
        let before = shell.contents();
        let expected: &[&str] = match situation {
            "planned" | "approved" | "snoozed" => &[WINDOW],
            "waiting" | "late" => &[WINDOW, WORD],
            "sending" => &["VTODO Interrupted: letter to Jane Doe (Analyst at Globex)", WINDOW],
            "sent" => &["VEVENT Second letter to Jane Doe (Analyst at Globex)"],
            "failed" => &[
                "VTODO Refused by their server: letter to Jane Doe (Analyst at Globex)",
                "VEVENT Let go? (Analyst at Globex)",
            ],
            "uncertain" => &["VTODO Did it arrive? Letter to Jane Doe (Analyst at Globex)"],
            "cancelled" => &["VEVENT Let go? (Analyst at Globex)"],
            "held" => &["VTODO Cannot go on: Analyst at Globex"],
            "closed" | "answered" | "over" => &[],
            other => panic!("what is to be in the calendar of {other:?}?"),
        };
        assert_eq!(summaries(&shell), expected, "{situation}");
        assert_eq!(shell.contents(), before, "{situation}: looking changes nothing");
    }
}

#[test]
fn nothing_to_enter_is_a_calendar_all_the_same() {
    let found = export(&Shell::new());
    assert_eq!(found.iter().map(|it| it.kind.as_str()).collect::<Vec<_>>(), ["VTIMEZONE"], "RFC 5545, 3.4");
}

#[test]
fn a_window_is_an_event_that_does_not_block_the_day() {
    let found = export(&globex("planned"));
    let window = &found[0];
    assert_eq!(window.value("DTSTART"), "20261113T140000Z", "9:00 in New York");
    assert_eq!(window.value("DTEND"), "20261127T220000Z", "17:00 there");
    assert_eq!(window.value("DTSTAMP"), "20261110T100000Z", "now");
    assert_eq!((window.value("TRANSP"), window.value("CATEGORIES")), ("TRANSPARENT", "followup"));
    assert_eq!(window.value("CLASS"), "PRIVATE");
    let description = window.text("DESCRIPTION");
    assert!(description.contains("Rule promise: they named a date, and it has passed"), "{description}");
    assert!(description.ends_with("Why then: followup why 1"), "{description}");
}

#[test]
fn a_letter_that_waits_is_a_task_that_is_due_when_its_window_closes() {
    let task = export(&globex("waiting")).remove(1);
    assert_eq!((task.value("DUE"), task.value("STATUS")), ("20261127T220000Z", "NEEDS-ACTION"));
    let description = task.text("DESCRIPTION");
    for command in ["draft 1", "approve 1", "reject 1", "snooze 1 3d", "heard 1 reply"] {
        assert!(description.contains(&format!("followup {command}\n")) || description.ends_with(command), "{command}");
    }
    assert!(!description.contains("Dear"), "no letter is in it");
    let late = export(&globex("late"));
    assert!(late[1].value("DUE") > "20261203T100000Z", "{late:?}");
    assert_eq!(late[1].value("DUE"), late[0].value("DTEND"));
    // It has the person's word no more: something in it has changed.
    let shell = globex("approved");
    shell.sql("UPDATE applications SET contact_name = 'Jane Roe' WHERE id = 1");
    assert_eq!(summaries(&shell)[1], "VTODO Say yes or no: letter to Jane Roe (Analyst at Globex)");
}

#[test]
fn a_letter_that_is_due_is_a_task_before_anybody_has_looked() {
    let shell = globex("planned");
    shell.at("2026-11-13T13:59:59Z");
    assert_eq!(export(&shell).len(), 1);
    shell.at("2026-11-13T14:00:00Z");
    assert_eq!(export(&shell).len(), 2);
}

#[test]
fn a_letter_whose_window_another_program_moved_away_waits_for_nobody() {
    let shell = globex("waiting");
    shell.sql("UPDATE interviews SET promised_on = '2026-11-13'");
    let found = export(&shell);
    assert_eq!((found.len(), found[0].value("DTSTART")), (1, "20261120T140000Z"));
}

#[test]
fn a_call_is_a_window_and_when_it_is_due_a_task_with_its_number_and_what_can_come_of_it() {
    let shell = Shell::new();
    let flags = ["--company=Globex", "--position=Analyst", "--phone=+1 212 555 0100"];
    let dates = ["--interviewed=2026-11-03", "--promised=2026-11-06", "--timezone=America/New_York"];
    shell.at("2026-11-10T10:00:00Z").must(&[&["add"][..], &flags, &dates].concat());
    assert_eq!(summaries(&shell), ["VEVENT Call +1 212-555-0100 (Analyst at Globex)"]);
    shell.sql("UPDATE applications SET contact_name = 'Sam Poe'");
    assert_eq!(summaries(&shell), ["VEVENT Call Sam Poe (Analyst at Globex)"]);
    shell.at("2026-11-16T15:00:00Z").must(&["draft", "1"]);
    let found = export(&shell);
    assert_eq!(found[1].text("SUMMARY"), "Call Sam Poe (Analyst at Globex)");
    let description = found[1].text("DESCRIPTION");
    assert!(description.contains("Number: +1 212-555-0100\n"), "{description}");
    assert!(description.contains("\nnobody answered: followup called 1 no-answer\n"), "{description}");
    assert_eq!(found[1].value("DUE"), found[0].value("DTEND"));
}

#[test]
fn the_day_to_let_go_is_a_whole_day() {
    let found = export(&globex("cancelled"));
    assert_eq!(found[0].line("DTSTART"), "DTSTART;VALUE=DATE:20261130", "10 business days after it was added");
    assert!(!found[0].has("DTEND") && !found[0].has("DTSTAMP;VALUE=DATE"));
    assert_eq!(found[0].value("TRANSP"), "TRANSPARENT");
}

#[test]
fn windows_are_instants_on_both_sides_of_a_change_of_the_clocks() {
    // New York goes back on 1 November, London on 25 October.
    for (zone, opens, closes) in [
        ("America/New_York", "20261026T130000Z", "20261109T220000Z"),
        ("Europe/London", "20261026T090000Z", "20261109T170000Z"),
        ("Asia/Tokyo", "20261026T000000Z", "20261109T080000Z"),
    ] {
        let shell = Shell::new();
        let zone = format!("--timezone={zone}");
        let facts = ["--company=Globex", "--position=Analyst", "--contact=jane@globex.example", "--country=GB", &zone];
        let dates = ["--interviewed=2026-10-14", "--promised=2026-10-19"];
        shell.at("2026-11-02T10:00:00Z").must(&[&["add"][..], &facts, &dates].concat());
        let window = &export(&shell)[0];
        assert_eq!((window.value("DTSTART"), window.value("DTEND")), (opens, closes), "{zone}");
    }
}

#[test]
fn the_head_says_what_it_is() {
    let text = globex("waiting").must(&["export", "--format=ics"]);
    check(&text);
    let head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//followup//followup//EN\r\nCALSCALE:GREGORIAN\r\n\
                METHOD:PUBLISH\r\nNAME:Follow-ups\r\nX-WR-CALNAME:Follow-ups\r\nBEGIN:VEVENT\r\n";
    assert!(text.starts_with(head), "{text}");
}

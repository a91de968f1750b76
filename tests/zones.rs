//! The rules of a time zone change on the machine while the program runs, as governments decide and updates bring:
//! letters keep to the office hours by the newest rules, windows that were stored before included.
//!
//! Each of these runs once more by itself with `TZDIR` set to a folder of zones of its own.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use followup::config::{Places, load};
use support::home::Home;
use support::mail_server::MailServer;
use support::world::{Program, promised};
use support::zone::write_zone;

const ONE_SECOND: jiff::SignedDuration = jiff::SignedDuration::from_secs(1);
const JANE: &str = "jane@globex.example";
/// The one zone that there is.
const TOWN: &str = "Test/Town";
/// The midnight (UTC) before Sunday, 22 November 2026: from then on the new law holds.
const NEW_LAW: i64 = 1_795_305_600;

/// The folder of zones that `TZDIR` names, in which Test/Town has the time of Greenwich. `None` where it was not set
/// yet: then the test of that name has been run with it, and has passed.
fn zones_for(test: &str) -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os("TZDIR") {
        return Some(folder.into());
    }
    let folder = tempfile::TempDir::new().unwrap();
    fs::create_dir(folder.path().join("Test")).unwrap();
    write_zone(&folder.path().join(TOWN), &[], "LMT0");
    let mut again = Command::new(std::env::current_exe().unwrap());
    let output = again.args(["--exact", test, "--nocapture"]).env("TZDIR", folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    None
}

/// Test/Town, whose clocks are set to so many hours after Greenwich at the new law.
fn change_the_law(zones: &Path, hours: i32) {
    write_zone(&zones.join(TOWN), &[(NEW_LAW, hours * 3600)], &format!("LMT{}", -hours));
    // Its cache looks at a file again after five minutes; this is their end.
    jiff::tz::db().reset();
}

/// Office hours as most have them.
fn home(server: &MailServer) -> Home {
    let home = Home::new(server);
    home.set("sending.hours", "09:00-17:00");
    home.set("sending.days", "mon-fri");
    home
}

/// How many mails went to the person alone.
fn asks(server: &MailServer) -> usize {
    server.accepted().iter().filter(|mail| mail.recipients == [support::home::ME]).count()
}

#[test]
fn a_letter_goes_in_the_office_hours_of_the_new_law_and_is_asked_for_anew_where_its_window_moved() {
    let name = "a_letter_goes_in_the_office_hours_of_the_new_law_and_is_asked_for_anew_where_its_window_moved";
    let Some(zones) = zones_for(name) else { return };
    // By the old law the office opens at 09:00 in Greenwich on Monday; by the new one in the night, or long after.
    for (hours, opens) in [(-6, "2026-11-23T15:00Z"), (3, "2026-11-23T09:00Z"), (14, "2026-11-23T19:00Z")] {
        let server = MailServer::start();
        let home = home(&server);
        let program = Program::start(&home, "2026-11-20T18:00Z");
        let mut globex = promised("Globex", JANE);
        globex.timezone = Some(TOWN.to_owned());
        let id = program.add(globex);
        program.tick();
        program.person().approve(id);
        program.tick();
        assert_eq!((program.phase(id).as_str(), asks(&server)), ("approved", 1));

        change_the_law(&zones, hours);
        let program = program.restart();
        program.is_at("2026-11-23T09:00Z");
        program.tick();
        program.ticks_in_vain();
        assert_eq!(
            (program.phase(id).as_str(), asks(&server)),
            ("waiting", 2),
            "{hours}: until when it may go is news"
        );
        program.person().approve(id);
        program.is_at(opens);
        program.passes(-ONE_SECOND);
        program.ticks_in_vain();
        assert_eq!(server.acceptances_for(JANE), 0, "{hours}: before the office opens there");
        program.is_at(opens);
        program.tick();
        assert_eq!(server.acceptances_for(JANE), 1, "{hours}: {}", program.phase(id));
        write_zone(&zones.join(TOWN), &[], "LMT0");
        jiff::tz::db().reset();
    }
}

#[test]
fn a_letter_whose_window_is_as_before_goes_by_the_new_law_without_another_yes() {
    let name = "a_letter_whose_window_is_as_before_goes_by_the_new_law_without_another_yes";
    let Some(zones) = zones_for(name) else { return };
    let server = MailServer::start();
    let home = home(&server);
    let program = Program::start(&home, "2026-11-20T18:00Z");
    let mut globex = promised("Globex", JANE);
    globex.timezone = Some(TOWN.to_owned());
    let id = program.approved(globex);
    program.tick();
    // For two days the clocks go six hours behind, and then they do not any more: the window closes as before.
    write_zone(&zones.join(TOWN), &[(NEW_LAW, -6 * 3600), (NEW_LAW + 2 * 24 * 3600, 0)], "LMT0");
    jiff::tz::db().reset();
    program.is_at("2026-11-23T09:00Z");
    program.ticks_in_vain();
    assert_eq!((program.phase(id).as_str(), server.acceptances_for(JANE)), ("approved", 0), "03:00 there");
    program.is_at("2026-11-23T15:00Z");
    program.tick();
    assert_eq!((program.phase(id).as_str(), server.acceptances_for(JANE)), ("sent", 1));
}

#[test]
fn settings_are_others_when_the_law_changed_in_the_persons_zone() {
    let Some(zones) = zones_for("settings_are_others_when_the_law_changed_in_the_persons_zone") else { return };
    let home = Home::at_port(9);
    home.set("me.timezone", TOWN);
    let read = || load(&Places::sealed(home.folder()), &[]).unwrap();
    let before = read();
    assert!(read().is_same(&before));
    change_the_law(&zones, 5);
    assert!(!read().is_same(&before), "the daemon would go on with the old hours");
    let after = read();
    // A file that was only written again is no change.
    change_the_law(&zones, 5);
    assert!(read().is_same(&after));
}

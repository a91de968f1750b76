//! The machine's clock jumps under the running daemon, while the one by which it sleeps does not: a laptop that was
//! suspended, or a clock that was set. Debian's `faketime` moves the clock of the unchanged program; where it is not
//! installed, these have nothing to show.

use std::path::{Path, PathBuf};

use super::*;
use crate::support::zone::write_zone;

/// The clock of one daemon.
struct Moved {
    distance: PathBuf,
    environment: Vec<String>,
}

impl Moved {
    /// Right, for now. `None` where it cannot be moved.
    fn new(home: &Home) -> Option<Self> {
        // The tests themselves run under another clock.
        if support::home::another_clock().next().is_some() {
            return None;
        }
        let library = |folder: std::fs::DirEntry| folder.path().join("faketime/libfaketimeMT.so.1");
        let library = std::fs::read_dir("/usr/lib").ok()?.flatten().map(library).find(|path| path.exists())?;
        let distance = home.folder().join("clock");
        let environment = vec![
            format!("LD_PRELOAD={}", library.display()),
            format!("FAKETIME_TIMESTAMP_FILE={}", distance.display()),
            "FAKETIME_NO_CACHE=1".to_owned(),
            "FAKETIME_DONT_FAKE_MONOTONIC=1".to_owned(),
        ];
        let clock = Self { distance, environment };
        clock.is_off_by("+0");
        Some(clock)
    }

    /// Sets it to so many seconds after the right time, or before it.
    fn is_off_by(&self, seconds: &str) {
        let new: &Path = &self.distance.with_extension("new");
        std::fs::write(new, seconds).unwrap();
        std::fs::rename(new, &self.distance).unwrap();
    }

    fn daemon(&self, home: &Home) -> Process {
        let words: Vec<&str> = std::iter::once("env").chain(self.environment.iter().map(String::as_str)).collect();
        let daemon = home.daemon_through(&words);
        daemon.wait_for_words("watching");
        daemon
    }
}

/// A day, in seconds.
const DAY: u32 = 24 * 60 * 60;

#[test]
fn after_a_suspend_of_minutes_the_letter_goes_and_after_weeks_it_is_asked_for_anew() {
    for (asleep, is_stale) in [(2 * 60 * 60, false), (25 * DAY, true)] {
        let server = MailServer::start();
        let home = Home::new(&server);
        let Some(clock) = Moved::new(&home) else { return };
        home.set("sending.grace", "1h");
        home.approved_letter_to(JANE);
        let daemon = clock.daemon(&home);
        // It sleeps for a minute at most, by a clock that knows nothing of what follows.
        clock.is_off_by(&format!("+{asleep}"));
        assert!(server.wait_for_accepted(1, DEADLINE), "{:?}\n{}", daemon.log(), server.transcript());
        let mail = String::from_utf8(server.accepted()[0].data.clone()).unwrap().replace("=\r\n", "");
        assert_eq!(server.acceptances_for(JANE), usize::from(!is_stale), "{mail}");
        assert_eq!(mail.contains("it could not go before its window closed"), is_stale, "{mail}");
    }
}

#[test]
fn a_clock_that_is_set_back_holds_everything_until_it_is_right_again_and_each_is_said_once() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let Some(clock) = Moved::new(&home) else { return };
    let daemon = clock.daemon(&home);
    has_looked(&home, &server);
    daemon.wait_for_words("told");
    clock.is_off_by(&format!("-{}", 3 * DAY));
    let nudge = || home.sql("UPDATE applications SET company = company");
    nudge();
    daemon.wait_for_words("the clock cannot be trusted");
    home.add(JANE);
    (0..3).for_each(|_| nudge());

    clock.is_off_by("+0");
    nudge();
    daemon.wait_for_words("the clock is right again");
    assert!(server.wait_for_accepted(2, DEADLINE), "the ask");
    let mut ends = server.accepted().into_iter().map(|mail| mail.recipients);
    assert!(ends.all(|recipients| recipients == [ME]), "{}", server.transcript());
    let log = daemon.log();
    assert_eq!((said(&daemon, "cannot be trusted"), said(&daemon, "the clock is right again")), (1, 1), "{log:?}");
}

#[test]
fn the_daemon_follows_the_persons_zone_when_its_rules_change_on_the_disk() {
    let server = MailServer::start();
    let home = Home::new(&server);
    let Some(mut clock) = Moved::new(&home) else { return };
    // What was read of a zone serves for five minutes, by the clock that stands still in a suspend.
    clock.environment.retain(|set| !set.contains("MONOTONIC"));
    let zones = home.folder().join("zones");
    std::fs::create_dir_all(zones.join("Test")).unwrap();
    let town = zones.join("Test/Town");
    write_zone(&town, &[], "LMT0");
    clock.environment.push(format!("TZDIR={}", zones.display()));
    home.must(&["list"]);
    home.set("me.timezone", "Test/Town");
    let daemon = clock.daemon(&home);
    write_zone(&town, &[], "LMT-3");
    clock.is_off_by("+600");
    home.sql("UPDATE applications SET company = company");
    daemon.wait_for_words("the settings have changed");
    daemon.terminate();
    assert_eq!(daemon.wait_for_end().code(), Some(0));
}

//! How fast it plans: a tick over applications that nobody has looked at yet, 10,000 and 100,000 of them, with the memory
//! of both; and `why` for one, cold. Run it with `cargo bench --bench planning`.
//!
//! The tick is a new process each time, from its start to its end, on a database that plain SQL has just written: it
//! reads every application, works its course out with calendars of ten countries, and records when to look again. Nothing
//! of them is due, so that no letter is written and no server asked. Memory is the peak of resident memory as GNU `time`
//! reports it, which is left out where that is not installed. No figure fails the run; a command that does not succeed
//! does.

#![expect(clippy::print_stdout, reason = "the figures are for people")]
#![expect(clippy::disallowed_methods, reason = "real time is what is measured here")]

#[path = "../tests/support"]
#[allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "shared with the tests")]
mod support {
    pub mod home;
    pub mod mail_server;
}

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::home::Home;

const FEW: usize = 10_000;
const MANY: usize = 100_000;
/// Runs of each tick; and of `why`.
const RUNS: usize = 5;
const LOOKS: usize = 25;
/// What was asked for of [`MANY`] applications.
const PROMISED: Duration = Duration::from_secs(2);
/// What was asked for of `why`.
const PROMISED_LOOK: Duration = Duration::from_millis(30);
/// How much more memory the many may need than the few, to be independent of their number: what a database's own cache
/// and the allocator leave open.
const SAME_MEMORY: f64 = 1.1;

fn main() {
    let (few, many) = (filled(FEW), filled(MANY));
    let ticks = |home: &Home| (0..RUNS).map(|_| tick(home)).collect::<Vec<_>>();
    print_figures(&format!("plan {FEW} applications"), &ticks(&few));
    let median = print_figures(&format!("plan {MANY} applications"), &ticks(&many));
    println!("  median at most {} s: {}", PROMISED.as_secs(), verdict(median <= PROMISED));
    if let (Some(few), Some(many)) = (peak(&few), peak(&many)) {
        println!("  peak of resident memory: {few:.1} MiB with {FEW}, {many:.1} MiB with {MANY}");
        println!("  independent of their number: {}", verdict(many <= few * SAME_MEMORY));
    }
    let looks: Vec<Duration> =
        (1..=LOOKS).map(|number| timed(&mut followup(&many, &["why", &(number * 1009).to_string()]))).collect();
    let median = print_figures("followup why N", &looks);
    println!("  median at most {} ms: {}", PROMISED_LOOK.as_millis(), verdict(median <= PROMISED_LOOK));
}

/// A home with `count` applications that nobody has looked at: the interview is tomorrow, so that all steps are
/// ahead wherever they are.
fn filled(count: usize) -> Home {
    let home = Home::at_port(9);
    home.must(&["list"]);
    home.sql(&format!(
        r#"
        BEGIN IMMEDIATE;
        WITH RECURSIVE number(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM number WHERE id < {count})
        INSERT INTO applications (id, company, position, contact_name, contact_email, contact_phone, timezone, country)
            SELECT id, 'Company ' || id || ' ' || ('["Ltd", "GmbH", "SARL", "Inc."]' ->> (id % 4)), 'Analyst', 'Jane Doe',
                   'jane.doe@company-' || id || ('[".example", ".de", ".co.uk", ".com"]' ->> (id % 4)),
                   iif(id % 3 = 0, '+1 212 555 0100', NULL),
                   '["Europe/Berlin", "America/New_York", "Asia/Tokyo", null, "Australia/Sydney"]' ->> (id % 5),
                   '["US", "GB", "DE", "FR", "ES", "IN", "CN", "JP", "BR", "AU", null]' ->> (id % 11)
            FROM number;
        INSERT INTO interviews (application_id, held_on, round, promised_on)
            SELECT id, date('now', '+1 day'), 1 + id % 3, iif(id % 2, date('now', (5 + id % 30) || ' days'), NULL) FROM applications;
        COMMIT;"#
    ));
    home
}

/// One tick over all of them.
fn tick(home: &Home) -> Duration {
    unlook(home);
    timed(&mut followup(home, &["tick"]))
}

/// As if nobody had looked at them.
fn unlook(home: &Home) {
    home.sql("UPDATE cases SET wake_at = 0, coming = NULL, coming_at = NULL; PRAGMA wal_checkpoint(TRUNCATE);");
}

/// The peak of resident memory of one tick, in MiB.
fn peak(home: &Home) -> Option<f64> {
    unlook(home);
    let inner = followup(home, &["tick"]);
    let mut command = Command::new("time");
    command.args(["-f", "%M"]).arg(inner.get_program()).args(inner.get_args());
    let output = command.output().ok()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {said}");
    said.lines().last()?.parse::<f64>().ok().map(|kibibytes| kibibytes / 1024.0)
}

fn followup(home: &Home, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_followup"));
    command.arg("--home").arg(home.folder()).args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
    command
}

fn timed(command: &mut Command) -> Duration {
    let started = Instant::now();
    let status = command.status().expect("the program starts");
    let took = started.elapsed();
    assert!(status.success(), "{command:?}");
    took
}

/// Prints a line of figures; gives the median.
fn print_figures(what: &str, times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort();
    let ms = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1000.0);
    let (median, last) = (sorted[sorted.len() / 2], sorted[sorted.len() - 1]);
    println!("{what:<28} min {:>7}  median {:>7}  max {:>7} ms", ms(sorted[0]), ms(median), ms(last));
    median
}

fn verdict(is_kept: bool) -> &'static str {
    if is_kept { "kept" } else { "NOT kept" }
}

//! How the program bears many applications: each command with 10,000 of them, a tick with 10 that are due among
//! 1,000 and among 100,000, and the memory of both. Run it with `cargo bench --bench many`.
//!
//! Commands are measured cold: a new process each time, from its start until its output has been read to the end
//! through a pipe; the files are in the page cache. No daemon runs, so that each command is alone with the database
//! and folds the write-ahead log back into it at its end. Two series that are compared take turns, so that both meet
//! the same weather. The figures depend on the disk of the temporary folder (`TMPDIR`), whose `fsync` is measured
//! beside them. No figure fails the run; a command that does not succeed does.
//!
//! Memory is the peak of resident memory as GNU `time` reports it, which is left out where that is not installed.

#![expect(clippy::print_stdout, reason = "the figures are for people")]
#![expect(clippy::disallowed_methods, reason = "real time is what is measured here")]

#[path = "../tests/support"]
#[allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "shared with the tests")]
mod support {
    pub mod home;
    pub mod mail_server;
}

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use followup::clock::SystemClock;
use followup::config::{self, Places};
use followup::reconcile::tick;
use followup::store::Store;
use followup::world::{RealWorld, Stop, World};
use rusqlite::Connection;
use support::home::Home;
use support::mail_server::MailServer;

/// Runs of each command, and pairs of ticks.
const RUNS: usize = 25;
/// What was asked for of the median of `list`, `show` and `approve` with [`MANY`] applications.
const PROMISED: Duration = Duration::from_millis(30);
const MANY: usize = 10_000;
/// What was asked for of a tick among [`MOST`] applications, in ticks among [`FEW`].
const PROMISED_RATIO: f64 = 1.5;
const FEW: usize = 1_000;
const MOST: usize = 100_000;
/// Two of these wait for a word, the others are planned.
const MAKE_TEN_DUE: &str = "UPDATE applications SET strengths = strengths WHERE id <= 10";

fn main() {
    let server = MailServer::start();
    commands(&server);
    ticks(&server);
}

/// `list`, `show` and `approve`, and what else lists, among [`MANY`].
fn commands(server: &MailServer) {
    let home = filled(server, MANY);
    print_figures("write and fsync of 4 KiB", &fsync(home.folder()));
    let waiting = home.json(&["queue"]);
    let waiting = waiting["applications"].as_array().expect("a list").iter().map(|it| it["id"].to_string());
    let waiting: Vec<String> = waiting.take(RUNS).collect();
    assert_eq!(waiting.len(), RUNS, "enough letters wait");
    let others: [&[&str]; 5] = [&[], &["list", "--json"], &["queue"], &["agenda"], &["show", "company 4712 ltd"]];
    let has_shell = Command::new("sqlite3").arg("--version").output().is_ok();

    let (mut list, mut show, mut approve, mut shell) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for id in &waiting {
        let mut query = Command::new("sqlite3");
        query.arg(database(&home)).arg(format!("SELECT * FROM applications WHERE id = {id}"));
        if has_shell {
            shell.push(timed(query));
        }
        list.push(timed(followup(&home, &["list"])));
        show.push(timed(followup(&home, &["show", id])));
        approve.push(timed(followup(&home, &["approve", id])));
    }
    if has_shell {
        print_figures("sqlite3, one indexed query", &shell);
    } else {
        println!("sqlite3 is not installed, so that nothing stands beside these:");
    }
    for (name, times) in [("list", list), ("show N", show), ("approve N", approve)] {
        let median = print_figures(&format!("followup {name}"), &times);
        println!("  median at most {} ms: {}", PROMISED.as_millis(), verdict(median <= PROMISED));
    }
    // After the promised ones: some of these work hard, and the machine is slower for a while after them.
    for arguments in others {
        let times: Vec<Duration> = (0..RUNS).map(|_| timed(followup(&home, arguments))).collect();
        print_figures(&format!("followup {}", arguments.join(" ")), &times);
    }
    print_memory("followup list", &home, &["list"]);
}

/// The same ten due among [`FEW`] and among [`MOST`].
fn ticks(server: &MailServer) {
    let few = filled(server, FEW);
    let most = filled(server, MOST);
    let (few_database, most_database) = (connect(&few), connect(&most));
    let due = |database: &Connection| database.execute_batch(MAKE_TEN_DUE).expect("ten are made due");
    println!("\n10 due among {FEW} and among {MOST}, in turn");

    let run = |home, database| {
        due(database);
        timed(followup(home, &["tick"]))
    };
    let mut pairs = Vec::new();
    for _ in 0..RUNS {
        pairs.push((run(&few, &few_database), run(&most, &most_database)));
    }
    print_ratio("followup tick", &pairs);

    let (runtime, few_world, most_world) = (runtime(), world(&few), world(&most));
    let run = |world: &RealWorld<SystemClock>, database| {
        due(database);
        let started = Instant::now();
        let looked = runtime.block_on(tick(world)).expect("the store works");
        let took = started.elapsed();
        assert_eq!(looked.due, 10, "only what was made due is looked at");
        took
    };
    let mut pairs = Vec::new();
    for _ in 0..RUNS {
        pairs.push((run(&few_world, &few_database), run(&most_world, &most_database)));
    }
    print_ratio("a tick of a running daemon", &pairs);
    for (home, database, count) in [(&few, &few_database, FEW), (&most, &most_database, MOST)] {
        due(database);
        print_memory(&format!("followup tick among {count}"), home, &["tick"]);
    }
}

/// A home with `count` applications as a daemon leaves it, with nothing due. Of each hundred, 3 have a letter that
/// waits (but never more than 300 in all), two had their letter sent, 25 are answered or closed after it was sent,
/// and all others are planned within half a year. Each has its history in the journal.
fn filled(server: &MailServer, count: usize) -> Home {
    let home = Home::new(server);
    home.must(&["list"]);
    let started = Instant::now();
    home.sql(&many(count));
    let inserted = started.elapsed();
    let started = Instant::now();
    home.must(&["tick"]);
    let first = started.elapsed();
    // What was asked for is told now; the next ticks put that by.
    let looked_at = || home.json(&["tick"])["due"].as_u64();
    while looked_at() != Some(0) {}
    println!(
        "\n{count} applications: written in {:.1} s by one transaction, brought to rest in {:.1} s by one tick",
        inserted.as_secs_f64(),
        first.as_secs_f64()
    );
    home
}

fn many(count: usize) -> String {
    format!(
        r#"
        BEGIN IMMEDIATE;
        WITH RECURSIVE number(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM number WHERE id < {count})
        INSERT INTO applications (id, company, position, contact_name, contact_email, timezone, strengths, status, outcome)
            SELECT id, 'Company ' || id || ' ' || ('["Ltd", "GmbH", "SARL", "Inc."]' ->> (id % 4)),
                   '["Analyst", "Senior Accountant", "Software Engineer (m/f/x)", "Nurse"]' ->> (id / 3 % 4),
                   'Jane Doe', 'jane.doe@company-' || id || '.example',
                   '["Europe/Berlin", "America/New_York", "Asia/Tokyo", null, "Australia/Sydney", "Europe/London"]' ->> (id % 6),
                   'seven years of reporting', iif(id % 100 BETWEEN 85 AND 97, 'closed', 'open'),
                   iif(id % 100 BETWEEN 73 AND 84, 'rejected', NULL)
            FROM number;
        INSERT INTO interviews (application_id, held_on, round, promised_on)
            SELECT id, date('now', '-16 days'), 2, date('now', '-13 days') FROM applications
                WHERE id % 100 < 3 AND id <= 10000
            UNION ALL SELECT id, date('now', '-3 days'), 2, date('now', (1 + id % 180) || ' days') FROM applications
                WHERE id % 100 < 73 AND NOT (id % 100 < 3 AND id <= 10000)
            UNION ALL SELECT id, date('now', '-60 days'), 2, date('now', '-50 days') FROM applications
                WHERE id % 100 >= 73
            UNION ALL SELECT id, date('now', '-70 days'), 1, NULL FROM applications WHERE id % 4 = 0;
        INSERT INTO followups (application_id, kind, rule, anchor_interview, anchor_held_on, anchor_promised_on, opens,
                closes, phase, recipient_name, recipient_email, subject, body, digest, composed_digest, ended_at, ended_by)
            SELECT a.id, 'email', 'promise', i.id, i.held_on, i.promised_on, unixepoch('now', '-43 days') * 1000,
                   unixepoch('now', '-29 days') * 1000, 'sent', contact_name, contact_email, position || ' position',
                   'Dear Jane Doe,' || char(10), lower(hex(randomblob(32))), lower(hex(randomblob(32))),
                   unixepoch('now', '-40 days') * 1000, '250 OK'
            FROM interviews i JOIN applications a ON a.id = i.application_id WHERE a.id % 100 >= 73 AND round = 2;
        INSERT INTO claims (followup_id, employer, at)
            SELECT f.id, lower(company), ended_at FROM followups f JOIN applications a ON a.id = application_id;
        INSERT INTO journal (at, who, application_id, what)
            SELECT unixepoch('now', (-50 + value) || ' days') * 1000, 'daemon', a.id, 'told'
            FROM json_each('[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]'), applications a ORDER BY value, a.id;
        COMMIT;"#
    )
}

fn database(home: &Home) -> std::path::PathBuf {
    home.folder().join("followup.db")
}

fn connect(home: &Home) -> Connection {
    Connection::open(database(home)).expect("the database is there")
}

/// What a daemon in `home` works with.
fn world(home: &Home) -> RealWorld<SystemClock> {
    let config = config::load(&Places::sealed(home.folder()), &[]).expect("the settings are right");
    let store = Store::open(&database(home)).expect("the database is there");
    World::real(store, config, SystemClock, Stop::switch().1).expect("the database can be written")
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn followup(home: &Home, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_followup"));
    command.arg("--home").arg(home.folder()).args(arguments);
    command
}

/// From the start of the process until its output has been read to the end, and forgotten: what keeps it is not
/// measured.
fn timed(mut command: Command) -> Duration {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut piece = vec![0; 64 * 1024];
    let mut said = 0;
    let started = Instant::now();
    let mut child = command.spawn().expect("the program starts");
    let mut output = child.stdout.take().expect("a pipe");
    loop {
        match output.read(&mut piece).expect("the pipe can be read") {
            0 => break,
            length => said += length,
        }
    }
    let status = child.wait().expect("it ends");
    let took = started.elapsed();
    assert!(status.success() && said > 0, "{command:?}");
    took
}

/// Prints the peak of the resident memory of one command.
fn print_memory(what: &str, home: &Home, arguments: &[&str]) {
    let inner = followup(home, arguments);
    let mut command = Command::new("time");
    command.args(["-f", "%M"]).arg(inner.get_program()).args(inner.get_args());
    let Ok(output) = command.output() else { return println!("{what:<36} no memory known: GNU time is not installed") };
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let kibibytes: f64 = said.lines().last().and_then(|last| last.parse().ok()).expect("time says how much");
    assert!(output.status.success(), "{command:?}: {said}");
    println!("{what:<36} at most {:.1} MiB resident", kibibytes / 1024.0);
}

/// How long the disk takes to keep 4 KiB for good.
fn fsync(folder: &Path) -> Vec<Duration> {
    let mut file = File::create(folder.join("fsync")).expect("the folder can be written in");
    let mut once = || {
        let started = Instant::now();
        file.write_all(&[b'x'; 4096]).and_then(|()| file.sync_all()).expect("the disk takes 4 KiB");
        started.elapsed()
    };
    (0..RUNS).map(|_| once()).collect()
}

/// Prints a line of figures; gives the median.
fn print_figures(what: &str, times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort();
    let ms = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1000.0);
    let (median, last) = (sorted[sorted.len() / 2], sorted[sorted.len() - 1]);
    println!("{what:<36} min {:>6}  median {:>6}  max {:>6} ms", ms(sorted[0]), ms(median), ms(last));
    median
}

/// Prints both series, and the median of how many times as long the second of each pair took.
fn print_ratio(what: &str, pairs: &[(Duration, Duration)]) {
    let (few, most): (Vec<_>, Vec<_>) = pairs.iter().copied().unzip();
    print_figures(&format!("{what} among {FEW}"), &few);
    print_figures(&format!("{what} among {MOST}"), &most);
    let mut ratios: Vec<f64> = pairs.iter().map(|(few, most)| most.as_secs_f64() / few.as_secs_f64()).collect();
    ratios.sort_by(f64::total_cmp);
    let median = ratios[ratios.len() / 2];
    println!("  {median:.2} times as long, at most {PROMISED_RATIO}: {}", verdict(median <= PROMISED_RATIO));
}

fn verdict(is_kept: bool) -> &'static str {
    if is_kept { "kept" } else { "NOT kept" }
}

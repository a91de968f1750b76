//! How many letters a second go, each claimed on disk before `MAIL` and recorded on disk after its 250, and what
//! bounds it. Run it with `cargo bench --bench letters`.
//!
//! 200 letters to 200 people are approved once; each run sends them from a copy of that home by one `followup tick`,
//! over one connection to a server that answers at once. What is measured is the time from the first `MAIL` to the last
//! 250, by the server. Three series take turns, so that all meet the same weather: on the disk of the temporary
//! folder (`TMPDIR`); in memory (`/dev/shm`), where nothing has to be waited for until it is on disk; and the same
//! messages by the same client without any database. The differences between them are what durability costs, what
//! planning and SQLite cost, and what SMTP costs. No figure fails the run; a letter that does not arrive does.

#![expect(clippy::print_stdout, reason = "the figures are for people")]
#![expect(clippy::disallowed_methods, reason = "real time is what is measured here")]

#[path = "../tests/support"]
#[allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "shared with the tests")]
mod support {
    pub mod home;
    pub mod mail_server;
}

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use followup::config::{self, Places};
use followup::core::delivery::{Mailer, Outcome, Session, Submission};
use followup::world::mailer;
use support::home::{Home, ME};
use support::mail_server::{Kind, MailServer, Received};
use tempfile::TempDir;

const LETTERS: usize = 200;
/// Runs of each series.
const RUNS: usize = 7;
/// What is in memory and looks like a disk.
const IN_MEMORY: &str = "/dev/shm";
/// What the claim of a letter appends to the write-ahead log before it is synced, by `strace`: about twelve pages.
const CLAIM: usize = 12 * 4096;

fn main() {
    let server = MailServer::start();
    let home = approved(&server);
    let in_memory = Path::new(IN_MEMORY).is_dir();

    let (mut on_disk, mut memory, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    let (mut small, mut large) = (Vec::new(), Vec::new());
    let mut steps = 0;
    println!("load of the machine: {}", load());
    for _ in 0..RUNS {
        small.extend(fsync(home.folder(), 4096));
        large.extend(fsync(home.folder(), CLAIM));
        let before = server.accepted().len();
        let used = steps_of_children();
        on_disk.push(span(&server, || tick(followup(copy(&home, &TempDir::new().expect("a folder"))))));
        steps += steps_of_children() - used;
        let sent = submissions(&server.accepted()[before..]);
        if in_memory {
            let folder = TempDir::new_in(IN_MEMORY).expect("memory can be written in");
            memory.push(span(&server, || tick(followup(copy(&home, &folder)))));
        }
        bare.push(span(&server, || send_plainly(&home, &sent)));
    }

    println!("{LETTERS} letters, {RUNS} runs of each, from the first MAIL to the last 250");
    print_figures("write and fsync of 4 KiB", &small);
    print_figures("write and fsync of 48 KiB", &large);
    // Many of them are waited for one after another, so that their sum counts, and with it the slow ones.
    let fsync = large.iter().sum::<Duration>() / large.len() as u32;
    let full = print_figures("on disk, all of them", &on_disk);
    let bare = print_figures("without a database", &bare);
    let share = |time: Duration| format!("{:>4.0} %", time.as_secs_f64() / full.as_secs_f64() * 100.0);
    println!("{:.0} letters a second, {:.2} ms each, of which", LETTERS as f64 / full.as_secs_f64(), each(full));
    if in_memory {
        let memory = print_figures("in memory", &memory);
        let (durability, planning) = (full.saturating_sub(memory), memory.saturating_sub(bare));
        println!("  {:.2} ms {} waiting for the disk: on disk, less in memory", each(durability), share(durability));
        println!("  {:.2} ms {} planning and SQLite: in memory, less without", each(planning), share(planning));
    } else {
        let both = full.saturating_sub(bare);
        println!("  {:.2} ms {} disk, planning and SQLite: {IN_MEMORY} is not there", each(both), share(both));
    }
    println!("  {:.2} ms {} SMTP: the client and the server", each(bare), share(bare));
    let busy = steps as f64 * 10.0 / (LETTERS * RUNS) as f64;
    println!("{busy:.2} ms of processor time a letter; the rest is waiting, on a busy machine for a processor too");
    println!("load of the machine: {}", load());
    print_syncs(&server, &home, fsync);
}

/// A home in which all letters were approved, and nothing was sent.
fn approved(server: &MailServer) -> Home {
    let home = Home::new(server);
    home.set("sending.per_day", 0);
    home.must(&["list"]);
    home.sql(&format!(
        "BEGIN IMMEDIATE;
         WITH RECURSIVE number(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM number WHERE id < {LETTERS})
         INSERT INTO applications (id, company, position, contact_name, contact_email)
             SELECT id, 'Company ' || id, 'Analyst', 'Jane Doe', 'jane@company-' || id || '.example' FROM number;
         INSERT INTO interviews (application_id, held_on, round, promised_on)
             SELECT id, date('now', '-16 days'), 2, date('now', '-13 days') FROM applications;
         COMMIT;"
    ));
    // Asks for all of them in one mail, so that they have been shown.
    home.must(&["tick"]);
    let approved = home.json(&["approve", "--all"]);
    assert_eq!(approved["applications"].as_array().map(Vec::len), Some(LETTERS), "each has been shown");
    home
}

/// Copies `home` into `folder`, where it can be used up. No program has it open, so that the two files are all of it.
fn copy<'a>(home: &Home, folder: &'a TempDir) -> &'a Path {
    for name in ["followup.toml", "followup.db"] {
        std::fs::copy(home.folder().join(name), folder.path().join(name)).expect("a copy");
    }
    // Not measured, but it would be waited for by the first who syncs anything.
    File::open(folder.path().join("followup.db")).and_then(|file| file.sync_all()).expect("the copy is kept");
    folder.path()
}

fn followup(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_followup"));
    command.arg("--home").arg(home).args(["--json", "tick"]);
    command
}

/// Runs a tick, which sends everything.
fn tick(mut command: Command) {
    let output = command.stdin(Stdio::null()).stderr(Stdio::piped()).output().expect("the program starts");
    let said = String::from_utf8_lossy(&output.stdout);
    let looked: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(looked["sent"], LETTERS, "{said}{}", String::from_utf8_lossy(&output.stderr));
}

/// The same letters over one connection, one after another, and nothing besides.
fn send_plainly(home: &Home, letters: &[Submission]) {
    let config = config::load(&Places::sealed(home.folder()), &[]).expect("the settings are right");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut session = mailer(&config).open().await.expect("the server is there");
        for letter in letters {
            let outcome = session.submit(letter, &|| true).await;
            assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
        }
        session.close().await;
    });
}

/// The letters among what the server took, as they can be sent once more.
fn submissions(taken: &[Received]) -> Vec<Submission> {
    let letters = taken.iter().filter(|it| it.recipients[0] != ME);
    let again = |letter: &Received| Submission {
        from: letter.from.clone(),
        to: letter.recipients[0].clone(),
        copy: letter.recipients.get(1).cloned(),
        message: letter.data.strip_suffix(b"\r\n").unwrap_or(&letter.data).to_vec(),
    };
    let again: Vec<Submission> = letters.map(again).collect();
    assert_eq!(again.len(), LETTERS, "each letter went once");
    again
}

/// From the first `MAIL` to the last 250 that the server sees while `send` runs, by its own clock.
fn span(server: &MailServer, send: impl FnOnce()) -> Duration {
    let before = server.log().len();
    send();
    let log = server.log().split_off(before);
    let is = |kind: Kind, start: &'static str| move |line: &&_| is_line(line, kind, start);
    let first = log.iter().find(is(Kind::Command, "MAIL")).expect("a letter began");
    let last = log.iter().rfind(is(Kind::Reply, "250 2.0.0 taken")).expect("a letter was taken");
    let connections = log.iter().filter(|line| line.kind == Kind::Connection && line.text == "opened").count();
    assert_eq!(connections, 1, "one connection served all");
    last.at.duration_since(first.at).expect("the clock was not set back")
}

fn is_line(line: &support::mail_server::Line, kind: Kind, start: &str) -> bool {
    line.kind == kind && line.text.starts_with(start)
}

/// How many wanted a processor lately, on average of 1, 5 and 15 minutes.
fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// Processor time of all programs that were started here and have ended, in steps of 10 ms.
fn steps_of_children() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let (_, fields) = stat.rsplit_once(')').expect("the name is in brackets");
    // cutime and cstime are the 16th and the 17th, and two are before the bracket's end.
    fields.split_whitespace().skip(13).take(2).map(|steps| steps.parse::<u64>().expect("a number")).sum()
}

/// How often one run waits for the disk, by `strace`, and how long that should take.
fn print_syncs(server: &MailServer, home: &Home, fsync: Duration) {
    let folder = TempDir::new().expect("a folder");
    let counts = folder.path().join("strace");
    let inner = followup(copy(home, &folder));
    let mut command = Command::new("strace");
    command.args(["-f", "-c", "-e", "trace=fsync,fdatasync", "-o"]).arg(&counts);
    command.arg(inner.get_program()).args(inner.get_args());
    let per_letter = if Command::new("strace").arg("-V").output().is_ok() {
        let traced = span(server, || tick(command));
        let table = std::fs::read_to_string(&counts).expect("strace says how often");
        let mut all = 0;
        for call in ["fsync", "fdatasync"] {
            let calls = calls(&table, call);
            println!("{calls} {call} in the whole run, by strace (which made it {:.1} s)", traced.as_secs_f64());
            all += calls;
        }
        all as f64 / LETTERS as f64
    } else {
        println!("strace is not installed; by the store's code, the claim and the record sync the log once each");
        2.0
    };
    let expected = fsync.as_secs_f64() * 1000.0 * per_letter;
    println!(
        "{per_letter:.2} syncs a letter, each {:.2} ms if it is as the mean one of 48 KiB: {expected:.2} ms",
        fsync.as_secs_f64() * 1000.0
    );
}

/// How often `call` was made, by the table of `strace -c`: the fourth column.
fn calls(table: &str, call: &str) -> usize {
    let row = table.lines().find(|line| line.split_whitespace().next_back() == Some(call));
    row.and_then(|row| row.split_whitespace().nth(3)?.parse().ok()).unwrap_or(0)
}

/// How long the disk takes to keep so many bytes for good.
fn fsync(folder: &Path, bytes: usize) -> Vec<Duration> {
    let mut file = File::create(folder.join("fsync")).expect("the folder can be written in");
    let text = vec![b'x'; bytes];
    let mut once = || {
        let started = Instant::now();
        file.write_all(&text).and_then(|()| file.sync_all()).expect("the disk takes it");
        started.elapsed()
    };
    (0..LETTERS / 4).map(|_| once()).collect()
}

/// Milliseconds of one letter.
fn each(all: Duration) -> f64 {
    all.as_secs_f64() * 1000.0 / LETTERS as f64
}

/// Prints a line of figures; gives the median.
fn print_figures(what: &str, times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort();
    let ms = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1000.0);
    let (median, last) = (sorted[sorted.len() / 2], sorted[sorted.len() - 1]);
    println!("{what:<26} min {:>7}  median {:>7}  max {:>7} ms", ms(sorted[0]), ms(median), ms(last));
    median
}

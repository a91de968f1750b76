//! What the daemon costs while there is nothing to do: its memory, its processor time and what wakes it, over a
//! minute. Run it with `cargo bench --bench idle`.
//!
//! Three daemons live through the same minute: one with an empty database, one with 1,000 applications of which
//! none is due, and one more of these that also logs (`-v`) what wakes its loop. Counting thus burdens only the one that
//! counts, and what it costs is the difference between the last two. No figure fails the run; a daemon that does
//! something, or does not end as it should, does.
//!
//! Processor time is the kernel's own, in nanoseconds, of each thread (`/proc/PID/task/*/schedstat`), looked at once a
//! second: a thread that ends is missing only what it took to end. Beside it stands the kernel's count for the
//! whole process, which forgets nobody but goes in steps of 10 ms.

#![expect(clippy::print_stdout, reason = "the figures are for people")]
#![expect(clippy::disallowed_methods, reason = "real time is what is measured here")]

#[path = "../tests/support"]
#[allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "shared with the tests")]
mod support {
    pub mod home;
    pub mod mail_server;
}

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use support::home::{Home, Process};
use support::mail_server::MailServer;

/// How long the daemons are looked at.
const MEASURED: Duration = Duration::from_secs(60);
/// How long they are left alone before: what the start needed is given back after 10 seconds without use.
const SETTLED: Duration = Duration::from_secs(20);
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);
/// What was asked for of the resident memory, in MiB.
const PROMISED_MEMORY: f64 = 20.0;
/// What was asked for of the processor time, in percent of one core.
const PROMISED_SHARE: f64 = 0.1;
const APPLICATIONS: usize = 1_000;
/// How often tokio-cron-scheduler looks at its jobs, by its source; nobody can choose it.
const SCHEDULER_LOOKS: Duration = Duration::from_millis(500);
/// tokio's timer sleeps until it is within 64 ms of the end, and then until the end.
const TIMER_WAKES: u64 = 2;
/// What the daemon says when its loop wakes.
const WOKEN: &str = "woken cause=";

fn main() {
    let server = MailServer::start();
    let empty = home(&server, 0);
    let (filled, counted) = (home(&server, APPLICATIONS), home(&server, APPLICATIONS));
    let name = format!("{APPLICATIONS} applications, none due");
    let subjects = [
        Subject::start("an empty database".to_owned(), empty.daemon()),
        Subject::start(name.clone(), filled.daemon()),
        Subject::start(format!("{name}, with -v"), counted.start(&["-v", "daemon"])),
    ];
    thread::sleep(SETTLED);

    let before = subjects.each_ref().map(|it| it.process.said().len());
    let mut watched = subjects.each_ref().map(|it| Watched::begin(it.process.id()));
    let started = Instant::now();
    while started.elapsed() < MEASURED {
        thread::sleep(BETWEEN_LOOKS);
        watched.iter_mut().for_each(Watched::look);
    }
    let took = started.elapsed();
    let said: Vec<String> = subjects.iter().zip(before).map(|(it, old)| it.process.said()[old..].to_owned()).collect();

    println!("idle for {:.1} s", took.as_secs_f64());
    for (subject, watched) in subjects.iter().zip(&watched) {
        print_costs(&subject.name, watched, took);
    }
    print_causes(&said[2], &watched[2], took);
    assert_eq!(said[..2].concat(), "", "a daemon with nothing to do says nothing");
    let is_a_look = |line: &str| line.contains(WOKEN) || line.contains("looked due=0 sent=0 told=0");
    assert!(said[2].lines().all(is_a_look), "nor does it do anything:\n{}", said[2]);
    assert_eq!(server.accepted().len(), 0, "nothing is sent\n{}", server.transcript());
    for Subject { name, process } in &subjects {
        process.terminate();
        assert!(process.wait_for_end().success(), "{name}: the daemon ends as it should");
    }
}

/// A home with `count` applications, each planned for a day at least a month from now, and at rest.
fn home(server: &MailServer, count: usize) -> Home {
    let home = Home::new(server);
    home.must(&["list"]);
    home.sql(&format!(
        "BEGIN IMMEDIATE;
         WITH RECURSIVE number(id) AS (SELECT 1 WHERE {count} > 0 UNION ALL SELECT id + 1 FROM number WHERE id < {count})
         INSERT INTO applications (id, company, position, contact_name, contact_email, timezone, strengths)
             SELECT id, 'Company ' || id, 'Analyst', 'Jane Doe', 'jane@company-' || id || '.example',
                    '[\"Europe/Berlin\", \"America/New_York\", \"Asia/Tokyo\", null]' ->> (id % 4),
                    'seven years of reporting'
             FROM number;
         INSERT INTO interviews (application_id, held_on, round, promised_on)
             SELECT id, date('now', '-3 days'), 2, date('now', (30 + id % 150) || ' days') FROM applications;
         COMMIT;"
    ));
    home.must(&["tick"]);
    assert_eq!(home.json(&["tick"])["due"], 0, "nothing is due");
    home
}

/// A daemon that is looked at.
struct Subject {
    name: String,
    process: Process,
}

impl Subject {
    fn start(name: String, process: Process) -> Self {
        process.wait_for_words("watching");
        Self { name, process }
    }
}

/// What a thread has used, from the beginning of the measurement on.
#[derive(Debug, Default, Clone, Copy)]
struct Used {
    nanoseconds: u64,
    /// How often it went to sleep, and so was woken.
    sleeps: u64,
    /// How often others were let in before it, which is the machine's business.
    interruptions: u64,
}

/// A thread: its name, what it had used when it was first seen, and last.
#[derive(Debug)]
struct Thread {
    name: String,
    first: Used,
    last: Used,
}

/// What the kernel says of a process while it is looked at.
struct Watched {
    id: u32,
    threads: BTreeMap<String, Thread>,
    /// Processor time of the whole process at the beginning, in steps of 10 ms.
    first_steps: u64,
    last_steps: u64,
    /// The most memory of each kind that it held, in KiB.
    memory: BTreeMap<&'static str, u64>,
}

impl Watched {
    fn begin(id: u32) -> Self {
        let first_steps = steps(id);
        let mut begun = Self { id, threads: BTreeMap::new(), first_steps, last_steps: 0, memory: BTreeMap::new() };
        begun.look();
        for thread in begun.threads.values_mut() {
            thread.first = thread.last;
        }
        begun
    }

    fn look(&mut self) {
        let id = self.id;
        self.last_steps = steps(id);
        let status = read(&format!("/proc/{id}/status")).expect("the daemon lives");
        for kind in ["VmRSS", "RssAnon", "RssFile"] {
            let most = self.memory.entry(kind).or_default();
            *most = field(&status, kind).max(*most);
        }
        for entry in std::fs::read_dir(format!("/proc/{id}/task")).expect("it has threads") {
            let thread = entry.expect("a thread").file_name().to_string_lossy().into_owned();
            let file = |name: &str| read(&format!("/proc/{id}/task/{thread}/{name}"));
            // One that ends just now has been looked at before.
            let (Some(name), Some(times), Some(status)) = (file("comm"), file("schedstat"), file("status")) else {
                continue;
            };
            let nanoseconds = times.split(' ').next().and_then(|first| first.parse().ok());
            let used = Used {
                nanoseconds: nanoseconds.expect("schedstat begins with the time on a processor"),
                sleeps: field(&status, "voluntary_ctxt_switches"),
                interruptions: field(&status, "nonvoluntary_ctxt_switches"),
            };
            let new = || Thread { name: name.trim_end().to_owned(), first: Used::default(), last: used };
            self.threads.entry(thread).or_insert_with(new).last = used;
        }
    }

    /// What the threads of each name used, and how many of them there were.
    fn by_name(&self) -> BTreeMap<&str, (usize, Used)> {
        let mut names = BTreeMap::<&str, (usize, Used)>::new();
        for Thread { name, first, last } in self.threads.values() {
            let (count, used) = names.entry(name).or_default();
            *count += 1;
            used.nanoseconds += last.nanoseconds - first.nanoseconds;
            used.sleeps += last.sleeps - first.sleeps;
            used.interruptions += last.interruptions - first.interruptions;
        }
        names
    }
}

/// Processor time of a process, with that of its threads that have ended, in steps of 10 ms.
fn steps(id: u32) -> u64 {
    let stat = read(&format!("/proc/{id}/stat")).expect("the daemon lives");
    let (_, fields) = stat.rsplit_once(')').expect("the name is in brackets");
    // utime and stime are the 14th and the 15th, and two are before the bracket's end.
    fields.split_whitespace().skip(11).take(2).map(|steps| steps.parse::<u64>().expect("a number")).sum()
}

fn read(path: &str) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

fn field(status: &str, name: &str) -> u64 {
    let value = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')?.split_whitespace().next());
    value.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no {name} in {status}"))
}

/// Prints memory, processor time, and what each kind of thread had of it.
fn print_costs(name: &str, watched: &Watched, took: Duration) {
    let mib = |kind: &str| watched.memory[kind] as f64 / 1024.0;
    println!("\n{name}");
    println!(
        "  {:.1} MiB resident (VmRSS): {:.1} of its own (RssAnon), {:.1} of files",
        mib("VmRSS"),
        mib("RssAnon"),
        mib("RssFile")
    );
    println!("    at most {PROMISED_MEMORY} MiB: {}", verdict(mib("VmRSS") <= PROMISED_MEMORY));
    let by_name = watched.by_name();
    let used: u64 = by_name.values().map(|(_, used)| used.nanoseconds).sum();
    let share = used as f64 / took.as_nanos() as f64 * 100.0;
    let steps = (watched.last_steps - watched.first_steps) * 10;
    println!(
        "  {share:.4} % of one core: {:.2} ms in {:.1} s ({steps} ms in steps of 10)",
        used as f64 / 1e6,
        took.as_secs_f64()
    );
    println!("    at most {PROMISED_SHARE} %: {}", verdict(share <= PROMISED_SHARE));
    println!("  {:<18} {:>7} {:>10} {:>10} {:>14}", "thread", "seen", "ms", "woken", "interrupted");
    for (name, (count, used)) in by_name {
        let ms = used.nanoseconds as f64 / 1e6;
        println!("  {name:<18} {count:>7} {ms:>10.2} {:>10} {:>14}", used.sleeps, used.interruptions);
    }
}

/// Prints what woke the loop, by what the daemon said, and what else woke its thread.
fn print_causes(said: &str, watched: &Watched, took: Duration) {
    let mut causes = BTreeMap::<&str, u64>::new();
    for line in said.lines().filter_map(|line| line.split_once(WOKEN)) {
        *causes.entry(line.1.trim_matches('"')).or_default() += 1;
    }
    println!("\nwhat woke the loop of the daemon with -v, by its log");
    for (cause, times) in &causes {
        println!("  {times:>5} {cause}");
    }
    let looks: u64 = causes.values().sum();
    assert!(looks > 0, "a minute wakes it");
    let polls = (took.as_secs_f64() / SCHEDULER_LOOKS.as_secs_f64()) as u64 * TIMER_WAKES;
    let sleeps = watched.by_name().get("followup").map_or(0, |(_, used)| used.sleeps);
    println!("what woke its thread: {sleeps}");
    println!(
        "  {polls:>5} the scheduler, by its source: every {} ms, {TIMER_WAKES} for each",
        SCHEDULER_LOOKS.as_millis()
    );
    println!("  {looks:>5} the loop, as above");
    println!("  {:>5} the rest: answers from the threads that read the database", sleeps.saturating_sub(polls + looks));
}

fn verdict(is_kept: bool) -> &'static str {
    if is_kept { "kept" } else { "NOT kept" }
}

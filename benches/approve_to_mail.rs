//! How soon a letter goes: from `followup approve` returning to `MAIL FROM` at the server, with the real program
//! as daemon and as command. Run it with `cargo bench --bench approve_to_mail`.
//!
//! The grace period is 0 and every hour is an office hour, so that nothing but the program is measured. The
//! figures depend on the disk of the temporary folder (`TMPDIR`), whose `fsync` is measured beside them. No
//! figure fails the run; a letter that does not arrive does.

#![expect(clippy::print_stdout, reason = "the figures are for people")]
#![expect(clippy::disallowed_methods, reason = "real time is what is measured here")]

#[path = "../tests/support"]
#[allow(dead_code, unreachable_pub, clippy::unwrap_used, reason = "shared with the tests")]
mod support {
    pub mod home;
    pub mod mail_server;
}

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use support::home::{DEADLINE, Home};
use support::mail_server::{MailServer, Point};

/// Letters of each series.
const LETTERS: usize = 50;
/// What was asked for of the median.
const PROMISED: Duration = Duration::from_millis(100);
/// How long the letter is looked at before it is approved: right away, while the daemon may still look around
/// after the last change of the database, and when it has long been at rest.
const LOOKS: [Duration; 3] = [Duration::ZERO, Duration::from_millis(500), Duration::from_millis(2000)];

/// When `MAIL FROM` of a letter arrived, by its recipient.
type Arrivals = Arc<Mutex<HashMap<String, Instant>>>;

fn main() {
    let server = MailServer::start();
    let arrivals = watch(&server);
    let home = Home::new(&server);
    home.set("sending.per_day", 0);
    home.must(&["list"]);
    home.sql(&applications(LOOKS.len() * LETTERS));
    println!("fsync of 4 KiB in {}", home.folder().display());
    print_figures("write and fsync", &fsync(home.folder()));

    let daemon = home.daemon();
    assert!(server.wait_for_accepted(1, DEADLINE), "the person is asked\n{}", server.transcript());

    for (series, look) in LOOKS.into_iter().enumerate() {
        println!("\n{LETTERS} letters, each approved {} ms after it was shown", look.as_millis());
        let first = series * LETTERS + 1;
        run(&home, &server, &arrivals, first..first + LETTERS, look);
    }
    daemon.terminate();
    assert!(daemon.wait_for_end().success(), "the daemon ends as it should");
}

/// Has each letter shown, looks at it for so long, and approves it; prints what was measured.
fn run(home: &Home, server: &MailServer, arrivals: &Arrivals, ids: impl Iterator<Item = usize>, look: Duration) {
    let (mut from_return, mut from_start) = (Vec::new(), Vec::new());
    for id in ids {
        let (number, recipient) = (id.to_string(), recipient(id));
        home.must(&["draft", &number]);
        thread::sleep(look);
        let started = Instant::now();
        home.must(&["approve", &number]);
        let returned = Instant::now();
        let is_sent = server.wait_until(|seen| seen.acceptances_for(&recipient) > 0, DEADLINE);
        assert!(is_sent, "letter {id} arrives\n{}", server.transcript());
        let arrived = arrivals.lock().expect("no hook panics")[&recipient];
        from_return.push(arrived.saturating_duration_since(returned));
        from_start.push(arrived - started);
    }
    let early = from_return.iter().filter(|time| time.is_zero()).count();
    let median = print_figures("from its return to MAIL FROM", &from_return);
    print_figures("from its start to MAIL FROM", &from_start);
    println!("{early} times MAIL FROM came before `approve` had returned; these count as 0");
    let verdict = if median <= PROMISED { "kept" } else { "NOT kept" };
    println!("median at most {} ms after `approve` returns: {verdict}", PROMISED.as_millis());
}

/// Takes down when `MAIL FROM` arrives, and for whom once `RCPT` tells.
fn watch(server: &MailServer) -> Arrivals {
    let arrivals = Arrivals::default();
    let last = Arc::new(Mutex::new(HashMap::new()));
    server.at(Point::Mail, {
        let last = Arc::clone(&last);
        move |transaction| {
            last.lock().expect("no hook panics").insert(transaction.connection, Instant::now());
        }
    });
    server.at(Point::Rcpt, {
        let arrivals = Arc::clone(&arrivals);
        move |transaction| {
            let at = last.lock().expect("no hook panics")[&transaction.connection];
            let mut arrivals = arrivals.lock().expect("no hook panics");
            arrivals.extend(transaction.recipients.last().map(|recipient| (recipient.clone(), at)));
        }
    });
    arrivals
}

fn recipient(id: usize) -> String {
    format!("jane@company-{id}.example")
}

/// Applications from 1 to `count`, each at another company, whose letters are due today, whatever the day.
fn applications(count: usize) -> String {
    let insert = |id| {
        let address = recipient(id);
        format!(
            "INSERT INTO applications (id, company, position, contact_name, contact_email)
                 VALUES ({id}, 'Company {id}', 'Analyst', 'Jane Doe', '{address}');
             INSERT INTO interviews (application_id, held_on, round, promised_on)
                 VALUES ({id}, date('now', '-16 days'), 2, date('now', '-13 days'));"
        )
    };
    format!("BEGIN IMMEDIATE; {} COMMIT;", (1..=count).map(insert).collect::<String>())
}

/// How long the disk takes to keep 4 KiB for good, as often as there are letters.
fn fsync(folder: &Path) -> Vec<Duration> {
    let mut file = File::create(folder.join("fsync")).expect("the folder can be written in");
    let mut once = || {
        let started = Instant::now();
        file.write_all(&[b'x'; 4096]).and_then(|()| file.sync_all()).expect("the disk takes 4 KiB");
        started.elapsed()
    };
    (0..LETTERS).map(|_| once()).collect()
}

/// Prints a line of figures; gives the median.
fn print_figures(what: &str, times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort();
    let share = |percent: usize| sorted[(sorted.len() * percent).div_ceil(100).max(1) - 1];
    let ms = |percent| format!("{:.1}", share(percent).as_secs_f64() * 1000.0);
    println!("{what:<30} min {:>6}  median {:>6}  p95 {:>6}  max {:>6} ms", ms(0), ms(50), ms(95), ms(100));
    share(50)
}

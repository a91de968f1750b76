//! A home of its own for the real, unchanged program, and the program run in it: no setting, variable or clock
//! of the machine that runs the tests is meant to matter.

use std::ffi::{OsStr, OsString};
use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::mail_server::MailServer;

/// Longer than anything here takes: a test that gets this far has failed.
pub const DEADLINE: Duration = Duration::from_secs(20);
/// The person whose home it is. Asks and copies go to this address.
pub const ME: &str = "ada@home.example";

/// A folder with settings that send to the test's mail server at any hour of any day, at once after approval. There is
/// no daily digest, so that every mail to the person is an ask, a reminder or news.
#[derive(Debug)]
pub struct Home {
    folder: TempDir,
}

/// What one run of the program left behind.
#[derive(Debug)]
pub struct Ran {
    /// The exit code.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Home {
    pub fn new(server: &MailServer) -> Self {
        Self::at_port(server.port())
    }

    /// Sends to this port of 127.0.0.1.
    pub fn at_port(port: u16) -> Self {
        let home = Self { folder: TempDir::new().unwrap() };
        home.write_settings(&format!(
            "[me]\nname = 'Ada Byron'\nemail = '{ME}'\ntimezone = 'UTC'\n\
             [smtp]\nhost = '127.0.0.1'\nport = {port}\ntls = 'none'\n\
             [sending]\nhours = '00:00-24:00'\ndays = 'all'\ngrace = '0s'\nper_employer = 0\n\
             [ask]\ndigest_at = ''\n"
        ));
        home
    }

    /// As [`Home::new`], with [letters alone](Home::of_letters_alone).
    pub fn with_letters_alone(server: &MailServer) -> Self {
        Self::new(server).of_letters_alone()
    }

    /// Its applications follow a strategy of one step each, the first letter: for what is about a letter, and not about
    /// the course of several steps.
    pub fn of_letters_alone(self) -> Self {
        let settings = std::fs::read_to_string(self.folder().join("followup.toml")).unwrap();
        let steps = [
            ("promise", "5 business days", "15 business days"),
            ("second-interview", "14 days", "21 days"),
            ("first-interview", "7 business days", "15 business days"),
        ];
        let step = |(rule, opens, closes): (&str, &str, &str)| {
            format!("[[strategy.letter]]\nrule = '{rule}'\nopens = '{opens}'\ncloses = '{closes}'\n")
        };
        let strategy: String = steps.into_iter().map(step).collect();
        self.write_settings(&format!("{settings}[etiquette]\nprofile = 'letter'\n{strategy}"));
        self
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Changes one setting, such as `sending.grace`.
    pub fn set(&self, key: &str, value: impl Into<toml::Value>) {
        let path = self.folder().join("followup.toml");
        let mut settings: toml::Table = std::fs::read_to_string(&path).unwrap().parse().unwrap();
        let (section, key) = key.split_once('.').unwrap();
        let section = settings.entry(section).or_insert_with(|| toml::Table::new().into());
        section.as_table_mut().unwrap().insert(key.to_owned(), value.into());
        self.write_settings(&settings.to_string());
    }

    fn write_settings(&self, text: &str) {
        let path = self.folder().join("followup.toml");
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).mode(0o600).open(path);
        file.unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// Puts a template of the person's own in place of a built-in one.
    pub fn write_template(&self, name: &str, text: &str) {
        let letters = self.folder().join("letters");
        std::fs::create_dir_all(&letters).unwrap();
        std::fs::write(letters.join(format!("{name}.txt")), text).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        self.command_line(&[&[env!("CARGO_BIN_EXE_followup")], arguments].concat())
    }

    fn command_line(&self, words: &[&str]) -> Command {
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).env_clear().stdin(Stdio::null());
        command.env("HOME", self.folder()).env("FOLLOWUP_HOME", self.folder()).env("TZ", "UTC");
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.envs(passed_on());
        command
    }

    /// Runs one command to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        // A program that was killed has no exit code.
        let code = output.status.code().unwrap_or(-1);
        Ran { code, stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// Runs one command, which must succeed; gives what it printed.
    pub fn must(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, 0, "followup {arguments:?}: {}{}", ran.stdout, ran.stderr);
        ran.stdout
    }

    /// Runs one command, which must succeed; gives its JSON.
    pub fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.must(&[arguments, &["--json"]].concat())).unwrap()
    }

    /// Adds an application whose letter is due now, whatever the day: the interview was 16 days ago, and the
    /// answer was promised for 13 days ago. Gives its number.
    pub fn add(&self, address: &str) -> String {
        let contact = format!("Jane Doe <{address}>");
        let added = self.json(&[
            "add",
            "--company=Globex",
            "--position=Analyst",
            "--contact",
            &contact,
            "--interviewed=16 days ago",
            "--promised",
            "13 days ago",
        ]);
        added["application"]["id"].to_string()
    }

    /// Adds an application whose letter the person has read and approved, so that it goes at the next tick and
    /// nothing is asked before. Gives its number.
    pub fn approved_letter_to(&self, address: &str) -> String {
        let id = self.add(address);
        self.must(&["draft", &id]);
        self.must(&["approve", &id]);
        assert_eq!(self.phase(&id), "approved");
        id
    }

    /// One look at everything that is due.
    pub fn tick(&self) -> Ran {
        self.run(&["tick"])
    }

    /// The phase of the application's follow-up, as `show` has it.
    pub fn phase(&self, id: &str) -> String {
        let shown = self.json(&["show", id]);
        shown["application"]["phase"].as_str().unwrap().to_owned()
    }

    /// Runs plain SQL, as any other program could.
    pub fn sql(&self, sql: &str) {
        sql_in(self.folder(), sql);
    }

    /// Starts a command that is to be killed, stopped or waited for.
    pub fn start(&self, arguments: &[&str]) -> Process {
        Process::of(self.command(arguments))
    }

    pub fn daemon(&self) -> Process {
        self.start(&["daemon"])
    }

    /// The daemon with these environment variables too.
    pub fn daemon_with(&self, variables: &[(&str, &OsStr)]) -> Process {
        let mut command = self.command(&["daemon"]);
        command.envs(variables.iter().copied());
        Process::of(command)
    }

    /// Starts the daemon through other programs, which replace themselves by it: `env`, `sh -c 'exec "$@"' sh`.
    pub fn daemon_through(&self, wrapper: &[&str]) -> Process {
        Process::of(self.command_line(&[wrapper, &[env!("CARGO_BIN_EXE_followup"), "daemon"]].concat()))
    }
}

/// What the tests run under and the program must too: another clock, and where it writes down which of its lines were
/// run, if they are counted.
pub fn passed_on() -> impl Iterator<Item = (OsString, OsString)> {
    another_clock().chain(std::env::var_os("LLVM_PROFILE_FILE").map(|file| ("LLVM_PROFILE_FILE".into(), file)))
}

/// What sets another clock (`faketime`), if the tests themselves run under one: they and the program must
/// mean the same day.
pub fn another_clock() -> impl Iterator<Item = (OsString, OsString)> {
    let sets_clock = |name: &OsString| name == "LD_PRELOAD" || name.to_string_lossy().starts_with("FAKETIME");
    std::env::vars_os().filter(move |(name, _)| sets_clock(name))
}

/// Runs plain SQL on the database in `folder`.
pub fn sql_in(folder: &Path, sql: &str) {
    let database = rusqlite::Connection::open(folder.join("followup.db")).unwrap();
    database.busy_timeout(DEADLINE).unwrap();
    database.execute_batch(sql).unwrap();
}

/// A running program. It is killed, if it still runs, when this is dropped.
#[derive(Debug)]
pub struct Process {
    child: Mutex<Child>,
    log: Arc<Log>,
}

/// What the program wrote to standard error so far.
#[derive(Debug, Default)]
struct Log {
    seen: Mutex<Seen>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Seen {
    text: String,
    /// The program has closed it, which it does by ending.
    is_over: bool,
}

impl Process {
    fn of(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let log = Arc::new(Log::default());
        thread::spawn({
            let log = Arc::clone(&log);
            move || {
                for line in lines.map_while(Result::ok) {
                    lock(&log.seen).text += &(line + "\n");
                    log.changed.notify_all();
                }
                lock(&log.seen).is_over = true;
                log.changed.notify_all();
            }
        });
        Self { child: Mutex::new(child), log }
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        lock(&self.child).id()
    }

    /// Waits until the program has said `text` on standard error.
    ///
    /// # Panics
    /// If it does not within the deadline.
    pub fn wait_for_words(&self, text: &str) {
        self.wait_until(text, |seen| seen.text.contains(text));
    }

    /// Waits until the program has said `text` `times` times on standard error.
    ///
    /// # Panics
    /// If it does not within the deadline.
    pub fn wait_for_words_again(&self, text: &str, times: usize) {
        self.wait_until(text, |seen| seen.text.matches(text).count() >= times);
    }

    /// The lines that it has written to standard error so far.
    pub fn log(&self) -> Vec<String> {
        lock(&self.log.seen).text.lines().map(str::to_owned).collect()
    }

    /// Waits until the program has ended, and says how.
    ///
    /// # Panics
    /// If it does not within the deadline.
    pub fn wait_for_end(&self) -> ExitStatus {
        self.wait_until("its end", |seen| seen.is_over);
        lock(&self.child).wait().unwrap()
    }

    /// What it has said on standard error so far.
    pub fn said(&self) -> String {
        lock(&self.log.seen).text.clone()
    }

    fn wait_until(&self, what: &str, mut holds: impl FnMut(&Seen) -> bool) {
        let waited = self.log.changed.wait_timeout_while(lock(&self.log.seen), DEADLINE, |seen| !holds(seen));
        let (seen, ran_out) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(!ran_out.timed_out(), "waited in vain for {what}; the program said:\n{}", seen.text);
    }

    /// `kill -9`. When this returns, the program is no more.
    pub fn kill(&self) {
        let mut child = lock(&self.child);
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// SIGTERM, as systemd sends it.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends the signal of that name.
    pub fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let mut child = lock(&self.child);
        // Fails only when it has ended already.
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

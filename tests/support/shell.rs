//! The program run inside the test, with nothing of the machine in it: a clock that stands still, a home in a
//! temporary folder, no variables, and a console that keeps what is said and answers what is asked.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ffi::OsString;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use followup::cli::{Console, Host, run};
use followup::clock::Clock;
use jiff::Timestamp;
use serde_json::Value;
use tempfile::TempDir;

/// Settings that send to nobody, in London.
pub const SETTINGS: &str = "\
[me]
name = 'Ada Byron'
email = 'ada@home.example'
phone = '+44 20 7946 0000'
timezone = 'Europe/London'

[ask]
digest_at = ''

[smtp]
host = '127.0.0.1'
port = 9
tls = 'none'
";

/// A home, a clock and a console.
#[derive(Debug)]
pub struct Shell {
    folder: PathBuf,
    /// Removed at the end; none of a shell beside another.
    _owned: Option<TempDir>,
    now: Cell<Timestamp>,
    /// Columns of the terminal; `None` is a pipe.
    pub columns: Option<usize>,
    pub colour: bool,
    pub variables: Vec<(OsString, OsString)>,
}

/// What one run left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub code: u8,
    pub out: String,
    pub err: String,
}

impl Shell {
    /// A home with [`SETTINGS`], at 10:00 UTC on Monday, 16 November 2026.
    pub fn new() -> Self {
        let shell = Self::without_settings();
        shell.write_settings(SETTINGS);
        shell
    }

    /// An empty home.
    pub fn without_settings() -> Self {
        let owned = TempDir::new().unwrap();
        Self { folder: owned.path().to_owned(), _owned: Some(owned), ..Self::at_home(Path::new("")) }
    }

    /// The home of that path, which may be there or not.
    pub fn at_home(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            _owned: None,
            now: Cell::new("2026-11-16T10:00:00Z".parse().unwrap()),
            columns: None,
            colour: false,
            variables: Vec::new(),
        }
    }

    /// Another terminal on the same home, at the same instant.
    pub fn beside(&self) -> Self {
        Self { now: self.now.clone(), ..Self::at_home(&self.folder) }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.now.get()
    }

    pub fn settings(&self) -> PathBuf {
        self.folder().join("followup.toml")
    }

    pub fn database(&self) -> PathBuf {
        self.folder().join("followup.db")
    }

    pub fn write_settings(&self, text: &str) {
        let mut options = std::fs::OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).mode(0o600).open(self.settings());
        io::Write::write_all(&mut file.unwrap(), text.as_bytes()).unwrap();
    }

    /// Sets the clock, to an instant such as `2026-11-16T10:00:00Z`.
    pub fn at(&self, instant: &str) -> &Self {
        self.now.set(instant.parse().unwrap());
        self
    }

    /// Runs one command, with nobody to ask.
    pub fn run(&self, arguments: &[&str]) -> Said {
        self.run_with(arguments, None)
    }

    /// Runs one command in a conversation that gives `answers` one by one, and then nothing more.
    pub fn converse(&self, arguments: &[&str], answers: &[&str]) -> Said {
        self.run_with(arguments, Some(answers))
    }

    fn run_with(&self, arguments: &[&str], answers: Option<&[&str]>) -> Said {
        let console = Recorder {
            columns: self.columns,
            colour: self.colour,
            answers: answers.map(|lines| RefCell::new(lines.iter().map(|&line| line.to_owned()).collect())),
            out: RefCell::default(),
            err: RefCell::default(),
        };
        let home = ["--home".into(), self.folder().as_os_str().to_owned()];
        let arguments = arguments.iter().map(OsString::from);
        let host = Host {
            arguments: std::iter::once("followup".into()).chain(home).chain(arguments).collect(),
            variables: self.variables.clone(),
            clock: &Still(self.now.get()),
            console: &console,
        };
        let code = run(&host);
        // The folder's name is another one in every run.
        let folder = self.folder().display().to_string();
        let stable = |text: RefCell<String>| text.into_inner().replace(&folder, "HOME");
        Said { code, out: stable(console.out), err: stable(console.err) }
    }

    /// Runs one command, which must succeed; gives what it printed.
    pub fn must(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert_eq!((said.code, said.err.as_str()), (0, ""), "followup {arguments:?}\n{}", said.out);
        said.out
    }

    /// Runs one command, which must succeed; gives its JSON.
    pub fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.must(&[arguments, &["--json"]].concat())).unwrap()
    }

    /// Adds the example application: Globex, whose promised answer of 6 November is overdue on the 16th.
    pub fn add_globex(&self) {
        self.must(&[
            "add",
            "--company=Globex",
            "--position=Analyst",
            "--contact=Jane Doe <jane@globex.example>",
            "--interviewed=2026-11-03",
            "--promised=2026-11-06",
            "--timezone=America/New_York",
            "--strength=seven years of reporting in SQL",
        ]);
    }

    /// How many letters would still go by themselves, as the database itself has it.
    pub fn approved(&self) -> u32 {
        let database = rusqlite::Connection::open(self.database()).unwrap();
        database.query_row("SELECT count(*) FROM followups WHERE phase = 'approved'", [], |row| row.get(0)).unwrap()
    }

    /// Runs plain SQL, as any other program could.
    pub fn sql(&self, sql: &str) {
        let database = rusqlite::Connection::open(self.database()).unwrap();
        database.execute_batch(sql).unwrap();
    }

    /// Everything in the database, table by table and row by row, to compare.
    pub fn contents(&self) -> String {
        if !self.database().exists() {
            return "no database".to_owned();
        }
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let database = rusqlite::Connection::open_with_flags(self.database(), flags).unwrap();
        let mut tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").unwrap();
        let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        let mut contents = String::new();
        for table in tables {
            let mut rows = database.prepare(&format!("SELECT * FROM {table}")).unwrap();
            let columns = rows.column_count();
            let mut rows = rows.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                let cells = (0..columns).map(|at| format!("{:?}", row.get_ref(at).unwrap()));
                contents += &format!("{table}: {}\n", cells.collect::<Vec<_>>().join(" | "));
            }
        }
        contents
    }
}

/// A clock that stands still.
struct Still(Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}

struct Recorder {
    columns: Option<usize>,
    colour: bool,
    /// `None`: nobody is there.
    answers: Option<RefCell<VecDeque<String>>>,
    out: RefCell<String>,
    err: RefCell<String>,
}

impl Console for Recorder {
    fn columns(&self) -> Option<usize> {
        self.columns
    }

    fn has_colour(&self) -> bool {
        self.colour
    }

    fn can_ask(&self) -> bool {
        self.answers.is_some()
    }

    fn out(&self, text: &str) -> io::Result<()> {
        self.out.borrow_mut().push_str(text);
        Ok(())
    }

    fn err(&self, text: &str) {
        self.err.borrow_mut().push_str(text);
    }

    fn ask(&self, question: &str, hidden: bool) -> io::Result<Option<String>> {
        let answer = self.answers.as_ref().and_then(|answers| answers.borrow_mut().pop_front());
        let shown = if hidden { "(hidden)" } else { answer.as_deref().unwrap_or("(end)") };
        self.out(&format!("{question}{shown}\n"))?;
        Ok(answer)
    }

    fn waiting_for(&self, _: &str) {}

    fn arrived(&self) {}
}

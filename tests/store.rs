//! The database, seen from outside: what other programs may do, and what nobody can.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use followup::core::application::{Application, Contact, Interview};
use followup::core::followup::Event;
use followup::core::plan::Next;
use followup::reconcile::settle;
use followup::store::{Store, StoreError, Who};
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use tempfile::TempDir;

/// A database in a folder of its own, and another program's connection to it.
struct Rig {
    _folder: TempDir,
    path: PathBuf,
    store: Store,
    other: Connection,
    config: followup::config::Config,
}

impl Rig {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("followup.db");
        let store = Store::open(&path).unwrap();
        let other = Connection::open(&path).unwrap();
        let config = followup::config::from_text(
            "[me]\nname = \"Ada Byron\"\nemail = \"ada@me.example\"\n[smtp]\nhost = \"localhost\"\n",
        );
        Self { _folder: folder, path, store, other, config: config.unwrap() }
    }

    /// Plain SQL from the other program.
    fn sql(&self, sql: &str) -> Result<usize, rusqlite::Error> {
        self.other.execute(sql, [])
    }

    fn value<T: rusqlite::types::FromSql>(&self, sql: &str) -> T {
        self.other.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    fn settle(&mut self, id: i64) {
        let etiquette = &self.config.etiquette;
        self.store.write(|tables| settle(tables, id, now(), etiquette)).unwrap();
    }

    /// An application whose letter waits.
    fn waiting(&mut self) -> i64 {
        let id = self.store.write(|tables| tables.add_application(&application())).unwrap();
        self.settle(id);
        assert_eq!(self.value::<String>("SELECT phase FROM followups"), "waiting");
        id
    }

    fn advance(&mut self, id: i64, event: Event) -> Result<(), StoreError> {
        self.store.write(|tables| {
            let case = tables.case(id)?.unwrap().case;
            tables.advance(&case, case.open().unwrap().id, event, now(), Who::Person).map(drop)
        })
    }

    fn approve(&mut self, id: i64) {
        let digest = self.value::<String>("SELECT digest FROM followups").parse().unwrap();
        self.advance(id, Event::Approve { digest }).unwrap();
    }
}

/// Tue 17 Nov 2026, when the window of [`application`] is open.
fn now() -> Timestamp {
    "2026-11-17T10:00:00Z".parse().unwrap()
}

fn application() -> Application {
    Application {
        id: 0,
        company: "Globex".to_owned(),
        position: "Analyst".to_owned(),
        contact: Contact { name: Some("Jane".to_owned()), email: Some("jane@globex.example".to_owned()), phone: None },
        hr: Contact::default(),
        timezone: None,
        country: None,
        region: None,
        language: "en".to_owned(),
        strategy: None,
        job_url: None,
        thread: None,
        strengths: vec!["SQL".to_owned(), "French".to_owned()],
        closed: false,
        answer: None,
        added_at: now(),
        interviews: vec![Interview {
            id: 0,
            held_on: date(2026, 11, 3),
            round: 2,
            promised_on: Some(date(2026, 11, 6)),
        }],
    }
}

#[test]
fn what_is_added_is_read_back_whole() {
    let mut rig = Rig::new();
    let id = rig.store.write(|tables| tables.add_application(&application())).unwrap();
    let mut read = rig.store.read(|tables| tables.application(id)).unwrap().unwrap();
    read.id = 0;
    read.interviews[0].id = 0;
    assert_eq!(read, application());
}

#[test]
fn every_change_of_facts_by_another_program_makes_the_case_due_and_moves_its_rev() {
    let mut rig = Rig::new();
    rig.sql("INSERT INTO applications (company, position, contact_email) VALUES ('Globex', 'Analyst', 'j@g.example')")
        .unwrap();
    let mut rev: i64 = rig.value("SELECT rev FROM cases WHERE application_id = 1");
    let changes = [
        "INSERT INTO interviews (application_id, held_on) VALUES (1, '2026-11-03')",
        "UPDATE interviews SET promised_on = '2026-11-06'",
        "UPDATE applications SET contact_name = 'Jane'",
        "UPDATE applications SET status = 'closed'",
        "DELETE FROM interviews",
        "INSERT OR REPLACE INTO applications (id, company, position, hr_email) VALUES (1, 'Globex', 'Tester', 'h@g.example')",
    ];
    for change in changes {
        rig.store
            .write(|tables| tables.rest(1, rev, &Next { wake_at: Some(Timestamp::MAX), ..Next::default() }, None))
            .unwrap();
        assert!(rig.store.read(|tables| tables.due(now())).unwrap().is_empty(), "before {change}");
        rig.sql(change).unwrap();
        let (before, after) = (rev, rig.value("SELECT rev FROM cases WHERE application_id = 1"));
        assert!(after > before, "{change}");
        assert_eq!(rig.store.read(|tables| tables.due(now())).unwrap(), [1], "{change}");
        rev = after;
    }
}

#[test]
fn a_plan_made_before_a_change_does_not_put_the_case_to_rest() {
    let mut rig = Rig::new();
    let id = rig.store.write(|tables| tables.add_application(&application())).unwrap();
    let seen = rig.store.read(|tables| tables.case(id)).unwrap().unwrap().case.rev;
    rig.sql("UPDATE applications SET contact_name = 'Joan'").unwrap();
    rig.store.write(|tables| tables.rest(id, seen, &Next::default(), None)).unwrap();
    assert_eq!(rig.store.read(|tables| tables.due(now())).unwrap(), [id]);
}

#[test]
fn a_transition_on_a_case_that_changed_since_it_was_loaded_is_stale_and_changes_nothing() {
    let mut rig = Rig::new();
    let id = rig.waiting();
    let case = rig.store.read(|tables| tables.case(id)).unwrap().unwrap().case;
    rig.sql("UPDATE applications SET contact_name = 'Joan'").unwrap();
    let entries: i64 = rig.value("SELECT count(*) FROM journal");
    let event = Event::Reject { why: None };
    let stale = rig.store.write(|tables| tables.advance(&case, case.open().unwrap().id, event, now(), Who::Person));
    assert!(matches!(stale, Err(StoreError::Stale)));
    assert_eq!(rig.value::<String>("SELECT phase FROM followups"), "waiting");
    assert_eq!(rig.value::<i64>("SELECT count(*) FROM journal"), entries);
}

#[test]
fn plain_sql_cannot_bring_a_row_into_sending_without_an_approval_of_its_very_digest() {
    let mut rig = Rig::new();
    let id = rig.waiting();
    let refused = |rig: &Rig, sql: &str| {
        let error = rig.sql(sql).expect_err(sql).to_string();
        assert!(error.contains("approved"), "{sql}: {error}");
    };
    refused(&rig, "UPDATE followups SET phase = 'sending'");
    refused(&rig, "UPDATE followups SET phase = 'sending', approved_digest = digest, approved_at = 1");
    rig.sql("UPDATE followups SET phase = 'approved'").unwrap();
    refused(&rig, "UPDATE followups SET phase = 'sending'");
    refused(&rig, "UPDATE followups SET phase = 'sending', approved_digest = digest");
    rig.sql("UPDATE followups SET approved_digest = 'another'").unwrap();
    refused(&rig, "UPDATE followups SET phase = 'sending'");
    rig.sql("UPDATE followups SET phase = 'waiting', approved_digest = NULL").unwrap();
    rig.approve(id);
    for change in ["subject = 'x'", "body = 'x'", "recipient_email = 'x@y.example'", "digest = approved_digest || 'x'"]
    {
        refused(&rig, &format!("UPDATE followups SET phase = 'sending', {change}"));
    }
    let insert = "INSERT INTO followups (application_id, kind, rule, anchor_interview, anchor_held_on, opens, closes, \
                  phase) VALUES (9, 'email', 'promise', 1, '2026-11-03', 0, 0, ";
    refused(&rig, &format!("{insert}'sending')"));
    refused(&rig, &format!("{insert}'approved')"));
    rig.sql("UPDATE followups SET phase = 'sending'").expect("approved, in these words");
    for change in ["subject = 'x'", "body = 'x'", "recipient_email = 'x@y.example'"] {
        assert!(rig.sql(&format!("UPDATE followups SET {change}")).is_err(), "{change} while it is being sent");
    }
}

#[test]
fn an_application_has_one_open_followup_at_most() {
    let mut rig = Rig::new();
    rig.waiting();
    let second = "INSERT INTO followups (application_id, kind, rule, anchor_interview, anchor_held_on, opens, closes, \
                  phase) VALUES (1, 'email', 'promise', 1, '2026-11-03', 0, 0, 'planned')";
    assert!(rig.sql(second).is_err());
}

#[test]
fn the_journal_is_only_ever_added_to() {
    let mut rig = Rig::new();
    rig.waiting();
    assert!(rig.value::<i64>("SELECT count(*) FROM journal") > 0);
    assert!(rig.sql("UPDATE journal SET what = 'nothing'").is_err());
}

#[test]
fn a_letter_that_was_sent_is_remembered_when_its_application_is_deleted_and_written_anew() {
    let mut rig = Rig::new();
    let id = rig.waiting();
    rig.advance(id, Event::Reject { why: None }).unwrap();
    rig.sql("DELETE FROM applications").unwrap();
    assert_eq!(rig.value::<i64>("SELECT count(*) FROM interviews"), 0, "even without foreign keys");
    rig.settle(id);
    rig.sql("INSERT INTO applications (id, company, position, contact_email) VALUES (1, 'Globex', 'Analyst', 'j@g.example')")
        .unwrap();
    rig.sql("INSERT INTO interviews (application_id, held_on, promised_on) VALUES (1, '2026-11-03', '2026-11-06')")
        .unwrap();
    rig.settle(id);
    assert_eq!(rig.value::<String>("SELECT group_concat(phase) FROM followups"), "cancelled");
}

#[test]
fn deleting_an_application_cancels_its_letter_and_no_number_is_used_again() {
    let mut rig = Rig::new();
    let id = rig.waiting();
    rig.approve(id);
    rig.sql("DELETE FROM applications").unwrap();
    assert_eq!(rig.value::<String>("SELECT phase FROM followups"), "cancelled");
    assert_eq!(rig.store.write(|tables| tables.add_application(&application())).unwrap(), id + 1);
}

#[test]
fn facts_that_cannot_be_are_refused_by_the_tables_themselves() {
    let rig = Rig::new();
    let application = "INSERT INTO applications (company, position, contact_email) VALUES ";
    rig.sql(&format!("{application} ('Globex', 'Analyst', 'j@g.example')")).unwrap();
    let refused = [
        format!("{application} ('', 'Analyst', 'j@g.example')"),
        format!("{application} ('Globex', ' ', 'j@g.example')"),
        format!("{application} ('Globex', 'Analyst', NULL)"),
        "UPDATE applications SET status = 'perhaps'".to_owned(),
        "UPDATE applications SET outcome = 'perhaps'".to_owned(),
        "UPDATE applications SET country = 'USA'".to_owned(),
        "UPDATE applications SET id = 7".to_owned(),
        "UPDATE applications SET company = x'00'".to_owned(),
        "INSERT INTO interviews (application_id, held_on) VALUES (1, '2026-02-30')".to_owned(),
        "INSERT INTO interviews (application_id, held_on) VALUES (1, '3 November')".to_owned(),
        "INSERT INTO interviews (application_id, held_on) VALUES (1, NULL)".to_owned(),
        "INSERT INTO interviews (application_id, held_on, round) VALUES (1, '2026-11-03', 0)".to_owned(),
        "INSERT INTO interviews (application_id, held_on, promised_on) VALUES (1, '2026-11-03', '2026-11-02')"
            .to_owned(),
    ];
    for sql in refused {
        assert!(rig.sql(&sql).is_err(), "{sql}");
    }
}

#[test]
fn a_row_that_cannot_be_used_is_held_with_its_column_and_goes_on_when_it_is_corrected() {
    let mut rig = Rig::new();
    rig.waiting();
    let bad = [
        ("timezone = 'Mars/Olympus'", "timezone = NULL", "timezone"),
        ("contact_email = 'nobody'", "contact_email = 'jane@globex.example'", "contact_email"),
        ("contact_name = 'Jane' || char(10) || 'Bcc: x'", "contact_name = 'Jane'", "contact_name"),
        ("company = 'Glo' || char(8238) || 'bex'", "company = 'Globex'", "company"),
        ("language = 'tlh'", "language = 'en'", "language"),
        ("strategy = 'bold'", "strategy = NULL", "strategy"),
        ("hr_name = CAST(x'ff' AS TEXT)", "hr_name = NULL", "hr_name"),
        ("company = CAST(x'ff' AS TEXT)", "company = 'Globex'", "company"),
        ("added_at = 9223372036854775807", "added_at = 1794909600000", "added_at"),
    ];
    for (change, correction, column) in bad {
        rig.sql(&format!("UPDATE applications SET {change}")).unwrap();
        rig.settle(1);
        let held = rig.store.read(|tables| tables.held()).unwrap();
        assert!(held.len() == 1 && held[0].1.starts_with(&format!("{column}: ")), "{change}: {held:?}");
        rig.sql(&format!("UPDATE applications SET {correction}")).unwrap();
        rig.settle(1);
        assert_eq!(rig.store.read(|tables| tables.held()).unwrap(), [], "{correction}");
    }
}

#[test]
fn letters_count_against_the_limits_from_their_claim_on_and_once() {
    use followup::core::delivery::{NotSent, Outcome, Retry};
    let mut rig = Rig::new();
    let id = rig.waiting();
    rig.approve(id);
    // Seen from another application at the same employer.
    let other = rig.store.write(|tables| tables.add_application(&application())).unwrap();
    let seen = |rig: &mut Rig| {
        let etiquette = &rig.config.etiquette;
        let budget = rig.store.read(|tables| {
            let case = tables.case(other)?.unwrap().case;
            tables.budget(now() + SignedDuration::from_mins(1), &case, etiquette)
        });
        let budget = budget.unwrap();
        (budget.sent_today, budget.last_to_employer.is_some())
    };
    assert_eq!(seen(&mut rig), (0, false));
    let claim = |rig: &mut Rig| {
        let digest = rig.value::<String>("SELECT digest FROM followups WHERE application_id = 1").parse().unwrap();
        rig.advance(id, Event::Claim { digest, message_id: "<1@me.example>".to_owned() }).unwrap();
    };
    claim(&mut rig);
    assert_eq!(seen(&mut rig), (1, true));
    let not_sent = NotSent { why: "451".to_owned(), retry: Retry::Letter };
    rig.advance(id, Event::Submitted(Outcome::NotSent(not_sent))).unwrap();
    claim(&mut rig);
    assert_eq!(seen(&mut rig), (1, true), "a retry counts once");
    rig.advance(id, Event::Submitted(Outcome::Rejected { reply: "550".to_owned() })).unwrap();
    assert_eq!(seen(&mut rig), (0, false), "a refused letter gives its place back");
}

#[test]
fn a_letter_over_which_the_machine_slept_counts_from_when_it_left() {
    use followup::core::delivery::Outcome;
    for outcome in [Outcome::Accepted { reply: "250".to_owned() }, Outcome::Uncertain { why: "silence".to_owned() }] {
        let mut rig = Rig::new();
        let id = rig.waiting();
        rig.approve(id);
        let other = rig.store.write(|tables| tables.add_application(&application())).unwrap();
        let digest = rig.value::<String>("SELECT digest FROM followups WHERE application_id = 1").parse().unwrap();
        rig.advance(id, Event::Claim { digest, message_id: "<1@me.example>".to_owned() }).unwrap();
        let left = now() + SignedDuration::from_hours(14);
        let etiquette = &rig.config.etiquette;
        let budget = rig.store.write(|tables| {
            let open = tables.case(id)?.unwrap().case.open().unwrap().id;
            tables.advance_in_hand(id, open, Event::Submitted(outcome), left)?;
            tables.budget(left, &tables.case(other)?.unwrap().case, etiquette)
        });
        assert_eq!(budget.unwrap().last_to_employer, Some(left));
    }
}

#[test]
fn the_clock_is_judged_by_the_latest_instant_until_the_person_accepts_it() {
    let mut rig = Rig::new();
    rig.waiting();
    let ahead = now() + SignedDuration::from_hours(24 * 365);
    rig.sql(&format!("INSERT INTO journal (at, who, what) VALUES ({}, 'daemon', 'x')", ahead.as_millisecond()))
        .unwrap();
    rig.approve(1);
    assert_eq!(rig.store.read(|tables| tables.last_instant()).unwrap(), Some(ahead), "whatever came after it");
    rig.store.write(|tables| tables.accept_clock(now())).unwrap();
    assert_eq!(rig.store.read(|tables| tables.last_instant()).unwrap(), Some(now()));
}

#[test]
fn the_database_is_readable_by_its_owner_only() {
    let rig = Rig::new();
    for suffix in ["", "-wal", "-shm"] {
        let file = format!("{}{suffix}", rig.path.display());
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[test]
fn a_database_of_a_newer_version_is_refused_untouched() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("followup.db");
    drop(Store::open(&path).unwrap());
    let other = Connection::open(&path).unwrap();
    other.pragma_update(None, "user_version", 99).unwrap();
    other.pragma_update(None, "journal_mode", "delete").unwrap();
    drop(other);
    let before = std::fs::read(&path).unwrap();
    assert!(matches!(Store::open(&path), Err(StoreError::Newer { .. })));
    assert!(std::fs::read(&path).unwrap() == before, "the file changed");
}

#[test]
fn a_file_that_is_no_database_is_refused_untouched() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("followup.db");
    let text = "Dear diary, ".repeat(400);
    std::fs::write(&path, &text).unwrap();
    assert!(matches!(Store::open(&path), Err(StoreError::NotADatabase { .. })));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn the_views_show_what_waits_and_what_comes() {
    let mut rig = Rig::new();
    rig.waiting();
    let waits: String = rig.value("SELECT company || ' ' || recipient_email || ' ' || opens FROM queue");
    assert_eq!(waits, "Globex jane@globex.example 2026-11-13T09:00:00Z");
    assert_eq!(rig.value::<String>("SELECT what || ' ' || at FROM agenda"), "late 2026-11-27T17:00:00Z");
}

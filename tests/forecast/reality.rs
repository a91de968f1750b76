//! What was foreseen is what then happens: the daemon's own work over a real database, instant by instant, under
//! a clock that the test sets, with a mail server that takes everything.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use followup::clock::Clock;
use followup::config::Config;
use followup::core::delivery::{Mailer, NotSent, Outcome, Session, Submission};
use followup::core::digest::DailyDigest;
use followup::core::forecast::Happening;
use followup::core::tell::{News, Notice, Notifier};
use followup::reconcile::{settle, tick};
use followup::store::{Store, StoreError, Tables, Who};
use followup::world::{Stop, World};
use tempfile::TempDir;

use super::*;

/// What the daemon did: letters that it sent, and news that it told.
#[derive(Debug, Clone, Default)]
struct Life {
    now: Arc<AtomicI64>,
    happened: Arc<Mutex<Vec<Foreseen>>>,
}

impl Life {
    fn happens(&self, application: i64, what: Happening) {
        self.happened.lock().unwrap().push(Foreseen { at: self.now(), application, what, step: None });
    }
}

impl Clock for Life {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.now.load(Ordering::SeqCst)).unwrap()
    }
}

impl Mailer for Life {
    type Session = Life;

    async fn open(&self) -> Result<Life, NotSent> {
        Ok(self.clone())
    }
}

impl Session for Life {
    async fn submit(&mut self, submission: &Submission, _: &(dyn Fn() -> bool + Send + Sync)) -> Outcome {
        let number = submission.to.strip_prefix("application-").unwrap().split('@').next().unwrap();
        self.happens(number.parse().unwrap(), Happening::Send);
        Outcome::Accepted { reply: "250 taken".to_owned() }
    }

    fn is_usable(&self) -> bool {
        true
    }

    async fn close(self) {}
}

impl Notifier for Life {
    async fn tell(&self, notices: &[Notice], _: Timestamp) -> Outcome {
        for notice in notices {
            let what = match &notice.news {
                News::Ask { late, times: 0, .. } => Happening::Ask { late: *late },
                News::Call { times: 0, .. } => Happening::Ask { late: false },
                News::Ask { .. } | News::Call { .. } => Happening::Remind,
                News::Unanswered { .. } => Happening::LetGo,
                News::Lapsed { .. } => Happening::Lapses,
                _ => Happening::Tell,
            };
            self.happens(notice.application.id, what);
        }
        Outcome::Accepted { reply: "250 taken".to_owned() }
    }

    async fn digest(&self, _: &DailyDigest, _: Timestamp) -> Outcome {
        unreachable!("the settings turn it off")
    }
}

/// A database with applications, and the daemon that works on it.
struct Reality {
    _folder: TempDir,
    world: World<Life, Life, Life>,
    runtime: tokio::runtime::Runtime,
    life: Life,
    config: Arc<Config>,
    _switch: tokio::sync::watch::Sender<bool>,
}

impl Reality {
    fn new(now: Timestamp, sending: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let store = Store::open(&folder.path().join("followup.db")).unwrap();
        let me =
            "[me]\nname = 'Ada Byron'\nemail = 'ada@me.example'\ntimezone = 'Europe/London'\n[ask]\ndigest_at = ''\n";
        let config = followup::config::from_text(&format!("{me}[smtp]\nhost = 'localhost'\n[sending]\n{sending}"));
        let (config, life) = (Arc::new(config.unwrap()), Life::default());
        life.now.store(now.as_millisecond(), Ordering::SeqCst);
        let (switch, stop) = Stop::switch();
        let world = World::new(store, life.clone(), life.clone(), life.clone(), Arc::clone(&config), stop);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        Self { _folder: folder, world, runtime, life, config, _switch: switch }
    }

    fn write<T: Send + 'static>(&self, work: impl FnOnce(&Tables) -> Result<T, StoreError> + Send + 'static) -> T {
        self.runtime.block_on(self.world.database(move |store| store.write(work))).unwrap()
    }

    /// Adds an application; gives the letter's `decide`d event, if any, its way, now.
    fn add(&self, application: Application, decide: impl FnOnce(&Case) -> Option<Event> + Send + 'static) {
        let (now, config) = (self.life.now(), Arc::clone(&self.config));
        self.write(move |tables| {
            let id = tables.add_application(&application)?;
            assert_eq!(id, application.id);
            settle(tables, id, now, &config.etiquette)?;
            let case = tables.case(id)?.unwrap().case;
            if let Some(event) = decide(&case) {
                tables.advance(&case, case.open().unwrap().id, event, now, Who::Person)?;
            }
            Ok(())
        });
    }

    /// What is foreseen now for the applications up to number `last`.
    fn foreseen(&self, last: i64, until: Timestamp) -> Vec<Foreseen> {
        let read = move |tables: &Tables| {
            let cases =
                (1..=last).map(|id| Ok(tables.case(id)?.unwrap().case)).collect::<Result<Vec<_>, StoreError>>()?;
            Ok((cases, tables.ledger(Timestamp::UNIX_EPOCH)?))
        };
        let (cases, ledger) = self.write(read);
        forecast(cases, self.life.now(), until, &self.config.etiquette, ledger)
    }

    /// Lives on, from wake to wake, and gives what happened.
    fn happens(&self, until: Timestamp) -> Vec<Foreseen> {
        for _ in 0..10_000 {
            self.runtime.block_on(tick(&self.world)).unwrap();
            let next = self.write(|tables| tables.next_wake());
            let Some(next) = next.filter(|&next| next <= until) else {
                let mut happened = std::mem::take(&mut *self.life.happened.lock().unwrap());
                // One tick sends first and tells then.
                happened.sort_by_key(|it| (it.at, it.application));
                return happened;
            };
            let now = next.max(self.life.now());
            self.life.now.store(now.as_millisecond(), Ordering::SeqCst);
        }
        panic!("it does not come to rest");
    }
}

fn approve(case: &Case) -> Option<Event> {
    case.open()?.phase.draft().map(|draft| Event::Approve { digest: draft.digest })
}

#[test]
fn what_is_foreseen_is_what_happens() {
    let until = at("2027-06-30 00:00");
    for (sending, now) in [
        ("per_day = 2\n", "2026-11-16 10:00"),
        ("per_day = 1\nper_employer = '3 business days'\ngrace = '5m'\n", "2026-11-24 16:58"),
        ("hours = '00:00-24:00'\ndays = 'all'\nper_employer = 0\n", "2026-11-27 23:58"),
    ] {
        let reality = Reality::new(at(now), sending);
        let promised = |id, company: &str| application(id, company, date(2026, 11, 3), Some(date(2026, 11, 6)));
        reality.add(promised(1, "Globex"), |_| None);
        reality.add(promised(2, "Globex"), approve);
        reality.add(promised(3, "globex "), approve);
        reality.add(promised(4, "Initech"), approve);
        reality.add(promised(5, "Hooli"), approve);
        reality.add(promised(6, "Umbrella"), |_| Some(Event::Snooze { until: date(2026, 11, 25) }));
        reality.add(promised(7, "Acme"), |_| Some(Event::Reject { why: None }));
        reality.add(Application { closed: true, ..promised(8, "Soylent") }, |_| None);
        reality.add(application(9, "Tyrell", date(2026, 11, 13), None), |_| None);
        reality.add(application(10, "Cyberdyne", date(2026, 10, 1), None), |_| None);
        reality.write(|tables| tables.count_claim(9000, &"hooli".into(), "2026-11-13T12:00:00Z".parse().unwrap()));
        let foreseen = reality.foreseen(10, until);
        let happened = reality.happens(until);
        assert_eq!(lines(&foreseen), lines(&happened), "{sending}");
        for what in [Happening::Ask { late: true }, Happening::Remind, Happening::Lapses, Happening::LetGo] {
            assert!(foreseen.iter().any(|it| it.what == what), "no {what:?}: {foreseen:#?}");
        }
        assert_eq!(reality.foreseen(10, until), [], "what has happened is not to come");
    }
}

#[test]
fn what_is_foreseen_halfway_is_the_rest_of_it() {
    let (halfway, until) = (at("2026-11-20 12:00"), at("2027-06-30 00:00"));
    let reality = Reality::new(at("2026-11-10 10:00"), "per_day = 2\n");
    for id in 1..=3 {
        reality.add(application(id, "Globex", date(2026, 11, 3), Some(date(2026, 11, 6))), |_| None);
    }
    let foreseen = reality.foreseen(3, until);
    let before = reality.happens(halfway);
    reality.life.now.store(halfway.as_millisecond(), Ordering::SeqCst);
    let rest = reality.foreseen(3, until);
    assert_eq!(lines(&foreseen), lines(&[before, rest.clone()].concat()));
    assert_eq!(lines(&rest), lines(&reality.happens(until)));
}

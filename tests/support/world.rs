//! The program within the test's own process, under a clock that the test sets: the real store in a home's
//! folder, the real mailer and the real asks by mail, put together the way the daemon does it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use followup::clock::Clock;
use followup::config::{Config, Places, load};
use followup::core::application::{Application, Contact, Interview};
use followup::ops::{Desk, OpError, Situation};
use followup::reconcile::{Looked, tick};
use followup::store::{Health, Part, Store, StoreError};
use followup::world::{RealWorld, Stop, Traces, World, look_back};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Runtime;
use tokio::sync::{oneshot, watch};

use super::home::{Home, sql_in};

/// A clock that stands still until the test moves it.
#[derive(Debug, Clone)]
pub struct FakeClock(Arc<AtomicI64>);

impl FakeClock {
    fn new(now: &str) -> Self {
        let clock = Self(Arc::default());
        clock.is_at(now);
        clock
    }

    /// Sets it to an instant such as `2026-11-16T10:00Z`.
    pub fn is_at(&self, now: &str) {
        let now: Timestamp = now.parse().unwrap();
        self.0.store(now.as_millisecond(), Ordering::SeqCst);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// The daemon's work, tick by tick.
#[derive(Debug)]
pub struct Program<'a> {
    home: &'a Home,
    clock: FakeClock,
    runtime: Runtime,
    world: RealWorld<FakeClock>,
    switch: watch::Sender<bool>,
}

impl<'a> Program<'a> {
    /// Starts in `home` at the instant `now`, such as `2026-11-16T10:00Z`.
    pub fn start(home: &'a Home, now: &str) -> Self {
        Self::start_with(home, FakeClock::new(now))
    }

    fn start_with(home: &'a Home, clock: FakeClock) -> Self {
        let config = settings_in(home.folder());
        let mut store = Store::open(&home.folder().join("followup.db")).unwrap();
        look_back(&mut store, &Traces::default(), clock.now()).unwrap();
        store.write(|tables| tables.try_again()).unwrap();
        let (switch, stop) = Stop::switch();
        let world = World::real(store, config, clock.clone(), stop).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { home, clock, runtime, world, switch }
    }

    /// Ends it and starts it again, with the settings as they are by then.
    pub fn restart(self) -> Self {
        self.restart_when(|| {})
    }

    /// Ends it, and starts it again when `meanwhile` is done.
    pub fn restart_when(self, meanwhile: impl FnOnce()) -> Self {
        let (home, clock) = (self.home, self.clock.clone());
        drop(self);
        meanwhile();
        Self::start_with(home, clock)
    }

    pub fn tick(&self) -> Looked {
        self.runtime.block_on(tick(&self.world)).unwrap()
    }

    /// A tick that may end with an error.
    pub fn tries_to_tick(&self) -> Result<Looked, StoreError> {
        self.runtime.block_on(tick(&self.world))
    }

    /// A tick in the middle of which the process dies, when `death` comes.
    ///
    /// # Panics
    /// If the tick comes to its end before.
    pub fn dies_in_a_tick(&self, death: oneshot::Receiver<()>) {
        self.runtime.block_on(async {
            tokio::select! {
                died = death => died.unwrap(),
                looked = tick(&self.world) => panic!("it lived on: {looked:?}"),
            }
        });
    }

    /// What tells it to stop, for a hook of the mail server.
    pub fn switch(&self) -> watch::Sender<bool> {
        self.switch.clone()
    }

    /// Ticks again and again at this instant. There must be nothing more to send.
    pub fn ticks_in_vain(&self) {
        for _ in 0..3 {
            assert_eq!(self.tick().submitted, 0, "a tick at {} sent something", self.clock.now());
        }
    }

    /// Moves the clock forward, or back.
    pub fn passes(&self, time: SignedDuration) {
        self.clock.0.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// Sets the clock.
    pub fn is_at(&self, now: &str) {
        self.clock.is_at(now);
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The clock, for a hook of the mail server to set.
    pub fn clock(&self) -> FakeClock {
        self.clock.clone()
    }

    /// Lets `days` days pass, with a tick every twelve hours and a restart every week, the first at once.
    pub fn lives_on(mut self, days: u32) -> Self {
        for day in 0..days {
            if day % 7 == 0 {
                self = self.restart();
            }
            for _ in 0..2 {
                self.passes(SignedDuration::from_hours(12));
                self.tick();
            }
        }
        self
    }

    /// The person at the command line, which is another process with its own connection to the database.
    pub fn person(&self) -> Person {
        Person { folder: self.home.folder().to_owned(), clock: self.clock.clone() }
    }

    /// Adds an application; gives its number.
    pub fn add(&self, application: Application) -> i64 {
        self.person().at_desk(|desk| desk.add(&application)).unwrap().case.application.id
    }

    /// Adds an application and approves its letter, which must be due.
    pub fn approved(&self, application: Application) -> i64 {
        let id = self.add(application);
        self.person().approve(id);
        id
    }

    /// An application's follow-up as it stands: its phase, and `late` if it is that.
    pub fn phase(&self, id: i64) -> String {
        let situation = self.person().at_desk(|desk| desk.look(id)).unwrap();
        let Some(followup) = situation.followup() else { return "none".to_owned() };
        let late = if followup.late { ", late" } else { "" };
        format!("{}{late}", followup.phase.word())
    }

    /// Why nothing can be sent at all: whether the account is paused, if anything is wrong with it.
    pub fn account(&self) -> Health {
        let mut store = Store::open(&self.home.folder().join("followup.db")).unwrap();
        store.read(|tables| tables.health(Part::Mail)).unwrap()
    }
}

/// What the person does at the command line; may be given to a hook of the mail server.
#[derive(Debug, Clone)]
pub struct Person {
    folder: PathBuf,
    clock: FakeClock,
}

impl Person {
    pub fn at_desk<T>(&self, work: impl FnOnce(&mut Desk) -> T) -> T {
        let config = settings_in(&self.folder);
        let mut store = Store::open(&self.folder.join("followup.db")).unwrap();
        work(&mut Desk { store: &mut store, etiquette: &config.etiquette, now: self.clock.now() })
    }

    /// Reads the letter, and approves it.
    pub fn approve(&self, id: i64) {
        self.at_desk(|desk| desk.show(id).and_then(|_| desk.approve(id, None, false))).unwrap();
    }

    pub fn recall(&self, id: i64) -> Result<Situation, OpError> {
        self.at_desk(|desk| desk.recall(id))
    }

    /// Runs plain SQL, as any other program could.
    pub fn sql(&self, sql: &str) {
        sql_in(&self.folder, sql);
    }
}

fn settings_in(folder: &Path) -> Config {
    load(&Places::sealed(folder), &[]).unwrap()
}

/// An application to `company`: the interview was on Tuesday, 3 November 2026, and an answer was promised by
/// Friday, 6 November. Its letter may go from the 13th to the 27th, and late until 25 December.
pub fn promised(company: &str, address: &str) -> Application {
    application(company, address, "2026-11-03", Some("2026-11-06"))
}

/// An application to `company`, with the second interview on `held_on`.
pub fn application(company: &str, address: &str, held_on: &str, promised_on: Option<&str>) -> Application {
    let date = |text: &str| text.parse::<Date>().unwrap();
    let held_on = date(held_on);
    let interview = Interview { id: 0, held_on, round: 2, promised_on: promised_on.map(date) };
    Application {
        id: 0,
        company: company.to_owned(),
        position: "Analyst".to_owned(),
        contact: Contact { name: Some("Jane Doe".to_owned()), email: Some(address.to_owned()), phone: None },
        hr: Contact::default(),
        timezone: None,
        country: None,
        region: None,
        language: "en".to_owned(),
        strategy: None,
        job_url: None,
        thread: None,
        strengths: Vec::new(),
        closed: false,
        answer: None,
        added_at: held_on.at(18, 0, 0, 0).in_tz("UTC").unwrap().timestamp(),
        interviews: vec![interview],
    }
}

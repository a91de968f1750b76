//! One life: the program as the daemon runs it, look by look, killed, stopped, suspended, and at last left in peace. Then
//! everything must have come to rest, or the person must have been told.

use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use followup::ask::email::EmailNotifier;
use followup::clock::Clock;
use followup::config::Config;
use followup::daemon::{Heartbeat, Lock, LockError};
use followup::reconcile::tick;
use followup::store::{Store, StoreError};
use followup::world::{DatabaseThread, Stop, Traces, World, look_back, mailer};
use jiff::{SignedDuration, Timestamp};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::Instant;

use super::clock::{Clocks, pass};
use super::line::Line;
use super::person::Person;
use super::stage::{Stage, Weather};
use super::witness::{Seen, Witness};

/// A write beyond the size that the system allows; without a handler it ends the process.
const SIGXFSZ: i32 = 25;
/// The network phases of all letters of a look, at the worst.
const LONGEST_LOOK: Duration = Duration::from_secs(6 * 3600);
/// Looks in a row at one instant: more mean that the program spins.
const MOST_LOOKS_AT_ONCE: u32 = 200;
const MOST_STEPS_WITHOUT_ROOM: i64 = 300;
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Longer than the longest late window and all reminders.
const CALM_DAYS: i32 = 120;

/// What a life was like.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lived {
    pub(crate) seconds: u64,
    pub(crate) looks: u64,
    pub(crate) letters: u64,
    pub(crate) mails_to_her: u64,
    pub(crate) kills: u64,
    pub(crate) restores: u64,
    pub(crate) thanks: u64,
    pub(crate) second_letters: u64,
    pub(crate) calls_asked_for: u64,
    pub(crate) let_go: u64,
}

/// What there is to tell of a life.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) lived: Lived,
    pub(crate) story: String,
    /// What was not to be.
    pub(crate) breaches: Vec<String>,
}

/// Lives the life of `seed` in the empty folder `home`, with a copy of the database `empty`.
pub(crate) fn live(seed: u64, home: &Path, empty: &Path) -> Told {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let _ignored = signal(SignalKind::from_raw(SIGXFSZ)).unwrap();
        std::fs::copy(empty, home.join("followup.db")).unwrap();
        let stage = Stage::new(seed, home.to_owned());
        let mut life = Life { stage: Arc::clone(&stage), program: None, next_look: None, lived: Lived::default() };
        let began = stage.clocks.truth();
        life.troubled().await;
        life.calm().await;
        life.judge();
        life.lived.seconds = u64::try_from(stage.clocks.truth().duration_since(began).as_secs()).unwrap();
        let (breaches, letters, told) = stage.witness(|it| (it.breaches.clone(), it.letters(), it.told.len()));
        (life.lived.letters, life.lived.mails_to_her) = (letters as u64, told as u64);
        let Seen { thanks, second_letters, calls_asked_for, let_go } = stage.witness(|it| it.seen);
        life.lived = Lived { thanks, second_letters, calls_asked_for, let_go, ..life.lived };
        let journal = stage.person.lock().unwrap().journal(&stage);
        Told { lived: life.lived, story: format!("{}\n\nThe journal:\n{journal}", stage.story()), breaches }
    })
}

struct Life {
    stage: Arc<Stage>,
    program: Option<Program>,
    /// By the wall clock.
    next_look: Option<Timestamp>,
    lived: Lived,
}

/// The running program.
struct Program {
    world: World<Clocks, Line, EmailNotifier<Line>>,
    config: Arc<Config>,
    switch: watch::Sender<bool>,
    lock: Lock,
}

/// How a look ended.
enum Looked {
    Well,
    /// The clock cannot be trusted: it looks again when some time has passed.
    Waiting,
    /// Nothing can be recorded for now.
    Stuck,
    /// The program is no more.
    Dead,
}

impl Life {
    /// Everything that can go wrong goes wrong, and she goes on with her life.
    async fn troubled(&mut self) {
        let stage = Arc::clone(&self.stage);
        let dice = &stage.dice;
        let end = stage.clocks.truth() + DAY * i32::try_from(stage.fate.days).unwrap();
        let mut next_deed = stage.clocks.truth();
        let mut next_trouble = stage.clocks.truth() + dice.time(1800, 6 * 86_400);
        let mut looks_at_once = 0;
        while stage.clocks.truth() < end {
            let before = stage.clocks.truth();
            if stage.clocks.truth() >= next_deed {
                stage.person_acts();
                next_deed = stage.clocks.truth() + dice.time(120, 5 * 86_400);
                // Noticed at once, or within a minute.
                self.next_look = if dice.chance(70.0) { Some(Timestamp::MIN) } else { self.within_a_minute() };
            }
            if stage.clocks.truth() >= next_trouble {
                self.trouble();
                next_trouble = stage.clocks.truth() + dice.time(1800, 6 * 86_400);
                self.next_look = self.within_a_minute();
            }
            let is_due = self.next_look.is_none_or(|at| at <= stage.clocks.now());
            let rest = if is_due { self.run().await } else { Duration::ZERO };
            let until_look = self.next_look.map_or(DAY, |at| at.duration_since(stage.clocks.now()));
            let until_deed = next_deed.duration_since(stage.clocks.truth());
            let until_trouble = next_trouble.duration_since(stage.clocks.truth());
            let pause = until_look.min(until_deed).min(until_trouble).max(SignedDuration::ZERO);
            pass(pause.unsigned_abs().max(rest)).await;
            looks_at_once = if stage.clocks.truth() == before { looks_at_once + 1 } else { 0 };
            if looks_at_once > MOST_LOOKS_AT_ONCE {
                stage.witness(|witness| witness.breach("the program looks again and again at one instant"));
                return;
            }
        }
    }

    fn within_a_minute(&self) -> Option<Timestamp> {
        Some(self.stage.clocks.now() + SignedDuration::from_secs(self.stage.dice.number(0, 60)))
    }

    fn trouble(&mut self) {
        let (stage, dice) = (&self.stage, &self.stage.dice);
        match dice.number(0, 11) {
            0..=2 => stage.change_weather(Weather::Rough),
            3 => stage.change_weather(Weather::Dead),
            4..=5 => stage.change_weather(Weather::Fine),
            6..=7 if stage.fate.suspends => stage.suspend(),
            8..=9 if stage.fate.clock_jumps => stage.jump(),
            10 if stage.fate.full_disk => {
                let size = dice.one_of(&[1, 4_200, 20_000, 120_000]);
                stage.fill_disk(dice.chance(50.0).then_some(size));
            }
            11 if stage.fate.restores => {
                self.program = None;
                stage.fill_disk(None);
                self.lived.restores += u64::from(stage.person.lock().unwrap().restore(stage));
            }
            _ => {}
        }
    }

    /// Starts the program if it does not run, and looks once. Gives how long it rests at least.
    async fn run(&mut self) -> Duration {
        let dice = self.stage.dice.clone();
        let mut program = match self.program.take() {
            Some(program) => program,
            None => match Program::start(&self.stage) {
                Ok(program) => program,
                Err(error) => {
                    self.stage.tell(format!("it cannot start: {error}"));
                    self.next_look = None;
                    return Duration::from_secs(10);
                }
            },
        };
        self.lived.looks += 1;
        self.stage.witness(Witness::look_begins);
        let looked = program.look(&self.stage, &mut self.lived.kills).await;
        self.stage.witness(|witness| witness.look_ends(matches!(looked, Looked::Well)));
        let next_wake = self.stage.person.lock().unwrap().next_wake(&self.stage);
        match looked {
            Looked::Well => {
                self.program = Some(program);
                self.next_look = next_wake.unwrap_or(None).or(Some(Timestamp::MAX));
                // A look that leaves something due looks again; the daemon takes a breath when that is in vain.
                Duration::ZERO
            }
            Looked::Waiting => {
                self.program = Some(program);
                self.next_look = None;
                Duration::from_secs(30 * 60)
            }
            Looked::Stuck => {
                self.program = Some(program);
                if dice.chance(10.0) {
                    self.stage.fill_disk(None);
                }
                self.next_look = None;
                Duration::from_secs(1)
            }
            Looked::Dead => {
                drop(program);
                self.next_look = None;
                if self.stage.is_calm() || dice.chance(60.0) {
                    Duration::from_secs(10)
                } else {
                    dice.time(60, 5 * 86_400).unsigned_abs()
                }
            }
        }
    }

    /// Nothing goes wrong any more; time passes until there is nothing left to do.
    async fn calm(&mut self) {
        let stage = Arc::clone(&self.stage);
        stage.tell("--- from here on all is well ---");
        stage.calm_down();
        self.next_look = None;
        let is_attentive = stage.dice.chance(60.0);
        for day in 0..CALM_DAYS {
            if day == 0 || is_attentive {
                stage.person.lock().unwrap().on_a_calm_day(&stage, day, is_attentive);
                self.next_look = Some(Timestamp::MIN);
            }
            let tomorrow = stage.clocks.truth() + if is_attentive { DAY } else { 30 * DAY };
            let mut looks = 0;
            while stage.clocks.truth() < tomorrow {
                let is_due = self.next_look.is_none_or(|at| at <= stage.clocks.now());
                let rest = if is_due { self.run().await } else { Duration::ZERO };
                let until_look = self.next_look.map_or(DAY, |at| at.duration_since(stage.clocks.now()));
                let pause = until_look.min(tomorrow.duration_since(stage.clocks.truth())).max(SignedDuration::ZERO);
                pass(pause.unsigned_abs().max(rest)).await;
                looks += 1;
                if looks > 10 * MOST_LOOKS_AT_ONCE {
                    return stage.witness(|witness| witness.breach("the program does not come to rest within a day"));
                }
            }
            if self.next_look.is_some_and(|at| at > stage.clocks.now() + CALM_DAYS * DAY) {
                return;
            }
        }
    }

    /// Invariant 14: all is at rest, or she has been told.
    fn judge(&mut self) {
        let stage = &self.stage;
        let mut person = stage.person.lock().unwrap();
        for (position, _, followup) in person.all(stage) {
            let phase = followup.phase.word();
            // A window that a clock far ahead has named may lie in the future still.
            let is_over = followup.window.closes <= stage.clocks.now();
            if !is_over || Person::may_rest_in(&followup.phase) {
                continue;
            }
            // Such as an interview in a year that has not come: she typed it while the clock was years ahead.
            let is_held = person.is_held(stage, followup.application);
            if !is_held || !stage.witness(|witness| witness.was_told_of_hold(followup.application)) {
                stage.witness(|witness| witness.breach(format!("{position}: still {phase} when all has come to rest")));
            }
        }
        person.must_have_been_told(stage);
        if stage.witness(|witness| witness.limits.is_some()) {
            person.must_have_been_asked_to_let_go(stage);
        }
        let now = stage.clocks.now();
        stage.witness(|witness| witness.must_have_gone_or_been_told(now));
    }
}

impl Program {
    /// As the daemon starts: the lock, the database, the settings.
    fn start(stage: &Arc<Stage>) -> Result<Self, String> {
        let lock = Lock::take(&stage.folder.join("followup.lock")).map_err(|error| error.to_string())?;
        let store = Store::open(&stage.database()).map_err(|error| error.to_string())?;
        Self::with(stage, store, lock).map_err(|error| error.to_string())
    }

    fn with(stage: &Arc<Stage>, mut store: Store, lock: Lock) -> Result<Self, StoreError> {
        let config = stage.config();
        let traces = Traces { mark: lock.last().and_then(|beat| beat.mark), machine: Some(stage.machine()) };
        let now = stage.clocks.now();
        let mark = look_back(&mut store, &traces, now)?;
        lock.beat(&Heartbeat::new(now, None, mark));
        store.write(|tables| tables.try_again())?;
        let line = Line::new(mailer(&config), Arc::clone(stage));
        let (switch, stop) = Stop::switch();
        let mut world = World::with_mailer(store, Arc::clone(&config), stage.clocks.clone(), line, stop)?;
        world.database_thread = DatabaseThread::Own;
        Ok(Self { world, config, switch, lock })
    }

    /// Looks once, unless something happens to it.
    async fn look(&mut self, stage: &Arc<Stage>, kills: &mut u64) -> Looked {
        if !Arc::ptr_eq(&self.config, &stage.config()) {
            // It takes the settings up as they are by now, as it would at a new start.
            return Looked::Dead;
        }
        let (dice, fate) = (&stage.dice, &stage.fate);
        let some_point = |percent: f64| {
            let happens = !stage.is_calm() && dice.chance(percent);
            happens.then(|| dice.number(1, dice.one_of(&[6, 40, 200])))
        };
        let (killed_at, stopped_at) = (some_point(fate.crashes), some_point(fate.stops));
        let second_at = some_point(0.05);
        let deed_at = some_point(fate.meanwhile);
        let began = Instant::now();
        let mut step = 0;
        let looked = {
            let mut ticking = pin!(tick(&self.world));
            poll_fn(|context| {
                step += 1;
                let is = |at: Option<i64>| at == Some(step);
                if is(killed_at) || stage.takes_the_strike() {
                    return Poll::Ready(None);
                }
                if is(stopped_at) {
                    stage.tell("it is asked to stop");
                    self.switch.send_replace(true);
                }
                // Whoever records an outcome waits for room as long as it takes.
                if step % MOST_STEPS_WITHOUT_ROOM == 0 {
                    stage.fill_disk(None);
                }
                if is(deed_at) {
                    stage.person_acts();
                }
                if is(second_at) && !matches!(Lock::take(&lock_of(stage)), Err(LockError::Taken(_))) {
                    stage.witness(|witness| witness.breach("a second daemon could start"));
                }
                ticking.as_mut().poll(context).map(Some)
            })
            .await
        };
        if began.elapsed() > LONGEST_LOOK {
            stage.witness(|witness| witness.breach(format!("a look took {:?}", began.elapsed())));
        }
        match looked {
            None => {
                stage.tell(format!("KILLED at step {step}"));
                *kills += 1;
                Looked::Dead
            }
            Some(Ok(_)) if *self.switch.borrow() => Looked::Dead,
            Some(Ok(looked)) => {
                let read = |store: &mut Store| store.read(|tables| tables.mark());
                if let Ok(mark) = self.world.database(read).await {
                    self.lock.beat(&Heartbeat::new(stage.clocks.now(), None, mark));
                }
                if looked.submitted > 0 || looked.told > 0 || looked.clock_distrusted {
                    stage.tell(format!("looked: {looked:?}"));
                }
                if looked.clock_distrusted { Looked::Waiting } else { Looked::Well }
            }
            Some(Err(error)) => {
                stage.tell(format!("looked: {error}"));
                if error.may_pass() { Looked::Stuck } else { Looked::Dead }
            }
        }
    }
}

fn lock_of(stage: &Stage) -> PathBuf {
    stage.folder.join("followup.lock")
}

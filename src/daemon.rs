//! The long-running service: one process per database, woken by whatever may have changed something, asking
//! each time what is right now.

mod lock;
mod wake;

use std::time::Duration;

use jiff::Timestamp;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

use crate::clock::{Clock, SystemClock};
use crate::config::{Config, ConfigError, Places};
use crate::core::address::without_people;
use crate::reconcile::{Looked, tick};
use crate::store::{Health, Mark, Part, Store, StoreError, Tables};
use crate::systemd;
use crate::world::{Stop, Traces, World, look_back};
use wake::Wakes;

pub use lock::{Heartbeat, Lock, LockError, Pulse, pulse};

/// Longest sleep: a machine's monotonic clock stands still while it is suspended.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// Looks in a row that did nothing about what is due. One happens when a decision comes in the middle of it;
/// there should never be many.
const MOST_LOOKS_IN_VAIN: u32 = 5;
/// Pause after so many of them, so that a fault does not spin; and while the database is locked or the disk full.
const BREATHER: Duration = Duration::from_secs(1);

/// The world as the daemon has it.
type RealWorld = crate::world::RealWorld<SystemClock>;

/// What can end the daemon, other than being asked to.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Settings(#[from] ConfigError),
    #[error("a newer followup has changed the database; this one ends, to be started anew")]
    Outdated,
    #[error("the database, or a file that SQLite keeps beside it, was removed or replaced")]
    Replaced,
    #[error("signals cannot be heard: {0}")]
    Signals(std::io::Error),
    #[error("the scheduler: {0}")]
    Scheduler(#[from] tokio_cron_scheduler::JobSchedulerError),
}

/// Runs for ever: takes the lock, and ticks whenever something may have changed, until `stop` is asked. A
/// send in hand is finished first.
///
/// `settings` reads the settings; they are read again whenever their files may have changed. Errors if the
/// first ones cannot be used; later ones that cannot are reported, and the old ones stay.
pub async fn run(settings: impl Settings, places: &Places, mut stop: Stop) -> Result<(), DaemonError> {
    let lock = Lock::take(&places.lock)?;
    let mark = lock.last().and_then(|beat| beat.mark);
    let last_beat = Heartbeat { looked_at: None, ..Heartbeat::new(SystemClock.now(), None, mark) };
    lock.beat(&last_beat);
    let (mut stuck, mut pause) = (None, BREATHER);
    let (world, mark) = loop {
        let error = match open(&settings, places, mark, stop.clone()) {
            Err(DaemonError::Store(error)) if error.may_pass() => error,
            opened => break opened?,
        };
        say_whether_stuck(&mut stuck, Some(error.to_string()), &lock, &last_beat);
        tokio::select! {
            () = sleep(pause) => {}
            () = stop.asked() => return Ok(()),
        }
        // Each try may copy the whole database.
        pause = (2 * pause).min(LONGEST_SLEEP);
    };
    // What was found is recorded: it is not to be found again.
    let last_beat = Heartbeat { mark, ..last_beat };
    lock.beat(&Heartbeat { stuck: stuck.clone(), ..last_beat.clone() });
    let mut wakes = Wakes::new(places).await?;
    systemd::ready();
    tracing::info!(database = %places.database.display(), "watching");
    let mut daemon =
        Daemon { world, settings, lock, last_beat, said: Said { stuck, ..Said::default() }, looks_in_vain: 0 };
    let result = daemon.watch(&mut wakes).await;
    systemd::stopping();
    wakes.shutdown().await;
    tracing::info!("stopped");
    result
}

/// Reads the settings.
pub trait Settings: Fn() -> Result<Config, ConfigError> {}

impl<F: Fn() -> Result<Config, ConfigError>> Settings for F {}

/// Looks once at everything that is due, and ends: for cron. Says besides what fails then, if anything
/// does: the mail account, or else telling the person.
pub async fn tick_once(config: Config, places: &Places, stop: Stop) -> Result<(Looked, Health), DaemonError> {
    let lock = Lock::take(&places.lock)?;
    let mark = lock.last().and_then(|beat| beat.mark);
    let begun = |mark| Heartbeat { looked_at: None, once: true, ..Heartbeat::new(SystemClock.now(), None, mark) };
    lock.beat(&begun(mark));
    let mut store = Store::open_sound(&places.database)?;
    lock.beat(&begun(look_back(&mut store, &traces(places, mark), SystemClock.now())?));
    let world = World::real(store, config, SystemClock, stop)?;
    let looked = tick(&world).await?;
    let read = |tables: &Tables| {
        let mail = tables.health(Part::Mail)?;
        let health = if mail.failures > 0 { mail } else { tables.health(Part::Telling)? };
        Ok((tables.next_wake()?, tables.mark()?, health))
    };
    let (next_at, mark, health) = world.database(move |store| store.read(read)).await?;
    lock.beat(&Heartbeat { once: true, ..Heartbeat::new(world.clock.now(), next_at, mark) });
    Ok((looked, health))
}

struct Daemon<S> {
    world: RealWorld,
    settings: S,
    lock: Lock,
    /// What the lock file says, but for what is wrong now.
    last_beat: Heartbeat,
    said: Said,
    looks_in_vain: u32,
}

/// What was logged already, so that it is said when it begins and when it ends, not every minute between.
#[derive(Debug, Default)]
struct Said {
    clock_distrusted: bool,
    bad_settings: Option<String>,
    /// Why nothing can be recorded.
    stuck: Option<String>,
}

impl<S: Settings> Daemon<S> {
    async fn watch(&mut self, wakes: &mut Wakes) -> Result<(), DaemonError> {
        let mut stop = self.world.stop.clone();
        let mut hangup = signal(SignalKind::hangup()).map_err(DaemonError::Signals)?;
        while !stop.is_asked() {
            systemd::alive();
            let looked = self.look().await;
            // Whatever the look found: it may have read what is no longer there.
            let same_files = self.world.database(|store| store.check_files()).await;
            match same_files.and(looked) {
                Ok(pause) => {
                    say_whether_stuck(&mut self.said.stuck, None, &self.lock, &self.last_beat);
                    tokio::select! {
                        () = wakes.wait(pause) => {}
                        Some(()) = hangup.recv() => self.reload().await?,
                        () = stop.asked() => {}
                    }
                }
                // Nothing is lost by looking again later, and nothing goes out that cannot be recorded. No nudge
                // shortens the pause: what we try to write in vain is one.
                Err(error) if error.may_pass() => {
                    say_whether_stuck(&mut self.said.stuck, Some(error.to_string()), &self.lock, &self.last_beat);
                    tokio::select! {
                        () = sleep(BREATHER) => {}
                        () = stop.asked() => {}
                    }
                }
                Err(StoreError::Newer { .. }) => return Err(DaemonError::Outdated),
                Err(StoreError::Replaced { .. }) => return Err(DaemonError::Replaced),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// The person asks to look anew (SIGHUP): the settings are read at each look, and nothing rests any longer.
    async fn reload(&self) -> Result<(), StoreError> {
        tracing::info!("asked to read the settings again");
        match self.world.database(|store| store.write(|tables| tables.try_again())).await {
            // Nothing is lost: what rests is tried again in its time.
            Err(error) if error.may_pass() => Ok(()),
            done => done,
        }
    }

    /// One tick; gives how long there is nothing to do after it.
    async fn look(&mut self) -> Result<Duration, StoreError> {
        self.world.database(|store| store.check_files().and_then(|()| store.check_version())).await?;
        self.follow_settings().await?;
        let looked = tick(&self.world).await?;
        match (self.said.clock_distrusted, looked.clock_distrusted) {
            (false, true) => tracing::error!("the clock cannot be trusted; nothing is sent until it is right again"),
            (true, false) => tracing::info!("the clock is right again"),
            _ => {}
        }
        self.said.clock_distrusted = looked.clock_distrusted;
        let read = |tables: &Tables| Ok((tables.next_wake()?, tables.mark()?, tables.health(Part::Mail)?.failures > 0));
        let (next_at, mark, mail_fails) = self.world.database(move |store| store.read(read)).await?;
        let now = self.world.clock.now();
        self.last_beat = Heartbeat::new(now, next_at, mark);
        self.lock.beat(&self.last_beat);
        systemd::status(&self.standing(&looked, next_at, mail_fails));
        if looked.clock_distrusted {
            return Ok(LONGEST_SLEEP);
        }
        let still_due = next_at.is_some_and(|next_at| next_at <= now);
        let in_vain = still_due && looked.due > 0 && looked.submitted == 0 && looked.told == 0;
        self.looks_in_vain = if in_vain { self.looks_in_vain + 1 } else { 0 };
        if self.looks_in_vain >= MOST_LOOKS_IN_VAIN {
            sleep(BREATHER).await;
        }
        Ok(time_until(now, next_at))
    }

    /// How things stand after a look, as a line.
    fn standing(&self, looked: &Looked, next_at: Option<Timestamp>, mail_fails: bool) -> String {
        let next = next_at.map(|at| at.to_zoned(self.world.config.etiquette.zone.clone()).strftime("%a %-d %b %H:%M"));
        let standing = match next {
            _ if looked.clock_distrusted => "the clock cannot be trusted, so that nothing is sent".to_owned(),
            Some(next) if mail_fails => format!("mail cannot be sent; looking again {next}"),
            None if mail_fails => "mail cannot be sent".to_owned(),
            Some(next) => format!("nothing to do before {next}"),
            None => "nothing to do".to_owned(),
        };
        match self.said.bad_settings {
            Some(_) => format!("the settings cannot be used, going on with those before; {standing}"),
            None => standing,
        }
    }

    /// Goes on with the settings as they are now, if they changed and can be used.
    async fn follow_settings(&mut self) -> Result<(), StoreError> {
        match (self.settings)() {
            Ok(config) => {
                if self.said.bad_settings.take().is_some() {
                    tracing::info!("the settings can be used again");
                }
                if !config.is_same(&self.world.config) {
                    self.world.change_settings(config).await?;
                    tracing::info!("the settings have changed");
                }
            }
            Err(error) => {
                let said = Some(error.to_string());
                if self.said.bad_settings != said {
                    let error = without_people(&error.to_string());
                    tracing::error!("the settings cannot be used, going on with those before: {error}");
                    self.said.bad_settings = said;
                }
            }
        }
        Ok(())
    }
}

/// Opens the database, looks whether it is the one that was at work last, whose newest entry was `mark`, and puts the
/// world together around it.
fn open(
    settings: &impl Settings,
    places: &Places,
    mark: Option<Mark>,
    stop: Stop,
) -> Result<(RealWorld, Option<Mark>), DaemonError> {
    let config = settings()?;
    let mut store = Store::open_sound(&places.database)?;
    let mark = look_back(&mut store, &traces(places, mark), SystemClock.now())?;
    // On a new start a paused account is tried again.
    store.write(|tables| tables.try_again())?;
    Ok((World::real(store, config, SystemClock, stop)?, mark))
}

fn traces(places: &Places, mark: Option<Mark>) -> Traces {
    let machine = places.machine.as_ref().and_then(|path| std::fs::read_to_string(path).ok());
    // It may be empty, or say that it is not known yet.
    let is_name = |name: &String| name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    Traces { mark, machine: machine.map(|text| text.trim().to_owned()).filter(is_name) }
}

/// How things stand while the disk is full, or another program keeps the database locked.
const STUCK: &str = "nothing can be recorded, so that nothing is sent";

/// Logs that nothing can be recorded, and `why`, when that begins, and when it is over.
fn say_whether_stuck(said: &mut Option<String>, why: Option<String>, lock: &Lock, last_beat: &Heartbeat) {
    if why == *said {
        return;
    }
    lock.beat(&Heartbeat { stuck: why.clone(), ..last_beat.clone() });
    match (&said, &why) {
        (None, Some(why)) => {
            systemd::status(STUCK);
            tracing::error!("{STUCK}: {why}; going on once it can");
        }
        (Some(_), None) => tracing::info!("things can be recorded again"),
        // Another reason for the same.
        _ => {}
    }
    *said = why;
}

/// From `now` to `next_at`, at most [`LONGEST_SLEEP`].
fn time_until(now: Timestamp, next_at: Option<Timestamp>) -> Duration {
    let Some(next_at) = next_at else { return LONGEST_SLEEP };
    // A negative distance is one that is over.
    Duration::try_from(next_at.duration_since(now)).unwrap_or(Duration::ZERO).min(LONGEST_SLEEP)
}

/// Chooses the one provider of cryptography; to be called once, before any TLS.
pub fn install_crypto() {
    // An error means that one is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

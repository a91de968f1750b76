//! The long-running service: one process per database, woken by whatever may have changed something, asking
//! each time what is right now.

mod lock;
mod wake;

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::sleep;

use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Places};
use crate::reconcile::{Looked, tick};
use crate::store::{Health, Part, Store, StoreError};
use crate::world::{Stop, World};
use wake::Wakes;

pub use lock::{Heartbeat, Lock, LockError, heartbeat};

/// Longest sleep: a machine's monotonic clock stands still while it is suspended.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// Pause after a tick that did nothing about what is due. There should be no such tick; if there is, it
/// must not spin.
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
    #[error("the folder of the database cannot be watched: {0}")]
    Watch(#[from] notify::Error),
    #[error("the scheduler: {0}")]
    Scheduler(#[from] tokio_cron_scheduler::JobSchedulerError),
}

/// Runs for ever: takes the lock, and ticks whenever something may have changed, until `stop` is asked. A
/// send in hand is finished first.
pub async fn run(config: Config, places: &Places, stop: Stop) -> Result<(), DaemonError> {
    let lock = Lock::take(&places.lock)?;
    let mut store = Store::open(&places.database)?;
    // On a new start a paused account is tried again.
    store.write(|tables| tables.try_again())?;
    let world = World::real(store, config, SystemClock, stop)?;
    let mut wakes = Wakes::new(&places.database).await?;
    tracing::info!(database = %places.database.display(), "watching");
    let result = watch(&world, &lock, &mut wakes).await;
    wakes.shutdown().await;
    tracing::info!("stopped");
    result
}

/// Looks once at everything that is due, and ends: for cron. Says besides how the mail account fares then.
pub async fn tick_once(config: Config, places: &Places, stop: Stop) -> Result<(Looked, Health), DaemonError> {
    let lock = Lock::take(&places.lock)?;
    let world = World::real(Store::open(&places.database)?, config, SystemClock, stop)?;
    let looked = tick(&world).await?;
    let read = |store: &mut Store| store.read(|tables| Ok((tables.next_wake()?, tables.health(Part::Mail)?)));
    let (next_at, account) = world.database(read).await?;
    lock.beat(&Heartbeat::new(world.clock.now(), next_at));
    Ok((looked, account))
}

async fn watch(world: &RealWorld, lock: &Lock, wakes: &mut Wakes) -> Result<(), DaemonError> {
    let mut stop = world.stop.clone();
    let mut clock_distrusted = false;
    while !stop.is_asked() {
        // Read before the tick, so that what another process writes during it is seen after it.
        let version = world.database(|store| store.data_version()).await?;
        let looked = tick(world).await?;
        // Said when it begins and when it ends, not every minute between.
        match (clock_distrusted, looked.clock_distrusted) {
            (false, true) => tracing::error!("the clock cannot be trusted; nothing is sent until it is right again"),
            (true, false) => tracing::info!("the clock is right again"),
            _ => {}
        }
        clock_distrusted = looked.clock_distrusted;
        let next_at = world.database(|store| store.read(|tables| tables.next_wake())).await?;
        let now = world.clock.now();
        lock.beat(&Heartbeat::new(now, next_at));
        let did_nothing = looked.due > 0 && looked.submitted == 0 && looked.told == 0;
        let pause = match (looked.clock_distrusted, did_nothing) {
            (true, _) => LONGEST_SLEEP,
            (false, true) => time_until(now, next_at).max(BREATHER),
            (false, false) => time_until(now, next_at),
        };
        tokio::select! {
            () = sleep(pause) => {}
            changed = wakes.changed(world, version) => changed?,
            () = stop.asked() => {}
        }
    }
    Ok(())
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

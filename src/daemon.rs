//! The long-running service: one process per database, woken by whatever may have changed something, asking
//! each time what is right now.

mod lock;
mod wake;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use lettre::transport::smtp::authentication::Mechanism;
use tokio::time::sleep;

use crate::ask::email::EmailNotifier;
use crate::clock::{Clock, SystemClock};
use crate::config::{Auth, Config, Encryption, Places};
use crate::core::message::domain;
use crate::mail::smtp::{Login, SmtpMailer, Tls};
use crate::reconcile::{Looked, tick};
use crate::store::{Account, Store, StoreError};
use crate::world::{Stop, World};
use wake::Wakes;

pub use lock::{Heartbeat, Lock, LockError, heartbeat};

/// Longest sleep: a machine's monotonic clock stands still while it is suspended.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);
/// Pause after a tick that did nothing about what is due. There should be no such tick; if there is, it
/// must not spin.
const BREATHER: Duration = Duration::from_secs(1);

/// The world as the daemon has it.
type RealWorld = World<SystemClock, SmtpMailer, EmailNotifier<SmtpMailer>>;

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
    let world = world(config, places, stop)?;
    let mut wakes = Wakes::new(&places.database).await?;
    tracing::info!(database = %places.database.display(), "watching");
    let result = watch(&world, &lock, &mut wakes).await;
    wakes.shutdown().await;
    tracing::info!("stopped");
    result
}

/// Looks once at everything that is due, and ends: for cron. Says besides how the mail account fares then.
pub async fn tick_once(config: Config, places: &Places, stop: Stop) -> Result<(Looked, Account), DaemonError> {
    let lock = Lock::take(&places.lock)?;
    let world = world(config, places, stop)?;
    let looked = tick(&world).await?;
    let read = |store: &mut Store| store.read(|tables| Ok((tables.next_wake()?, tables.account()?)));
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

fn world(config: Config, places: &Places, stop: Stop) -> Result<RealWorld, StoreError> {
    let mut store = Store::open(&places.database)?;
    let installation = store.write(|tables| {
        // A paused account is tried again on a new start, since somebody may have looked after it.
        let account = tables.account()?;
        let rested = account.rests_until.is_some();
        tables.set_account(&Account { rests_until: None, ..account })?;
        let settings_changed = tables.meta("settings")?.as_deref() != Some(&config.fingerprint);
        if settings_changed {
            tables.set_meta("settings", &config.fingerprint)?;
        }
        if settings_changed || rested {
            tables.wake_all()?;
        }
        tables.installation()
    })?;
    let mailer = mailer(&config);
    let notifier = EmailNotifier {
        mailer: mailer.clone(),
        name: config.etiquette.sender.name.clone(),
        email: config.etiquette.sender.email.clone(),
        zone: config.etiquette.zone.clone(),
        installation,
    };
    Ok(World::new(store, SystemClock, mailer, notifier, Arc::new(config), stop))
}

/// The mail account of `config`, ready to be used.
pub fn mailer(config: &Config) -> SmtpMailer {
    let account = &config.account;
    let login = account.login.as_ref().map(|login| Login {
        username: login.username.clone(),
        password: login.password.clone(),
        mechanisms: match login.auth {
            Auth::Auto => vec![Mechanism::Plain, Mechanism::Login],
            Auth::Plain => vec![Mechanism::Plain],
            Auth::Login => vec![Mechanism::Login],
        },
    });
    SmtpMailer {
        host: account.host.clone(),
        port: account.port,
        tls: match account.encryption {
            Encryption::Implicit => Tls::Implicit,
            Encryption::None => Tls::None,
        },
        login,
        hello: domain(&config.etiquette.sender.email).to_owned(),
    }
}

/// Chooses the one provider of cryptography; to be called once, before any TLS.
pub fn install_crypto() {
    // An error means that one is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

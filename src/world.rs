//! What a tick works with: the database, the clock, the mail server, a way to tell the person, the settings.

mod restored;

use std::sync::{Arc, Mutex, PoisonError};

use lettre::transport::smtp::authentication::Mechanism;
use tokio::sync::watch;
use tokio::task::yield_now;

use crate::ask::email::EmailNotifier;
use crate::clock::Clock;
use crate::config::{Auth, Config, Encryption};
use crate::core::address::{ascii_domain, wire_domain};
use crate::core::delivery::Mailer;
use crate::core::tell::Notifier;
use crate::mail::smtp::{Login, SmtpMailer, Tls};
use crate::store::{Store, StoreError, Tables};
use crate::systemd;

pub use restored::{Traces, look_back};

/// Everything that a tick touches.
#[derive(Debug)]
pub struct World<C, M, N> {
    store: Arc<Mutex<Store>>,
    pub clock: C,
    pub mailer: M,
    pub notifier: N,
    pub config: Arc<Config>,
    pub stop: Stop,
    pub database_thread: DatabaseThread,
}

/// Which thread works on the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseThread {
    /// One on which blocking is allowed, so that everything else goes on meanwhile.
    Blocking,
    /// The one that asks, which lets everything else go on before and after: then all that happens has one order.
    Own,
}

impl<C: Clock, M: Mailer, N: Notifier> World<C, M, N> {
    /// Puts a world together from its parts.
    pub fn new(store: Store, clock: C, mailer: M, notifier: N, config: Arc<Config>, stop: Stop) -> Self {
        let store = Arc::new(Mutex::new(store));
        Self { store, clock, mailer, notifier, config, stop, database_thread: DatabaseThread::Blocking }
    }

    /// Runs `work` on the database.
    pub async fn database<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = Arc::clone(&self.store);
        // A panic inside leaves no half-done write behind: the transaction it was in is rolled back.
        let run = move || work(&mut store.lock().unwrap_or_else(PoisonError::into_inner));
        if self.database_thread == DatabaseThread::Own {
            yield_now().await;
            let result = run();
            yield_now().await;
            return result;
        }
        match tokio::task::spawn_blocking(run).await {
            Ok(result) => result,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
}

/// The world of the daemon: SMTP, and asks by mail over the same account.
pub type RealWorld<C> = World<C, SmtpMailer, EmailNotifier<SmtpMailer>>;

impl<C: Clock, M: Mailer + Clone> World<C, M, EmailNotifier<M>> {
    /// Puts the world together from the settings, with another way to the mail server than they name. Whoever is to
    /// send has looked back before: see [`look_back`].
    pub fn with_mailer(
        mut store: Store,
        config: Arc<Config>,
        clock: C,
        mailer: M,
        stop: Stop,
    ) -> Result<Self, StoreError> {
        let installation = store.write(|tables| settle_in(tables, &config))?;
        let notifier = notifier(&config, mailer.clone(), installation);
        Ok(World::new(store, clock, mailer, notifier, config, stop))
    }
}

impl<C: Clock> RealWorld<C> {
    /// Puts the world together from the settings. Whoever is to send has looked back before: see [`look_back`].
    pub fn real(store: Store, config: Config, clock: C, stop: Stop) -> Result<Self, StoreError> {
        let mailer = mailer(&config);
        World::with_mailer(store, Arc::new(config), clock, mailer, stop)
    }

    /// Goes on with other settings. Nothing rests any longer: it may have rested because of the old ones.
    pub async fn change_settings(&mut self, config: Config) -> Result<(), StoreError> {
        let config = Arc::new(config);
        let new = Arc::clone(&config);
        let change = move |tables: &Tables| {
            tables.try_again()?;
            settle_in(tables, &new)
        };
        let installation = self.database(move |store| store.write(change)).await?;
        self.mailer = mailer(&config);
        self.notifier = notifier(&config, self.mailer.clone(), installation);
        self.config = config;
        Ok(())
    }
}

/// Makes every case due, and lets nothing rest, if the settings are others than last time. Gives the random
/// text of the database.
fn settle_in(tables: &Tables, config: &Config) -> Result<String, StoreError> {
    if tables.meta("settings")?.as_deref() != Some(&config.fingerprint) {
        tables.set_meta("settings", &config.fingerprint)?;
        tables.try_again()?;
        tables.wake_all()?;
    }
    tables.installation()
}

fn notifier<M: Mailer>(config: &Config, mailer: M, installation: String) -> EmailNotifier<M> {
    let sender = &config.etiquette.sender;
    let (name, email, zone) = (sender.name.clone(), sender.email.clone(), config.etiquette.zone.clone());
    EmailNotifier { mailer, name, email, zone, installation }
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
        host: ascii_domain(&account.host).into_owned(),
        port: account.port,
        tls: match account.encryption {
            Encryption::Implicit => Tls::Implicit,
            Encryption::StartTls => Tls::StartTls,
            Encryption::None => Tls::None,
        },
        authorities: account.authorities.clone(),
        login,
        // Waiting for a server is being alive.
        progress: systemd::alive,
        hello: wire_domain(&config.etiquette.sender.email).into_owned(),
    }
}

/// Tells a tick to begin nothing more.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// The switch, and what it stops.
    pub fn switch() -> (watch::Sender<bool>, Self) {
        let (switch, stop) = watch::channel(false);
        (switch, Self(stop))
    }

    /// Whether it was asked to stop.
    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is asked to stop.
    pub async fn asked(&mut self) {
        // An error means that the switch is gone: nobody will ever ask.
        if self.0.wait_for(|&asked| asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

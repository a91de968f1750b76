//! What a tick works with: the database, the clock, the mail server, a way to tell the person, the settings.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::Config;
use crate::core::delivery::Mailer;
use crate::core::tell::Notifier;
use crate::store::{Store, StoreError};

/// Everything that a tick touches.
#[derive(Debug)]
pub struct World<C, M, N> {
    store: Arc<Mutex<Store>>,
    pub clock: C,
    pub mailer: M,
    pub notifier: N,
    pub config: Arc<Config>,
    pub stop: Stop,
}

impl<C: Clock, M: Mailer, N: Notifier> World<C, M, N> {
    pub fn new(store: Store, clock: C, mailer: M, notifier: N, config: Arc<Config>, stop: Stop) -> Self {
        Self { store: Arc::new(Mutex::new(store)), clock, mailer, notifier, config, stop }
    }

    /// Runs `work` on the database where blocking is allowed.
    pub async fn database<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = Arc::clone(&self.store);
        // A panic inside leaves no half-done write behind: the transaction it was in is rolled back.
        let run = move || work(&mut store.lock().unwrap_or_else(PoisonError::into_inner));
        match tokio::task::spawn_blocking(run).await {
            Ok(result) => result,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
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

//! What wakes the loop: the minute, and a file that was written. A wake-up carries no meaning; losing one
//! costs time, a second one costs nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;
use tokio::time::sleep;
use tokio_cron_scheduler::{Job, JobScheduler};

use super::DaemonError;
use crate::config::Places;

/// At second 0 of every minute (six fields, UTC).
const EVERY_MINUTE: &str = "0 * * * * *";
/// After a file was written, how long to wait before each further look: SQLite writes before it commits, and its
/// commit touches no file that could be watched.
const LOOK_AGAIN: [Duration; 6] = [
    Duration::from_millis(2),
    Duration::from_millis(10),
    Duration::from_millis(20),
    Duration::from_millis(50),
    Duration::from_millis(250),
    Duration::from_millis(1000),
];

/// The sources that nudge the loop, each through a place that holds one nudge.
pub(super) struct Wakes {
    minute: Arc<Notify>,
    written: Arc<Notify>,
    scheduler: JobScheduler,
    /// Watches as long as it lives. `None` where the system gives no watch: then the minute must do.
    _watcher: Option<RecommendedWatcher>,
    /// The further looks that the last write still calls for.
    looks: std::slice::Iter<'static, Duration>,
}

impl Wakes {
    /// Begins to watch the folders of `places`, and the minute.
    pub(super) async fn new(places: &Places) -> Result<Self, DaemonError> {
        let (minute, written) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let watcher = watch(places, Arc::clone(&written));
        if let Err(error) = &watcher {
            tracing::warn!(%error, "changes cannot be watched for; they are noticed once a minute");
        }
        let mut scheduler = JobScheduler::new().await?;
        // The job only nudges: it may overlap, come late or be lost without harm.
        let nudge = Arc::clone(&minute);
        let job = Job::new_async(EVERY_MINUTE, move |_, _| {
            let nudge = Arc::clone(&nudge);
            Box::pin(async move { nudge.notify_one() })
        })?;
        scheduler.add(job).await?;
        scheduler.start().await?;
        scheduler.remove_shutdown_handler();
        Ok(Self { minute, written, scheduler, _watcher: watcher.ok(), looks: LOOK_AGAIN.iter() })
    }

    /// Returns after `pause`, or as soon as something may have changed.
    pub(super) async fn wait(&mut self, pause: Duration) {
        if pause.is_zero() {
            return tracing::debug!(cause = "something is still due", "woken");
        }
        let look = self.looks.next();
        let (pause, when_over) = match look {
            Some(&look) if look < pause => (look, "a further look"),
            _ => (pause, "its time had come"),
        };
        let cause = tokio::select! {
            () = sleep(pause) => when_over,
            () = self.minute.notified() => {
                // It calls for no further look, but must not take the place of one either.
                if look.is_some() {
                    self.looks = LOOK_AGAIN.iter();
                }
                "the minute"
            }
            () = self.written.notified() => {
                self.looks = LOOK_AGAIN.iter();
                "a file was written"
            }
        };
        tracing::debug!(cause, "woken");
    }

    pub(super) async fn shutdown(&mut self) {
        if let Err(error) = self.scheduler.shutdown().await {
            tracing::debug!(%error, "the scheduler did not stop");
        }
    }
}

/// Nudges on every write to the files of `places`. Watches their folders, since SQLite and editors make and
/// remove files in these, and opens none of them.
fn watch(places: &Places, nudge: Arc<Notify>) -> Result<RecommendedWatcher, notify::Error> {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (database, settings, letters) = (name(&places.database), name(&places.settings), places.letters.clone());
    let concerns = move |kind: EventKind, path: &Path| {
        // The write-ahead log too: `followup.db-wal`.
        let is_database = name(path).starts_with(&database);
        let is_settings = name(path) == settings || path.starts_with(&letters);
        // A database that is removed ends us. A settings file that is only half written yet is not looked at.
        (is_database && (is_write(kind) || kind.is_remove())) || (is_settings && is_write_ended(kind))
    };
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // An error is an overflow of the queue or the like: something happened.
        if event.is_err() || event.is_ok_and(|event| event.paths.iter().any(|path| concerns(event.kind, path))) {
            nudge.notify_one();
        }
    })?;
    let folder = |path: &Path| match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    watcher.watch(&folder(&places.database), RecursiveMode::NonRecursive)?;
    // The sandbox has no settings folder of its own, and most homes no templates.
    for folder in [folder(&places.settings), places.letters.clone()] {
        if folder.is_dir() {
            watcher.watch(&folder, RecursiveMode::NonRecursive)?;
        }
    }
    Ok(watcher)
}

fn is_write(kind: EventKind) -> bool {
    matches!(kind, EventKind::Modify(_) | EventKind::Create(_)) || is_write_ended(kind)
}

/// Closed after writing, or moved to its place.
fn is_write_ended(kind: EventKind) -> bool {
    let closed = EventKind::Access(AccessKind::Close(AccessMode::Write));
    kind == closed || matches!(kind, EventKind::Modify(notify::event::ModifyKind::Name(_)))
}

//! What wakes the loop: the minute, and a change of the database by another process. A wake-up carries no
//! meaning; losing one costs time, a second one costs nothing.

use std::path::Path;
use std::time::Duration;

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::sleep;
use tokio_cron_scheduler::{Job, JobScheduler};

use super::{DaemonError, RealWorld};
use crate::store::StoreError;

/// At second 0 of every minute (six fields, UTC).
const EVERY_MINUTE: &str = "0 * * * * *";
/// After a sign of a change, how long to look for the change itself: SQLite writes before it commits, and
/// its commit touches no file that could be watched.
const LOOK_AGAIN: [Duration; 6] = [
    Duration::from_millis(2),
    Duration::from_millis(10),
    Duration::from_millis(20),
    Duration::from_millis(50),
    Duration::from_millis(250),
    Duration::from_millis(1000),
];

/// Why the loop is nudged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nudge {
    Minute,
    File,
}

/// The sources that nudge the loop, through a channel that holds one nudge.
pub(super) struct Wakes {
    nudges: Receiver<Nudge>,
    scheduler: JobScheduler,
    /// Watches as long as it lives.
    _watcher: RecommendedWatcher,
}

impl Wakes {
    /// Begins to watch the folder of `database`, and the minute.
    pub(super) async fn new(database: &Path) -> Result<Self, DaemonError> {
        let (nudge, nudges) = channel(1);
        let watcher = watch(database, nudge.clone())?;
        let mut scheduler = JobScheduler::new().await?;
        // The job only nudges: it may overlap, come late or be lost without harm.
        let job = Job::new_async(EVERY_MINUTE, move |_, _| {
            let nudge = nudge.clone();
            Box::pin(async move {
                let _ = nudge.try_send(Nudge::Minute);
            })
        })?;
        scheduler.add(job).await?;
        scheduler.start().await?;
        scheduler.remove_shutdown_handler();
        Ok(Self { nudges, scheduler, _watcher: watcher })
    }

    /// Returns at the minute, or once the database's version is no longer `version`.
    pub(super) async fn changed(&mut self, world: &RealWorld, version: i64) -> Result<(), StoreError> {
        let moved = async || world.database(|store| store.data_version()).await.map(|now| now != version);
        if moved().await? {
            return Ok(());
        }
        while let Some(nudge) = self.nudges.recv().await {
            if nudge == Nudge::Minute || moved().await? {
                return Ok(());
            }
            for pause in LOOK_AGAIN {
                sleep(pause).await;
                if moved().await? {
                    return Ok(());
                }
            }
        }
        // No source is left that could nudge; the loop's own sleep is.
        std::future::pending().await
    }

    pub(super) async fn shutdown(&mut self) {
        if let Err(error) = self.scheduler.shutdown().await {
            tracing::debug!(%error, "the scheduler did not stop");
        }
    }
}

/// Nudges on every write to the database's files. Watches the folder, since SQLite makes and removes files
/// in it, and opens none of them.
fn watch(database: &Path, nudge: Sender<Nudge>) -> Result<RecommendedWatcher, notify::Error> {
    let name = database.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let is_ours =
        move |path: &std::path::PathBuf| path.file_name().is_some_and(|file| file.to_string_lossy().starts_with(&name));
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let concerns = match event {
            Ok(event) => is_write(event.kind) && event.paths.iter().any(&is_ours),
            // The queue overflowed or the like: something happened.
            Err(_) => true,
        };
        if concerns {
            let _ = nudge.try_send(Nudge::File);
        }
    })?;
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    watcher.watch(folder, RecursiveMode::NonRecursive)?;
    Ok(watcher)
}

fn is_write(kind: EventKind) -> bool {
    let closed_after_writing = EventKind::Access(AccessKind::Close(AccessMode::Write));
    matches!(kind, EventKind::Modify(_) | EventKind::Create(_)) || kind == closed_after_writing
}

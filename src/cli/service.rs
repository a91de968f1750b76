//! The service: `daemon` and `tick`.

use std::io::IsTerminal;

use serde_json::json;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};

use super::failure::{Failure, Kind};
use super::setup::create_folder;
use super::{Context, Report, account};
use crate::config;
use crate::daemon;
use crate::world::Stop;

/// Runs until it is told to stop.
pub(super) fn daemon(context: &Context) -> Result<Report, Failure> {
    let ended = keep_running(context);
    if let Err(failure) = &ended {
        // In the journal as one entry, with the urgency that it has.
        context.log_failure(failure);
    }
    ended
}

fn keep_running(context: &Context) -> Result<Report, Failure> {
    let config = context.config()?;
    create_folder(&context.places.database)?;
    context.log(&config.log);
    run(async {
        let stop = stop_on_signal()?;
        let settings = || config::load_with(&context.places, &context.environment, &context.command_line());
        daemon::run(settings, &context.places, stop).await?;
        Ok(Report::new("", json!({ "stopped": true })))
    })
}

/// Looks once, and ends.
pub(super) fn tick(context: &Context) -> Result<Report, Failure> {
    let config = context.config()?;
    create_folder(&context.places.database)?;
    // In a terminal its last words say it all.
    if context.is_verbose() || !std::io::stderr().is_terminal() {
        context.log(&config.log);
    }
    run(async {
        let stop = stop_on_signal()?;
        let advice = account::advice(&config);
        let (looked, account) = daemon::tick_once(config, &context.places, stop).await?;
        if let Some(why) = account.why.filter(|_| account.failures > 0) {
            let failure = Failure::new(Kind::Unreachable, format!("mail cannot be sent: {why}"));
            return Err(match account.paused {
                true => failure.hint(advice).hint("nothing is lost; it is tried again as soon as the settings change"),
                false => failure.hint("nothing is lost; it is tried again at the next tick after a while"),
            });
        }
        if looked.clock_distrusted {
            let message = "nothing is sent while the clock cannot be trusted";
            return Err(Failure::new(Kind::Failed, message).hint("see followup status"));
        }
        let human = format!("Looked at {} due, sent {}, told {}.\n", looked.due, looked.sent, looked.told);
        let json =
            json!({ "due": looked.due, "submitted": looked.submitted, "sent": looked.sent, "told": looked.told });
        Ok(Report::new(human, json))
    })
}

/// Runs `work` to its end, and waits for nothing else: a look-up of a name that was given up goes on until the resolver
/// gives up too, which can take minutes.
fn run<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = runtime()?;
    let done = runtime.block_on(work);
    runtime.shutdown_background();
    done
}

/// One thread, and few beside it for what blocks: the database, which is one at a time, and names that are looked up. Each
/// thread that ever allocates keeps memory of its own.
pub(super) fn runtime() -> Result<Runtime, Failure> {
    const BLOCKING: usize = 4;
    let built = Builder::new_current_thread().max_blocking_threads(BLOCKING).enable_all().build();
    built.map_err(|error| Failure::new(Kind::Failed, format!("the runtime does not start: {error}")))
}

/// Asks to stop at SIGTERM and SIGINT, and when its terminal is closed (SIGHUP). Without a terminal SIGHUP
/// means new settings, and these are noticed anyway.
fn stop_on_signal() -> Result<Stop, Failure> {
    let (switch, stop) = Stop::switch();
    let failed = |error| Failure::new(Kind::Failed, format!("signals cannot be heard: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut hangup = signal(SignalKind::hangup()).map_err(failed)?;
    let in_terminal = std::io::stderr().is_terminal();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
                _ = hangup.recv() => if in_terminal { break },
            }
        }
        tracing::info!("asked to stop");
        let _ = switch.send(true);
        // Kept until the end: a switch that is dropped would never ask.
        std::future::pending::<()>().await;
    });
    Ok(stop)
}

//! The log of the service: what it says, where, and in which shape.
//!
//! Each line can be read by itself at three in the morning: an error wants the person, a warning is tried again or was
//! told, an informational line is something that happened, and nothing is said while nothing happens. Fields
//! (`application`, `followup`, `phase`) stand beside the words, or with the span they are in, for JSON and the journal. No
//! line has a password or a letter, and none below the level of debugging a whole address.

use std::fmt;
use std::io::IsTerminal;
use std::os::unix::fs::MetadataExt;

use tracing::field::Field;
use tracing::{Event, Subscriber};
use tracing_journald::{Layer as Journal, Priority, PriorityMappings};
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::fmt::format::{Writer, debug_fn};
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use super::failure::Failure;
use crate::config::{Log, LogFormat};
use crate::core::address::without_people;

/// Begins the log as `log` asks for; `journal_stream` is the variable by which systemd says that standard error goes to
/// the journal.
pub(super) fn begin(log: &Log, journal_stream: Option<&str>) {
    // The libraries' own logs only where something is wrong; lettre has none, since its would show the login.
    let filter = EnvFilter::new(format!("warn,followup={}", log.level));
    let registry = tracing_subscriber::registry().with(filter);
    let wants_journal = match log.format {
        LogFormat::Journald => true,
        LogFormat::Auto => journal_stream.is_some_and(is_standard_error),
        LogFormat::Text | LogFormat::Json => false,
    };
    let journal = wants_journal.then(journal);
    // A log that cannot be written (a full disk, a reader that went away) is no reason to stop sending: left to
    // itself the subscriber would say so on the same broken stream, and panic.
    let plain = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .log_internal_errors(false);
    // An error means that a log is set up already, which is as good.
    let unreachable = match journal {
        Some(Ok(journal)) => return drop(registry.with(journal).try_init()),
        Some(Err(error)) => Some(error),
        None => None,
    };
    let _ = match log.format {
        LogFormat::Json => registry.with(plain.json()).try_init(),
        _ => registry.with(plain.fmt_fields(debug_fn(words)).event_format(Words)).try_init(),
    };
    if let Some(error) = unreachable {
        tracing::warn!(%error, "the journal cannot be reached; the log goes to standard error");
    }
}

/// Says in the journal why the service ends, if standard error goes there.
pub(super) fn failure(failure: &Failure, journal_stream: Option<&str>) {
    if journal_stream.is_some_and(is_standard_error) {
        // Perhaps it ends before the settings could be read.
        begin(&Log { level: "info".to_owned(), format: LogFormat::Auto }, journal_stream);
        tracing::error!("{}", without_people(&failure.message));
    }
}

/// Whether standard error is the stream `device:inode` that systemd connected to the journal.
fn is_standard_error(stream: &str) -> bool {
    let Ok(ours) = std::fs::metadata("/proc/self/fd/2") else { return false };
    stream == format!("{}:{}", ours.dev(), ours.ino())
}

fn journal() -> std::io::Result<Journal> {
    // The levels mean the same to both: what is only informational is no notice.
    let levels = PriorityMappings {
        info: Priority::Informational,
        debug: Priority::Debug,
        trace: Priority::Debug,
        ..PriorityMappings::new()
    };
    Ok(Journal::new()?
        .with_field_prefix(None)
        .with_syslog_identifier("followup".to_owned())
        .with_priority_mappings(levels))
}

/// Time, level and words: a line for a person.
struct Words;

impl<S, N> FormatEvent<S, N> for Words
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        SystemTime.format_time(&mut writer)?;
        write!(writer, " {:>5} ", event.metadata().level())?;
        context.field_format().format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}

/// The words, and those fields that they do not have in them already.
fn words(writer: &mut Writer<'_>, field: &Field, value: &dyn fmt::Debug) -> fmt::Result {
    match field.name() {
        "message" => write!(writer, "{value:?}"),
        "application" | "followup" | "phase" => Ok(()),
        name => write!(writer, " {name}={value:?}"),
    }
}

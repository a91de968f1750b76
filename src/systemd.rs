//! Floor 1: what systemd is told while the daemon runs (`sd_notify(3)`). Where nobody listens, nothing happens.

use sd_notify::NotifyState;

/// The start is over: everything that a unit waits for is there.
pub fn ready() {
    say(&[NotifyState::Ready]);
}

/// The end has begun.
pub fn stopping() {
    say(&[NotifyState::Stopping]);
}

/// The line that `systemctl status` shows.
pub fn status(line: &str) {
    say(&[NotifyState::Status(line)]);
}

/// The loop is alive: feeds the watchdog. Only the loop's own task says this, at each look and between the phases of a
/// send, never a timer beside it: a timer would go on while the loop hangs.
pub fn alive() {
    say(&[NotifyState::Watchdog]);
}

fn say(state: &[NotifyState]) {
    // A message that is lost is followed by another; there is nobody to tell.
    let _ = sd_notify::notify(state);
}

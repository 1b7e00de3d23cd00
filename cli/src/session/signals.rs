//! Turns signals into session events.

use std::io;
use std::sync::mpsc::SyncSender;
use std::thread;

use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGWINCH};
use signal_hook::iterator::Signals;

use super::SessionEvent;

/// Forwards every signal as an event from now on. Until this returns, signals keep their default
/// actions, so none is lost.
pub(super) fn forward(events: &SyncSender<SessionEvent>) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGCONT])?;
    let events = events.clone();
    thread::spawn(move || {
        for signal in signals.forever() {
            if events.send(SessionEvent::Signal(signal)).is_err() {
                return;
            }
        }
    });
    Ok(())
}

//! Turns signals into session events.

use std::io;
use std::sync::mpsc::SyncSender;
use std::thread;

use persistproc_api::inherited::at_start;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGWINCH};
use signal_hook::iterator::Signals;

use super::{SessionEvent, init_process};

/// Forwards every signal as an event from now on. Until this returns, signals keep their default
/// actions, so none is lost.
pub(super) fn forward(events: &SyncSender<SessionEvent>) -> io::Result<()> {
    let mut signals = Signals::new([SIGWINCH, SIGCONT])?;
    if !init_process::is_init() {
        // The first process of a container passes these on instead. A signal that the caller
        // ignores, as `nohup` does, stays ignored.
        let ignored = at_start::ignored_signals();
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            if !ignored.contains(signal as u8) {
                signals.add_signal(signal)?;
            }
        }
    }
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

//! [`spawn`]: threads of the dashboard. A panic in one of them ends the dashboard, with the terminal
//! restored.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::SyncSender;
use std::thread;

use super::event::UiEvent;

/// Starts a thread.
pub(super) fn spawn(events: SyncSender<UiEvent>, work: impl FnOnce() + Send + 'static) {
    thread::spawn(move || {
        if catch_unwind(AssertUnwindSafe(work)).is_err() {
            // Fails if the dashboard has ended.
            events.send(UiEvent::Panicked).ok();
        }
    });
}

//! `BackgroundWatch`: notices that the process needs our terminal while we are a background job. A
//! program without us would be stopped by the terminal then.

use std::sync::mpsc::SyncSender;
use std::thread::{self, Thread};
use std::time::Duration;

use super::SessionEvent;
use super::shim_link::ShimLink;
use crate::terminal::TerminalHandle;

/// The time between the first two looks. The start of a read is no event. The time doubles with each
/// look, so that a job that runs for long costs nothing.
const MIN_INTERVAL: Duration = Duration::from_millis(20);

const MAX_INTERVAL: Duration = Duration::from_secs(60 * 60);

/// Starts the thread. In the foreground it is parked; the caller unparks it when we are continued.
pub(super) fn watch(
    terminal: TerminalHandle,
    link: ShimLink,
    events: SyncSender<SessionEvent>,
) -> Thread {
    let watcher = thread::spawn(move || {
        let mut interval = MIN_INTERVAL;
        loop {
            if terminal.in_foreground() {
                thread::park();
                interval = MIN_INTERVAL;
                continue;
            }
            let facts = link.ask_facts().unwrap_or_default();
            // Without an answer there is no connection.
            let changes_mode = facts.owned_keys && !facts.canonical;
            if facts.reads_input || changes_mode {
                if events.send(SessionEvent::TerminalNeeded { changes_mode }).is_err() {
                    return;
                }
                thread::park();
                interval = MIN_INTERVAL;
                continue;
            }
            thread::park_timeout(interval);
            interval = (interval * 2).min(MAX_INTERVAL);
        }
    });
    watcher.thread().clone()
}

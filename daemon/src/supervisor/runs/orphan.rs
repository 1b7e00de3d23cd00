//! What a shim that was killed left behind and no other shim could take over. Nobody reads its
//! output any more; before a new run of the same process begins it has to go, or there are two.

use std::path::Path;
use std::time::Duration;

use persistproc_api::record::{Identity, RunRecord, RunState};
use rustix::process::{Pid, Signal, kill_process};

use crate::platform::pidfd::PidFd;
use crate::platform::tree;

/// It is killed, so this is for the kernel, not for the program.
const PATIENCE: Duration = Duration::from_secs(2);

/// The child of a lost run, if it lives.
pub(super) fn child(run: &RunRecord) -> Option<Identity> {
    let RunState::Lost { child, .. } = run.state else { return None };
    child.filter(|child| tree::is_alive(*child))
}

/// Ends what is left of a run that has no shim any more, whose folder this is; blocks until it is
/// gone.
pub(super) fn end(run: &RunRecord, folder: &Path) {
    let pids = tree::run_members(child(run), folder);
    if pids.is_empty() {
        return;
    }
    tracing::warn!("run {} left processes behind; they are ended: {pids:?}", run.run);
    let watched: Vec<_> = pids.iter().filter_map(|pid| PidFd::from_pid(*pid)).collect();
    for pid in pids.into_iter().filter_map(|pid| Pid::from_raw(pid as i32)) {
        // One that has ended meanwhile is what was wanted.
        kill_process(pid, Signal::KILL).ok();
    }
    for watch in watched {
        // Whoever does not go even when killed is the kernel's business.
        watch.wait(PATIENCE);
    }
}

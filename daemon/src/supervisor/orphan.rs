//! A child whose shim was killed and that lives on without a parent of ours. Nobody reads its
//! output any more; before a new run of the same process begins it has to go, or there are two.

use std::time::Duration;

use persistproc_api::record::{RunRecord, RunState};
use rustix::process::{Pid, Signal, kill_process};

use crate::platform::tree;
use crate::platform::watch::Watch;

/// It is killed, so this is for the kernel, not for the program.
const PATIENCE: Duration = Duration::from_secs(2);

/// Ends the tree of a lost run, if the very child it had still lives; blocks until it is gone.
pub(super) fn end(run: &RunRecord) {
    let RunState::Lost { child: Some(child), .. } = run.state else { return };
    if !tree::is_alive(child) {
        return;
    }
    tracing::warn!("run {} left its child {} behind; it is ended", run.run, child.pid);
    let mut pids = tree::descendants(child.pid);
    pids.push(child.pid);
    let watched: Vec<_> = pids.iter().filter_map(|pid| Watch::of_pid(*pid)).collect();
    for pid in pids.into_iter().filter_map(|pid| Pid::from_raw(pid as i32)) {
        // One that has ended meanwhile is what was wanted.
        kill_process(pid, Signal::KILL).ok();
    }
    for watch in watched {
        // Whoever does not go even when killed is the kernel's business.
        watch.wait(PATIENCE);
    }
}

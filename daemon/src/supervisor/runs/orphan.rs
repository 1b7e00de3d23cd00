//! Orphans: what is left of a run whose shim was killed when no other shim could take over. Its
//! output is no longer read. Its processes must be gone before the next run of the same process
//! starts, or two copies would run.

use std::path::Path;
use std::time::{Duration, Instant};

use persistproc_api::record::{Identity, RunRecord, RunState};
use rustix::process::{Pid, Signal, kill_process};

use crate::platform::pidfd::PidFd;
use crate::platform::run_tree::RunTree;
use crate::platform::tree;

/// How long a process may take to disappear after SIGKILL.
const KILL_TIMEOUT: Duration = Duration::from_secs(2);

/// The child of a lost run, if it is alive.
pub(super) fn child(run: &RunRecord) -> Option<Identity> {
    let RunState::Lost { child, .. } = run.state else { return None };
    child.filter(|child| tree::is_alive(*child))
}

/// Kills what is left of a run without a shim, and blocks until it is gone. `folder` is the run's.
pub(super) fn kill(run: &RunRecord, folder: &Path) {
    let pids = pids_to_kill(run, folder);
    if pids.is_empty() {
        return;
    }
    tracing::warn!("run {} left processes behind, killing them: {pids:?}", run.run);
    let watches: Vec<_> = pids.iter().filter_map(|pid| PidFd::from_pid(*pid)).collect();
    for pid in pids.into_iter().filter_map(|pid| Pid::from_raw(pid as i32)) {
        // Fails for one that has exited in the meantime.
        kill_process(pid, Signal::KILL).ok();
    }
    for watch in watches {
        // A process that outlives SIGKILL is stuck in the kernel; nothing more can be done.
        watch.wait(KILL_TIMEOUT);
    }
}

/// Kills the tree of a run whose shim is alive and does not answer, and blocks until the tree is empty.
/// It may grow while it is killed.
pub(super) fn kill_tree(tree: &RunTree, shim: Option<Identity>) {
    let deadline = Instant::now() + KILL_TIMEOUT;
    while Instant::now() < deadline {
        let below = shim.map_or_else(Vec::new, |shim| tree.below(shim.pid));
        let members = [below, tree.carrying_variable()].concat();
        if members.is_empty() {
            return;
        }
        let watches: Vec<_> = members.iter().filter_map(|one| PidFd::from_pid(one.pid)).collect();
        for pid in members.iter().filter_map(|member| Pid::from_raw(member.pid as i32)) {
            // Fails for one that has exited in the meantime.
            kill_process(pid, Signal::KILL).ok();
        }
        for watch in watches {
            watch.wait(deadline.saturating_duration_since(Instant::now()));
        }
    }
}

/// The whole tree of a child that is alive, and of a service. Of a child that has ended, the processes in its
/// session: as under a shim, those that have a session of their own outlive it.
fn pids_to_kill(run: &RunRecord, folder: &Path) -> Vec<u32> {
    let child = match &run.state {
        RunState::Ended { child, .. } | RunState::Running { child, .. } => Some(*child),
        RunState::Lost { child, .. } => *child,
        RunState::Starting { .. } | RunState::Failed { .. } => None,
    };
    let mut members = RunTree::new(folder, child).carrying_variable();
    if !child.is_some_and(tree::is_alive)
        && !run.service
        && let Some(session) = run.session
    {
        members.retain(|member| member.session == session);
    }
    members.into_iter().map(|member| member.pid).collect()
}

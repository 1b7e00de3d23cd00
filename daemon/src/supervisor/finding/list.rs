//! [`list`]: the processes that pass the filters of a query.

use std::cmp::Reverse;
use std::sync::Arc;

use persistproc_api::process::ListQuery;
use persistproc_api::{Process, Target};

use super::daemon_entry::daemon_entry;
use super::resolve;
use crate::supervisor::registry::Registry;

/// The processes that pass the filters: running ones first, then the newest.
pub(crate) fn list(registry: &Registry, query: &ListQuery) -> Vec<Arc<Process>> {
    // The predecessor's convention. No process has this pid.
    if query.pid == Some(0) && query.target.is_none() {
        return vec![Arc::new(daemon_entry(registry))];
    }
    let mut processes = registry.processes();
    if let Some(target) = &query.target {
        let target = Target::new(target, query.working_directory.clone());
        processes = resolve::hits(&processes, &target);
    } else if let Some(directory) = &query.working_directory {
        processes.retain(|process| process.working_directory == *directory);
    }
    processes.retain(|process| {
        let status = process.status.kind();
        query.status.as_ref().is_none_or(|statuses| statuses.contains(status))
            && query.label.as_ref().is_none_or(|label| process.label == *label)
            && query.pid.is_none_or(|pid| process.status.pid() == Some(pid))
    });
    processes.sort_by_key(|process| {
        let newest = process.status.start_time().or(process.status.end_time());
        (!process.status.is_alive(), Reverse(newest))
    });
    processes
}

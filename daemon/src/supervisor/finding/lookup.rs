//! Which processes there are, and which one a target names: reads of what is known, that wait for
//! nothing and change nothing.

use persistproc_api::process::ListQuery;
use persistproc_api::{ErrorCode, Problem, Process, Target};

use super::resolve;
use crate::supervisor::Supervisor;
use crate::supervisor::runs::handle::ProcessHandle;

impl Supervisor {
    /// Processes that pass the filters: running ones first, then the newest.
    pub fn list(&self, query: &ListQuery) -> Vec<Process> {
        let mut processes = self.processes();
        if let Some(target) = &query.target {
            let target = Target::new(target, query.working_directory.clone());
            let hits = resolve::hits(&processes, &target);
            processes = hits.into_iter().cloned().collect();
        } else if let Some(directory) = &query.working_directory {
            processes.retain(|process| process.working_directory == *directory);
        }
        processes.retain(|process| {
            query.status.is_none_or(|status| process.status.kind() == status)
                && query.label.as_ref().is_none_or(|label| process.label == *label)
                && query.pid.is_none_or(|pid| process.status.pid() == Some(pid))
        });
        processes.sort_by_key(|process| {
            let newest = process.status.start_time().or(process.status.end_time());
            (!process.status.is_alive(), std::cmp::Reverse(newest))
        });
        processes
    }

    /// The process that a target names.
    pub fn resolve(&self, target: &Target) -> Result<Process, Problem> {
        resolve::resolve(&self.processes(), target).cloned()
    }

    /// Every process that has run at least once.
    pub(crate) fn processes(&self) -> Vec<Process> {
        let views = self
            .handles()
            .values()
            .map(|handle| handle.view.borrow().process.clone())
            .collect::<Vec<_>>();
        views.into_iter().filter(|process| process.run > 0).collect()
    }

    pub(crate) fn handle(&self, target: &Target) -> Result<ProcessHandle, Problem> {
        // An id wins over all else that a target may be, and no other process has to be looked at.
        let by_id = self.handles().get(&target.name).cloned();
        if let Some(handle) = by_id.filter(|handle| handle.view.borrow().process.run > 0) {
            return Ok(handle);
        }
        let id = self.resolve(target)?.id;
        let handle = self.handles().get(&id).cloned();
        handle.ok_or_else(|| {
            let message = format!("`{}` was forgotten just now.", target.name);
            Problem::new(ErrorCode::NotFound, message)
        })
    }
}

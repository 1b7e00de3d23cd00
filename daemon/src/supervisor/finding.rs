//! Finding processes: the list with its filters, and the process that a target names.

mod daemon_entry;
pub(crate) mod list;
pub mod resolve;

use persistproc_api::{ErrorCode, Problem, Process, Target};

use super::registry::Registry;
use super::runs::handle::ProcessHandle;

/// The process that a target names.
pub(crate) fn process(registry: &Registry, target: &Target) -> Result<Process, Problem> {
    resolve::resolve(&registry.processes(), target).cloned()
}

/// The handle of the process that a target names.
pub(crate) fn handle(registry: &Registry, target: &Target) -> Result<ProcessHandle, Problem> {
    // An id comes first in the order of resolution, so the other processes need not be compared.
    let by_id = registry.handles().get(&target.name).cloned();
    if let Some(handle) = by_id.filter(|handle| handle.process().run > 0) {
        return Ok(handle);
    }
    let id = process(registry, target)?.id;
    let handle = registry.handles().get(&id).cloned();
    handle.ok_or_else(|| {
        let message = format!("`{}` was forgotten just now.", target.name);
        Problem::new(ErrorCode::NotFound, message)
    })
}

//! Finding processes: the list with its filters, the process that a target names, and its runs.

mod daemon_entry;
pub(crate) mod directory_tree;
pub(crate) mod list;
mod name_parts;
pub mod resolve;
pub(crate) mod runs;

use std::fs;

use persistproc_api::control::ProcessQuery;
use persistproc_api::{ErrorCode, Problem, Process, Target};

use self::directory_tree::DirectoryTree;
use super::registry::Registry;
use super::runs::handle::ProcessHandle;

/// The process that a target names.
pub(crate) fn process(registry: &Registry, target: &Target) -> Result<Process, Problem> {
    let tree = target.directory.as_deref().map(DirectoryTree::new);
    resolve::resolve(&registry.processes(), target, tree.as_ref()).cloned()
}

/// The process that a target names for a request that changes it.
pub(crate) fn process_to_change(registry: &Registry, target: &Target) -> Result<Process, Problem> {
    let tree = target.directory.as_deref().map(DirectoryTree::new);
    resolve::resolve_to_change(&registry.processes(), target, tree.as_ref()).cloned()
}

/// The process of this name that a query asks for.
pub(crate) fn find(
    registry: &Registry,
    name: String,
    query: ProcessQuery,
) -> Result<Process, Problem> {
    let for_change = query.for_change.unwrap_or(false);
    let directory = query.working_directory.clone();
    let target = Target::new(name, query.working_directory);
    match directory {
        Some(directory) if query.only_in_directory.unwrap_or(false) => {
            // Processes have directories with links resolved.
            let directory = fs::canonicalize(&directory).unwrap_or(directory);
            resolve::resolve_below(&registry.processes(), &target, &directory, for_change)
        }
        _ if for_change => process_to_change(registry, &target),
        _ => process(registry, &target),
    }
}

/// The handle of the process that a target names.
pub(crate) fn handle(registry: &Registry, target: &Target) -> Result<ProcessHandle, Problem> {
    find_handle(registry, target, process)
}

/// The handle of the process that a target names for a request that changes it.
pub(crate) fn handle_to_change(
    registry: &Registry,
    target: &Target,
) -> Result<ProcessHandle, Problem> {
    find_handle(registry, target, process_to_change)
}

fn find_handle(
    registry: &Registry,
    target: &Target,
    find: fn(&Registry, &Target) -> Result<Process, Problem>,
) -> Result<ProcessHandle, Problem> {
    // An id comes first in the order of resolution, so the other processes need not be compared.
    let by_id = registry.handles().get(&target.name).cloned();
    if let Some(handle) = by_id.filter(|handle| handle.process().run > 0) {
        return Ok(handle);
    }
    let id = find(registry, target)?.id;
    let handle = registry.handles().get(&id).cloned();
    handle.ok_or_else(|| {
        let message = format!("`{}` was forgotten just now.", target.name);
        Problem::new(ErrorCode::NotFound, message)
    })
}

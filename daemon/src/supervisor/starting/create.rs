//! [`find_or_create`]: the process that a start request is about, which exists already or is
//! created with a task of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use persistproc_api::daemon::Limits;
use persistproc_api::launch::Launch;
use persistproc_api::record::{ProcessRecord, RunRecord, RunState};
use persistproc_api::{Problem, Process};

use super::id::new_id;
use crate::supervisor::forget::forget_oldest;
use crate::supervisor::problems;
use crate::supervisor::registry::{Registry, check_capacity};
use crate::supervisor::requests::spec::ProcessSpec;
use crate::supervisor::runs::handle::ProcessHandle;
use crate::supervisor::runs::lifecycle::Phase;
use crate::supervisor::runs::state::ProcessState;

/// The process with the label of the request, or else the running one with the same command and
/// directory, or else a new one.
pub(crate) fn find_or_create(
    registry: &Arc<Registry>,
    spec: &ProcessSpec,
) -> Result<ProcessHandle, Problem> {
    registry.check_open()?;
    let mut handles = registry.handles();
    let label = spec.label.clone().unwrap_or_else(|| spec.default_label());
    let with_label = handles.values().find(|handle| handle.view.borrow().process.label == label);
    if let Some(handle) = with_label {
        let process = handle.process();
        if is_present(&process) && !is_same_command(&process, spec) {
            return Err(problems::label_in_use(&process));
        }
        if !is_present(&process) {
            check_capacity(&handles)?;
        }
        return Ok(handle.clone());
    }
    if spec.label.is_none() {
        let running = handles.values().find(|handle| {
            let process = &handle.view.borrow().process;
            is_same_command(process, spec) && is_present(process)
        });
        if let Some(handle) = running {
            return Ok(handle.clone());
        }
    }
    check_capacity(&handles)?;
    let dirs = registry.dirs();
    let Launch { command, working_directory, .. } = &spec.launch;
    let id = new_id(working_directory, command, dirs.max_id_bytes(), |id| {
        handles.contains_key(id) || dirs.process(id).exists()
    });
    let handle = registry.add(&mut handles, new_process(registry, id, label, spec));
    drop(handles);
    forget_oldest(registry);
    Ok(handle)
}

/// Whether the process runs, or is about to have its first run.
fn is_present(process: &Process) -> bool {
    process.run == 0 || process.status.is_alive()
}

fn is_same_command(process: &Process, spec: &ProcessSpec) -> bool {
    process.command == spec.launch.command
        && process.working_directory == spec.launch.working_directory
}

/// A process without a run.
fn new_process(registry: &Registry, id: String, label: String, spec: &ProcessSpec) -> ProcessState {
    let Limits { log_limit, .. } = registry.limits();
    // The variables of the request are added when the task handles it.
    let environment = if spec.inherit_environment { own_environment() } else { BTreeMap::new() };
    let launch = Launch { environment, ..spec.launch.clone() };
    let folder = registry.folder(&id);
    let process = ProcessRecord::new(id, label, launch, log_limit);
    let run = RunRecord::new(0, &process.launch, RunState::Starting { time: process.created });
    ProcessState { folder, process, run, phase: Phase::Ended, link: None }
}

/// The environment of the daemon, for requests that bring none.
fn own_environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

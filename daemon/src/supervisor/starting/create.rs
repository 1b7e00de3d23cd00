//! [`find_or_create`]: the process that a start request is about, which exists already or is
//! created with a task of its own.
//!
//! A start finds a process by its label, or a running one by its command and directory, and joins
//! its run. A private run is not joined, and no run by another start of the same job. A start that
//! finds only such runs gets a process with a numbered label: an ended one of the same command, so
//! that a loop of private runs does not fill the list, or else a new one.
//!
//! A new process that inherits an environment needs one, which may take seconds to find out. The caller
//! does so and asks again.

use std::collections::BTreeSet;
use std::sync::Arc;

use persistproc_api::daemon::Limits;
use persistproc_api::environment::Environment;
use persistproc_api::launch::Launch;
use persistproc_api::record::{ProcessRecord, RunRecord, RunState};
use persistproc_api::start::IfRunning;
use persistproc_api::{Problem, Process};

use super::base_environment::BaseEnvironment;
use super::id::new_id;
use crate::supervisor::forget::forget_oldest;
use crate::supervisor::problems;
use crate::supervisor::registry::{Handles, Registry, check_capacity};
use crate::supervisor::requests::spec::ProcessSpec;
use crate::supervisor::runs::access::RunAccess;
use crate::supervisor::runs::handle::ProcessHandle;
use crate::supervisor::runs::state::ProcessState;
use crate::supervisor::runs::view::ProcessView;

/// The answer to [`find_or_create`].
pub(crate) enum FoundProcess {
    /// It existed.
    Existing(ProcessHandle),
    /// It was created, with the base environment.
    New(ProcessHandle),
    /// It does not exist, and no base environment was given.
    NeedsEnvironment,
}

/// The process with the label of the request, or else the running one with the same command and
/// directory, or else a new one. `taken` are the ids of processes whose task has found that this
/// start cannot join their run.
pub(crate) fn find_or_create(
    registry: &Arc<Registry>,
    spec: &ProcessSpec,
    if_running: IfRunning,
    taken: &BTreeSet<String>,
    base: Option<&BaseEnvironment>,
) -> Result<FoundProcess, Problem> {
    registry.check_open()?;
    let mut handles = registry.handles();
    let offer = spec.handover.as_ref();
    let is_joinable = |handle: &ProcessHandle| {
        let joins_any = if_running != IfRunning::Return;
        !taken.contains(&handle.id) && (joins_any || handle.view.borrow().access.admits(offer))
    };
    let mut label = spec.label(1);
    registry.labels_in_transit().check_free(&label)?;
    if let Some(handle) = with_label(&handles, &label) {
        let process = handle.process();
        if is_present(&process) && !is_same_command(&process, spec) {
            return Err(problems::label_in_use(&process));
        }
        if !is_present(&process) && !taken.contains(&handle.id) {
            check_capacity(&handles)?;
            return Ok(FoundProcess::Existing(handle.clone()));
        }
        if is_joinable(handle) {
            return Ok(FoundProcess::Existing(handle.clone()));
        }
    }
    if spec.label.is_none() {
        let is_running =
            |view: &ProcessView| is_same_command(&view.process, spec) && is_present(&view.process);
        let mut running = handles.values().filter(|handle| is_running(&handle.view.borrow()));
        let running = running.find(|handle| is_joinable(handle));
        if let Some(handle) = running {
            return Ok(FoundProcess::Existing(handle.clone()));
        }
        let relabelled = handles.values().find(|handle| {
            let view = handle.view.borrow();
            let is_free = !is_present(&view.process) && !taken.contains(&handle.id);
            is_free && view.relabelled && is_same_command(&view.process, spec)
        });
        if let Some(handle) = relabelled {
            check_capacity(&handles)?;
            return Ok(FoundProcess::Existing(handle.clone()));
        }
    } else if with_label(&handles, &label).is_none()
        && let Some(handle) = handles.get(&label)
    {
        // The id would be taken for the name.
        return Err(problems::name_in_use(&label, &handle.process()));
    }
    check_capacity(&handles)?;
    for number in 2_u32.. {
        let Some(handle) = with_label(&handles, &label) else { break };
        let process = handle.process();
        let is_free = !is_present(&process) && !taken.contains(&handle.id);
        if is_free && is_same_command(&process, spec) {
            return Ok(FoundProcess::Existing(handle.clone()));
        }
        label = spec.label(number);
    }
    let environment = match (spec.inherit_environment, base) {
        (false, _) => Environment::default(),
        (true, Some(base)) => base.variables.without_agent_variables(),
        (true, None) => return Ok(FoundProcess::NeedsEnvironment),
    };
    let dirs = registry.dirs();
    let Launch { command, working_directory, .. } = &spec.launch;
    let own_label = spec.label.as_ref().map(|_| label.as_str());
    let id = new_id(own_label, working_directory, command, dirs.max_id_bytes(), |id| {
        handles.contains_key(id) || dirs.process(id).exists()
    });
    let process = new_process(registry, id, label, spec, environment);
    let handle = registry.add(&mut handles, process);
    drop(handles);
    forget_oldest(registry);
    Ok(FoundProcess::New(handle))
}

fn with_label<'a>(handles: &'a Handles, label: &str) -> Option<&'a ProcessHandle> {
    handles.values().find(|handle| handle.view.borrow().process.label == label)
}

/// Whether the process runs, or is about to have its first run.
fn is_present(process: &Process) -> bool {
    process.run == 0 || process.status.is_alive()
}

fn is_same_command(process: &Process, spec: &ProcessSpec) -> bool {
    process.command == spec.launch.command
        && process.command_base64 == spec.launch.command_base64
        && process.working_directory == spec.launch.working_directory
        && process.working_directory_base64 == spec.launch.working_directory_base64
}

/// A process without a run. The variables of the request are added when the task handles it.
fn new_process(
    registry: &Registry,
    id: String,
    label: String,
    spec: &ProcessSpec,
    environment: Environment,
) -> ProcessState {
    let Limits { log_limit, .. } = registry.limits();
    let launch = Launch { environment, ..spec.launch.clone() };
    let folder = registry.folder(&id);
    let process = ProcessRecord::new(id, label, launch, log_limit);
    let state = RunState::Starting { time: process.created };
    let mut run = RunRecord::new(0, &process.launch, state);
    RunAccess::of_start(spec.handover.as_ref()).write_to(&mut run);
    ProcessState::ended(folder, process, run)
}

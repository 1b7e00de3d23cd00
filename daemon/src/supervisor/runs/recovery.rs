//! Recovery: what a new daemon finds on disk and in the list of processes. The task of each process
//! then adopts the run of a shim that is alive; a run without a shim is settled.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use persistproc_api::data_dirs::DataDirs;
use persistproc_api::launch::Launch;
use persistproc_api::record::{Identity, ProcessRecord, RunRecord, RunState};
use persistproc_api::{ErrorCode, Problem, Time};

use super::adoption::{Adoption, Adoptions};
use super::launch;
use super::lifecycle::Phase;
use super::link::ShimLink;
use super::orphan;
use super::state::ProcessState;
use crate::logs::repair;
use crate::platform::own_program;
use crate::platform::pidfd::PidFd;
use crate::platform::run_tree::RunTree;
use crate::platform::tree;
use crate::supervisor::storage::folder::{self, ProcessFolder};

/// How long the kernel may take from closing the files of a shim to ending the process.
pub const SHIM_EXIT_TIMEOUT: Duration = Duration::from_secs(2);

/// What a new daemon finds.
pub struct Recovered {
    pub states: Vec<ProcessState>,
    /// Shims of this data directory whose process has no readable record, each with its adoption.
    pub unrecorded: Vec<Adoption>,
}

/// Reads every process folder, and the list of shims. It waits for no shim.
pub fn recover_all(dirs: &DataDirs, adoptions: &Adoptions) -> Result<Recovered, Problem> {
    let ids = folder::ids(dirs).map_err(|error| {
        Problem::storage(format!("Cannot read {}", dirs.processes().display()), error)
    })?;
    let mut shims = own_program::own_shims();
    let mut states = Vec::new();
    for id in ids {
        let folder = ProcessFolder::new(dirs, &id);
        match recover(&folder, adoptions, &mut shims) {
            Ok(state) => states.push(state),
            Err(error) if shims.keys().any(|run| run.starts_with(dirs.process(&id))) => {
                tracing::warn!("the record of process {id} is asked of its shim: {error}");
            }
            Err(error) => {
                tracing::warn!("the record of process {id} is damaged: {error}");
                states.push(damaged(folder, &error));
            }
        }
    }
    let unrecorded = shims.into_iter().filter_map(|(run, shim)| {
        let id = process_id(dirs, &run)?;
        Some(adoptions.begin(&ProcessFolder::new(dirs, &id), Some(shim)))
    });
    Ok(Recovered { unrecorded: unrecorded.collect(), states })
}

/// The id of the process that a run folder belongs to, if that is in this data directory.
fn process_id(dirs: &DataDirs, run: &Path) -> Option<String> {
    let process = run.parent()?.parent()?;
    let id = process.strip_prefix(dirs.processes()).ok()?.to_str()?;
    (!id.is_empty() && !id.contains('/')).then(|| id.to_owned())
}

/// A process whose record cannot be read. It can be listed and forgotten.
fn damaged(folder: ProcessFolder, error: &std::io::Error) -> ProcessState {
    let path = folder.record().display().to_string();
    let problem = Problem::new(ErrorCode::Storage, format!("{path} cannot be read: {error}."))
        .hint(format!("Repair the file, or run `persistproc forget {}`.", folder.id()));
    let launch = Launch::new(Vec::new(), "/");
    let id = folder.id().to_owned();
    let process = ProcessRecord::new(id.clone(), id, launch, 0);
    let number = folder.runs().ok().and_then(|mut runs| runs.pop()).unwrap_or(1);
    let state = RunState::Failed { time: Time::now(), error: problem.clone() };
    let run = RunRecord::new(number, &process.launch, state);
    ProcessState { damage: Some(problem), ..ProcessState::ended(folder, process, run) }
}

/// Repairs the damaged logs of runs that have ended, on a thread that nothing waits for.
pub fn repair_logs_in_background(states: &[ProcessState]) {
    let folders: Vec<(ProcessFolder, Option<u32>)> = states
        .iter()
        .map(|state| {
            let is_written = state.link.is_some() || state.adoption.is_some();
            let written_run = is_written.then_some(state.run.run);
            (state.folder.clone(), written_run)
        })
        .collect();
    tokio::task::spawn_blocking(move || {
        for (folder, written_run) in folders {
            let has_ended = |run| written_run.is_none_or(|written_run| run < written_run);
            if let Err(error) = folder.repair_logs(has_ended) {
                tracing::warn!("cannot check a log: {error}");
            }
        }
    });
}

/// Reads a process and its latest run. Takes its shim out of `shims`.
fn recover(
    folder: &ProcessFolder,
    adoptions: &Adoptions,
    shims: &mut BTreeMap<PathBuf, Identity>,
) -> std::io::Result<ProcessState> {
    let process = folder.read()?;
    let Some(latest) = folder.runs()?.pop() else {
        return Err(std::io::Error::other("its folder `runs` is empty or gone"));
    };
    let listed_shim = shims.remove(&folder.run(latest));
    let read = folder.read_run(latest);
    let may_be_alive = match &read {
        Ok(run) => matches!(run.state, RunState::Starting { .. } | RunState::Running { .. }),
        Err(_) => true,
    };
    let run = match read {
        Ok(run) => run,
        // What the shim says is awaited.
        Err(_) if listed_shim.is_some() => {
            RunRecord::new(latest, &process.launch, RunState::Starting { time: Time::now() })
        }
        Err(error) => unreadable_run(&process, latest, &error),
    };
    if !may_be_alive {
        return Ok(ProcessState::ended(folder.clone(), process, run));
    }
    let adoption = Some(adoptions.begin(folder, listed_shim.or(run.shim)));
    let state = ProcessState::ended(folder.clone(), process, run);
    Ok(ProcessState { phase: Phase::Running, adoption, ..state })
}

/// Starts a shim for a child whose shim died while no daemon was running. The descriptors of its
/// streams are gone, but the child can be watched, signalled and stopped.
pub(super) async fn adopt_child(
    folder: &ProcessFolder,
    process: &ProcessRecord,
    run: &RunRecord,
) -> Option<ShimLink> {
    let RunState::Running { child, .. } = run.state else { return None };
    if let Some(shim) = run.shim.and_then(PidFd::from_identity) {
        // A shim that was killed just now needs a moment to exit.
        let has_exited = tokio::task::block_in_place(|| shim.wait(SHIM_EXIT_TIMEOUT));
        if !has_exited {
            return None;
        }
    }
    let tree = RunTree::new(&folder.run(run.run), Some(child));
    let is_alive = match run.leader_exit {
        // Its service is what runs.
        Some(_) => !tree.carrying_variable().is_empty(),
        None => tree::is_alive(child) && tree.marks(child.pid),
    };
    if !is_alive {
        return None;
    }
    tracing::warn!("the shim of run {} was killed; its child {} is alive", run.run, child.pid);
    let link = launch::take_over(folder, process, run, Vec::new(), false, false).await;
    link.inspect_err(|(error, _)| tracing::warn!("cannot start another shim: {error}")).ok()
}

/// Settles the record of a run whose shim is gone: the end that was noted, or [`RunState::Lost`].
/// Repairs its log and kills what is left of its tree.
pub fn settle(folder: &ProcessFolder, mut run: RunRecord, stop_requested: bool) -> RunRecord {
    let (child, start_time) = match &run.state {
        RunState::Running { child, start_time } => (Some(*child), *start_time),
        RunState::Starting { time } => (None, *time),
        RunState::Ended { .. } | RunState::Failed { .. } | RunState::Lost { .. } => return run,
    };
    if let Err(error) = repair::repair(&folder.run(run.run)) {
        tracing::warn!("cannot repair the log of run {}: {error}", run.run);
    }
    // Nothing has read what was left in the pipes.
    run.output_cut = true;
    let noted = child.and_then(|child| Some((child, folder.noted_exit(run.run)?)));
    run.state = match noted {
        Some((child, exit)) => {
            RunState::Ended { child, start_time, end_time: Time::now(), exit, stop_requested }
        }
        None => RunState::Lost { child, start_time },
    };
    if let Err(error) = folder.write_run(&run) {
        tracing::warn!("{error}");
    }
    // The rest of the tree ends with its child, as it does under a shim.
    if orphan::child(&run).is_none() {
        tokio::task::block_in_place(|| orphan::kill(&run, &folder.run(run.run)));
    }
    run
}

/// The record of a run whose `run.json` cannot be read.
fn unreadable_run(process: &ProcessRecord, run: u32, error: &std::io::Error) -> RunRecord {
    let message = format!("The record of run {run} cannot be read: {error}.");
    let error = Problem::new(ErrorCode::Storage, message);
    let state = RunState::Failed { time: Time::now(), error };
    RunRecord::new(run, &process.launch, state)
}

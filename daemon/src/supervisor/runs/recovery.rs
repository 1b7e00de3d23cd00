//! Recovery: what a new daemon finds on disk. It reconnects to the shims that are alive, and
//! settles the records of runs without a shim.

use std::os::unix::net::UnixStream;
use std::time::Duration;

use persistproc_api::data_dirs::DataDirs;
use persistproc_api::record::{ProcessRecord, RunRecord, RunState};
use persistproc_api::shim::ShimMessage;
use persistproc_api::{ErrorCode, Problem, Time};
use tokio::time::timeout;

use super::launch;
use super::lifecycle::Phase;
use super::link::ShimLink;
use super::orphan;
use super::state::ProcessState;
use crate::logs::repair;
use crate::platform::pidfd::PidFd;
use crate::platform::run_tree::RunTree;
use crate::platform::tree;
use crate::supervisor::storage::folder::{self, ProcessFolder};

/// How long a shim may take to send the state of its run, which is the first thing it does.
const GREETING_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the kernel may take from closing the files of a shim to ending the process.
pub const SHIM_EXIT_TIMEOUT: Duration = Duration::from_secs(2);

/// Reads every process folder. A folder that cannot be read is skipped with a warning.
pub async fn recover_all(dirs: &DataDirs) -> Result<Vec<ProcessState>, Problem> {
    let ids = folder::ids(dirs).map_err(|error| {
        Problem::storage(format!("Cannot read {}", dirs.processes().display()), error)
    })?;
    let mut states = Vec::new();
    for id in ids {
        match recover(ProcessFolder::new(dirs, &id)).await {
            Ok(state) => states.push(state),
            Err(error) => tracing::warn!("skipping process {id}: {error}"),
        }
    }
    Ok(states)
}

/// Repairs the damaged logs of runs that have ended, on a thread that nothing waits for.
pub fn repair_logs_in_background(states: &[ProcessState]) {
    let folders: Vec<(ProcessFolder, Option<u32>)> = states
        .iter()
        .map(|state| {
            let written_run = state.link.as_ref().map(|_| state.run.run);
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

async fn recover(folder: ProcessFolder) -> std::io::Result<ProcessState> {
    let process = folder.read()?;
    let Some(latest) = folder.runs()?.pop() else {
        return Err(std::io::Error::other("its folder `runs` is empty or gone"));
    };
    let read = folder.read_run(latest);
    let is_damaged = read.is_err();
    let run = read.unwrap_or_else(|error| unreadable_run(&process, latest, &error));
    let may_be_alive = matches!(run.state, RunState::Starting { .. } | RunState::Running { .. });
    if !may_be_alive && !is_damaged {
        return Ok(ProcessState { folder, process, run, phase: Phase::Ended, link: None });
    }
    let Some((record, link)) = connect(&folder).await.filter(|(record, _)| record.run == latest)
    else {
        // The run may have ended after its record was read and before the connection was tried.
        let run = folder.read_run(latest).unwrap_or(run);
        if let Some(link) = adopt_child(&folder, &run).await {
            let phase = Phase::Running;
            return Ok(ProcessState { folder, process, run, phase, link: Some(link) });
        }
        let run = settle(&folder, run);
        return Ok(ProcessState { folder, process, run, phase: Phase::Ended, link: None });
    };
    let is_running = matches!(record.state, RunState::Running { .. });
    let written = if is_damaged || !is_running { folder.write_run(&record) } else { Ok(()) };
    if let Err(error) = &written {
        tracing::warn!("{error}");
    }
    if is_running {
        let phase = Phase::Running;
        return Ok(ProcessState { folder, process, run: record, phase, link: Some(link) });
    }
    // The end could not be written. The shim keeps it in memory, and serves it for as long as the
    // link is open.
    let link = written.is_err().then_some(link);
    Ok(ProcessState { folder, process, run: record, phase: Phase::Ended, link })
}

/// Starts a shim for a child whose shim died while no daemon was running. The descriptors of its
/// streams are gone, but the child can be watched, signalled and stopped.
async fn adopt_child(folder: &ProcessFolder, run: &RunRecord) -> Option<ShimLink> {
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
    let link = launch::take_over(folder, run, Vec::new(), false, false).await;
    link.inspect_err(|error| tracing::warn!("cannot start another shim: {error}")).ok()
}

/// Connects to the shim of a process, if one is alive, and receives the state of its run.
pub async fn connect(folder: &ProcessFolder) -> Option<(RunRecord, ShimLink)> {
    let stream = UnixStream::connect(folder.socket()).ok()?;
    let mut link = ShimLink::new(stream).ok()?;
    match timeout(GREETING_TIMEOUT, link.next()).await {
        Ok(Some(ShimMessage::State { record, .. })) => Some((*record, link)),
        _ => None,
    }
}

/// Settles the record of a run whose shim is gone: the end that was noted, or [`RunState::Lost`].
/// Repairs its log and kills what is left of its tree.
pub fn settle(folder: &ProcessFolder, mut run: RunRecord) -> RunRecord {
    let (child, start_time) = match &run.state {
        RunState::Running { child, start_time } => (Some(*child), *start_time),
        RunState::Starting { time } => (None, *time),
        RunState::Ended { .. } | RunState::Failed { .. } | RunState::Lost { .. } => return run,
    };
    if let Err(error) = repair::repair(&folder.run(run.run)) {
        tracing::warn!("cannot repair the log of run {}: {error}", run.run);
    }
    let noted = child.and_then(|child| Some((child, folder.noted_exit(run.run)?)));
    run.state = match noted {
        Some((child, exit)) => RunState::Ended {
            child,
            start_time,
            end_time: Time::now(),
            exit,
            stop_requested: false,
        },
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

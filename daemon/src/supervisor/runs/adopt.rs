//! What a new daemon finds: living shims to take over, and the truth about every dead one.

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
use crate::logs::repair;
use crate::platform::pidfd::PidFd;
use crate::platform::tree;
use crate::supervisor::storage::folder::{self, ProcessFolder};

/// A shim greets at once; one that does not is stuck and is asked no further.
const PATIENCE: Duration = Duration::from_secs(10);

/// The kernel needs a moment from the end of a shim's files to the end of the shim.
pub const LAST_BREATH: Duration = Duration::from_secs(2);

/// A process as found on disk.
pub struct ProcessState {
    pub folder: ProcessFolder,
    pub process: ProcessRecord,
    pub run: RunRecord,
    pub phase: Phase,
    pub link: Option<ShimLink>,
}

/// Looks at the logs that nobody writes any more, and mends those that are damaged; nobody waits
/// for that.
pub fn mend_later(found: &[ProcessState]) {
    let folder = |one: &ProcessState| (one.folder.clone(), one.link.as_ref().map(|_| one.run.run));
    let logs: Vec<(ProcessFolder, Option<u32>)> = found.iter().map(folder).collect();
    tokio::task::spawn_blocking(move || {
        for (folder, written) in logs {
            let over = |run| written.is_none_or(|written| run < written);
            if let Err(error) = folder.mend(over) {
                tracing::warn!("a log could not be looked at: {error}");
            }
        }
    });
}

/// Reads every process folder. One that cannot be read is left alone and named in the log.
pub async fn survey(dirs: &DataDirs) -> Result<Vec<ProcessState>, Problem> {
    let ids = folder::ids(dirs).map_err(|error| {
        Problem::storage(format!("Cannot read {}", dirs.processes().display()), error)
    })?;
    let mut found = Vec::new();
    for id in ids {
        match adopt(ProcessFolder::new(dirs, &id)).await {
            Ok(one) => found.push(one),
            Err(error) => tracing::warn!("process {id} is left alone: {error}"),
        }
    }
    Ok(found)
}

async fn adopt(folder: ProcessFolder) -> std::io::Result<ProcessState> {
    let process = folder.read()?;
    let missing = || std::io::Error::other("its folder `runs` is empty or gone");
    let latest = folder.runs()?.pop().ok_or_else(missing)?;
    let read = folder.read_run(latest);
    let damaged = read.is_err();
    let run = read.unwrap_or_else(|error| unreadable(&process, latest, &error));
    let ended = |run: RunRecord, folder: ProcessFolder, process, link: Option<ShimLink>| {
        ProcessState { folder, process, run, phase: Phase::Ended, link }
    };
    let may_live = matches!(run.state, RunState::Starting { .. } | RunState::Running { .. });
    if !may_live && !damaged {
        return Ok(ended(run, folder, process, None));
    }
    let Some((record, link)) = greet(&folder).await.filter(|(record, _)| record.run == latest)
    else {
        // It may have ended between our look at the record and our knock.
        let run = folder.read_run(latest).unwrap_or(run);
        if let Some(link) = watch_over(&folder, &run).await {
            return Ok(ProcessState {
                folder,
                process,
                run,
                phase: Phase::Running,
                link: Some(link),
            });
        }
        let run = truth(&folder, run);
        return Ok(ended(run, folder, process, None));
    };
    let unwritten = damaged || !matches!(record.state, RunState::Running { .. });
    let written = if unwritten { folder.write_run(&record) } else { Ok(()) };
    if let Err(error) = &written {
        tracing::warn!("{error}");
    }
    Ok(match record.state {
        RunState::Running { .. } => {
            ProcessState { folder, process, run: record, phase: Phase::Running, link: Some(link) }
        }
        // Until that can be written down, its shim keeps it.
        _ => ended(record, folder, process, written.is_err().then_some(link)),
    })
}

/// A child whose shim died while no daemon lived: nobody has its streams any more, but as long as
/// it lives it can be seen, signalled and ended.
async fn watch_over(folder: &ProcessFolder, run: &RunRecord) -> Option<ShimLink> {
    let RunState::Running { child, .. } = run.state else { return None };
    // One that was killed just now needs a moment to be gone.
    let dying = run.shim.and_then(PidFd::from_identity);
    let stays = |shim: PidFd| !tokio::task::block_in_place(|| shim.wait(LAST_BREATH));
    let is_ours = || tree::is_alive(child) && tree::belongs_to_run(child.pid, &folder.run(run.run));
    if dying.is_some_and(stays) || !is_ours() {
        return None;
    }
    tracing::warn!("the shim of run {} was killed; its child {} lives on", run.run, child.pid);
    let link = launch::take_over(folder, run, Vec::new(), false, false).await;
    link.inspect_err(|error| tracing::warn!("it cannot be watched over: {error}")).ok()
}

/// Connects to a shim, if one lives, and hears how its run stands.
pub async fn greet(folder: &ProcessFolder) -> Option<(RunRecord, ShimLink)> {
    let stream = UnixStream::connect(folder.socket()).ok()?;
    let mut link = ShimLink::new(stream).ok()?;
    match timeout(PATIENCE, link.next()).await {
        Ok(Some(ShimMessage::State { record, .. })) => Some((record, link)),
        _ => None,
    }
}

/// What is known of a run whose shim is gone: the end it wrote down, or that nobody knows it.
pub fn truth(folder: &ProcessFolder, mut run: RunRecord) -> RunRecord {
    let (child, start_time) = match &run.state {
        RunState::Running { child, start_time } => (Some(*child), *start_time),
        RunState::Starting { time } => (None, *time),
        RunState::Ended { .. } | RunState::Failed { .. } | RunState::Lost { .. } => return run,
    };
    if let Err(error) = repair::repair(&folder.run(run.run)) {
        tracing::warn!("the log of run {} could not be mended: {error}", run.run);
    }
    let noted = child.and_then(|child| Some((child, folder.noted_exit(run.run)?)));
    run.state = match noted {
        Some((child, exit)) => {
            let (end_time, asked) = (Time::now(), false);
            RunState::Ended { child, start_time, end_time, exit, asked }
        }
        None => RunState::Lost { child, start_time },
    };
    if let Err(error) = folder.write_run(&run) {
        tracing::warn!("{error}");
    }
    // As at every end of a child, the rest of its tree has to go too.
    if orphan::child(&run).is_none() {
        tokio::task::block_in_place(|| orphan::end(&run, &folder.run(run.run)));
    }
    run
}

/// A run without a readable record has ended in a way nobody knows.
fn unreadable(process: &ProcessRecord, run: u32, error: &std::io::Error) -> RunRecord {
    let error = Problem::new(
        ErrorCode::Storage,
        format!("The record of run {run} cannot be read: {error}."),
    );
    RunRecord {
        format: persistproc_api::record::FORMAT,
        run,
        tty: process.tty.is_some(),
        lost_bytes: 0,
        started_by: None,
        stopped_by: None,
        shim: None,
        state: RunState::Failed { time: Time::now(), error },
    }
}

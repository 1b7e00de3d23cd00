//! Restoration: a run whose shim is alive and whose process has no readable record, because the data
//! directory was deleted or damaged. The shim has the record, as the daemon sent it that started the
//! run.

use std::time::Duration;

use persistproc_api::launch::Launch;
use persistproc_api::record::{Identity, ProcessRecord, RunRecord, RunState};
use persistproc_api::shim::{Ask, ShimMessage};
use tokio::time::timeout;

use super::adoption::{Adopted, Adoption};
use super::lifecycle::Phase;
use super::link::ShimLink;
use super::state::ProcessState;
use crate::platform::tree;

/// How long a shim may take to describe its process.
const DESCRIPTION_TIMEOUT: Duration = Duration::from_secs(2);

/// Waits for the shim and writes the records of its process again. `None` if the shim is gone, or if the
/// run has ended: there is nothing to be found any more.
pub(crate) async fn restore(adoption: &mut Adoption, log_limit: u64) -> Option<ProcessState> {
    let Adopted::Answered(run, mut link) = adoption.outcome().await else { return None };
    let RunState::Running { child, .. } = run.state else { return None };
    let folder = adoption.folder().clone();
    let described = timeout(DESCRIPTION_TIMEOUT, description(&mut link)).await.ok().flatten();
    let process = match described {
        Some(process) if process.id == folder.id() => *process,
        _ => observed(folder.id(), &run, child, log_limit),
    };
    tracing::warn!("process {} was restored from its shim", folder.id());
    let written = folder.write(&process).and_then(|()| folder.write_run(&run));
    if let Err(error) = written {
        tracing::warn!("{error}");
    }
    let state = ProcessState::ended(folder, process, *run);
    Some(ProcessState { phase: Phase::Running, link: Some(link), ..state })
}

/// What the shim says of its process. `None` from shims of older versions, which refuse the question.
async fn description(link: &mut ShimLink) -> Option<Box<ProcessRecord>> {
    let asked = link.ask(Ask::Describe).await.ok()?;
    loop {
        match link.next().await? {
            ShimMessage::Process { process } => return Some(process),
            ShimMessage::Reply { number, .. } if number == asked => return None,
            _ => {}
        }
    }
}

/// The process as the list of processes shows it.
fn observed(id: &str, run: &RunRecord, child: Identity, log_limit: u64) -> ProcessRecord {
    let directory = std::fs::read_link(format!("/proc/{}/cwd", child.pid));
    let mut launch =
        Launch::new(tree::words_of(child.pid), directory.unwrap_or_else(|_| "/".into()));
    launch.streams = run.streams;
    launch.service = run.service;
    let label = format!("{} in {}", launch.command.join(" "), launch.working_directory.display());
    ProcessRecord::new(id.to_owned(), label, launch, log_limit)
}

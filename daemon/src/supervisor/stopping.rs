//! Ending runs: [`stop`], [`restart`] and [`stop_all`].

use std::time::Duration;

use persistproc_api::environment::Environment;
use persistproc_api::event::Event;
use persistproc_api::start::Started;
use persistproc_api::{Problem, Process, Target};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::finding;
use super::registry::{Registry, check_capacity};
use super::requests::requester::Requester;
use super::runs::handle::ProcessHandle;
use super::runs::task_request::{StopOptions, TaskRequest};

/// How long the end of all processes waits for processes whose records were deleted.
const RESTORATION_TIMEOUT: Duration = Duration::from_secs(5);

/// Ends the run of a process and its whole tree.
pub(crate) async fn stop(
    registry: &Registry,
    target: &Target,
    options: StopOptions,
) -> Result<Process, Problem> {
    let handle = finding::handle_to_change(registry, target)?;
    handle.ask(|reply| TaskRequest::Stop { options, reply }).await
}

/// Starts the next run of a process, after the end of the present one, with the recorded environment
/// unless another one is given.
pub(crate) async fn restart(
    registry: &Registry,
    target: &Target,
    options: StopOptions,
    environment: Option<Environment>,
) -> Result<Started, Problem> {
    let handle = finding::handle_to_change(registry, target)?;
    if !handle.is_alive() {
        check_capacity(&registry.handles())?;
    }
    handle.ask(|reply| TaskRequest::Restart { options, environment, reply }).await
}

/// Ends all runs; no new ones are started. Returns how many there were.
pub(crate) async fn stop_all(registry: &Registry, requester: &Requester) -> usize {
    registry.close();
    // Those that are restored from their shims end too. A shim that does not answer in time keeps its
    // process, which the next daemon finds.
    let mut unrestored = registry.unrestored().subscribe();
    timeout(RESTORATION_TIMEOUT, unrestored.wait_for(|count| *count == 0)).await.ok();
    let handles: Vec<ProcessHandle> = registry.handles().values().cloned().collect();
    let mut stops = JoinSet::new();
    for handle in handles.into_iter().filter(ProcessHandle::is_alive) {
        let options = StopOptions { requester: requester.clone(), ..StopOptions::default() };
        stops.spawn(async move { handle.ask(|reply| TaskRequest::Stop { options, reply }).await });
    }
    let stopped = stops.join_all().await.len();
    // Fails without receivers.
    registry.events().send(Event::ShutDown).ok();
    stopped
}

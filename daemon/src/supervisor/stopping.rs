//! Ending runs: stop, restart, and the end of all processes. [`check_unused`] asks before a stop that would
//! disturb another client.

use std::time::Duration;

use persistproc_api::control::{RestartRequest, StopRequest};
use persistproc_api::daemon::{ShutdownReply, ShutdownRequest};
use persistproc_api::environment::Environment;
use persistproc_api::event::Event;
use persistproc_api::problem::NextStep;
use persistproc_api::process_client::ClientUse;
use persistproc_api::start::Started;
use persistproc_api::{Problem, Process, Target};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::Supervisor;
use super::detached::detached;
use super::finding;
use super::problems;
use super::registry::{Registry, check_capacity};
use super::requests::requester::Requester;
use super::requests::spec;
use super::runs::handle::ProcessHandle;
use super::runs::task_request::{StopOptions, TaskRequest};
use super::waiting::condition::Condition;

/// How long the end of all processes waits for processes whose records were deleted.
const RESTORATION_TIMEOUT: Duration = Duration::from_secs(5);

/// Ending runs.
impl Supervisor {
    /// Ends the run of a process and its whole tree, also if the caller is gone before it has ended.
    pub async fn stop(&self, target: &Target, request: StopRequest) -> Result<Process, Problem> {
        let StopRequest { force, timeout, interrupt, unless_used } = request;
        if unless_used && !force {
            let handle = finding::handle_to_change(&self.registry, target)?;
            let step = |name: &str| NextStep::stop(name, "stop it all the same");
            check_unused(&handle, &self.requester, step)?;
        }
        let options = StopOptions { force, timeout, interrupt, requester: self.requester.clone() };
        let (registry, target) = (self.registry.clone(), target.clone());
        detached(async move { stop(&registry, &target, options).await }).await
    }

    /// Starts the next run of a process, after the end of the current one, also if the caller is gone
    /// before that.
    pub async fn restart(
        &self,
        target: &Target,
        request: RestartRequest,
    ) -> Result<Started, Problem> {
        self.registry.check_open()?;
        let RestartRequest { force, timeout, wait, environment, unless_used } = request;
        if let Some(environment) = &environment {
            spec::check_environment("environment", environment)?;
        }
        let condition = wait.as_ref().map(Condition::new).transpose()?;
        if unless_used && !force {
            let handle = finding::handle_to_change(&self.registry, target)?;
            let step = |name: &str| NextStep::restart(name, "restart it all the same");
            check_unused(&handle, &self.requester, step)?;
        }
        let requester = self.requester.clone();
        let options = StopOptions { force, timeout, interrupt: false, requester };
        let (registry, target) = (self.registry.clone(), target.clone());
        let work = async move { restart(&registry, &target, options, environment).await };
        let started = detached(work).await?;
        self.note_use(&started.process.id, ClientUse::Restart);
        self.wait_after_start(started, condition).await
    }

    /// Ends all processes unless they are kept, and then calls `exit`, which ends the daemon. Goes on
    /// if the caller is gone: nothing is started after the first stop, so the daemon has to exit.
    pub async fn shut_down(
        &self,
        request: ShutdownRequest,
        exit: impl FnOnce() + Send + 'static,
    ) -> ShutdownReply {
        let supervisor = self.clone();
        let shutdown = async move {
            let stopped = if request.keep { 0 } else { supervisor.stop_all().await };
            let kept = supervisor.counts().running;
            supervisor.leave();
            exit();
            ShutdownReply { pid: std::process::id(), stopped, kept }
        };
        detached(shutdown).await
    }

    /// Ends all processes and starts none from now on. Returns how many were running.
    pub async fn stop_all(&self) -> usize {
        stop_all(&self.registry, &self.requester).await
    }
}

/// Fails once if another client uses the running process. `step` is the request that is then carried out.
///
/// A restart is the same as a stop to the other client: its run ends, and with it what it waits for, what
/// it has typed, and the state that it has built up in the program. So both are asked about.
pub(crate) fn check_unused(
    handle: &ProcessHandle,
    requester: &Requester,
    step: impl FnOnce(&str) -> NextStep,
) -> Result<(), Problem> {
    let process = handle.process();
    if !process.status.is_alive() {
        return Ok(());
    }
    match handle.clients.disturbed_by(requester) {
        Some(client) => {
            let step = step(process.name());
            Err(problems::in_use(&process, &client, requester, step))
        }
        None => Ok(()),
    }
}

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

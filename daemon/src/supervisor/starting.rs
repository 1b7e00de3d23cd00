//! `start`: finds the process that a start request is about, or creates it, and has its task
//! start a run.

pub(crate) mod create;
pub mod id;
mod suggestion;

use std::collections::BTreeSet;
use std::sync::Arc;

use persistproc_api::start::{StartRequest, Started};
use persistproc_api::{Problem, Status};
use tokio::sync::oneshot;

use self::suggestion::similar_program;
use super::forget::forget;
use super::registry::Registry;
use super::requests::requester::Requester;
use super::requests::spec::ProcessSpec;
use super::runs::handle::ProcessHandle;
use super::runs::task_request::TaskRequest;

/// Starts a process, or finds it running.
pub(crate) async fn start(
    registry: &Arc<Registry>,
    requester: &Requester,
    request: StartRequest,
) -> Result<Started, Problem> {
    let if_running = request.if_running;
    let spec = ProcessSpec::new(request)?;
    let mut taken = BTreeSet::new();
    loop {
        let handle = create::find_or_create(registry, &spec, if_running, &taken)?;
        let (reply, answer) = oneshot::channel();
        let request = TaskRequest::Start {
            spec: Box::new(spec.clone()),
            if_running,
            requester: requester.clone(),
            reply,
        };
        if handle.requests.send(request).await.is_ok()
            && let Ok(answer) = answer.await
        {
            return match answer {
                Ok(started) => Ok(started),
                Err(problem) => Err(not_started(registry, &handle, &spec, problem).await),
            };
        }
        // In the meantime, the process was forgotten or got a run that this start cannot join.
        registry.remove_forgotten();
        // The id of a forgotten process may be that of a new one already, which can be joined.
        let is_forgotten = handle.requests.is_closed();
        if !is_forgotten {
            taken.insert(handle.id);
        }
    }
}

/// The problem of a start, with a suggestion. A process whose first run could not be started is
/// forgotten.
async fn not_started(
    registry: &Registry,
    handle: &ProcessHandle,
    spec: &ProcessSpec,
    problem: Problem,
) -> Problem {
    let process = handle.process();
    if process.run == 1 && matches!(process.status, Status::Failed { .. }) {
        // Fails if another request has started or forgotten the process in the meantime.
        forget(registry, handle).await.ok();
    }
    match similar_program(&problem, spec) {
        Some(program) => problem.hint(format!("Did you mean `{program}`?")),
        None => problem,
    }
}

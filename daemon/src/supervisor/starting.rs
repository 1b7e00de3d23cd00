//! `start`: finds the process that a start request is about, or creates it, and has its task
//! start a run.

mod base_environment;
pub(crate) mod create;
pub mod id;
mod suggestion;

use std::collections::BTreeSet;
use std::sync::Arc;

use persistproc_api::start::{
    EnvironmentSource, IfRunning, InheritedEnvironment, StartRequest, Started,
};
use persistproc_api::{Problem, Status};
use tokio::sync::oneshot;

use self::base_environment::BaseEnvironment;
use self::create::FoundProcess;
use self::suggestion::similar_program;
use super::forget::forget;
use super::registry::Registry;
use super::requests::requester::Requester;
use super::requests::spec::ProcessSpec;
use super::runs::handle::ProcessHandle;
use super::runs::task_request::TaskRequest;
use super::stopping::check_unused;

/// Starts a process, or finds it running.
pub(crate) async fn start(
    registry: &Arc<Registry>,
    requester: &Requester,
    request: StartRequest,
) -> Result<Started, Problem> {
    let if_running = request.if_running;
    let unless_used = request.unless_used;
    let inherits = request.inherit_environment;
    let spec = ProcessSpec::new(request)?;
    let mut taken = BTreeSet::new();
    let mut base = spec.client_environment.clone().map(BaseEnvironment::of_client);
    loop {
        let found = create::find_or_create(registry, &spec, if_running, &taken, base.as_ref())?;
        let (handle, origin) = match found {
            FoundProcess::NeedsEnvironment => {
                let directory = spec.launch.directory();
                base = Some(BaseEnvironment::of_login(registry, &directory).await);
                continue;
            }
            FoundProcess::Existing(handle) => {
                if unless_used && if_running == IfRunning::Restart {
                    check_unused(&handle, requester, |_| {
                        "Repeat this request to restart it all the same.".into()
                    })?;
                }
                (handle, InheritedEnvironment::new(EnvironmentSource::LastRun).into())
            }
            FoundProcess::New(handle) => (handle, base.clone().map(|base| base.origin)),
        };
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
                Ok(started) => {
                    let started = with_note(started, &spec);
                    Ok(with_origin(started, origin.filter(|_| inherits)))
                }
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

/// The answer with the origin of the environment, if a run was started.
fn with_origin(started: Started, origin: Option<InheritedEnvironment>) -> Started {
    let inherited_environment = origin.filter(|_| !started.already_running);
    Started { inherited_environment, ..started }
}

/// A run that was started without a port does not get one when it is joined: say so.
fn with_note(mut started: Started, spec: &ProcessSpec) -> Started {
    let wants_port = spec.launch.assign_port == Some(true);
    if started.already_running && wants_port && started.process.assigned_port.is_none() {
        "It is running without an assigned port. To assign one, start it again with if_running \
         `restart`."
            .clone_into(&mut started.note);
    }
    started
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

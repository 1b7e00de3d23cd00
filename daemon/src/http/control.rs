//! Handlers that act on one process: stop, restart, label, signal, stdin, resize, wait. Each answers when
//! the action is done.

use axum::Json;
use axum::extract::State;
use persistproc_api::Process;
use persistproc_api::control::{
    LabelRequest, ResizeRequest, RestartRequest, SignalRequest, StdinRequest, StopRequest,
};
use persistproc_api::start::Started;
use persistproc_api::wait::{WaitRequest, Waited};

use super::error::ApiError;
use super::request::{ForRequester, JsonBody, ProcessTarget};
use super::state::AppState;

/// `POST …/stop`
pub async fn stop(
    ForRequester(supervisor): ForRequester,
    ProcessTarget(target): ProcessTarget,
    JsonBody(request): JsonBody<StopRequest>,
) -> Result<Json<Process>, ApiError> {
    Ok(Json(supervisor.stop(&target, request).await?))
}

/// `POST …/restart`
pub async fn restart(
    ForRequester(supervisor): ForRequester,
    ProcessTarget(target): ProcessTarget,
    JsonBody(request): JsonBody<RestartRequest>,
) -> Result<Json<Started>, ApiError> {
    Ok(Json(supervisor.restart(&target, request).await?))
}

/// `POST …/label`
pub async fn label(
    State(state): State<AppState>,
    ProcessTarget(target): ProcessTarget,
    JsonBody(request): JsonBody<LabelRequest>,
) -> Result<Json<Process>, ApiError> {
    Ok(Json(state.supervisor.label(&target, request.label).await?))
}

/// `POST …/signal`
pub async fn signal(
    ForRequester(supervisor): ForRequester,
    ProcessTarget(target): ProcessTarget,
    JsonBody(request): JsonBody<SignalRequest>,
) -> Result<Json<Process>, ApiError> {
    Ok(Json(supervisor.signal(&target, &request.signal).await?))
}

/// `POST …/resize`
pub async fn resize(
    State(state): State<AppState>,
    ProcessTarget(target): ProcessTarget,
    JsonBody(request): JsonBody<ResizeRequest>,
) -> Result<Json<Process>, ApiError> {
    Ok(Json(state.supervisor.resize(&target, request.size).await?))
}

/// `POST …/stdin`
pub async fn stdin(
    ForRequester(supervisor): ForRequester,
    ProcessTarget(target): ProcessTarget,
    JsonBody(request): JsonBody<StdinRequest>,
) -> Result<Json<Process>, ApiError> {
    Ok(Json(supervisor.stdin(&target, request).await?))
}

/// `POST …/wait`
pub async fn wait(
    ForRequester(supervisor): ForRequester,
    ProcessTarget(target): ProcessTarget,
    JsonBody(request): JsonBody<WaitRequest>,
) -> Result<Json<Waited>, ApiError> {
    Ok(Json(supervisor.wait(&target, &request).await?))
}

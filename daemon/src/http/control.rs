//! Stop, restart, signal, stdin, resize. Each answers when it is done.

use axum::Json;
use axum::extract::State;
use persistproc_api::Process;
use persistproc_api::control::{
    ResizeRequest, RestartRequest, SignalRequest, StdinRequest, StopRequest,
};
use persistproc_api::start::Started;

use super::error::Error;
use super::request::{Asked, Body, Targeted};
use crate::supervisor::requests::signals;
use crate::supervisor::runs::task::ChildMessage;

/// `POST …/stop`
pub async fn stop(
    Asked(supervisor): Asked,
    at: Targeted,
    Body(request): Body<StopRequest>,
) -> Result<Json<Process>, Error> {
    Ok(Json(supervisor.stop(&at.target, at.directory.as_deref(), request).await?))
}

/// `POST …/restart`
pub async fn restart(
    Asked(supervisor): Asked,
    at: Targeted,
    Body(request): Body<RestartRequest>,
) -> Result<Json<Started>, Error> {
    Ok(Json(supervisor.restart(&at.target, at.directory.as_deref(), request).await?))
}

/// `POST …/signal`
pub async fn signal(
    State(state): State<super::State>,
    at: Targeted,
    Body(request): Body<SignalRequest>,
) -> Result<Json<Process>, Error> {
    let message = ChildMessage::Signal(signals::asked(&request.signal, &at.target)?);
    send(&state, &at, message).await
}

/// `POST …/resize`
pub async fn resize(
    State(state): State<super::State>,
    at: Targeted,
    Body(request): Body<ResizeRequest>,
) -> Result<Json<Process>, Error> {
    send(&state, &at, ChildMessage::Resize(request.size)).await
}

/// `POST …/stdin`
pub async fn stdin(
    State(state): State<super::State>,
    at: Targeted,
    Body(request): Body<StdinRequest>,
) -> Result<Json<Process>, Error> {
    Ok(Json(state.supervisor.stdin(&at.target, at.directory.as_deref(), request).await?))
}

async fn send(
    state: &super::State,
    at: &Targeted,
    message: ChildMessage,
) -> Result<Json<Process>, Error> {
    Ok(Json(state.supervisor.send(&at.target, at.directory.as_deref(), message).await?))
}

//! Stop, restart, signal, stdin, resize. Each answers when it is done.

use axum::Json;
use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use persistproc_api::control::{
    ResizeRequest, RestartRequest, SignalRequest, StdinRequest, StopRequest,
};
use persistproc_api::start::Started;
use persistproc_api::{Problem, Process};

use super::error::Error;
use super::request::{Asked, Body, Targeted};
use crate::supervisor::signals;
use crate::supervisor::task::ToShim;

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
    let message = ToShim::Signal(signals::asked(&request.signal, &at.target)?);
    send(&state, &at, message).await
}

/// `POST …/resize`
pub async fn resize(
    State(state): State<super::State>,
    at: Targeted,
    Body(request): Body<ResizeRequest>,
) -> Result<Json<Process>, Error> {
    send(&state, &at, ToShim::Resize(request.size)).await
}

/// `POST …/stdin`
pub async fn stdin(
    State(state): State<super::State>,
    at: Targeted,
    Body(request): Body<StdinRequest>,
) -> Result<Json<Process>, Error> {
    let eof = request.eof;
    let bytes = bytes_of(request)?;
    if bytes.is_empty() && !eof {
        return Err(Problem::invalid("There is nothing to send.")
            .hint("Give `text`, `base64` or `eof`.")
            .into());
    }
    let mut answer = None;
    if !bytes.is_empty() {
        answer = Some(send(&state, &at, ToShim::Stdin(bytes)).await?);
    }
    match answer {
        Some(answer) if !eof => Ok(answer),
        _ => send(&state, &at, ToShim::CloseStdin).await,
    }
}

fn bytes_of(request: StdinRequest) -> Result<Vec<u8>, Problem> {
    match (request.text, request.base64) {
        (Some(_), Some(_)) => {
            Err(Problem::invalid("Both `text` and `base64` are given.").hint("Give one."))
        }
        (Some(text), None) => Ok(text.into_bytes()),
        (None, Some(base64)) => STANDARD.decode(&base64).map_err(|error| {
            let message = format!("`base64` cannot be {base64:.200?}: {error}.");
            Problem::invalid(message).hint("Such as `eWVzCg==` for `yes` and a line end.")
        }),
        (None, None) => Ok(Vec::new()),
    }
}

async fn send(
    state: &super::State,
    at: &Targeted,
    message: ToShim,
) -> Result<Json<Process>, Error> {
    Ok(Json(state.supervisor.send(&at.target, at.directory.as_deref(), message).await?))
}

//! List, start, get, forget.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use persistproc_api::Process;
use persistproc_api::control::Forgotten;
use persistproc_api::process::{ListQuery, ProcessList};
use persistproc_api::start::{StartRequest, Started};

use super::error::Error;
use super::request::{Asked, Body, Nothing, Params, Targeted};

/// `GET /v1/processes`
pub async fn list(
    State(state): State<super::State>,
    Params(query): Params<ListQuery>,
) -> Json<ProcessList> {
    let processes = match query.facts {
        true => state.supervisor.list_with_facts(&query).await,
        false => state.supervisor.list(&query),
    };
    Json(ProcessList { processes })
}

/// `POST /v1/processes`
pub async fn start(
    Asked(supervisor): Asked,
    _: Params<Nothing>,
    Body(request): Body<StartRequest>,
) -> Result<(StatusCode, Json<Started>), Error> {
    let started = supervisor.start(request).await?;
    let status = if started.already_running { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(started)))
}

/// `GET /v1/processes/{target}`
pub async fn get(State(state): State<super::State>, at: Targeted) -> Result<Json<Process>, Error> {
    Ok(Json(state.supervisor.resolve(&at.target, at.directory.as_deref())?))
}

/// `DELETE /v1/processes/{target}`
pub async fn forget(
    State(state): State<super::State>,
    at: Targeted,
) -> Result<Json<Forgotten>, Error> {
    Ok(Json(state.supervisor.forget(&at.target, at.directory.as_deref()).await?))
}

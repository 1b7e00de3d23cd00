//! Handlers for the list of processes: list, start, get, forget.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use persistproc_api::Process;
use persistproc_api::control::{Forgotten, ProcessQuery};
use persistproc_api::process::{ListQuery, ProcessList};
use persistproc_api::start::{StartRequest, Started};

use super::error::ApiError;
use super::request::{
    ForRequester, JsonBody, NoParameters, PathTarget, ProcessTarget, QueryParams,
};
use super::state::AppState;

/// `GET /v1/processes`
pub async fn list(
    State(state): State<AppState>,
    QueryParams(query): QueryParams<ListQuery>,
) -> Json<ProcessList> {
    let processes = if query.facts {
        state.supervisor.list_with_facts(&query).await
    } else {
        state.supervisor.list(&query)
    };
    let strays = if query.strays { Some(state.supervisor.strays().await) } else { None };
    let shutting_down = state.supervisor.is_shutting_down();
    Json(ProcessList { processes, strays, shutting_down })
}

/// `POST /v1/processes`
pub async fn start(
    ForRequester(supervisor): ForRequester,
    _: QueryParams<NoParameters>,
    JsonBody(request): JsonBody<StartRequest>,
) -> Result<(StatusCode, Json<Started>), ApiError> {
    let started = supervisor.start(request).await?;
    let status = if started.already_running { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(started)))
}

/// `GET /v1/processes/{target}`
pub async fn get(
    State(state): State<AppState>,
    PathTarget(name): PathTarget,
    QueryParams(query): QueryParams<ProcessQuery>,
) -> Result<Json<Process>, ApiError> {
    Ok(Json(state.supervisor.find(name, query)?))
}

/// `DELETE /v1/processes/{target}`
pub async fn forget(
    State(state): State<AppState>,
    ProcessTarget(target): ProcessTarget,
) -> Result<Json<Forgotten>, ApiError> {
    Ok(Json(state.supervisor.forget(&target).await?))
}

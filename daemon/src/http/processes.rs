//! Handlers for the list of processes: list, start, get, forget.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use persistproc_api::control::{Forgotten, ProcessQuery};
use persistproc_api::process::{ListQuery, ProcessList, RunList, RunsQuery};
use persistproc_api::start::{StartRequest, Started};
use persistproc_api::{Process, Target};

use super::error::ApiError;
use super::request::{
    ForRequester, JsonBody, NoParameters, PathTarget, ProcessTarget, QueryParams,
};
use super::state::AppState;
use crate::supervisor::Supervisor;

/// `GET /v1/processes`
pub async fn list(
    ForRequester(supervisor): ForRequester,
    QueryParams(query): QueryParams<ListQuery>,
) -> Json<ProcessList<Arc<Process>>> {
    let mut processes = supervisor.list(&query);
    if query.facts {
        processes = supervisor.with_facts(processes).await.into_iter().map(Arc::new).collect();
    }
    if query.texts {
        add_texts(&mut processes, &supervisor);
    }
    let strays = if query.strays { Some(supervisor.strays().await) } else { None };
    let shutting_down = supervisor.is_shutting_down();
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

/// `GET …/runs`
pub async fn runs(
    ForRequester(supervisor): ForRequester,
    PathTarget(name): PathTarget,
    QueryParams(query): QueryParams<RunsQuery>,
) -> Result<Json<RunList<Arc<Process>>>, ApiError> {
    let mut runs = supervisor.runs(&Target::new(name, query.working_directory))?;
    if query.texts {
        add_texts(&mut runs, &supervisor);
    }
    Ok(Json(RunList { runs }))
}

fn add_texts(processes: &mut [Arc<Process>], supervisor: &Supervisor) {
    let reader = supervisor.requester_name();
    for process in processes {
        let process = Arc::make_mut(process);
        process.texts = Some(Box::new(process.texts_for(&reader)));
    }
}

/// `DELETE /v1/processes/{target}`
pub async fn forget(
    State(state): State<AppState>,
    ProcessTarget(target): ProcessTarget,
) -> Result<Json<Forgotten>, ApiError> {
    Ok(Json(state.supervisor.forget(&target).await?))
}

//! Handlers for the daemon itself: its facts and its shutdown.

use axum::Json;
use axum::extract::State;
use persistproc_api::VERSION;
use persistproc_api::confinement::{Confinement, sandbox};
use persistproc_api::daemon::{DaemonInfo, ShutdownReply, ShutdownRequest};

use super::request::{ForRequester, JsonBody, NoParameters, QueryParams};
use super::state::AppState;

/// `GET /v1/daemon`
pub async fn info(State(state): State<AppState>, _: QueryParams<NoParameters>) -> Json<DaemonInfo> {
    let dirs = state.supervisor.data_dirs();
    Json(DaemonInfo {
        pid: std::process::id(),
        version: VERSION.to_owned(),
        start_time: state.start_time,
        data_dir: dirs.data().to_owned(),
        socket: dirs.socket(),
        tcp: state.tcp,
        counts: state.supervisor.counts(),
        limits: Some(state.supervisor.limits()),
        flags: Some((*state.flag_origins).clone()),
        names: Some(state.names),
        confinement: Some(Confinement::own()),
        sandbox: sandbox(),
        shutting_down: state.supervisor.is_shutting_down(),
    })
}

/// `POST /v1/shutdown`
pub async fn shutdown(
    State(state): State<AppState>,
    ForRequester(supervisor): ForRequester,
    _: QueryParams<NoParameters>,
    JsonBody(request): JsonBody<ShutdownRequest>,
) -> Json<ShutdownReply> {
    Json(supervisor.shut_down(request, move || state.shutdown.notify_one()).await)
}

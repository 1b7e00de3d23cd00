//! Handler for TCP ports: which process listens on one.

use axum::Json;
use axum::extract::State;
use persistproc_api::ports::PortReply;

use super::request::{NoParameters, PathPort, QueryParams};
use super::state::AppState;

/// `GET /v1/ports/{port}`
pub async fn get(
    State(state): State<AppState>,
    PathPort(port): PathPort,
    _: QueryParams<NoParameters>,
) -> Json<PortReply> {
    Json(state.supervisor.port_listeners(port).await)
}

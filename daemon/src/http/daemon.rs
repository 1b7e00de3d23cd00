//! The daemon about itself, and its shutdown.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use persistproc_api::daemon::{DaemonInfo, ShutdownReply, ShutdownRequest, TcpDoor};
use persistproc_api::{Time, VERSION};
use tokio::sync::Notify;

use super::request::{Asked, Body, Nothing, Params};

/// What the daemon knows of itself.
#[derive(Clone)]
pub struct About {
    pub start_time: Time,
    pub tcp: TcpDoor,
    /// Told when a shutdown was answered for.
    pub done: Arc<Notify>,
}

/// `GET /v1/daemon`
pub async fn info(State(state): State<super::State>, _: Params<Nothing>) -> Json<DaemonInfo> {
    let dirs = state.supervisor.data_dirs();
    Json(DaemonInfo {
        pid: std::process::id(),
        version: VERSION.to_owned(),
        start_time: state.about.start_time,
        data_dir: dirs.data().to_owned(),
        socket: dirs.socket(),
        tcp: state.about.tcp,
        counts: state.supervisor.counts(),
        limits: Some(state.supervisor.limits()),
    })
}

/// `POST /v1/shutdown`
pub async fn shutdown(
    State(state): State<super::State>,
    Asked(supervisor): Asked,
    _: Params<Nothing>,
    Body(request): Body<ShutdownRequest>,
) -> Json<ShutdownReply> {
    let stopped = if request.keep { 0 } else { supervisor.stop_all().await };
    let kept = state.supervisor.counts().running;
    state.supervisor.leave();
    state.about.done.notify_one();
    Json(ShutdownReply { pid: std::process::id(), stopped, kept })
}

//! `AppState`: what every handler can reach.

use std::sync::Arc;

use persistproc_api::Time;
use persistproc_api::daemon::{FlagOrigins, TcpStatus};
use tokio::sync::Notify;

use crate::supervisor::Supervisor;

/// State of the router, cloned for each request.
#[derive(Clone)]
pub struct AppState {
    pub supervisor: Supervisor,
    /// When the daemon started.
    pub start_time: Time,
    /// Whether the TCP listener is open, and where.
    pub tcp: TcpStatus,
    /// Notified when a shutdown request has been carried out, so that the daemon exits.
    pub shutdown: Arc<Notify>,
    /// Where the flags of the daemon come from.
    pub flag_origins: Arc<FlagOrigins>,
    /// Whether `<id>.localhost` leads to the port of a process.
    pub names: bool,
}

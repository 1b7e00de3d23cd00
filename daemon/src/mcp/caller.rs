//! `Caller`: what one request says about its client, in any version of the protocol: name, working
//! directory, environment, progress token, capabilities, cancellation.

use std::path::PathBuf;

use axum::http::request::Parts;
use persistproc_api::environment::Environment;
use persistproc_api::routes::{
    self, BRIDGE_HEADER, DIRECTORY_HEADER, ENVIRONMENT_KEY, MCP_SESSION_HEADER,
};
use rmcp::RoleServer;
use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::{Peer, RequestContext};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::supervisor::Supervisor;
use crate::supervisor::requests::requester::Requester;

/// The client of one request.
#[derive(Clone)]
pub(super) struct Caller {
    /// The supervisor, on behalf of this client.
    pub(super) supervisor: Supervisor,
    /// Who this client is.
    pub(super) requester: Requester,
    /// The client's working directory, if it sent one.
    pub(super) directory: Option<PathBuf>,
    /// The client's own environment, if it sent one.
    pub(super) environment: Option<Environment>,
    /// Sends progress notifications, if the client asked for them.
    pub(super) progress: Option<ProgressReporter>,
    /// Whether the client accepts a task as an answer.
    pub(super) supports_tasks: bool,
    /// Cancelled when the client disconnects or cancels the request.
    pub(super) cancelled: CancellationToken,
}

/// Sends the progress notifications of one request.
#[derive(Clone)]
pub(super) struct ProgressReporter {
    peer: Peer<RoleServer>,
    token: ProgressToken,
}

impl Caller {
    pub(super) fn from_request(
        context: &RequestContext<RoleServer>,
        supervisor: &Supervisor,
    ) -> Self {
        let name = context.client_info().map(|client| Requester::named(&client.name));
        let requester = match session(context) {
            Some(session) => name.unwrap_or_default().in_session(session),
            None => name.unwrap_or_default(),
        };
        let capabilities = context.client_capabilities();
        let token = context.meta.get_progress_token();
        Self {
            supervisor: supervisor.on_behalf_of(requester.clone()),
            requester,
            directory: directory(context),
            environment: environment(context),
            progress: token.map(|token| ProgressReporter { peer: context.peer.clone(), token }),
            supports_tasks: capabilities.is_some_and(|client| client.supports_tasks()),
            cancelled: context.ct.clone(),
        }
    }
}

/// The directory in the request's header; `None` if it is malformed or not absolute.
fn directory(context: &RequestContext<RoleServer>) -> Option<PathBuf> {
    let header = context.extensions.get::<Parts>()?.headers.get(DIRECTORY_HEADER)?;
    let path = PathBuf::from(routes::decode(header.to_str().ok()?)?);
    path.is_absolute().then_some(path)
}

/// The id of the client's session: that of its bridge, or of the protocol.
fn session(context: &RequestContext<RoleServer>) -> Option<&str> {
    let headers = &context.extensions.get::<Parts>()?.headers;
    let header = headers.get(BRIDGE_HEADER).or(headers.get(MCP_SESSION_HEADER))?;
    header.to_str().ok()
}

/// The environment in the request's `_meta`; `None` if it is malformed.
fn environment(context: &RequestContext<RoleServer>) -> Option<Environment> {
    Environment::deserialize(context.meta.get(ENVIRONMENT_KEY)?).ok()
}

impl ProgressReporter {
    /// Sends one notification; `count` must grow with each.
    pub(super) async fn report(&self, count: u32, message: String) {
        let progress = ProgressNotificationParam::new(self.token.clone(), f64::from(count));
        // Fails only when the client has disconnected; the call ends by its cancellation then.
        self.peer.notify_progress(progress.with_message(message)).await.ok();
    }
}

//! Who calls, from where, and how they can be kept waiting: read off one request, whichever
//! version of the protocol it is in.

use std::path::PathBuf;

use axum::http::request::Parts;
use persistproc_api::routes::{self, DIRECTORY_HEADER};
use rmcp::RoleServer;
use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::{Peer, RequestContext};
use tokio_util::sync::CancellationToken;

use crate::supervisor::Supervisor;
use crate::supervisor::requests::requester::Requester;

/// One call's caller.
#[derive(Clone)]
pub(super) struct Caller {
    /// The supervisor, asked in the caller's name.
    pub(super) supervisor: Supervisor,
    /// Where the caller works, if it said so.
    pub(super) directory: Option<PathBuf>,
    /// How to tell it that a call goes on, if it wants to know.
    pub(super) progress: Option<Progress>,
    /// It takes a task for an answer.
    pub(super) takes_tasks: bool,
    /// It has gone, or does not want the answer any more.
    pub(super) gone: CancellationToken,
}

/// Where progress is told.
#[derive(Clone)]
pub(super) struct Progress {
    peer: Peer<RoleServer>,
    token: ProgressToken,
}

impl Caller {
    pub(super) fn of(context: &RequestContext<RoleServer>, supervisor: &Supervisor) -> Self {
        let name = context.client_info().map(|client| Requester::named(&client.name));
        let capabilities = context.client_capabilities();
        let token = context.meta.get_progress_token();
        Self {
            supervisor: supervisor.on_behalf_of(name.unwrap_or_default()),
            directory: directory(context),
            progress: token.map(|token| Progress { peer: context.peer.clone(), token }),
            takes_tasks: capabilities.is_some_and(|client| client.supports_tasks()),
            gone: context.ct.clone(),
        }
    }
}

/// What the header says, if that can be a directory at all.
fn directory(context: &RequestContext<RoleServer>) -> Option<PathBuf> {
    let header = context.extensions.get::<Parts>()?.headers.get(DIRECTORY_HEADER)?;
    let path = PathBuf::from(routes::decode(header.to_str().ok()?)?);
    path.is_absolute().then_some(path)
}

impl Progress {
    /// Tells once that the call goes on; `count` grows from call to call.
    pub(super) async fn tell(&self, count: u32, message: String) {
        let progress = ProgressNotificationParam::new(self.token.clone(), f64::from(count));
        // A caller that is gone needs no news.
        self.peer.notify_progress(progress.with_message(message)).await.ok();
    }
}

//! Names of processes: `http://<id>.localhost:8947/` leads to the port of the process. Requests whose
//! `Host` is the name of a process never reach the API.
//!
//! | file | what it holds |
//! |---|---|
//! | `host` | the id in the `Host` of a request |
//! | `forward` | a request and its response, sent on between two connections |
//! | `forwarded_body` | a body that breaks off when the daemon exits |
//! | `page` | the answers for a process that cannot be reached |
//! | `ready` | the event on which a page reloads itself |

mod forward;
mod forwarded_body;
mod host;
mod page;
mod ready;

use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use persistproc_api::Process;
use tokio::sync::Semaphore;

use self::forward::{ForwardError, Forwarder};
use super::listener::Peer;
use crate::platform::capacity;
use crate::supervisor::Supervisor;
use crate::supervisor::listeners::route::NameRoute;

/// How the names are served.
#[derive(Clone)]
pub struct NameRules {
    pub supervisor: Supervisor,
    /// The daemon's user id.
    pub user: u32,
    /// The port of the TCP listener.
    pub port: u16,
}

/// A router that answers requests for names of processes itself, and passes others on.
pub fn with_names(router: Router, rules: NameRules) -> Router {
    let leaving = rules.supervisor.leaving();
    let permits = Arc::new(Semaphore::new(capacity::max_forwarded_requests()));
    let names = Names { rules, forwarder: Forwarder::new(permits, leaving) };
    router.layer(from_fn_with_state(names, serve_names))
}

#[derive(Clone)]
struct Names {
    rules: NameRules,
    forwarder: Forwarder,
}

async fn serve_names(
    State(names): State<Names>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
    next: Next,
) -> Response {
    let supervisor = &names.rules.supervisor;
    let id = host::id_in(request.headers(), request.uri()).filter(|id| supervisor.has_process(id));
    let Some(id) = id else {
        // The guard refuses a host that is no name.
        return next.run(request).await;
    };
    if !is_allowed(peer, names.rules.user) {
        return page::other_user();
    }
    match supervisor.name_route(&id).await {
        Some((process, _)) if request.uri().path() == ready::PATH => {
            ready::events(supervisor, &process, request.uri())
        }
        Some((process, route)) => names.answer(&process, route, request).await,
        // It was forgotten just now.
        None => next.run(request).await,
    }
}

impl Names {
    async fn answer(&self, process: &Process, route: NameRoute, request: Request) -> Response {
        let html = page::accepts_html(request.headers());
        match route {
            NameRoute::Address(address) => match self.forwarder.forward(address, request).await {
                Ok(response) => response,
                Err(ForwardError::Refused) => page::not_ready(process, html),
                Err(error) => page::failed(process, &error),
            },
            NameRoute::Daemon(port) => page::leads_to_daemon(process, port, self.rules.port),
            NameRoute::None => page::not_ready(process, html),
        }
    }
}

/// Whether the client may reach the process. Where the kernel does not report the user of a
/// connection, every user of the machine can connect to the port of the process as well.
fn is_allowed(peer: Peer, user: u32) -> bool {
    peer.user == Some(user) || (peer.user.is_none() && cfg!(not(target_os = "linux")))
}

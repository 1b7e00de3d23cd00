//! The face for agents: every operation of the supervisor as one of four tools over Streamable
//! HTTP, in every version of the protocol that rmcp speaks. It reads arguments and words answers
//! for a model that pays for every word; every decision is the supervisor's.
//!
//! | file | what it does |
//! |---|---|
//! | `face` | what rmcp asks of a server, passed on to the files below |
//! | `ctrl`, `list`, `output`, `wait` | the four tools: their arguments, answers and notes |
//! | `tools` | the same as the client is told of them |
//! | [`schema`] | schemas that cost few tokens and raise no warning |
//! | `caller` | who calls, from where, and how long they can be kept waiting |
//! | `patience` | a long call: as a task, with progress, or cut short |
//! | `target` | which process a call is about |
//! | `lines` | text within a budget |
//! | `failure` | every error: cause, last lines, the next call |
//! | `resources`, `changes` | the list and the outputs as resources, and who is told of changes |
//! | `prompts`, `complete` | two prompts; names of processes for both |
//! | [`sessions`] | sessions as files, so that no client is stranded by a restart |
//! | `memory` | sessions in memory, until their clients have been silent for long |
//! | `turns` | one request of a session after the other, until its answer begins |
//! | `unfit` | what is no request of the protocol, told apart |
//!
//! What a model reads beforehand, instructions and descriptions, are the `.md` files beside these.
//!
//! # What a client may add to its requests
//!
//! A client that knows where its agent works, as the stdio bridge does, sends the header
//! `X-Persistproc-Directory: <percent-encoded absolute path>` with every request. It is the
//! `working_directory` of every call that gives none: for `ctrl start` where to run, for the others
//! where to look first. What environment a process is to have, such a client puts into
//! `environment` itself.
//!
//! # Who may ask
//!
//! Host, Origin, user and token are checked by the guard in front of all routes of the TCP
//! listener. rmcp's own checks of the first two are off: a second opinion could only differ.

mod caller;
mod changes;
mod complete;
mod ctrl;
mod face;
mod failure;
mod lines;
mod list;
mod memory;
mod output;
mod patience;
mod prompts;
mod resources;
pub mod schema;
pub mod sessions;
mod target;
mod tools;
mod turns;
mod unfit;
mod wait;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use rmcp::ServerHandler;
use rmcp::transport::StreamableHttpServerConfig;
use rmcp::transport::streamable_http_server::StreamableHttpService;
use tokio_util::sync::CancellationToken;

pub use face::Face;

use memory::Memory;
use sessions::Sessions;
use turns::{Turns, in_turn};

/// How `/mcp` is served.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where sessions are kept.
    pub sessions: PathBuf,
    /// A session that is silent for this long, with no call under way, leaves the memory; its file
    /// stays.
    pub idle: Duration,
    /// Ends every stream. Cancelled last: until then answers are still written.
    pub end: CancellationToken,
}

impl Settings {
    /// As a daemon with this data directory serves it.
    pub fn new(data: &Path, idle: Duration) -> Self {
        Self { sessions: data.join("mcp-sessions"), idle, end: CancellationToken::new() }
    }
}

/// A day: only a daemon that never rests has sessions that old in its memory.
pub const IDLE: Duration = Duration::from_secs(24 * 3600);

/// `/mcp` and `/mcp/`, nothing below, for any handler: the daemon's own is [`Face`].
pub fn routes<H: ServerHandler>(
    settings: &Settings,
    handler: impl Fn() -> H + Send + Sync + 'static,
) -> Router {
    let turns = Turns::default();
    let memory = Memory::new(settings.idle, turns.clone());
    let mut config = StreamableHttpServerConfig::default()
        .with_sse_retry(None)
        .with_json_response(true)
        .disable_allowed_hosts()
        .disable_allowed_origins()
        .with_cancellation_token(settings.end.clone());
    config.session_store = Some(Arc::new(Sessions::open(settings.sessions.clone())));
    let service = StreamableHttpService::new(move || Ok(handler()), Arc::new(memory), config);
    let routes =
        Router::new().route_service("/mcp", service.clone()).route_service("/mcp/", service);
    routes.layer(from_fn(ended)).layer(from_fn_with_state(turns, in_turn))
}

/// A session that was ended is gone, not about to go: some clients complain of the latter.
async fn ended(request: Request, next: Next) -> Response {
    let ends = request.method() == Method::DELETE;
    let mut response = next.run(request).await;
    if ends && response.status() == StatusCode::ACCEPTED {
        *response.status_mut() = StatusCode::OK;
    }
    response
}

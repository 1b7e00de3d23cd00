//! The MCP server for agents: the supervisor's operations as four tools over Streamable HTTP, in
//! every protocol version that rmcp supports. This module parses arguments and words answers in
//! few tokens; every decision is the supervisor's.
//!
//! | file | what it does |
//! |---|---|
//! | `handler` | [`McpHandler`], rmcp's view of the server: passes each request to a file below |
//! | `tools` | the four tools as clients see them, and the dispatch of a call |
//! | `ctrl`, `list`, `output`, `wait` | one tool each: arguments, answer, notes |
//! | [`schema`] | compact JSON schemas of arguments and answers |
//! | `tool_io` | arguments from JSON, answers to JSON |
//! | `caller` | name, directory, capabilities and cancellation of a request's client |
//! | `waiter` | long calls: as a task, with progress, or with a shortened timeout |
//! | `target` | the process and the directory that the arguments name |
//! | `news` | what broke since the last call, in any answer |
//! | `recent_output` | the newest lines of a process |
//! | `lines` | text within a budget |
//! | `failure` | errors of tools: cause, last lines of output, next call |
//! | `wording` | problems of the supervisor in terms of the tools |
//! | `resources`, `subscriptions` | the process list and each output as resources; notifications of changes |
//! | `prompts`, `completion` | two prompts; completion of process names and directories |
//! | `session_manager` | sessions in memory, and their idle timeout |
//! | [`session_store`] | sessions as files, which the next daemon restores |
//! | `answer_stream`, `event_stream` | answers of sessions as plain JSON; streams that are continued |
//! | `http_error` | errors of rmcp that are plain text, as JSON |
//! | `session_locks` | one request at a time for each session |
//! | `invalid_request` | errors for requests that rmcp cannot parse |
//!
//! The texts that a model reads before its first call, instructions and tool descriptions, and the
//! prompts are the `.md` files in this folder.
//!
//! # A client's working directory
//!
//! A client that knows its agent's working directory, as the stdio bridge does, sends the header
//! `X-Persistproc-Directory: <percent-encoded absolute path>` with every request. It is the default
//! `working_directory` of a call: `ctrl start` runs the command there, the other actions and tools
//! look there first. With a start, such a client also sends its own environment in `_meta`.
//!
//! # Access
//!
//! The guard in front of every route of the TCP listener checks Host, Origin, user and token.
//! rmcp's own checks of Host and Origin are off, so that there is one set of rules.

mod answer_stream;
mod caller;
mod completion;
mod ctrl;
mod event_stream;
mod failure;
mod handler;
mod http_error;
mod invalid_request;
mod lines;
mod list;
mod news;
mod output;
mod prompts;
mod recent_output;
mod resources;
pub mod schema;
mod session_locks;
mod session_manager;
pub mod session_store;
mod subscriptions;
mod target;
mod tool_io;
mod tools;
mod wait;
mod waiter;
mod wording;

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

pub use handler::McpHandler;

use answer_stream::answer_as_json_or_resume;
use http_error::answer_errors_as_json;
use session_locks::{SessionLocks, one_request_at_a_time};
use session_manager::IdleSessionManager;
use session_store::FileSessionStore;

/// Default for [`McpSettings::idle_timeout`].
pub const SESSION_IDLE_TIMEOUT: Duration = Duration::from_secs(24 * 3600);

/// How `/mcp` is served.
#[derive(Clone, Debug)]
pub struct McpSettings {
    /// The folder of the session files.
    pub sessions_dir: PathBuf,
    /// A session without a request or a pending answer for this long leaves memory; its file stays.
    pub idle_timeout: Duration,
    /// Ends all streams. The daemon cancels it last, so that pending answers are still written.
    pub cancel_streams: CancellationToken,
}

impl McpSettings {
    /// The settings of a daemon with this data directory.
    pub fn new(data_dir: &Path, idle_timeout: Duration) -> Self {
        Self {
            sessions_dir: data_dir.join("mcp-sessions"),
            idle_timeout,
            cancel_streams: CancellationToken::new(),
        }
    }
}

/// The routes `/mcp` and `/mcp/`, without subpaths, for any handler; the daemon's is
/// [`McpHandler`].
pub fn routes<H: ServerHandler>(
    settings: &McpSettings,
    new_handler: impl Fn() -> H + Send + Sync + 'static,
) -> Router {
    let locks = SessionLocks::default();
    let manager = IdleSessionManager::new(settings.idle_timeout, locks.clone());
    let store = FileSessionStore::open(settings.sessions_dir.clone());
    let mut config = StreamableHttpServerConfig::default()
        .with_sse_retry(None)
        .with_json_response(true)
        .disable_allowed_hosts()
        .disable_allowed_origins()
        .with_cancellation_token(settings.cancel_streams.clone());
    config.session_store = Some(Arc::new(store));
    let service = StreamableHttpService::new(move || Ok(new_handler()), Arc::new(manager), config);
    Router::new()
        .route_service("/mcp", service.clone())
        .route_service("/mcp/", service)
        .layer(from_fn(answer_delete_with_ok))
        .layer(from_fn_with_state(locks, one_request_at_a_time))
        .layer(from_fn(answer_as_json_or_resume))
        .layer(from_fn(answer_errors_as_json))
}

/// Turns the 202 of a DELETE into 200: the session has already ended, and some clients treat 202
/// as an error.
async fn answer_delete_with_ok(request: Request, next: Next) -> Response {
    let is_delete = request.method() == Method::DELETE;
    let mut response = next.run(request).await;
    if is_delete && response.status() == StatusCode::ACCEPTED {
        *response.status_mut() = StatusCode::OK;
    }
    response
}

//! The REST API: the supervisor's operations as HTTP routes, on the Unix socket and on loopback TCP.
//! Handlers parse requests and serialize answers; every decision is the supervisor's.
//!
//! | file | what it holds |
//! |---|---|
//! | [`listener`] | connections: the user at the other end, and permits for those that are open |
//! | [`server`], `malformed` | HTTP on these connections: timeouts, bounds, answers to what is not HTTP |
//! | [`replaceable_listener`] | the Unix socket, also after its file was deleted |
//! | [`connection_limit`] | the answer to requests on connections beyond the limit |
//! | [`stream_limit`] | a limit of the requests that stay open |
//! | [`large_answers`], `held_body` | a bound on the memory of answers that are not read |
//! | [`guard`] | access checks in front of every route of the TCP listener |
//! | [`names`] | `<id>.localhost`: requests that are forwarded to the port of a process |
//! | `routes`, `route` | the table of routes, and the type of its entries |
//! | `state` | what every handler can reach: the supervisor and facts about the daemon |
//! | [`processes`] | handlers: list, start, get, forget |
//! | [`control`] | handlers: stop, restart, signal, stdin, resize, wait |
//! | [`output`] | handlers: pages of output, live output, search |
//! | [`news`] | handler: pages and streams of news |
//! | [`events`] | handler: the stream of process events and of output |
//! | [`notify`] | handlers: desktop notices |
//! | [`ports`] | handler: the listeners of a port |
//! | [`daemon`] | handlers: facts about the daemon, shutdown |
//! | [`dashboard`] | handlers: the files of the dashboard |
//! | `openapi`, `home` | the API as an OpenAPI document and as an overview page |
//! | [`request`] | extractors: body, query, target, requester |
//! | `schema`, `operation` | types as JSON Schema, handler signatures as OpenAPI operations |
//! | `body_stream`, `sse`, `line_events` | streamed response bodies and server-sent events |
//! | [`error`] | problems as responses, with the table of status codes |

mod body_stream;
pub mod connection_limit;
pub mod control;
pub mod daemon;
pub mod dashboard;
pub mod error;
pub mod events;
pub mod guard;
mod held_body;
mod home;
pub mod large_answers;
mod line_events;
pub mod listener;
mod malformed;
pub mod names;
pub mod news;
pub mod notify;
mod openapi;
mod operation;
pub mod output;
pub mod ports;
pub mod processes;
pub mod replaceable_listener;
pub mod request;
mod route;
mod routes;
mod schema;
pub mod server;
mod sse;
mod state;
pub mod stream_limit;

use axum::Router;
use axum::http::{HeaderValue, Response};
use axum::middleware::map_response;
use persistproc_api::routes::VERSION_HEADER;

pub use state::AppState;

/// All routes, without the guard. The permissions of the Unix socket protect it instead.
pub fn router(state: AppState) -> Router {
    routes::router()
        .fallback(error::no_such_route)
        .method_not_allowed_fallback(error::method_not_allowed)
        .with_state(state)
        .layer(map_response(add_version_header))
}

async fn add_version_header<B>(mut response: Response<B>) -> Response<B> {
    let version = HeaderValue::from_static(persistproc_api::VERSION);
    response.headers_mut().insert(VERSION_HEADER, version);
    response
}

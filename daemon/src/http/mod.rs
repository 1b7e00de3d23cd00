//! REST: every operation of the supervisor as a route, on the Unix socket and on loopback TCP.
//! It reads requests and writes answers; every decision is the supervisor's.
//!
//! | file | what it does |
//! |---|---|
//! | [`guard`] | who may ask at all, in front of everything on TCP |
//! | [`door`] | how many connections there may be, and whose each is |
//! | `routes` | the table of routes, each a `route` |
//! | [`processes`] | list, start, get, forget |
//! | [`control`] | stop, restart, signal, stdin, resize |
//! | [`output`] | pages and live output |
//! | [`wait`] | wait, search, events |
//! | `live` | an answer that goes on |
//! | [`daemon`] | the daemon about itself, shutdown |
//! | `openapi`, `home` | the API as a document, and as a page |
//! | [`request`] | bodies, queries and targets, checked |
//! | `explain` | what is wrong with a parameter, and a right one |
//! | [`error`] | the one table from problems to status codes |

pub mod control;
pub mod daemon;
pub mod door;
pub mod error;
mod explain;
pub mod guard;
mod home;
mod live;
mod openapi;
pub mod output;
pub mod processes;
pub mod request;
mod route;
mod routes;
mod rows;
pub mod wait;

use axum::Router;
use axum::http::{HeaderValue, Response};
use axum::middleware::map_response;
use persistproc_api::routes::VERSION_HEADER;

pub use daemon::About;

use crate::supervisor::Supervisor;

/// What every route knows.
#[derive(Clone)]
pub struct State {
    pub supervisor: Supervisor,
    pub about: About,
}

/// All routes, without the guard: whoever reaches the Unix socket has passed its permissions.
pub fn router(state: State) -> Router {
    routes::router()
        .fallback(error::no_such_route)
        .method_not_allowed_fallback(error::method_not_allowed)
        .with_state(state)
        .layer(map_response(with_version))
}

async fn with_version<B>(mut response: Response<B>) -> Response<B> {
    let version = HeaderValue::from_static(persistproc_api::VERSION);
    response.headers_mut().insert(VERSION_HEADER, version);
    response
}

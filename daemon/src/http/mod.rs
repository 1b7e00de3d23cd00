//! REST: every operation of the supervisor as a route, on the Unix socket and on loopback TCP.
//! It reads requests and writes answers; every decision is the supervisor's.
//!
//! | file | what it does |
//! |---|---|
//! | [`guard`] | who may ask at all, in front of everything on TCP |
//! | [`processes`] | list, start, get, forget |
//! | [`control`] | stop, restart, signal, stdin, resize |
//! | [`output`] | pages and live output |
//! | [`daemon`] | the daemon about itself, shutdown |
//! | [`request`] | bodies, queries and targets, checked |
//! | [`error`] | the one table from problems to status codes |

pub mod control;
pub mod daemon;
pub mod error;
pub mod guard;
pub mod output;
pub mod processes;
pub mod request;

use axum::Router;
use axum::http::{HeaderValue, Response};
use axum::middleware::map_response;
use axum::routing::{get, post};
use persistproc_api::routes::{DAEMON, PROCESSES, SHUTDOWN, VERSION_HEADER};

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
    let one = format!("{PROCESSES}/{{target}}");
    let verb = |name: &str| format!("{one}/{name}");
    Router::new()
        .route(PROCESSES, get(processes::list).post(processes::start))
        .route(&one, get(processes::get).delete(processes::forget))
        .route(&verb("stop"), post(control::stop))
        .route(&verb("restart"), post(control::restart))
        .route(&verb("signal"), post(control::signal))
        .route(&verb("stdin"), post(control::stdin))
        .route(&verb("resize"), post(control::resize))
        .route(&verb("output"), get(output::page))
        .route(&verb("follow"), get(output::follow))
        .route(DAEMON, get(daemon::info))
        .route(SHUTDOWN, post(daemon::shutdown))
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

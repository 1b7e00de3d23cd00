//! The table of routes. The router is built from it and so is the document at `/openapi.json`, so
//! neither can have a route that the other has not. What a route does stands in its handler.

use axum::Router;
use persistproc_api::ErrorCode;
use persistproc_api::event::Event;
use persistproc_api::follow::FollowEvent;
use persistproc_api::output::Row;
use persistproc_api::routes::{DAEMON, EVENTS, PROCESSES, SEARCH, SHUTDOWN, STREAM_TYPE, Verb};
use serde_json::{Value, json};

use super::openapi::shapes::Shapes;
use super::route::{Route, delete, get, post};
use super::{State, control, daemon, home, openapi, output, processes, wait};

/// A process can be forgotten while one waits for it, or be what another request is about.
const STARTING: &[ErrorCode] = &[
    ErrorCode::NotFound,
    ErrorCode::DirectoryMissing,
    ErrorCode::CommandNotFound,
    ErrorCode::PermissionDenied,
    ErrorCode::StartFailed,
    ErrorCode::Superseded,
    ErrorCode::ShuttingDown,
    ErrorCode::Busy,
    ErrorCode::Storage,
];
const RUNNING: &[ErrorCode] = &[ErrorCode::NotRunning];
const READING: &[ErrorCode] = &[ErrorCode::Storage];

/// All routes.
#[rustfmt::skip]
pub(super) fn table() -> Vec<Route> {
    let one = format!("{PROCESSES}/{{target}}");
    let verb = |verb: Verb| format!("{one}/{}", verb.word());
    vec![
        get("list_processes", PROCESSES, processes::list)
            .says("List processes", "Those that pass all filters: running ones first, then the newest."),
        post("start_process", PROCESSES, processes::start)
            .says("Start a process, unless it runs already", "It was started.")
            .refuses(&[ErrorCode::AlreadyRunning, ErrorCode::LabelInUse])
            .refuses(STARTING),
        get("get_process", &one, processes::get)
            .says("One process", "The process."),
        delete("forget_process", &one, processes::forget)
            .says("Forget an ended process and delete its logs", "What was forgotten.")
            .refuses(&[ErrorCode::StillRunning, ErrorCode::Storage]),
        post("stop_process", &verb(Verb::Stop), control::stop)
            .says("Stop a process and its whole tree", "It has ended.")
            .refuses(RUNNING),
        post("restart_process", &verb(Verb::Restart), control::restart)
            .says("Start a new run, after the end of the present one", "The new run was started.")
            .refuses(STARTING),
        post("signal_process", &verb(Verb::Signal), control::signal)
            .says("Send a signal to the process group", "It was sent.")
            .refuses(RUNNING),
        post("write_stdin", &verb(Verb::Stdin), control::stdin)
            .says("Write to standard input, or close it", "All of it was taken.")
            .refuses(RUNNING),
        post("resize_terminal", &verb(Verb::Resize), control::resize)
            .says("Change the size of the terminal", "The terminal has this size.")
            .refuses(RUNNING),
        get("read_output", &verb(Verb::Output), output::page)
            .says("A page of output", "The lines.")
            .refuses(READING),
        get("follow_output", &verb(Verb::Follow), output::follow)
            .says("Live output", "Output as it comes, until the process has ended and nobody restarts it.")
            .refuses(READING)
            .answers(&[(EVENT_STREAM, followed), (STREAM_TYPE, framed)]),
        post("wait_for_process", &verb(Verb::Wait), wait::wait)
            .says("Wait until something happens to a process", "It happened, the process ended, or the time is up.")
            .refuses(READING),
        get("search_output", SEARCH, wait::search)
            .says("Search the output of many processes", "The newest lines that match.")
            .refuses(READING),
        get("listen_to_events", EVENTS, wait::events)
            .says("What happens to processes, as it happens", "Events, until the daemon leaves.")
            .answers(&[(EVENT_STREAM, told)]),
        get("get_daemon", DAEMON, daemon::info)
            .says("The daemon about itself", "The daemon."),
        post("shut_down", SHUTDOWN, daemon::shutdown)
            .says("Stop all processes and the daemon", "All have ended, and the daemon leaves now."),
        get("get_openapi", openapi::PATH, openapi::get)
            .says("This description", "OpenAPI 3.1.")
            .answers(&[("application/json", |_| json!({ "type": "object" }))]),
        get("get_home", home::PATH, home::get)
            .says("What this is, for whoever comes by", "HTML for a browser, text for others.")
            .answers(&[("text/html", text), ("text/plain", text)]),
    ]
}

/// The table as a router.
pub(super) fn router() -> Router<State> {
    table()
        .into_iter()
        .fold(Router::new(), |router, route| router.route(&route.path, route.handler))
}

pub(super) const EVENT_STREAM: &str = "text/event-stream";

/// The shape of one event of a stream, as tools read it: its name, and its data as text that is
/// JSON of some shape.
fn event(name: &str, data: &Value) -> Value {
    json!({
        "type": "object",
        "properties": {
            "event": { "const": name },
            "data": {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": data,
            },
        },
        "required": ["event", "data"],
    })
}

fn followed(shapes: &mut Shapes) -> Value {
    let line = event("line", &shapes.reply::<Row>());
    json!({ "oneOf": [line, event("process", &shapes.reply::<FollowEvent>())] })
}

fn framed(_: &mut Shapes) -> Value {
    json!({
        "type": "string",
        "format": "binary",
        "description": "Frames: one type byte (1 stdout, 2 stderr, 3 a FollowEvent as JSON, with \
                        `timestamps` 6: microseconds since 1970 in 64 bits, big-endian), a \
                        32-bit big-endian length, that many bytes.",
    })
}

fn told(shapes: &mut Shapes) -> Value {
    event("process", &shapes.reply::<Event>())
}

fn text(_: &mut Shapes) -> Value {
    json!({ "type": "string" })
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::{Request, StatusCode};
    use persistproc_api::daemon::TcpDoor;
    use persistproc_api::data_dirs::DataDirs;
    use persistproc_api::{Problem, Time};
    use tower_service::Service;

    use super::*;
    use crate::supervisor::Supervisor;
    use persistproc_api::daemon::Limits;

    /// Everything that clients get, in a folder of its own and without a process.
    async fn whole(folder: &std::path::Path) -> Router {
        let dirs = DataDirs::resolve(Some(folder)).unwrap();
        let supervisor = Supervisor::open(dirs, Limits::default()).await.unwrap();
        let tcp = TcpDoor::Open { url: "http://127.0.0.1:1".into() };
        let done = std::sync::Arc::default();
        let about = daemon::About { start_time: Time::now(), tcp, done };
        crate::http::router(State { supervisor, about })
    }

    /// The code of the error, if the answer is one.
    async fn asked(router: &mut Router, method: &str, path: &str) -> Option<ErrorCode> {
        let request = Request::builder().method(method).uri(path.replace("{target}", "nobody"));
        let answer = router.call(request.body(Body::empty()).unwrap()).await.unwrap();
        if answer.status() == StatusCode::OK {
            return None;
        }
        let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        Some(serde_json::from_slice::<Problem>(&body).unwrap().code)
    }

    #[tokio::test]
    async fn the_router_takes_what_the_table_lists_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let mut router = whole(folder.path()).await;
        for path in table().iter().map(|route| &route.path) {
            for method in ["get", "post", "delete", "put", "patch"] {
                let code = asked(&mut router, &method.to_uppercase(), path).await;
                let listed =
                    table().iter().any(|route| route.path == *path && route.method == method);
                assert_ne!(code, Some(ErrorCode::NoSuchRoute), "{method} {path}");
                assert_eq!(code != Some(ErrorCode::MethodNotAllowed), listed, "{method} {path}");
            }
        }
        assert_eq!(asked(&mut router, "GET", "/v1/x").await, Some(ErrorCode::NoSuchRoute));
    }
}

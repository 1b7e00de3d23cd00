//! The table of routes. The router and the OpenAPI document are both built from it, so neither can
//! have a route that the other lacks.

use std::sync::LazyLock;

use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use persistproc_api::ErrorCode;
use persistproc_api::event::{Event, OutputEvent};
use persistproc_api::follow::FollowEvent;
use persistproc_api::news::NewsPage;
use persistproc_api::output::Row;
use persistproc_api::routes::{
    DAEMON, DASHBOARD, EVENTS, NEWS, NOTIFY, PORTS, PROCESSES, SEARCH, SHUTDOWN, STREAM_TYPE, Verb,
};
use serde_json::{Value, json};

use super::request::{NoParameters, QueryParams};
use super::route::{Route, delete, get, post};
use super::schema::Schemas;
use super::sse::EVENT_STREAM;
use super::state::AppState;
use super::{
    control, daemon, dashboard, events, home, news, notify, openapi, output, ports, processes,
};

/// Errors of requests that start a run. A process can be forgotten or changed by another request
/// while this one waits for it.
const START_ERRORS: &[ErrorCode] = &[
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

/// Errors of requests that need a running process.
const RUNNING_ERRORS: &[ErrorCode] = &[ErrorCode::NotRunning];

/// Errors of requests that read logs.
const READ_ERRORS: &[ErrorCode] = &[ErrorCode::Storage];

/// All routes.
#[rustfmt::skip]
pub(super) fn table() -> Vec<Route> {
    let process = format!("{PROCESSES}/{{target}}");
    let verb = |verb: Verb| format!("{process}/{}", verb.word());
    vec![
        get("list_processes", PROCESSES, processes::list)
            .documented("List processes", "The processes that pass all filters: running ones first, then newest first."),
        post("start_process", PROCESSES, processes::start)
            .documented("Start a process, unless it is already running", "The process was started.")
            .errors(&[ErrorCode::AlreadyRunning, ErrorCode::LabelInUse, ErrorCode::InUse])
            .errors(START_ERRORS),
        get("get_process", &process, processes::get)
            .documented("Show a process", "The process."),
        delete("forget_process", &process, processes::forget)
            .documented("Forget an ended process and delete its logs", "The process that was forgotten.")
            .errors(&[ErrorCode::StillRunning, ErrorCode::Storage]),
        post("stop_process", &verb(Verb::Stop), control::stop)
            .documented("Stop a process and all its descendants", "The process has ended.")
            .errors(&[ErrorCode::InUse])
            .errors(RUNNING_ERRORS),
        post("restart_process", &verb(Verb::Restart), control::restart)
            .documented("Restart a process", "The previous run has ended, and a new one was started.")
            .errors(&[ErrorCode::InUse])
            .errors(START_ERRORS),
        post("label_process", &verb(Verb::Label), control::label)
            .documented("Give a process another label", "The process with its new label.")
            .errors(&[ErrorCode::LabelInUse, ErrorCode::Storage]),
        post("signal_process", &verb(Verb::Signal), control::signal)
            .documented("Send a signal to the process group", "The signal was sent.")
            .errors(RUNNING_ERRORS),
        post("write_stdin", &verb(Verb::Stdin), control::stdin)
            .documented("Write to standard input, or close it", "All bytes were written.")
            .errors(RUNNING_ERRORS),
        post("resize_terminal", &verb(Verb::Resize), control::resize)
            .documented("Resize the terminal", "The terminal has the new size.")
            .errors(RUNNING_ERRORS),
        get("read_output", &verb(Verb::Output), output::page)
            .documented("Show a page of output", "The page.")
            .errors(READ_ERRORS),
        get("follow_output", &verb(Verb::Follow), output::follow)
            .documented("Follow output as it is written", "Output until the process has ended and is not restarted.")
            .errors(READ_ERRORS)
            .contents(&[(EVENT_STREAM, follow_event_schema), (STREAM_TYPE, frames_schema)]),
        get("get_changes", &verb(Verb::Changes), news::changes)
            .documented("Show which messages of a process are new, and which are gone", "The changes.")
            .errors(READ_ERRORS),
        get("list_runs", &verb(Verb::Runs), processes::runs)
            .documented("List the runs of a process whose output is kept", "The runs, newest first.")
            .errors(READ_ERRORS),
        post("wait_for_process", &verb(Verb::Wait), control::wait)
            .documented("Wait until a process is ready, prints a line, goes quiet or exits", "The condition was met, the process ended, or the timeout expired.")
            .errors(READ_ERRORS),
        get("search_output", SEARCH, output::search)
            .documented("Search the output of all processes", "The newest matching lines.")
            .errors(READ_ERRORS),
        get("get_news", NEWS, news::news)
            .documented("Show what processes have printed or done that they had not before", "The news, oldest first; as a stream, until the daemon shuts down.")
            .errors(&[ErrorCode::NotFound, ErrorCode::Ambiguous])
            .errors(READ_ERRORS)
            .contents(&[("application/json", news_page_schema), (EVENT_STREAM, news_event_schema)]),
        get("get_notify", NOTIFY, notify::get)
            .documented("Show for which processes desktop notices are on", "The settings."),
        post("set_notify", NOTIFY, notify::set)
            .documented("Turn desktop notices on or off", "The settings from now on. If notices were turned on, a first one was shown.")
            .errors(&[ErrorCode::NotFound, ErrorCode::Ambiguous, ErrorCode::CommandNotFound, ErrorCode::StartFailed, ErrorCode::Storage]),
        get("get_port", &format!("{PORTS}/{{port}}"), ports::get)
            .documented("Show which processes listen on a port, managed or not", "The processes; none if nothing listens."),
        get("listen_to_events", EVENTS, events::events)
            .documented("Stream process events, and the output of chosen processes", "Events, until the daemon shuts down.")
            .errors(&[ErrorCode::NotFound, ErrorCode::Ambiguous])
            .contents(&[(EVENT_STREAM, event_schema)]),
        get("get_daemon", DAEMON, daemon::info)
            .documented("Show the daemon's version, paths and limits", "The daemon."),
        post("shut_down", SHUTDOWN, daemon::shutdown)
            .documented("Stop all processes and shut down the daemon", "The processes have ended, unless they were kept, and the daemon is shutting down."),
        get("get_dashboard", DASHBOARD, dashboard::page)
            .documented("Show the dashboard", "A page for browsers.")
            .contents(&[("text/html", text_schema)]),
        get("get_dashboard_file", &format!("{DASHBOARD}/{{file}}"), dashboard::file)
            .documented("Show a file of the dashboard", "The file.")
            .contents(&[("text/javascript", text_schema), ("text/css", text_schema), ("image/svg+xml", text_schema)]),
        get("get_openapi", "/openapi.json", get_openapi)
            .documented("Show this API description", "An OpenAPI 3.1 document.")
            .contents(&[("application/json", object_schema)]),
        get("get_home", "/", get_home)
            .documented("Show this overview", "HTML for browsers, plain text for other clients.")
            .contents(&[("text/html", text_schema), ("text/plain", text_schema)]),
    ]
}

/// The table as a router.
pub(super) fn router() -> Router<AppState> {
    table()
        .into_iter()
        .fold(Router::new(), |router, route| router.route(&route.path, route.handler))
}

/// `GET /openapi.json`
async fn get_openapi(_: QueryParams<NoParameters>) -> Response {
    static DOCUMENT: LazyLock<Bytes> =
        LazyLock::new(|| openapi::document(&table()).to_string().into());
    ([(CONTENT_TYPE, "application/json")], DOCUMENT.clone()).into_response()
}

/// `GET /`
async fn get_home(_: QueryParams<NoParameters>, headers: HeaderMap) -> Response {
    home::page(&table(), &headers)
}

fn follow_event_schema(schemas: &mut Schemas) -> Value {
    let line = sse_schema("line", &schemas.response::<Row>());
    let process = sse_schema("process", &schemas.response::<FollowEvent>());
    json!({ "oneOf": [line, process] })
}

fn event_schema(schemas: &mut Schemas) -> Value {
    let process = sse_schema("process", &schemas.response::<Event>());
    let output = sse_schema("output", &schemas.response::<OutputEvent>());
    json!({ "oneOf": [process, output] })
}

fn news_page_schema(schemas: &mut Schemas) -> Value {
    schemas.response::<NewsPage>()
}

fn news_event_schema(schemas: &mut Schemas) -> Value {
    sse_schema("news", &schemas.response::<NewsPage>())
}

/// The schema of a server-sent event: its name, and its data as a string of JSON.
fn sse_schema(name: &str, data: &Value) -> Value {
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

fn frames_schema(_: &mut Schemas) -> Value {
    json!({
        "type": "string",
        "format": "binary",
        "description": "Frames. Each is a type byte (1: stdout, 2: stderr, 3: a FollowEvent as \
                        JSON; with `timestamps` also 6: microseconds since 1970 as a 64-bit \
                        big-endian integer), the payload's length as a 32-bit big-endian integer, \
                        and the payload.",
    })
}

fn object_schema(_: &mut Schemas) -> Value {
    json!({ "type": "object" })
}

fn text_schema(_: &mut Schemas) -> Value {
    json!({ "type": "string" })
}

#[cfg(test)]
mod tests;

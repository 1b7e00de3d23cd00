//! Yesterday's bytes: every file below `data/` was written by an earlier build and must load for
//! ever; written again by this build it must be the same JSON. A change here is a decision.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its own data has failed")]

use std::path::Path;

use persistproc_api::Problem;
use persistproc_api::control::{
    ResizeRequest, RestartRequest, SignalRequest, StdinRequest, StopRequest,
};
use persistproc_api::daemon::{DaemonInfo, ShutdownReply, ShutdownRequest};
use persistproc_api::event::Event;
use persistproc_api::follow::FollowEvent;
use persistproc_api::output::{OutputPage, OutputQuery};
use persistproc_api::ports::PortReply;
use persistproc_api::process::{Process, ProcessList};
use persistproc_api::record::{ProcessRecord, RunRecord};
use persistproc_api::search::{SearchQuery, SearchReply};
use persistproc_api::shim::{ShimMessage, ShimRequest};
use persistproc_api::start::{StartRequest, Started};
use persistproc_api::wait::{WaitRequest, Waited};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Loads each value of a file, an array, and writes it again.
#[track_caller]
fn still_loads<T: Serialize + DeserializeOwned>(file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/v1").join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    let values: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert!(!values.is_empty(), "{file} holds nothing");
    for value in values {
        let loaded: T = serde_json::from_value(value.clone())
            .unwrap_or_else(|error| panic!("{file}: {error}\n{value:#}"));
        assert_eq!(serde_json::to_value(loaded).unwrap(), value, "{file}");
    }
}

#[test]
fn what_lies_on_disk() {
    still_loads::<ProcessRecord>("process.json");
    still_loads::<RunRecord>("run.json");
}

#[test]
fn what_daemon_and_shim_say() {
    still_loads::<ShimRequest>("shim_request.json");
    still_loads::<ShimMessage>("shim_message.json");
}

#[test]
fn what_clients_ask() {
    still_loads::<StartRequest>("start_request.json");
    still_loads::<StopRequest>("stop_request.json");
    still_loads::<RestartRequest>("stop_request.json");
    still_loads::<SignalRequest>("signal_request.json");
    still_loads::<StdinRequest>("stdin_request.json");
    still_loads::<ResizeRequest>("resize_request.json");
    still_loads::<ShutdownRequest>("shutdown_request.json");
    still_loads::<WaitRequest>("wait_request.json");
    still_loads::<SearchQuery>("search_query.json");
    still_loads::<OutputQuery>("output_query.json");
}

#[test]
fn what_the_daemon_answers() {
    still_loads::<Process>("process_answer.json");
    still_loads::<ProcessList>("list_answer.json");
    still_loads::<Started>("started_answer.json");
    still_loads::<OutputPage>("output_answer.json");
    still_loads::<FollowEvent>("follow_event.json");
    still_loads::<DaemonInfo>("daemon_answer.json");
    still_loads::<ShutdownReply>("shutdown_answer.json");
    still_loads::<Process>("facts_answer.json");
    still_loads::<Waited>("waited_answer.json");
    still_loads::<PortReply>("port_answer.json");
    still_loads::<SearchReply>("search_answer.json");
    still_loads::<Event>("event.json");
    still_loads::<Problem>("problem.json");
}

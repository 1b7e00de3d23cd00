//! Answers of long calls fit the output schema of their tool: after progress notifications, as the
//! result of a task, and when the daemon shuts down.

use serde_json::{Value, json};

use super::answer_schemas::ValidatingClient;
use super::client::next_message;
use super::tasks_and_progress::{call_as_task, until_task};
use super::{Mcp, ToolResult};
use crate::support::World;
use crate::support::streaming::StreamingReply;

/// Makes a call with progress notifications; returns after the first of them.
#[track_caller]
fn begin_call(client: &Mcp, tool: &str, arguments: &Value) -> StreamingReply {
    let params = json!({"name": tool, "arguments": arguments, "_meta": {"progressToken": 7}});
    let mut stream = client.open("tools/call", &params);
    let first = next_message(&mut stream).expect("progress");
    assert_eq!(first["method"], "notifications/progress", "{first:#}");
    stream
}

/// Skips progress notifications; returns the answer of the call.
#[track_caller]
fn finish_call(mut stream: StreamingReply) -> Value {
    let mut message = next_message(&mut stream).expect("a message");
    while message["method"] == "notifications/progress" {
        message = next_message(&mut stream).expect("a result");
    }
    ToolResult { result: message["result"].take() }.ok()
}

/// Arguments of calls that wait until the test sends the line `never` to the process.
fn waiting_calls(world: &World, label: &str, seconds: f64) -> [(&'static str, Value); 2] {
    let start = json!({"action": "start", "label": label, "working_directory": world.work(),
        "command_or_label": format!("echo {label} runs; cat"), "wait_for": "never",
        "timeout_seconds": seconds});
    let wait = json!({"command_or_label": label, "pattern": "never", "timeout_seconds": seconds});
    [("ctrl", start), ("wait", wait)]
}

#[test]
fn answers_after_progress_fit_the_schema() {
    let world = World::new();
    let validating = ValidatingClient::new(&world);
    for client in [validating.client.clone(), Mcp::legacy(&world)] {
        let label = if client.session.is_some() { "old" } else { "new" };
        for (tool, arguments) in waiting_calls(&world, label, 1.5) {
            let answer = finish_call(begin_call(&client, tool, &arguments));
            validating.validate(tool, &answer);
            assert!(answer["reached"] == false || answer["ready"] == false, "{answer:#}");
        }
    }
}

#[test]
fn results_of_tasks_fit_the_schema() {
    let world = World::new();
    let validating = ValidatingClient::new(&world);
    let client = validating.client.clone().with_tasks();
    let mut cursor = None;
    for (tool, mut arguments) in waiting_calls(&world, "web", 60.0) {
        if let Some(cursor) = cursor.take() {
            arguments["cursor"] = cursor;
        }
        let id = call_as_task(&client, json!({"name": tool, "arguments": arguments}));
        world.pp(["send", "web", "never"]).ok();
        let mut done = until_task(&client, &id, "status", "completed");
        let answer = ToolResult { result: done["result"].take() }.ok();
        validating.validate(tool, &answer);
        assert!(answer["reached"] == true || answer["ready"] == true, "{answer:#}");
        cursor = Some(answer["cursor"].clone());
    }
}

#[test]
fn answers_at_shutdown_fit_the_schema() {
    let world = World::new();
    let validating = ValidatingClient::new(&world);
    let [(_, start), (_, wait)] = waiting_calls(&world, "web", 40.0);
    let mut start_only = start.clone();
    start_only["wait_for"] = Value::Null;
    validating.call("ctrl", start_only).ok();
    let calls = [("ctrl", start), ("wait", wait)]
        .map(|(tool, arguments)| (tool, begin_call(&validating.client, tool, &arguments)));
    world.pp(["shutdown", "--keep"]).ok();
    for (tool, stream) in calls {
        let answer = finish_call(stream);
        validating.validate(tool, &answer);
        assert!(answer["reason"] == "daemon_stopping" || answer["ready"] == false, "{answer:#}");
    }
}

/// More than fits into an answer since the cursor: its beginning and its end, in one call.
#[test]
fn a_burst_of_output_is_read_in_one_call() {
    let world = World::new();
    let client = Mcp::legacy(&world);
    let start = json!({"action": "start", "label": "burst", "working_directory": world.work(),
        "command_or_label": "read line; seq 5000; cat", "wait_for": "quiet"});
    let cursor = client.call("ctrl", start).ok()["cursor"].clone();
    let send = json!({"action": "send", "command_or_label": "burst", "input": "go"});
    client.call("ctrl", send).ok();
    client.call("wait", json!({"command_or_label": "burst", "pattern": "^5000$"})).ok();
    let page = json!({"command_or_label": "burst", "cursor": cursor});
    let answer = client.call("output", page).ok();
    let lines: Vec<&str> =
        answer["output"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    assert_eq!((lines.len(), lines[0], lines[19]), (101, "1", "20"), "{answer:#}");
    assert_eq!((lines[20], lines[21], lines[100]), ("[4900 lines left out]", "4921", "5000"));
    assert!(answer["note"].as_str().unwrap().contains("grep"), "{answer:#}");
    let rest = json!({"command_or_label": "burst", "cursor": answer["cursor"]});
    assert_eq!(client.call("output", rest).ok()["output"], json!([]));
}

/// What is sent as the id of the last event need not be one of ours.
#[test]
fn a_stream_of_an_unknown_request_ends_with_an_error() {
    let world = World::new();
    world.pp(["list"]).ok();
    let encode = |text: &str| {
        base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, text)
    };
    let wait = r#"{"id": 5, "method": "tools/call", "params": {"name": "wait"}}"#;
    for id in [encode("{}"), encode(wait), encode(r#"{"id": 5}"#)] {
        let id = format!("none.{id}");
        let headers = [("accept", "text/event-stream"), ("last-event-id", &*id)];
        let mut stream = world.tcp().open("GET", "/mcp", &headers, b"").unwrap();
        let message = next_message(&mut stream).expect("an error");
        assert_eq!(message["error"]["code"], -32000, "{message:#}");
        assert_eq!(next_message(&mut stream), None);
    }
    for id in ["none.!", "none", ".", ""] {
        let headers = [("accept", "text/event-stream"), ("last-event-id", id)];
        assert_eq!(world.tcp().try_send("GET", "/mcp", &headers, b"").unwrap().status, 400);
    }
}

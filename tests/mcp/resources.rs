//! Resources, notifications of changes with and without sessions, prompts and completion.

use serde_json::{Value, json};

use super::Mcp;
use super::client::next_message;
use crate::support::World;
use crate::support::streaming::StreamingReply;

/// A world with the process `talk`, which prints each line that it reads.
fn world_with_talk() -> World {
    let world = World::new();
    world.write("talk", "echo hello; while read -r line; do echo \"said $line\"; done");
    world.pp(["start", "--label", "talk", "sh", "talk"]).ok();
    world.pp(["wait", "talk", "--pattern", "hello"]).ok();
    world
}

const OUTPUT: &str = "process://talk/output";

#[test]
fn processes_and_output_can_be_read() {
    let world = world_with_talk();
    let client = Mcp::modern(&world);
    let listed = client.ask("resources/list", json!({}));
    let uris: Vec<_> =
        listed["resources"].as_array().unwrap().iter().map(|it| &it["uri"]).collect();
    assert_eq!(uris[0], "persistproc://processes");
    assert_eq!(uris.len(), 2, "{uris:?}");
    let read = |uri: &str| client.ask("resources/read", json!({"uri": uri}))["contents"][0].take();
    assert_eq!(read(uris[1].as_str().unwrap())["text"], "hello");
    assert_eq!(read(OUTPUT), json!({"uri": OUTPUT, "mimeType": "text/plain", "text": "hello"}));
    let processes: Value =
        serde_json::from_str(read("persistproc://processes")["text"].as_str().unwrap()).unwrap();
    assert_eq!(processes[0]["label"], "talk");
    let templates = client.ask("resources/templates/list", json!({}));
    assert_eq!(templates["resourceTemplates"][0]["uriTemplate"], "process://{target}/output");
    for uri in ["process://unknown/output", "process://talk/secrets", "file:///etc/passwd"] {
        let answer = client.answer("resources/read", json!({"uri": uri}));
        assert!(answer["error"]["code"].is_i64(), "{uri}: {answer:#}");
    }
}

/// Reads messages until a notification with this method and returns it.
#[track_caller]
fn until_method(stream: &mut StreamingReply, method: &str) -> Value {
    loop {
        let message = next_message(stream).unwrap_or_else(|| panic!("EOF before {method}"));
        if message["method"] == method {
            return message;
        }
    }
}

#[test]
fn a_listener_without_session_is_notified_of_changes() {
    let world = world_with_talk();
    let filter = json!({"notifications": {
        "resourceSubscriptions": [OUTPUT], "resourcesListChanged": true}});
    let mut stream = Mcp::modern(&world).open("subscriptions/listen", &filter);
    until_method(&mut stream, "notifications/subscriptions/acknowledged");
    world.pp(["send", "talk", "more"]).ok();
    let updated = until_method(&mut stream, "notifications/resources/updated");
    assert_eq!(updated["params"]["uri"], OUTPUT);
    world.pp(["start", "sleep", "1000"]).ok();
    until_method(&mut stream, "notifications/resources/list_changed");
}

#[test]
fn a_subscriber_with_session_is_notified_of_changes() {
    let world = world_with_talk();
    let client = Mcp::legacy(&world);
    let session = client.session.clone().unwrap();
    let headers = [
        ("accept", "text/event-stream"),
        ("mcp-session-id", session.as_str()),
        ("mcp-protocol-version", "2025-11-25"),
    ];
    let mut stream = world.tcp().open("GET", "/mcp", &headers, b"").unwrap();
    assert_eq!(stream.status, 200);
    client.ask("resources/subscribe", json!({"uri": OUTPUT}));
    world.pp(["send", "talk", "more"]).ok();
    let updated = until_method(&mut stream, "notifications/resources/updated");
    assert_eq!(updated["params"]["uri"], OUTPUT);
    client.ask("resources/unsubscribe", json!({"uri": OUTPUT}));
    world.pp(["start", "sleep", "1000"]).ok();
    until_method(&mut stream, "notifications/resources/list_changed");
}

#[test]
fn prompts_are_filled_in_and_names_are_completed() {
    let world = world_with_talk();
    let client = Mcp::modern(&world);
    let text = |name: &str, arguments: Value| {
        let prompt = client.ask("prompts/get", json!({"name": name, "arguments": arguments}));
        prompt["messages"][0]["content"]["text"].as_str().unwrap().to_owned()
    };
    let debug = text("debug_process", json!({"target": "talk"}));
    assert!(debug.contains("process talk") && debug.contains("\nhello\n"), "{debug}");
    assert!(!debug.contains('{') || debug.contains("\"label\":\"talk\""), "{debug}");
    assert!(text("start_dev", json!({"working_directory": "/srv/x"})).contains("/srv/x"));
    let listed = client.ask("prompts/list", json!({}));
    assert_eq!(listed["prompts"].as_array().unwrap().len(), 2);
    for (name, arguments) in [("debug_process", json!({})), ("dance", json!({}))] {
        let answer = client.answer("prompts/get", json!({"name": name, "arguments": arguments}));
        assert_eq!(answer["error"]["code"], -32602, "{answer:#}");
    }
    let complete = |kind: Value, name: &str, value: &str| {
        let params = json!({"ref": kind, "argument": {"name": name, "value": value}});
        client.ask("completion/complete", params)["completion"]["values"].take()
    };
    let prompt = json!({"type": "ref/prompt", "name": "debug_process"});
    let template = json!({"type": "ref/resource", "uri": "process://{target}/output"});
    assert_eq!(complete(prompt, "target", "ta"), json!(["talk"]));
    assert_eq!(complete(template, "target", "xyz"), json!([]));
}

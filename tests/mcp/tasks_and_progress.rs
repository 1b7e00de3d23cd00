//! Long calls: as a task for clients that accept tasks, with progress notifications for clients that
//! ask for them, and with a shortened timeout for all others.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::next_message;
use super::{Mcp, replace_daemon};
use crate::support::{World, until};

/// A world with the process `nap`, which prints one line and sleeps.
fn world_with_nap() -> World {
    let world = World::new();
    world.pp(["start", "--label", "nap", "sh", "-c", "echo asleep; sleep 1000"]).ok();
    world
}

/// Parameters of a call that waits for a line that `nap` never prints.
fn wait_params(seconds: u64) -> Value {
    json!({"name": "wait", "arguments": {
        "command_or_label": "nap", "pattern": "awake", "timeout_seconds": seconds}})
}

/// Makes a call that is answered with a task; returns the id of the task.
#[track_caller]
pub(super) fn call_as_task(client: &Mcp, params: Value) -> String {
    let task = client.ask("tools/call", params);
    task["taskId"].as_str().unwrap_or_else(|| panic!("no task: {task:#}")).to_owned()
}

/// Waits until a field of a task has this value; returns the task.
#[track_caller]
pub(super) fn until_task(client: &Mcp, id: &str, field: &str, value: &str) -> Value {
    until(&format!("the task's {field} to be {value}"), || {
        let task = client.ask("tasks/get", json!({"taskId": id}));
        if task[field] == value { Ok(task) } else { Err(format!("{task:#}")) }
    })
}

#[test]
fn progress_notifications_contain_the_last_line_each_second() {
    let world = world_with_nap();
    for client in [Mcp::modern(&world), Mcp::legacy(&world)] {
        let mut params = wait_params(3);
        params["_meta"] = json!({"progressToken": "p1"});
        let mut stream = client.open("tools/call", &params);
        let mut progress = Vec::new();
        let result = loop {
            let message = next_message(&mut stream).expect("a result");
            if message["method"] != "notifications/progress" {
                break message;
            }
            progress.push(message["params"].clone());
        };
        assert_eq!(result["result"]["structuredContent"]["reason"], "timeout", "{result:#}");
        assert!(progress.len() >= 2, "{progress:#?}");
        assert_eq!(progress[0]["progress"], 1.0);
        assert_eq!(progress[0]["message"], "asleep");
        assert_eq!(progress[1]["progressToken"], "p1");
    }
}

#[test]
fn a_long_wait_becomes_a_task() {
    let world = world_with_nap();
    let client = Mcp::modern(&world).with_tasks();
    let id = call_as_task(&client, wait_params(60));
    let working = until_task(&client, &id, "statusMessage", "asleep");
    assert_eq!(working["status"], "working");
    world.pp(["stop", "nap"]).ok();
    let done = until_task(&client, &id, "status", "completed");
    assert_eq!(done["result"]["structuredContent"]["reason"], "exit", "{done:#}");
}

#[test]
fn a_wait_that_ends_soon_is_answered_without_a_task() {
    let world = world_with_nap();
    let client = Mcp::modern(&world).with_tasks();
    world.pp(["stop", "nap"]).ok();
    let wait = json!({"command_or_label": "nap", "for": "exit", "timeout_seconds": 60});
    let answer = client.ask("tools/call", json!({"name": "wait", "arguments": wait}));
    assert_eq!(answer["structuredContent"]["reached"], true, "{answer:#}");
}

#[test]
fn a_task_can_be_cancelled() {
    let world = world_with_nap();
    let client = Mcp::modern(&world).with_tasks();
    let id = call_as_task(&client, wait_params(60));
    client.ask("tasks/cancel", json!({"taskId": id}));
    until_task(&client, &id, "status", "cancelled");
}

#[test]
fn the_error_for_a_lost_task_says_what_to_do() {
    let world = world_with_nap();
    let client = Mcp::modern(&world).with_tasks();
    let id = call_as_task(&client, wait_params(60));
    replace_daemon(&world);
    for method in ["tasks/get", "tasks/cancel", "tasks/update"] {
        let params = json!({"taskId": id, "inputResponses": {}});
        let reply = client.send(method, &params, &[]);
        let answer: Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!(answer["error"]["code"], -32602, "{method}: {reply}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains("the daemon was restarted"), "{method}: {message}");
        assert!(message.contains("Call wait again"), "{method}: {message}");
    }
    assert_eq!(world.process("nap")["status"], "running");
}

#[test]
fn without_tasks_and_progress_the_timeout_of_a_wait_is_shortened() {
    let world = world_with_nap();
    let client = Mcp::modern(&world);
    let start = Instant::now();
    let answer = client.call("wait", wait_params(3600)["arguments"].clone()).ok();
    assert!(start.elapsed() < Duration::from_secs(50), "{:?}", start.elapsed());
    assert_eq!(answer["reason"], "timeout");
    assert!(answer["note"].as_str().unwrap().contains("again with this cursor"), "{answer:#}");
}

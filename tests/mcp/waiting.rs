//! Long calls: a task where the client knows tasks, progress where it wants some, an early end
//! where it goes away.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::next;
use super::{Mcp, another_daemon};
use crate::support::{World, until};

fn napping() -> World {
    let world = World::new();
    world.pp(["start", "--label", "nap", "sh", "-c", "echo asleep; sleep 1000"]).ok();
    world
}

fn wait(seconds: u64) -> Value {
    json!({"name": "wait", "arguments": {
        "command_or_label": "nap", "pattern": "awake", "timeout_seconds": seconds}})
}

#[test]
fn a_client_that_wants_progress_hears_each_second_what_was_printed() {
    let world = napping();
    for client in [Mcp::modern(&world), Mcp::legacy(&world)] {
        let mut params = wait(3);
        params["_meta"] = json!({"progressToken": "p1"});
        let mut live = client.open("tools/call", &params);
        let mut progress = Vec::new();
        let result = loop {
            let message = next(&mut live).expect("a result");
            match message["method"].as_str() {
                Some("notifications/progress") => progress.push(message["params"].clone()),
                _ => break message,
            }
        };
        assert_eq!(result["result"]["structuredContent"]["reason"], "timeout", "{result:#}");
        assert!(progress.len() >= 2, "{progress:#?}");
        assert_eq!(
            (&progress[0]["progress"], &progress[0]["message"]),
            (&json!(1.0), &json!("asleep"))
        );
        assert_eq!(progress[1]["progressToken"], "p1");
    }
}

#[test]
fn a_client_that_knows_tasks_gets_one_for_a_long_wait() {
    let world = napping();
    let mut client = Mcp::modern(&world);
    client.capabilities = json!({"extensions": {"io.modelcontextprotocol/tasks": {}}});
    let task = client.ask("tools/call", wait(60));
    let id = task["taskId"].as_str().unwrap_or_else(|| panic!("{task:#}")).to_owned();
    let get = || client.ask("tasks/get", json!({"taskId": id}));
    let working = until("its last line", || match get() {
        state if state["statusMessage"] == "asleep" => Ok(state),
        state => Err(format!("{state:#}")),
    });
    assert_eq!(working["status"], "working");
    world.pp(["stop", "nap"]).ok();
    let done = until("the end of the task", || match get() {
        state if state["status"] == "completed" => Ok(state),
        state => Err(format!("{state:#}")),
    });
    assert_eq!(done["result"]["structuredContent"]["reason"], "exit", "{done:#}");

    // What is over soon needs no task, and a task can be ended.
    let soon = client.ask(
        "tools/call",
        json!({"name": "wait", "arguments": {
        "command_or_label": "nap", "for": "exit", "timeout_seconds": 60}}),
    );
    assert_eq!(soon["structuredContent"]["reached"], true, "{soon:#}");
    world.pp(["restart", "nap"]).ok();
    let task = client.ask("tools/call", wait(60));
    let id = task["taskId"].clone();
    client.ask("tasks/cancel", json!({"taskId": id}));
    until("the task to be cancelled", || match client.ask("tasks/get", json!({"taskId": id})) {
        state if state["status"] == "cancelled" => Ok(()),
        state => Err(format!("{state:#}")),
    });
}

#[test]
fn a_task_that_went_with_its_daemon_says_what_to_do() {
    let world = napping();
    let mut client = Mcp::modern(&world);
    client.capabilities = json!({"extensions": {"io.modelcontextprotocol/tasks": {}}});
    let task = client.ask("tools/call", wait(60));
    let id = task["taskId"].as_str().unwrap_or_else(|| panic!("{task:#}"));
    another_daemon(&world);
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
fn without_tasks_and_progress_a_wait_is_cut_short_and_says_how_to_go_on() {
    let world = napping();
    let client = Mcp::modern(&world);
    let began = std::time::Instant::now();
    let answer = client
        .call(
            "wait",
            json!({"command_or_label": "nap", "pattern": "awake",
        "timeout_seconds": 3600}),
        )
        .ok();
    assert!(began.elapsed() < Duration::from_secs(50), "{:?}", began.elapsed());
    assert_eq!(answer["reason"], "timeout");
    assert!(answer["note"].as_str().unwrap().contains("again with this cursor"), "{answer:#}");
}

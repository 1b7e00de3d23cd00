//! Answers that are long in coming, held against the schema of their tool like all others: after
//! progress, as the result of a task, and when the daemon leaves.

use serde_json::{Value, json};

use super::answers::Checked;
use super::client::next;
use super::{Answer, Mcp};
use crate::support::streaming::StreamingReply;
use crate::support::{World, until};

/// A call that tells of its progress, and has begun when this returns.
#[track_caller]
fn under_way(client: &Mcp, tool: &str, arguments: &Value) -> StreamingReply {
    let params = json!({"name": tool, "arguments": arguments, "_meta": {"progressToken": 7}});
    let mut live = client.open("tools/call", &params);
    let first = next(&mut live).expect("progress");
    assert_eq!(first["method"], "notifications/progress", "{first:#}");
    live
}

/// What it says in the end.
#[track_caller]
fn end(mut live: StreamingReply) -> Value {
    let mut message = next(&mut live).expect("a message");
    while message["method"] == "notifications/progress" {
        message = next(&mut live).expect("a result");
    }
    Answer { result: message["result"].take() }.ok()
}

/// Arguments of calls that wait for what does not happen, unless somebody types it.
fn in_vain(world: &World, label: &str, seconds: f64) -> [(&'static str, Value); 2] {
    let start = json!({"action": "start", "label": label, "working_directory": world.work(),
        "command_or_label": format!("echo {label} runs; cat"), "wait_for": "never",
        "timeout_seconds": seconds});
    let wait = json!({"command_or_label": label, "pattern": "never", "timeout_seconds": seconds});
    [("ctrl", start), ("wait", wait)]
}

#[test]
fn after_progress() {
    let world = World::new();
    let checked = Checked::new(&world);
    for client in [checked.client.clone(), Mcp::legacy(&world)] {
        let label = if client.session.is_some() { "old" } else { "new" };
        for (tool, arguments) in in_vain(&world, label, 1.5) {
            let value = end(under_way(&client, tool, &arguments));
            checked.fits(tool, &value);
            assert!(value["reached"] == false || value["ready"] == false, "{value:#}");
        }
    }
}

#[test]
fn of_tasks() {
    let world = World::new();
    let mut checked = Checked::new(&world);
    checked.client.capabilities = json!({"extensions": {"io.modelcontextprotocol/tasks": {}}});
    let mut cursor = None;
    for (tool, mut arguments) in in_vain(&world, "web", 60.0) {
        if let Some(cursor) = &cursor {
            arguments["cursor"] = Value::clone(cursor);
        }
        let task = checked.client.ask("tools/call", json!({"name": tool, "arguments": arguments}));
        let id = task["taskId"].as_str().unwrap_or_else(|| panic!("{task:#}")).to_owned();
        world.pp(["send", "web", "never"]).ok();
        let done = until("the end of the task", || {
            match checked.client.ask("tasks/get", json!({"taskId": id})) {
                state if state["status"] == "completed" => Ok(state),
                state => Err(format!("{state:#}")),
            }
        });
        let value = Answer { result: done["result"].clone() }.ok();
        checked.fits(tool, &value);
        assert!(value["reached"] == true || value["ready"] == true, "{value:#}");
        cursor = Some(value["cursor"].clone());
    }
}

#[test]
fn when_the_daemon_leaves() {
    let world = World::new();
    let checked = Checked::new(&world);
    let [(_, start), (_, wait)] = in_vain(&world, "web", 40.0);
    let mut quick = start.clone();
    quick["wait_for"] = Value::Null;
    checked.call("ctrl", quick).ok();
    let calls = [("ctrl", start), ("wait", wait)]
        .map(|(tool, arguments)| (tool, under_way(&checked.client, tool, &arguments)));
    world.pp(["shutdown", "--keep"]).ok();
    for (tool, live) in calls {
        let value = end(live);
        checked.fits(tool, &value);
        assert!(value["reason"] == "daemon_stopping" || value["ready"] == false, "{value:#}");
    }
}

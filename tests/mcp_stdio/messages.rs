//! Messages in both directions: calls, progress, cancellation, notifications, malformed input.

use serde_json::json;

use super::{Agent, PROTOCOLS, ProtocolKind, bridge_command};
use crate::support::{World, until};

#[test]
fn the_tools_are_listed_with_and_without_session() {
    let world = World::new();
    for protocol in PROTOCOLS {
        let mut agent = Agent::new(&world, protocol);
        if protocol == ProtocolKind::Stateless {
            let discovered = agent.ask("server/discover", json!({}));
            assert_eq!(discovered["result"]["resultType"], "complete", "{discovered:#}");
        }
        let tools = agent.ask("tools/list", json!({}));
        let tools = tools["result"]["tools"].as_array().unwrap();
        let names: Vec<_> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["ctrl", "list", "output", "wait"]);
    }
}

#[test]
fn a_process_is_started_used_and_stopped() {
    let world = World::new();
    for protocol in PROTOCOLS {
        let mut agent = Agent::new(&world, protocol);
        let command = "sh -c 'echo ready; read word; echo got $word; sleep 1000'";
        let label = format!("{protocol:?}");
        let start = json!({ "action": "start", "command_or_label": command, "label": label });
        let started = agent.call("ctrl", &start);
        assert_eq!(started["status"], "running", "{started:#}");
        let ready = json!({ "command_or_label": label, "for": "pattern", "pattern": "^ready" });
        let waited = agent.call("wait", &ready);
        assert_eq!(waited["matched_line"], "ready", "{waited:#}");
        let send = json!({ "action": "send", "command_or_label": label, "input": "word" });
        agent.call("ctrl", &send);
        let reply =
            json!({ "command_or_label": label, "pattern": "got", "cursor": waited["cursor"] });
        assert_eq!(agent.call("wait", &reply)["matched_line"], "got word");
        let output = agent.call("output", &json!({ "command_or_label": label }));
        assert_eq!(output["output"], json!(["ready", "got word"]));
        let stopped = agent.call("ctrl", &json!({ "action": "stop", "command_or_label": label }));
        assert_eq!(stopped["status"], "terminated", "{stopped:#}");
    }
}

#[test]
fn start_uses_the_directory_and_environment_of_the_bridge() {
    let world = World::new();
    for protocol in PROTOCOLS {
        let directory = world.work().join("a b");
        std::fs::create_dir_all(&directory).unwrap();
        let mut command = bridge_command(&world);
        command.current_dir(&directory).env("FROM_BRIDGE", "one").env("PORT", "1");
        let mut agent = Agent::with_bridge(&world, protocol, command);
        let label = format!("{protocol:?}");
        let start = json!({
            "action": "start",
            "command_or_label": "sh -c 'pwd; echo $FROM_BRIDGE $PORT'",
            "environment": { "PORT": "3000" },
            "label": label,
        });
        agent.call("ctrl", &start);
        agent.call("wait", &json!({ "command_or_label": label, "for": "exit" }));
        let output = agent.call("output", &json!({ "command_or_label": label }));
        assert_eq!(output["output"], json!([directory, "one 3000"]));
    }
}

#[test]
fn only_start_passes_the_environment_on() {
    let world = World::new();
    for protocol in PROTOCOLS {
        let mut command = bridge_command(&world);
        command.env("API_KEY", "s3cr3t-value");
        // Start the daemon without the variable.
        world.pp(["list"]).ok();
        let mut agent = Agent::with_bridge(&world, protocol, command);
        agent.call("list", &json!({}));
        let label = format!("{protocol:?}");
        let start = json!({ "action": "start", "command_or_label": "sleep 1000", "label": label, "if_running": "restart" });
        agent.call("ctrl", &start);
        agent.call("list", &json!({ "detail": "full" }));
        agent.call("ctrl", &json!({ "action": "restart", "command_or_label": label }));
        assert!(!agent.bridge.out().contains("s3cr3t"));
        assert!(!agent.bridge.end().to_string().contains("s3cr3t"));
        let mut command = world.command("grep");
        command.args(["-rl", "s3cr3t"]).arg(world.folder("data"));
        let found = world.run(command).out();
        assert!(found.lines().all(|file| file.ends_with("/process.json")), "{found}");
    }
}

#[test]
fn requests_are_handled_concurrently() {
    let world = World::new();
    for protocol in PROTOCOLS {
        let mut agent = Agent::new(&world, protocol);
        agent.start_nap();
        let waits: Vec<u32> = (0..20).map(|_| agent.send_wait_for_nap()).collect();
        assert_eq!(agent.call("list", &json!({}))["processes"][0]["status"], "running");
        assert!(waits.iter().all(|id| agent.try_answer(*id).is_none()));
        agent.stop_nap();
        for id in waits {
            agent.assert_exit_answer(id);
        }
    }
}

#[test]
fn progress_notifications_arrive_before_the_answer() {
    let world = World::new();
    for protocol in PROTOCOLS {
        let mut agent = Agent::new(&world, protocol);
        agent.start_nap();
        let wait = json!({
            "name": "wait",
            "arguments": { "command_or_label": "nap", "for": "exit", "timeout_seconds": 60 },
            "_meta": { "progressToken": "p" },
        });
        let id = agent.send("tools/call", wait);
        agent.bridge.until_stdout("notifications/progress");
        assert!(agent.try_answer(id).is_none());
        agent.stop_nap();
        agent.answer(id);
    }
}

#[test]
fn a_cancelled_request_is_not_answered() {
    let world = World::new();
    for protocol in PROTOCOLS {
        let mut agent = Agent::new(&world, protocol);
        agent.start_nap();
        let id = agent.send_wait_for_nap();
        agent.notify("notifications/cancelled", &json!({ "requestId": id }));
        agent.stop_nap();
        let second = agent.send_wait_for_nap();
        agent.assert_exit_answer(second);
        assert!(agent.try_answer(id).is_none(), "{}", agent.bridge.out());
        // The cancellation of an unknown request is ignored.
        agent.notify("notifications/cancelled", &json!({ "requestId": "unknown" }));
        agent.call("list", &json!({}));
    }
}

#[test]
fn notifications_of_the_daemon_arrive() {
    let world = World::new();
    let mut agent = Agent::new(&world, ProtocolKind::Session);
    agent.call("list", &json!({}));
    until("a notification", || {
        // Repeated, because a start before the bridge has opened its stream causes no notification.
        world.pp(["run", "true"]);
        let out = agent.bridge.out();
        if out.contains("notifications/resources/list_changed") { Ok(()) } else { Err(out) }
    });
}

#[test]
fn malformed_input_is_answered_with_an_error() {
    let world = World::new();
    for protocol in PROTOCOLS {
        let mut agent = Agent::new(&world, protocol);
        for line in
            ["garbage", "", "  ", "[]", "7", "{\"id\": \"x\"}", "{\"jsonrpc\": \"2.0\"", "\u{0}"]
        {
            agent.write_line(line);
        }
        agent.bridge.type_in(b"\xff\xfe\n");
        agent.call("list", &json!({}));
        let errors: Vec<_> = agent
            .messages()
            .iter()
            .filter(|message| !message["error"].is_null())
            .map(|message| format!("{} {}", message["id"], message["error"]["code"]))
            .collect();
        let parse_error = "null -32700";
        let invalid = "null -32600";
        let invalid_with_id = "\"x\" -32600";
        assert_eq!(
            errors,
            [parse_error, invalid, invalid, invalid_with_id, parse_error, parse_error, parse_error]
        );
        let unknown = agent.ask("no/such/method", json!({}));
        assert_eq!(unknown["error"]["code"], -32601, "{unknown:#}");
        let wrong =
            agent.ask("tools/call", json!({ "name": "ctrl", "arguments": { "action": "fly" } }));
        assert_eq!(wrong["result"]["isError"], true, "{wrong:#}");
    }
}

/// The stream of a long call begins with a message that is for clients over HTTP.
#[test]
fn a_long_call_has_no_message_but_its_answer() {
    let world = World::new();
    for protocol in PROTOCOLS {
        let mut agent = Agent::new(&world, protocol);
        agent.start_nap();
        let wait = json!({"command_or_label": "nap", "pattern": "never", "timeout_seconds": 1.5});
        assert_eq!(agent.call("wait", &wait)["reason"], "timeout");
        let methods: Vec<_> = agent.messages().iter().map(|m| m["method"].clone()).collect();
        assert!(!methods.contains(&json!("notifications/message")), "{methods:?}");
    }
}

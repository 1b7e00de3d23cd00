//! What is said at one end arrives at the other.

use serde_json::json;

use super::{Agent, ERAS, Era, bridge};
use crate::support::{World, until};

#[test]
fn both_eras_introduce_themselves_and_see_the_tools() {
    let world = World::new();
    for era in ERAS {
        let mut agent = Agent::new(&world, era);
        if era == Era::Stateless {
            let found = agent.ask("server/discover", json!({}));
            assert_eq!(found["result"]["resultType"], "complete", "{found:#}");
        }
        let tools = agent.ask("tools/list", json!({}));
        let tools = tools["result"]["tools"].as_array().unwrap();
        let names: Vec<_> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["ctrl", "list", "output", "wait"]);
    }
}

#[test]
fn a_process_from_its_start_to_its_end() {
    let world = World::new();
    for era in ERAS {
        let mut agent = Agent::new(&world, era);
        let command = "sh -c 'echo ready; read word; echo got $word; sleep 1000'";
        let label = format!("{era:?}");
        let start = json!({ "action": "start", "command_or_label": command, "label": label });
        let started = agent.call("ctrl", &start);
        assert_eq!(started["status"], "running", "{started:#}");
        let ready = json!({ "command_or_label": label, "for": "pattern", "pattern": "^ready" });
        let waited = agent.call("wait", &ready);
        assert_eq!(waited["matched_line"], "ready", "{waited:#}");
        agent
            .call("ctrl", &json!({ "action": "send", "command_or_label": label, "input": "word" }));
        let word = json!({ "command_or_label": label, "for": "pattern", "pattern": "got", "cursor": waited["cursor"] });
        assert_eq!(agent.call("wait", &word)["matched_line"], "got word");
        let output = agent.call("output", &json!({ "command_or_label": label }));
        assert_eq!(output["output"], json!(["ready", "got word"]));
        let stopped = agent.call("ctrl", &json!({ "action": "stop", "command_or_label": label }));
        assert_eq!(stopped["status"], "terminated", "{stopped:#}");
    }
}

#[test]
fn a_start_has_the_directory_and_the_environment_of_the_bridge() {
    let world = World::new();
    for era in ERAS {
        let mut command = bridge(&world);
        std::fs::create_dir_all(world.work().join("a b")).unwrap();
        command.current_dir(world.work().join("a b")).env("FROM_BRIDGE", "one").env("PORT", "1");
        let mut agent = Agent::with(&world, era, command);
        let start = json!({
            "action": "start",
            "command_or_label": "sh -c 'pwd; echo $FROM_BRIDGE $PORT'",
            "environment": { "PORT": "3000" },
            "label": format!("{era:?}"),
        });
        agent.call("ctrl", &start);
        agent.call("wait", &json!({ "command_or_label": format!("{era:?}"), "for": "exit" }));
        let output = agent.call("output", &json!({ "command_or_label": format!("{era:?}") }));
        let directory = world.work().join("a b").display().to_string();
        assert_eq!(output["output"], json!([directory, "one 3000"]));
    }
}

#[test]
fn the_environment_goes_with_starts_alone() {
    let world = World::new();
    for era in ERAS {
        let mut command = bridge(&world);
        command.env("API_KEY", "s3cr3t-value");
        // Started by somebody else, the daemon has none of it.
        world.pp(["list"]).ok();
        let mut agent = Agent::with(&world, era, command);
        agent.call("list", &json!({}));
        agent.call("ctrl", &json!({ "action": "start", "command_or_label": "sleep 1000", "label": "nap", "if_running": "restart" }));
        agent.call("list", &json!({ "detail": "full" }));
        agent.call("ctrl", &json!({ "action": "restart", "command_or_label": "nap" }));
        assert!(!agent.bridge.out().contains("s3cr3t"));
        assert!(!agent.bridge.end().to_string().contains("s3cr3t"));
        let mut command = world.command("grep");
        command.args(["-rl", "s3cr3t"]).arg(world.folder("data"));
        let found = world.run(command).out();
        assert!(found.lines().all(|file| file.ends_with("/process.json")), "{found}");
    }
}

#[test]
fn requests_are_carried_side_by_side() {
    let world = World::new();
    for era in ERAS {
        let mut agent = Agent::new(&world, era);
        agent.call(
            "ctrl",
            &json!({ "action": "start", "command_or_label": "sleep 1000", "label": "nap" }),
        );
        let waits: Vec<u32> = (0..20)
            .map(|_| agent.send_call("wait", &json!({ "command_or_label": "nap", "for": "exit" })))
            .collect();
        assert_eq!(agent.call("list", &json!({}))["processes"][0]["status"], "running");
        assert!(waits.iter().all(|id| agent.answered(*id).is_none()));
        agent.call("ctrl", &json!({ "action": "stop", "command_or_label": "nap" }));
        for id in waits {
            let answer = agent.answer(id);
            assert_eq!(answer["result"]["structuredContent"]["reason"], "exit", "{answer:#}");
        }
    }
}

#[test]
fn progress_is_passed_on_before_the_answer() {
    let world = World::new();
    for era in ERAS {
        let mut agent = Agent::new(&world, era);
        agent.call(
            "ctrl",
            &json!({ "action": "start", "command_or_label": "sleep 1000", "label": "nap" }),
        );
        let wait = json!({
            "name": "wait",
            "arguments": { "command_or_label": "nap", "for": "exit", "timeout_seconds": 60 },
            "_meta": { "progressToken": "p" },
        });
        let id = agent.send("tools/call", wait);
        agent.bridge.until_stdout("notifications/progress");
        assert!(agent.answered(id).is_none());
        agent.call("ctrl", &json!({ "action": "stop", "command_or_label": "nap" }));
        agent.answer(id);
    }
}

#[test]
fn a_request_that_is_cancelled_is_not_answered() {
    let world = World::new();
    for era in ERAS {
        let mut agent = Agent::new(&world, era);
        agent.call(
            "ctrl",
            &json!({ "action": "start", "command_or_label": "sleep 1000", "label": "nap" }),
        );
        let id = agent.send_call("wait", &json!({ "command_or_label": "nap", "for": "exit" }));
        agent.tell("notifications/cancelled", &json!({ "requestId": id }));
        agent.call("ctrl", &json!({ "action": "stop", "command_or_label": "nap" }));
        agent.call("wait", &json!({ "command_or_label": "nap", "for": "exit" }));
        assert!(agent.answered(id).is_none(), "{}", agent.bridge.out());
        // Of a request that nobody knows there is nothing to cancel.
        agent.tell("notifications/cancelled", &json!({ "requestId": "nobody" }));
        agent.call("list", &json!({}));
    }
}

#[test]
fn what_the_daemon_says_unasked_arrives() {
    let world = World::new();
    let mut agent = Agent::new(&world, Era::Session);
    agent.call("list", &json!({}));
    until("the stream", || {
        // Whoever starts something while nobody listens yet is not told of.
        world.pp(["run", "true"]);
        let out = agent.bridge.out();
        if out.contains("notifications/resources/list_changed") { Ok(()) } else { Err(out) }
    });
}

#[test]
fn what_is_no_message_is_said_and_the_bridge_goes_on() {
    let world = World::new();
    for era in ERAS {
        let mut agent = Agent::new(&world, era);
        for line in
            ["garbage", "", "  ", "[]", "7", "{\"id\": \"x\"}", "{\"jsonrpc\": \"2.0\"", "\u{0}"]
        {
            agent.say(line);
        }
        agent.bridge.type_in(b"\xff\xfe\n");
        agent.call("list", &json!({}));
        let errors: Vec<_> = agent
            .messages()
            .iter()
            .filter(|message| !message["error"].is_null())
            .map(|message| format!("{} {}", message["id"], message["error"]["code"]))
            .collect();
        let parse = "null -32700";
        let expected = [parse, "null -32600", "null -32600", "\"x\" -32600", parse, parse, parse];
        assert_eq!(errors, expected);
        let unknown = agent.ask("no/such/method", json!({}));
        assert_eq!(unknown["error"]["code"], -32601, "{unknown:#}");
        let wrong =
            agent.ask("tools/call", json!({ "name": "ctrl", "arguments": { "action": "fly" } }));
        assert_eq!(wrong["result"]["isError"], true, "{wrong:#}");
    }
}

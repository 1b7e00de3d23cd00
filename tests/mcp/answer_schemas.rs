//! Every variant of every tool's answer fits the output schema that the tool publishes: clients
//! discard answers that don't.

use jsonschema::Validator;
use serde_json::{Value, json};

use super::{Mcp, ToolResult, merged};
use crate::support::World;
use crate::support::scripts::SERVES;

/// A client that validates each answer against the tool's output schema.
pub(super) struct ValidatingClient {
    pub(super) client: Mcp,
    schemas: Vec<(String, Validator)>,
}

impl ValidatingClient {
    pub(super) fn new(world: &World) -> Self {
        let client = Mcp::modern(world);
        let tools = client.ask("tools/list", json!({}));
        let schema = |tool: &Value| {
            let name = tool["name"].as_str().unwrap().to_owned();
            (name, jsonschema::validator_for(&tool["outputSchema"]).unwrap())
        };
        let schemas = tools["tools"].as_array().unwrap().iter().map(schema).collect();
        Self { client, schemas }
    }

    #[track_caller]
    pub(super) fn call(&self, tool: &str, arguments: Value) -> ToolResult {
        let result = self.client.call(tool, arguments);
        if result.result["isError"] == false {
            self.validate(tool, &result.ok());
        } else {
            assert!(result.error().chars().count() < 1000, "{}", result.error());
        }
        result
    }

    #[track_caller]
    pub(super) fn validate(&self, tool: &str, answer: &Value) {
        let (_, schema) = self.schemas.iter().find(|(name, _)| name == tool).unwrap();
        let errors: Vec<_> = schema.iter_errors(answer).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?} in {answer:#}");
        assert_without_null(answer);
    }

    /// Starts a command in the working directory of the world.
    #[track_caller]
    fn start(&self, world: &World, command: &str, more: Value) -> Value {
        let start = json!({"action": "start", "command_or_label": command,
            "working_directory": world.work(), "environment": null, "pid": null});
        self.call("ctrl", merged(start, more)).ok()
    }
}

#[track_caller]
fn assert_without_null(value: &Value) {
    match value {
        Value::Null => panic!("a null"),
        Value::Array(values) => values.iter().for_each(assert_without_null),
        Value::Object(fields) => fields.values().for_each(assert_without_null),
        _ => {}
    }
}

#[test]
fn start_restart_send_and_stop() {
    let world = World::new();
    let client = ValidatingClient::new(&world);
    let started = client.start(&world, SERVES, json!({"label": "web", "wait_for": "ready"}));
    assert_eq!(started["ready"], true);
    assert_eq!(started["label"], "web");
    assert!(started["url"].as_str().unwrap().starts_with("http://localhost:"), "{started:#}");
    assert!(started["already_running"].is_null(), "{started:#}");
    let again = client.start(&world, SERVES, json!({"label": "web"}));
    assert_eq!(again["already_running"], true);
    assert_eq!(again["pid"], started["pid"]);
    let again = client.start(&world, SERVES, json!({"label": "web", "if_running": "restart"}));
    assert_ne!(again["pid"], started["pid"]);

    let ctrl = |action: &str, more: Value| {
        let arguments = json!({"action": action, "command_or_label": "web"});
        client.call("ctrl", merged(arguments, more)).ok()
    };
    let sent = ctrl("send", json!({"input": "hello"}));
    let reply = json!({"pid": sent["pid"], "pattern": "said", "cursor": sent["cursor"]});
    assert_eq!(client.call("wait", reply).ok()["matched_line"], "said hello");
    let restarted = ctrl("restart", json!({"wait_for": "vite", "timeout_seconds": 20}));
    assert_eq!(restarted["ready"], true, "{restarted:#}");
    let timed_out = ctrl("restart", json!({"wait_for": "4998", "timeout_seconds": 2}));
    assert_eq!(timed_out["ready"], false);
    assert!(timed_out["recent_output"].to_string().contains("VITE"), "{timed_out:#}");
    let stopped = ctrl("stop", json!({"force": true}));
    assert_eq!(stopped["status"], "terminated");
    assert_eq!(stopped["exit_code"], 137);
}

#[test]
fn start_of_a_program_that_ends() {
    let world = World::new();
    let client = ValidatingClient::new(&world);
    let built = client.start(&world, "echo built; exit 3", json!({"wait_for": "exit"}));
    assert_eq!(built["exit_code"], 3);
    assert_eq!(built["recent_output"], json!(["built"]));
    let done = client.start(&world, "echo well", json!({"wait_for": "ready"}));
    assert_eq!(done["ready"], false, "{done:#}");
    assert_eq!(done["exit_code"], 0, "{done:#}");
    assert_eq!(done["recent_output"], json!(["well"]));
    let quiet = json!({"wait_for": "quiet", "environment": {"A": "1"}});
    client.start(&world, "sleep 1000", quiet);
}

#[test]
fn list() {
    let world = World::new();
    let client = ValidatingClient::new(&world);
    assert_eq!(client.call("list", json!({})).ok()["processes"], json!([]));
    client.start(&world, SERVES, json!({"label": "web", "wait_for": "ready"}));
    client.start(&world, "sh -c 'exit 4'", json!({"label": "gone", "wait_for": "exit"}));
    let missing = json!({"action": "start", "command_or_label": "no-such-program",
        "working_directory": world.work()});
    client.call("ctrl", missing).error();
    for arguments in [
        json!({}),
        json!({"detail": "full"}),
        json!({"detail": null, "pid": null, "command_or_label": null, "working_directory": null}),
        json!({"status": "exited"}),
        json!({"command_or_label": "web", "detail": "full"}),
        json!({"working_directory": world.work()}),
        json!({"pid": 0}),
        json!({"pid": 4_000_000}),
    ] {
        client.call("list", arguments).ok();
    }
    let all = client.call("list", json!({})).ok();
    assert_eq!(all["processes"].as_array().unwrap().len(), 2, "{all:#}");
    let gone = client.call("list", json!({"command_or_label": "gone"})).ok();
    assert_eq!(gone["processes"][0]["exit_code"], 4);
    let daemon = client.call("list", json!({"pid": 0})).ok();
    assert_eq!(daemon["processes"][0]["label"], "persistproc-server");
}

#[test]
fn output() {
    let world = World::new();
    let client = ValidatingClient::new(&world);
    let command = "for i in $(seq 300); do echo line $i; done; echo; \
                   printf '\\033[31mred\\033[0m\\n10%%\\r99%%\\nsame\\nsame\\nsame\\nhalf'";
    client.start(&world, command, json!({"label": "many", "wait_for": "exit"}));
    let page =
        |more: Value| client.call("output", merged(json!({"command_or_label": "many"}), more)).ok();
    let last = page(json!({}));
    let lines = last["output"].as_array().unwrap();
    assert_eq!(lines[lines.len() - 4..], ["red", "99%", "same [3 times]", "half"]);
    assert_eq!(last["status"], "exited");
    assert_eq!(last["exit_code"], 0);
    assert!(last["note"].as_str().unwrap().contains("raise lines"), "{last:#}");
    assert!(last["note"].as_str().unwrap().contains("combined.log"), "{last:#}");

    let truncated = page(json!({"max_bytes": 100}));
    assert_eq!(truncated["truncated"], true);
    assert!(truncated["note"].as_str().unwrap().contains("max_bytes"), "{truncated:#}");
    let first = page(json!({"cursor": "1-0-0", "lines": 3}));
    assert_eq!(first["output"], json!(["line 1", "line 2", "line 3"]));
    assert!(first["note"].as_str().unwrap().contains("cursor"), "{first:#}");
    let next = page(json!({"cursor": first["cursor"], "lines": 1}));
    assert_eq!(next["output"], json!(["line 4"]));
    let matches = page(json!({"grep": "line 29\\d", "context": 1, "lines": 3}));
    assert!(matches["output"].to_string().contains("line 299"), "{matches:#}");
    let none =
        page(json!({"stream": "stderr", "lines": null, "before_time": null, "since_time": "5m"}));
    assert_eq!(none["output"], json!([]));
    let timed = page(json!({"lines": 1, "timestamps": true}));
    assert!(timed["output"][0].as_str().unwrap().contains('Z'), "{timed:#}");
}

#[test]
fn output_of_all_processes() {
    let world = World::new();
    let client = ValidatingClient::new(&world);
    let command = "for i in $(seq 300); do echo line $i; done";
    client.start(&world, command, json!({"label": "many", "wait_for": "exit"}));
    let matches = client.call("output", json!({"grep": "line 30", "lines": 1})).ok();
    assert!(matches["output"][0].as_str().unwrap().ends_with(": line 300"), "{matches:#}");
    assert_eq!(matches["truncated"], true);
    let none = client.call("output", json!({"grep": "nowhere at all"})).ok();
    assert_eq!(none["output"], json!([]));
}

#[test]
fn wait() {
    let world = World::new();
    let client = ValidatingClient::new(&world);
    client.start(&world, SERVES, json!({"label": "web", "wait_for": "ready"}));
    let wait = |more: Value| {
        let arguments = json!({"command_or_label": "web", "timeout_seconds": 20});
        client.call("wait", merged(arguments, more)).ok()
    };
    assert_eq!(wait(json!({}))["reached"], true);
    assert_eq!(wait(json!({"pattern": "vite"}))["reason"], "pattern");
    assert_eq!(wait(json!({"for": "quiet"}))["reason"], "quiet");
    let timed_out = wait(json!({"port": 4997, "timeout_seconds": 0.1}));
    assert_eq!(timed_out["reason"], "timeout");
    assert_eq!(timed_out["reached"], false);
    let note = timed_out["note"].as_str().unwrap();
    assert!(note.contains("again with this cursor"), "{timed_out:#}");
    let cursor = &timed_out["cursor"];
    let next = wait(json!({"pattern": "never", "cursor": cursor, "timeout_seconds": 0.1}));
    assert!(next["output"].is_null(), "output before the cursor: {next:#}");
    client.call("ctrl", json!({"action": "stop", "command_or_label": "web"})).ok();
    let ended = wait(json!({"for": "exit"}));
    assert_eq!(ended["reason"], "exit");
    assert_eq!(ended["exit_code"], 143);
    assert_eq!(wait(json!({"pattern": "never"}))["reached"], false);

    client.start(&world, "python3 -m http.server 0", json!({"label": "py"}));
    let port = client.call("wait", json!({"command_or_label": "py", "for": "port"})).ok();
    assert_eq!(port["reason"], "port");
    assert!(port["ports"][0].as_u64().unwrap() > 0, "{port:#}");
}

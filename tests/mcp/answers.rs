//! Every branch of every tool's answer, held against the schema that the tool itself publishes: a
//! client throws away an answer that does not fit.

#![expect(clippy::needless_pass_by_value, reason = "JSON is handed over where it is written")]

use jsonschema::Validator;
use serde_json::{Value, json};

use super::{Answer, Mcp};
use crate::support::World;

/// A client that checks each answer before it gives it away.
pub(super) struct Checked {
    pub(super) client: Mcp,
    schemas: Vec<(String, Validator)>,
}

impl Checked {
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
    pub(super) fn call(&self, tool: &str, arguments: Value) -> Answer {
        let answer = self.client.call(tool, arguments);
        if answer.result["isError"] == false {
            self.fits(tool, &answer.ok());
        } else {
            assert!(answer.error().chars().count() < 1000, "{}", answer.error());
        }
        answer
    }

    #[track_caller]
    pub(super) fn fits(&self, tool: &str, value: &Value) {
        let (_, schema) = self.schemas.iter().find(|(name, _)| name == tool).unwrap();
        let errors: Vec<_> = schema.iter_errors(value).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?} in {value:#}");
        without_null(value);
    }

    #[track_caller]
    fn ctrl(&self, world: &World, command: &str, more: Value) -> Value {
        let mut arguments = json!({"action": "start", "command_or_label": command,
            "working_directory": world.work(), "environment": null, "pid": null});
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.call("ctrl", arguments).ok()
    }
}

#[track_caller]
fn without_null(value: &Value) {
    match value {
        Value::Null => panic!("a null"),
        Value::Array(all) => all.iter().for_each(without_null),
        Value::Object(all) => all.values().for_each(without_null),
        _ => {}
    }
}

const SERVER: &str = "echo '  VITE ready in 5 ms'; echo '  Local: http://localhost:4999/'; \
                      while read -r line; do echo \"said $line\"; done; sleep 1000";

#[test]
fn ctrl() {
    let world = World::new();
    let client = Checked::new(&world);
    let started = client.ctrl(&world, SERVER, json!({"label": "web", "wait_for": "ready"}));
    assert_eq!((&started["ready"], &started["label"]), (&true.into(), &"web".into()));
    assert_eq!(started["url"], "http://localhost:4999/");
    assert!(started["already_running"].is_null(), "{started:#}");
    let again = client.ctrl(&world, SERVER, json!({"label": "web"}));
    assert_eq!((&again["already_running"], &again["pid"]), (&true.into(), &started["pid"]));
    let again = client.ctrl(&world, SERVER, json!({"label": "web", "if_running": "restart"}));
    assert_ne!(again["pid"], started["pid"]);

    let by_name = |action: &str, more: Value| {
        let mut arguments = json!({"action": action, "command_or_label": "web"});
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        client.call("ctrl", arguments).ok()
    };
    let sent = by_name("send", json!({"input": "hello"}));
    let heard = client
        .call("wait", json!({"pid": sent["pid"], "pattern": "said", "cursor": sent["cursor"]}))
        .ok();
    assert_eq!(heard["matched_line"], "said hello");
    let restarted = by_name("restart", json!({"wait_for": "vite", "timeout_seconds": 20}));
    assert_eq!(restarted["ready"], true, "{restarted:#}");
    let late = by_name("restart", json!({"wait_for": "4998", "timeout_seconds": 0.2}));
    assert_eq!(late["ready"], false);
    assert!(late["recent_output"].to_string().contains("VITE"), "{late:#}");
    let stopped = by_name("stop", json!({"force": true}));
    assert_eq!((&stopped["status"], &stopped["exit_code"]), (&"terminated".into(), &137.into()));

    let built = client.ctrl(&world, "echo built; exit 3", json!({"wait_for": "exit"}));
    assert_eq!((&built["exit_code"], &built["recent_output"]), (&3.into(), &json!(["built"])));
    let done = client.ctrl(&world, "echo well", json!({"wait_for": "ready"}));
    assert_eq!((&done["ready"], &done["exit_code"]), (&false.into(), &0.into()), "{done:#}");
    assert_eq!(done["recent_output"], json!(["well"]));
    client.ctrl(&world, "sleep 1000", json!({"wait_for": "quiet", "environment": {"A": "1"}}));
}

#[test]
fn list() {
    let world = World::new();
    let client = Checked::new(&world);
    assert_eq!(client.call("list", json!({})).ok()["processes"], json!([]));
    client.ctrl(&world, SERVER, json!({"label": "web", "wait_for": "ready"}));
    client.ctrl(&world, "sh -c 'exit 4'", json!({"label": "gone", "wait_for": "exit"}));
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
    let statuses: Vec<_> = all["processes"].as_array().unwrap().iter().collect();
    assert_eq!(statuses.len(), 2, "{all:#}");
    let gone = client.call("list", json!({"command_or_label": "gone"})).ok();
    assert_eq!(gone["processes"][0]["exit_code"], 4);
    let daemon = client.call("list", json!({"pid": 0})).ok();
    assert_eq!(daemon["processes"][0]["label"], "persistproc-server");
}

#[test]
fn output() {
    let world = World::new();
    let client = Checked::new(&world);
    let many = "for i in $(seq 300); do echo line $i; done; echo; printf '\\033[31mred\\033[0m\\n10%%\\r99%%\\nsame\\nsame\\nsame\\nhalf'";
    client.ctrl(&world, many, json!({"label": "many", "wait_for": "exit"}));
    let page = |more: Value| {
        let mut arguments = json!({"command_or_label": "many"});
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        client.call("output", arguments).ok()
    };
    let last = page(json!({}));
    let lines = last["output"].as_array().unwrap();
    let end: Vec<_> = lines.iter().rev().take(4).rev().collect();
    assert_eq!(end, ["red", "99%", "same [3 times]", "half"]);
    assert_eq!((&last["status"], &last["exit_code"]), (&"exited".into(), &0.into()));
    assert!(last["note"].as_str().unwrap().contains("raise lines"), "{last:#}");
    assert!(last["note"].as_str().unwrap().contains("combined.log"), "{last:#}");

    let cut = page(json!({"max_bytes": 100}));
    assert_eq!(cut["truncated"], true);
    assert!(cut["note"].as_str().unwrap().contains("max_bytes"), "{cut:#}");
    let first = page(json!({"cursor": "1-0-0", "lines": 3}));
    assert_eq!(first["output"], json!(["line 1", "line 2", "line 3"]));
    assert!(first["note"].as_str().unwrap().contains("cursor"), "{first:#}");
    let next = page(json!({"cursor": first["cursor"], "lines": 1}));
    assert_eq!(next["output"], json!(["line 4"]));
    let found = page(json!({"grep": "line 29\\d", "context": 1, "lines": 3}));
    assert!(found["output"].to_string().contains("line 299"), "{found:#}");
    let none =
        page(json!({"stream": "stderr", "lines": null, "before_time": null, "since_time": "5m"}));
    assert_eq!(none["output"], json!([]));
    let timed = page(json!({"lines": 1, "timestamps": true}));
    assert!(timed["output"][0].as_str().unwrap().contains('Z'), "{timed:#}");
    let everywhere = client.call("output", json!({"grep": "line 30", "lines": 1})).ok();
    assert!(everywhere["output"][0].as_str().unwrap().ends_with(": line 300"), "{everywhere:#}");
    assert_eq!(everywhere["truncated"], true);
    let nowhere = client.call("output", json!({"grep": "nowhere at all"})).ok();
    assert_eq!(nowhere["output"], json!([]));
}

#[test]
fn wait() {
    let world = World::new();
    let client = Checked::new(&world);
    client.ctrl(&world, SERVER, json!({"label": "web", "wait_for": "ready"}));
    let wait = |more: Value| {
        let mut arguments = json!({"command_or_label": "web", "timeout_seconds": 20});
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        client.call("wait", arguments).ok()
    };
    assert_eq!(wait(json!({}))["reached"], true);
    assert_eq!(wait(json!({"pattern": "vite"}))["reason"], "pattern");
    assert_eq!(wait(json!({"for": "quiet"}))["reason"], "quiet");
    let late = wait(json!({"port": 4997, "timeout_seconds": 0.1}));
    assert_eq!((&late["reason"], &late["reached"]), (&"timeout".into(), &false.into()));
    assert!(late["note"].as_str().unwrap().contains("again with this cursor"), "{late:#}");
    let seen = wait(json!({"pattern": "never", "cursor": late["cursor"], "timeout_seconds": 0.1}));
    assert!(seen["output"].is_null(), "told twice: {seen:#}");
    client.call("ctrl", json!({"action": "stop", "command_or_label": "web"})).ok();
    let over = wait(json!({"for": "exit"}));
    assert_eq!((&over["reason"], &over["exit_code"]), (&"exit".into(), &143.into()));
    assert_eq!(wait(json!({"pattern": "never"}))["reached"], false);

    client.ctrl(&world, "python3 -m http.server 0", json!({"label": "py"}));
    let port = client.call("wait", json!({"command_or_label": "py", "for": "port"})).ok();
    assert_eq!(port["reason"], "port");
    assert!(port["ports"][0].as_u64().unwrap() > 0, "{port:#}");
}

//! What goes wrong, as a model reads it: cause, exit, last lines, the next call.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::Mcp;
use crate::support::World;

struct Errors<'a> {
    world: &'a World,
    client: Mcp,
}

impl Errors<'_> {
    #[track_caller]
    fn of(&self, tool: &str, arguments: Value) -> String {
        let answer = self.client.call(tool, arguments);
        let text = answer.error();
        assert!(text.chars().count() < 1000, "{text}");
        self.world.normal().of(text)
    }

    #[track_caller]
    fn ctrl(&self, arguments: Value) -> String {
        self.of("ctrl", arguments)
    }
}

#[test]
fn a_start_that_cannot_be() {
    let world = World::new();
    let errors = Errors { world: &world, client: Mcp::modern(&world) };
    let here = world.work();
    assert_snapshot!(errors.ctrl(json!({"action": "start"})), @"");
    assert_snapshot!(errors.ctrl(json!({"action": "start", "command_or_label": "npm run dev"})), @"");
    assert_snapshot!(errors.ctrl(json!({"action": "start", "command_or_label": "x", "working_directory": "todo"})), @"");
    assert_snapshot!(errors.ctrl(json!({"action": "start", "command_or_label": "x", "working_directory": "/no/such/place"})), @"");
    assert_snapshot!(errors.ctrl(json!({"action": "start", "command_or_label": "no-such-program", "working_directory": here})), @"");
    assert_snapshot!(errors.ctrl(json!({"action": "start", "command_or_label": "echo 'open", "working_directory": here})), @"");
    assert_snapshot!(errors.ctrl(json!({"action": "start", "command_or_label": "x", "working_directory": here, "environment": {"A": {}}})), @"");
    assert_snapshot!(errors.ctrl(json!({"action": "start", "command_or_label": "x", "working_directory": here, "wait_for": "(", "timeout_seconds": 1})), @"");
    assert_snapshot!(errors.ctrl(json!({"action": "start", "command_or_label": "x", "working_directory": here, "wait_for": "ready", "timeout_seconds": -1})), @"");
    assert_snapshot!(errors.ctrl(json!({
        "action": "start", "working_directory": here, "label": "web", "wait_for": "ready",
        "command_or_label": "echo building; echo 'error: no such module' >&2; exit 7",
    })), @"");
    assert_snapshot!(errors.ctrl(json!({"action": "start", "command_or_label": "web", "working_directory": here})), @"");
}

#[test]
fn a_process_that_is_not_there_or_does_not_run() {
    let world = World::new();
    let errors = Errors { world: &world, client: Mcp::modern(&world) };
    assert_snapshot!(errors.ctrl(json!({"action": "stop", "command_or_label": "web"})), @"");
    assert_snapshot!(errors.of("output", json!({})), @"");
    let start = json!({"action": "start", "command_or_label": "echo over", "label": "web",
        "working_directory": world.work(), "wait_for": "exit"});
    errors.client.call("ctrl", start).ok();
    world.pp(["start", "--label", "api-1", "sleep", "1000"]).ok();
    world.pp(["start", "--label", "api-2", "sleep", "1001"]).ok();
    assert_snapshot!(errors.ctrl(json!({"action": "stop", "command_or_label": "wep"})), @"");
    assert_snapshot!(errors.ctrl(json!({"action": "stop", "label": "web"})), @"");
    assert_snapshot!(errors.ctrl(json!({"action": "send", "command_or_label": "web", "input": "x"})), @"");
    assert_snapshot!(errors.ctrl(json!({"action": "send", "command_or_label": "api-1"})), @"");
    assert_snapshot!(errors.ctrl(json!({"action": "restart", "pid": 0})), @"");
    assert_snapshot!(errors.of("wait", json!({"command_or_label": "api"})), @"");
    assert_snapshot!(errors.of("wait", json!({"command_or_label": ""})), @"");
    assert_snapshot!(errors.of("list", json!({"command_or_label": "nothing like it"})), @"");
    assert_snapshot!(errors.ctrl(json!({"action": "start", "command_or_label": "sleep 1000", "label": "api-1", "working_directory": world.work(), "if_running": "error"})), @"");
    assert_snapshot!(errors.ctrl(json!({"action": "start", "command_or_label": "sleep 2", "label": "api-1", "working_directory": world.work()})), @"");
}

#[test]
fn arguments_that_make_no_sense() {
    let world = World::new();
    let errors = Errors { world: &world, client: Mcp::modern(&world) };
    world.pp(["start", "--label", "nap", "sleep", "1000"]).ok();
    assert_snapshot!(errors.ctrl(json!({"action": "dance"})), @"");
    assert_snapshot!(errors.ctrl(json!({})), @"");
    assert_snapshot!(errors.of("list", json!({"stauts": "running"})), @"");
    assert_snapshot!(errors.of("output", json!({"command_or_label": "nap", "lines": -5})), @"");
    assert_snapshot!(errors.of("output", json!({"command_or_label": "nap", "since_time": "soon"})), @"");
    assert_snapshot!(errors.of("output", json!({"command_or_label": "nap", "cursor": "7"})), @"");
    assert_snapshot!(errors.of("output", json!({"command_or_label": "nap", "cursor": "9-0-0"})), @"");
    assert_snapshot!(errors.of("output", json!({"command_or_label": "nap", "grep": "("})), @"");
    assert_snapshot!(errors.of("wait", json!({"command_or_label": "nap", "for": "pattern"})), @"");
}

#[test]
fn a_client_that_says_where_it_works_needs_no_directory() {
    let world = World::new();
    let mut client = Mcp::modern(&world);
    let folder = world.work().join("my project");
    std::fs::create_dir(&folder).unwrap();
    let place = persistproc_api::routes::encode(&folder.to_string_lossy());
    client.headers.push(("x-persistproc-directory".into(), place));
    let start = |directory: Value| {
        client.call(
            "ctrl",
            json!({"action": "start", "command_or_label": "pwd",
            "wait_for": "exit", "working_directory": directory}),
        )
    };
    let shown = folder.to_string_lossy().into_owned();
    assert_eq!(start(Value::Null).ok()["recent_output"], json!([shown]));
    let refused = start("../my project".into());
    assert!(refused.error().contains(&format!("Did you mean {shown}?")), "{}", refused.error());
}

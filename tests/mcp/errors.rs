//! The errors of the tools, as a model reads them: cause, last lines of output, next call.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{Mcp, merged};
use crate::support::World;

/// Makes calls that fail.
struct FailingClient<'a> {
    world: &'a World,
    client: Mcp,
}

impl<'a> FailingClient<'a> {
    fn new(world: &'a World) -> Self {
        Self { world, client: Mcp::modern(world) }
    }

    /// The normalized error of a call.
    #[track_caller]
    fn call(&self, tool: &str, arguments: Value) -> String {
        let result = self.client.call(tool, arguments);
        let text = result.error();
        assert!(text.chars().count() < 1000, "{text}");
        self.world.normalizer().normalize(text)
    }

    #[track_caller]
    fn ctrl(&self, arguments: Value) -> String {
        self.call("ctrl", arguments)
    }
}

#[test]
fn a_failed_start_says_why() {
    let world = World::new();
    let errors = FailingClient::new(&world);
    let here = world.work();
    assert_snapshot!(errors.ctrl(json!({"action": "start"})), @r#"
    start needs a command.
    Pass it as command_or_label. Example: "npm run dev".
    "#);
    assert_snapshot!(errors.ctrl(json!({"action": "start", "command_or_label": "npm run dev"})), @"
    start needs a directory to run in.
    Pass the absolute path of the project as working_directory.
    ");
    assert_snapshot!(errors.ctrl(json!({"action": "start", "command_or_label": "x", "working_directory": "todo"})), @r#"
    working_directory "todo" is not an absolute path.
    Pass a path that begins with `/`.
    "#);
    assert_snapshot!(errors.ctrl(json!({"action": "start", "command_or_label": "x", "working_directory": "/no/such/place"})), @"
    The directory /no/such/place does not exist.
    Create it, or give an existing directory.
    ");
    assert_snapshot!(errors.ctrl(json!({"action": "start", "command_or_label": "no-such-program", "working_directory": here, "environment": {"PATH": "/usr/bin:/bin"}})), @"
    Command not found: `no-such-program`.
    It is not on the PATH of this process: /usr/bin:/bin
    ");
    assert_snapshot!(errors.ctrl(json!({"action": "start", "command_or_label": "echo 'open", "working_directory": here})), @r#"
    `command_or_label` has a quote that is never closed: "echo 'open".
    Close it, or give the command as a list of words.
    "#);
    assert_snapshot!(errors.ctrl(json!({"action": "start", "command_or_label": "x", "working_directory": here, "environment": {"A": {}}})), @r#"
    The environment variable "A" is not a string.
    Pass strings. Example: {"PORT": "3000"}.
    "#);
    assert_snapshot!(errors.ctrl(json!({"action": "start", "command_or_label": "x", "working_directory": here, "wait_for": "(", "timeout_seconds": 1})), @r#"
    `pattern` is not a regular expression: "(" (unclosed group).
    Write it as for `grep -E`: `error|warn`. A backslash makes `[ ( . *` literal.
    "#);
    assert_snapshot!(errors.ctrl(json!({"action": "start", "command_or_label": "x", "working_directory": here, "wait_for": "ready", "timeout_seconds": -1})), @"
    timeout_seconds: -1 is not a duration in seconds.
    Nothing was done. Correct it and call again.
    ");
    assert_snapshot!(errors.ctrl(json!({
        "action": "start", "working_directory": here, "label": "web", "wait_for": "ready",
        "command_or_label": "echo building; echo 'error: no such module' >&2; exit 7",
    })), @r#"
    "web" exited with code 7 at once, before it was ready.
    Last lines:
    building
    error: no such module
    Fix the cause, then call ctrl(action: "restart", command_or_label: "web", wait_for: "ready").
    "#);
    assert_snapshot!(errors.ctrl(json!({"action": "start", "command_or_label": "web", "working_directory": here})), @r#"
    Command not found: `web`.
    Call ctrl(action: "restart", command_or_label: "web") to restart the process with that name.
    "#);
}

#[test]
fn an_unknown_or_ended_process_is_named_with_the_next_call() {
    let world = World::new();
    let errors = FailingClient::new(&world);
    assert_snapshot!(errors.ctrl(json!({"action": "stop", "command_or_label": "web"})), @r#"
    No process matches `web`.
    Call ctrl(action: "start", …) to start the first process.
    "#);
    assert_snapshot!(errors.call("output", json!({})), @r#"
    command_or_label or pid is required.
    Call ctrl(action: "start", …) to start the first process.
    "#);
    let start = json!({"action": "start", "command_or_label": "echo over", "label": "web",
        "working_directory": world.work(), "wait_for": "exit"});
    errors.client.call("ctrl", start).ok();
    world.pp(["start", "--label", "api-1", "sleep", "1000"]).ok();
    world.pp(["start", "--label", "api-2", "sleep", "1001"]).ok();
    assert_snapshot!(errors.ctrl(json!({"action": "stop", "command_or_label": "wep"})), @r#"
    No process matches `wep`.
    Did you mean `web`? Known processes: "api-2" (running), "api-1" (running), "web" (exited).
    "#);
    assert_snapshot!(errors.ctrl(json!({"action": "stop", "label": "web"})), @r#"
    `web` is not running: it exited with code 0.
    Last lines:
    over
    Call ctrl(action: "restart", command_or_label: "web") to start it again.
    "#);
    assert_snapshot!(errors.ctrl(json!({"action": "send", "command_or_label": "web", "input": "x"})), @r#"
    `web` is not running: it exited with code 0.
    Last lines:
    over
    Call ctrl(action: "restart", command_or_label: "web") to start it again.
    "#);
    assert_snapshot!(errors.ctrl(json!({"action": "send", "command_or_label": "api-1"})), @"
    send needs a line to send.
    Pass it as input.
    ");
    assert_snapshot!(errors.ctrl(json!({"action": "restart", "pid": 0})), @"
    PID N is the daemon itself, not a managed process.
    The daemon's log is the file <data>/daemon.log.
    ");
    assert_snapshot!(errors.call("wait", json!({"command_or_label": "api"})), @r#"
    `api` matches 2 processes:
      api-1  running  sleep 1000  <work>
      api-2  running  sleep 1001  <work>
    Give the whole name of the one you mean.
    "#);
    assert_snapshot!(errors.call("wait", json!({"command_or_label": ""})), @r#"
    command_or_label or pid is required.
    Known processes: "api-2" (running), "api-1" (running), "web" (exited).
    "#);
    assert_snapshot!(errors.call("list", json!({"command_or_label": "nothing like it"})), @r#"
    No process matches `nothing like it`.
    Known processes: "api-2" (running), "api-1" (running), "web" (exited).
    "#);
    assert_snapshot!(errors.ctrl(json!({"action": "start", "command_or_label": "sleep 1000", "label": "api-1", "working_directory": world.work(), "if_running": "error"})), @r#"
    `api-1` is already running with PID N.
    Call ctrl(action: "restart", command_or_label: "api-1") to start a new run.
    "#);
    assert_snapshot!(errors.ctrl(json!({"action": "start", "command_or_label": "sleep 2", "label": "api-1", "working_directory": world.work()})), @r#"
    The label `api-1` belongs to a running process: PID N, `sleep 1000` in <work>.
    Give another label. Call ctrl(action: "stop", command_or_label: "api-1") to free this one.
    "#);
}

#[test]
fn invalid_arguments_are_named() {
    let world = World::new();
    let errors = FailingClient::new(&world);
    world.pp(["start", "--label", "nap", "sleep", "1000"]).ok();
    assert_snapshot!(errors.ctrl(json!({"action": "dance"})), @"
    Invalid arguments for `ctrl`: action: unknown variant `dance`, expected one of `start`, `stop`, `restart`, `send`.
    Nothing was done. Correct the arguments and call again.
    ");
    assert_snapshot!(errors.ctrl(json!({})), @"
    Invalid arguments for `ctrl`: missing field `action`.
    Nothing was done. Correct the arguments and call again.
    ");
    assert_snapshot!(errors.call("list", json!({"stauts": "running"})), @"
    Invalid arguments for `list`: unknown field `stauts`, expected one of `pid`, `command`, `command_or_label`, `working_directory`, `status`, `detail`, `port`, `strays`.
    Nothing was done. Correct the arguments and call again.
    ");
    assert_snapshot!(errors.call("output", json!({"command_or_label": "nap", "lines": -5})), @"
    Invalid arguments for `output`: lines: invalid value: integer `-5`, expected u64.
    Nothing was done. Correct the arguments and call again.
    ");
    assert_snapshot!(errors.call("output", json!({"command_or_label": "nap", "since_time": "soon"})), @r#"
    `since_time` is not a point in time: "soon".
    Write <time>, 2026-11-22 14:00 or 14:00 (local time), yesterday 9:30, or 5m (ago).
    "#);
    assert_snapshot!(errors.call("output", json!({"command_or_label": "nap", "cursor": "7"})), @r#"
    `cursor` cannot be "7": it is not the `cursor` of an earlier answer.
    Leave out `cursor` to get a new cursor.
    "#);
    assert_snapshot!(errors.call("output", json!({"command_or_label": "nap", "cursor": "9-0-0"})), @r#"
    `cursor` cannot be "9-0-0": it is from run 9, and the latest run is 1.
    Is it from another process? Leave out `cursor` to get a new cursor.
    "#);
    assert_snapshot!(errors.call("output", json!({"command_or_label": "nap", "cursor": "1-7-0"})), @r#"
    `cursor` cannot be "1-7-0": the log of run 1 ends before it, at "1-0-0".
    Is it from another process, or was the end of the log lost? Leave out `cursor` to get a new cursor.
    "#);
    assert_snapshot!(errors.call("wait", json!({"command_or_label": "nap", "pattern": "x", "cursor": "1-7-0"})), @r#"
    `cursor` cannot be "1-7-0": the log of run 1 ends before it, at "1-0-0".
    Is it from another process, or was the end of the log lost? Leave out `cursor` to get a new cursor.
    "#);
    assert_snapshot!(errors.call("output", json!({"command_or_label": "nap", "grep": "("})), @r#"
    `grep` is not a regular expression: "(" (unclosed group).
    Write it as for `grep -E`: `error|warn`. A backslash makes `[ ( . *` literal.
    "#);
    assert_snapshot!(errors.call("wait", json!({"command_or_label": "nap", "for": "pattern"})), @r#"
    `pattern` is missing: there is nothing to wait for.
    Example: `"pattern": "ready in"`.
    "#);
}

#[test]
fn the_directory_header_replaces_working_directory() {
    let world = World::new();
    let mut client = Mcp::modern(&world);
    let folder = world.work().join("my project");
    std::fs::create_dir(&folder).unwrap();
    let encoded = persistproc_api::routes::encode(&folder.to_string_lossy());
    client.headers.push(("x-persistproc-directory".into(), encoded));
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

#[test]
fn an_unknown_pid_and_contradicting_names_match_no_process() {
    let world = World::new();
    let errors = FailingClient::new(&world);
    world.pp(["start", "--label", "a", "sleep", "5173"]).ok();
    world.pp(["start", "--label", "b", "sleep", "1000"]).ok();
    assert_snapshot!(errors.ctrl(json!({"action": "stop", "pid": 5173})), @"
    No process has or had the PID N.
    Call list() to see all processes.
    ");
    let two = json!({"action": "stop", "command_or_label": "a", "label": "b"});
    assert_snapshot!(errors.ctrl(two), @r#"
    command_or_label "a" and label "b" differ.
    Name the process with command_or_label only; label is for start, which sets it.
    "#);
    let alive = world.list().iter().filter(|process| process["status"] == "running").count();
    assert_eq!(alive, 2);
}

#[test]
fn send_times_out_if_the_process_does_not_read() {
    let world = World::new();
    let errors = FailingClient::new(&world);
    world.pp(["start", "--label", "deaf", "sleep", "1000"]).ok();
    let long = "x".repeat(300_000);
    let input = json!({"action": "send", "command_or_label": "deaf", "input": long});
    assert_snapshot!(errors.ctrl(input), @r#"
    `deaf` does not read its input, and its input buffer is full.
    The part that fit reaches the process when it reads again. Call output(command_or_label: "deaf") to see what it is doing. Call ctrl(action: "restart", command_or_label: "deaf") to start a new run.
    "#);
}

#[test]
fn arguments_that_the_action_does_not_use_are_refused() {
    let world = World::new();
    let errors = FailingClient::new(&world);
    world.pp(["start", "--label", "web", "sleep", "1000"]).ok();
    let ctrl = |action: &str, more: Value| {
        errors.ctrl(merged(json!({"action": action, "command_or_label": "web"}), more))
    };
    assert_snapshot!(ctrl("restart", json!({"environment": {"PORT": "1"}})), @r#"
    environment is only for start.
    restart keeps the environment. To change it, start the command with if_running: "restart".
    "#);
    assert_snapshot!(ctrl("stop", json!({"wait_for": "exit"})), @"
    wait_for is only for start and restart.
    To wait for a running process, call wait.
    ");
    assert_snapshot!(ctrl("stop", json!({"if_running": "restart"})), @"
    if_running is only for start.
    Nothing was done; call again without it.
    ");
    assert_snapshot!(ctrl("stop", json!({"input": "q"})), @"
    input is only for send.
    Nothing was done; call again without it.
    ");
    let wait = json!({"command_or_label": "web", "for": "exit", "pattern": "bye"});
    assert_snapshot!(errors.call("wait", wait), @r#"
    `pattern` cannot be combined with `for`: "exit".
    Leave out `for` to wait for the pattern, or leave out `pattern`.
    "#);
    let wait = json!({"command_or_label": "web", "for": "quiet", "port": 1});
    assert_snapshot!(errors.call("wait", wait), @r#"
    `port` cannot be combined with `for`: "quiet".
    Leave out `for` to wait for the port, or leave out `port`.
    "#);
    assert_eq!(world.process("web")["status"], "running");
    // Some models fill in every parameter; empty and default values are accepted.
    let defaults = json!({"action": "stop", "command_or_label": "web", "environment": {}, "force": false,
        "if_running": "return", "wait_for": "", "input": "", "label": "", "timeout_seconds": 30});
    assert!(errors.client.call("ctrl", defaults.clone()).error().contains("is in use"));
    errors.client.call("ctrl", defaults).ok();
}

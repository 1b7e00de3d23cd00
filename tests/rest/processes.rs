//! `/v1/processes`: list, start, get, forget.

use insta::assert_snapshot;
use serde_json::json;

use super::start;
use crate::support::World;
use crate::support::procs::alive;

#[test]
fn start_answers_with_the_whole_process() {
    let world = World::new();
    let body = json!({"command": ["sleep", "1000"], "working_directory": world.work()});
    let rest = world.rest();
    assert_snapshot!(rest.post("/v1/processes", &body), @r#"
    201
    {
      "id": "work-sleep-1000",
      "label": "sleep 1000 in <work>",
      "command": [
        "sleep",
        "1000"
      ],
      "working_directory": "<work>",
      "status": "running",
      "pid": N,
      "start_time": "<time>",
      "end_time": null,
      "exit_code": null,
      "signal": null,
      "error": null,
      "run": 1,
      "tty": false,
      "log_combined": "<data>/processes/work-sleep-1000/runs/1/combined.log",
      "log_stdout": "<data>/processes/work-sleep-1000/runs/1/stdout.log",
      "log_stderr": "<data>/processes/work-sleep-1000/runs/1/stderr.log",
      "already_running": false,
      "cursor": "1-0-0",
      "inherited_environment": {
        "source": "login_shell"
      }
    }
    "#);
    assert_snapshot!(rest.post("/v1/processes", &body).status, @"200");
    assert_eq!(rest.post("/v1/processes", &body).expect(200)["already_running"], true);
}

#[test]
fn the_unix_socket_and_tcp_answer_the_same() {
    let world = World::new();
    let rest = world.rest();
    start(&world, &rest, "nap", &["sleep", "1000"]);
    let unix = rest.get("/v1/processes");
    let tcp = world.tcp().get("/v1/processes");
    assert_eq!(unix.expect(200), tcp.expect(200));
    assert_eq!(unix.header("persistproc-version"), Some(env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_line_with_shell_syntax_runs_through_a_shell() {
    let world = World::new();
    let rest = world.rest();
    let line = "X='a  b' && echo \"$X\" | tr a c";
    let body = json!({"command": line, "label": "it", "working_directory": world.work()});
    rest.post("/v1/processes", &body).expect(201);
    world.until_status("it", "exited");
    assert_eq!(rest.get("/v1/processes/it/output").expect(200)["output"], json!(["c  b"]));
}

#[test]
fn the_environment_extends_or_replaces_the_inherited_one() {
    let world = World::new();
    let rest = world.rest();
    for (label, inherit, expected) in [("more", true, "good home"), ("all", false, "good")] {
        let body = json!({
            "command": ["sh", "-c", "echo $MOOD ${HOME:+home}"],
            "label": label,
            "working_directory": world.work(),
            "environment": {"MOOD": "good", "PATH": "/usr/bin:/bin"},
            "inherit_environment": inherit,
        });
        rest.post("/v1/processes", &body).expect(201);
        world.until_status(&format!("\"label\":\"{label}\""), "exited");
        let page = rest.get(&format!("/v1/processes/{label}/output")).expect(200);
        assert_eq!(page["output"], json!([expected]));
    }
}

#[test]
fn if_running_decides_what_a_second_start_does() {
    let world = World::new();
    let rest = world.rest();
    let first = start(&world, &rest, "nap", &["sleep", "1000"]);
    let start_again = |if_running: &str| {
        let body = json!({
            "command": ["sleep", "1000"],
            "label": "nap",
            "working_directory": world.work(),
            "if_running": if_running,
        });
        rest.post("/v1/processes", &body)
    };
    assert_eq!(start_again("return").expect(200)["pid"], first["pid"]);
    assert_snapshot!(start_again("error"), @r#"
    409
    {
      "code": "already_running",
      "message": "`nap` is already running with PID N.",
      "hint": "Run `persistproc restart nap` to start a new run."
    }
    "#);
    let third = start_again("restart").expect(201);
    assert_eq!(third["run"], 2);
    assert_eq!(third["id"], first["id"]);
    assert!(!alive(first["pid"].as_u64().unwrap() as u32));
}

#[test]
fn a_label_works_as_a_target_when_percent_encoded() {
    let world = World::new();
    let rest = world.rest();
    start(&world, &rest, "naïve / name?", &["sleep", "1000"]);
    let path = format!("/v1/processes/{}", persistproc_api::routes::encode("naïve / name?"));
    assert_eq!(rest.get(&path).expect(200)["label"], "naïve / name?");
    rest.post(&format!("{path}/stop"), &json!({})).expect(200);
}

#[test]
fn list_filters_and_get_resolves_a_pid() {
    let world = World::new();
    let rest = world.rest();
    start(&world, &rest, "one", &["sleep", "1000"]);
    let two = start(&world, &rest, "two", &["sleep", "1001"]);
    rest.post("/v1/processes/one/stop", &json!({})).expect(200);
    let count = |query: &str| {
        let list = rest.get(&format!("/v1/processes?{query}")).expect(200);
        list["processes"].as_array().unwrap().len()
    };
    assert_eq!(count("status=running"), 1);
    assert_eq!(count("status=terminated"), 1);
    assert_eq!(count(""), 2);
    assert_eq!(count("label=one"), 1);
    assert_eq!(count("label=on"), 0);
    assert_eq!(count("target=sleep"), 2);
    assert_eq!(rest.get(&format!("/v1/processes/{}", two["pid"])).expect(200)["label"], "two");
}

#[test]
fn delete_forgets_only_an_ended_process() {
    let world = World::new();
    let rest = world.rest();
    start(&world, &rest, "nap", &["sleep", "1000"]);
    assert_snapshot!(rest.delete("/v1/processes/nap"), @r#"
    409
    {
      "code": "still_running",
      "message": "`nap` is still running.",
      "hint": "Run `persistproc stop nap` to end it first."
    }
    "#);
    rest.post("/v1/processes/nap/stop", &json!({})).expect(200);
    assert_eq!(rest.delete("/v1/processes/nap").expect(200)["label"], "nap");
    assert_snapshot!(rest.delete("/v1/processes/nap"), @r#"
    404
    {
      "code": "not_found",
      "message": "No process matches `nap`.",
      "hint": "Run `pp <command>` to start the first process."
    }
    "#);
}

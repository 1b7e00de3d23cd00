//! `…/stop`, `restart`, `signal`, `stdin`, `resize`: each answers when the action is done.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::start;
use crate::support::procs::alive;
use crate::support::scripts::PRINTS_SIGNALS;
use crate::support::{Http, World, until};

/// Returns when the output of `it` contains this line.
#[track_caller]
fn until_printed(rest: &Http, line: &str) {
    until(&format!("{line:?} in the output"), || {
        let page = rest.get("/v1/processes/it/output").expect(200);
        let printed = page["output"].as_array().unwrap().contains(&line.into());
        if printed { Ok(()) } else { Err(page.to_string()) }
    });
}

/// A process `it` that prints the signals it receives.
fn printing_signals(world: &World) -> (Http, Value) {
    let rest = world.rest();
    let started = start(world, &rest, "it", &["sh", "-c", PRINTS_SIGNALS]);
    until_printed(&rest, "ready");
    (rest, started)
}

#[test]
fn stop_answers_with_the_exit_status() {
    let world = World::new();
    let (rest, started) = printing_signals(&world);
    let stopped = rest.post("/v1/processes/it/stop", &json!({})).expect(200);
    assert_eq!(stopped["status"], "terminated");
    assert_eq!(stopped["exit_code"], 5);
    assert!(!alive(started["pid"].as_u64().unwrap() as u32));
    assert_snapshot!(rest.post("/v1/processes/it/stop", &json!({})), @r#"
    409
    {
      "code": "not_running",
      "message": "`it` is not running: it was stopped (exit code 5).",
      "hint": "Run `persistproc restart it` to start it again. Run `persistproc output it` to see its last lines."
    }
    "#);
}

#[test]
fn stop_takes_a_timeout_and_force() {
    let world = World::new();
    let rest = world.rest();
    for request in [json!({"force": true}), json!({"timeout": 0.2})] {
        start(
            &world,
            &rest,
            "it",
            &["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"],
        );
        until_printed(&rest, "ready");
        assert_eq!(rest.post("/v1/processes/it/stop", &request).expect(200)["signal"], 9);
    }
    assert_snapshot!(rest.post("/v1/processes/it/stop", &json!({"timeout": -1})), @r#"
    422
    {
      "code": "invalid_request",
      "message": "`timeout` cannot be -1: -1 is not a duration in seconds.",
      "hint": "Example: `\"timeout\": 8`.",
      "parameter": "timeout"
    }
    "#);
}

#[test]
fn restart_answers_with_the_new_run() {
    let world = World::new();
    let (rest, started) = printing_signals(&world);
    let again = rest.post("/v1/processes/it/restart", &json!({})).expect(200);
    assert_eq!(again["run"], 2);
    assert_eq!(again["status"], "running");
    assert_ne!(again["pid"], started["pid"]);
    rest.post("/v1/processes/it/stop", &json!({})).expect(200);
    assert_eq!(rest.post("/v1/processes/it/restart", &json!({})).expect(200)["run"], 3);
}

#[test]
fn a_signal_is_sent_by_its_name() {
    let world = World::new();
    let (rest, _) = printing_signals(&world);
    for (name, printed) in [("HUP", "got HUP"), ("SIGUSR1", "got USR1")] {
        rest.post("/v1/processes/it/signal", &json!({"signal": name})).expect(200);
        until_printed(&rest, printed);
    }
    assert_snapshot!(rest.post("/v1/processes/it/signal", &json!({"signal": "NONSENSE"})), @r#"
    422
    {
      "code": "invalid_request",
      "message": "`signal` cannot be \"NONSENSE\": there is no such signal.",
      "hint": "Give one of HUP, INT, QUIT, ABRT, ALRM, TERM, KILL, STOP, CONT, TSTP, TTIN, TTOU, USR1, USR2, WINCH, PIPE.",
      "parameter": "signal"
    }
    "#);
    assert_eq!(world.process("it")["status"], "running");
}

#[test]
fn stdin_accepts_text_and_bytes_and_can_be_closed() {
    let world = World::new();
    let rest = world.rest();
    start(&world, &rest, "it", &["od", "-An", "-c"]);
    rest.post("/v1/processes/it/stdin", &json!({"text": "hé"})).expect(200);
    rest.post("/v1/processes/it/stdin", &json!({"base64": "AP8K", "eof": true})).expect(200);
    let ended = world.until_status("od", "exited");
    assert_eq!(ended["exit_code"], 0);
    let page = rest.get("/v1/processes/it/output").expect(200);
    assert_eq!(page["output"], json!(["   h 303 251  \\0 377  \\n"]));
}

#[test]
fn stdin_of_a_terminal_is_closed_by_ctrl_d() {
    let world = World::new();
    let rest = world.rest();
    let body = json!({
        "command": ["cat"],
        "label": "it",
        "working_directory": world.work(),
        "tty": {"rows": 24, "columns": 80},
    });
    assert_eq!(rest.post("/v1/processes", &body).expect(201)["tty"], true);
    rest.post("/v1/processes/it/stdin", &json!({"text": "hello\n", "eof": true})).expect(200);
    assert_eq!(world.until_status("cat", "exited")["exit_code"], 0);
    let page = rest.get("/v1/processes/it/output").expect(200);
    assert_eq!(page["output"], json!(["hello", "hello"]));
}

#[test]
fn input_that_is_not_read_within_the_timeout_stays_queued() {
    let world = World::new();
    let rest = world.rest();
    start(&world, &rest, "it", &["wc", "-c"]);
    rest.post("/v1/processes/it/signal", &json!({"signal": "STOP"})).expect(200);
    let input = json!({"text": "x".repeat(300_000), "timeout": 0.1});
    assert_eq!(rest.post("/v1/processes/it/stdin", &input).expect(409)["code"], "timeout");
    rest.post("/v1/processes/it/signal", &json!({"signal": "CONT"})).expect(200);
    rest.post("/v1/processes/it/stdin", &json!({"eof": true})).expect(200);
    world.until_status("wc", "exited");
    let page = rest.get("/v1/processes/it/output").expect(200);
    assert_eq!(page["output"], json!(["300000"]));
}

#[test]
fn resize_needs_a_terminal() {
    let world = World::new();
    let rest = world.rest();
    let script = "trap 'stty size' WINCH; stty size; while :; do sleep 0.05; done";
    let body = json!({
        "command": ["sh", "-c", script],
        "label": "it",
        "working_directory": world.work(),
        "tty": {"rows": 24, "columns": 80},
    });
    rest.post("/v1/processes", &body).expect(201);
    until_printed(&rest, "24 80");
    rest.post("/v1/processes/it/resize", &json!({"rows": 50, "columns": 132})).expect(200);
    until_printed(&rest, "50 132");
    start(&world, &rest, "pipes", &["sleep", "1000"]);
    let size = json!({"rows": 50, "columns": 132});
    assert_snapshot!(rest.post("/v1/processes/pipes/resize", &size), @r#"
    422
    {
      "code": "invalid_request",
      "message": "The process has no terminal, so it has no size.",
      "hint": "Start it with a terminal: run `pp <command>` in a terminal, or set `tty`."
    }
    "#);
}

#[test]
fn an_ended_process_rejects_signals_and_input() {
    let world = World::new();
    let (rest, _) = printing_signals(&world);
    rest.post("/v1/processes/it/stop", &json!({})).expect(200);
    for (verb, body) in [("signal", json!({"signal": "HUP"})), ("stdin", json!({"text": "x"}))] {
        let reply = rest.post(&format!("/v1/processes/it/{verb}"), &body);
        assert_eq!(reply.expect(409)["code"], "not_running", "{reply}");
    }
}

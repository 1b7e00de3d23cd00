//! Requests that are rejected: the error names what is wrong, and nothing changes.

use insta::assert_snapshot;
use serde_json::json;

use super::start;
use crate::support::World;

const JSON: (&str, &str) = ("content-type", "application/json");

#[test]
fn unknown_routes_and_methods_are_rejected() {
    let world = World::new();
    let rest = world.rest();
    start(&world, &rest, "nap", &["sleep", "1000"]);
    assert_snapshot!(rest.get("/"), @"
    200
    persistproc <version>: one shared process layer for people and agents.

    A command started with `pp <command>` can be seen, read, waited for and restarted from every shell,
    script and agent of this machine. The same command in the same directory is the same process.

    GET    /v1/processes                   List processes
    POST   /v1/processes                   Start a process, unless it runs already
    GET    /v1/processes/{target}          One process
    DELETE /v1/processes/{target}          Forget an ended process and delete its logs
    POST   /v1/processes/{target}/stop     Stop a process and its whole tree
    POST   /v1/processes/{target}/restart  Start a new run, after the end of the present one
    POST   /v1/processes/{target}/signal   Send a signal to the process group
    POST   /v1/processes/{target}/stdin    Write to standard input, or close it
    POST   /v1/processes/{target}/resize   Change the size of the terminal
    GET    /v1/processes/{target}/output   A page of output
    GET    /v1/processes/{target}/follow   Live output
    POST   /v1/processes/{target}/wait     Wait until something happens to a process
    GET    /v1/search                      Search the output of many processes
    GET    /v1/events                      What happens to processes, as it happens
    GET    /v1/daemon                      The daemon about itself
    POST   /v1/shutdown                    Stop all processes and the daemon
    GET    /openapi.json                   This description
    GET    /                               What this is, for whoever comes by

    The details, for programs: /openapi.json
    For people: persistproc --help
    ");
    assert_snapshot!(rest.get("/v2/processes"), @r#"
    404
    {
      "code": "no_such_route",
      "hint": "The API begins at /v1/processes; a target in a path is percent-encoded.",
      "message": "There is nothing at /v2/processes."
    }
    "#);
    assert_snapshot!(rest.get("/v1/processes/nap/dance"), @r#"
    404
    {
      "code": "no_such_route",
      "hint": "The API begins at /v1/processes; a target in a path is percent-encoded.",
      "message": "There is nothing at /v1/processes/nap/dance."
    }
    "#);
    assert_snapshot!(rest.send("PUT", "/v1/processes", &[JSON], b"{}"), @r#"
    405
    {
      "code": "method_not_allowed",
      "hint": "Reading is GET, changing is POST, forgetting is DELETE.",
      "message": "/v1/processes does not take PUT."
    }
    "#);
    assert_snapshot!(rest.get("/v1/processes/nap/stop"), @r#"
    405
    {
      "code": "method_not_allowed",
      "hint": "Reading is GET, changing is POST, forgetting is DELETE.",
      "message": "/v1/processes/nap/stop does not take GET."
    }
    "#);
    assert_snapshot!(rest.delete("/v1/daemon"), @r#"
    405
    {
      "code": "method_not_allowed",
      "hint": "Reading is GET, changing is POST, forgetting is DELETE.",
      "message": "/v1/daemon does not take DELETE."
    }
    "#);
}

#[test]
fn unknown_targets_and_fields_are_named() {
    let world = World::new();
    let rest = world.rest();
    start(&world, &rest, "nap", &["sleep", "1000"]);
    assert_snapshot!(rest.get("/v1/processes/map"), @r#"
    404
    {
      "code": "not_found",
      "hint": "Did you mean `nap`? Run `persistproc list` to see all processes.",
      "message": "No process matches `map`."
    }
    "#);
    assert_snapshot!(rest.post("/v1/processes/nap/stop", &json!({"froce": true})), @r#"
    422
    {
      "code": "invalid_request",
      "hint": "Did you mean `force`? This route takes `force`, `timeout`.",
      "message": "There is no field `froce` here."
    }
    "#);
    assert_snapshot!(rest.get("/v1/processes?stauts=running"), @r#"
    422
    {
      "code": "invalid_request",
      "hint": "Did you mean `status`? This route takes `facts`, `label`, `pid`, `status`, `target`, `working_directory`.",
      "message": "There is no parameter `stauts` here."
    }
    "#);
    assert_snapshot!(rest.post("/v1/shutdown", &json!({"now": true})), @r#"
    422
    {
      "code": "invalid_request",
      "hint": "This route takes `keep`.",
      "message": "There is no field `now` here."
    }
    "#);
    assert_eq!(world.process("nap")["status"], "running");
}

#[test]
fn malformed_requests_do_not_harm_the_daemon() {
    let world = World::new();
    let tcp = world.tcp();
    let rest = world.rest();
    for garbage in ["\0\u{1}\u{2}", "GET", "é / HTTP/9.9"] {
        // Either an answer or a closed connection is fine.
        let _ = tcp.try_send(garbage, "/", &[], b"");
        let _ = rest.try_send(garbage, "/", &[], b"");
    }
    rest.get("/v1/daemon").expect(200);
}

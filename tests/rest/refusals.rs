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

    Start a command with `pp <command>`, and every shell, script and agent on this machine can read its
    output, wait for it and restart it. The same command in the same directory is the same process.

    GET    /v1/processes                   List processes
    POST   /v1/processes                   Start a process, unless it is already running
    GET    /v1/processes/{target}          Show a process
    DELETE /v1/processes/{target}          Forget an ended process and delete its logs
    POST   /v1/processes/{target}/stop     Stop a process and all its descendants
    POST   /v1/processes/{target}/restart  Restart a process
    POST   /v1/processes/{target}/label    Give a process another label
    POST   /v1/processes/{target}/signal   Send a signal to the process group
    POST   /v1/processes/{target}/stdin    Write to standard input, or close it
    POST   /v1/processes/{target}/resize   Resize the terminal
    GET    /v1/processes/{target}/output   Show a page of output
    GET    /v1/processes/{target}/follow   Follow output as it is written
    GET    /v1/processes/{target}/changes  Show which messages of a process are new, and which are gone
    GET    /v1/processes/{target}/runs     List the runs of a process whose output is kept
    POST   /v1/processes/{target}/wait     Wait until a process is ready, prints a line, goes quiet or exits
    GET    /v1/search                      Search the output of all processes
    GET    /v1/news                        Show what processes have printed or done that they had not before
    GET    /v1/notify                      Show for which processes desktop notices are on
    POST   /v1/notify                      Turn desktop notices on or off
    GET    /v1/ports/{port}                Show which processes listen on a port, managed or not
    GET    /v1/events                      Stream process events, and the output of chosen processes
    GET    /v1/daemon                      Show the daemon's version, paths and limits
    POST   /v1/shutdown                    Stop all processes and shut down the daemon
    GET    /dashboard                      Show the dashboard
    GET    /dashboard/{file}               Show a file of the dashboard
    GET    /openapi.json                   Show this API description
    GET    /                               Show this overview

    API description: /openapi.json
    Command line: persistproc --help
    ");
    assert_snapshot!(rest.get("/v2/processes"), @r#"
    404
    {
      "code": "no_such_route",
      "message": "No route matches /v2/processes.",
      "hint": "GET / lists all routes. A target in a path must be percent-encoded."
    }
    "#);
    assert_snapshot!(rest.get("/v1/processes/nap/dance"), @r#"
    404
    {
      "code": "no_such_route",
      "message": "No route matches /v1/processes/nap/dance.",
      "hint": "GET / lists all routes. A target in a path must be percent-encoded."
    }
    "#);
    assert_snapshot!(rest.send("PUT", "/v1/processes", &[JSON], b"{}"), @r#"
    405
    {
      "code": "method_not_allowed",
      "message": "/v1/processes does not accept PUT.",
      "hint": "Use GET to read, POST to change and DELETE to forget."
    }
    "#);
    assert_snapshot!(rest.get("/v1/processes/nap/stop"), @r#"
    405
    {
      "code": "method_not_allowed",
      "message": "/v1/processes/nap/stop does not accept GET.",
      "hint": "Use GET to read, POST to change and DELETE to forget."
    }
    "#);
    assert_snapshot!(rest.delete("/v1/daemon"), @r#"
    405
    {
      "code": "method_not_allowed",
      "message": "/v1/daemon does not accept DELETE.",
      "hint": "Use GET to read, POST to change and DELETE to forget."
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
      "message": "No process matches `map`.",
      "hint": "Did you mean `nap`? Run `persistproc list` to see all processes."
    }
    "#);
    assert_snapshot!(rest.post("/v1/processes/nap/stop", &json!({"froce": true})), @r#"
    422
    {
      "code": "invalid_request",
      "message": "`froce` is not a field of this route.",
      "hint": "Did you mean `force`? Known fields: `force`, `timeout`, `interrupt`, `unless_used`.",
      "parameter": "froce"
    }
    "#);
    assert_snapshot!(rest.get("/v1/processes?stauts=running"), @r#"
    422
    {
      "code": "invalid_request",
      "message": "`stauts` is not a query parameter of this route.",
      "hint": "Did you mean `status`? Known query parameters: `status`, `label`, `working_directory`, `facts`, `pid`, `target`, `strays`, `texts`.",
      "parameter": "stauts"
    }
    "#);
    assert_snapshot!(rest.post("/v1/shutdown", &json!({"now": true})), @r#"
    422
    {
      "code": "invalid_request",
      "message": "`now` is not a field of this route.",
      "hint": "Known fields: `keep`.",
      "parameter": "now"
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
        drop(tcp.try_send(garbage, "/", &[], b""));
        drop(rest.try_send(garbage, "/", &[], b""));
    }
    rest.get("/v1/daemon").expect(200);
}

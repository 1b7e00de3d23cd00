//! schemathesis against a real daemon: requests that the OpenAPI document allows, and many that it
//! forbids. No response is a server error, and each one conforms to the document.
//!
//! The daemon's PATH contains only `sleep`, so generated commands cannot run anything else.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use serde_json::json;

use crate::support::{World, tools, until};

/// The same requests in every run.
const SEED: &str = "1";

/// The checks that every response has to pass.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance,\
                      negative_data_rejection,unsupported_method";

/// Operations with tests of their own: streams without an end, and the shutdown.
const EXCLUDED_PATHS: &str = "/follow$|/v1/events$|/v1/shutdown$";

fn schemathesis() -> PathBuf {
    tools::path_of("python3");
    tools::fetch("fetch-schemathesis");
    tools::folder().join("schemathesis/bin/schemathesis")
}

/// Tests the selected operations with this many generated requests each.
#[track_caller]
fn run_schemathesis(world: &World, selection: &[&str], examples: u64) {
    let mut command = Command::new(schemathesis());
    command
        .arg("run")
        .arg(format!("http://127.0.0.1:{}/openapi.json", world.port))
        .args(["--seed", SEED, "--max-examples", &examples.to_string(), "--no-color"])
        .args(["--phases", "examples,coverage,fuzzing", "--checks", CHECKS])
        .args(["--generation-database", "none", "--request-timeout", "20"])
        .args(selection)
        .env("SCHEMATHESIS_HOOKS", tools::root().join("tests/rest/schemathesis_hooks.py"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(world.work());
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    let count = text.split(" generated, ").next().and_then(|before| before.rsplit(' ').next());
    let count: u64 = count.and_then(|count| count.parse().ok()).unwrap_or_default();
    assert!(count >= examples, "only {count} requests were generated: {text}");
}

/// Starts the process that the document's examples call `web`, unless it is running.
fn start_example(world: &World) {
    let body = json!({
        "command": ["sleep", "1000"], "label": "web", "working_directory": world.work(),
    });
    let answer = world.unix().post("/v1/processes", &body);
    // Its label is in use when another label was generated for it: the target `web` still names it.
    assert!([200, 201, 409].contains(&answer.status), "{answer}");
}

#[test]
fn every_response_conforms_to_the_document() {
    let world = World::new();
    symlink(tools::path_of("sleep"), world.folder("bin").join("sleep")).unwrap();
    let mut command = world.command(env!("CARGO_BIN_EXE_persistproc"));
    command.arg("serve").env("PATH", world.folder("bin"));
    let _daemon = world.spawn(command);
    until("the daemon to listen", || {
        let answer = world.unix().try_send("GET", "/v1/daemon", &[], b"");
        answer.map(|_| ()).map_err(|error| error.to_string())
    });
    let examples = tools::number_from_env("PERSISTPROC_TEST_ROUNDS", 150);
    let forget = "forget_process";
    let all_but_forget = ["--exclude-path-regex", EXCLUDED_PATHS, "--exclude-operation-id", forget];
    start_example(&world);
    run_schemathesis(&world, &all_but_forget, examples);
    start_example(&world);
    run_schemathesis(&world, &["--include-operation-id", forget], examples.min(30));

    world.unix().get("/v1/daemon").expect(200);
    let log = fs::read_to_string(world.folder("data/daemon.log")).unwrap();
    assert!(!log.contains("panicked"), "{log}");
    for process in world.list() {
        if process["status"] == "running" {
            world.pp(["stop", process["id"].as_str().unwrap()]).ok();
        }
    }
    assert!(world.children().is_empty(), "{:#?}", world.children());
}

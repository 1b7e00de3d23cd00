//! Everything the document allows, and much that it forbids, asked of a real daemon by
//! schemathesis: no answer is an error of ours, and none is other than the document says.
//!
//! The daemon's PATH holds one program, which sleeps, so nothing that is made up can run.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::support::{World, tools, until};

/// The same questions every time.
const SEED: &str = "1";

/// What is asked of every answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance,\
                      negative_data_rejection,unsupported_method";

fn schemathesis() -> std::path::PathBuf {
    tools::path_of("python3");
    let script = tools::root().join("tests/support/fetch-schemathesis");
    let folder = tools::folder();
    let made = Command::new(&script).arg(&folder).output().unwrap();
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "{} failed: {said}", script.display());
    folder.join("schemathesis/bin/schemathesis")
}

/// Asks about some operations, so many questions each.
#[track_caller]
fn ask(world: &World, which: &[&str], questions: u64) {
    let mut command = Command::new(schemathesis());
    command
        .arg("run")
        .arg(format!("http://127.0.0.1:{}/openapi.json", world.port))
        .args(["--seed", SEED, "--max-examples", &questions.to_string(), "--no-color"])
        .args(["--phases", "examples,coverage,fuzzing", "--checks", CHECKS])
        .args(["--generation-database", "none", "--request-timeout", "20"])
        .args(which)
        .env("SCHEMATHESIS_HOOKS", tools::root().join("tests/rest/fuzz_hooks.py"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .current_dir(world.work());
    let asked = command.output().unwrap();
    let text = String::from_utf8_lossy(&asked.stdout);
    assert!(asked.status.success(), "{text}\n{}", String::from_utf8_lossy(&asked.stderr));
    let count = text.split(" generated, ").next().and_then(|before| before.rsplit(' ').next());
    let count: u64 = count.and_then(|count| count.parse().ok()).unwrap_or_default();
    assert!(count >= questions, "only {count} questions were asked: {text}");
}

#[test]
fn no_question_has_an_answer_that_the_document_does_not_know() {
    let world = World::new();
    symlink(tools::path_of("sleep"), world.folder("bin").join("sleep")).unwrap();
    let mut command = world.command(env!("CARGO_BIN_EXE_persistproc"));
    command.arg("serve").env("PATH", world.folder("bin"));
    let _daemon = world.spawn(command);
    until("the daemon to listen", || {
        let answer = world.unix().try_send("GET", "/v1/daemon", &[], b"");
        answer.map(|_| ()).map_err(|error| error.to_string())
    });
    // By this name the document's examples call it.
    let start = || {
        let body = serde_json::json!({
            "command": ["sleep", "1000"], "label": "web", "working_directory": world.work(),
        });
        let answer = world.unix().post("/v1/processes", &body);
        assert!([200, 201].contains(&answer.status), "{answer}");
    };
    start();
    let questions = tools::number_from_env("PERSISTPROC_TEST_ROUNDS", 150);
    // Answers without an end, and the end of the daemon, have tests of their own.
    let out = "/follow$|/v1/events$|/v1/shutdown$";
    let forget = "forget_process";
    ask(&world, &["--exclude-path-regex", out, "--exclude-operation-id", forget], questions);
    start();
    ask(&world, &["--include-operation-id", forget], questions.min(30));

    let rest = world.unix();
    rest.get("/v1/daemon").expect(200);
    let log = fs::read_to_string(world.folder("data/daemon.log")).unwrap();
    assert!(!log.contains("panicked"), "{log}");
    // Whatever was started is stopped, and then nothing is left: the world sees to the rest.
    for process in world.list() {
        if process["status"] == "running" {
            world.pp(["stop", process["id"].as_str().unwrap()]).ok();
        }
    }
    assert!(world.children().is_empty(), "{:#?}", world.children());
}

//! MCP clients of other projects, each with a whole job.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::{replace_daemon, with_stable_and_interrupted_sessions};
use crate::support::{World, tools, until};

/// The scripts and their packages.
fn folder() -> PathBuf {
    tools::mcp_clients()
}

fn node(world: &World, script: &str, arguments: &[&str]) -> Command {
    let mut command = world.command(folder().join("node_modules/node/bin/node"));
    command.arg(folder().join(script)).args(arguments);
    command
}

fn python(world: &World, mode: &str, url: &str) -> Command {
    let mut command = world.command(folder().join("python/bin/python3"));
    command.arg(folder().join("job.py")).args([mode, url]);
    command
}

/// Runs a script, and `before_call` before each of its calls. A client that prints a warning fails.
#[track_caller]
fn run_job(command: Command, before_call: &dyn Fn()) {
    run(command, 7, before_call);
}

/// The same for a job with this number of calls; returns the lines that the client printed.
#[track_caller]
fn run(mut command: Command, expected_calls: u32, before_call: &dyn Fn()) -> Vec<String> {
    let what = format!("{command:?}");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut client = command.spawn().unwrap_or_else(|error| panic!("{what}: {error}"));
    let mut stdin = client.stdin.take().unwrap();
    let mut calls = 0;
    let mut printed = Vec::new();
    for line in BufReader::new(client.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if line == "next" {
            before_call();
            calls += 1;
            writeln!(stdin, "go").unwrap();
        }
        printed.push(line);
    }
    let mut warnings = String::new();
    client.stderr.take().unwrap().read_to_string(&mut warnings).unwrap();
    let status = client.wait().unwrap();
    assert!(
        status.success() && printed.last().is_some_and(|line| line == "done"),
        "{what}: {status} in call {calls}\n{printed:#?}\n{warnings}"
    );
    assert_eq!(calls, expected_calls, "{what}");
    assert_eq!(warnings, "", "{what}");
    printed
}

#[track_caller]
fn test_client(command: impl Fn(&World, &str) -> Command) {
    let world = World::new();
    let url = format!("http://127.0.0.1:{}/mcp", world.port);
    with_stable_and_interrupted_sessions(&world, |before_call| {
        run_job(command(&world, &url), before_call);
    });
    until("the daemon to be gone", || {
        if world.daemons().is_empty() { Ok(()) } else { Err("it runs".into()) }
    });
}

/// Kills the daemon during a wait of the client, which the next daemon must answer.
#[track_caller]
fn test_interrupted_wait(command: impl Fn(&World, &str) -> Command) {
    let world = World::new();
    world.pp(["list"]).ok();
    let mut command = command(&world, &format!("http://127.0.0.1:{}/mcp", world.port));
    command.env("JOB", "interrupted-wait");
    let printed = run(command, 1, &|| replace_daemon(&world));
    assert!(printed.iter().any(|line| line == "the wait went on"), "{printed:#?}");
}

#[test]
fn a_wait_in_a_session_goes_on_with_the_next_daemon() {
    for sdk in ["sdk-1-23", "sdk-1"] {
        test_interrupted_wait(|world, url| node(world, "sdk-v1.mjs", &[sdk, url]));
    }
    test_interrupted_wait(|world, url| node(world, "sdk-v2.mjs", &["legacy", url]));
    test_interrupted_wait(|world, url| python(world, "legacy", url));
    test_interrupted_wait(mcp_remote_command);
}

#[test]
fn a_wait_with_progress_goes_on_with_the_next_daemon() {
    test_interrupted_wait(|world, url| {
        let mut command = node(world, "sdk-v1.mjs", &["sdk-1", url]);
        command.env("PROGRESS", "1");
        command
    });
}

#[test]
fn a_wait_without_a_session_goes_on_with_the_next_daemon() {
    test_interrupted_wait(|world, url| node(world, "sdk-v2.mjs", &["auto", url]));
    test_interrupted_wait(|world, url| python(world, "auto", url));
    test_interrupted_wait(|world, url| python(world, "fastmcp", url));
}

#[test]
fn a_wait_through_the_bridge_goes_on_with_the_next_daemon() {
    for sdk in ["sdk-1-23", "sdk-1"] {
        test_interrupted_wait(|world, _| {
            let words = [sdk, env!("CARGO_BIN_EXE_persistproc"), "mcp"];
            node(world, "sdk-v1.mjs", &words)
        });
    }
}

fn mcp_remote_command(world: &World, url: &str) -> Command {
    let program = folder().join("node_modules/node/bin/node").display().to_string();
    let remote = folder().join("node_modules/.bin/mcp-remote").display().to_string();
    let words = ["sdk-1", &program, &remote, url, "--allow-http", "--transport", "http-only"];
    node(world, "sdk-v1.mjs", &words)
}

#[test]
fn typescript_sdk_1_23() {
    test_client(|world, url| node(world, "sdk-v1.mjs", &["sdk-1-23", url]));
}

#[test]
fn typescript_sdk_1() {
    test_client(|world, url| node(world, "sdk-v1.mjs", &["sdk-1", url]));
}

#[test]
fn typescript_sdk_2_with_sessions() {
    test_client(|world, url| node(world, "sdk-v2.mjs", &["legacy", url]));
}

#[test]
fn typescript_sdk_2_without_sessions() {
    test_client(|world, url| node(world, "sdk-v2.mjs", &["auto", url]));
}

#[test]
fn mcp_remote() {
    test_client(mcp_remote_command);
}

#[test]
fn inspector() {
    test_client(|world, url| node(world, "inspector.mjs", &[url]));
}

#[test]
fn python_mcp_with_sessions() {
    test_client(|world, url| python(world, "legacy", url));
}

#[test]
fn python_mcp_without_sessions() {
    test_client(|world, url| python(world, "auto", url));
}

#[test]
fn python_fastmcp() {
    test_client(|world, url| python(world, "fastmcp", url));
}

//! Clients of other people, each through a whole job: with a quiet daemon, with one that is killed
//! before every call, and with sessions that leave the memory at once.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{another_daemon, forgetful_daemon};
use crate::support::wait::pause;
use crate::support::{World, tools, until};

/// Scripts and their packages, together in one folder.
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

/// The job, with `between` before each of its calls. A client that warns of anything fails too.
#[track_caller]
fn job(mut command: Command, between: impl Fn()) {
    let what = format!("{command:?}");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut client = command.spawn().unwrap_or_else(|error| panic!("{what}: {error}"));
    let mut stdin = client.stdin.take().unwrap();
    let mut calls = 0;
    let mut said = String::new();
    for line in BufReader::new(client.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if line == "next" {
            between();
            calls += 1;
            writeln!(stdin, "go").unwrap();
        }
        said = line;
    }
    let mut warned = String::new();
    client.stderr.take().unwrap().read_to_string(&mut warned).unwrap();
    let status = client.wait().unwrap();
    assert!(
        status.success() && said == "done",
        "{what}: {status} in call {calls}\n{said}\n{warned}"
    );
    assert_eq!(calls, 7, "{what}");
    assert_eq!(warned, "", "{what}");
}

/// All three circumstances.
#[track_caller]
fn whatever_happens(client: impl Fn(&World, &str) -> Command) {
    let world = World::new();
    let url = format!("http://127.0.0.1:{}/mcp", world.port);
    world.pp(["list"]).ok();
    job(client(&world, &url), || ());
    job(client(&world, &url), || another_daemon(&world));
    world.pp(["shutdown"]).ok();

    let serve = forgetful_daemon(&world);
    job(client(&world, &url), || pause(Duration::from_millis(500)));
    world.pp(["shutdown"]).ok();
    until("the end of the daemon", || {
        if world.daemons().is_empty() { Ok(()) } else { Err("it lives".into()) }
    });
    drop(serve);
}

#[test]
fn typescript_sdk_1_23() {
    whatever_happens(|world, url| node(world, "sdk-v1.mjs", &["sdk-1-23", url]));
}

#[test]
fn typescript_sdk_1() {
    whatever_happens(|world, url| node(world, "sdk-v1.mjs", &["sdk-1", url]));
}

#[test]
fn typescript_sdk_2_with_sessions() {
    whatever_happens(|world, url| node(world, "sdk-v2.mjs", &["legacy", url]));
}

#[test]
fn typescript_sdk_2_without_sessions() {
    whatever_happens(|world, url| node(world, "sdk-v2.mjs", &["auto", url]));
}

#[test]
fn mcp_remote() {
    whatever_happens(|world, url| {
        let program = folder().join("node_modules/node/bin/node");
        let remote = folder().join("node_modules/.bin/mcp-remote");
        let (program, remote) = (program.to_string_lossy(), remote.to_string_lossy());
        let words = ["sdk-1", &*program, &*remote, url, "--allow-http", "--transport", "http-only"];
        node(world, "sdk-v1.mjs", &words)
    });
}

#[test]
fn inspector() {
    whatever_happens(|world, url| node(world, "inspector.mjs", &[url]));
}

#[test]
fn python_mcp_with_sessions() {
    whatever_happens(|world, url| python(world, "legacy", url));
}

#[test]
fn python_mcp_without_sessions() {
    whatever_happens(|world, url| python(world, "auto", url));
}

#[test]
fn python_fastmcp() {
    whatever_happens(|world, url| python(world, "fastmcp", url));
}

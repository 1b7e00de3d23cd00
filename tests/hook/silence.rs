//! If anything fails, a hook prints nothing and exits with 0. It starts no daemon.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;

use super::inputs::{CLIENTS, after_edit, before_shell, session_start};
use super::{hook, hook_of_bytes};
use crate::support::World;
use crate::support::disk::{SmallDisk, is_root};
use crate::support::procs::freeze;

#[test]
fn without_a_daemon() {
    let world = World::new();
    for client in CLIENTS {
        for input in [
            session_start(client, &world.work()),
            before_shell(client, &world.work(), "npm run dev"),
            after_edit(client, &world.work()),
        ] {
            assert_eq!(hook(&world, &[client, "--guard-shell"], &input).out(), "", "{client}");
        }
    }
    assert!(world.processes().is_empty(), "a hook starts no daemon");
    assert!(!world.folder("data").exists(), "a hook creates no data directory");
}

#[test]
fn with_broken_input() {
    let world = World::new();
    world.pp(["start", "sleep", "1000"]).ok();
    let whole = before_shell("claude-code", &world.work(), "pkill sleep").to_string();
    let long = "x".repeat(20 << 20);
    let long = json!({"hook_event_name": "SessionStart", "session_id": "s", "cwd": "/", "x": long});
    let unknown = json!({"hook_event_name": "Lunch", "session_id": "s", "cwd": world.work()});
    let numbers = json!({"hook_event_name": 1, "session_id": 2, "cwd": 3});
    for input in [
        "",
        "null",
        "[]",
        "\u{0}",
        &whole[..whole.len() / 2],
        &long.to_string(),
        &unknown.to_string(),
        &numbers.to_string(),
    ] {
        let output = hook_of_bytes(&world, &["claude-code", "--guard-shell"], input.as_bytes());
        let start = &input[..input.len().min(80)];
        assert_eq!((output.code, output.out(), output.err()), (0, "".into(), "".into()), "{start}");
    }
    assert_eq!(hook_of_bytes(&world, &["claude-code"], b"\xff\xfe{}").out(), "");
}

/// Clients run the hooks in each other's settings.
#[test]
fn with_the_input_of_another_client() {
    let world = World::new();
    world.pp(["start", "sleep", "1000"]).ok();
    for client in CLIENTS {
        for other in CLIENTS.into_iter().filter(|other| *other != client) {
            for input in [
                session_start(other, &world.work()),
                before_shell(other, &world.work(), "pkill sleep"),
            ] {
                let output = hook(&world, &[client, "--guard-shell"], &input);
                assert_eq!(output.out(), "", "input of {other} to {client}");
            }
        }
    }
}

/// An exit code of 2 would be a refusal. The settings may be those of another version.
#[test]
fn with_arguments_of_another_version() {
    let world = World::new();
    for arguments in [&["claude-code", "--new-flag"][..], &["new-agent"], &[], &["--data-dir"]] {
        let output = hook_of_bytes(&world, arguments, b"{}");
        assert_eq!((output.code, output.out(), output.err()), (0, "".into(), "".into()));
    }
    let help = hook_of_bytes(&world, &["--help"], b"").ok();
    assert!(help.out().contains("Answer a hook"), "{help}");
}

#[test]
fn with_a_daemon_that_does_not_answer() {
    let world = World::new();
    world.pp(["start", "sleep", "1000"]).ok();
    let daemon = world.daemons()[0].pid;
    freeze(daemon);
    let start = Instant::now();
    let input = before_shell("claude-code", &world.work(), "pkill sleep");
    let output =
        hook_of_bytes(&world, &["claude-code", "--guard-shell"], input.to_string().as_bytes());
    assert_eq!((output.code, output.out()), (0, String::new()));
    // The program itself takes 40 ms; the rest is for a busy machine.
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    world.kill_daemon();
}

#[test]
fn with_a_client_that_writes_nothing() {
    let world = World::new();
    let mut command = world.command(env!("CARGO_BIN_EXE_persistproc"));
    command.args(["hook", "claude-code"]).stdin(Stdio::piped());
    // The input stays open until the hook has ended.
    let output = world.run(command);
    assert_eq!((output.code, output.out()), (0, String::new()));
}

#[test]
fn on_a_full_disk() {
    if !is_root("hook::silence::on_a_full_disk") {
        return;
    }
    let world = World::new();
    let runtime = world.folder("run");
    fs::remove_dir(&runtime).unwrap();
    let disk = SmallDisk::at(runtime, "1m");
    world.pp(["start", "--label", "web", "sleep", "1000"]).ok();
    disk.fill();
    let input = session_start("claude-code", &world.work());
    for _ in 0..2 {
        assert_eq!(hook(&world, &["claude-code"], &input).out(), "");
    }
    disk.free_space();
    let answer = hook(&world, &["claude-code"], &input).out();
    assert!(answer.contains("web"), "{answer}");
    world.persistproc(["shutdown"]).ok();
}

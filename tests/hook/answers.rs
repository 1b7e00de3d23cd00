//! What each client is answered, with exactly its fields.

use std::net::TcpListener;

use insta::assert_snapshot;
use serde_json::json;

use super::inputs::{CLIENTS, after_edit, before_shell, session_start};
use super::{answer, hook, input_file, session_files};
use crate::support::daemon::pid;
use crate::support::{World, until};

/// Listens on a free port and prints its number.
const SERVER: &str = "import socket, time; s = socket.create_server(('127.0.0.1', 0)); \
                      print(s.getsockname()[1], flush=True); time.sleep(1000)";

/// Starts a server and returns its port.
fn start_server(world: &World, label: &str) -> u16 {
    world.write("server.py", SERVER);
    world.pp(["start", "--label", label, "python3", "server.py"]).ok();
    until("the port", || {
        let output = world.pp(["logs", label]).out();
        output.trim().parse().map_err(|_| output)
    })
}

#[test]
fn at_session_start_each_client_learns_what_runs_here() {
    let world = World::new();
    let port = start_server(&world, "web");
    let answers = CLIENTS.map(|client| {
        let output = hook(&world, &[client], &session_start(client, &world.work()));
        format!("{client}: {}", answer(&world, &output))
    });
    let answers = answers.join("\n").replace(&port.to_string(), "<its port>");
    assert_snapshot!("session_start", answers);
    assert_eq!(session_files(&world), CLIENTS.len());
}

#[test]
fn only_processes_of_this_project_are_named() {
    let world = World::new();
    let input = |folder: &str| session_start("claude-code", &world.folder(folder));
    world.pp(["list"]).ok();
    assert_eq!(hook(&world, &["claude-code"], &input("work")).out(), "");
    start_server(&world, "web");
    assert_eq!(hook(&world, &["claude-code"], &input("home")).out(), "");
    let here = hook(&world, &["claude-code"], &input("work/src")).out();
    assert!(here.contains("web"), "{here}");
}

#[test]
fn many_processes_take_at_most_300_tokens() {
    let world = World::new();
    for number in 0..30 {
        let label = format!("server-{number}");
        let script = format!("exec sleep 1000 # with a comment that takes some space, {number}");
        world.pp(["start", "--label", &label, "sh", "-c", &script]).ok();
    }
    let output = hook(&world, &["claude-code"], &session_start("claude-code", &world.work()));
    let text = output.json()["hookSpecificOutput"]["additionalContext"].to_string();
    assert!(text.len() <= 1_000 + env!("CARGO_BIN_EXE_persistproc").len() * 3, "{text}");
    assert!(text.contains("more: `"), "{text}");
}

#[test]
fn two_hooks_for_one_event_answer_once() {
    let world = World::new();
    start_server(&world, "web");
    let input = session_start("claude-code", &world.work()).to_string();
    let running: Vec<_> = (0..5)
        .map(|_| {
            let mut command = world.command(env!("CARGO_BIN_EXE_persistproc"));
            command.args(["hook", "claude-code"]).stdin(input_file(&world, input.as_bytes()));
            command.env("PERSISTPROC_HOOK_TIMEOUT", "20000");
            world.spawn(command)
        })
        .collect();
    let outputs: Vec<_> = running.into_iter().map(|hook| hook.end().ok().out()).collect();
    let answered = outputs.iter().filter(|out| !out.is_empty()).count();
    assert_eq!(answered, 1, "{outputs:?}");
}

#[test]
fn a_dev_server_becomes_a_managed_start() {
    let world = World::new();
    world.pp(["list"]).ok();
    let answers = CLIENTS.map(|client| {
        let input = before_shell(client, &world.work(), "npm run dev");
        format!("{client}: {}", answer(&world, &hook(&world, &[client, "--guard-shell"], &input)))
    });
    assert_snapshot!("managed_start", answers.join("\n"));
}

#[test]
fn a_command_that_would_end_a_process_is_refused() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sleep", "1000"]).ok();
    let answers = CLIENTS.map(|client| {
        let input = before_shell(client, &world.work(), "pkill sleep");
        format!("{client}: {}", answer(&world, &hook(&world, &[client, "--guard-shell"], &input)))
    });
    assert_snapshot!("refusal", answers.join("\n"));
}

#[test]
fn pids_groups_and_ports_lead_to_their_process() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sh", "-c", "sleep 1000 & wait"]).ok();
    let port = start_server(&world, "api");
    let child = until("the child", || {
        let processes = world.processes();
        let child = processes.iter().find(|one| one.words.join(" ").starts_with("sleep 1000"));
        child.map(|child| child.pid).ok_or_else(|| format!("{processes:?}"))
    });
    let leader = pid(&world.process("web"));
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for (command, expected) in [
        (format!("kill {child}"), "stop web"),
        (format!("kill -9 -{leader}"), "stop web"),
        (format!("kill $(lsof -ti:{port})"), "stop api"),
        (format!("fuser -k {port}/tcp"), "stop api"),
        ("pkill -f server.py".to_owned(), "stop api"),
        (format!("kill {}", std::process::id()), "nothing"),
        (format!("kill $(lsof -ti:{free})"), "nothing"),
    ] {
        let input = before_shell("claude-code", &world.work(), &command);
        let output = hook(&world, &["claude-code", "--guard-shell"], &input);
        let found = answer(&world, &output);
        assert!(found.contains(expected), "{command}: {found}");
    }
}

#[test]
fn without_the_flag_shell_commands_are_not_looked_at() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sleep", "1000"]).ok();
    for client in CLIENTS {
        for command in ["npm run dev", "pkill sleep"] {
            let input = before_shell(client, &world.work(), command);
            assert_eq!(hook(&world, &[client], &input).out(), "", "{client}: {command}");
        }
    }
}

/// The command that runs instead works in a shell.
#[test]
fn the_rewritten_command_starts_the_process() {
    let world = World::new();
    world.pp(["list"]).ok();
    world.program("npm", "#!/bin/sh\nexec sleep 1000\n");
    world.write("src/cart.js", "");
    let command = "cd src && PORT=1 nohup npm run dev > /dev/null 2>&1 & echo started";
    let input = before_shell("claude-code", &world.work(), command);
    let output = hook(&world, &["claude-code", "--guard-shell"], &input);
    let rewritten = output.json()["hookSpecificOutput"]["updatedInput"]["command"].clone();
    let rewritten = rewritten.as_str().unwrap();
    let mut shell = world.command("sh");
    shell.args(["-c", rewritten]);
    let output = world.run(shell).ok();
    assert!(output.out().ends_with("started\n"), "{rewritten}: {output}");
    let process = world.process("npm");
    assert_eq!(process["command"], json!(["npm", "run", "dev"]));
    assert_eq!(process["working_directory"], json!(world.work().join("src")));
}

/// Nothing broke, or the daemon cannot say.
#[test]
fn after_an_edit_that_broke_nothing_there_is_silence() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sleep", "1000"]).ok();
    for client in CLIENTS {
        let input = after_edit(client, &world.work());
        assert_eq!(hook(&world, &[client], &input).out(), "", "{client}");
    }
}

//! A daemon that does not answer: every command says so after five seconds, with the way out, and
//! ends. A command that waits for something else does not mistake that for silence.

use std::time::{Duration, Instant};

use insta::assert_snapshot;
use serde_json::json;

use crate::support::background::Background;
use crate::support::procs::{Signal, freeze, kill};
use crate::support::wait::{pause, within};
use crate::support::{Output, World, until};

/// Stops the daemon with SIGSTOP, as a debugger or a full machine does.
fn suspend_daemon(world: &World) -> u32 {
    world.pp(["list"]).ok();
    let daemon = world.daemons()[0].pid;
    freeze(daemon);
    daemon
}

/// How many clients are connected to the daemon.
fn connections(world: &World) -> Vec<String> {
    let socket = world.unix().socket().display().to_string();
    let table = std::fs::read_to_string("/proc/net/unix").unwrap();
    // The state of an accepted connection is 3.
    let accepted =
        table.lines().filter(|line| line.ends_with(&socket) && line.contains(" 0001 03 "));
    accepted.map(|line| line.split_whitespace().nth(6).unwrap().to_owned()).collect()
}

/// Waits until `count` clients have sent the request that takes long: their connections remain.
fn until_connected(world: &World, count: usize) {
    let mut last = (Vec::new(), Instant::now());
    until("the requests", || {
        let now = connections(world);
        if now != last.0 {
            last = (now, Instant::now());
        }
        let is_steady = last.0.len() >= count && last.1.elapsed() > Duration::from_millis(500);
        if is_steady { Ok(()) } else { Err(format!("{:?}", last.0)) }
    });
}

/// The end of a command that waits as long as clients do for a daemon that does not answer.
#[track_caller]
fn end(command: Background) -> Output {
    within(Duration::from_secs(70), || {
        let pid = command.pid();
        if has_exited(pid) { Ok(()) } else { Err(format!("{pid} runs")) }
    })
    .unwrap();
    command.end()
}

fn has_exited(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_none_or(|rest| rest.starts_with('Z') || rest.is_empty())
}

/// One notice, one error.
const UNANSWERED: &str = "has not answered for";

#[test]
fn every_command_reports_a_daemon_that_does_not_answer_and_ends() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sleep", "1000"]).ok();
    let daemon = suspend_daemon(&world);
    let began = Instant::now();
    let prompt: Vec<_> = [
        &["list"][..],
        &["output", "web"],
        &["logs", "-f", "web"],
        &["search", "x"],
        &["signal", "CONT", "web"],
        &["forget", "web"],
        &["port", "1"],
        &["attach", "web"],
    ]
    .into_iter()
    .map(|words| {
        let mut command = world.pp_command([]);
        command.args(words);
        (words, world.spawn(command))
    })
    .collect();
    // A stop takes ten seconds by itself, and a wait its timeout.
    let stop = world.spawn_pp(["stop", "--timeout", "0", "web"]);
    let wait = world.spawn_pp(["start", "--wait-timeout", "1", "--wait-for", "exit", "sleep", "9"]);
    let quiet = world.spawn_pp(["--quiet", "list"]);
    for (words, command) in prompt {
        let output = end(command);
        let (took, text) = (began.elapsed(), output.err());
        assert_eq!(output.code, 4, "{words:?}: {output}");
        assert_eq!(text.matches(UNANSWERED).count(), 2, "{words:?}: {output}");
        assert!(took > Duration::from_secs(20), "{words:?} ended after {took:?}");
    }
    let listed = end(quiet);
    assert_snapshot!(listed.err().replace(&daemon.to_string(), "N"), @"
    Error: The daemon (PID N) has not answered for 25 s.
    Run `pp doctor` to check it, or `pp serve --replace` to replace it; its processes keep running.
    ");
    for command in [stop, wait] {
        let output = end(command);
        assert_eq!(output.code, 4, "{output}");
        assert_eq!(output.err().matches(UNANSWERED).count(), 2, "{output}");
    }
    kill(daemon, Signal::CONT);
    world.pp(["list"]).ok();
}

#[test]
fn the_notice_comes_after_five_seconds_and_once() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sleep", "1000"]).ok();
    let daemon = suspend_daemon(&world);
    let began = Instant::now();
    let list = world.spawn_pp(["list"]);
    // Also what takes longer by itself: a daemon that does not answer stops nothing.
    let stop = world.spawn_pp(["stop", "web"]);
    for command in [&list, &stop] {
        within(Duration::from_secs(14), || {
            if command.err().contains('\n') { Ok(()) } else { Err(command.err()) }
        })
        .unwrap();
    }
    assert!(began.elapsed() > Duration::from_secs(4));
    let notice = list.err().replace(&daemon.to_string(), "N");
    assert!(notice.starts_with("The daemon (PID N) has not answered for "), "{notice}");
    assert!(notice.contains("persistproc doctor"), "{notice}");
    assert!(notice.contains("persistproc serve --replace"), "{notice}");
    // The answer that comes late is used.
    kill(daemon, Signal::CONT);
    let output = list.end();
    assert_eq!(output.code, 0, "{output}");
    assert_eq!(output.err().lines().count(), 1, "{output}");
    assert_eq!(stop.end().code, 0);
}

#[test]
fn what_takes_long_by_itself_is_not_reported() {
    let world = World::new();
    let script = "trap '' TERM; echo up; while :; do sleep 0.1; done";
    world.pp(["start", "--wait-pattern", "up", "--label", "web", "sh", "-c", script]).ok();
    let stop = world.pp(["stop", "--timeout", "7", "web"]).ok();
    assert_eq!(stop.err(), "");
    world.pp(["start", "--label", "web", "sleep", "1000"]).ok();
    let wait = world.pp(["wait", "--for", "exit", "--timeout", "7", "web"]);
    assert_eq!((wait.code, wait.err()), (1, String::new()));
}

#[test]
fn waits_that_read_much_output_leave_time_for_other_requests() {
    let world = World::new();
    let flood =
        "yes 'a line of the usual length' | head -c 100000000; echo; echo done; exec sleep 1000";
    world.pp(["start", "--label", "web", "sh", "-c", flood]).ok();
    until("the output to be complete", || {
        let last = world.pp(["logs", "-n", "1", "web"]).ok().out();
        if last.starts_with("done") { Ok(()) } else { Err(last) }
    });
    // More than the daemon has threads on a small machine.
    let words = ["wait", "--pattern", "no line has this", "--timeout", "15", "web"];
    let waits: Vec<Background> = (0..4).map(|_| world.spawn_pp(words)).collect();
    for wait in waits {
        let output = end(wait);
        assert_eq!((output.code, output.err()), (1, String::new()));
    }
}

#[test]
fn an_input_that_is_not_read_is_reported_with_a_daemon_that_works() {
    let world = World::new();
    world.pp(["start", "--label", "deaf", "sleep", "1000"]).ok();
    let mut command = world.command("sh");
    command.args(["-c", "head -c 4000000 /dev/zero | pp send deaf -"]);
    let send = world.spawn(command);
    within(Duration::from_secs(12), || {
        if send.err().contains("Still waiting: the daemon") { Ok(()) } else { Err(send.err()) }
    })
    .unwrap();
    world.pp(["stop", "deaf"]).ok();
    assert_ne!(send.end().code, 0);
}

#[test]
fn replace_ends_a_daemon_that_does_not_answer() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sleep", "1000"]).ok();
    let pid = world.process("web")["pid"].clone();
    let daemon = suspend_daemon(&world);
    let doctor = world.pp(["doctor"]);
    assert!(doctor.out().contains("The daemon does not answer"), "{doctor}");
    let mut command = world.command(env!("CARGO_BIN_EXE_persistproc"));
    command.args(["serve", "--replace"]);
    let next = world.spawn(command);
    next.until_stdout("persistproc serves");
    assert!(world.daemons().iter().all(|found| found.pid != daemon));
    assert_eq!(world.process("web")["pid"], pid);
}

#[test]
fn a_wait_goes_on_over_a_killed_and_a_replaced_daemon() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sh", "-c", "read line; echo got $line; read line"]).ok();
    let waits = [
        ("pattern", world.spawn_pp(["wait", "--pattern", "got it", "--timeout", "60", "web"])),
        ("change", world.spawn_pp(["wait", "--for", "change", "--timeout", "60", "web"])),
        ("exit", world.spawn_pp(["wait", "--for", "exit", "--timeout", "60", "web"])),
        (
            "start",
            world.spawn_pp([
                "start",
                "--wait-for",
                "pattern",
                "--wait-pattern",
                "got it",
                "--wait-timeout",
                "60",
                "--label",
                "web",
                "sh",
                "-c",
                "read line; echo got $line; read line",
            ]),
        ),
    ];
    until_connected(&world, waits.len());
    world.kill_daemon();
    // It happens before a client has reached the next daemon, or after.
    world.pp(["send", "web", "it"]).ok();
    let mut command = world.command(env!("CARGO_BIN_EXE_persistproc"));
    command.args(["serve", "--replace"]);
    let next = world.spawn(command);
    next.until_stdout("persistproc serves");
    world.pp(["send", "web", "end"]).ok();
    for (goal, wait) in waits {
        let output = wait.end();
        assert_eq!(output.code, 0, "{goal}: {output}");
    }
    let late = world.pp(["wait", "--for", "exit", "web"]).ok();
    assert!(late.out().contains("web"), "{late}");
}

#[test]
fn the_timeout_of_a_wait_counts_over_all_daemons() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sleep", "1000"]).ok();
    let began = Instant::now();
    let wait =
        world.spawn_pp(["--format", "json", "wait", "--for", "exit", "--timeout", "4", "web"]);
    for _ in 0..2 {
        pause(Duration::from_secs(1));
        world.kill_daemon();
        world.pp(["list"]).ok();
    }
    let output = wait.end();
    let took = began.elapsed();
    assert_eq!(output.code, 1, "{output}");
    let waited = output.json();
    assert_eq!(waited["reason"], json!("timeout"));
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert!(waited["waited_seconds"].as_f64().unwrap() > 3.9, "{waited}");
}

#[test]
fn an_agent_gets_an_error_instead_of_no_answer() {
    let world = World::new();
    let daemon = suspend_daemon(&world);
    let mut command = world.command(env!("CARGO_BIN_EXE_persistproc"));
    command.arg("mcp").stdin(std::process::Stdio::piped());
    let mut bridge = world.spawn(command);
    let request = json!({
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": { "name": "test", "version": "1" },
        },
    });
    bridge.type_in(format!("{request}\n").as_bytes());
    within(Duration::from_secs(45), || {
        if bridge.out().contains('\n') { Ok(()) } else { Err(bridge.err()) }
    })
    .unwrap();
    let answer: serde_json::Value = serde_json::from_str(&bridge.out()).unwrap();
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.contains(UNANSWERED) && message.contains("serve --replace"), "{message}");
    assert!(bridge.err().contains(UNANSWERED), "{}", bridge.err());
    kill(daemon, Signal::CONT);
    bridge.end();
}

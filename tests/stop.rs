//! `pp stop`: ends the whole process tree, gracefully or by force, before it answers.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use serde_json::json;

use crate::support::daemon::pid;
use crate::support::procs::alive;
use crate::support::scripts::{IGNORES_SIGTERM, KEEPS_FORKING, PRINTS_SIGNALS};
use crate::support::tools::number_from_env;
use crate::support::{Http, World, until};

#[test]
fn it_prints_the_exit_code() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sh", "-c", PRINTS_SIGNALS]).ok();
    until("its first line", || {
        let text = world.pp(["output", "web"]).ok().out();
        if text == "ready\n" { Ok(()) } else { Err(text) }
    });
    assert_snapshot!(world.pp(["stop", "web"]), @"
    Stopped web (exit code 5)
    --- exit 0
    ");
    assert_eq!(world.pp(["output", "web"]).ok().out(), "ready\nbye\n");
}

#[test]
fn the_process_is_gone_when_stop_returns() {
    let world = World::new();
    world.pp(["start", "sleep", "1000"]).ok();
    let child = pid(&world.process("sleep"));
    let stopped = world.pp(["--format", "json", "stop", "sleep", "1000"]).ok().json();
    assert!(!alive(child));
    assert_eq!(
        (stopped["status"].as_str(), stopped["signal"].as_i64()),
        (Some("terminated"), Some(15))
    );
}

#[test]
fn a_tree_that_ignores_sigterm_is_killed_completely() {
    let world = World::new();
    let pids = start_stubborn_tree(&world);
    let stopped =
        world.pp(["--format", "json", "stop", "--timeout", "0.5", "stubborn"]).ok().json();
    assert_eq!(stopped["signal"], 9);
    let left: Vec<_> = pids.iter().filter(|pid| alive(**pid)).collect();
    assert!(left.is_empty(), "{left:?} of {pids:?} are still alive");
    assert!(world.children().is_empty(), "{:#?}", world.children());
}

/// 40 trees; `tests/run --thorough` stops 1,000.
#[test]
fn no_process_of_many_stubborn_trees_survives() {
    let world = World::new();
    let rest = world.rest();
    let rounds = number_from_env("PERSISTPROC_TEST_ROUNDS", 40);
    let next = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let round = next.fetch_add(1, Ordering::Relaxed);
                    if round >= rounds {
                        return;
                    }
                    stop_stubborn_tree(&world, &rest, round);
                }
            });
        }
    });
    assert!(world.children().is_empty(), "{:#?}", world.children());
}

/// Starts a tree, stops it in one of several ways, and checks that it is gone.
fn stop_stubborn_tree(world: &World, rest: &Http, round: u64) {
    let folder = world.work().join(round.to_string());
    fs::create_dir(&folder).unwrap();
    let script = if round.is_multiple_of(2) { IGNORES_SIGTERM } else { KEEPS_FORKING };
    let label = format!("tree {round}");
    let started = json!({
        "command": ["sh", "-c", script], "working_directory": folder, "label": label,
    });
    rest.post("/v1/processes", &started).expect(201);
    let pids = || -> Vec<u32> {
        let text = fs::read_to_string(folder.join("pids")).unwrap_or_default();
        text.lines().flat_map(str::parse).collect()
    };
    until("a tree", || if pids().len() >= 4 { Ok(()) } else { Err(format!("{:?}", pids())) });
    let how =
        if round.is_multiple_of(3) { json!({"force": true}) } else { json!({"timeout": 0.1}) };
    let path = format!("/v1/processes/tree%20{round}/stop");
    let stopped = rest.post(&path, &how).expect(200);
    assert_eq!(stopped["status"], "terminated", "{stopped:#}");
    let left: Vec<u32> = pids().into_iter().filter(|pid| in_folder(*pid, &folder)).collect();
    assert!(left.is_empty(), "{left:?} survived round {round}");
    fs::remove_dir_all(&folder).unwrap();
    rest.delete(&format!("/v1/processes/tree%20{round}")).expect(200);
}

/// Whether this PID is alive and belongs to the tree: it may have been reused by another process.
fn in_folder(pid: u32, folder: &Path) -> bool {
    alive(pid) && fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(folder))
}

#[test]
fn force_sends_sigkill_at_once() {
    let world = World::new();
    start_stubborn_tree(&world);
    let start = Instant::now();
    let stopped = world.pp(["--format", "json", "stop", "--force", "stubborn"]).ok().json();
    assert_eq!(
        (stopped["signal"].as_i64(), stopped["status"].as_str()),
        (Some(9), Some("terminated"))
    );
    // Waiting for SIGTERM to work would have taken eight seconds.
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    assert!(world.children().is_empty(), "{:#?}", world.children());
}

/// Starts a tree that ignores SIGTERM and returns its PIDs once all four exist.
fn start_stubborn_tree(world: &World) -> Vec<u32> {
    world.pp(["start", "--label", "stubborn", "sh", "-c", IGNORES_SIGTERM]).ok();
    until("four processes", || {
        let text = fs::read_to_string(world.work().join("pids")).unwrap_or_default();
        let pids: Vec<u32> = text.lines().flat_map(str::parse).collect();
        if pids.len() == 4 && text.ends_with('\n') { Ok(pids) } else { Err(text) }
    })
}

#[test]
fn other_requests_are_served_during_a_slow_stop() {
    let world = World::new();
    start_stubborn_tree(&world);
    let stop = world.spawn_pp(["stop", "--timeout", "5", "stubborn"]);
    world.until_status("stubborn", "stopping");
    let start = Instant::now();
    world.pp(["list"]).ok();
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    world.pp(["stop", "--force", "stubborn"]).ok();
    stop.end();
}

#[test]
fn a_run_ends_with_its_leader_though_a_descendant_holds_the_pipe() {
    let world = World::new();
    let start = Instant::now();
    let output = world.pp(["sh", "-c", "sleep 1000 & echo bye; exit 3"]);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert_eq!((output.out().as_str(), output.code), ("bye\n", 3));
    assert_eq!(world.process("bye")["status"], "exited");
    assert!(world.children().is_empty(), "{:#?}", world.children());
}

#[test]
fn stopping_an_ended_process_succeeds_as_in_docker_and_systemctl() {
    let world = World::new();
    world.pp(["sh", "-c", "exit 3"]);
    assert_snapshot!(world.pp(["stop", "sh"]), @"
    `work-sh-c-exit-3` is not running: it exited with code 3.
    --- exit 0
    ");
}

#[test]
fn a_pid_is_a_target() {
    let world = World::new();
    world.pp(["start", "sleep", "1000"]).ok();
    let child = pid(&world.process("sleep"));
    world.pp(["stop", &child.to_string()]).ok();
    assert!(!alive(child));
}

/// A wrapper that hands SIGTERM on, as npm does. Its program counts the signals. Two that arrive together
/// would count as one, so the wrapper waits a moment.
#[test]
fn a_program_behind_a_wrapper_gets_sigterm_once() {
    let world = World::new();
    world.write(
        "program.py",
        "import signal, sys, time
def note(*_):
    with open('signals', 'a') as file:
        file.write('TERM\\n')
    time.sleep(0.1)
    sys.exit(0)
signal.signal(signal.SIGTERM, note)
print('ready', flush=True)
time.sleep(1000)",
    );
    let wrapper = "import signal, subprocess, sys, time
program = subprocess.Popen(['python3', 'program.py'])
def hand_on(*_):
    time.sleep(0.03)
    program.send_signal(signal.SIGTERM)
signal.signal(signal.SIGTERM, hand_on)
sys.exit(program.wait())";
    world.pp(["start", "--label", "it", "python3", "-c", wrapper]).ok();
    world.pp(["wait", "--pattern", "ready", "it"]).ok();
    world.pp(["stop", "it"]).ok();
    assert_eq!(std::fs::read_to_string(world.work().join("signals")).unwrap(), "TERM\n");
}

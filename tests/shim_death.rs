//! Death of a shim by `kill -9`: its child lives on, another shim continues the log, and the exit
//! of the child is still known.

use std::fs;

use serde_json::Value;

use crate::support::daemon::pid;
use crate::support::procs::{Signal, alive, kill};
use crate::support::scripts::{COUNTS, PRINTS_SIGNALS, count_in_order};
use crate::support::{World, until};

/// Kills the shim of a process and returns when another one has taken over.
fn kill_shim(world: &World, label: &str) {
    let shim = world.shim_pid(&world.process(label));
    kill(shim, Signal::KILL);
    until("another shim", || {
        let current = world.shim_pid(&world.process(label));
        if current != shim && alive(current) {
            Ok(())
        } else {
            Err(format!("{:#}", world.process(label)))
        }
    });
}

fn stdout_log(process: &Value) -> String {
    fs::read_to_string(process["log_stdout"].as_str().unwrap()).unwrap()
}

#[test]
fn the_child_lives_on_and_its_output_continues() {
    let world = World::new();
    world.write("counts", COUNTS);
    world.pp(["start", "--label", "piped", "sh", "counts"]).ok();
    world.pp(["start", "--label", "terminal", "--tty", "sh", "counts"]).ok();
    for (label, line_end) in [("piped", "\n"), ("terminal", "\r\n")] {
        let before = world.process(label);
        let follower = world.spawn_pp(["output", "-f", "-n", "all", label]);
        for round in 1..=5 {
            follower.until_stdout(&format!("line {}{line_end}", round * 10));
            kill_shim(&world, label);
        }
        let later = count_in_order(&stdout_log(&before)) + 20;
        follower.until_stdout(&format!("line {later}{line_end}"));
        let after = world.process(label);
        assert_eq!((&after["status"], pid(&after)), (&"running".into(), pid(&before)));
        assert_eq!(after["run"], 1);
        let stopped = world.pp(["--format", "json", "stop", label]).ok().json();
        assert_eq!((&stopped["status"], &stopped["signal"]), (&"terminated".into(), &15.into()));
        assert!(!alive(pid(&before)));
        let log = stdout_log(&before);
        assert!(count_in_order(&log) >= later);
        assert_eq!(follower.end().out(), log);
    }
}

#[test]
fn the_next_shim_handles_every_request() {
    let world = World::new();
    let until_output = |label: &str, text: &str| {
        until(text, || {
            let output = world.pp(["output", label]).ok().out();
            if output.contains(text) { Ok(()) } else { Err(output) }
        });
    };
    let prints_sizes =
        "trap 'stty size' WINCH; echo here; while read word; do echo got $word; done";
    world.pp(["start", "--label", "sizes", "--tty", "bash", "-c", prints_sizes]).ok();
    world.pp(["start", "--label", "signals", "sh", "-c", PRINTS_SIGNALS]).ok();
    world.pp(["start", "--label", "cat", "sh", "-c", "cat; echo the end; exit 7"]).ok();
    until_output("sizes", "here\n");
    until_output("signals", "ready\n");
    for label in ["sizes", "signals", "cat"] {
        kill_shim(&world, label);
    }

    world.pp(["send", "cat", "a word"]).ok();
    until_output("cat", "a word\n");
    world.pp(["send", "cat", "--eof"]).ok();
    let ended = world.until_status("cat", "exited");
    assert_eq!(ended["exit_code"], 7);
    until_output("cat", "a word\nthe end\n");

    world.pp(["signal", "USR1", "signals"]).ok();
    until_output("signals", "got USR1\n");
    let stopped = world.pp(["--format", "json", "stop", "signals"]).ok().json();
    assert_eq!((&stopped["status"], &stopped["exit_code"]), (&"terminated".into(), &5.into()));
    until_output("signals", "bye\n");

    let size = serde_json::json!({"rows": 33, "columns": 77});
    world.unix().post("/v1/processes/sizes/resize", &size).expect(200);
    world.pp(["send", "sizes", "on"]).ok();
    until_output("sizes", "33 77");
    world.pp(["restart", "sizes"]).ok();
    assert_eq!(world.children().len(), 1, "{:#?}", world.children());
}

/// Prints lines to both streams as fast as it can. Each stream is counted from 1, or both together
/// if they are merged. Exits with 9.
const FLOODS: &str = "import os, sys
lines, merged = int(sys.argv[1]), sys.argv[2] == 'merged'
counts = [0, 0, 0]
for n in range(1, lines + 1):
    for fd in [1, 2] if n % 3 == 0 else [1]:
        count = 0 if merged else fd
        counts[count] += 1
        os.write(fd, b'line %d\\n' % counts[count])
sys.exit(9)";

#[test]
fn a_flood_loses_no_byte_when_its_shims_are_killed() {
    let world = World::new();
    world.write("floods", FLOODS);
    for (tty, streams) in [(false, "split"), (true, "split"), (false, "merged"), (true, "merged")] {
        let lines = if tty { 100_000 } else { 300_000 };
        let label = format!("{streams} {tty}");
        let body = serde_json::json!({
            "command": ["python3", "floods", lines.to_string(), streams],
            "working_directory": world.work(),
            "label": label,
            "streams": streams,
            "tty": tty.then(|| serde_json::json!({"rows": 24, "columns": 80})),
        });
        world.rest().post("/v1/processes", &body).expect(201);
        let process = world.process(&label);
        let child = pid(&process);
        let mut last = 0;
        let mut killed = 0;
        while alive(child) {
            let shim = world.shim_pid(&process);
            if shim != last && alive(shim) {
                kill(shim, Signal::KILL);
                last = shim;
                killed += 1;
            }
        }
        let ended = world.until_status(&label, "exited");
        assert_eq!(ended["exit_code"], 9, "{ended:#}");
        assert!(killed >= 10, "{killed} shims");
        let stdout = stdout_log(&process);
        let stderr = fs::read_to_string(process["log_stderr"].as_str().unwrap()).unwrap();
        if streams == "merged" {
            assert_eq!(count_in_order(&stdout), lines + lines / 3);
            assert_eq!(stderr, "");
        } else {
            assert_eq!(count_in_order(&stdout), lines);
            assert_eq!(count_in_order(&stderr), lines / 3);
        }
        let combined = fs::read(process["log_combined"].as_str().unwrap()).unwrap();
        assert_eq!(combined.len(), stdout.len() + stderr.len());
    }
}

/// Whether this kernel reports the exit status of a process that is not our child (Linux 6.15).
fn kernel_reports_exits() -> bool {
    let release = rustix::system::uname().release().to_string_lossy().into_owned();
    let mut numbers = release.split(['.', '-']).map(|number| number.parse::<u32>().unwrap_or(0));
    (numbers.next(), numbers.next()) >= (Some(6), Some(15))
}

/// Waits for a line of input, prints it, and exits with 6.
const PRINTS_A_LINE: &str = "echo here; read word; echo $word; exit 6";

#[test]
fn a_daemon_that_is_not_the_childs_parent_replaces_the_shim() {
    let world = World::new();
    world.pp(["start", "--label", "it", "sh", "-c", PRINTS_A_LINE]).ok();
    let daemon = world.daemons()[0].pid;
    kill(daemon, Signal::KILL);
    until("another daemon", || match world.list()[0]["status"].as_str() {
        Some("running") if !alive(daemon) => Ok(()),
        other => Err(format!("{other:?}")),
    });
    kill_shim(&world, "it");
    world.pp(["send", "it", "on"]).ok();
    assert_exited(&world, "it", 6);
    assert_eq!(stdout_log(&world.process("it")), "here\non\n");
}

/// Waits until the process has exited with this code, or is lost on a kernel that doesn't report
/// the exit.
#[track_caller]
fn assert_exited(world: &World, label: &str, code: i32) {
    if kernel_reports_exits() {
        assert_eq!(world.until_status(label, "exited")["exit_code"], code);
    } else {
        world.until_status(label, "lost");
    }
}

#[test]
fn the_daemon_may_be_killed_after_the_shim() {
    let world = World::new();
    world.pp(["start", "--label", "it", "sh", "-c", PRINTS_A_LINE]).ok();
    kill_shim(&world, "it");
    kill(world.daemons()[0].pid, Signal::KILL);
    world.pp(["send", "it", "on"]).ok();
    assert_exited(&world, "it", 6);
    assert_eq!(stdout_log(&world.process("it")), "here\non\n");
}

#[test]
fn when_daemon_and_shim_are_killed_the_tree_is_still_watched_and_stopped() {
    let world = World::new();
    let script = "setsid sleep 1000 & (sleep 1000 &) ; exec sleep 1000";
    world.pp(["start", "--label", "it", "sh", "-c", script]).ok();
    let before = world.process("it");
    until("three processes", || match world.children().len() {
        3 => Ok(()),
        other => Err(other.to_string()),
    });
    kill(world.daemons()[0].pid, Signal::KILL);
    kill(world.shim_pid(&before), Signal::KILL);
    let after = world.process("it");
    assert_eq!((&after["status"], pid(&after)), (&"running".into(), pid(&before)));
    // No process had the other end of its pipes meanwhile.
    let note = world.pp(["output", "it"]).err();
    assert_eq!(note, "The end of run 1 was not observed: its last output may be missing.\n");
    let started = world.pp(["--format", "json", "start", "--label", "it", "sh", "-c", script]);
    assert_eq!(started.ok().json()["already_running"], true);
    let stopped = world.pp(["--format", "json", "stop", "it"]).ok().json();
    if kernel_reports_exits() {
        assert_eq!((&stopped["status"], &stopped["signal"]), (&"terminated".into(), &15.into()));
    }
    assert!(world.children().is_empty(), "{:#?}", world.children());
}

#[test]
fn when_daemon_shim_and_child_are_killed_the_run_is_lost_and_its_tree_ended() {
    let world = World::new();
    world.pp(["start", "--label", "it", "sh", "-c", "(sleep 1000 &) ; exec sleep 1000"]).ok();
    let before = world.process("it");
    until("two processes", || match world.children().len() {
        2 => Ok(()),
        other => Err(other.to_string()),
    });
    for victim in [world.daemons()[0].pid, world.shim_pid(&before), pid(&before)] {
        kill(victim, Signal::KILL);
    }
    let after = world.process("it");
    assert_eq!((&after["status"], &after["exit_code"]), (&"lost".into(), &Value::Null));
    let note = world.pp(["output", "it"]).err();
    assert_eq!(note, "The end of run 1 was not observed: its last output may be missing.\n");
    assert!(world.children().is_empty(), "{:#?}", world.children());
}

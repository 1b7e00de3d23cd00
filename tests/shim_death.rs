//! `kill -9` of a shim: its child lives, another shim goes on with the log, and how the child ends
//! is known all the same.

use std::fs;

use serde_json::Value;

use crate::support::daemon::pid;
use crate::support::procs::{Signal, alive, kill};
use crate::support::scripts::{COUNTS, PRINTS_SIGNALS, count_in_order};
use crate::support::{World, until};

/// Kills the shim of a process and returns when another one has gone on.
fn kill_shim(world: &World, label: &str) {
    let shim = world.shim_pid(&world.process(label));
    kill(shim, Signal::KILL);
    until("another shim", || {
        let now = world.shim_pid(&world.process(label));
        if now != shim && alive(now) { Ok(()) } else { Err(format!("{:#}", world.process(label))) }
    });
}

fn log(process: &Value) -> String {
    fs::read_to_string(process["log_stdout"].as_str().unwrap()).unwrap()
}

#[test]
fn its_child_lives_and_its_output_goes_on() {
    let world = World::new();
    world.write("counts", COUNTS);
    world.pp(["start", "--label", "piped", "sh", "counts"]).ok();
    world.pp(["start", "--label", "terminal", "--tty", "sh", "counts"]).ok();
    for (label, end) in [("piped", "\n"), ("terminal", "\r\n")] {
        let before = world.process(label);
        let follower = world.spawn_pp(["output", "-f", "-n", "all", label]);
        for round in 1..=5 {
            follower.until_stdout(&format!("line {}{end}", round * 10));
            kill_shim(&world, label);
        }
        let later = count_in_order(&log(&before)) + 20;
        follower.until_stdout(&format!("line {later}{end}"));
        let after = world.process(label);
        assert_eq!((&after["status"], pid(&after)), (&"running".into(), pid(&before)));
        assert_eq!(after["run"], 1);
        let stopped = world.pp(["--format", "json", "stop", label]).ok().json();
        assert_eq!((&stopped["status"], &stopped["signal"]), (&"terminated".into(), &15.into()));
        assert!(!alive(pid(&before)));
        let text = log(&before);
        assert!(count_in_order(&text) >= later);
        assert_eq!(follower.end().out(), text);
    }
}

#[test]
fn it_can_be_asked_for_everything_as_before() {
    let world = World::new();
    let says = |label: &str, text: &str| {
        until(text, || {
            let output = world.pp(["output", label]).ok().out();
            if output.contains(text) { Ok(()) } else { Err(output) }
        });
    };
    let sizes = "trap 'stty size' WINCH; echo here; while read word; do echo got $word; done";
    world.pp(["start", "--label", "sized", "--tty", "bash", "-c", sizes]).ok();
    world.pp(["start", "--label", "told", "sh", "-c", PRINTS_SIGNALS]).ok();
    world.pp(["start", "--label", "cat", "sh", "-c", "cat; echo the end; exit 7"]).ok();
    says("sized", "here\n");
    says("told", "ready\n");
    for label in ["sized", "told", "cat"] {
        kill_shim(&world, label);
    }

    world.pp(["send", "cat", "a word"]).ok();
    says("cat", "a word\n");
    world.pp(["send", "cat", "--eof"]).ok();
    let ended = world.until_status("cat", "exited");
    assert_eq!(ended["exit_code"], 7);
    says("cat", "a word\nthe end\n");

    world.pp(["signal", "USR1", "told"]).ok();
    says("told", "got USR1\n");
    let stopped = world.pp(["--format", "json", "stop", "told"]).ok().json();
    assert_eq!((&stopped["status"], &stopped["exit_code"]), (&"terminated".into(), &5.into()));
    says("told", "bye\n");

    let size = serde_json::json!({"rows": 33, "columns": 77});
    world.unix().post("/v1/processes/sized/resize", &size).expect(200);
    world.pp(["send", "sized", "on"]).ok();
    says("sized", "33 77");
    world.pp(["restart", "sized"]).ok();
    assert_eq!(world.children().len(), 1, "{:#?}", world.children());
}

/// Lines on both streams as fast as it can, each counted from 1; it ends with 9.
const FLOODS: &str = "import os, sys
for n in range(1, int(sys.argv[1]) + 1):
    os.write(1, b'line %d\\n' % n)
    if n % 3 == 0:
        os.write(2, b'line %d\\n' % (n // 3))
sys.exit(9)";

#[test]
fn a_flood_loses_no_byte_whenever_it_is_killed() {
    let world = World::new();
    world.write("floods", FLOODS);
    for tty in [false, true] {
        let (label, lines) = if tty { ("terminal", "100000") } else { ("piped", "300000") };
        let mut start = world.pp_command(["start", "--label", label]);
        start.args(tty.then_some("--tty")).args(["python3", "floods", lines]);
        world.run(start).ok();
        let process = world.process(label);
        let (child, mut last, mut killed) = (pid(&process), 0, 0);
        while alive(child) {
            let now = world.shim_pid(&process);
            if now != last && alive(now) {
                kill(now, Signal::KILL);
                (last, killed) = (now, killed + 1);
            }
        }
        let ended = world.until_status(label, "exited");
        assert_eq!(ended["exit_code"], 9, "{ended:#}");
        assert!(killed >= 10, "{killed} shims");
        let lines: usize = lines.parse().unwrap();
        assert_eq!(count_in_order(&log(&process)), lines);
        let errors = fs::read_to_string(process["log_stderr"].as_str().unwrap()).unwrap();
        assert_eq!(count_in_order(&errors), lines / 3);
        let both = fs::read(process["log_combined"].as_str().unwrap()).unwrap();
        assert_eq!(both.len(), log(&process).len() + errors.len());
    }
}

/// Whether this kernel tells how a process ended that was nobody's child.
fn kernel_tells_exits() -> bool {
    let release = rustix::system::uname().release().to_string_lossy().into_owned();
    let mut numbers = release.split(['.', '-']).map(|number| number.parse::<u32>().unwrap_or(0));
    (numbers.next(), numbers.next()) >= (Some(6), Some(15))
}

/// Says so when it is told to go on, and ends with 6.
const GOES_ON: &str = "echo here; read word; echo $word; exit 6";

#[test]
fn a_daemon_that_did_not_inherit_the_child_goes_on_with_it_too() {
    let world = World::new();
    world.pp(["start", "--label", "it", "sh", "-c", GOES_ON]).ok();
    let daemon = world.daemons()[0].pid;
    kill(daemon, Signal::KILL);
    until("another daemon", || match world.list()[0]["status"].as_str() {
        Some("running") if !alive(daemon) => Ok(()),
        other => Err(format!("{other:?}")),
    });
    kill_shim(&world, "it");
    world.pp(["send", "it", "on"]).ok();
    ended_with(&world, 6);
    assert_eq!(log(&world.process("it")), "here\non\n");
}

/// The one process has ended so, or nobody knows, where that is the kernel's fault.
#[track_caller]
fn ended_with(world: &World, code: i32) {
    if kernel_tells_exits() {
        assert_eq!(world.until_status("it", "exited")["exit_code"], code);
    } else {
        world.until_status("it", "lost");
    }
}

#[test]
fn the_daemon_may_die_after_it() {
    let world = World::new();
    world.pp(["start", "--label", "it", "sh", "-c", GOES_ON]).ok();
    kill_shim(&world, "it");
    kill(world.daemons()[0].pid, Signal::KILL);
    world.pp(["send", "it", "on"]).ok();
    ended_with(&world, 6);
    assert_eq!(log(&world.process("it")), "here\non\n");
}

#[test]
fn when_both_die_the_child_is_still_seen_and_ended() {
    let world = World::new();
    let script = "setsid sleep 1000 & (sleep 1000 &) ; exec sleep 1000";
    world.pp(["start", "--label", "it", "sh", "-c", script]).ok();
    let before = world.process("it");
    until("three of them", || match world.children().len() {
        3 => Ok(()),
        other => Err(other.to_string()),
    });
    kill(world.daemons()[0].pid, Signal::KILL);
    kill(world.shim_pid(&before), Signal::KILL);
    let after = world.process("it");
    assert_eq!((&after["status"], pid(&after)), (&"running".into(), pid(&before)));
    let started = world.pp(["--format", "json", "start", "--label", "it", "sh", "-c", script]);
    assert_eq!(started.ok().json()["already_running"], true);
    let stopped = world.pp(["--format", "json", "stop", "it"]).ok().json();
    if kernel_tells_exits() {
        assert_eq!((&stopped["status"], &stopped["signal"]), (&"terminated".into(), &15.into()));
    }
    assert!(world.children().is_empty(), "{:#?}", world.children());
}

/// Nobody knows how it ended, and that is said; what it has left is gone before a new run begins.
#[test]
fn when_all_three_die_the_end_is_unknown() {
    let world = World::new();
    world.pp(["start", "--label", "it", "sh", "-c", "(sleep 1000 &) ; exec sleep 1000"]).ok();
    let before = world.process("it");
    until("two of them", || match world.children().len() {
        2 => Ok(()),
        other => Err(other.to_string()),
    });
    for victim in [world.daemons()[0].pid, world.shim_pid(&before), pid(&before)] {
        kill(victim, Signal::KILL);
    }
    let after = world.process("it");
    assert_eq!((&after["status"], &after["exit_code"]), (&"lost".into(), &Value::Null));
    let said = world.pp(["output", "it"]).err();
    assert_eq!(said, "Nobody saw how run 1 ended: its last output may be missing.\n");
    assert!(world.children().is_empty(), "{:#?}", world.children());
}

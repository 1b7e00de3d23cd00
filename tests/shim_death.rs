//! `kill -9` of a shim: its child lives, another shim goes on with the log, and how the child ends
//! is known all the same.

use std::fs;

use serde_json::Value;

use crate::support::daemon::pid;
use crate::support::procs::{Signal, alive, kill};
use crate::support::scripts::{COUNTS, TELLS_SIGNALS, counted};
use crate::support::{World, until};

/// Kills the shim of a process and returns when another one has gone on.
fn kill_shim(world: &World, label: &str) {
    let shim = world.shim(&world.process(label));
    kill(shim, Signal::KILL);
    until("another shim", || {
        let now = world.shim(&world.process(label));
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
        let later = counted(&log(&before)) + 20;
        follower.until_stdout(&format!("line {later}{end}"));
        let after = world.process(label);
        assert_eq!((&after["status"], pid(&after)), (&"running".into(), pid(&before)));
        assert_eq!(after["run"], 1);
        let stopped = world.pp(["--format", "json", "stop", label]).ok().json();
        assert_eq!((&stopped["status"], &stopped["signal"]), (&"terminated".into(), &15.into()));
        assert!(!alive(pid(&before)));
        let text = log(&before);
        assert!(counted(&text) >= later);
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
    world.pp(["start", "--label", "told", "sh", "-c", TELLS_SIGNALS]).ok();
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

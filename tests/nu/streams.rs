//! Output streams: rows arrive as they are printed, and reading stops when the pipeline needs no more.

use std::fs;
use std::time::Duration;

use serde_json::json;

use crate::support::procs::{Signal, kill};
use crate::support::wait::within;
use crate::support::{World, until};

#[test]
fn output_of_several_processes_is_merged_in_order_of_time() {
    let world = World::new();
    for label in ["a", "b"] {
        let script = format!("for i in 1 2 3; do echo {label} $i; sleep 0.05; done");
        world.pp(["start", "--label", label, "--wait-for", "exit", "sh", "-c", &script]).ok();
    }
    let times = world.nu_value("persistproc logs b a | get timestamp | each { into int }");
    assert!(times.as_array().unwrap().is_sorted_by_key(|time| time.as_i64().unwrap()), "{times}");
    let sorted = world.nu_value("persistproc logs b a | get message");
    assert_eq!(sorted, json!(["a 1", "a 2", "a 3", "b 1", "b 2", "b 3"]));
}

#[test]
fn several_processes_are_followed_until_all_have_ended() {
    let world = World::new();
    for label in ["a", "b"] {
        let script = format!("echo {label}; while read line; do echo {label} $line; done");
        world.pp(["start", "--label", label, "sh", "-c", &script]).ok();
        world.pp(["wait", "--pattern", label, label]).ok();
    }
    let follows =
        world.spawn_nu("persistproc logs a b --follow | get message | str join ' ' | print");
    for (label, text) in [("a", "one"), ("b", "two"), ("a", "three")] {
        world.pp(["send", label, text]).ok();
        world.pp(["wait", "--pattern", text, label]).ok();
    }
    world.pp(["send", "--eof", "a"]).ok();
    world.pp(["send", "--eof", "b"]).ok();
    assert_eq!(follows.end().ok().out().trim(), "a b a one b two a three");
}

#[test]
fn raw_streams_the_unmodified_bytes() {
    let world = World::new();
    let script = "printf '\\033[1mbold\\033[0m\\n'; while read line; do echo $line; done";
    world.pp(["start", "--label", "it", "sh", "-c", script]).ok();
    world.pp(["wait", "--pattern", "bold", "it"]).ok();
    let follows = world.spawn_nu("persistproc logs it --follow --raw");
    follows.until_stdout("\u{1b}[1mbold\u{1b}[0m\n");
    world.pp(["send", "it", "more"]).ok();
    follows.until_stdout("more\n");
    world.pp(["stop", "it"]).ok();
    follows.end().ok();
    assert_eq!(world.nu_value("persistproc logs it --raw | lines | last"), "more");
}

#[test]
fn a_follower_continues_with_the_next_daemon_without_loss() {
    let world = World::new();
    let script = "i=0; while [ $i -lt 40 ]; do i=$((i+1)); echo line $i; sleep 0.05; done";
    world.pp(["start", "--label", "it", "sh", "-c", script]).ok();
    let follows = [
        world.spawn_nu("persistproc logs it --follow | get message | str join ' '"),
        world.spawn_nu("persistproc logs it --follow --raw | lines | str join ' '"),
    ];
    for wanted in ["line 10", "line 25"] {
        world.pp(["wait", "--pattern", wanted, "it"]).ok();
        let daemon = world.daemons()[0].pid;
        kill(daemon, Signal::KILL);
    }
    let expected: Vec<_> = (1..=40).map(|i| format!("line {i}")).collect();
    for follower in follows {
        assert_eq!(follower.end().ok().out().trim(), expected.join(" "));
    }
}

#[test]
fn reading_stops_after_the_requested_rows() {
    let world = World::new();
    world.pp(["start", "--label", "endless", "sh", "-c", "yes"]).ok();
    let rows = world.nu_value("persistproc logs endless --follow | first 3 | get message");
    assert_eq!(rows, json!(["y", "y", "y"]));
    let rows =
        world.nu_value("persistproc logs endless --lines all | first 3 | get line? | length");
    assert_eq!(rows, 3);
    world.pp(["stop", "--force", "endless"]).ok();
}

/// 150,000 rows take a debug build ten seconds or more, and a busy machine several times as long.
const ROWS_TIMEOUT: Duration = Duration::from_secs(120);

/// The memory of a process in kilobytes.
fn memory(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

#[test]
fn memory_stays_bounded_while_a_slow_reader_takes_many_rows() {
    let world = World::new();
    world
        .pp([
            "start",
            "--label",
            "many",
            "--wait-for",
            "exit",
            "--wait-timeout",
            "60",
            "seq",
            "1",
            "200000",
        ])
        .ok();
    // The shell stops reading at one row for longer than the test measures.
    let script = "persistproc logs many --lines all | each {|row| if $row.message == '150000' { print here; sleep 60sec }; $row.message } | last";
    let reads = world.spawn_nu(script);
    let plugin = || {
        let all = world.processes();
        all.iter().find(|found| found.exe.ends_with("nu_plugin_persistproc")).map(|found| found.pid)
    };
    let pid = until("the plugin", || plugin().ok_or("none".into()));
    until("some memory", || if memory(pid) > 0 { Ok(()) } else { Err(String::new()) });
    within(ROWS_TIMEOUT, || if reads.out().contains("here") { Ok(()) } else { Err(reads.out()) })
        .expect("the shell reads 150,000 rows");
    let used = memory(pid);
    assert!(used < 64 << 10, "{used} kB");
    drop(reads);
}

#[test]
fn watch_continues_with_the_next_daemon() {
    let world = World::with_three_processes();
    let script =
        "persistproc ps --watch | each {|all| print $'there are ($all | length)' } | ignore";
    let watches = world.spawn_nu(script);
    watches.until_stdout("there are 3");
    kill(world.daemons()[0].pid, Signal::KILL);
    world.pp(["start", "--label", "more", "sleep", "1000"]).ok();
    watches.until_stdout("there are 4");
}

#[test]
fn a_shutdown_ends_watch() {
    let world = World::with_three_processes();
    let script =
        "persistproc ps --watch | each {|all| print ($all | length) } | ignore; print over";
    let watches = world.spawn_nu(script);
    watches.until_stdout("3");
    world.pp(["shutdown"]).ok();
    watches.until_stdout("over");
    assert!(world.daemons().is_empty());
}

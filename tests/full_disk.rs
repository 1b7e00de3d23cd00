//! A disk that is really full: the child runs on, the log says how much is missing, and what
//! comes when there is room again is all there.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::chaos::check::missing;
use crate::support::daemon::pid;
use crate::support::disk::{PAGE, SmallDisk, is_root};
use crate::support::procs::{Signal, alive, kill};
use crate::support::tools::number_from_env;
use crate::support::wait::pause;
use crate::support::{World, until};

/// Writes exactly as many bytes as it is told to, and leaves a file for each time it did.
const WRITES: &str = "while read much; do [ $much = quit ] && exit 3; \
                      head -c $much /dev/zero | tr '\\0' x; n=$((n + 1)); touch done-$n; done";

/// Has the child write so much, and returns when it has.
fn write(world: &World, much: u64, time: u32) {
    world.pp(["send", "it", &much.to_string()]).ok();
    until("the child to have written", || {
        let there = world.work().join(format!("done-{time}")).exists();
        if there { Ok(()) } else { Err("it is at it".into()) }
    });
}

/// How many bytes a process has ever read.
fn bytes_read(pid: u32) -> u64 {
    let io = fs::read_to_string(format!("/proc/{pid}/io")).unwrap();
    io.lines().find_map(|line| line.strip_prefix("rchar: ")).unwrap().parse().unwrap()
}

fn size(log: &Path) -> u64 {
    fs::metadata(log).unwrap().len()
}

#[test]
fn the_child_runs_on_and_the_gap_is_told() {
    if !is_root("full_disk::the_child_runs_on_and_the_gap_is_told") {
        return;
    }
    let world = World::new();
    let disk = SmallDisk::at(world.folder("data"), "2m");
    world.pp(["start", "--label", "it", "sh", "-c", WRITES]).ok();
    let log = PathBuf::from(world.process("it")["log_combined"].as_str().unwrap());
    let until_size = |wanted: u64| {
        until("the log to be written", || match size(&log) {
            size if size == wanted => Ok(()),
            size => Err(format!("{size} bytes")),
        });
    };

    write(&world, PAGE, 1);
    until_size(PAGE);
    disk.fill();
    let shim = world.shim_pid(&world.process("it"));
    let before = bytes_read(shim);
    write(&world, 500_000, 2);
    // What still is in the pipe then would find room.
    until("the shim to have read it", || match bytes_read(shim) - before {
        read if read >= 500_000 => Ok(()),
        read => Err(format!("{read} bytes")),
    });
    disk.free_space();
    let told = "[persistproc: 500000 bytes of output are missing here, the disk was full]";
    let marker = told.len() as u64 + 2;
    write(&world, 2 * PAGE - marker, 3);
    until_size(3 * PAGE);
    let page = world.pp(["output", "it"]).ok().out();
    let lines: Vec<_> = page.lines().map(|line| line.trim_matches('x')).collect();
    assert_eq!(lines, ["", told, ""]);
    for name in ["stdout.log", "combined.log"] {
        let bytes = fs::read(log.with_file_name(name)).unwrap();
        let stored = bytes.iter().filter(|byte| **byte == b'x').count() as u64;
        assert_eq!(stored, PAGE + 2 * PAGE - marker, "{name}");
    }
    assert_eq!(world.process("it")["status"], "running");

    // What is missing at the very end is told by everyone who knows the process.
    disk.fill();
    write(&world, 300_000, 4);
    world.pp(["send", "it", "quit"]).ok();
    world.until_status("it", "exited");
    let process = world.process("it");
    assert_eq!((&process["exit_code"], &process["lost_bytes"]), (&3.into(), &300_000.into()));
    let list = world.pp(["list", "--long"]).ok().out();
    assert!(list.contains("293 KiB lost to a full disk"), "{list}");
    let page = world.pp(["--format", "json", "output", "it"]).ok().json();
    let note = page["note"].as_str().unwrap();
    assert!(note.contains("300000 bytes at the end of run 1 found no room on the disk."), "{note}");

    // With room again the same process runs again.
    disk.free_space();
    world.pp(["restart", "it"]).ok();
    assert!(world.process("it").get("lost_bytes").is_none());
    world.persistproc(["shutdown"]).ok();
}

/// Full for two seconds; with `tests/run --thorough` for a minute.
#[test]
fn a_chatty_child_talks_on_while_the_disk_is_full() {
    if !is_root("full_disk::a_chatty_child_talks_on_while_the_disk_is_full") {
        return;
    }
    let world = World::new();
    let disk = SmallDisk::at(world.folder("data"), "24m");
    let script = world.write("child.py", include_str!("chaos/child.py"));
    let (script, copies) = (script.to_string_lossy(), world.work().join("copy"));
    let mut start = world.pp_command(["start", "--label", "talks"]);
    start.args(["python3", "-SE", &script, "forever", &copies.to_string_lossy(), "7"]);
    world.run(start).ok();
    let process = world.process("talks");
    let read = |log: &str| fs::read(process[log].as_str().unwrap()).unwrap();
    let copy = |stream: &str| fs::read(copies.with_extension(stream)).unwrap_or_default();
    let until_it_talks = |what: &str| {
        let before = copy("out").len();
        until(what, || match copy("out").len() {
            now if now > before + 10_000 => Ok(()),
            now => Err(format!("{now} bytes")),
        });
    };
    until_it_talks("the first words");
    disk.fill();
    pause(Duration::from_secs(number_from_env("PERSISTPROC_TEST_FULL_SECONDS", 2)));
    until_it_talks("words while the disk is full");
    disk.free_space();
    until_it_talks("words after it");
    assert_eq!(world.process("talks")["pid"], process["pid"]);
    world.pp(["stop", "talks"]).ok();
    for (log, stream) in [("log_stdout", "out"), ("log_stderr", "err")] {
        let (log, copy) = (read(log), copy(stream));
        assert_eq!(missing(&log, &copy), Ok(0), "{stream}");
        let gaps =
            String::from_utf8_lossy(&log).matches("bytes of output are missing here").count();
        assert!(gaps >= 1 && log.ends_with(&copy[copy.len() - 100..]), "{gaps} gaps in {stream}");
    }
}

/// A full disk takes no record, and no daemon is there to be told: whoever comes next is.
#[test]
fn an_exit_that_cannot_be_written_down_is_told_to_the_next_daemon() {
    if !is_root("full_disk::an_exit_that_cannot_be_written_down_is_told_to_the_next_daemon") {
        return;
    }
    let world = World::new();
    let disk = SmallDisk::at(world.folder("data"), "2m");
    world
        .pp([
            "start",
            "--label",
            "it",
            "sh",
            "-c",
            "while [ ! -e go ]; do sleep 0.05; done; exit 6",
        ])
        .ok();
    let child = pid(&world.process("it"));
    disk.fill();
    let daemon = world.daemons()[0].pid;
    kill(daemon, Signal::KILL);
    world.write("go", "");
    until("the end of both", || {
        if alive(child) || alive(daemon) { Err("alive".into()) } else { Ok(()) }
    });
    disk.free_space();
    let process = world.process("it");
    assert_eq!((&process["status"], &process["exit_code"]), (&"exited".into(), &6.into()));
    kill(world.daemons()[0].pid, Signal::KILL);
    assert_eq!(world.process("it")["exit_code"], 6, "it was not written down either");
}

//! A full disk: the child keeps running, views show how many bytes are missing and where, and output is
//! stored again as soon as space is free.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::chaos::check::{gaps_of, missing_at_end};
use crate::support::daemon::pid;
use crate::support::disk::{PAGE, SmallDisk, is_root};
use crate::support::procs::{Signal, alive, kill};
use crate::support::tools::number_from_env;
use crate::support::wait::pause;
use crate::support::{World, until};

/// Reads numbers, writes as many bytes, and creates `done-<n>` after the nth number. Exits with 3
/// at `quit`.
const WRITES_ON_REQUEST: &str = "while read bytes; do [ $bytes = quit ] && exit 3; \
     head -c $bytes /dev/zero | tr '\\0' x; n=$((n + 1)); touch done-$n; done";

/// Makes the child write this many bytes, and returns when it has. `request` counts the calls.
fn write(world: &World, bytes: u64, request: u32) {
    world.pp(["send", "it", &bytes.to_string()]).ok();
    until("the child to have written", || {
        let is_done = world.work().join(format!("done-{request}")).exists();
        if is_done { Ok(()) } else { Err("it is writing".into()) }
    });
}

/// How many bytes a process has read since its start.
fn bytes_read(pid: u32) -> u64 {
    let io = fs::read_to_string(format!("/proc/{pid}/io")).unwrap();
    io.lines().find_map(|line| line.strip_prefix("rchar: ")).unwrap().parse().unwrap()
}

fn file_size(log: &Path) -> u64 {
    fs::metadata(log).unwrap().len()
}

#[test]
fn the_child_keeps_running_and_views_show_what_is_missing() {
    if !is_root("full_disk::the_child_keeps_running_and_views_show_what_is_missing") {
        return;
    }
    let world = World::new();
    let disk = SmallDisk::at(world.folder("data"), "2m");
    world.pp(["start", "--label", "it", "sh", "-c", WRITES_ON_REQUEST]).ok();
    let log = PathBuf::from(world.process("it")["log_combined"].as_str().unwrap());
    let until_size = |wanted: u64| {
        until("the log to be written", || match file_size(&log) {
            size if size == wanted => Ok(()),
            size => Err(format!("{size} bytes")),
        });
    };

    write(&world, PAGE, 1);
    until_size(PAGE);
    disk.fill();
    let shim = world.shim_pid(&world.process("it"));
    let read_before = bytes_read(shim);
    write(&world, 500_000, 2);
    // Bytes that are still in the pipe when space is freed would be stored.
    until("the shim to have read them", || match bytes_read(shim) - read_before {
        read if read >= 500_000 => Ok(()),
        read => Err(format!("{read} bytes")),
    });
    disk.free_space();
    write(&world, 2 * PAGE, 3);
    until_size(3 * PAGE);
    let page = world.pp(["output", "it"]).ok().out();
    let note = "[persistproc: 500000 bytes of output are missing here, the disk was full]";
    let before = "x".repeat(PAGE as usize);
    assert_eq!(page, format!("{before}{note}{before}{before}\n"));
    let raw = world.pp(["output", "--raw", "it"]);
    assert_eq!(raw.out(), "x".repeat(3 * PAGE as usize));
    assert_eq!(raw.code, 1, "{}", raw.err());
    for name in ["stdout.log", "combined.log"] {
        let bytes = fs::read(log.with_file_name(name)).unwrap();
        assert!(bytes.iter().all(|byte| *byte == b'x'), "{name}");
        assert_eq!(bytes.len() as u64, 3 * PAGE, "{name}");
    }
    assert_eq!(world.process("it")["status"], "running");

    // Bytes that are missing at the end of the log. Every client reports them.
    disk.fill();
    write(&world, 300_000, 4);
    world.pp(["send", "it", "quit"]).ok();
    world.until_status("it", "exited");
    let process = world.process("it");
    assert_eq!((&process["exit_code"], &process["lost_bytes"]), (&3.into(), &800_000.into()));
    let list = world.pp(["list", "--long"]).ok().out();
    assert!(list.contains("781 KiB lost to a full disk"), "{list}");
    let page = world.pp(["--format", "json", "output", "it"]).ok().json();
    let note = page["note"].as_str().unwrap();
    assert!(note.contains("300000 bytes at the end of run 1 could not be written"), "{note}");
    let followed = world.pp(["output", "-n", "all", "--follow", "it"]).ok().err();
    let notes = "500000 bytes of output are missing here: they could not be written to the full disk.\n\
                 300000 bytes of output are missing here: they could not be written to the full disk.\n";
    assert_eq!(followed, notes);

    // When space is free, the process can be started again.
    disk.free_space();
    world.pp(["restart", "it"]).ok();
    assert!(world.process("it").get("lost_bytes").is_none());
    world.persistproc(["shutdown"]).ok();
}

/// Full for two seconds; with `tests/run --thorough` for a minute.
#[test]
fn a_child_keeps_writing_while_the_disk_is_full() {
    if !is_root("full_disk::a_child_keeps_writing_while_the_disk_is_full") {
        return;
    }
    let world = World::new();
    let disk = SmallDisk::at(world.folder("data"), "24m");
    let script = world.write("child.py", include_str!("chaos/child.py"));
    let script = script.to_string_lossy();
    let record = world.work().join("record");
    let mut start = world.pp_command(["start", "--label", "it"]);
    start.args(["python3", "-SE", &script, "forever", &record.to_string_lossy(), "7"]);
    world.run(start).ok();
    let process = world.process("it");
    let recorded = |stream: &str| fs::read(record.with_extension(stream)).unwrap_or_default();
    let until_it_writes = |what: &str| {
        let before = recorded("out").len();
        until(what, || match recorded("out").len() {
            now if now > before + 10_000 => Ok(()),
            now => Err(format!("{now} bytes")),
        });
    };
    until_it_writes("the first output");
    disk.fill();
    pause(Duration::from_secs(number_from_env("PERSISTPROC_TEST_FULL_SECONDS", 2)));
    until_it_writes("output while the disk is full");
    disk.free_space();
    until_it_writes("output after that");
    assert_eq!(world.process("it")["pid"], process["pid"]);
    world.pp(["stop", "it"]).ok();
    for (log, stream) in [("log_stdout", "out"), ("log_stderr", "err")] {
        let path = Path::new(process[log].as_str().unwrap());
        let log = fs::read(path).unwrap();
        let recorded = recorded(stream);
        let gaps = gaps_of(path);
        assert!(!gaps.is_empty(), "{stream} has no gap");
        assert_eq!(missing_at_end(&log, &gaps, &recorded), Ok(0), "{stream}");
        assert!(log.ends_with(&recorded[recorded.len() - 100..]), "{stream}");
    }
}

/// The shim can neither write the record to the full disk nor report the exit to a daemon.
#[test]
fn an_exit_that_could_not_be_recorded_is_reported_to_the_next_daemon() {
    if !is_root("full_disk::an_exit_that_could_not_be_recorded_is_reported_to_the_next_daemon") {
        return;
    }
    let world = World::new();
    let disk = SmallDisk::at(world.folder("data"), "2m");
    let script = "while [ ! -e go ]; do sleep 0.05; done; exit 6";
    world.pp(["start", "--label", "it", "sh", "-c", script]).ok();
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
    // The next daemon knows it only if it was recorded by now.
    kill(world.daemons()[0].pid, Signal::KILL);
    assert_eq!(world.process("it")["exit_code"], 6);
}

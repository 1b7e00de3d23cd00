//! The log limits with the real program: a process writes far more than is kept. Its output is read
//! meanwhile and afterwards, and every answer reports the dropped output.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use insta::assert_snapshot;
use persistproc_api::daemon::Limits;
use persistproc_api::frame::{STDERR, STDOUT};
use persistproc_api::routes::STREAM_TYPE;
use serde_json::{Value, json};

use crate::support::background::Background;
use crate::support::procs::Signal;
use crate::support::{Http, World, until};

/// `--log-limit`.
const LIMIT: u64 = 1 << 20;

/// Maximum size of a segment: twice its nominal size if it ends in a long line, plus one read, which
/// is stored in two files.
const MAX_SEGMENT: u64 = 3 * LIMIT / 16;

/// Number of lines written to each stream: together they are twenty times the limit.
const LINES: u64 = 1_500_000;

const DROPPED: &str = "dropped by the log limit";

/// Starts a daemon that keeps little.
fn serve(world: &World) -> Background {
    serve_with_total(world, "64MiB")
}

fn serve_with_total(world: &World, total: &str) -> Background {
    let mut command = world.command(env!("CARGO_BIN_EXE_persistproc"));
    command.args(["serve", "--log-limit", "1MiB", "--total-log-limit", total]);
    command.args(["--keep-runs", "3", "--keep-processes", "9"]);
    world.serve(command)
}

/// Bytes that the files in a folder take. A file with two names counts once. Files may disappear
/// meanwhile.
fn size_on_disk(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let metadata = files.filter_map(|file| file.metadata().ok());
    metadata.map(|file| file.len() / file.nlink().max(1)).sum()
}

/// Bytes that one stream of `seq 1 LINES` has.
fn bytes_of_all_lines() -> u64 {
    (1..=LINES).map(|number| number.to_string().len() as u64 + 1).sum()
}

/// Pages through a stream. Returns the lines that are left, and how many bytes the pages report as
/// dropped.
fn read_pages(rest: &Http, stream: &str) -> (Vec<String>, u64) {
    let mut lines = Vec::new();
    let mut dropped = 0;
    let mut cursor = "1-0-0".to_owned();
    loop {
        let query = format!("stream={stream}&lines=5000&after={cursor}");
        let page = rest.get(&format!("/v1/processes/it/output?{query}")).expect(200);
        let found: Vec<String> = serde_json::from_value(page["output"].clone()).unwrap();
        dropped += page["dropped_bytes"].as_u64().unwrap();
        if found.is_empty() {
            return (lines, dropped);
        }
        lines.extend(found);
        cursor = page["cursor"].as_str().unwrap().to_owned();
    }
}

/// The lines are consecutive numbers up to the last. The first line may be incomplete.
#[track_caller]
fn assert_consecutive(lines: &[String]) {
    let numbers: Vec<u64> = lines[1..].iter().map(|line| line.parse().unwrap()).collect();
    assert_eq!(*numbers.last().unwrap(), LINES);
    let is_consecutive = numbers.windows(2).all(|pair| pair[1] == pair[0] + 1);
    assert!(is_consecutive, "a line is missing or repeated");
}

#[test]
fn twenty_times_the_limit_is_kept_within_the_limit() {
    let world = World::new();
    let _daemon = serve(&world);
    let rest = world.unix();
    let script = format!("read go; seq 1 {LINES} | tee /dev/stderr");
    world.pp(["start", "--label", "it", "sh", "-c", &script]).ok();
    let folder = world.runs_folder(&world.process("it")).join("1");

    // A follower receives every byte, or an event that says how many were dropped.
    let path = "/v1/processes/it/follow?after=1-0-0";
    let mut reply = rest.open("GET", path, &[("accept", STREAM_TYPE)], b"").unwrap();
    world.pp(["send", "it", "go"]).ok();
    let mut received = 0;
    let mut dropped = 0;
    let mut max_size = 0;
    while let Some(frame) = reply.frame() {
        if matches!(frame.kind, STDOUT | STDERR) {
            received += frame.payload.len() as u64;
        } else {
            let event: Value = serde_json::from_slice(&frame.payload).unwrap();
            dropped += event["bytes"].as_u64().unwrap_or_default();
        }
        max_size = max_size.max(size_on_disk(&folder));
    }
    let written = 2 * bytes_of_all_lines();
    assert_eq!(received + dropped, written, "{received} received, {dropped} dropped");
    assert!(max_size <= LIMIT + MAX_SEGMENT, "{max_size} bytes on disk");
    assert!(written > 18 * LIMIT);
    // No more is dropped than necessary.
    let left = size_on_disk(&folder);
    assert!(left >= LIMIT - LIMIT / 16 - MAX_SEGMENT, "{left} bytes on disk");

    // The last lines, and all lines by cursor.
    world.until_status("it", "exited");
    let last = rest.get("/v1/processes/it/output?stream=stdout&lines=2").expect(200);
    assert_eq!(last["output"], json!([(LINES - 1).to_string(), LINES.to_string()]));
    assert_eq!(last["lines_before"], LINES - 2);
    for stream in ["stdout", "stderr"] {
        let (lines, dropped) = read_pages(&rest, stream);
        assert_consecutive(&lines);
        let left: u64 = lines.iter().map(|line| line.len() as u64 + 1).sum();
        assert_eq!(left + dropped, bytes_of_all_lines(), "{stream}");
    }

    // Every kind of answer reports it.
    let found = rest.get(&format!("/v1/search?grep=^{LINES}$")).expect(200);
    assert_eq!(found["matches"].as_array().unwrap().len(), 2, "{found:#}");
    assert!(found["note"].as_str().unwrap().contains(DROPPED), "{found:#}");
    let wait = json!({"for": "pattern", "pattern": "^1$"});
    let waited = rest.post("/v1/processes/it/wait", &wait).expect(200);
    assert_eq!(waited["reached"], false);
    assert!(waited["dropped_bytes"].as_u64().unwrap() > 17 * LIMIT, "{waited:#}");
    assert!(waited["note"].as_str().unwrap().contains(DROPPED), "{waited:#}");
    let all = world.pp(["output", "-n", "all", "it"]).ok();
    assert!(all.err().contains(DROPPED), "{}", all.err());
    let forgotten = rest.delete("/v1/processes/it").expect(200);
    assert_eq!(forgotten["runs"], 1);
    assert!(forgotten["log_bytes"].as_u64().unwrap() <= LIMIT, "{forgotten:#}");
}

/// Bytes that the logs of all processes take.
fn total_size_on_disk(world: &World) -> u64 {
    let processes = fs::read_dir(world.folder("data/processes")).unwrap().flatten();
    processes.map(|process| size_on_disk(&process.path().join("runs/1"))).sum()
}

#[test]
fn all_logs_together_stay_within_the_total_limit() {
    const TOTAL: u64 = 4 << 20;
    let world = World::new();
    let daemon = serve_with_total(&world, "4MiB");
    let start = |label: &str, script: &str| {
        world.pp(["start", "--label", label, "sh", "-c", script]).ok();
    };
    // This process wrote before all others, and is still running.
    start("old", "seq 1 60000; sleep 1000");
    world.pp(["wait", "old", "--for", "pattern", "--pattern", "^60000$"]).ok();

    // Each process writes twice its log limit, and the same amount again when `go` exists. The pace
    // leaves a busy machine some hundred milliseconds to drop segments.
    let write_part = |part: &str| {
        let block = "seq 1 10000; sleep 0.05";
        format!("for i in $(seq 40); do {block}; done; echo done with {part}; touch $me-{part}")
    };
    let until_go = "until test -e go; do sleep 0.1; done";
    let script = format!("{}; {until_go}; {}; sleep 1000", write_part("1"), write_part("2"));
    let labels = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    for label in labels {
        start(label, &format!("me={label}; {script}"));
    }
    let check_done = |part: &str| {
        let is_done = |label: &&str| world.work().join(format!("{label}-{part}")).exists();
        let count = labels.iter().filter(|label| is_done(label)).count();
        if count == labels.len() { Ok(()) } else { Err(format!("{count} are done")) }
    };
    let mut max_size = 0;
    until("the first part", || {
        max_size = max_size.max(total_size_on_disk(&world));
        check_done("1")
    });
    // Until the daemon has dropped a segment for one that became full, the others keep writing.
    assert!(max_size <= TOTAL + (4 << 20), "{max_size} bytes on disk");
    let check_size = || match total_size_on_disk(&world) {
        size if size <= TOTAL => Ok(()),
        size => Err(format!("{size} bytes on disk")),
    };
    until("the total limit", check_size);
    let old = world.unix().get("/v1/processes/old/output?after=1-0-0").expect(200);
    assert!(old["dropped_bytes"].as_u64().unwrap() > 0, "{old:#}");

    // Without a daemon the limit is exceeded. The next daemon enforces it.
    daemon.signal(Signal::KILL);
    daemon.end();
    world.write("go", "");
    until("the second part", || check_done("2"));
    let size = total_size_on_disk(&world);
    assert!(size > TOTAL, "{size} bytes on disk");
    let _daemon = serve_with_total(&world, "4MiB");
    until("the total limit", check_size);
    for label in labels {
        let page = world.unix().get(&format!("/v1/processes/{label}/output?lines=2")).expect(200);
        assert_eq!(page["output"], json!(["10000", "done with 2"]), "{label}");
    }
}

#[test]
fn a_page_that_starts_with_the_log_says_how_much_was_dropped() {
    let world = World::new();
    let _daemon = serve(&world);
    world.pp(["run", "--label", "it", "seq", "1", "400000"]);
    let page = |lines| world.pp(["--format", "json", "output", "-n", lines, "it"]).ok().json();
    // Segments are still being deleted for a moment after the end.
    let (last, all) = until("the same lines to be dropped in two pages", || {
        let (last, all) = (page("2"), page("399999"));
        if last["dropped_lines"] == all["lines_before"] {
            Ok((last, all))
        } else {
            Err(all["lines_before"].to_string())
        }
    });
    assert_eq!((&last["truncated"], &last["note"]), (&json!(false), &json!("")));
    let dropped = last["dropped_lines"].as_u64().unwrap();
    assert!(dropped > 100_000, "{last:#}");
    assert_eq!(all["truncated"], true);
    let note = all["note"].as_str().unwrap();
    assert!(note.contains(&format!("({dropped} lines)")), "{note}");
    // With a time after everything that was dropped, nothing is missing.
    let newest = world.pp(["--format", "json", "output", "-n", "1", "--timestamps", "it"]).json();
    let time = newest["output"][0].as_str().unwrap().split(' ').next().unwrap().to_owned();
    let since = world.pp(["--format", "json", "output", "-n", "all", "--since-time", &time, "it"]);
    assert_eq!(since.ok().json()["output"].as_array().unwrap().last().unwrap(), "400000");
}

#[test]
fn the_daemon_reports_its_limits() {
    let world = World::new();
    let _daemon = serve(&world);
    let daemon = world.unix().get("/v1/daemon").expect(200);
    assert_eq!(
        daemon["limits"],
        json!({
            "log_limit": 1 << 20,
            "total_log_limit": 64 << 20,
            "keep_runs": 3,
            "keep_processes": 9,
        })
    );
    let doctor = world.pp(["doctor"]).out();
    assert!(doctor.contains("1.0 MiB of output per process"), "{doctor}");
}

/// The limits of the daemon that serves now, and where its flags come from.
fn limits_and_origins(world: &World) -> (Value, Value) {
    let daemon = world.rest().get("/v1/daemon").expect(200);
    (daemon["limits"].clone(), daemon["flags"].clone())
}

#[test]
fn limits_outlive_the_daemon_that_was_given_them() {
    let world = World::new();
    let daemon = serve(&world);
    let (given, origins) = limits_and_origins(&world);
    assert_eq!(origins["remembered"], json!([]));
    let flags = ["--log-limit", "--total-log-limit", "--keep-runs", "--keep-processes"];
    assert_eq!(origins["given"], json!(flags));
    assert_eq!(origins["variables"], json!(["--port"]));
    world.kill_daemon();
    daemon.end();
    // Any command starts the next daemon.
    world.pp(["start", "sleep", "1000"]).ok();
    let (kept, origins) = limits_and_origins(&world);
    assert_eq!(kept, given);
    assert_eq!(origins["remembered"], json!(flags));
    let doctor = world.pp(["doctor"]).out();
    let remembered = format!("Remembered from an earlier `serve`: {};", flags.join(", "));
    assert!(doctor.contains(&remembered), "{doctor}");

    // A flag changes its limit alone, and the next daemon has both.
    let mut command = world.command(env!("CARGO_BIN_EXE_persistproc"));
    command.args(["serve", "--replace", "--keep-runs", "7"]);
    let daemon = world.spawn(command);
    daemon
        .until_stdout("As an earlier `serve` was given: --log-limit, --total-log-limit, --keep-p");
    world.kill_daemon();
    daemon.end();
    let (kept, _) = limits_and_origins(&world);
    assert_eq!((&kept["keep_runs"], &kept["keep_processes"]), (&json!(7), &json!(9)));

    let mut command = world.command(env!("CARGO_BIN_EXE_persistproc"));
    command.args(["serve", "--replace", "--defaults"]);
    let daemon = world.spawn(command);
    daemon.until_stdout("persistproc serves");
    world.kill_daemon();
    daemon.end();
    let (kept, _) = limits_and_origins(&world);
    assert_eq!(kept, serde_json::to_value(Limits::default()).unwrap());
    assert_eq!(world.process("sleep 1000")["status"], "running");
}

#[test]
fn a_daemon_without_its_flags_drops_nothing_and_says_so() {
    let world = World::new();
    let daemon = serve(&world);
    world.kill_daemon();
    daemon.end();
    fs::write(world.folder("data").join("serve.json"), "{").unwrap();
    let (kept, origins) = limits_and_origins(&world);
    assert_eq!(kept["keep_processes"], u32::MAX);
    assert!(origins["error"].as_str().unwrap().contains("serve.json"), "{origins}");
    let doctor = world.pp(["doctor"]);
    assert!(doctor.out().contains("No run and no process is dropped."), "{doctor}");
}

#[test]
fn every_answer_names_the_runs_that_were_dropped() {
    const NOTE: &str = "The logs of runs 1 to 2 were deleted.";
    let world = World::new();
    let _daemon = serve(&world);
    for _ in 0..5 {
        world.pp(["run", "--label", "it", "echo", "hi"]).ok();
    }
    let rest = world.unix();
    let page = until("the oldest run to be dropped", || {
        let page = rest.get("/v1/processes/it/output?after=1-0-0").expect(200);
        if page["note"].as_str().unwrap().contains(NOTE) { Ok(page) } else { Err(page.to_string()) }
    });
    assert_eq!(page["truncated"], true);

    // Followers that start in a dropped run, as frames, as events and in a terminal.
    let path = "/v1/processes/it/follow?after=1-0-0";
    let mut frames = rest.open("GET", path, &[("accept", STREAM_TYPE)], b"").unwrap();
    let first: Value = serde_json::from_slice(&frames.frame().unwrap().payload).unwrap();
    assert_eq!(first, json!({"event": "runs_dropped", "first": 1, "last": 2}));
    assert_eq!(frames.until_event("run")["cursor"], "3-0-0");
    assert_eq!(frames.until_bytes(STDOUT, "hi\n"), "hi\n");
    let events = rest.send("GET", path, &[("accept", "text/event-stream")], b"");
    let events = String::from_utf8(events.body).unwrap();
    let first = r#"event: process
data: {"event":"runs_dropped","first":1,"last":2}"#;
    let lines = events.matches(r#""line":"hi""#).count();
    assert!(events.starts_with(first) && lines == 3, "{events}");
    assert_snapshot!(world.pp(["output", "-f", "--after", "1-0-0", "it"]), @"
    hi
    hi
    hi
    --- stderr
    The logs of runs 1 to 2 were deleted.
    It exited with code 0; you started a new run.
    It exited with code 0; you started a new run.
    --- exit 0
    ");
    let wait = json!({"for": "pattern", "pattern": "ho", "after": "1-0-0"});
    let waited = rest.post("/v1/processes/it/wait", &wait).expect(200);
    assert_eq!(waited["note"], format!("{NOTE} Restarted since the cursor: run 5."));
}

#[test]
fn a_limit_that_is_too_small_is_refused() {
    let world = World::new();
    assert_snapshot!(world.persistproc(["serve", "--log-limit", "10k"]), @"
    --- stderr
    Error: Invalid value '10k' for '--log-limit <SIZE>': the minimum is 1MiB; give more, such as 256MiB.
    Run `persistproc serve --help` to see all options.
    --- exit 2
    ");
}

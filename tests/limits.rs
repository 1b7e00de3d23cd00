//! The limits of logs on the real program: a process that writes far more than is kept, seen
//! while it writes and afterwards, and what every answer says of what is gone.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use persistproc_api::frame::{STDERR, STDOUT};
use persistproc_api::routes::STREAM_TYPE;
use serde_json::{Value, json};

use crate::support::background::Background;
use crate::support::procs::Signal;
use crate::support::{Http, World, until};

const LIMIT: u64 = 1 << 20;

/// A segment of this limit, in the middle of a line up to twice, and one piece of a read in two files.
const SEGMENT: u64 = 3 * LIMIT / 16;

/// How many lines each stream gets: twenty times the limit in all.
const LINES: u64 = 1_500_000;

/// A daemon that keeps little.
fn serving(world: &World) -> Background {
    serving_with(world, "64MiB")
}

fn serving_with(world: &World, total: &str) -> Background {
    let mut command = world.command(env!("CARGO_BIN_EXE_persistproc"));
    command.args(["serve", "--log-limit", "1MiB", "--total-log-limit", total]);
    command.args(["--keep-runs", "3", "--keep-processes", "9"]);
    world.serve(command)
}

/// What files take, each once however many names it has. Files may go while we look.
fn on_disk(folder: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).map(|it| it.len() / it.nlink().max(1)).sum()
}

fn size_of_numbers() -> u64 {
    (1..=LINES).map(|number| number.to_string().len() as u64 + 1).sum()
}

/// Every line that is left of a stream, page by page, and how much the pages say is gone.
fn pages(rest: &Http, stream: &str) -> (Vec<String>, u64) {
    let (mut lines, mut dropped, mut cursor) = (Vec::new(), 0, "1-0-0".to_owned());
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

/// The rest of the numbers up to the last: the first may be cut, as may be the one that a gap
/// follows.
#[track_caller]
fn ends_in_numbers(lines: &[String]) {
    let numbers: Vec<u64> = lines[1..].iter().map(|line| line.parse().unwrap()).collect();
    assert_eq!(*numbers.last().unwrap(), LINES);
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "a line is missing or twice");
}

#[test]
fn twenty_times_the_limit() {
    let world = World::new();
    let _daemon = serving(&world);
    let rest = world.unix();
    let script = format!("read go; seq 1 {LINES} | tee /dev/stderr");
    world.pp(["start", "--label", "it", "sh", "-c", &script]).ok();
    let folder = world.runs_folder(&world.process("it")).join("1");

    // Looked at with everything that comes, and what comes is all there is or said to be gone.
    let path = "/v1/processes/it/follow?after=1-0-0";
    let mut live = rest.open("GET", path, &[("accept", STREAM_TYPE)], b"").unwrap();
    world.pp(["send", "it", "go"]).ok();
    let (mut seen, mut gone, mut most) = (0, 0, 0);
    while let Some(frame) = live.frame() {
        match frame.kind {
            STDOUT | STDERR => seen += frame.payload.len() as u64,
            _ => {
                let event: Value = serde_json::from_slice(&frame.payload).unwrap();
                gone += event["bytes"].as_u64().unwrap_or_default();
            }
        }
        most = most.max(on_disk(&folder));
    }
    let written = 2 * size_of_numbers();
    assert_eq!(seen + gone, written, "{seen} bytes came and {gone} are said to be gone");
    assert!(most <= LIMIT + SEGMENT, "{most} bytes on disk");
    assert!(written > 18 * LIMIT);
    // It lets go of no more than it must.
    let left = on_disk(&folder);
    assert!(left >= LIMIT - LIMIT / 16 - SEGMENT, "{left} bytes on disk");

    // The last lines, and all lines by cursor.
    world.until_status("it", "exited");
    let last = rest.get("/v1/processes/it/output?stream=stdout&lines=2").expect(200);
    assert_eq!(last["output"], json!([(LINES - 1).to_string(), LINES.to_string()]));
    assert_eq!(last["lines_before"], LINES - 2);
    for stream in ["stdout", "stderr"] {
        let (lines, dropped) = pages(&rest, stream);
        ends_in_numbers(&lines);
        let left: u64 = lines.iter().map(|line| line.len() as u64 + 1).sum();
        assert_eq!(left + dropped, size_of_numbers(), "{stream}");
    }

    // Every door tells of it.
    let dropped = "dropped by the log limit";
    let found = rest.get(&format!("/v1/search?grep=^{LINES}$")).expect(200);
    assert_eq!(found["matches"].as_array().unwrap().len(), 2, "{found:#}");
    assert!(found["note"].as_str().unwrap().contains(dropped), "{found:#}");
    let wait = json!({"for": "pattern", "pattern": "^1$"});
    let waited = rest.post("/v1/processes/it/wait", &wait).expect(200);
    assert_eq!(waited["reached"], false);
    assert!(waited["dropped_bytes"].as_u64().unwrap() > 17 * LIMIT, "{waited:#}");
    assert!(waited["note"].as_str().unwrap().contains(dropped), "{waited:#}");
    let all = world.pp(["output", "-n", "all", "it"]).ok();
    assert!(all.err().contains(dropped), "{}", all.err());
    let forgotten = rest.delete("/v1/processes/it").expect(200);
    assert_eq!(forgotten["runs"], 1);
    assert!(forgotten["log_bytes"].as_u64().unwrap() <= LIMIT, "{forgotten:#}");
}

/// What the logs of all processes take together.
fn all_on_disk(world: &World) -> u64 {
    let processes = fs::read_dir(world.folder("data/processes")).unwrap().flatten();
    processes.map(|process| on_disk(&process.path().join("runs/1"))).sum()
}

#[test]
fn all_together_stay_under_their_limit_while_they_write() {
    const TOTAL: u64 = 4 << 20;
    let world = World::new();
    let daemon = serving_with(&world, "4MiB");
    let start = |label: &str, script: &str| {
        world.pp(["start", "--label", label, "sh", "-c", script]).ok();
    };
    // It wrote the longest ago, and lives on.
    start("old", "seq 1 60000; sleep 1000");
    world.pp(["wait", "old", "--for", "pattern", "--pattern", "^60000$"]).ok();

    // Each writes twice as much as is kept of it, and so once more when it is told to: at a pace
    // that leaves a busy machine some hundred milliseconds to make room.
    let talk = |done: &str| {
        let block = "seq 1 10000; sleep 0.05";
        format!("for i in $(seq 40); do {block}; done; echo done with {done}; touch $me-{done}")
    };
    let script =
        format!("{}; until test -e go; do sleep 0.1; done; {}; sleep 1000", talk("1"), talk("2"));
    let labels = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    labels.iter().for_each(|label| start(label, &format!("me={label}; {script}")));
    let done = |part: &str| {
        let written = |label: &&str| world.work().join(format!("{label}-{part}")).exists();
        let count = labels.iter().filter(|label| written(label)).count();
        if count == labels.len() { Ok(()) } else { Err(format!("{count} are done")) }
    };
    let mut most = 0;
    until("the first part", || {
        most = most.max(all_on_disk(&world));
        done("1")
    });
    // Between a segment that is full and the drop of another, the others write on.
    assert!(most <= TOTAL + (4 << 20), "{most} bytes on disk");
    let room = || match all_on_disk(&world) {
        much if much <= TOTAL => Ok(()),
        much => Err(format!("{much} bytes on disk")),
    };
    until("room", room);
    let old = world.unix().get("/v1/processes/old/output?after=1-0-0").expect(200);
    assert!(old["dropped_bytes"].as_u64().unwrap() > 0, "{old:#}");

    // What is written while there is no daemon makes room when there is one again.
    daemon.signal(Signal::KILL);
    daemon.end();
    world.write("go", "");
    until("the second part", || done("2"));
    assert!(all_on_disk(&world) > TOTAL, "{} bytes on disk", all_on_disk(&world));
    let _daemon = serving_with(&world, "4MiB");
    until("room", room);
    for label in labels {
        let page = world.unix().get(&format!("/v1/processes/{label}/output?lines=2")).expect(200);
        assert_eq!(page["output"], json!(["10000", "done with 2"]), "{label}");
    }
}

#[test]
fn a_page_that_begins_where_the_log_does() {
    let world = World::new();
    let _daemon = serving(&world);
    world.pp(["run", "--label", "it", "seq", "1", "400000"]);
    let last = world.pp(["--format", "json", "output", "-n", "2", "it"]).ok().json();
    assert_eq!((&last["truncated"], &last["note"]), (&json!(false), &json!("")));
    let gone = last["dropped_lines"].as_u64().unwrap();
    assert!(gone > 100_000, "{last:#}");
    let all = world.pp(["--format", "json", "output", "-n", "399999", "it"]).ok().json();
    assert_eq!(all["lines_before"], gone);
    assert_eq!(all["truncated"], true);
    let note = all["note"].as_str().unwrap();
    assert!(note.contains(&format!("({gone} lines)")), "{note}");
    // A time after all that is gone asks for nothing that is gone.
    let since = world.pp(["--format", "json", "output", "-n", "1", "--timestamps", "it"]).json();
    let time = since["output"][0].as_str().unwrap().split(' ').next().unwrap().to_owned();
    let later = world.pp(["--format", "json", "output", "-n", "all", "--since-time", &time, "it"]);
    assert_eq!(later.ok().json()["output"].as_array().unwrap().last().unwrap(), "400000");
}

#[test]
fn the_limits_are_told() {
    let world = World::new();
    let _daemon = serving(&world);
    let about = world.unix().get("/v1/daemon").expect(200);
    assert_eq!(
        about["limits"],
        json!({
            "log_limit": 1 << 20,
            "total_log_limit": 64 << 20,
            "keep_runs": 3,
            "keep_processes": 9,
        })
    );
    let doctor = world.pp(["doctor"]).out();
    assert!(doctor.contains("It keeps 1.0 MiB of output of each process"), "{doctor}");
}

#[test]
fn runs_beyond_the_limit_are_told_of() {
    let world = World::new();
    let _daemon = serving(&world);
    for _ in 0..5 {
        world.pp(["run", "--label", "it", "echo", "hi"]).ok();
    }
    let rest = world.unix();
    let page = until("the oldest run to go", || {
        let page = rest.get("/v1/processes/it/output?after=1-0-0").expect(200);
        let told = page["note"].as_str().unwrap().contains("Runs 1 to 2 are not kept any more.");
        if told { Ok(page) } else { Err(page.to_string()) }
    });
    assert_eq!(page["truncated"], true);

    // Whoever begins there and goes on.
    let path = "/v1/processes/it/follow?after=1-0-0";
    let mut frames = rest.open("GET", path, &[("accept", STREAM_TYPE)], b"").unwrap();
    let first: Value = serde_json::from_slice(&frames.frame().unwrap().payload).unwrap();
    assert_eq!(first, json!({"event": "runs_dropped", "first": 1, "last": 2}));
    assert_eq!(frames.until_event("run")["cursor"], "3-0-0");
    assert_eq!(frames.until_bytes(STDOUT, "hi\n"), "hi\n");
    let lines = rest.send("GET", path, &[("accept", "text/event-stream")], b"");
    let lines = String::from_utf8(lines.body).unwrap();
    let first = r#"event: process
data: {"event":"runs_dropped","first":1,"last":2}"#;
    assert!(lines.starts_with(first) && lines.matches(r#""line":"hi""#).count() == 3, "{lines}");
    assert_snapshot!(world.pp(["output", "-f", "--after", "1-0-0", "it"]), @"
    hi
    hi
    hi
    --- stderr
    Runs 1 to 2 are not kept any more.
    It ended (exit code 0); a new run begins.
    It ended (exit code 0); a new run begins.
    --- exit 0
    ");
    let wait = json!({"for": "pattern", "pattern": "ho", "after": "1-0-0"});
    let waited = rest.post("/v1/processes/it/wait", &wait).expect(200);
    assert_eq!(waited["note"], "Runs 1 to 2 are not kept any more.");
}

#[test]
fn too_little_to_keep_anything_is_refused() {
    let world = World::new();
    assert_snapshot!(world.persistproc(["serve", "--log-limit", "10k"]), @"
    --- stderr
    Error: Invalid value '10k' for '--log-limit <SIZE>': that is too little to keep any output: give 1MiB or more, such as 256MiB.
    For more information, try '--help'.
    --- exit 2
    ");
}

//! `…/follow`: live output, as frames for terminals and as server-sent events for browsers.

use persistproc_api::frame::{STDERR, STDOUT};
use persistproc_api::routes::STREAM_TYPE;
use serde_json::json;

use super::start;
use crate::support::streaming::StreamingReply;
use crate::support::{Http, World};

/// Prints on both streams, echoes a word from standard input and exits with code 4.
const ECHO_ONE_WORD: &str = "echo hi; echo ho >&2; read word; echo $word; exit 4";

fn follow(rest: &Http, accept: &str, query: &str) -> StreamingReply {
    let path = format!("/v1/processes/it/follow?{query}");
    let live = rest.open("GET", &path, &[("accept", accept)], b"").unwrap();
    assert_eq!(live.status, 200);
    live
}

#[test]
fn frames_carry_output_and_the_end_of_the_run() {
    let world = World::new();
    let rest = world.rest();
    start(&world, &rest, "it", &["sh", "-c", ECHO_ONE_WORD]);
    let mut live = follow(&rest, STREAM_TYPE, "");
    let first = live.until_event("run");
    assert_eq!(first["process"]["label"], "it");
    assert_eq!(first["cursor"], "1-0-0");
    live.until_bytes(STDERR, "ho\n");
    rest.post("/v1/processes/it/stdin", &json!({"text": "word\n"})).expect(200);
    assert_eq!(live.until_bytes(STDOUT, "word\n").trim_start_matches("hi\n"), "word\n");
    let end = live.until_event("ended");
    assert_eq!(end["exit_code"], 4);
    assert_eq!(end["restarting"], false);
    assert_eq!(end["run"], 1);
    assert!(live.frame().is_none());
}

#[test]
fn a_new_run_is_followed() {
    let world = World::new();
    let rest = world.rest();
    start(&world, &rest, "it", &["sh", "-c", ECHO_ONE_WORD]);
    let mut live = follow(&rest, STREAM_TYPE, "stream=stdout");
    live.until_bytes(STDOUT, "hi\n");
    rest.post("/v1/processes/it/restart", &json!({})).expect(200);
    assert_eq!(live.until_event("ended")["restarting"], true);
    assert_eq!(live.until_event("run")["process"]["run"], 2);
    assert_eq!(live.until_bytes(STDOUT, "hi\n"), "hi\n");
}

#[test]
fn after_and_skip_resume_at_an_exact_byte() {
    let world = World::new();
    let rest = world.rest();
    start(&world, &rest, "it", &["printf", "abcdefgh"]);
    world.until_status("it", "exited");
    let mut live = follow(&rest, STREAM_TYPE, "after=1-0-0&skip=3");
    assert_eq!(live.until_bytes(STDOUT, "h"), "defgh");
    let mut live = follow(&rest, STREAM_TYPE, "after=1-5-0");
    assert_eq!(live.until_bytes(STDOUT, "h"), "fgh");
}

#[test]
fn without_wait_the_stream_ends_at_the_current_end_of_the_output() {
    let world = World::new();
    let rest = world.rest();
    start(&world, &rest, "it", &["sh", "-c", ECHO_ONE_WORD]);
    follow(&rest, STREAM_TYPE, "").until_bytes(STDOUT, "hi\n");
    let mut live = follow(&rest, STREAM_TYPE, "wait=false&stream=stdout");
    assert_eq!(live.until_bytes(STDOUT, "hi\n"), "hi\n");
    while let Some(frame) = live.frame() {
        assert_ne!(frame.kind, STDOUT);
    }
}

#[test]
fn server_sent_events_carry_lines() {
    let world = World::new();
    let rest = world.rest();
    start(&world, &rest, "it", &["sh", "-c", ECHO_ONE_WORD]);
    let mut live = follow(&rest, "text/event-stream", "stream=stdout");
    let kind = live.headers.iter().find(|(name, _)| name == "content-type").unwrap().1.clone();
    assert!(kind.starts_with("text/event-stream"), "{kind}");
    let mut seen = until_sse(&mut live, "hi");
    rest.post("/v1/processes/it/stdin", &json!({"text": "word\n"})).expect(200);
    seen.extend(until_sse(&mut live, "word"));
    seen.extend(until_sse(&mut live, "\"exit_code\":4"));
    assert!(live.sse().is_none(), "the stream continues after the end of the process");
    // Every event has a name.
    assert!(seen.iter().all(|event| event.iter().any(|(name, _)| name == "event")), "{seen:#?}");
}

#[test]
fn the_time_of_a_line_is_that_of_its_line_end() {
    let world = World::new();
    let rest = world.rest();
    let script = "printf a; sleep 0.3; echo b; sleep 0.3; echo c; read word";
    start(&world, &rest, "it", &["sh", "-c", script]);
    let times = |live: &mut StreamingReply| {
        let events = until_sse(live, "\"c\"");
        let data = events.iter().flatten().filter(|(name, _)| name == "data");
        let lines = data.map(|(_, json)| serde_json::from_str::<serde_json::Value>(json).unwrap());
        let lines = lines.filter(|data| !data["line"].is_null());
        lines.map(|data| (data["line"].to_string(), data["time"].to_string())).collect::<Vec<_>>()
    };
    let live = times(&mut follow(&rest, "text/event-stream", ""));
    // A later follower reads all lines at once and gets the same times.
    let later = times(&mut follow(&rest, "text/event-stream", ""));
    assert_eq!(live, later);
    assert_eq!(live[0].0, "\"ab\"");
    assert_eq!(live[1].0, "\"c\"");
    assert!(live[0].1 < live[1].1, "{live:?}");
}

type Event = Vec<(String, String)>;

/// Reads events until the data of one contains `part`.
#[track_caller]
fn until_sse(live: &mut StreamingReply, part: &str) -> Vec<Event> {
    let mut seen = Vec::new();
    loop {
        let Some(event) = live.sse() else { panic!("the stream ended without {part}: {seen:#?}") };
        let hit = event.iter().any(|(name, value)| name == "data" && value.contains(part));
        seen.push(event);
        if hit {
            return seen;
        }
    }
}

#[test]
fn a_stalled_follower_does_not_block_the_process() {
    let world = World::new();
    let rest = world.rest();
    start(&world, &rest, "it", &["sh", "-c", "read word; head -c 30000000 /dev/zero"]);
    let _stalled = follow(&rest, STREAM_TYPE, "");
    rest.post("/v1/processes/it/stdin", &json!({"text": "go\n"})).expect(200);
    let ended = world.until_status("it", "exited");
    assert_eq!(ended["exit_code"], 0);
    let mut all = follow(&rest, STREAM_TYPE, "after=1-0-0");
    let mut length = 0;
    while let Some(frame) = all.frame() {
        length += if frame.kind == STDOUT { frame.payload.len() } else { 0 };
    }
    assert_eq!(length, 30_000_000);
}

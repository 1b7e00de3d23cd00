//! A wall clock that is moved while processes run: reported times follow it, timeouts and the
//! order of lines don't.

use std::time::{Duration, Instant};

use persistproc_api::Time;
use serde_json::Value;

use crate::support::World;
use crate::support::clock;

const HOUR: i64 = 3600;

/// Seconds since 1970.
fn seconds(time: &Value) -> i64 {
    time.as_str().unwrap().parse::<Time>().unwrap().micros() / 1_000_000
}

/// Sends a line to `it`, a `cat`, and waits until it has printed it.
fn print(world: &World, line: &str) {
    world.pp(["send", "it", line]).ok();
    world.pp(["wait", "--pattern", line, "it"]).ok();
}

#[test]
fn a_clock_moved_back_and_ahead_changes_no_order_and_no_timeout() {
    if !clock::is_movable("clock::a_clock_moved_back_and_ahead_changes_no_order_and_no_timeout") {
        return;
    }
    let world = World::new();
    world.pp(["start", "--label", "it", "cat"]).ok();
    print(&world, "one");

    clock::move_to(-HOUR);
    world.pp(["start", "--label", "earlier", "sleep", "1000"]).ok();
    let it = world.process("it");
    let earlier = world.process("earlier");
    let apart = seconds(&it["start_time"]) - seconds(&earlier["start_time"]);
    assert!((HOUR - 60..=HOUR).contains(&apart), "{apart} s");
    let list = world.pp(["list"]).ok().out();
    let row = list.lines().find(|line| line.starts_with("it ")).unwrap();
    assert!(row.contains(" 0 s "), "a negative uptime is shown as 0: {row}");
    // In an index no time is earlier than the one before, so the second line has the time of the
    // first, and both are found by it.
    print(&world, "two");
    assert_eq!(world.pp(["output", "it"]).ok().out(), "one\ntwo\n");
    assert_eq!(world.pp(["output", "--since-time", "10m", "it"]).ok().out(), "one\ntwo\n");

    clock::move_to(2 * HOUR);
    let start = Instant::now();
    assert_eq!(world.pp(["wait", "--for", "exit", "--timeout", "0.5", "it"]).code, 1);
    assert!((0.5..30.0).contains(&start.elapsed().as_secs_f64()));
    print(&world, "three");
    assert_eq!(world.pp(["output", "--since-time", "10m", "it"]).ok().out(), "three\n");
    assert_eq!(world.pp(["output", "--before-time", "10m", "it"]).ok().out(), "one\ntwo\n");
    let start = Instant::now();
    world.pp(["stop", "it"]).ok();
    assert!(start.elapsed() < Duration::from_secs(30));
    let ended = world.process("it");
    assert!(seconds(&ended["end_time"]) - seconds(&ended["start_time"]) >= 2 * HOUR);
}

//! A clock that somebody moves while things run: times are what it says, and nothing else follows it.

use std::time::{Duration, Instant};

use persistproc_api::Time;
use serde_json::Value;

use crate::support::World;
use crate::support::clock;

const HOUR: i64 = 3600;

fn time(value: &Value) -> i64 {
    value.as_str().unwrap().parse::<Time>().unwrap().micros() / 1_000_000
}

#[test]
fn an_hour_back_and_two_ahead() {
    if !clock::is_movable("clock::an_hour_back_and_two_ahead") {
        return;
    }
    let world = World::new();
    world.pp(["start", "--label", "it", "cat"]).ok();
    world.pp(["send", "it", "one"]).ok();
    world.pp(["wait", "--pattern", "one", "it"]).ok();

    clock::move_to(-HOUR);
    world.pp(["start", "--label", "earlier", "sleep", "1000"]).ok();
    let (it, earlier) = (world.process("it"), world.process("earlier"));
    let apart = time(&it["start_time"]) - time(&earlier["start_time"]);
    assert!((HOUR - 60..=HOUR).contains(&apart), "{apart} s");
    let listed = world.pp(["list"]).ok().out();
    let row = listed.lines().find(|line| line.starts_with("it ")).unwrap();
    assert!(row.contains(" 0 s "), "it runs for no time yet: {row}");
    // Lines are in the order in which they came, and what came since then is found.
    world.pp(["send", "it", "two"]).ok();
    world.pp(["wait", "--pattern", "two", "it"]).ok();
    assert_eq!(world.pp(["output", "it"]).ok().out(), "one\ntwo\n");
    assert_eq!(world.pp(["output", "--since-time", "10m", "it"]).ok().out(), "one\ntwo\n");

    clock::move_to(2 * HOUR);
    let began = Instant::now();
    assert_eq!(world.pp(["wait", "--for", "exit", "--timeout", "0.5", "it"]).code, 1);
    assert!((0.5..30.0).contains(&began.elapsed().as_secs_f64()));
    world.pp(["send", "it", "three"]).ok();
    world.pp(["wait", "--pattern", "three", "it"]).ok();
    assert_eq!(world.pp(["output", "--since-time", "10m", "it"]).ok().out(), "three\n");
    assert_eq!(world.pp(["output", "--before-time", "10m", "it"]).ok().out(), "one\ntwo\n");
    let began = Instant::now();
    world.pp(["stop", "it"]).ok();
    assert!(began.elapsed() < Duration::from_secs(30));
    let ended = world.process("it");
    assert!(time(&ended["end_time"]) - time(&ended["start_time"]) >= 2 * HOUR);
}

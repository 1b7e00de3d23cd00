//! Completion in Nushell: the offered values and their descriptions, from `commandline complete`.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::World;
use crate::support::procs::{Signal, freeze, kill};

/// The values and descriptions that are offered at the end of a line.
fn offered(world: &World, line: &str) -> Vec<(String, String)> {
    let script = format!("r#'{line}'# | commandline complete --detailed");
    let rows = world.nu_value(&script);
    let text = |row: &Value, field: &str| row[field].as_str().unwrap_or_default().to_owned();
    rows.as_array()
        .unwrap()
        .iter()
        .map(|row| (text(row, "value").trim().to_owned(), text(row, "description")))
        .collect()
}

fn values(world: &World, line: &str) -> Vec<String> {
    let mut values: Vec<_> = offered(world, line).into_iter().map(|(value, _)| value).collect();
    values.sort();
    values
}

#[test]
fn targets_are_completed_with_status_directory_and_command() {
    let world = World::with_three_processes();
    let all = offered(&world, "persistproc logs w");
    let work = world.work();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].0, "web");
    let about = format!("running in {}: sh -c", work.display());
    assert!(all[0].1.starts_with(&about), "{all:?}");
    assert_eq!(values(&world, "persistproc logs "), ["api", "build", "web"]);
    assert_eq!(values(&world, "persistproc stop "), ["api", "web"]);
    assert_eq!(values(&world, "persistproc forget "), ["build"]);
    assert_eq!(values(&world, "persistproc logs web a"), ["api"]);
    assert_eq!(values(&world, "persistproc send a"), ["api"]);
}

#[test]
fn a_label_of_several_words_is_quoted() {
    let world = World::new();
    world.pp(["start", "--label", "my web", "sleep", "1000"]).ok();
    let found = values(&world, "persistproc stop ");
    assert_eq!(found, ["\"my web\""]);
    let line = format!("persistproc stop {} | get label", found[0]);
    assert_eq!(world.nu_value(&line), json!(["my web"]));
}

#[test]
fn fixed_values_are_completed_with_descriptions() {
    let world = World::new();
    for (line, expected) in [
        ("persistproc logs web --stream st", vec!["stderr", "stdout"]),
        ("persistproc ps --status e", vec!["exited"]),
        ("persistproc wait web --for p", vec!["pattern", "port"]),
        ("persistproc signal W", vec!["WINCH"]),
        ("persistproc start --if-running r", vec!["restart", "return"]),
    ] {
        let found = offered(&world, line);
        let mut names: Vec<_> = found.iter().map(|(value, _)| value.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, expected, "{line}");
        assert!(found.iter().all(|(_, about)| !about.is_empty()), "{found:?}");
    }
    assert!(world.daemons().is_empty());
}

#[test]
fn completion_does_not_wait_for_a_missing_or_unresponsive_daemon() {
    let world = World::new();
    assert!(values(&world, "persistproc stop w").is_empty());
    world.pp(["start", "--label", "web", "sleep", "1000"]).ok();
    let daemon = world.daemons()[0].pid;
    freeze(daemon);
    let start = Instant::now();
    assert!(values(&world, "persistproc stop w").is_empty());
    let took = start.elapsed();
    kill(daemon, Signal::CONT);
    assert!(took < Duration::from_secs(3), "{took:?}");
}

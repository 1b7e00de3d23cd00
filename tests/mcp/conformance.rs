//! The official conformance suite, for the newest protocol and for the newest with sessions:
//! against the real daemon, where only the suite's own fixtures may be missing, and against a
//! handler that has all of them behind the same door, where nothing may fail.

use std::process::Command;

use super::fixture;
use crate::support::{World, tools};

/// The versions whose requirements are checked.
const VERSIONS: [&str; 2] = ["2025-11-25", "2026-07-28"];

/// Runs the suite; panics with all it said unless it is content.
#[track_caller]
fn run(world: &World, url: &str, version: &str, missing: Option<&str>) {
    let clients = tools::mcp_clients();
    let mut suite = Command::new(clients.join("node_modules/node/bin/node"));
    suite.arg(clients.join("node_modules/.bin/conformance"));
    suite.args(["server", "--url", url, "--requirements", version, "-o"]);
    suite.arg(world.work().join(version)).current_dir(world.work());
    if let Some(file) = missing {
        let file = tools::root().join("tests/mcp").join(file);
        suite.arg("--expected-failures").arg(file);
    }
    let output = suite.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{version}:\n{said}{wrong}");
    let summary = said.split("=== SUMMARY ===").nth(1).expect("a summary");
    assert!(summary.contains("✓ dns-rebinding-protection"), "{summary}");
}

#[test]
fn of_the_daemon_only_fixtures_are_missing() {
    let world = World::new();
    world.pp(["list"]).ok();
    let url = format!("http://127.0.0.1:{}/mcp", world.port);
    for version in VERSIONS {
        run(&world, &url, version, Some(&format!("missing-{version}.yml")));
    }
}

#[test]
fn behind_the_same_door_a_whole_handler_passes_everything() {
    let world = World::new();
    let served = fixture::serve(&world.folder("home"));
    for version in VERSIONS {
        run(&world, &served.url, version, None);
    }
}

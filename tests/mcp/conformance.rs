//! The official conformance suite, for the newest protocol version and the newest with sessions. The
//! daemon may fail only checks that need the suite's own fixtures. A server that has these fixtures, with
//! the daemon's routes, guard and sessions, must pass every check.

use std::process::Command;

use super::conformance_server;
use crate::support::{World, tools};

const VERSIONS: [&str; 2] = ["2025-11-25", "2026-07-28"];

/// Runs the suite; panics with its output if it fails. `missing` lists the expected failures.
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
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{version}:\n{stdout}{stderr}");
    let summary = stdout.split("=== SUMMARY ===").nth(1).expect("a summary");
    assert!(summary.contains("✓ dns-rebinding-protection"), "{summary}");
}

#[test]
fn the_daemon_lacks_only_the_fixtures_of_the_suite() {
    let world = World::new();
    world.pp(["list"]).ok();
    let url = format!("http://127.0.0.1:{}/mcp", world.port);
    for version in VERSIONS {
        run(&world, &url, version, Some(&format!("missing-{version}.yml")));
    }
}

#[test]
fn a_server_with_all_fixtures_passes_every_check() {
    let world = World::new();
    let server = conformance_server::serve(&world.folder("home"));
    for version in VERSIONS {
        run(&world, &server.url, version, None);
    }
}

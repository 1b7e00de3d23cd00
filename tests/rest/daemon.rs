//! `/v1/daemon` and `/v1/shutdown`.

use serde_json::json;

use super::start;
use crate::support::procs::alive;
use crate::support::{World, until};

#[test]
fn the_daemon_describes_itself() {
    let world = World::new();
    let rest = world.rest();
    start(&world, &rest, "nap", &["sleep", "1000"]);
    let daemon = rest.get("/v1/daemon").expect(200);
    assert_eq!(daemon["pid"], world.daemons()[0].pid);
    assert_eq!(daemon["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(daemon["counts"], json!({"running": 1, "total": 1}));
    assert_eq!(daemon["data_dir"].as_str(), world.folder("data").to_str());
    let url = format!("http://127.0.0.1:{}", world.port);
    assert_eq!(daemon["tcp"], json!({"state": "open", "url": url}));
}

#[test]
fn shutdown_answers_when_all_processes_have_ended() {
    let world = World::new();
    let rest = world.rest();
    let nap = start(&world, &rest, "nap", &["sleep", "1000"]);
    let daemon = world.daemons()[0].pid;
    let answer = rest.post("/v1/shutdown", &json!({})).expect(200);
    assert_eq!(answer, json!({"pid": daemon, "stopped": 1, "kept": 0}));
    assert!(!alive(nap["pid"].as_u64().unwrap() as u32));
    until("the daemon has exited", || if alive(daemon) { Err("alive".into()) } else { Ok(()) });
}

#[test]
fn shutdown_can_keep_the_processes() {
    let world = World::new();
    let rest = world.rest();
    let nap = start(&world, &rest, "nap", &["sleep", "1000"]);
    let daemon = world.daemons()[0].pid;
    let answer = rest.post("/v1/shutdown", &json!({"keep": true})).expect(200);
    assert_eq!(answer, json!({"pid": daemon, "stopped": 0, "kept": 1}));
    until("the daemon has exited", || if alive(daemon) { Err("alive".into()) } else { Ok(()) });
    assert!(alive(nap["pid"].as_u64().unwrap() as u32));
    assert_eq!(world.process("nap")["pid"], nap["pid"]);
}

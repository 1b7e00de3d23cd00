//! Bounds that no client can exceed, and errors in words where one is reached.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::support::daemon::pid;
use crate::support::{World, until};

/// Longer than the daemon waits for a request.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(30);

#[test]
fn connections_without_a_whole_request_are_closed() {
    let world = World::new();
    world.pp(["start", "sleep", "1000"]).ok();
    let start = Instant::now();
    let mut open: Vec<_> = ["", "GET /v1/processes HTTP/1.1\r\nhost: loc", "x"]
        .into_iter()
        .map(|sent| {
            let mut stream = TcpStream::connect(("127.0.0.1", world.port)).unwrap();
            stream.write_all(sent.as_bytes()).unwrap();
            stream.set_read_timeout(Some(CLOSE_TIMEOUT)).unwrap();
            stream
        })
        .collect();
    // A request that waits for its answer is a whole one.
    let wait = serde_json::json!({"for": "exit", "timeout": 20});
    let waited = world.tcp().post("/v1/processes/sleep/wait", &wait).expect(200);
    assert_eq!(waited["reached"], false, "{waited:#}");
    for stream in &mut open {
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).expect("the connection to be closed");
    }
    assert!(start.elapsed() < CLOSE_TIMEOUT);
}

#[test]
fn what_is_not_http_gets_an_error_in_json() {
    let world = World::new();
    world.pp(["start", "sleep", "1000"]).ok();
    let long = format!("/v1/processes/{}", "x".repeat(70_000));
    let reply = world.tcp().get(&long);
    assert_eq!(reply.expect(414)["code"], "too_large", "{reply}");
    assert!(!reply.json()["hint"].as_str().unwrap().is_empty());
    let large = "x".repeat(200_000);
    let reply = world.tcp().send("GET", "/v1/processes", &[("x-large", &large)], b"");
    assert_eq!(reply.expect(431)["code"], "too_large", "{reply}");
    let reply = world.unix().send("GET", "/ nonsense", &[], b"");
    assert_eq!(reply.expect(400)["code"], "invalid_request", "{reply}");
}

/// Bytes of memory that a process takes.
fn memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() << 10
}

#[test]
fn large_answers_that_are_not_read_take_bounded_memory() {
    let world = World::new();
    world.pp(["run", "--label", "big", "sh", "-c", "seq 1 3000000"]);
    let daemon = pid(&world.unix().get("/v1/daemon").expect(200));
    let idle = memory(daemon);
    let request = format!(
        "GET /v1/processes/big/output?lines=all HTTP/1.1\r\nhost: 127.0.0.1:{}\r\n\r\n",
        world.port
    );
    let open: Vec<_> = (0..8)
        .map(|_| {
            let mut stream = TcpStream::connect(("127.0.0.1", world.port)).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            stream
        })
        .collect();
    // Each has an answer as soon as its first byte is here.
    for stream in &open {
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        assert_eq!(stream.peek(&mut [0]).unwrap(), 1);
    }
    let taken = memory(daemon).saturating_sub(idle);
    assert!(taken < 64 << 20, "{taken} bytes");
    drop(open);
    until("the memory to be returned", || match memory(daemon).saturating_sub(idle) {
        taken if taken < 16 << 20 => Ok(()),
        taken => Err(format!("{taken} bytes")),
    });
}

#[test]
fn sessions_of_agents_take_bounded_memory_and_are_restored() {
    let world = World::new();
    world.pp(["list"]).ok();
    let daemon = pid(&world.unix().get("/v1/daemon").expect(200));
    let idle = memory(daemon);
    let json =
        [("content-type", "application/json"), ("accept", "application/json, text/event-stream")];
    let initialize = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":
        "2025-06-18","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}"#;
    let mut first = None;
    for _ in 0..400 {
        let reply = world.tcp().send("POST", "/mcp", &json, initialize.as_bytes());
        let session = reply.header("mcp-session-id").unwrap().to_owned();
        first.get_or_insert(session);
    }
    let taken = memory(daemon).saturating_sub(idle);
    assert!(taken < 24 << 20, "{taken} bytes");
    let session = first.unwrap();
    let in_session = [json[0], json[1], ("mcp-session-id", session.as_str())];
    let tools = br#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#;
    let listed = world.tcp().send("POST", "/mcp", &in_session, tools).expect(200);
    assert_eq!(listed["result"]["tools"].as_array().unwrap().len(), 4);
    let refused = world.tcp().send("POST", "/mcp", &[("content-type", "text/plain")], b"hello");
    assert!(refused.status >= 400 && refused.json()["hint"].is_string(), "{refused}");
}

#[test]
fn followers_are_refused_before_the_last_files_are_taken() {
    let world = World::new();
    let serve = format!("ulimit -n 64; exec {} serve", env!("CARGO_BIN_EXE_persistproc"));
    let mut command = world.command("bash");
    command.args(["-c", &serve]);
    let _daemon = world.serve(command);
    let rest = world.unix();
    let start = serde_json::json!({"command": "sleep 1000", "label": "it", "working_directory": world.work()});
    rest.post("/v1/processes", &start).expect(201);
    let follow = || rest.open("GET", "/v1/processes/it/follow", &[], b"").unwrap();
    let followers: Vec<_> = (0..60).map(|_| follow()).filter(|reply| reply.status == 200).collect();
    assert!((2..30).contains(&followers.len()), "{}", followers.len());
    let refused = rest.get("/v1/processes/it/follow");
    assert_eq!(refused.expect(503)["code"], "busy", "{refused}");
    rest.get("/v1/processes").expect(200);
    rest.get("/v1/daemon").expect(200);
    rest.post("/v1/processes/it/stop", &serde_json::json!({})).expect(200);
}

#[test]
fn a_label_that_is_made_from_a_long_command_is_bounded() {
    let world = World::new();
    let long = "x".repeat(100_000);
    world.pp(["start", "sh", "-c", "sleep 1000", &long]).ok();
    world.pp(["start", "sh", "-c", "sleep 1000", &format!("{long}y")]).ok();
    let listed = world.unix().get("/v1/processes").expect(200);
    let labels: Vec<_> = listed["processes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|process| process["label"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(labels.len(), 2, "{labels:?}");
    assert!(labels[0] != labels[1] && labels.iter().all(|label| label.len() < 1500), "{labels:?}");
}

#[test]
fn port_zero_is_refused() {
    let world = World::new();
    for refused in [world.persistproc(["serve", "--port", "0"]), world.persistproc(["port", "0"])] {
        assert_eq!(refused.code, 2, "{refused}");
        assert!(refused.err().contains("a port from 1 to 65535"), "{refused}");
    }
}

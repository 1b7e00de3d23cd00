//! Bounds that no client can exceed, and errors in words where one is reached.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::support::World;

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

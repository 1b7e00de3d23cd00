//! Concurrent requests of one session: while the session is restored, and behind a request that has
//! arrived only in part.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use serde_json::json;

use super::Mcp;
use super::client::message;
use super::conformance_server::{self, ConformanceHandler};
use crate::support::{Http, World};

#[test]
fn requests_wait_until_their_session_is_restored() {
    let world = World::new();
    let client = Mcp::legacy(&world);
    // As after a restart, this server knows only the session's file. A slow constructor of the
    // handler prolongs the restore.
    let server = conformance_server::serve_with(&world.folder("data"), || {
        thread::sleep(Duration::from_millis(200));
        ConformanceHandler
    });
    let client = client.through(Http::tcp("127.0.0.1", server.port, world.normalizer()));
    let requests: Vec<_> = (100..108)
        .map(|id| {
            let client = client.clone();
            (id, thread::spawn(move || client.send_with_id(id, "tools/list", &json!({}))))
        })
        .collect();
    for (id, request) in requests {
        let answer = message(&request.join().unwrap());
        assert_eq!(answer["id"], id, "{answer}");
        assert!(answer["result"]["tools"].is_array(), "{answer}");
    }
}

#[test]
fn a_partial_request_delays_only_its_own_session() {
    let world = World::new();
    let slow = Mcp::legacy(&world);
    let other = Mcp::legacy(&world);
    let session = slow.session.clone().unwrap();
    let mut partial = TcpStream::connect(("127.0.0.1", world.port)).unwrap();
    let body = r#"{"jsonrpc": "2.0", "id": 7, "method": "tools/list"}"#;
    write!(
        partial,
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: application/json\r\naccept: application/json, text/event-stream\r\n\
         mcp-session-id: {session}\r\ncontent-length: {}\r\n\r\n{}",
        body.len(),
        &body[..20]
    )
    .unwrap();
    // These arrive after the first part of the request.
    for client in [&other, &Mcp::legacy(&world), &Mcp::modern(&world)] {
        client.ask("tools/list", json!({}));
    }
    let next = thread::spawn(move || slow.send_with_id(8, "tools/list", &json!({})));
    other.ask("tools/list", json!({}));
    partial.write_all(&body.as_bytes()[20..]).unwrap();
    let mut answer = String::new();
    partial.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(r#""id":7"#), "{answer}");
    assert_eq!(next.join().unwrap().status, 200);
}

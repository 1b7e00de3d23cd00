//! Requests of one session that come while it is brought back, on a server that takes its time for
//! that, and behind one that is only half there.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use super::client::message;
use super::{Mcp, fixture};
use crate::support::{Http, World};

#[test]
fn requests_wait_until_their_session_is_there_again() {
    let world = World::new();
    let client = Mcp::legacy(&world);
    // As after a restart: all this server knows of the session is its file. A handler that is long
    // in the making keeps the session half there.
    let served = fixture::serve_with(&world.folder("data"), || {
        std::thread::sleep(Duration::from_millis(200));
        fixture::Fixture
    });
    let client = client.through(Http::tcp("127.0.0.1", served.port, world.normalizer()));
    let asking = (100..108).map(|number| {
        let client = client.clone();
        std::thread::spawn(move || client.send_as(number, "tools/list", &json!({})))
    });
    for (number, reply) in (100..108).zip(asking.collect::<Vec<_>>()) {
        let answer = message(&reply.join().unwrap());
        assert_eq!(answer["id"], number, "{answer}");
        assert!(answer["result"]["tools"].is_array(), "{answer}");
    }
}

#[test]
fn half_a_request_holds_up_its_own_session_alone() {
    let world = World::new();
    let (slow, other) = (Mcp::legacy(&world), Mcp::legacy(&world));
    let session = slow.session.clone().unwrap();
    let mut half = TcpStream::connect(("127.0.0.1", world.port)).unwrap();
    let body = r#"{"jsonrpc": "2.0", "id": 7, "method": "tools/list"}"#;
    write!(
        half,
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: application/json\r\naccept: application/json, text/event-stream\r\n\
         mcp-session-id: {session}\r\ncontent-length: {}\r\n\r\n{}",
        body.len(),
        &body[..20]
    )
    .unwrap();
    // The daemon reads its half before it hears of these.
    for client in [&other, &Mcp::legacy(&world), &Mcp::modern(&world)] {
        client.ask("tools/list", json!({}));
    }
    let behind = std::thread::spawn(move || slow.send_as(8, "tools/list", &json!({})));
    other.ask("tools/list", json!({}));
    half.write_all(&body.as_bytes()[20..]).unwrap();
    let mut answer = String::new();
    half.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(r#""id":7"#), "{answer}");
    assert_eq!(behind.join().unwrap().status, 200);
}

//! Requests that `/mcp` refuses, with their status. Secrets in them stay out of the daemon's log.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use super::Mcp;
use super::client::message;
use crate::support::World;

const JSON: [(&str, &str); 2] =
    [("content-type", "application/json"), ("accept", "application/json, text/event-stream")];

#[test]
fn requests_with_a_foreign_host_origin_or_token_are_refused() {
    let world = World::new();
    let client = Mcp::modern(&world);
    let own = format!("http://127.0.0.1:{}", world.port);
    for (header, value, status) in [
        ("host", "evil.example", 403),
        ("origin", "http://evil.example", 403),
        ("origin", "null", 403),
        ("origin", "http://localhost:3000", 403),
        ("authorization", "Bearer wrong-secret", 401),
        ("origin", own.as_str(), 200),
    ] {
        let reply = client.send("tools/list", &json!({}), &[(header, value)]);
        assert_eq!(reply.status, status, "{header}: {value}: {reply}");
        assert!(!reply.headers.iter().any(|(name, _)| name.starts_with("access-control")));
        if status == 401 {
            assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
        }
    }
    let token = std::fs::read_to_string(world.folder("data/token")).unwrap();
    let right = format!("Bearer {}", token.trim());
    message(&client.send("tools/list", &json!({}), &[("authorization", &right)]));
    let session = Mcp::legacy(&world).session.unwrap();
    let log = std::fs::read_to_string(world.folder("data/daemon.log")).unwrap();
    for secret in ["wrong-secret", token.trim(), &session] {
        assert!(!log.contains(secret), "{log}");
    }
}

#[test]
fn malformed_requests_are_refused_and_the_daemon_continues() {
    let world = World::new();
    let client = Mcp::modern(&world);
    let tcp = world.tcp();
    let post = |path: &str, body: &[u8]| tcp.send("POST", path, &JSON, body).status;
    assert_eq!(post("/mcp", &vec![b' '; 5 << 20]), 413);
    let batch = br#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#;
    assert!((400..500).contains(&post("/mcp", batch)));
    assert!((400..500).contains(&post("/mcp", b"{\"jsonrpc\":")));
    assert_eq!(post("/mcp/x", b"{}"), 404);
    assert_eq!(tcp.send("PUT", "/mcp", &JSON, b"{}").status, 405);
    assert_eq!(tcp.send("POST", "/mcp", &[JSON[1]], b"{}").status, 415);
    assert_eq!(tcp.send("POST", "/mcp", &[JSON[0]], b"{}").status, 406);
    let reply = client.send("dance", &json!({}), &[]);
    assert_eq!(reply.json()["error"]["code"], -32601, "{reply}");

    let mut half = TcpStream::connect(("127.0.0.1", world.port)).unwrap();
    write!(half, "POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{{\"half")
        .unwrap();
    half.shutdown(std::net::Shutdown::Write).unwrap();
    half.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut answer = Vec::new();
    // An answer is optional; the daemon has to serve the next request.
    half.read_to_end(&mut answer).ok();
    client.ask("tools/list", json!({}));
}

#[test]
fn errors_in_a_session_have_json_rpc_codes() {
    let world = World::new();
    let client = Mcp::legacy(&world);
    assert_eq!(client.answer("dance", json!({}))["error"]["code"], -32601);
    let unknown = client.answer("tools/call", json!({"name": "dance", "arguments": {}}));
    assert_eq!(unknown["error"]["code"], -32602, "{unknown}");
    let invalid = client.answer("tools/call", json!({"name": "ctrl", "arguments": ["stop"]}));
    assert_eq!(invalid["error"]["code"], -32602, "{invalid}");
    assert_eq!(
        invalid["error"]["message"],
        "tools/call takes `name` (a string) and `arguments` (an object)."
    );
    client.ask("ping", json!({}));
}

#[test]
fn the_unix_socket_and_a_trailing_slash_give_the_same_answers() {
    let world = World::new();
    let client = Mcp::modern(&world);
    let over_tcp = client.ask("tools/list", json!({}));
    assert_eq!(client.clone().through(world.unix()).ask("tools/list", json!({})), over_tcp);
    let initialize = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}});
    for path in ["/mcp", "/mcp/"] {
        let reply = world.tcp().send("POST", path, &JSON, initialize.to_string().as_bytes());
        assert_eq!(message(&reply)["result"]["serverInfo"]["name"], "persistproc", "{reply}");
        let body = String::from_utf8_lossy(&reply.body);
        assert_eq!(body.matches("data:").count(), 1, "an event without a message: {body}");
    }
}

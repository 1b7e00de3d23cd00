//! The guard in front of the TCP listener: strangers get nothing, on any route, by any method.

use serde_json::json;

use crate::support::{Http, Reply, World};

/// Every route there is.
const ROUTES: [(&str, &str); 13] = [
    ("GET", "/v1/processes"),
    ("POST", "/v1/processes"),
    ("GET", "/v1/processes/nap"),
    ("DELETE", "/v1/processes/nap"),
    ("POST", "/v1/processes/nap/stop"),
    ("POST", "/v1/processes/nap/restart"),
    ("POST", "/v1/processes/nap/signal"),
    ("POST", "/v1/processes/nap/stdin"),
    ("POST", "/v1/processes/nap/resize"),
    ("GET", "/v1/processes/nap/output"),
    ("GET", "/v1/processes/nap/follow"),
    ("GET", "/v1/daemon"),
    ("POST", "/v1/shutdown"),
];

fn napping() -> (World, Http) {
    let world = World::new();
    world.pp(["start", "--label", "nap", "sleep", "1000"]).ok();
    let tcp = world.tcp();
    (world, tcp)
}

/// Asks every route, and some that don't exist, with these headers.
fn everywhere(tcp: &Http, headers: &[(&str, &str)]) -> Vec<Reply> {
    let headers = [&[("content-type", "application/json")], headers].concat();
    let others =
        [("GET", "/"), ("GET", "/nowhere"), ("POST", "/mcp"), ("OPTIONS", "/v1/processes")];
    let routes = ROUTES.iter().chain(&others);
    routes.map(|(method, path)| tcp.send(method, path, &headers, b"{}")).collect()
}

#[test]
fn a_strange_host_is_refused_everywhere() {
    let (world, tcp) = napping();
    for host in [
        "evil.example",
        "evil.example:8947",
        "127.0.0.1.evil.example",
        "",
        "localhost.",
        "10.0.0.1",
    ] {
        for reply in everywhere(&tcp, &[("host", host)]) {
            assert_eq!(reply.expect(403)["code"], "forbidden", "{host}: {reply}");
        }
    }
    assert_eq!(world.process("nap")["status"], "running");
}

#[test]
fn a_strange_origin_is_refused_everywhere() {
    let (world, tcp) = napping();
    let other_port = format!("http://127.0.0.1:{}", world.port ^ 1);
    for origin in ["http://evil.example", "null", "http://localhost", &other_port, "file://"] {
        for reply in everywhere(&tcp, &[("origin", origin)]) {
            assert_eq!(reply.expect(403)["code"], "forbidden", "{origin}: {reply}");
            assert_eq!(reply.header("access-control-allow-origin"), None);
        }
    }
    assert_eq!(world.process("nap")["status"], "running");
}

#[test]
fn our_own_origin_and_any_loopback_name_are_welcome() {
    let (world, tcp) = napping();
    for host in ["127.0.0.1", "localhost", "[::1]"] {
        let host = format!("{host}:{}", world.port);
        tcp.send("GET", "/v1/daemon", &[("host", &host)], b"").expect(200);
    }
    let own = format!("http://127.0.0.1:{}", world.port);
    tcp.send("GET", "/v1/daemon", &[("origin", &own)], b"").expect(200);
}

#[test]
fn no_answer_ever_invites_a_browser() {
    let (world, tcp) = napping();
    let own = format!("http://127.0.0.1:{}", world.port);
    let reply = tcp.send("GET", "/v1/processes", &[("origin", &own)], b"");
    let cors = reply.headers.iter().filter(|(name, _)| name.starts_with("access-control"));
    assert_eq!(cors.count(), 0, "{reply}");
}

#[test]
fn a_wrong_token_is_worse_than_none() {
    let (world, tcp) = napping();
    let token = std::fs::read_to_string(world.folder("data/token")).unwrap();
    let right = format!("Bearer {}", token.trim());
    tcp.send("GET", "/v1/daemon", &[("authorization", &right)], b"").expect(200);
    let reply = tcp.send("GET", "/v1/daemon", &[("authorization", "Bearer wrong")], b"");
    assert_eq!(reply.expect(401)["code"], "unauthorized");
}

#[test]
fn whoever_is_refused_stands_in_the_log_without_their_secrets() {
    let (world, tcp) = napping();
    let ask = |headers: &[_]| tcp.send("GET", "/v1/processes/nap?secret=hunter2", headers, b"");
    ask(&[("host", "evil.example")]).expect(403);
    ask(&[("origin", "http://evil.example")]).expect(403);
    ask(&[("authorization", "Bearer opensesame")]).expect(401);
    for _ in 3..300 {
        ask(&[("origin", "null")]).expect(403);
    }
    let log = std::fs::read_to_string(world.folder("data/daemon.log")).unwrap();
    let lines = log.lines().filter_map(|line| line.split_once("refused ")).map(|(_, rest)| rest);
    let lines: Vec<_> = lines.collect();
    assert_eq!(
        lines[..3],
        [
            "GET /v1/processes/nap (refusal 1): The Host \"evil.example\" is not this machine's loopback.",
            "GET /v1/processes/nap (refusal 2): Pages of the Origin \"http://evil.example\" may not ask.",
            "GET /v1/processes/nap (refusal 3): The bearer token is wrong.",
        ]
    );
    // A page that asks for ever does not fill the disk: after a hundred only 128 and 256.
    assert_eq!(lines.len(), 102, "{lines:#?}");
    let secrets = ["hunter2", "opensesame"];
    assert!(secrets.iter().all(|secret| !log.contains(secret)), "{log}");
}

#[test]
fn names_from_the_network_never_become_paths() {
    let (world, tcp) = napping();
    for name in ["..", "%2e%2e", "..%2f..%2fetc", "%2fetc%2fpasswd", "%00", "nap%2f..", "%ff%fe"] {
        for (method, verb) in [("GET", ""), ("DELETE", ""), ("GET", "/output"), ("GET", "/follow")]
        {
            let reply = tcp.send(method, &format!("/v1/processes/{name}{verb}"), &[], b"");
            assert!((400..500).contains(&reply.status), "{method} {name}{verb}: {reply}");
            assert!(reply.json()["code"].is_string(), "{reply}");
        }
    }
    let start = json!({"command": ["true"], "working_directory": world.work(), "label": "../../x"});
    let started = tcp.post("/v1/processes", &start).expect(201);
    let id = started["id"].as_str().unwrap();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    assert!(!id.is_empty() && id.chars().all(plain), "{id}");
}

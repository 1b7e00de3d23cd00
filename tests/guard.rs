//! The guard in front of the TCP listener: strangers get nothing, on any route, by any method.

use serde_json::{Value, json};

use crate::support::{Http, Reply, World};

/// Every route there is, as the daemon itself lists them: its router is built from the same table.
fn routes(tcp: &Http) -> Vec<(String, String)> {
    let document = tcp.get("/openapi.json").expect(200);
    let paths = document["paths"].as_object().unwrap();
    let methods = |(path, methods): (&String, &Value)| {
        let path = path.replace("{target}", "nap");
        let methods = methods.as_object().unwrap().keys();
        methods.map(|method| (method.to_uppercase(), path.clone())).collect::<Vec<_>>()
    };
    let routes: Vec<_> = paths.iter().flat_map(methods).collect();
    assert!(routes.len() > 15, "{routes:?}");
    routes
}

fn napping() -> (World, Http) {
    let world = World::new();
    world.pp(["start", "--label", "nap", "sleep", "1000"]).ok();
    let tcp = world.tcp();
    (world, tcp)
}

/// Asks every route, and some that don't exist, with these headers.
fn everywhere(tcp: &Http, headers: &[(&str, &str)]) -> Vec<Reply> {
    let headers = [&[("content-type", "application/json")], headers].concat();
    let others = [
        ("GET", "/nowhere"),
        ("GET", "/mcp"),
        ("POST", "/mcp"),
        ("DELETE", "/mcp"),
        ("OPTIONS", "/v1/processes"),
    ];
    let others = others.map(|(method, path)| (method.to_owned(), path.to_owned()));
    let routes = routes(tcp).into_iter().chain(others);
    routes.map(|(method, path)| tcp.send(&method, &path, &headers, b"{}")).collect()
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
fn what_a_page_embeds_is_refused_everywhere() {
    let (world, tcp) = napping();
    for site in ["cross-site", "same-site"] {
        let headers = [("sec-fetch-site", site), ("sec-fetch-mode", "no-cors")];
        for reply in everywhere(&tcp, &headers) {
            assert_eq!(reply.expect(403)["code"], "forbidden", "{site}: {reply}");
        }
    }
    let link = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
    assert_eq!(tcp.send("GET", "/", &link, b"").status, 200);
    assert_eq!(world.process("nap")["status"], "running");
}

#[test]
fn another_user_is_refused_everywhere() {
    let (world, tcp) = napping();
    assert_eq!(rustix::process::getuid().as_raw(), 0, "only root can be somebody else here");
    let mut script = String::from("import http.client as h, socket, time\n");
    let routes = routes(&tcp).into_iter().chain([("POST".to_owned(), "/mcp".to_owned())]);
    for (method, path) in routes {
        script += &format!(
            "c = h.HTTPConnection('127.0.0.1', {}); c.request('{method}', '{path}', '{{}}', \
             {{'content-type': 'application/json'}}); print(c.getresponse().status)\n",
            world.port
        );
    }
    // One that has gone before anybody could ask the kernel about it.
    script += &format!(
        "s = socket.create_connection(('127.0.0.1', {})); s.sendall(b'POST /v1/shutdown HTTP/1.1\\r\\n\
         Host: localhost\\r\\nContent-Type: application/json\\r\\nContent-Length: 2\\r\\n\\r\\n{{}}'); s.close()\n",
        world.port
    );
    let mut stranger = world.command("setpriv");
    stranger.args(["--reuid=65534", "--clear-groups", "/usr/bin/python3", "-c", &script]);
    let answers = world.run(stranger).ok().out();
    let refused = answers.lines().filter(|status| *status == "401").count();
    assert!(refused > 15 && refused == answers.lines().count(), "{answers}");
    assert_eq!(world.process("nap")["status"], "running");
    let log = std::fs::read_to_string(world.folder("data/daemon.log")).unwrap();
    assert_eq!(log.matches("serves").count(), 1, "{log}");
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
    for name in [
        "..",
        "%2e%2e",
        "..%2f..%2fetc",
        "%2fetc%2fpasswd",
        "%00",
        "nap%2f..",
        "%ff%fe",
        &"x".repeat(9000),
    ] {
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

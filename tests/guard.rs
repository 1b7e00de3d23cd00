//! The guard of the TCP listener: it refuses other sites and other users on every route.

use serde_json::{Value, json};

use crate::support::{Http, Reply, World};

/// Method and path of each route in the daemon's document, which is built from the same table as its
/// router.
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

fn world_with_process() -> (World, Http) {
    let world = World::new();
    world.pp(["start", "--label", "nap", "sleep", "1000"]).ok();
    let tcp = world.tcp();
    (world, tcp)
}

/// Sends a request with these headers to every route, and to some paths without a route.
fn request_all(tcp: &Http, headers: &[(&str, &str)]) -> Vec<Reply> {
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
fn a_foreign_host_is_refused_on_every_route() {
    let (world, tcp) = world_with_process();
    for host in [
        "evil.example",
        "evil.example:8947",
        "127.0.0.1.evil.example",
        "",
        "localhost.",
        "10.0.0.1",
    ] {
        for reply in request_all(&tcp, &[("host", host)]) {
            assert_eq!(reply.expect(403)["code"], "forbidden", "{host}: {reply}");
        }
    }
    assert_eq!(world.process("nap")["status"], "running");
}

#[test]
fn a_foreign_origin_is_refused_on_every_route() {
    let (world, tcp) = world_with_process();
    let other_port = format!("http://127.0.0.1:{}", world.port ^ 1);
    for origin in ["http://evil.example", "null", "http://localhost", &other_port, "file://"] {
        for reply in request_all(&tcp, &[("origin", origin)]) {
            assert_eq!(reply.expect(403)["code"], "forbidden", "{origin}: {reply}");
            assert_eq!(reply.header("access-control-allow-origin"), None);
        }
    }
    assert_eq!(world.process("nap")["status"], "running");
}

#[test]
fn requests_from_other_sites_are_refused_on_every_route() {
    let (world, tcp) = world_with_process();
    for site in ["cross-site", "same-site"] {
        let headers = [("sec-fetch-site", site), ("sec-fetch-mode", "no-cors")];
        for reply in request_all(&tcp, &headers) {
            assert_eq!(reply.expect(403)["code"], "forbidden", "{site}: {reply}");
        }
    }
    let link = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
    assert_eq!(tcp.send("GET", "/", &link, b"").status, 200);
    // A form is posted by a navigation.
    let form = [link[0], link[1], ("content-type", "application/json")];
    let posted = tcp.send("POST", "/v1/processes/nap/stop", &form, b"{}");
    assert_eq!(posted.expect(403)["code"], "forbidden");
    assert_eq!(world.process("nap")["status"], "running");
}

#[test]
fn another_user_is_refused_on_every_route() {
    let (world, tcp) = world_with_process();
    assert_eq!(rustix::process::getuid().as_raw(), 0, "only root can run a client as another user");
    let mut script = String::from("import http.client as h, socket, time\n");
    let routes = routes(&tcp).into_iter().chain([("POST".to_owned(), "/mcp".to_owned())]);
    for (method, path) in routes {
        script += &format!(
            "c = h.HTTPConnection('127.0.0.1', {}); c.request('{method}', '{path}', '{{}}', \
             {{'content-type': 'application/json'}}); print(c.getresponse().status)\n",
            world.port
        );
    }
    // A client that has closed its socket before the daemon can look up its user.
    script += &format!(
        "s = socket.create_connection(('127.0.0.1', {})); s.sendall(b'POST /v1/shutdown HTTP/1.1\\r\\n\
         Host: localhost\\r\\nContent-Type: application/json\\r\\nContent-Length: 2\\r\\n\\r\\n{{}}'); s.close()\n",
        world.port
    );
    let mut client = world.command("setpriv");
    client.args(["--reuid=65534", "--clear-groups", "/usr/bin/python3", "-c", &script]);
    let answers = world.run(client).ok().out();
    let refused = answers.lines().filter(|status| *status == "401").count();
    // The files of the dashboard are the same for every user.
    let public = answers.lines().filter(|status| ["200", "404"].contains(status)).count();
    assert!(refused > 15 && public == 2, "{answers}");
    assert_eq!(refused + public, answers.lines().count(), "{answers}");
    assert_eq!(world.process("nap")["status"], "running");
    let log = std::fs::read_to_string(world.folder("data/daemon.log")).unwrap();
    assert_eq!(log.matches("serves").count(), 1, "{log}");
}

#[test]
fn the_dashboard_is_opened_by_a_navigation_and_by_its_own_page_alone() {
    let (world, tcp) = world_with_process();
    let own = format!("http://127.0.0.1:{}", world.port);
    let ask = |path: &str, headers: &[_]| tcp.send("GET", path, headers, b"").status;
    let navigation = [("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate")];
    assert_eq!(ask("/dashboard", &navigation), 200);
    let link = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
    assert_eq!(ask("/dashboard", &link), 200);
    let page = [("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors"), ("origin", &*own)];
    assert_eq!((ask("/dashboard/app.js", &page), ask("/v1/processes", &page)), (200, 200));
    for (site, mode) in [("cross-site", "no-cors"), ("same-site", "cors"), ("cross-site", "cors")] {
        let other = [("sec-fetch-site", site), ("sec-fetch-mode", mode)];
        assert_eq!((ask("/dashboard", &other), ask("/dashboard/app.js", &other)), (403, 403));
    }
    assert_eq!(ask("/dashboard", &[("host", "evil.example")]), 403);
    assert_eq!(ask("/dashboard/app.js", &[("origin", "http://evil.example")]), 403);
}

#[test]
fn the_origin_of_the_daemon_and_every_loopback_host_are_accepted() {
    let (world, tcp) = world_with_process();
    for host in ["127.0.0.1", "localhost", "[::1]"] {
        let host = format!("{host}:{}", world.port);
        tcp.send("GET", "/v1/daemon", &[("host", &host)], b"").expect(200);
    }
    let own = format!("http://127.0.0.1:{}", world.port);
    tcp.send("GET", "/v1/daemon", &[("origin", &own)], b"").expect(200);
}

#[test]
fn no_response_has_a_cors_header() {
    let (world, tcp) = world_with_process();
    let own = format!("http://127.0.0.1:{}", world.port);
    let reply = tcp.send("GET", "/v1/processes", &[("origin", &own)], b"");
    let cors = reply.headers.iter().filter(|(name, _)| name.starts_with("access-control"));
    assert_eq!(cors.count(), 0, "{reply}");
}

#[test]
fn a_wrong_token_is_refused_even_for_the_same_user() {
    let (world, tcp) = world_with_process();
    let token = std::fs::read_to_string(world.folder("data/token")).unwrap();
    let valid = format!("Bearer {}", token.trim());
    tcp.send("GET", "/v1/daemon", &[("authorization", &valid)], b"").expect(200);
    let reply = tcp.send("GET", "/v1/daemon", &[("authorization", "Bearer wrong")], b"");
    assert_eq!(reply.expect(401)["code"], "unauthorized");
}

#[test]
fn refusals_are_logged_without_secrets() {
    let (world, tcp) = world_with_process();
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
            "GET /v1/processes/nap (refusal 1): The `Host` header \"evil.example\" is not a loopback address.",
            "GET /v1/processes/nap (refusal 2): Requests from the origin \"http://evil.example\" are refused.",
            "GET /v1/processes/nap (refusal 3): The bearer token is wrong.",
        ]
    );
    // After the first hundred refusals only the 128th and the 256th are logged.
    assert_eq!(lines.len(), 102, "{lines:#?}");
    let secrets = ["hunter2", "opensesame"];
    assert!(secrets.iter().all(|secret| !log.contains(secret)), "{log}");
}

#[test]
fn names_from_the_network_never_become_paths() {
    let (world, tcp) = world_with_process();
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

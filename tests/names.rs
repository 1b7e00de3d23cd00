//! Names of processes: `http://<id>.localhost:<port>/` leads to the port of the process, unchanged, and
//! never to the API.

mod browsers;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use crate::support::http::Http;
use crate::support::tools::{path_of, root};
use crate::support::world::free_port;
use crate::support::{World, until};

/// Starts the server of `tests/names/server.mjs` and returns its name with the port of the daemon.
fn start_server(world: &World) -> String {
    path_of("node");
    let server = root().join("tests/names/server.mjs");
    let words = ["--format", "json", "start", "--label", "web", "--assign-port", "--wait-for"];
    let mut start = world.pp_command(words);
    start.args(["ready", "node"]).arg(server);
    host_of(world, &world.run(start).ok().json())
}

fn host_of(world: &World, process: &Value) -> String {
    format!("{}.localhost:{}", process["id"].as_str().unwrap(), world.port)
}

/// An open connection to the daemon's port.
fn connect(world: &World) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", world.port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

/// Reads until the text contains `part`, and returns it all.
#[track_caller]
fn read_until(stream: &mut TcpStream, part: &str) -> String {
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&seen).into_owned();
        if text.contains(part) {
            return text;
        }
        let read = stream.read(&mut buffer).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert!(read > 0, "EOF before {part:?}: {text}");
        seen.extend(&buffer[..read]);
    }
}

#[test]
fn requests_and_responses_pass_unchanged() {
    let world = World::new();
    let host = start_server(&world);
    let tcp = world.tcp();
    let headers = [
        ("host", &*host),
        ("origin", "http://evil.example"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "cors"),
        ("cookie", "a=b"),
        ("authorization", "Bearer of-the-app"),
    ];
    let seen = tcp.send("GET", "/headers?x=1", &headers, b"").expect(200);
    for (name, value) in headers {
        assert_eq!(seen["headers"][name], value, "{seen:#}");
    }
    assert_eq!(seen["url"], "/headers?x=1");
    let url = world.pp(["--format", "json", "list", "--long"]).ok().json();
    assert_eq!(url["processes"][0]["facts"]["name_url"], format!("http://{host}/"));

    let body = "x".repeat(3 << 20);
    let echoed = tcp.send("POST", "/echo", &[("host", &*host)], body.as_bytes());
    assert_eq!((echoed.status, echoed.body.len()), (200, body.len()));

    let mut head = connect(&world);
    write!(head, "HEAD /sized HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    head.read_to_string(&mut answer).unwrap();
    assert!(
        answer.contains("content-length: 12345\r\n") && answer.ends_with("\r\n\r\n"),
        "{answer}"
    );
    let mut head = connect(&world);
    write!(head, "HEAD /headers HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    head.read_to_string(&mut answer).unwrap();
    assert!(
        !answer.contains("content-length"),
        "the length of a streamed body is unknown: {answer}"
    );
}

#[test]
fn bodies_are_streamed_both_ways_and_connections_are_kept() {
    let world = World::new();
    let host = start_server(&world);
    // The first part of a response arrives before the server sends the second.
    let mut stream = world.tcp().open("GET", "/drip", &[("host", &*host)], b"").unwrap();
    assert_eq!(stream.sse(), Some(vec![("data".into(), "first".into())]));
    world.tcp().send("POST", "/go", &[("host", &*host)], b"");
    assert_eq!(stream.sse(), Some(vec![("data".into(), "second".into())]));

    // A request whose body waits for the answer to its first part.
    let mut upload = connect(&world);
    write!(upload, "POST /echo HTTP/1.1\r\nhost: {host}\r\ntransfer-encoding: chunked\r\n\r\n")
        .unwrap();
    write!(upload, "5\r\nfirst\r\n").unwrap();
    read_until(&mut upload, "first");
    write!(upload, "6\r\nsecond\r\n0\r\n\r\n").unwrap();
    read_until(&mut upload, "second");

    let mut expects = connect(&world);
    write!(
        expects,
        "POST /echo HTTP/1.1\r\nhost: {host}\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n"
    )
    .unwrap();
    read_until(&mut expects, "100 Continue");
    write!(expects, "body").unwrap();
    read_until(&mut expects, "body");
    // The same connection again.
    write!(expects, "GET /headers?again HTTP/1.1\r\nhost: {host}\r\n\r\n").unwrap();
    read_until(&mut expects, "/headers?again");
}

#[test]
fn an_upgraded_connection_is_a_tunnel() {
    let world = World::new();
    let host = start_server(&world);
    let mut socket = connect(&world);
    write!(socket, "GET /socket HTTP/1.1\r\nhost: {host}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-key: abc\r\n\r\n").unwrap();
    let answer = read_until(&mut socket, "hello from the server");
    assert!(answer.starts_with("HTTP/1.1 101"), "{answer}");
    assert!(answer.to_ascii_lowercase().contains("upgrade: websocket"), "{answer}");
    for word in ["one", "two"] {
        write!(socket, "{word}").unwrap();
        read_until(&mut socket, &format!("echo {word}"));
    }
}

#[test]
fn the_api_is_unreachable_by_a_name() {
    let world = World::new();
    let host = start_server(&world);
    let token = std::fs::read_to_string(world.folder("data/token")).unwrap();
    let bearer = format!("Bearer {}", token.trim());
    for path in
        ["/", "/v1/processes", "/v1/daemon", "/openapi.json", "/mcp", "/v1/processes/web/stop"]
    {
        for method in ["GET", "POST", "DELETE"] {
            let headers = [
                ("host", &*host),
                ("authorization", &*bearer),
                ("content-type", "application/json"),
            ];
            let reply = world.tcp().send(method, path, &headers, b"{}");
            assert_eq!(reply.header("x-server"), Some("names"), "{method} {path}: {reply}");
            assert_eq!(reply.header("persistproc-version"), None, "{method} {path}");
        }
    }
    // A page of the process is another origin.
    let origin = format!("http://{host}");
    let refused = world.tcp().send("GET", "/v1/processes", &[("origin", &origin)], b"");
    assert_eq!(refused.expect(403)["code"], "forbidden");
    assert_eq!(world.process("web")["status"], "running");
    let id = host.split_once('.').unwrap().0;
    for host in [
        "unknown.localhost".to_owned(),
        format!("{id}.localhost."),
        format!("x.{host}"),
        format!("{id}.example"),
    ] {
        let refused = world.tcp().send("GET", "/headers", &[("host", &*host)], b"");
        assert_eq!(refused.expect(403)["code"], "forbidden", "{host}");
    }
    // Two hosts, and a URI with another host than the header.
    let twice =
        world.tcp().send("GET", "/v1/processes", &[("host", &*host), ("host", "localhost")], b"");
    assert_eq!(twice.expect(403)["code"], "forbidden");
    let absolute = format!("http://{host}/v1/processes");
    let mixed = world.tcp().send("GET", &absolute, &[("host", "localhost")], b"");
    assert_eq!(mixed.expect(403)["code"], "forbidden");

    world.pp(["shutdown", "--keep"]).ok();
    let mut serve = world.command(env!("CARGO_BIN_EXE_persistproc"));
    serve.arg("serve").env("PERSISTPROC_NO_NAMES", "1");
    let daemon = world.serve(serve);
    let refused = world.tcp().send("GET", "/headers", &[("host", &*host)], b"");
    assert_eq!(refused.expect(403)["code"], "forbidden");
    world.pp(["stop", "web"]).ok();
    daemon.signal(crate::support::procs::Signal::TERM);
    daemon.end().ok();
}

#[test]
fn nothing_is_forwarded_to_a_daemon_or_in_circles() {
    let world = World::new();
    let port = free_port().to_string();
    let data = world.folder("home/data");
    let mut start =
        world.pp_command(["--format", "json", "start", "--label", "inner", "--wait-for", "ready"]);
    start.arg(env!("CARGO_BIN_EXE_persistproc")).arg("serve").arg("--data-dir").arg(data);
    start.args(["--port", &port]);
    let host = host_of(&world, &world.run(start).ok().json());
    let reply = world.tcp().send("GET", "/v1/processes", &[("host", &*host)], b"");
    assert_eq!(reply.status, 508, "{reply}");
    world.pp(["stop", "inner"]).ok();

    let host = start_server(&world);
    let circles = [("host", &*host), ("x-persistproc-hops", "8")];
    let reply = world.tcp().send("GET", "/headers", &circles, b"");
    assert_eq!(reply.status, 508, "{reply}");
}

#[test]
fn a_page_says_that_a_process_is_not_ready_and_hears_when_it_is() {
    let world = World::new();
    let port = free_port();
    let script = format!("read word <go; exec python3 -m http.server {port} --bind 127.0.0.1");
    let mut mkfifo = world.command("mkfifo");
    mkfifo.arg("go");
    world.run(mkfifo).ok();
    let started =
        world.pp(["--format", "json", "start", "--label", "late <b>", "sh", "-c", &script]);
    let started = started.ok().json();
    let host = host_of(&world, &started);
    let id = started["id"].as_str().unwrap();
    let browser = [("host", &*host), ("accept", "text/html,*/*")];
    let get = |path: &str| world.tcp().send("GET", path, &browser, b"");
    let page = get("/");
    let html = String::from_utf8_lossy(&page.body).into_owned();
    assert_eq!(page.status, 503, "{html}");
    assert!(
        html.contains("late &lt;b&gt;") && html.contains("does not listen on a port yet"),
        "{html}"
    );
    assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
    let events = |html: &str| {
        let (_, rest) = html.split_once("data-events=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let mut stream = world.tcp().open("GET", &events(&html), &browser, b"").unwrap();
    std::fs::write(world.work().join("go"), "go\n").unwrap();
    assert_eq!(stream.sse().unwrap()[0], ("event".into(), "change".into()));
    assert_eq!(get("/").status, 200);

    let plain = world.tcp().send("GET", "/", &[("host", &*host)], b"");
    assert_eq!(plain.status, 200);
    world.pp(["stop", id]).ok();
    let plain = world.tcp().send("GET", "/", &[("host", &*host)], b"");
    let text = String::from_utf8_lossy(&plain.body).into_owned();
    assert_eq!(plain.status, 503);
    assert!(
        text.contains("is not running") && text.contains(&format!("pp restart {id}")),
        "{text}"
    );
    // The page about an ended process hears of the next run.
    let html = String::from_utf8_lossy(&get("/").body).into_owned();
    let mut stream = world.tcp().open("GET", &events(&html), &browser, b"").unwrap();
    world.pp(["restart", id]).ok();
    assert_eq!(stream.sse().unwrap()[0], ("event".into(), "change".into()));
}

#[test]
fn a_name_leads_to_the_port_that_the_process_prints() {
    let world = World::new();
    let mut mkfifo = world.command("mkfifo");
    mkfifo.arg("go");
    world.run(mkfifo).ok();
    let [first, second] = [free_port(), free_port()];
    let script = format!(
        "
import http.server, threading
def serve(port, text):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(text)
    server = http.server.HTTPServer(('127.0.0.1', port), Handler)
    threading.Thread(target=server.serve_forever).start()
serve({first}, b'side port')
open('go').read()
serve({second}, b'the page')
print('Local: http://localhost:{second}/', flush=True)
"
    );
    let words = ["--format", "json", "start", "--label", "two", "--wait-port"];
    let mut start = world.pp_command(words);
    start.args([&first.to_string(), "--", "python3", "-c", &script]);
    let host = host_of(&world, &world.run(start).ok().json());
    let page = || world.tcp().send("GET", "/", &[("host", &host)], b"").body;
    assert_eq!(page(), b"side port");
    std::fs::write(world.work().join("go"), "go\n").unwrap();
    until("the printed port", || match page() {
        body if body == b"the page" => Ok(()),
        body => Err(String::from_utf8_lossy(&body).into_owned()),
    });
}

/// Requests on several connections at once do not wait for each other.
#[test]
fn many_requests_at_once_are_forwarded() {
    let world = World::new();
    let host = start_server(&world);
    let address: Http = world.tcp();
    std::thread::scope(|scope| {
        for number in 0..50 {
            let (address, host) = (&address, &host);
            scope.spawn(move || {
                let path = format!("/headers?{number}");
                let seen = address.send("GET", &path, &[("host", host)], b"").expect(200);
                assert_eq!(seen["url"], path);
            });
        }
    });
}

//! `wait --for ready` says that a service is ready when it listens, not when it prints. Each fixture is a
//! real server; Node's and Python's own messages are in their output.

use serde_json::Value;

use crate::support::World;
use crate::support::world::free_port;

/// Starts `python3 -u -c script` and waits until it is ready, for some seconds at most.
#[track_caller]
fn start(world: &World, script: &str, seconds: &str) -> Value {
    let start =
        ["--format", "json", "start", "--label", "it", "--wait-for", "ready", "--wait-timeout"];
    let mut command = world.pp_command(start);
    command.arg(seconds).args(["--", "python3", "-uc", script]);
    world.run(command).json()["waited"].clone()
}

/// A script that prints a line at once and serves this port after some seconds.
fn prints_and_serves(line: &str, port: u16, seconds: f64) -> String {
    format!(
        "import http.server, time
print('{line}')
time.sleep({seconds})
http.server.HTTPServer(('127.0.0.1', {port}), http.server.SimpleHTTPRequestHandler).serve_forever()"
    )
}

#[test]
fn a_url_counts_when_its_port_accepts() {
    let world = World::new();
    let port = free_port();
    let line = format!("  Local: http://localhost:{port}/");
    let waited = start(&world, &prints_and_serves(&line, port, 0.5), "20");
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok(), "ready means ready");
    assert_eq!(waited["ready_by"], "port", "{waited:#}");
    assert_eq!(waited["url"], format!("http://localhost:{port}/"));
    assert!(waited["waited_seconds"].as_f64().unwrap() > 0.4, "{waited:#}");
}

#[test]
fn a_url_of_another_service_is_no_readiness() {
    let world = World::new();
    let waited = start(
        &world,
        "import time
print('waiting for http://localhost:5432/')
print('Using the API at http://localhost:5433/')
time.sleep(1000)",
        "3.5",
    );
    assert_eq!((&waited["reached"], &waited["reason"]), (&false.into(), &"timeout".into()));
    assert_eq!(waited["url"], Value::Null, "{waited:#}");
    assert_eq!(
        world.pp(["list", "--format", "json"]).ok().json()["processes"][0]["url"],
        Value::Null
    );
}

#[test]
fn an_error_that_names_a_url_is_no_readiness() {
    let world = World::new();
    let waited = start(
        &world,
        "import sys, time
print('Error: Found another dev server at http://localhost:5999/', file=sys.stderr)
time.sleep(0.5)
sys.exit(1)",
        "20",
    );
    assert_eq!((&waited["reached"], &waited["reason"]), (&false.into(), &"exit".into()));
    assert!(waited["output"][0].as_str().unwrap().contains("another dev server"), "{waited:#}");
}

#[test]
fn the_port_of_a_debugger_is_no_readiness() {
    let world = World::new();
    let [debugger, port] = [free_port(), free_port()];
    let script = format!("setTimeout(() => require('http').createServer().listen({port}), 700)");
    let flag = format!("--inspect={debugger}");
    let label = ["--format", "json", "start", "--wait-for", "ready", "--", "node"];
    let waited = {
        let mut command = world.pp_command(label);
        command.args([&flag, "-e", &script]);
        world.run(command).ok().json()["waited"].clone()
    };
    assert_eq!(waited["ports"], serde_json::json!([port]), "{waited:#}");
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok(), "ready means ready");
}

#[test]
fn a_line_counts_after_three_seconds_without_a_port() {
    let world = World::new();
    let waited = start(
        &world,
        "import time
print('Found 0 errors. Watching for file changes.')
time.sleep(1000)",
        "20",
    );
    assert_eq!((&waited["ready_by"], &waited["reason"]), (&"phrase".into(), &"ready".into()));
    assert!(waited["waited_seconds"].as_f64().unwrap() >= 3.0, "{waited:#}");
}

#[test]
fn a_line_about_a_port_that_opens_later_waits_for_the_port() {
    let world = World::new();
    let port = free_port();
    let waited = start(&world, &prints_and_serves("Watching for file changes.", port, 1.0), "20");
    assert_eq!(
        (&waited["ready_by"], &waited["ports"]),
        (&"port".into(), &serde_json::json!([port]))
    );
}

#[test]
fn the_named_port_comes_before_another_that_opens_first() {
    let world = World::new();
    let [other, port] = [free_port(), free_port()];
    let script = format!(
        "import socket, time
print('Local: http://localhost:{port}/')
a = socket.create_server(('127.0.0.1', {other}))
time.sleep(0.4)
b = socket.create_server(('127.0.0.1', {port}))
time.sleep(1000)"
    );
    let waited = start(&world, &script, "20");
    assert_eq!(waited["url"], format!("http://localhost:{port}/"), "{waited:#}");
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok(), "ready means ready");
}

#[test]
fn a_unix_socket_counts_when_it_is_named() {
    let world = World::new();
    let waited = start(
        &world,
        "import socket, time
time.sleep(0.3)
server = socket.socket(socket.AF_UNIX)
server.bind('app.sock')
server.listen()
time.sleep(1000)",
        "20",
    );
    assert_eq!(waited["ready_by"], "socket", "{waited:#}");
}

#[test]
fn a_port_in_another_network_namespace_counts_and_is_said_so() {
    let world = World::new();
    let script = "ip link set lo up 2>/dev/null; exec python3 -uc \"import socket, time
time.sleep(0.3)
server = socket.create_server(('0.0.0.0', 8123))
time.sleep(1000)\"";
    let start = ["--format", "json", "start", "--wait-for", "ready", "--"];
    let mut command = world.pp_command(start);
    command.arg("unshare");
    if !rustix::process::geteuid().is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command.args(["--net", "sh", "-c", script]);
    let waited = world.run(command).ok().json()["waited"].clone();
    assert_eq!(
        (&waited["ready_by"], &waited["ports"]),
        (&"port".into(), &serde_json::json!([8123]))
    );
    assert_eq!(waited["note"], "Its ports are those of another network namespace.");
}

#[test]
fn a_service_that_has_ended_is_not_ready() {
    let world = World::new();
    let waited = start(
        &world,
        "import socket, sys, time
print('server started')
time.sleep(0.2)
raise SystemError('no database')",
        "20",
    );
    assert_eq!((&waited["reached"], &waited["reason"]), (&false.into(), &"exit".into()));
}

#[test]
fn the_first_error_and_the_holder_of_the_port_are_named() {
    let world = World::new();
    let port = free_port();
    let script = format!("require('http').createServer().listen({port})");
    let holder = ["start", "--label", "web", "--wait-for", "ready", "node", "-e", &script];
    world.pp(holder).ok();
    let start = ["--format", "json", "start", "--label", "again", "--wait-for", "ready"];
    let mut command = world.pp_command(start);
    let frames = "process.on('uncaughtException', (error) => { console.error(error);
        for (let n = 0; n < 40; n++) console.error('    at frame', n); process.exit(1) });";
    command.args(["--", "node", "-e", &format!("{frames} {script}")]);
    let waited = world.run(command).json()["waited"].clone();
    let note = waited["note"].as_str().unwrap();
    let error = format!("Error: listen EADDRINUSE: address already in use :::{port}");
    assert!(note.starts_with(&format!("The first error: {error}")), "{waited:#}");
    let pid = &world.process("web")["pid"];
    assert!(note.contains(&format!("Port {port} is held by PID {pid}, ")), "{note}");
    assert!(note.contains("managed here as `web`"), "{note}");
}

/// As `uvicorn missing:app --reload` does: the cause stands above the trace.
#[test]
fn a_server_that_fails_and_goes_on_is_not_ready_and_its_first_error_is_named() {
    let world = World::new();
    let script = "import time
print('ModuleNotFoundError: No module named \\'missing\\'')
for number in range(60):
    print('  File \"trace.py\", line %d' % number)
time.sleep(1000)";
    let waited = start(&world, script, "1.5");
    assert_eq!((&waited["reached"], &waited["reason"]), (&false.into(), &"timeout".into()));
    let note = waited["note"].as_str().unwrap();
    assert!(note.contains("ModuleNotFoundError: No module named 'missing'"), "{waited:#}");
}

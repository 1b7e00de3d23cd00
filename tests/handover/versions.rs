//! A newer `pp` and an older daemon: the daemon is replaced, or gets a request that it knows. The
//! older daemon is played from recorded answers.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::World;

const RECORDED: &str = include_str!("../recordings/http-0.3.0.json");

/// A request that the older daemon has received: method and path, and the body.
type Received = (String, Value);

/// Plays a daemon of version 0.3.0 on this socket until it is shut down. If `refuses_shutdown`, it
/// goes on.
fn older_daemon(socket: &Path, refuses_shutdown: bool) -> Receiver<Received> {
    let recorded: Value = serde_json::from_str(RECORDED).unwrap();
    let listener = UnixListener::bind(socket).unwrap();
    let path = socket.to_owned();
    let (sender, received) = sync_channel(16);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            let Some((route, body)) = read_request(&stream) else { continue };
            let (status, answer) = match route.as_str() {
                "POST /v1/processes" if has_unknown_field(&body, &recorded) => {
                    (422, "unknown_field")
                }
                "POST /v1/processes" => (201, "started"),
                "GET /v1/daemon" => (200, "daemon"),
                "GET /v1/ports/3000" => (404, "no_such_route"),
                "POST /v1/shutdown" if !refuses_shutdown => (200, "shutdown"),
                _ => (503, "busy"),
            };
            if answer == "shutdown" {
                std::fs::remove_file(&path).unwrap();
            }
            // Fails if the test is over.
            sender.send((route, body)).ok();
            answer_request(&stream, status, &recorded[answer]);
            if answer == "shutdown" {
                return;
            }
        }
    });
    received
}

fn read_request(stream: &UnixStream) -> Option<Received> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok().filter(|length| *length > 0)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let route = first.rsplit_once(' ')?.0.to_owned();
    Some((route, serde_json::from_slice(&body).unwrap_or_default()))
}

fn has_unknown_field(body: &Value, recorded: &Value) -> bool {
    let known = recorded["known_fields"].as_array().unwrap();
    let is_known = |name: &String| known.iter().any(|field| field == name);
    !body.as_object().unwrap().keys().all(is_known)
}

fn answer_request(mut stream: &UnixStream, status: u16, body: &Value) {
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 {status} X\r\npersistproc-version: 0.3.0\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    // Fails if the client has exited.
    stream.write_all((head + &body).as_bytes()).ok();
}

/// A world whose runtime directory exists and in which no daemon runs.
fn world_without_daemon() -> World {
    let world = World::new();
    world.pp(["list"]).ok();
    world.persistproc(["shutdown"]).ok();
    world
}

#[test]
fn an_older_daemon_is_replaced_before_the_first_start() {
    let world = world_without_daemon();
    let received = older_daemon(&world.sockets().unwrap().join("daemon.sock"), false);
    let output = world.pp(["sh", "-c", "echo hello"]).ok();
    assert_eq!(output.out(), "hello\n");
    assert!(output.err().contains("0.3.0"), "{output}");
    let routes: Vec<String> = received.iter().map(|(route, _)| route).collect();
    assert_eq!(routes, ["POST /v1/processes", "GET /v1/daemon", "POST /v1/shutdown"]);
    assert_eq!(world.daemons().len(), 1);
}

#[test]
fn an_older_daemon_that_stays_gets_a_request_that_it_knows() {
    let world = world_without_daemon();
    let received = older_daemon(&world.sockets().unwrap().join("daemon.sock"), true);
    let pp = world.spawn_pp(["true"]);
    let last = received.iter().filter(|(route, _)| route == "POST /v1/processes").nth(1);
    let (_, request) = last.unwrap();
    assert_eq!(request["command"], serde_json::json!(["true"]));
    drop(pp);
    std::fs::remove_file(world.sockets().unwrap().join("daemon.sock")).unwrap();
}

#[test]
fn an_older_daemon_is_replaced_before_a_start_in_the_background() {
    let world = world_without_daemon();
    let received = older_daemon(&world.sockets().unwrap().join("daemon.sock"), false);
    let output = world.pp(["start", "--label", "web", "sleep", "1000"]).ok();
    assert!(output.err().contains("Replaced the daemon, whose version was 0.3.0"), "{output}");
    let routes: Vec<String> = received.iter().map(|(route, _)| route).collect();
    assert_eq!(routes, ["POST /v1/processes", "GET /v1/daemon", "POST /v1/shutdown"]);
    assert_eq!(world.process("web")["status"], "running");
}

#[test]
fn an_older_daemon_that_refuses_another_request_is_named_with_the_next_step() {
    let world = world_without_daemon();
    let socket = world.sockets().unwrap().join("daemon.sock");
    let _received = older_daemon(&socket, false);
    let output = world.pp(["port", "3000"]);
    std::fs::remove_file(socket).unwrap();
    assert_snapshot!(output, @"
    --- stderr
    Error: No route matches /v1/ports/3000.
    GET / lists all routes. A target in a path must be percent-encoded. The daemon is version 0.3.0, older than this program (<version>). Run `pp serve --replace` to replace it; its processes keep running.
    --- exit 1
    ");
}

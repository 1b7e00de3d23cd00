//! A real client, rmcp's own, through a whole job over TCP and over the Unix socket, again with
//! the daemon killed between all calls, and again with sessions that leave the memory at once.

use std::io::copy;
use std::net::TcpStream;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rmcp::ServiceExt;
use rmcp::model::{CallToolRequestParams, ClientCapabilities, ClientConfig, Implementation};
use rmcp::service::{RoleClient, RunningService};
use rmcp::transport::StreamableHttpClientTransport;
use serde_json::{Value, json};

use super::{another_daemon, forgetful_daemon};
use crate::support::World;
use crate::support::wait::pause;

type Client = RunningService<RoleClient, ClientConfig>;

/// Everything an agent does with a server; in between, what `between` does.
fn job(world: &World, socket: &Path, uri: &str, between: impl Fn()) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let client = runtime.block_on(connect(socket, uri));
    let call = |tool: &'static str, arguments: Value| {
        between();
        runtime.block_on(call(&client, tool, arguments))
    };
    let started = call(
        "ctrl",
        json!({"action": "start", "label": "web", "command_or_label":
        "echo 'Local: http://localhost:4001/'; while read -r l; do echo $l; done; sleep 1000",
        "working_directory": world.work(), "wait_for": "ready"}),
    );
    assert_eq!(started["url"], "http://localhost:4001/");
    let waited = call("wait", json!({"command_or_label": "web", "pattern": "local"}));
    assert_eq!(waited["reached"], true);
    let cursor = &waited["cursor"];
    let news = call("output", json!({"command_or_label": "web", "cursor": cursor}));
    assert_eq!(news["output"], json!([]));
    let again = call("ctrl", json!({"action": "restart", "command_or_label": "web"}));
    assert_ne!(again["pid"], started["pid"]);
    let waited =
        call("wait", json!({"command_or_label": "web", "cursor": cursor, "pattern": "local"}));
    assert_eq!(waited["reached"], true);
    let stopped = call("ctrl", json!({"action": "stop", "command_or_label": "web"}));
    assert_eq!(stopped["status"], "terminated");
    runtime.block_on(client.cancel()).unwrap();
}

async fn connect(socket: &Path, uri: &str) -> Client {
    let path = socket.to_string_lossy();
    let transport = StreamableHttpClientTransport::from_unix_socket(&path, uri);
    let me =
        ClientConfig::new(ClientCapabilities::default(), Implementation::new("rmcp-test", "1"));
    me.serve(transport).await.unwrap()
}

async fn call(client: &Client, tool: &'static str, arguments: Value) -> Value {
    let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
    let request = CallToolRequestParams::new(tool).with_arguments(arguments);
    let result = client.call_tool(request).await.unwrap();
    assert_eq!(result.is_error, Some(false), "{result:?}");
    result.structured_content.unwrap()
}

/// A Unix socket in front of the TCP listener, for a client that knows only the former.
fn in_front_of_tcp(world: &World) -> PathBuf {
    let path = world.folder("run").join("tcp.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let port = world.port;
    thread::spawn(move || {
        for client in listener.incoming() {
            let Ok(client) = client else { return };
            let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { continue };
            let (up, down) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || pass_on(up, server));
            thread::spawn(move || pass_back(down, client));
        }
    });
    path
}

fn pass_on(mut from: UnixStream, mut to: TcpStream) {
    // The end of either side is the end of both.
    copy(&mut from, &mut to).ok();
    to.shutdown(std::net::Shutdown::Both).ok();
}

fn pass_back(mut from: TcpStream, mut to: UnixStream) {
    copy(&mut from, &mut to).ok();
    to.shutdown(std::net::Shutdown::Both).ok();
}

/// All three circumstances.
fn whatever_happens(world: &World, socket: &Path, uri: &str) {
    job(world, socket, uri, || ());
    job(world, socket, uri, || another_daemon(world));
    world.pp(["shutdown"]).ok();
    let serve = forgetful_daemon(world);
    job(world, socket, uri, || pause(Duration::from_millis(500)));
    world.pp(["shutdown"]).ok();
    drop(serve);
}

#[test]
fn over_the_unix_socket() {
    let world = World::new();
    world.pp(["list"]).ok();
    let socket = world.sockets().unwrap().join("daemon.sock");
    whatever_happens(&world, &socket, "http://localhost/mcp");
}

#[test]
fn over_tcp() {
    let world = World::new();
    world.pp(["list"]).ok();
    let (socket, uri) = (in_front_of_tcp(&world), format!("http://127.0.0.1:{}/mcp", world.port));
    whatever_happens(&world, &socket, &uri);
}

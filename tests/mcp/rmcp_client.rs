//! rmcp's own client with a whole job, over TCP and over the Unix socket.

use std::io::copy;
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread;

use rmcp::ServiceExt;
use rmcp::model::{CallToolRequestParams, ClientCapabilities, ClientConfig, Implementation};
use rmcp::service::{RoleClient, RunningService};
use rmcp::transport::StreamableHttpClientTransport;
use serde_json::{Value, json};

use super::with_stable_and_interrupted_sessions;
use crate::support::World;
use crate::support::scripts::SERVES;

type Client = RunningService<RoleClient, ClientConfig>;

/// The typical job of an agent; runs `before_call` before each call.
fn run_job(world: &World, socket: &Path, uri: &str, before_call: &dyn Fn()) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let client = runtime.block_on(connect(socket, uri));
    let call = |tool: &'static str, arguments: Value| {
        before_call();
        runtime.block_on(call(&client, tool, arguments))
    };
    let started = call(
        "ctrl",
        json!({"action": "start", "label": "web", "command_or_label":
        SERVES,
        "working_directory": world.work(), "wait_for": "ready"}),
    );
    assert!(started["url"].as_str().unwrap().starts_with("http://localhost:"), "{started:#}");
    let waited = call("wait", json!({"command_or_label": "web", "pattern": "local"}));
    assert_eq!(waited["reached"], true);
    let cursor = &waited["cursor"];
    let output = call("output", json!({"command_or_label": "web", "cursor": cursor}));
    assert_eq!(output["output"], json!([]));
    let restarted = call("ctrl", json!({"action": "restart", "command_or_label": "web"}));
    assert_ne!(restarted["pid"], started["pid"]);
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
    let config =
        ClientConfig::new(ClientCapabilities::default(), Implementation::new("rmcp-test", "1"));
    config.serve(transport).await.unwrap()
}

async fn call(client: &Client, tool: &'static str, arguments: Value) -> Value {
    let Value::Object(arguments) = arguments else { panic!("not an object: {arguments}") };
    let request = CallToolRequestParams::new(tool).with_arguments(arguments);
    let result = client.call_tool(request).await.unwrap();
    assert_eq!(result.is_error, Some(false), "{result:?}");
    result.structured_content.unwrap()
}

/// A Unix socket that forwards to the TCP listener, because rmcp's TCP client is not compiled in.
fn forward_to_tcp(world: &World) -> PathBuf {
    let path = world.folder("run").join("tcp.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let port = world.port;
    thread::spawn(move || {
        for client in listener.incoming() {
            let Ok(client) = client else { return };
            let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { continue };
            let client_reader = client.try_clone().unwrap();
            let server_reader = server.try_clone().unwrap();
            thread::spawn(move || copy_to_server(client_reader, server));
            thread::spawn(move || copy_to_client(server_reader, client));
        }
    });
    path
}

// Either side closing the connection closes it for both, so errors of `copy` and `shutdown` are
// expected and ignored.

fn copy_to_server(mut client: UnixStream, mut server: TcpStream) {
    copy(&mut client, &mut server).ok();
    server.shutdown(Shutdown::Both).ok();
}

fn copy_to_client(mut server: TcpStream, mut client: UnixStream) {
    copy(&mut server, &mut client).ok();
    client.shutdown(Shutdown::Both).ok();
}

#[test]
fn over_the_unix_socket() {
    let world = World::new();
    world.pp(["list"]).ok();
    let socket = world.sockets().unwrap().join("daemon.sock");
    with_stable_and_interrupted_sessions(&world, |before_call| {
        run_job(&world, &socket, "http://localhost/mcp", before_call);
    });
}

#[test]
fn over_tcp() {
    let world = World::new();
    let socket = forward_to_tcp(&world);
    let uri = format!("http://127.0.0.1:{}/mcp", world.port);
    with_stable_and_interrupted_sessions(&world, |before_call| {
        run_job(&world, &socket, &uri, before_call);
    });
}

//! Tool calls over MCP on a persistent connection, compared with the same requests to an empty
//! handler.

use std::net::TcpListener;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};

use super::rest::{KillOnDrop, measure_in_turn};
use crate::bench::Bench;
use crate::check::Faults;
use crate::daemon::{Daemon, LARGE_LOG_LIMIT};
use crate::http_client::{HttpConnection, Response};
use crate::row::{Row, ms};
use crate::rows::tail::process_with_output;
use crate::stats::Pairs;
use crate::{Fallible, clock};

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    let daemon = Daemon::start(bench, LARGE_LOG_LIMIT)?;
    let id = process_with_output(bench, &daemon, "lines", 1_000_000)?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut server = bench.child(&["empty-server", "port", &port.to_string()])?;
    let _server = KillOnDrop(server.stdin(Stdio::null()).spawn()?);
    let mut empty = clock::wait_until("the empty server", Duration::from_millis(5), || {
        Ok(HttpConnection::to_port(port).ok())
    })?;
    let mut connection = daemon.connect_tcp()?;
    let call = Call::new("list", &json!({}));
    let list = compare(bench, &mut empty, &mut connection, &call, 1)?;
    // Enough for a hundred of these lines.
    let arguments = json!({"command_or_label": id, "lines": 100, "max_bytes": 20_000});
    let call = Call::new("output", &arguments);
    let lines = compare(bench, &mut empty, &mut connection, &call, 100)?;
    Ok(vec![
        Row::new(13, "MCP `list`, persistent connection").compare(&list, ms, 3.0),
        Row::new(13, "MCP `output` of 100 lines, persistent connection").compare(&lines, ms, 3.0),
    ])
}

/// A tool call, encoded as HTTP.
pub(super) struct Call {
    headers: String,
    body: String,
}

impl Call {
    pub(super) fn new(tool: &str, arguments: &Value) -> Self {
        let version = "2026-07-28";
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
            "name": tool, "arguments": arguments, "_meta": {
                "io.modelcontextprotocol/protocolVersion": version,
                "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
                "io.modelcontextprotocol/clientCapabilities": {}}}});
        let headers = format!(
            "accept: application/json, text/event-stream\r\nmcp-protocol-version: {version}\r\n\
             mcp-method: tools/call\r\nmcp-name: {tool}\r\n"
        );
        Self { headers, body: body.to_string() }
    }

    fn send(&self, connection: &mut HttpConnection, path: &str) -> Fallible<Response> {
        let response = connection.post_with(path, &self.headers, &self.body)?;
        match response.status {
            200 => Ok(response),
            status => Err(format!("{status}: {}", String::from_utf8_lossy(&response.body)).into()),
        }
    }

    pub(super) fn seconds(&self, connection: &mut HttpConnection, path: &str) -> Fallible<f64> {
        let began = clock::now();
        self.send(connection, path)?;
        Ok(clock::seconds(began, clock::now()))
    }
}

fn compare(
    bench: &Bench,
    empty: &mut HttpConnection,
    connection: &mut HttpConnection,
    call: &Call,
    items: usize,
) -> Fallible<Pairs> {
    check(bench, connection, call, items)?;
    measure_in_turn(bench, || call.seconds(empty, "/"), || call.seconds(connection, "/mcp"))
}

/// Counts the difference as faults if the result does not have this many items.
fn check(bench: &Bench, connection: &mut HttpConnection, call: &Call, items: usize) -> Fallible {
    let response: Value = serde_json::from_slice(&call.send(connection, "/mcp")?.body)?;
    let content = &response["result"]["structuredContent"];
    let list = [&content["processes"], &content["output"]].into_iter().find_map(Value::as_array);
    let found = list.map_or(0, Vec::len);
    bench.count(Faults {
        lines: items as u64,
        lost: items.abs_diff(found) as u64,
        ..Faults::default()
    });
    Ok(())
}

//! A call of a tool over MCP on a connection that is kept, beside an empty handler that is sent the
//! same by the same client.

use std::net::TcpListener;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};

use super::rest::{Killed, in_turn};
use crate::bench::Bench;
use crate::check::Faults;
use crate::row::{Row, ms};
use crate::rows::tail::filled;
use crate::stats::Pairs;
use crate::wire::{Answer, Wire};
use crate::world::{ROOMY, World};
use crate::{Fallible, clock};

pub(crate) fn measure(bench: &Bench) -> Fallible<Vec<Row>> {
    let world = World::new(bench, ROOMY)?;
    let id = filled(bench, &world, "lines", 1_000_000)?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let mut hello = bench.child(&["hello", "on", &port.to_string()])?;
    let _hello = Killed(hello.stdin(Stdio::null()).spawn()?);
    let mut bare = clock::until("an empty handler", Duration::from_millis(5), || {
        Ok(Wire::on_loopback(port).ok())
    })?;
    let mut wire = world.wire_on_loopback()?;
    let list = beside(bench, &mut bare, &mut wire, &Call::new("list", &json!({})), 1)?;
    // The budget of an answer is as large as a hundred of these lines.
    let output = json!({"command_or_label": id, "lines": 100, "max_bytes": 20_000});
    let lines = beside(bench, &mut bare, &mut wire, &Call::new("output", &output), 100)?;
    Ok(vec![
        Row::new(13, "MCP list, kept connection").times(&list, ms, 3.0),
        Row::new(13, "MCP 100 lines, kept connection").times(&lines, ms, 3.0),
    ])
}

/// A call of a tool, as it goes over the wire.
struct Call {
    headers: String,
    body: String,
}

impl Call {
    fn new(tool: &str, arguments: &Value) -> Self {
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

    fn ask(&self, wire: &mut Wire, path: &str) -> Fallible<Answer> {
        let answer = wire.post_with(path, &self.headers, &self.body)?;
        match answer.status {
            200 => Ok(answer),
            status => Err(format!("{status}: {}", String::from_utf8_lossy(&answer.body)).into()),
        }
    }

    fn timed(&self, wire: &mut Wire, path: &str) -> Fallible<f64> {
        let began = clock::now();
        self.ask(wire, path)?;
        Ok(clock::seconds(began, clock::now()))
    }
}

fn beside(
    bench: &Bench,
    bare: &mut Wire,
    wire: &mut Wire,
    call: &Call,
    items: usize,
) -> Fallible<Pairs> {
    check(bench, wire, call, items)?;
    in_turn(bench, || call.timed(bare, "/"), || call.timed(wire, "/mcp"))
}

/// The answer is what it should be: its list has so many items.
fn check(bench: &Bench, wire: &mut Wire, call: &Call, items: usize) -> Fallible {
    let answer: Value = serde_json::from_slice(&call.ask(wire, "/mcp")?.body)?;
    let told = &answer["result"]["structuredContent"];
    let list = [&told["processes"], &told["output"]].into_iter().find_map(Value::as_array);
    let found = list.map_or(0, Vec::len);
    bench.found(Faults {
        lines: items as u64,
        lost: items.abs_diff(found) as u64,
        ..Faults::default()
    });
    Ok(())
}

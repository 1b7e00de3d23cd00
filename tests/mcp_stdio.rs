//! `persistproc mcp`: the stdio bridge between an agent and a real daemon, with and without sessions.

mod daemon_restarts;
mod exit;
mod messages;

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::background::Background;
use crate::support::{World, until};

/// A protocol version with sessions, or a stateless one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ProtocolKind {
    Session,
    Stateless,
}

pub(crate) const PROTOCOLS: [ProtocolKind; 2] = [ProtocolKind::Session, ProtocolKind::Stateless];

/// An agent and its bridge.
pub(crate) struct Agent {
    bridge: Background,
    protocol: ProtocolKind,
    last_id: u32,
}

/// The command of a bridge.
pub(crate) fn bridge_command(world: &World) -> Command {
    let mut command = world.command(env!("CARGO_BIN_EXE_persistproc"));
    command.arg("mcp").stdin(Stdio::piped());
    command
}

impl Agent {
    fn new(world: &World, protocol: ProtocolKind) -> Self {
        Self::with_bridge(world, protocol, bridge_command(world))
    }

    pub(crate) fn with_bridge(world: &World, protocol: ProtocolKind, command: Command) -> Self {
        let mut agent = Self { bridge: world.spawn(command), protocol, last_id: 0 };
        if protocol == ProtocolKind::Session {
            let client = json!({ "name": "test-agent", "version": "1" });
            let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client });
            let answer = agent.ask("initialize", params);
            assert_eq!(answer["result"]["protocolVersion"], "2025-11-25", "{answer:#}");
            agent.notify("notifications/initialized", &json!({}));
        }
        agent
    }

    /// Writes a line to the bridge, which may be malformed.
    fn write_line(&mut self, line: &str) {
        self.bridge.type_in(format!("{line}\n").as_bytes());
    }

    /// Sends a notification.
    fn notify(&mut self, method: &str, params: &Value) {
        let message = json!({ "jsonrpc": "2.0", "method": method, "params": params });
        self.write_line(&message.to_string());
    }

    /// Sends a request and returns its id.
    fn send(&mut self, method: &str, mut params: Value) -> u32 {
        self.last_id += 1;
        if self.protocol == ProtocolKind::Stateless {
            params["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2026-07-28".into();
            params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({});
        }
        let id = self.last_id;
        let message = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.write_line(&message.to_string());
        id
    }

    /// Waits for the answer to a request.
    #[track_caller]
    fn answer(&self, id: u32) -> Value {
        until(&format!("the answer to request {id}"), || {
            self.try_answer(id).ok_or_else(|| self.bridge.out())
        })
    }

    /// The answer to a request, if it has arrived.
    fn try_answer(&self, id: u32) -> Option<Value> {
        self.messages().into_iter().find(|message| message["id"] == id)
    }

    /// All messages received so far. Panics if a line is not JSON.
    fn messages(&self) -> Vec<Value> {
        let out = self.bridge.out();
        let complete_lines = out.rfind('\n').map_or("", |end| &out[..end]);
        complete_lines.lines().map(parse).collect()
    }

    /// Sends a request and waits for its answer.
    #[track_caller]
    fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.send(method, params);
        self.answer(id)
    }

    /// Sends a tool call and returns its id.
    fn send_call(&mut self, tool: &str, arguments: &Value) -> u32 {
        self.send("tools/call", json!({ "name": tool, "arguments": arguments }))
    }

    /// Calls a tool that succeeds; returns its structured content.
    #[track_caller]
    pub(crate) fn call(&mut self, tool: &str, arguments: &Value) -> Value {
        let id = self.send_call(tool, arguments);
        let answer = self.answer(id);
        assert_ne!(answer["result"]["isError"], true, "{answer:#}");
        assert!(answer["error"].is_null(), "{answer:#}");
        answer["result"]["structuredContent"].clone()
    }

    /// Starts `sleep 1000` with the label `nap`.
    #[track_caller]
    fn start_nap(&mut self) {
        let start = json!({ "action": "start", "command_or_label": "sleep 1000", "label": "nap" });
        self.call("ctrl", &start);
    }

    /// Stops it, whether another agent has used it or not.
    #[track_caller]
    fn stop_nap(&mut self) -> Value {
        let stop = json!({ "action": "stop", "command_or_label": "nap", "force": true });
        self.call("ctrl", &stop)
    }

    /// Sends a call that waits for the exit of `nap`; returns its id.
    fn send_wait_for_nap(&mut self) -> u32 {
        self.send_call("wait", &json!({ "command_or_label": "nap", "for": "exit" }))
    }

    /// Waits for the answer to a `wait`, and checks that the process has exited.
    #[track_caller]
    fn assert_exit_answer(&self, id: u32) {
        let answer = self.answer(id);
        assert_eq!(answer["result"]["structuredContent"]["reason"], "exit", "{answer:#}");
    }
}

#[track_caller]
fn parse(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

//! `persistproc mcp`: an agent at one end of the bridge, a real daemon at the other, in both eras
//! of the protocol.

mod carried;
mod daemons;
mod ending;

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::background::Background;
use crate::support::{World, until};

/// Which protocol the agent speaks.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Era {
    Session,
    Stateless,
}

const ERAS: [Era; 2] = [Era::Session, Era::Stateless];

/// An agent, and the bridge that it has started.
struct Agent {
    bridge: Background,
    era: Era,
    asked: u32,
}

fn bridge(world: &World) -> Command {
    let mut command = world.command(env!("CARGO_BIN_EXE_persistproc"));
    command.arg("mcp").stdin(Stdio::piped());
    command
}

impl Agent {
    fn new(world: &World, era: Era) -> Self {
        Self::with(world, era, bridge(world))
    }

    fn with(world: &World, era: Era, command: Command) -> Self {
        let mut agent = Self { bridge: world.spawn(command), era, asked: 0 };
        if era == Era::Session {
            let client = json!({ "name": "test-agent", "version": "1" });
            let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client });
            let answer = agent.ask("initialize", params);
            assert_eq!(answer["result"]["protocolVersion"], "2025-11-25", "{answer:#}");
            agent.tell("notifications/initialized", &json!({}));
        }
        agent
    }

    /// Says a line, whatever it is.
    fn say(&mut self, line: &str) {
        self.bridge.type_in(format!("{line}\n").as_bytes());
    }

    fn tell(&mut self, method: &str, params: &Value) {
        let message = json!({ "jsonrpc": "2.0", "method": method, "params": params });
        self.say(&message.to_string());
    }

    /// Sends a request; its id.
    fn send(&mut self, method: &str, mut params: Value) -> u32 {
        self.asked += 1;
        if self.era == Era::Stateless {
            params["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2026-07-28".into();
            params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({});
        }
        let id = self.asked;
        let message = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.say(&message.to_string());
        id
    }

    /// Waits for the answer to a request.
    #[track_caller]
    fn answer(&self, id: u32) -> Value {
        until(&format!("an answer to {id}"), || self.answered(id).ok_or_else(|| self.bridge.out()))
    }

    fn answered(&self, id: u32) -> Option<Value> {
        self.messages().into_iter().find(|message| message["id"] == id)
    }

    /// All that has come back, which is whole lines of JSON and nothing else.
    fn messages(&self) -> Vec<Value> {
        let out = self.bridge.out();
        let whole = out.rfind('\n').map_or("", |end| &out[..end]);
        let read = |line: &str| {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
        };
        whole.lines().map(read).collect()
    }

    #[track_caller]
    fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.send(method, params);
        self.answer(id)
    }

    fn send_call(&mut self, tool: &str, arguments: &Value) -> u32 {
        self.send("tools/call", json!({ "name": tool, "arguments": arguments }))
    }

    /// Calls a tool that succeeds; what it answers.
    #[track_caller]
    fn call(&mut self, tool: &str, arguments: &Value) -> Value {
        let id = self.send_call(tool, arguments);
        let answer = self.answer(id);
        assert_ne!(answer["result"]["isError"], true, "{answer:#}");
        assert!(answer["error"].is_null(), "{answer:#}");
        answer["result"]["structuredContent"].clone()
    }
}

//! JSON-RPC over HTTP by hand, so that a test sees what is on the wire: one request a connection,
//! in the newest version of the protocol or in a session of an older one.

#![expect(clippy::needless_pass_by_value, reason = "JSON is handed over where it is written")]

use serde_json::{Value, json};

use crate::support::streaming::StreamingReply;
use crate::support::{Http, Reply, World};

const NEWEST: &str = "2026-07-28";
const WITH_SESSIONS: &str = "2025-11-25";

/// A client of the daemon's MCP endpoint.
#[derive(Clone)]
pub(crate) struct Mcp {
    http: Http,
    /// None: the newest version, which has no sessions.
    pub(crate) session: Option<String>,
    pub(crate) capabilities: Value,
    pub(crate) headers: Vec<(String, String)>,
    name: String,
}

/// What a tool answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) result: Value,
}

impl Mcp {
    /// A client of the newest version.
    #[track_caller]
    pub(crate) fn modern(world: &World) -> Self {
        world.pp(["list"]).ok();
        let (capabilities, headers) = (json!({}), Vec::new());
        Self { http: world.tcp(), session: None, capabilities, headers, name: "test-agent".into() }
    }

    /// A client with a session.
    #[track_caller]
    pub(crate) fn legacy(world: &World) -> Self {
        let mut client = Self::modern(world);
        let params = json!({
            "protocolVersion": WITH_SESSIONS,
            "capabilities": {},
            "clientInfo": { "name": client.name, "version": "1" },
        });
        let reply = client.send("initialize", &params, &[]);
        let session = reply.header("mcp-session-id").expect("a session").to_owned();
        assert_eq!(message(&reply)["result"]["protocolVersion"], WITH_SESSIONS, "{reply}");
        client.session = Some(session);
        let body = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        client.post(&body, &[]).unwrap();
        client
    }

    /// The same client under another name.
    pub(crate) fn named(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }

    /// The same client, from another door.
    pub(crate) fn through(mut self, http: Http) -> Self {
        self.http = http;
        self
    }

    /// Calls a tool and waits for the answer.
    #[track_caller]
    pub(crate) fn call(&self, tool: &str, arguments: Value) -> Answer {
        let params = json!({ "name": tool, "arguments": arguments });
        Answer { result: self.ask("tools/call", params) }
    }

    /// Any request; the result.
    #[track_caller]
    pub(crate) fn ask(&self, method: &str, params: Value) -> Value {
        let mut answer = self.answer(method, params);
        assert!(answer["error"].is_null(), "{method}: {answer:#}");
        answer["result"].take()
    }

    /// Any request; result or error.
    #[track_caller]
    pub(crate) fn answer(&self, method: &str, params: Value) -> Value {
        message(&self.send(method, &params, &[]))
    }

    /// Any request; the whole answer of HTTP.
    #[track_caller]
    pub(crate) fn send(&self, method: &str, params: &Value, more: &[(&str, &str)]) -> Reply {
        self.try_send(method, params, more).unwrap()
    }

    pub(crate) fn try_send(
        &self,
        method: &str,
        params: &Value,
        more: &[(&str, &str)],
    ) -> std::io::Result<Reply> {
        let (body, headers) = self.request(method, params);
        let headers: Vec<_> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        self.post(&body, &[&headers[..], more].concat())
    }

    /// The same, read message by message.
    pub(crate) fn open(&self, method: &str, params: &Value) -> StreamingReply {
        let (body, headers) = self.request(method, params);
        let mut headers: Vec<_> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        headers.extend(self.own_headers());
        self.http.open("POST", "/mcp", &headers, body.to_string().as_bytes()).unwrap()
    }

    fn request(&self, method: &str, params: &Value) -> (Value, Vec<(String, String)>) {
        let mut params = params.clone();
        let mut headers = vec![("mcp-method".to_owned(), method.to_owned())];
        if self.session.is_none() && method != "initialize" {
            let meta = &mut params["_meta"];
            meta["io.modelcontextprotocol/protocolVersion"] = json!(NEWEST);
            meta["io.modelcontextprotocol/clientInfo"] = json!({"name": self.name, "version": "1"});
            meta["io.modelcontextprotocol/clientCapabilities"] = self.capabilities.clone();
            headers.push(("mcp-protocol-version".into(), NEWEST.into()));
            let name = ["name", "uri", "taskId"].iter().find_map(|key| params[key].as_str());
            headers.extend(name.map(|name| ("mcp-name".to_owned(), name.to_owned())));
        }
        (json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }), headers)
    }

    /// The same under a number of its own, for requests that are on their way together.
    pub(crate) fn send_as(&self, number: u64, method: &str, params: &Value) -> Reply {
        let (mut body, headers) = self.request(method, params);
        body["id"] = json!(number);
        let headers: Vec<_> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        self.post(&body, &headers).unwrap()
    }

    fn post(&self, body: &Value, headers: &[(&str, &str)]) -> std::io::Result<Reply> {
        let mut all = self.own_headers();
        all.extend(headers);
        self.http.try_send("POST", "/mcp", &all, body.to_string().as_bytes())
    }

    fn own_headers(&self) -> Vec<(&str, &str)> {
        let mut headers = vec![
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
        ];
        if let Some(session) = &self.session {
            headers.push(("mcp-session-id", session));
            headers.push(("mcp-protocol-version", WITH_SESSIONS));
        }
        headers.extend(self.headers.iter().map(|(name, value)| (&**name, &**value)));
        headers
    }
}

/// The message in an answer: the body, or the last event of a stream.
#[track_caller]
pub(crate) fn message(reply: &Reply) -> Value {
    assert_eq!(reply.status, 200, "{reply}");
    let body = String::from_utf8_lossy(&reply.body);
    let data = body.lines().filter_map(|line| line.strip_prefix("data:")).next_back();
    let text = data.map_or(&*body, str::trim);
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {reply}"))
}

/// The next message of a stream.
pub(crate) fn next(live: &mut StreamingReply) -> Option<Value> {
    loop {
        let fields = live.sse()?;
        let data = fields.iter().find(|(name, value)| name == "data" && !value.is_empty());
        if let Some((_, data)) = data {
            return Some(serde_json::from_str(data).unwrap());
        }
    }
}

impl Answer {
    /// What is structured, of a call that went well; the text must say the same.
    #[track_caller]
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.result["isError"], false, "{:#}", self.result);
        let text: Value = serde_json::from_str(self.text()).unwrap();
        assert_eq!(text, self.result["structuredContent"]);
        text
    }

    /// The text of a call that failed.
    #[track_caller]
    pub(crate) fn error(&self) -> &str {
        assert_eq!(self.result["isError"], true, "{:#}", self.result);
        assert!(self.result["structuredContent"].is_null(), "{:#}", self.result);
        self.text()
    }

    #[track_caller]
    pub(crate) fn text(&self) -> &str {
        self.result["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{:#}", self.result))
    }
}

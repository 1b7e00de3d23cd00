//! `Mcp`: an MCP client that writes JSON-RPC over HTTP itself, so that tests see the wire. It uses one
//! connection per request, and either the newest protocol version or a session of an older one.

#![expect(clippy::needless_pass_by_value, reason = "callers build the JSON in place")]

use serde_json::{Value, json};

use crate::support::streaming::StreamingReply;
use crate::support::{Http, Reply, World};

const NEWEST: &str = "2026-07-28";
const WITH_SESSIONS: &str = "2025-11-25";

/// A client of the daemon's MCP endpoint.
#[derive(Clone)]
pub(crate) struct Mcp {
    http: Http,
    /// `None` in the newest version, which has no sessions.
    pub(crate) session: Option<String>,
    pub(crate) capabilities: Value,
    pub(crate) headers: Vec<(String, String)>,
    name: String,
}

/// The result of a tool call.
#[derive(Debug)]
pub(crate) struct ToolResult {
    pub(crate) result: Value,
}

impl Mcp {
    /// A client of the newest version.
    #[track_caller]
    pub(crate) fn modern(world: &World) -> Self {
        world.pp(["list"]).ok();
        Self {
            http: world.tcp(),
            session: None,
            capabilities: json!({}),
            headers: Vec::new(),
            name: "test-agent".into(),
        }
    }

    /// A client with a session.
    #[track_caller]
    pub(crate) fn legacy(world: &World) -> Self {
        Self::legacy_named(world, "test-agent")
    }

    /// A client of this name with a session.
    #[track_caller]
    pub(crate) fn legacy_named(world: &World, name: &str) -> Self {
        let mut client = Self::modern(world).named(name);
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

    /// The same client with another name.
    pub(crate) fn named(mut self, name: &str) -> Self {
        self.name = name.into();
        self
    }

    /// The same client on another address.
    pub(crate) fn through(mut self, http: Http) -> Self {
        self.http = http;
        self
    }

    /// The same client, which accepts tasks.
    pub(crate) fn with_tasks(mut self) -> Self {
        self.capabilities = json!({"extensions": {"io.modelcontextprotocol/tasks": {}}});
        self
    }

    /// Calls a tool and waits for the result.
    #[track_caller]
    pub(crate) fn call(&self, tool: &str, arguments: Value) -> ToolResult {
        let params = json!({ "name": tool, "arguments": arguments });
        ToolResult { result: self.ask("tools/call", params) }
    }

    /// Sends a request and returns its result.
    #[track_caller]
    pub(crate) fn ask(&self, method: &str, params: Value) -> Value {
        let mut answer = self.answer(method, params);
        assert!(answer["error"].is_null(), "{method}: {answer:#}");
        answer["result"].take()
    }

    /// Sends a request and returns the response message, a result or an error.
    #[track_caller]
    pub(crate) fn answer(&self, method: &str, params: Value) -> Value {
        message(&self.send(method, &params, &[]))
    }

    /// Sends a request with further headers and returns the HTTP response.
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
        let (body, headers) = self.request(1, method, params);
        self.post(&body, &[&borrowed(&headers)[..], more].concat())
    }

    /// Sends a request with this id, for requests in flight at the same time.
    pub(crate) fn send_with_id(&self, id: u64, method: &str, params: &Value) -> Reply {
        let (body, headers) = self.request(id, method, params);
        self.post(&body, &borrowed(&headers)).unwrap()
    }

    /// Sends a request whose response is read message by message.
    pub(crate) fn open(&self, method: &str, params: &Value) -> StreamingReply {
        let (body, headers) = self.request(1, method, params);
        let mut headers = borrowed(&headers);
        headers.extend(self.common_headers());
        self.http.open("POST", "/mcp", &headers, body.to_string().as_bytes()).unwrap()
    }

    /// The body and the headers of a request.
    fn request(&self, id: u64, method: &str, params: &Value) -> (Value, Vec<(String, String)>) {
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
        (json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }), headers)
    }

    fn post(&self, body: &Value, headers: &[(&str, &str)]) -> std::io::Result<Reply> {
        let mut all = self.common_headers();
        all.extend(headers);
        self.http.try_send("POST", "/mcp", &all, body.to_string().as_bytes())
    }

    /// The headers of all requests of this client.
    fn common_headers(&self) -> Vec<(&str, &str)> {
        let mut headers = vec![
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
        ];
        if let Some(session) = &self.session {
            headers.push(("mcp-session-id", session));
            headers.push(("mcp-protocol-version", WITH_SESSIONS));
        }
        headers.extend(borrowed(&self.headers));
        headers
    }
}

fn borrowed(headers: &[(String, String)]) -> Vec<(&str, &str)> {
    headers.iter().map(|(name, value)| (&**name, &**value)).collect()
}

/// The message in a response: the body, or the last event of a stream.
#[track_caller]
pub(crate) fn message(reply: &Reply) -> Value {
    assert_eq!(reply.status, 200, "{reply}");
    let body = String::from_utf8_lossy(&reply.body);
    let data = body.lines().filter_map(|line| line.strip_prefix("data:")).next_back();
    let text = data.map_or(&*body, str::trim);
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {reply}"))
}

/// The next message of a stream that a client does not ignore; `None` at EOF.
pub(crate) fn next_message(stream: &mut StreamingReply) -> Option<Value> {
    loop {
        let fields = stream.sse()?;
        let data = fields.iter().find(|(name, value)| name == "data" && !value.is_empty());
        if let Some((_, data)) = data {
            let message: Value = serde_json::from_str(data).unwrap();
            if message["method"] != "notifications/message" {
                return Some(message);
            }
        }
    }
}

impl ToolResult {
    /// The structured content of a successful call; its text must be the same JSON.
    #[track_caller]
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.result["isError"], false, "{:#}", self.result);
        let text: Value = serde_json::from_str(self.text()).unwrap();
        assert_eq!(text, self.result["structuredContent"]);
        text
    }

    /// The text of a failed call.
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

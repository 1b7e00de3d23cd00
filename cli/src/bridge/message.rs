//! `Message`: one parsed line of input, with its kind, its protocol and its HTTP headers. Pure.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

pub(super) const PARSE_ERROR: i32 = -32700;
pub(super) const INVALID_REQUEST: i32 = -32600;
pub(super) const INTERNAL_ERROR: i32 = -32603;

/// The key of the protocol version in `_meta`, from version 2026-07-28 on.
const VERSION_KEY: &str = "io.modelcontextprotocol/protocolVersion";

/// A message that can be forwarded.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) kind: MessageKind,
    pub(super) protocol: Protocol,
    pub(super) value: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum MessageKind {
    Request {
        id: Value,
    },
    /// `notifications/cancelled` for the request with this id.
    Cancel {
        id: Value,
    },
    /// Any other notification, or the reply to a request of the daemon.
    Notification,
}

/// The generation of the MCP protocol that a message uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// Before 2026-07-28: `initialize` begins a session.
    WithSessions,
    /// Since 2026-07-28: each message contains its version.
    Stateless { version: String },
}

/// A line that is not a valid message.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct InvalidMessage {
    pub(super) id: Option<Value>,
    pub(super) code: i32,
    pub(super) cause: String,
}

impl Message {
    pub(super) fn parse(line: &[u8]) -> Result<Self, InvalidMessage> {
        let value: Value = serde_json::from_slice(line).map_err(|error| InvalidMessage {
            id: None,
            code: PARSE_ERROR,
            cause: format!("The line is not valid JSON: {error}."),
        })?;
        let id = value.get("id").filter(|id| id.is_string() || id.is_number()).cloned();
        let invalid = |cause: &str| InvalidMessage {
            id: id.clone(),
            code: INVALID_REQUEST,
            cause: cause.into(),
        };
        if value.is_array() {
            return Err(invalid("Batches are not supported. Send one message per line."));
        }
        if !value.is_object() {
            return Err(invalid("A message must be a JSON object."));
        }
        let method = value.get("method").and_then(Value::as_str);
        let is_reply = value.get("result").or(value.get("error")).is_some();
        let kind = match (method, id.clone()) {
            (Some(_), Some(id)) => MessageKind::Request { id },
            (Some("notifications/cancelled"), None) => {
                let id = value.pointer("/params/requestId").cloned();
                MessageKind::Cancel { id: id.unwrap_or_default() }
            }
            (Some(_), None) if value.get("id").is_none() => MessageKind::Notification,
            (None, _) if is_reply => MessageKind::Notification,
            _ => {
                return Err(invalid("A message must have a `method`, and a request also an `id`."));
            }
        };
        let version =
            value.get("params").and_then(|params| params.get("_meta")?.get(VERSION_KEY)?.as_str());
        let protocol = match version {
            Some(version) => Protocol::Stateless { version: version.to_owned() },
            None => Protocol::WithSessions,
        };
        Ok(Self { kind, protocol, value })
    }

    pub(super) fn begins_session(&self) -> bool {
        self.method() == Some("initialize") && self.protocol == Protocol::WithSessions
    }

    pub(super) fn method(&self) -> Option<&str> {
        self.value.get("method")?.as_str()
    }

    /// Whether the request can be executed twice with the same effect. Tools that change something are
    /// not idempotent.
    pub(super) fn is_idempotent(&self) -> bool {
        match (self.method(), self.tool()) {
            (Some("tools/call"), Some(tool)) => ["list", "output", "wait"].contains(&tool),
            (Some("tools/call"), None) => false,
            _ => true,
        }
    }

    /// The name of the called tool.
    pub(super) fn tool(&self) -> Option<&str> {
        self.value.pointer("/params/name")?.as_str()
    }

    /// The HTTP headers that the stateless protocol requires in addition to the body.
    pub(super) fn headers(&self) -> Vec<(&'static str, String)> {
        let Protocol::Stateless { version } = &self.protocol else { return Vec::new() };
        let method = self.method().map(|method| ("mcp-method", header_value(method)));
        let name = self.object_name().map(|name| ("mcp-name", header_value(name)));
        let version = ("mcp-protocol-version", header_value(version));
        std::iter::once(version).chain(method).chain(name).collect()
    }

    /// The name or URI of the object that the request is about.
    fn object_name(&self) -> Option<&str> {
        let key = match self.method()? {
            "tools/call" | "prompts/get" => "name",
            "resources/read" | "resources/subscribe" | "resources/unsubscribe" => "uri",
            "tasks/get" | "tasks/update" | "tasks/cancel" => "taskId",
            _ => return None,
        };
        self.value.get("params")?.get(key)?.as_str()
    }
}

/// Encodes a value as Base64 if a header cannot contain it.
fn header_value(value: &str) -> String {
    let plain = value.bytes().all(|byte| (0x20..=0x7e).contains(&byte))
        && value.trim() == value
        && !value.starts_with("=?base64?");
    if plain { value.to_owned() } else { format!("=?base64?{}?=", STANDARD.encode(value)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(line: &str) -> Message {
        Message::parse(line.as_bytes()).unwrap_or_else(|error| panic!("{line}: {error:?}"))
    }

    #[test]
    fn lines_are_classified() {
        let request = message(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#);
        assert!(matches!(request.kind, MessageKind::Request { .. }));
        assert_eq!(
            (request.protocol, request.value["id"].clone()),
            (Protocol::WithSessions, 1.into())
        );
        let cancel = r#"{"method":"notifications/cancelled","params":{"requestId":"a"}}"#;
        assert_eq!(message(cancel).kind, MessageKind::Cancel { id: "a".into() });
        for notification in [r#"{"method":"notifications/initialized"}"#, r#"{"id":3,"result":{}}"#]
        {
            assert_eq!(message(notification).kind, MessageKind::Notification, "{notification}");
        }
        for (line, code, id) in [
            ("{", PARSE_ERROR, None),
            ("\u{fffd}", PARSE_ERROR, None),
            ("[]", INVALID_REQUEST, None),
            ("7", INVALID_REQUEST, None),
            (r#"{"id":5}"#, INVALID_REQUEST, Some(5.into())),
            (r#"{"id":null,"method":"ping"}"#, INVALID_REQUEST, None),
        ] {
            let error = Message::parse(line.as_bytes()).unwrap_err();
            assert_eq!((error.code, error.id), (code, id), "{line}");
        }
    }

    /// The headers of a stateless request, without the version. `params` is JSON with a comma.
    fn stateless_headers(method: &str, params: &str) -> Vec<String> {
        let meta = format!(r#""_meta":{{"{VERSION_KEY}":"2026-07-28"}}"#);
        let line = format!(r#"{{"id":1,"method":"{method}","params":{{{params}{meta}}}}}"#);
        message(&line).headers().into_iter().skip(1).map(|(_, value)| value).collect()
    }

    #[test]
    fn headers_of_the_stateless_protocol() {
        let headers = stateless_headers("tools/call", r#""name":"wait","#);
        assert_eq!(headers, ["tools/call", "wait"]);
        let headers = stateless_headers("tasks/get", r#""taskId":"t1","#);
        assert_eq!(headers, ["tasks/get", "t1"]);
        let headers = stateless_headers("resources/read", r#""uri":"process://ä/output","#);
        assert_eq!(headers[1], "=?base64?cHJvY2VzczovL8OkL291dHB1dA==?=");
        assert_eq!(stateless_headers("tools/list", ""), ["tools/list"]);
        assert!(message(r#"{"id":1,"method":"tools/list"}"#).headers().is_empty());
    }

    #[test]
    fn tools_that_change_something_are_not_idempotent() {
        for (is_idempotent, call) in [
            (true, r#"{"id":1,"method":"tools/call","params":{"name":"wait"}}"#),
            (false, r#"{"id":1,"method":"tools/call","params":{"name":"ctrl"}}"#),
            (false, r#"{"id":1,"method":"tools/call"}"#),
            (true, r#"{"id":1,"method":"ping"}"#),
        ] {
            assert_eq!(message(call).is_idempotent(), is_idempotent, "{call}");
        }
    }
}

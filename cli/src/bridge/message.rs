//! One line of input: what kind of message it is, to which era it belongs, and the headers that
//! HTTP demands for it. Pure; it sends nothing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

pub(super) const PARSE_ERROR: i32 = -32700;
pub(super) const INVALID_REQUEST: i32 = -32600;
pub(super) const INTERNAL_ERROR: i32 = -32603;

/// The name under which a message says its version, from 2026-07-28 on.
const VERSION: &str = "io.modelcontextprotocol/protocolVersion";

/// A message that can be carried.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) kind: Kind,
    pub(super) era: Era,
    pub(super) value: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Request {
        id: Value,
    },
    /// A request is not wanted any more.
    Cancel {
        of: Value,
    },
    /// Any other notification, or the answer to a request of the daemon.
    Notice,
}

/// How the protocol knows what belongs together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Era {
    /// By a session that `initialize` began.
    Session,
    /// Each message says its version itself.
    Stateless { version: String },
}

/// A line that is no message.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wrong {
    pub(super) id: Option<Value>,
    pub(super) code: i32,
    pub(super) what: String,
}

impl Message {
    pub(super) fn read(line: &[u8]) -> Result<Self, Wrong> {
        let value: Value = serde_json::from_slice(line).map_err(|error| Wrong {
            id: None,
            code: PARSE_ERROR,
            what: format!("This line is no JSON: {error}."),
        })?;
        let id = value.get("id").filter(|id| id.is_string() || id.is_number()).cloned();
        let invalid =
            |what: &str| Wrong { id: id.clone(), code: INVALID_REQUEST, what: what.into() };
        if value.is_array() {
            return Err(invalid("Send each message of a batch on a line of its own."));
        }
        if !value.is_object() {
            return Err(invalid("A message is an object."));
        }
        let method = value.get("method").and_then(Value::as_str);
        let answers = value.get("result").or(value.get("error")).is_some();
        let kind = match (method, id.clone()) {
            (Some(_), Some(id)) => Kind::Request { id },
            (Some("notifications/cancelled"), None) => {
                Kind::Cancel { of: value.pointer("/params/requestId").cloned().unwrap_or_default() }
            }
            (Some(_), None) if value.get("id").is_none() => Kind::Notice,
            (None, _) if answers => Kind::Notice,
            _ => return Err(invalid("A message has a method, and an id if it wants an answer.")),
        };
        let version =
            value.get("params").and_then(|params| params.get("_meta")?.get(VERSION)?.as_str());
        let era = match version {
            Some(version) => Era::Stateless { version: version.to_owned() },
            None => Era::Session,
        };
        Ok(Self { kind, era, value })
    }

    pub(super) fn begins_a_session(&self) -> bool {
        self.method() == Some("initialize") && self.era == Era::Session
    }

    pub(super) fn method(&self) -> Option<&str> {
        self.value.get("method")?.as_str()
    }

    /// Whether doing it twice is as good as once. A tool that changes something is not.
    pub(super) fn may_be_repeated(&self) -> bool {
        match (self.method(), self.tool()) {
            (Some("tools/call"), Some(tool)) => ["list", "output", "wait"].contains(&tool),
            (Some("tools/call"), None) => false,
            _ => true,
        }
    }

    /// The tool that is called.
    pub(super) fn tool(&self) -> Option<&str> {
        self.value.pointer("/params/name")?.as_str()
    }

    /// What the newer protocol wants to see without reading the message.
    pub(super) fn headers(&self) -> Vec<(&'static str, String)> {
        let Era::Stateless { version } = &self.era else { return Vec::new() };
        let method = self.method().map(|method| ("mcp-method", header(method)));
        let name = self.named().map(|name| ("mcp-name", header(name)));
        let version = ("mcp-protocol-version", header(version));
        std::iter::once(version).chain(method).chain(name).collect()
    }

    fn named(&self) -> Option<&str> {
        let name = match self.method()? {
            "tools/call" | "prompts/get" => "name",
            "resources/read" | "resources/subscribe" | "resources/unsubscribe" => "uri",
            "tasks/get" | "tasks/update" | "tasks/cancel" => "taskId",
            _ => return None,
        };
        self.value.get("params")?.get(name)?.as_str()
    }
}

/// A value that a header cannot hold travels as Base64.
fn header(value: &str) -> String {
    let plain = value.bytes().all(|byte| (0x20..=0x7e).contains(&byte))
        && value.trim() == value
        && !value.starts_with("=?base64?");
    if plain { value.to_owned() } else { format!("=?base64?{}?=", STANDARD.encode(value)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(line: &str) -> Message {
        Message::read(line.as_bytes()).unwrap_or_else(|wrong| panic!("{line}: {wrong:?}"))
    }

    #[test]
    fn what_a_line_is() {
        let request = message(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#);
        assert!(matches!(request.kind, Kind::Request { .. }));
        assert_eq!((request.era, request.value["id"].clone()), (Era::Session, 1.into()));
        let cancel = r#"{"method":"notifications/cancelled","params":{"requestId":"a"}}"#;
        assert_eq!(message(cancel).kind, Kind::Cancel { of: "a".into() });
        for notice in [r#"{"method":"notifications/initialized"}"#, r#"{"id":3,"result":{}}"#] {
            assert_eq!(message(notice).kind, Kind::Notice, "{notice}");
        }
        for (line, code, id) in [
            ("{", PARSE_ERROR, None),
            ("\u{fffd}", PARSE_ERROR, None),
            ("[]", INVALID_REQUEST, None),
            ("7", INVALID_REQUEST, None),
            (r#"{"id":5}"#, INVALID_REQUEST, Some(5.into())),
            (r#"{"id":null,"method":"ping"}"#, INVALID_REQUEST, None),
        ] {
            let wrong = Message::read(line.as_bytes()).unwrap_err();
            assert_eq!((wrong.code, wrong.id), (code, id), "{line}");
        }
    }

    #[test]
    fn the_headers_of_the_newer_protocol() {
        let line = |method: &str, params: &str| {
            let meta = format!(r#""_meta":{{"{VERSION}":"2026-07-28"}}"#);
            let line = format!(r#"{{"id":1,"method":"{method}","params":{{{params}{meta}}}}}"#);
            let headers = message(&line).headers();
            headers.into_iter().skip(1).map(|(_, value)| value).collect::<Vec<_>>()
        };
        assert_eq!(line("tools/call", r#""name":"wait","#), ["tools/call", "wait"]);
        assert_eq!(line("tasks/get", r#""taskId":"t1","#), ["tasks/get", "t1"]);
        assert_eq!(
            line("resources/read", r#""uri":"process://ä/output","#)[1],
            "=?base64?cHJvY2VzczovL8OkL291dHB1dA==?="
        );
        assert_eq!(line("tools/list", ""), ["tools/list"]);
        assert!(message(r#"{"id":1,"method":"tools/list"}"#).headers().is_empty());
    }

    #[test]
    fn what_may_be_done_twice() {
        for (repeat, call) in [
            (true, r#"{"id":1,"method":"tools/call","params":{"name":"wait"}}"#),
            (false, r#"{"id":1,"method":"tools/call","params":{"name":"ctrl"}}"#),
            (false, r#"{"id":1,"method":"tools/call"}"#),
            (true, r#"{"id":1,"method":"ping"}"#),
        ] {
            assert_eq!(message(call).may_be_repeated(), repeat, "{call}");
        }
    }
}

//! The constants and functions for the paths and headers of the REST API, such as [`PROCESSES`] and
//! [`process`]. The server and its clients use the same ones.

/// The path of the list; paths of a process begin with it.
pub const PROCESSES: &str = "/v1/processes";
pub const DAEMON: &str = "/v1/daemon";
pub const SEARCH: &str = "/v1/search";
pub const EVENTS: &str = "/v1/events";
pub const NEWS: &str = "/v1/news";
pub const NOTIFY: &str = "/v1/notify";
pub const SHUTDOWN: &str = "/v1/shutdown";
/// The page for browsers; paths of its files begin with it.
pub const DASHBOARD: &str = "/dashboard";
/// Paths of ports begin with it.
pub const PORTS: &str = "/v1/ports";

/// The header of every response that contains the version of the daemon.
pub const VERSION_HEADER: &str = "persistproc-version";

/// The header of a request that contains the name of the client: `cli`, `nushell`. The daemon
/// records it with the runs that the client starts and stops.
pub const CLIENT_HEADER: &str = "x-persistproc-client";

/// The header of a request for live output whose client passes keys to the process as well.
pub const ATTACHED_HEADER: &str = "x-persistproc-attached";

/// The key in `_meta` of an MCP tool call that starts a process: the client's own environment.
pub const ENVIRONMENT_KEY: &str = "persistproc/environment";

/// The logger in the MCP message with which the stream of a long call begins. Clients ignore it.
pub const WAITING_LOGGER: &str = "persistproc";

/// The header of an MCP request with a text that the bridge of one agent has chosen. It stays the same when
/// the session of the protocol is replaced, and there need not be one.
pub const BRIDGE_HEADER: &str = "x-persistproc-bridge";

/// The header with the id of a session of the MCP protocol.
pub const MCP_SESSION_HEADER: &str = "mcp-session-id";

/// The header of an MCP request that contains the working directory of the client,
/// percent-encoded. Commands are looked for in it first.
pub const DIRECTORY_HEADER: &str = "x-persistproc-directory";

/// The content type of live output in frames.
pub const STREAM_TYPE: &str = "application/vnd.persistproc.stream";

/// The last segment of the path of an operation on one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Stop,
    Restart,
    Label,
    Signal,
    Stdin,
    Resize,
    Output,
    Follow,
    Changes,
    Wait,
    Runs,
}

impl Verb {
    /// The text of the segment.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::Label => "label",
            Self::Signal => "signal",
            Self::Stdin => "stdin",
            Self::Resize => "resize",
            Self::Output => "output",
            Self::Follow => "follow",
            Self::Changes => "changes",
            Self::Wait => "wait",
            Self::Runs => "runs",
        }
    }
}

/// `/v1/processes/{target}`, with the target percent-encoded.
pub fn process(target: &str) -> String {
    format!("{PROCESSES}/{}", encode(target))
}

/// `/v1/ports/{port}`.
pub fn port(port: u16) -> String {
    format!("{PORTS}/{port}")
}

/// `/v1/processes/{target}/{verb}`.
pub fn verb(target: &str, verb: Verb) -> String {
    format!("{}/{}", process(target), verb.word())
}

/// Decodes percent-encoded text; `None` if it is malformed or not UTF-8.
pub fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let decoded = match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            other => other,
        };
        bytes.push(decoded);
    }
    String::from_utf8(bytes).ok()
}

/// Percent-encodes all characters except the unreserved ones of RFC 3986.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte as char);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decode_reverses_encode() {
        for text in ["/home/me/a b", "/tmp/naïve/%41", "", "…"] {
            assert_eq!(decode(&encode(text)).as_deref(), Some(text));
        }
        for broken in ["%", "%4", "%zz", "%ff"] {
            assert_eq!(decode(broken), None, "{broken}");
        }
    }
}

//! The paths of the REST API, written once for the server and its clients.

/// Every path of version 1 begins with this.
pub const PROCESSES: &str = "/v1/processes";
pub const DAEMON: &str = "/v1/daemon";
pub const SEARCH: &str = "/v1/search";
pub const EVENTS: &str = "/v1/events";
pub const SHUTDOWN: &str = "/v1/shutdown";

/// The daemon's version stands in this header of every answer.
pub const VERSION_HEADER: &str = "persistproc-version";

/// The content type of live output in frames.
pub const STREAM_TYPE: &str = "application/vnd.persistproc.stream";

/// What can be asked of one process: the last part of its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Stop,
    Restart,
    Signal,
    Stdin,
    Resize,
    Output,
    Follow,
    Wait,
}

impl Verb {
    /// As it stands in the path.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::Signal => "signal",
            Self::Stdin => "stdin",
            Self::Resize => "resize",
            Self::Output => "output",
            Self::Follow => "follow",
            Self::Wait => "wait",
        }
    }
}

/// `/v1/processes/{target}`, the target percent-encoded.
pub fn process(target: &str) -> String {
    format!("{PROCESSES}/{}", encode(target))
}

/// `/v1/processes/{target}/{verb}`.
pub fn verb(target: &str, verb: Verb) -> String {
    format!("{}/{}", process(target), verb.word())
}

/// Percent-encodes all but RFC 3986's unreserved characters.
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

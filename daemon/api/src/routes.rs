//! The paths of the REST API, written once for the server and its clients.

/// Every path of version 1 begins with this.
pub const PROCESSES: &str = "/v1/processes";
pub const DAEMON: &str = "/v1/daemon";
pub const SEARCH: &str = "/v1/search";
pub const EVENTS: &str = "/v1/events";
pub const SHUTDOWN: &str = "/v1/shutdown";

/// The daemon's version stands in this header of every answer.
pub const VERSION_HEADER: &str = "persistproc-version";

/// Who asks, as they call themselves: `cli`, `nushell`. Remembered with what they start and stop.
pub const CLIENT_HEADER: &str = "x-persistproc-client";

/// The directory in which a client of the MCP face stands, percent-encoded: where its relative
/// questions begin.
pub const DIRECTORY_HEADER: &str = "x-persistproc-directory";

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

/// Undoes [`encode`]; `None` where it was something else.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_encoded_is_read_back() {
        for text in ["/home/me/a b", "/tmp/naïve/%41", "", "…"] {
            assert_eq!(decode(&encode(text)).as_deref(), Some(text));
        }
        for broken in ["%", "%4", "%zz", "%ff"] {
            assert_eq!(decode(broken), None, "{broken}");
        }
    }
}

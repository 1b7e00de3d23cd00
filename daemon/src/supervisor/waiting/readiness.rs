//! Recognizes lines that programs print when they are ready ([`says_ready`]) and when a port is
//! taken ([`port_in_use`]).

use std::sync::LazyLock;

use regex::Regex;

use crate::supervisor::facts::url::url_in;

/// Lines that well-known programs print when they are ready.
static READY_LINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix) \b ready \s (in|on|at|to|-|\s)* \s* \d
        | \b (listening|serving|running|started|available) \b .* \b (on|at) \b .* : \d{2,5} \b
        | \b compiled \s+ (client \s+ and \s+ server \s+)? (successfully|in)
        | \b server \s+ (is \s+)? (now \s+)? (running|started|listening|ready)
        | \b watching \s+ for \s+ (file \s+)? changes
        | \b ready \s+ (for|to \s+ accept) \s+ connections
        | \b started \s+ \S+ \s+ in \s+ [\d.]+ \s* (ms|s|seconds)",
    )
    .ok()
});

/// Lines that programs print when a port is taken; a group holds its number.
static PORT_IN_USE_LINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix) (?: EADDRINUSE | address \s already \s in \s use ) .*? : (\d{1,5}) \b
        | \b port \s+ (\d{1,5}) \s+ (?: is \s+ )? (?: already \s+ )? (?: in \s use | allocated | taken | used )
        | : (\d{1,5}) \b .* address \s already \s in \s use",
    )
    .ok()
});

/// Whether a line says that the program is ready. A URL of this machine says so too.
pub(super) fn says_ready(line: &str) -> bool {
    url_in(line).is_some() || READY_LINE.as_ref().is_some_and(|ready| ready.is_match(line))
}

/// The port that a line says is in use. If the line has no number, the last number in the command
/// that can be a port.
pub(super) fn port_in_use(line: &str, command: &[String]) -> Option<u16> {
    if let Some(found) = PORT_IN_USE_LINE.as_ref()?.captures(line) {
        return (1..found.len()).find_map(|group| found.get(group)?.as_str().parse().ok());
    }
    if !line.to_ascii_lowercase().contains("address already in use") {
        return None;
    }
    let mut words = command.iter().rev().flat_map(|word| word.split(['=', ':', ' ']));
    words.find_map(|word| word.parse().ok().filter(|port| *port > 9))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_programs_that_are_ready() {
        for line in [
            "  VITE v8.3.8  ready in 212 ms",
            "  ➜  Local:   http://localhost:5173/",
            "Server listening on port :3000",
            "webpack 5.90.0 compiled successfully in 1203 ms",
            "Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)",
            "Listening on 0.0.0.0:4000",
            "Found 0 errors. Watching for file changes.",
            "LOG:  database system is ready to accept connections",
            "Started Application in 2.345 seconds",
        ] {
            assert!(says_ready(line), "{line}");
        }
        for line in [
            "getting ready",
            "not ready yet",
            "compiling…",
            "error: server crashed",
            "see https://vite.dev",
        ] {
            assert!(!says_ready(line), "{line}");
        }
    }

    #[test]
    fn lines_of_programs_that_find_their_port_taken() {
        for line in [
            "Error: listen EADDRINUSE: address already in use :::5173",
            "Error: Port 5173 is already in use",
            "bind: address already in use 127.0.0.1:5173",
            "listen tcp :5173: bind: address already in use",
        ] {
            assert_eq!(port_in_use(line, &[]), Some(5173), "{line}");
        }
        let command = ["python3", "-m", "http.server", "8123"].map(str::to_owned);
        assert_eq!(port_in_use("OSError: [Errno 98] Address already in use", &command), Some(8123));
        assert_eq!(port_in_use("listening on :5173", &command), None);
    }
}

//! [`LineHint`]: what a line of output says about being ready. A hint is no proof: what counts is
//! what the process listens on.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use crate::supervisor::facts::url::{port_of_url, url_in};

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineHint {
    /// It names the port that the program serves, as a URL or as a number.
    Port(u16),
    /// It says that the program is ready, and names no port.
    Phrase,
    /// It names the port of a debugger.
    Debugger(u16),
}

/// What every line has that says something. Most lines have none of it, and this is found out fast.
static KEYWORD: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)://|port|ready|listening|serving|running|started|available|compiled|server|watching|debugger|dt_socket",
    )
    .ok()
});

/// Lines that well-known programs print when they are ready.
static READY_LINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix) \b ready \s (in|on|at|to|-|\s)* \s* \d
        | \b (listening|serving|running|started|available) \b .* \b (on|at) \b .* : \d{2,5} \b
        | \b (listening|serving|running|started) \b .* \b port \b .* \d{2,5} \b
        | \b compiled \s+ (client \s+ and \s+ server \s+)? (successfully|in)
        | \b server \s+ (is \s+)? (now \s+)? (running|started|listening|ready)
        | \b watching \s+ for \s+ (file \s+)? changes
        | \b ready \s+ (for|to \s+ accept) \s+ connections
        | \b started \s+ \S+ \s+ in \s+ [\d.]+ \s* (ms|s|seconds)",
    )
    .ok()
});

/// The port in a line that says that the program is ready: after the word, or else after a host.
static PORT_IN_READY_LINE: LazyLock<Option<[Regex; 2]>> = LazyLock::new(|| {
    let after_word = Regex::new(r"(?i)\bport\b\W*(\d{2,5})\b").ok()?;
    Some([after_word, Regex::new(r":(\d{2,5})\b").ok()?])
});

/// A time of day, whose minutes and seconds are no ports.
static TIME_OF_DAY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?:^|[\s\[(|T])(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?:[.,]\d+)?").ok()
});

/// Lines of debuggers; a group holds the port.
static DEBUGGER_LINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix) \b debugger \s+ listening \s+ on \s+ \S*? : (\d{2,5}) \b
        | \b transport \s+ dt_socket \s+ at \s+ address: \s* (?:\S*:)? (\d{2,5}) \b",
    )
    .ok()
});

/// Lines about something else than the program itself, or about a failure.
static OTHER_SUBJECT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix) \b (error|failed|failure|fatal|refused|cannot|unable|exception|EADDRINUSE|ECONNREFUSED) \b
        | \b (waiting \s+ for|connect(ing|ed)? \s+ to|proxy(ing)? | forward(ing)? \s+ to|another|already
           | in \s+ use | see | visit) \b",
    )
    .ok()
});

impl LineHint {
    /// What a line says; `None` if it says nothing about being ready.
    pub(super) fn of(line: &str) -> Option<Self> {
        if !KEYWORD.as_ref().is_some_and(|keyword| keyword.is_match(line)) {
            return None;
        }
        if let Some(port) = DEBUGGER_LINE.as_ref().and_then(|known| captured_port(known, line)) {
            return Some(Self::Debugger(port));
        }
        if OTHER_SUBJECT.as_ref().is_some_and(|other| other.is_match(line)) {
            return None;
        }
        if let Some(port) = url_in(line).and_then(|url| port_of_url(&url)) {
            return Some(Self::Port(port));
        }
        let line = without_times(line);
        if !READY_LINE.as_ref().is_some_and(|ready| ready.is_match(&line)) {
            return None;
        }
        let patterns = PORT_IN_READY_LINE.iter().flatten();
        let port = patterns.filter_map(|pattern| captured_port(pattern, &line)).next();
        Some(port.map_or(Self::Phrase, Self::Port))
    }
}

/// The line without its times of day.
fn without_times(line: &str) -> Cow<'_, str> {
    TIME_OF_DAY.as_ref().map_or(Cow::Borrowed(line), |time| time.replace_all(line, " "))
}

/// The first group that matched.
fn captured_port(pattern: &Regex, line: &str) -> Option<u16> {
    let found = pattern.captures(line)?;
    (1..found.len()).find_map(|group| found.get(group)?.as_str().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_programs_that_are_ready() {
        use LineHint::{Debugger, Phrase, Port};
        for (line, hint) in [
            ("  VITE v8.3.8  ready in 212 ms", Phrase),
            ("  ➜  Local:   http://localhost:5173/", Port(5173)),
            ("Server listening on port :3000", Port(3000)),
            ("Example app listening on port 3000", Port(3000)),
            ("webpack 5.90.0 compiled successfully in 1203 ms", Phrase),
            ("Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)", Port(8000)),
            ("Listening on 0.0.0.0:4000", Port(4000)),
            ("[14:35:54] Listening on 0.0.0.0:80", Port(80)),
            ("1:M 29 Nov 2026 17:35:54.424 * Running mode=standalone, port=6379.", Port(6379)),
            ("2026-11-29T17:35:54.424Z server started on host 10.0.0.5:9200", Port(9200)),
            ("12:30:01 server started", Phrase),
            ("Found 0 errors. Watching for file changes.", Phrase),
            ("LOG:  database system is ready to accept connections", Phrase),
            ("Started Application in 2.345 seconds", Phrase),
            ("Serving on http://localhost", Port(80)),
            ("Debugger listening on ws://127.0.0.1:9229/0f2c", Debugger(9229)),
            ("Listening for transport dt_socket at address: 5005", Debugger(5005)),
        ] {
            assert_eq!(LineHint::of(line), Some(hint), "{line}");
        }
        for line in [
            "getting ready",
            "not ready yet",
            "compiling…",
            "error: server crashed",
            "see https://vite.dev",
            "waiting for http://localhost:5432/",
            "Error: Found another dev server at http://localhost:5999/",
            "Connected to http://localhost:6006",
        ] {
            assert_eq!(LineHint::of(line), None, "{line}");
        }
    }
}

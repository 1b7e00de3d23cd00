//! [`rank`]: whether a line reports an error, and how much it says about it. The tables of words are the
//! same for news and for the note about the cause of an end.

use std::sync::LazyLock;

use regex::{Regex, bytes};

/// How much a line says about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ErrorRank {
    /// A header or a summary, such as `Traceback` or `2 failed`.
    Summary,
    /// A message.
    Message,
    /// A message with the name or the number of the error.
    Named,
}

/// Parts of which every error line has one. A line without them is not looked at further.
static HINT: LazyLock<Option<bytes::Regex>> = LazyLock::new(|| {
    bytes::Regex::new(
        r"(?i-u)err|exception|fail|fatal|panic|critical|severe|traceback|cannot find|could not|unable to|fault|no such file|not found|denied|crash|exited with|eaddr|econn|enoent|eacces|core dumped|unhandled|uncaught|refused|x1b\[31m|\xe2\xa8\xaf|\xe2\x9c\x98|\xe2\x9c\x96|\xe2\x9d\x8c|:[56]0\b",
    )
    .ok()
});

/// Lines that report no error although they have its words: counts of zero, and levels below error.
static NO_ERROR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?x) (?i: \b (0|no|zero|without) (\s\w+)? \s (errors?|failures?|failed|exceptions?|problems?) \b
            | \b (errors?|failures?|failed) \s* [:=] \s* 0 \b )
        | ^ \s* ⚠
        | ^ [\[\(\s]* ([\d:.,TZ/+-]+ [\]\s]+)* [\[\(]? (?i: warn | warning | info | debug | trace | notice | hint | note | verbose ) [\]\)]? ( : | \s | \[ | $ )
        | \b (WARN|WARNING|INFO|DEBUG|TRACE|NOTICE) \b .{0,4} \s
        | (?i: level"? [=:] "? (warn|info|debug|trace) )"#,
    )
    .ok()
});

/// Lines that name an error, or have its number.
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x) \b ([A-Z]\w*)? (Error|Exception) \b (\s*:|\s*\[)
        | (?i: \b (fatal \s)? error \b) (\s [A-Z]+\d+)? \s* (: | \[) 
        | \b (?i: panicked \s at ) \b
        | \b (EADDRINUSE|ECONNREFUSED|ENOENT|EACCES|MODULE_NOT_FOUND) \b",
    )
    .ok()
});

/// Lines that report an error in other words.
static MESSAGE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?x) ^ \s* (npm \s)? (?i: error | fatal | panic) \b
        | \b (?i: fatal \s error | cannot \s find | could \s not | failed \s to | unhandled | uncaught
            | unable \s to \s (connect|find|resolve|load|open|read|write|start|bind|import|locate|parse)
            | segmentation \s fault | core \s dumped | command \s not \s found | no \s such \s file | permission \s denied
            | build \s failed | compilation \s failed | app \s crashed ) \b
        | \b (ERROR|FATAL|CRITICAL|SEVERE|PANIC) \b
        | (?i: \[ (error|fatal) \] | level"? [=:] "? (error|fatal) | "level":[56]0 \b )
        | ^ \s* (FAIL|FAILED) \s+ \S
        | ^ \s* [⨯✘✖❌]"#,
    )
    .ok()
});

/// Headers of a message that follows, and summaries of messages before.
static SUMMARY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?x) ^ Traceback \s \(most
        | ^ \W* (FAILURES|ERRORS) \W* $ | ^ [\W_]+ ERROR \s collecting | ^ ! + \s | ^ E? \s+ ERROR \s \S+ $ | ^ ERROR \s \S+ $
        | \b [1-9]\d* \s (?i: \w+ \s)? (?i: errors? | failed | failures? ) \b
        | ^ \S+ :\d+ : \s \w* (Error|Exception) $
        | \b (?i: could \s not \s compile | aborting \s due \s to | ELIFECYCLE | app \s crashed | exited \s with | command \s failed
            | failed \s running | for \s more \s information \s about \s this \s error | exception \s in \s asgi ) \b
        | ^ npm \s (error|ERR!) | ^ \s* code: \s | ^ FAILED \s \( ",
    )
    .ok()
});

/// Whether the bytes of a line can be those of an error line. Quick, and true for some others.
pub(crate) fn may_be_error(line: &[u8]) -> bool {
    HINT.as_ref().is_some_and(|hint| hint.is_match(line))
}

/// What a line of plain text says about an error. `None`: it reports none.
pub(crate) fn rank(line: &str) -> Option<ErrorRank> {
    if !may_be_error(line.as_bytes()) || matches(&NO_ERROR, line) {
        return None;
    }
    if matches(&SUMMARY, line) {
        return Some(ErrorRank::Summary);
    }
    if matches(&FAILED_TEST, line) {
        return Some(ErrorRank::Message);
    }
    if matches(&NAMED, line) {
        return Some(ErrorRank::Named);
    }
    matches(&MESSAGE, line).then_some(ErrorRank::Message)
}

/// The line of a failed test, which repeats its error.
static FAILED_TEST: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^\s*(FAIL|FAILED)\s+\S").ok());

fn matches(pattern: &LazyLock<Option<Regex>>, line: &str) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(line))
}

/// Whether a line has a level below error, or counts no errors.
pub(crate) fn has_low_level(line: &str) -> bool {
    matches(&NO_ERROR, line)
}

/// Whether a line is the message of an error, not a header or a summary.
pub(crate) fn is_message(line: &str) -> bool {
    rank(line).is_some_and(|rank| rank >= ErrorRank::Message)
}

/// Whether a line reports an error.
pub(crate) fn is_error(line: &str) -> bool {
    rank(line).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_valid() {
        assert!(HINT.is_some());
        for pattern in [&NO_ERROR, &NAMED, &MESSAGE, &SUMMARY, &FAILED_TEST] {
            assert!(pattern.is_some());
        }
    }

    #[test]
    fn lines_that_report_errors() {
        use ErrorRank::{Message, Named, Summary};
        for (line, expected) in [
            ("ModuleNotFoundError: No module named 'x'", Named),
            ("error TS2304: Cannot find name 'x'.", Named),
            ("src/cart.ts(2,14): error TS2304: Cannot find name 'c'.", Named),
            ("ERROR:    Error loading ASGI app. Could not import module \"missing\".", Named),
            ("npm error code ELIFECYCLE", Summary),
            ("thread 'main' panicked at src/main.rs:2:5", Named),
            ("error[E0425]: cannot find value `b` in this scope", Named),
            ("error: could not compile `cart` (bin \"cart\") due to 1 previous error", Summary),
            ("5:35:24 PM - Found 1 error. Watching for file changes.", Summary),
            ("17:10:04 [vite] Internal server error: Failed to parse source", Named),
            ("Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/w/x'", Named),
            ("Traceback (most recent call last):", Summary),
            ("E       NameError: name 'sums' is not defined", Named),
            ("FAILED test_cart.py::test_total - assert 4 == 3", Message),
            ("test_cart.py:4: AssertionError", Summary),
            ("ERROR:    Exception in ASGI application", Summary),
            (" ⨯ ./app/page.js:3:1", Message),
            ("✘ [ERROR] Could not resolve \"./nosuch\"", Message),
            ("2026-11-29 10:00:00 ERROR db: connection refused", Message),
            ("{\"level\":50,\"msg\":\"no database\"}", Message),
            ("time=10:00 level=error msg=\"no database\"", Message),
            ("Failed running 'app.mjs'", Summary),
            ("Segmentation fault (core dumped)", Message),
            ("sh: 1: vite: command not found", Message),
            ("==== 1 failed, 2 passed in 0.05s ====", Summary),
        ] {
            assert_eq!(rank(line), Some(expected), "{line}");
        }
    }

    #[test]
    fn lines_that_report_none() {
        for line in [
            "Found 0 errors. Watching for file changes.",
            "no error",
            "GET /errors 200",
            "[vite] hmr update /src/ErrorPage.vue",
            "✓ Compiled /error in 300ms",
            "warning: unused variable: `error`",
            "WARNING:  WatchFiles detected changes in 'errors.py'. Reloading...",
            "INFO:     127.0.0.1:34078 - \"GET /failed HTTP/1.1\" 404 Not Found",
            "2026-11-29 10:00:00,123 INFO Error handler installed",
            "3 passed, 0 failed",
            "errors: 0, failed: 0",
            "12 tests, no failures",
            "[10:00:00] [WARN] failed to fetch, trying again: Error: timeout",
            "DEBUG retry after Error: timeout",
            "listening on http://localhost:5000",
            "    at Object.onceWrapper (node:events:632:28) {",
            "transferred 50 files",
            " ⚠ Slow filesystem detected. The benchmark took 371ms.",
            "⚠ failed to load the cache",
        ] {
            assert_eq!(rank(line), None, "{line}");
        }
    }
}

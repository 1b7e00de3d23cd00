//! Compiling the regular expressions that clients send.
//!
//! The `regex` crate matches in linear time, and the compiled size is bounded, so no pattern can
//! stall the daemon.

use persistproc_api::Problem;
use regex::bytes::{Regex, RegexBuilder};

/// The most memory that a compiled pattern may take.
const MAX_COMPILED_BYTES: usize = 4 << 20;

/// Compiles a pattern. Smart case: a pattern without capital letters ignores case. `^` and `$`
/// match at every line. `parameter` is named in the error.
pub fn compile(parameter: &str, pattern: &str) -> Result<Regex, Problem> {
    let has_capitals = pattern.chars().any(char::is_uppercase);
    let compiled = RegexBuilder::new(pattern)
        .case_insensitive(!has_capitals)
        .multi_line(true)
        .size_limit(MAX_COMPILED_BYTES)
        .build();
    compiled.map_err(|error| {
        let text = error.to_string();
        // The last line is the reason; the lines before repeat the pattern.
        let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
        let predicate = format!("is not a regular expression: {pattern:.200?} ({reason})");
        Problem::parameter(parameter, predicate)
            .hint("Write it as for `grep -E`: `error|warn`. A backslash makes `[ ( . *` literal.")
    })
}

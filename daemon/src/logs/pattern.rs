//! Regular expressions over lines: compiled once, smart about case, safe from any pattern.

use persistproc_api::Problem;
use regex::bytes::{Regex, RegexBuilder};

/// The memory a compiled pattern may take.
const LARGEST: usize = 4 << 20;

/// Compiles a pattern; one without capital letters matches both cases. `name` is the parameter
/// that an error names.
pub fn compile(name: &str, pattern: &str) -> Result<Regex, Problem> {
    let smart = !pattern.chars().any(char::is_uppercase);
    let built = RegexBuilder::new(pattern)
        .case_insensitive(smart)
        .multi_line(true)
        .size_limit(LARGEST)
        .build();
    built.map_err(|error| {
        let text = error.to_string();
        let why = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        Problem::parameter(name, format!("is not a regular expression: {pattern:.200?} ({why})"))
            .hint("Write it as for `grep -E`: `error|warn`. A backslash makes `[ ( . *` literal.")
    })
}

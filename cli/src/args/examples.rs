//! The examples at the end of each verb's help, from `examples.txt`. A test parses every line of them.

const EXAMPLES: &str = include_str!("examples.txt");

/// The examples of a verb, one a line, each with a description beside or below it. Empty if there are
/// none.
pub(crate) fn of_verb(verb: &str) -> &'static str {
    let heading = format!("[{verb}]\n");
    let Some((_, rest)) = EXAMPLES.split_once(&heading) else { return "" };
    rest.split("\n[").next().unwrap_or(rest).trim_end()
}

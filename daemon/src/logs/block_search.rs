//! Lines that match a pattern, in a block of bytes: [`matching_lines`]. All lines of a block are matched
//! at once, and only those that match are looked at individually.

use std::ops::Range;

use regex::bytes::Regex;

use super::text;

/// The lines of a block that match, without their line ends. The block begins at the start of a line.
///
/// Exactly those lines whose plain text matches by itself.
pub(super) fn matching_lines(block: &[u8], pattern: &Regex) -> Vec<Range<usize>> {
    if is_plain(block) && !depends_on_ends(pattern.as_str()) {
        match_block(block, pattern)
    } else {
        match_line_by_line(block, pattern)
    }
}

/// Matches the plain text of each line, without escape sequences.
fn match_line_by_line(block: &[u8], pattern: &Regex) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut at = 0;
    while at < block.len() {
        let end = line_end(block, at);
        if pattern.is_match(text::plain(&block[at..end]).as_bytes()) {
            lines.push(at..end);
        }
        at = end + 1;
    }
    lines
}

/// Matches all lines at once. Only for a block for which [`is_plain`] is true.
fn match_block(block: &[u8], pattern: &Regex) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let mut at = 0;
    while at < block.len()
        && let Some(found) = pattern.find_at(block, at)
    {
        // An empty match after the last line end is in no line.
        if found.start() >= block.len() && block.ends_with(b"\n") {
            break;
        }
        let before = &block[..found.start()];
        let start = memchr::memrchr(b'\n', before).map_or(0, |line_end| line_end + 1);
        let end = line_end(block, found.start());
        // A match that goes beyond its line hides one that may be in the line.
        if found.end() <= end || pattern.is_match(&block[start..end]) {
            lines.push(start..end);
        }
        at = end + 1;
    }
    lines
}

/// Whether a pattern can match the start or the end of the text. In a line by itself these are the ends
/// of the line, in a block they are not. May be true for others.
fn depends_on_ends(pattern: &str) -> bool {
    let switches_lines_off = pattern.split("(?").skip(1).any(|group| {
        let flags: &str = group.split([':', ')']).next().unwrap_or_default();
        flags.split_once('-').is_some_and(|(_, off)| off.contains('m'))
    });
    switches_lines_off || pattern.contains(r"\A") || pattern.contains(r"\z")
}

/// Whether the plain text of every line equals its bytes. Escape sequences, carriage returns,
/// backspaces and invalid UTF-8 make them differ.
fn is_plain(block: &[u8]) -> bool {
    block.chunks(4096).all(is_printable_ascii)
        || !has_control_characters(block) && str::from_utf8(block).is_ok()
}

/// The inner loop has no branch, so that it is vectorized.
fn is_printable_ascii(part: &[u8]) -> bool {
    let is_other = |byte: u8| byte.wrapping_sub(b' ') >= 0x5f && byte != b'\n' && byte != b'\t';
    !part.iter().fold(false, |any, byte| any | is_other(*byte))
}

/// The inner loop has no branch, so that it is vectorized.
fn has_control_characters(block: &[u8]) -> bool {
    let is_control = |byte: u8| (byte < b' ' && byte != b'\n' && byte != b'\t') || byte == 0x7f;
    block.chunks(4096).any(|part| part.iter().fold(false, |any, byte| any | is_control(*byte)))
}

/// Where the line at `at` ends.
fn line_end(block: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &block[at..]).map_or(block.len(), |end| at + end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::pattern;

    #[test]
    fn a_block_and_single_lines_have_the_same_matches() {
        let block = b"one\ntwo a\n\nb three\n  \nfour\nfive";
        for expression in [
            "o",
            "^",
            "$",
            "^$",
            "e$",
            "^f",
            r"\s",
            r"a\s+b",
            r"a\s*",
            r"\s+b",
            r"\Ao",
            r"o\z",
            "(?-m)^f",
            "(?-m:^)b",
            "(?s).+",
            "(?:one|four)",
            "e\\nt",
            "nothing",
            r"\bt",
            "[^x]+",
            "",
        ] {
            let pattern = pattern::compile("grep", expression).unwrap();
            let found = matching_lines(block, &pattern);
            assert_eq!(found, match_line_by_line(block, &pattern), "{expression}");
        }
    }
}

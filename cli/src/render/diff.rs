//! A line diff of two texts with two lines of context, cut to a maximum length.

use similar::{ChangeTag, TextDiff};

use super::words;

const CONTEXT_LINES: usize = 2;

const MAX_LINES: usize = 60;
const MAX_LINE_CHARS: usize = 160;

/// The removed and added lines; empty if the texts are equal.
pub(crate) fn lines(before: &str, after: &str) -> Vec<String> {
    let diff = TextDiff::from_lines(before, after);
    let mut lines = Vec::new();
    for (index, group) in diff.grouped_ops(CONTEXT_LINES).iter().enumerate() {
        if index > 0 {
            lines.push("  …".to_owned());
        }
        let changes = group.iter().flat_map(|op| diff.iter_changes(op));
        lines.extend(changes.map(|change| {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            format!("{sign} {}", sanitized(change.value())).trim_end().to_owned()
        }));
    }
    let more = lines.len().saturating_sub(MAX_LINES);
    lines.truncate(MAX_LINES);
    lines.extend((more > 0).then(|| format!("  … and {more} more lines")));
    lines
}

fn sanitized(line: &str) -> String {
    let line = line.trim_end_matches(['\r', '\n']);
    // Keep tabs: some configs are indented with them.
    let line = line.split('\t').map(words::shown).collect::<Vec<_>>().join("\t");
    match line.char_indices().nth(MAX_LINE_CHARS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_diff_is_cut() {
        assert_eq!(lines("a\nb\nc\nd\n", "a\nb\nc\ne"), ["  b", "  c", "- d", "+ e"]);
        assert!(lines("same", "same").is_empty());
        let long = "ä".repeat(500) + "\n";
        let diff = lines("", &long.repeat(100));
        assert_eq!(diff.len(), MAX_LINES + 1);
        assert_eq!(diff[MAX_LINES], "  … and 40 more lines");
        assert_eq!(diff[0].chars().count(), 2 + MAX_LINE_CHARS + 1);
    }
}

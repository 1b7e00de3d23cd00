//! A line diff of two texts with two lines of context, cut to a maximum length.

use std::ops::Range;

use imara_diff::{Algorithm, Diff, Hunk, InternedInput};

use super::words;

const CONTEXT_LINES: u32 = 2;

const MAX_LINES: usize = 60;
const MAX_LINE_CHARS: usize = 160;

/// The removed and added lines; empty if the texts are equal.
pub(crate) fn lines(before: &str, after: &str) -> Vec<String> {
    let input = InternedInput::new(before, after);
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let hunks: Vec<Hunk> = diff.hunks().collect();
    let mut lines = Vec::new();
    let mut shown = 0;
    for (index, hunk) in hunks.iter().enumerate() {
        let start = hunk.before.start.saturating_sub(CONTEXT_LINES).max(shown);
        if index > 0 && start > shown {
            lines.push("  …".to_owned());
        }
        let next = hunks.get(index + 1).map_or(input.before.len() as u32, |next| next.before.start);
        shown = next.min(hunk.before.end + CONTEXT_LINES);
        lines.extend(signed(' ', &input, &input.before, start..hunk.before.start));
        lines.extend(signed('-', &input, &input.before, hunk.before.clone()));
        lines.extend(signed('+', &input, &input.after, hunk.after.clone()));
        lines.extend(signed(' ', &input, &input.before, hunk.before.end..shown));
    }
    let more = lines.len().saturating_sub(MAX_LINES);
    lines.truncate(MAX_LINES);
    lines.extend((more > 0).then(|| format!("  … and {more} more lines")));
    lines
}

/// The lines in a range of one text, each behind a sign.
fn signed(
    sign: char,
    input: &InternedInput<&str>,
    text: &[imara_diff::Token],
    range: Range<u32>,
) -> impl Iterator<Item = String> {
    text[range.start as usize..range.end as usize].iter().map(move |token| {
        format!("{sign} {}", sanitized(input.interner[*token])).trim_end().to_owned()
    })
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
        let numbers: String = (0..20).map(|number| format!("{number}\n")).collect();
        let changed = numbers.replace("\n5\n", "\nfive\n").replace("\n15\n", "\n");
        assert_eq!(
            lines(&numbers, &changed),
            [
                "  3", "  4", "- 5", "+ five", "  6", "  7", "  …", "  13", "  14", "- 15", "  16",
                "  17"
            ]
        );
        let long = "ä".repeat(500) + "\n";
        let diff = lines("", &long.repeat(100));
        assert_eq!(diff.len(), MAX_LINES + 1);
        assert_eq!(diff[MAX_LINES], "  … and 40 more lines");
        assert_eq!(diff[0].chars().count(), 2 + MAX_LINE_CHARS + 1);
    }
}

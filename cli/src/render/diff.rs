//! What changed in a text, line by line, with two lines around it to know the place by. It stays
//! short, however much that is.

use similar::{ChangeTag, TextDiff};

const AROUND: usize = 2;

/// So many lines, of so many characters.
const LINES: usize = 60;
const WIDTH: usize = 160;

/// The lines that went and came; nothing, if none did.
pub(crate) fn lines(before: &str, after: &str) -> Vec<String> {
    let diff = TextDiff::from_lines(before, after);
    let mut lines = Vec::new();
    for (at, group) in diff.grouped_ops(AROUND).iter().enumerate() {
        if at > 0 {
            lines.push("  …".to_owned());
        }
        let changes = group.iter().flat_map(|op| diff.iter_changes(op));
        lines.extend(changes.map(|change| {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            format!("{sign} {}", change.value().trim_end_matches(['\r', '\n']))
                .trim_end()
                .to_owned()
        }));
    }
    lines
}

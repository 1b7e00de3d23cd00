//! What changed in a text, line by line, with two lines around it to know the place by. It stays
//! short, however much that is.

use similar::{ChangeTag, TextDiff};

use super::words;

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
            format!("{sign} {}", short(change.value())).trim_end().to_owned()
        }));
    }
    let more = lines.len().saturating_sub(LINES);
    lines.truncate(LINES);
    lines.extend((more > 0).then(|| format!("  … and {more} more lines")));
    lines
}

fn short(line: &str) -> String {
    let line = line.trim_end_matches(['\r', '\n']);
    // Tabs are how some settings are laid out.
    let line = line.split('\t').map(words::shown).collect::<Vec<_>>().join("\t");
    match line.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_change_is_told_in_short() {
        assert_eq!(lines("a\nb\nc\nd\n", "a\nb\nc\ne"), ["  b", "  c", "- d", "+ e"]);
        assert!(lines("same", "same").is_empty());
        let long = "ä".repeat(500) + "\n";
        let told = lines("", &long.repeat(100));
        assert_eq!(told.len(), LINES + 1);
        assert_eq!(told[LINES], "  … and 40 more lines");
        assert_eq!(told[0].chars().count(), 2 + WIDTH + 1);
    }
}

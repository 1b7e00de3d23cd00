//! [`wrap`]: breaks lines at words, for terminals that would break them within words.

use unicode_width::UnicodeWidthStr;

/// How much further the rest of an indented line is indented.
const FURTHER_INDENT: usize = 2;

/// A shorter line ends where its paragraph ends.
const MIN_BROKEN_WIDTH: usize = 70;

/// The lines of a text, none wider than this where a space allows it. The rest of a line begins below
/// the text of its last column, as in a list of flags.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    text.lines().flat_map(|line| wrap_line(line, width)).collect()
}

/// A text whose paragraphs are single lines again. A line that was broken before is long and has no
/// indent, as the one after it.
pub(crate) fn joined(text: &str) -> String {
    let mut joined = String::new();
    let mut is_broken = false;
    for line in text.lines() {
        let is_paragraph = !line.is_empty() && !line.starts_with(' ');
        if !joined.is_empty() {
            joined.push(if is_broken && is_paragraph { ' ' } else { '\n' });
        }
        joined.push_str(line);
        is_broken = is_paragraph && line.width() >= MIN_BROKEN_WIDTH;
    }
    joined
}

fn wrap_line(line: &str, width: usize) -> Vec<String> {
    if line.width() <= width {
        return vec![line.to_owned()];
    }
    let mut indent = text_column(line);
    let start = line.len() - line.trim_start().len();
    if indent > width / 2 {
        indent = start + FURTHER_INDENT;
    }
    let mut lines = Vec::new();
    let mut current = line[..start].to_owned();
    let mut has_words = false;
    // The spaces between columns stay: they are empty words.
    for word in line[start..].split(' ') {
        let needed = current.width() + usize::from(has_words) + word.width();
        if has_words && needed > width && !word.is_empty() {
            lines.push(current.trim_end().to_owned());
            current = " ".repeat(indent);
        } else if has_words {
            current.push(' ');
        }
        current.push_str(word);
        has_words = true;
    }
    lines.push(current.trim_end().to_owned());
    lines
}

/// Where the text of the last column begins: after the last gap of two spaces or more.
fn text_column(line: &str) -> usize {
    let start = line.len() - line.trim_start().len();
    let gap = line[start..].trim_end().rfind("  ");
    let column = gap.map_or(start, |gap| start + gap + 2);
    line[..column].width()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_at_words() {
        let text =
            "Error: No process matches `nope`.\nRun `persistproc list` to see all processes.";
        assert_eq!(
            wrap(text, 30),
            [
                "Error: No process matches",
                "`nope`.",
                "Run `persistproc list` to see",
                "all processes."
            ]
        );
        assert_eq!(wrap("short", 30), ["short"]);
        assert_eq!(wrap("", 30), Vec::<String>::new());
        assert_eq!(wrap("a\n\nb", 30), ["a", "", "b"]);
    }

    #[test]
    fn the_rest_of_a_row_begins_below_its_last_column() {
        assert_eq!(
            wrap("  run    Run a program or attach to it", 24),
            ["  run    Run a program", "         or attach to it"]
        );
        assert_eq!(
            wrap("  pp npm run dev --port 3000  a column that begins far right", 40),
            ["  pp npm run dev --port 3000  a column", "    that begins far right"]
        );
    }

    #[test]
    fn broken_paragraphs_are_joined() {
        let long = "x".repeat(70);
        assert_eq!(
            joined(&format!("a\n{long}\nb\nc\n\n  d\ne")),
            format!("a\n{long} b\nc\n\n  d\ne")
        );
        assert_eq!(joined(&format!("{long}\n\nb")), format!("{long}\n\nb"));
    }

    #[test]
    fn a_word_that_is_too_long_stays_whole() {
        assert_eq!(wrap("see /a/very/long/path now", 10), ["see", "/a/very/long/path", "now"]);
        assert_eq!(wrap("日本語 日本語", 8), ["日本語", "日本語"]);
    }
}

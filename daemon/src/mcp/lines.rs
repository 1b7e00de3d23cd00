//! `lines` fits output into the token budget of a model: the newest lines up to a size, with long
//! lines shortened and repeated lines counted. Pure functions.

/// The longest line in an answer that is not a page of `output`, in characters.
const MAX_LINE_CHARS: usize = 200;

/// The newest lines, at most `max_lines` and `max_bytes`. Long lines are shortened, repeated lines
/// become one with a count, and blank lines at the start are dropped.
pub(super) fn newest_lines(lines: &[String], max_lines: usize, max_bytes: usize) -> Vec<String> {
    let mut newest_first: Vec<(String, u32)> = Vec::new();
    let mut used = 0;
    for line in lines.iter().rev() {
        let line = shorten(line);
        if let Some((last, count)) = newest_first.last_mut()
            && *last == line
        {
            *count += 1;
            continue;
        }
        used += line.len() + 1;
        if newest_first.len() == max_lines || used > max_bytes {
            break;
        }
        newest_first.push((line, 1));
    }
    newest_first
        .into_iter()
        .rev()
        .map(with_count)
        .skip_while(|line| line.trim().is_empty())
        .collect()
}

fn with_count((line, count): (String, u32)) -> String {
    if count == 1 { line } else { format!("{line} [{count} times]") }
}

/// The line, truncated to [`MAX_LINE_CHARS`].
pub(super) fn shorten(line: &str) -> String {
    truncate(line.trim_end(), MAX_LINE_CHARS)
}

/// At most `max_chars` characters; an ellipsis replaces what was cut.
pub(super) fn truncate(text: &str, max_chars: usize) -> String {
    if text.char_indices().nth(max_chars).is_none() {
        return text.to_owned();
    }
    text.chars().take(max_chars - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newest_lines_fit_the_limits_and_repeats_are_counted() {
        let lines = ["", "a", "b", "b", "b", "c"].map(str::to_owned);
        assert_eq!(newest_lines(&lines, 20, 100), ["a", "b [3 times]", "c"]);
        assert_eq!(newest_lines(&lines, 2, 100), ["b [3 times]", "c"]);
        assert_eq!(newest_lines(&lines, 20, 3), ["c"]);
        let long = ["x".repeat(500)];
        assert_eq!(newest_lines(&long, 20, 900)[0].chars().count(), MAX_LINE_CHARS);
    }

    #[test]
    fn truncate_counts_characters() {
        assert_eq!(truncate("äöü", 3), "äöü");
        assert_eq!(truncate("äöüß", 3), "äö…");
    }
}

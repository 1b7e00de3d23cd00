//! Text within a budget: for a model every line has a price. Pure.

/// The longest line of an answer that is no page of output, in characters.
const LONGEST: usize = 200;

/// The newest lines that fit into so many bytes, each shortened, repeats said once.
pub(super) fn newest(lines: &[String], most: usize, bytes: usize) -> Vec<String> {
    let mut taken: Vec<(String, u32)> = Vec::new();
    let mut used = 0;
    for line in lines.iter().rev() {
        let line = short(line);
        if let Some((last, times)) = taken.last_mut()
            && *last == line
        {
            *times += 1;
            continue;
        }
        used += line.len() + 1;
        if taken.len() == most || used > bytes {
            break;
        }
        taken.push((line, 1));
    }
    let said = |(line, times): (String, u32)| match times {
        1 => line,
        times => format!("{line} [{times} times]"),
    };
    let mut lines: Vec<String> = taken.into_iter().map(said).collect();
    lines.reverse();
    while lines.first().is_some_and(|line| line.trim().is_empty()) {
        lines.remove(0);
    }
    lines
}

/// The line, or its beginning and an ellipsis.
pub(super) fn short(line: &str) -> String {
    cut(line.trim_end(), LONGEST)
}

/// At most so many characters.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most - 1).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_lines_that_fit() {
        let lines = ["", "a", "b", "b", "b", "c"].map(str::to_owned);
        assert_eq!(newest(&lines, 20, 100), ["a", "b [3 times]", "c"]);
        assert_eq!(newest(&lines, 2, 100), ["b [3 times]", "c"]);
        assert_eq!(newest(&lines, 20, 3), ["c"]);
        assert_eq!(newest(&["x".repeat(500)], 20, 900)[0].chars().count(), LONGEST);
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äö…");
    }
}

//! Words as one line, as one would type them, and anybody's text as a terminal may be given it.
//! Splitting a line is the supervisor's.

/// Words as one line that a POSIX shell would split into the same words.
pub fn join_words<W: AsRef<str>>(words: &[W]) -> String {
    words.iter().map(|word| quoted(word.as_ref())).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./=:@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Anybody's text as one line of a terminal: nothing in it is obeyed, and nothing turns round the
/// order in which the rest is read.
pub fn shown(text: &str) -> String {
    text.chars().map(|c| if commands(c) { ' ' } else { c }).collect()
}

/// The same for text of several lines, which it keeps.
pub fn shown_lines(text: &str) -> String {
    text.chars().map(|c| if c != '\n' && commands(c) { ' ' } else { c }).collect()
}

/// Control characters, and those by which a line can be made to read as another.
fn commands(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// How many characters differ, at least; two that changed places are one mistake.
pub fn distance(a: &str, b: &str) -> usize {
    let [a, b] = [a, b].map(|word| word.chars().take(200).collect::<Vec<_>>());
    let mut before = vec![0; b.len() + 1];
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let changed = above[j] + usize::from(x != y);
            let mut least = changed.min(row[j] + 1).min(above[j + 1] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

/// Of some words the one that was probably meant by another.
pub fn nearest(word: &str, words: impl IntoIterator<Item = String>) -> Option<String> {
    let far = word.chars().count().max(3) / 2;
    let near = words.into_iter().map(|known| (distance(word, &known), known));
    let near = near.filter(|(distance, _)| *distance > 0 && *distance <= far.min(2));
    near.min().map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_obeyed() {
        let text = "a\u{1b}]0;x\u{7}b\u{9b}2Jc\u{202e}d\ne\r\u{7f}ü➜";
        assert_eq!(shown(text), "a ]0;x b 2Jc d e  ü➜");
        assert_eq!(shown_lines(text), "a ]0;x b 2Jc d\ne  ü➜");
    }

    #[test]
    fn slips_of_the_fingers() {
        for (a, b, apart) in [
            ("lsit", "list", 1),
            ("lsit", "init", 2),
            ("", "abc", 3),
            ("stpo", "stop", 1),
            ("a", "a", 0),
        ] {
            assert_eq!(distance(a, b), apart, "{a} {b}");
        }
        let verbs = ["init", "list", "wait"].map(str::to_owned);
        assert_eq!(nearest("lsit", verbs).as_deref(), Some("list"));
    }
}

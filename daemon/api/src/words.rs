//! Words as one line, as one would type them. Splitting a line is the supervisor's.

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

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

/// How many characters differ, at least.
pub fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(200).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(200).enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// Of some words the one that was probably meant by another.
pub fn nearest(word: &str, words: impl IntoIterator<Item = String>) -> Option<String> {
    let far = word.chars().count().max(3) / 2;
    let near = words.into_iter().map(|known| (distance(word, &known), known));
    let near = near.filter(|(distance, _)| *distance > 0 && *distance <= far.min(2));
    near.min().map(|(_, known)| known)
}

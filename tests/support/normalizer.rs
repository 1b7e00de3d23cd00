//! `Normalizer`: replaces the parts of a text that differ between two runs of a test, for snapshots.
//! Paths and ports become names, pids and seconds `N`, times `<time>`. Other text is unchanged.

/// The paths and the port of a world, and the name that replaces each.
#[derive(Clone, Default)]
pub(crate) struct Normalizer {
    pub(crate) names: Vec<(String, &'static str)>,
}

impl Normalizer {
    /// The text with everything that differs between runs replaced.
    pub(crate) fn normalize(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (value, name) in &self.names {
            text = text.replace(value.as_str(), name);
        }
        let text = text.replace(env!("CARGO_PKG_VERSION"), "<version>");
        let text = replace_numbers_after(&replace_times(&text), &["pid ", "PID ", "\"pid\": "]);
        replace_numbers_before(&text, " s")
    }
}

/// `2026-11-22T14:00:00.123Z` and `2026-11-22 14:00:00` become `<time>`.
fn replace_times(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.char_indices().map(|(at, _)| at).find(|at| is_time(&rest[*at..])) {
        let tail = &rest[start + 19..];
        let more = tail.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(tail.len());
        let tail = &tail[more..];
        out += &rest[..start];
        out += "<time>";
        rest = tail.strip_prefix('Z').unwrap_or(tail);
    }
    out + rest
}

fn is_time(text: &str) -> bool {
    let shape = b"dddd-dd-dd?dd:dd:dd";
    let bytes = text.as_bytes();
    bytes.len() >= shape.len()
        && shape.iter().zip(bytes).all(|(kind, byte)| match kind {
            b'd' => byte.is_ascii_digit(),
            b'?' => matches!(byte, b'T' | b' '),
            other => byte == other,
        })
}

fn replace_numbers_after(text: &str, words: &[&str]) -> String {
    words.iter().fold(text.to_owned(), |text, word| {
        let mut parts = text.split(word);
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |out, part| {
            let after = part.trim_start_matches(|c: char| c.is_ascii_digit());
            let number = if after.len() < part.len() { "N" } else { "" };
            out + word + number + after
        })
    })
}

/// Replaces a whole number before a unit: `12 s` becomes `N s`.
fn replace_numbers_before(text: &str, unit: &str) -> String {
    let mut parts = text.split(unit).peekable();
    let mut out = String::new();
    while let Some(part) = parts.next() {
        let before = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let alone = before.is_empty() || before.ends_with([' ', '\n']);
        match parts.peek() {
            Some(next)
                if before.len() < part.len() && alone && !next.starts_with(char::is_alphabetic) =>
            {
                out += before;
                out += "N";
            }
            _ => out += part,
        }
        if parts.peek().is_some() {
            out += unit;
        }
    }
    out
}

#[test]
fn times_pids_and_seconds_are_replaced() {
    let normalizer = Normalizer { names: vec![("/tmp/x/work".into(), "<work>")] };
    let text = "web (pid 4711) in /tmp/x/work since 2026-11-22T14:00:00.123Z, 12 s ago, 3 ships";
    assert_eq!(normalizer.normalize(text), "web (pid N) in <work> since <time>, N s ago, 3 ships");
}

//! Functions on text: [`join_words`] quotes words for a shell, [`shown`] and [`shown_lines`] make
//! text safe for a terminal, [`duration`] and [`directory`] shorten what people read, [`nearest`] finds
//! the most similar word.

use std::ffi::OsStr;
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Joins words to a line that a POSIX shell splits into the same words.
pub fn join_words<W: AsRef<str>>(words: &[W]) -> String {
    words.iter().map(|word| quoted(word.as_ref())).collect::<Vec<_>>().join(" ")
}

/// [`join_words`] for words of any bytes. A word that is not UTF-8 has escapes, as in `$'caf\xe9'`,
/// so that two different commands are never the same text.
pub fn join_raw_words<W: AsRef<OsStr>>(words: &[W]) -> String {
    let quoted = words.iter().map(|word| match word.as_ref().to_str() {
        Some(text) => quoted(text),
        None => escaped(word.as_ref()),
    });
    quoted.collect::<Vec<_>>().join(" ")
}

fn escaped(word: &OsStr) -> String {
    let mut text = String::from("$'");
    for chunk in word.as_bytes().utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\'' => text.push_str(r"\'"),
                '\\' => text.push_str(r"\\"),
                other => text.push(other),
            }
        }
        for byte in chunk.invalid() {
            // Writing to a string cannot fail.
            write!(text, r"\x{byte:02x}").ok();
        }
    }
    text.push('\'');
    text
}

fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-./=:@%+,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Text as one line for a terminal: control characters and characters that change the reading order
/// become spaces.
pub fn shown(text: &str) -> String {
    text.chars().map(|c| if is_unsafe(c) { ' ' } else { c }).collect()
}

/// [`shown`] for text of several lines: line breaks stay.
pub fn shown_lines(text: &str) -> String {
    text.chars().map(|c| if c != '\n' && is_unsafe(c) { ' ' } else { c }).collect()
}

/// Control characters, line separators and bidirectional controls, which can make a line look like
/// another one.
fn is_unsafe(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || is_bidi_control(c)
}

/// Whether a character changes the reading order of others.
pub fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A duration, rounded down to one unit: `5 min`.
pub fn duration(seconds: f64) -> String {
    let seconds = seconds as u64;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// A directory, with `~` for the home.
pub fn directory(path: &Path, home: Option<&Path>) -> String {
    match home.filter(|home| home.parent().is_some()).and_then(|home| path.strip_prefix(home).ok())
    {
        Some(rest) if rest.as_os_str().is_empty() => "~".to_owned(),
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    }
}

/// The letters and digits of a text in lower case, with a hyphen for everything between them, as in
/// ids.
pub fn slug(text: &str) -> String {
    let mut slug = String::new();
    for character in text.chars() {
        if character.is_ascii_alphanumeric() {
            slug.push(character.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// Bounds the time of [`distance`], which is quadratic.
const MAX_COMPARED_CHARS: usize = 200;

/// The edit distance of two words, over their first 200 characters. Two swapped neighbours
/// count as one edit.
pub fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(MAX_COMPARED_CHARS).collect();
    let b: Vec<char> = b.chars().take(MAX_COMPARED_CHARS).collect();
    let mut two_rows_up = vec![0; b.len() + 1];
    let mut row_above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let replaced = row_above[j] + usize::from(x != y);
            let mut least = replaced.min(row[j] + 1).min(row_above[j + 1] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(two_rows_up[j - 1] + 1);
            }
            row.push(least);
        }
        two_rows_up = std::mem::replace(&mut row_above, row);
    }
    row_above[b.len()]
}

/// The word that was probably meant: the one that differs in one letter, or in two of a long word.
/// A word of two letters is near to too many.
pub fn nearest(word: &str, words: impl IntoIterator<Item = String>) -> Option<String> {
    let max_distance = match word.chars().count() {
        0..=2 => return None,
        3..=7 => 1,
        _ => 2,
    };
    let candidates = words.into_iter().map(|known| (distance(word, &known), known));
    let near = candidates.filter(|(distance, _)| (1..=max_distance).contains(distance));
    near.min().map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_become_spaces() {
        let text = "a\u{1b}]0;x\u{7}b\u{9b}2Jc\u{202e}d\ne\r\u{7f}ü➜";
        assert_eq!(shown(text), "a ]0;x b 2Jc d e  ü➜");
        assert_eq!(shown_lines(text), "a ]0;x b 2Jc d\ne  ü➜");
    }

    #[test]
    fn words_that_are_no_text_have_escapes() {
        let words = [OsStr::new("cat"), OsStr::from_bytes(b"it's \xe9\\"), OsStr::new("a b")];
        assert_eq!(join_raw_words(&words), r"cat $'it\'s \xe9\\' 'a b'");
    }

    #[test]
    fn typing_errors_are_near() {
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

    #[test]
    fn a_slug_has_letters_digits_and_hyphens() {
        assert_eq!(slug("npm run dev -- --host 0.0.0.0"), "npm-run-dev-host-0-0-0-0");
        assert_eq!(slug(" ./My Web! "), "my-web");
        assert_eq!(slug("日本"), "");
    }

    #[test]
    fn durations_have_one_unit() {
        let texts = [0.4, 59.9, 60.0, 3_599.0, 3_600.0, 90_000.0].map(duration);
        assert_eq!(texts, ["0 s", "59 s", "1 min", "59 min", "1 h", "1 d"]);
    }

    #[test]
    fn only_the_home_itself_becomes_a_tilde() {
        let home = Some(Path::new("/home/ada"));
        assert_eq!(directory(Path::new("/home/ada/todo"), home), "~/todo");
        assert_eq!(directory(Path::new("/home/ada"), home), "~");
        assert_eq!(directory(Path::new("/home/adam"), home), "/home/adam");
        assert_eq!(directory(Path::new("/srv"), Some(Path::new("/"))), "/srv");
    }
}

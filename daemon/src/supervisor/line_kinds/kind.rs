//! [`kind_of`]: the kind of a line, a hash of the parts that stay the same when a program prints the
//! same message again: without times, numbers, hexadecimal digits, ids, quoted text and line numbers.

use persistproc_api::fnv;

/// Words from this length on that mix letters and several digits are ids.
const MIN_ID_LENGTH: usize = 10;

/// A hash of this length in hexadecimal digits, such as a short commit id.
const MIN_HEX_LENGTH: usize = 6;

/// The number of a kind. Zero is not a kind: [`kind_of`] returns it for lines without text.
pub(crate) type Kind = u64;

/// The kind of a line of plain text.
pub(crate) fn kind_of(line: &str) -> Kind {
    let shape = shape(line);
    if shape.is_empty() { 0 } else { fnv::hash_64(shape.as_bytes()).max(1) }
}

/// The line with `#` in place of what changes from one time to the next, and `"` for quoted text.
fn shape(line: &str) -> String {
    let mut shape = String::with_capacity(line.len());
    let mut rest = line.trim();
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let length = if is_quote(first) && !before.is_alphanumeric() {
            quoted_length(rest, first)
        } else {
            None
        };
        let (part, replacement) = match length {
            Some(length) => (&rest[..length], Some('"')),
            None if is_word(first) => {
                let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
                let word = &rest[..end];
                (word, is_variable(word).then_some('#'))
            }
            None => (&rest[..first.len_utf8()], None),
        };
        match replacement {
            Some(replacement) => push_once(&mut shape, replacement),
            None if is_word(first) => shape.push_str(part),
            None if first.is_whitespace() => push_once(&mut shape, ' '),
            None => push_once(&mut shape, first),
        }
        before = part.chars().next_back().unwrap_or(' ');
        rest = &rest[part.len()..];
    }
    shape
}

/// Appends a character that is not part of a word. A repetition, such as a ruler or a progress bar, counts
/// once, and so do the parts of a time or a version.
fn push_once(shape: &mut String, character: char) {
    let mut last = shape.chars().rev();
    let (end, before) = (last.next(), last.next());
    if end == Some(character) && character != '\\' {
        return;
    }
    let joins = end.is_some_and(|end| ".:,-/+".contains(end));
    if character == '#' && joins && before == Some('#') {
        shape.pop();
        return;
    }
    shape.push(character);
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn is_quote(character: char) -> bool {
    matches!(character, '"' | '\'' | '`' | '“' | '‘')
}

/// The length of the quoted text at the start, with its quotes. `None` if no quote ends it.
fn quoted_length(text: &str, open: char) -> Option<usize> {
    let close = match open {
        '“' => '”',
        '‘' => '’',
        same => same,
    };
    let inner = &text[open.len_utf8()..];
    // An apostrophe within a word ends no quoted text.
    let end = inner.match_indices(close).find(|(at, _)| {
        let after = inner[at + close.len_utf8()..].chars().next();
        !after.is_some_and(char::is_alphanumeric)
    })?;
    Some(open.len_utf8() + end.0 + close.len_utf8())
}

/// Whether a word is a number, a duration, a size, hexadecimal digits or an id.
fn is_variable(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    if digits == 0 {
        return false;
    }
    if word.as_bytes()[0].is_ascii_digit() {
        return true;
    }
    let is_hex = word.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_hex && digits >= 2 && word.len() >= MIN_HEX_LENGTH)
        || (digits >= 3 && word.len() >= MIN_ID_LENGTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_from_time_to_time_is_replaced() {
        for (line, expected) in [
            ("17:35:24.123 [vite] hmr update /src/main.js", "# [vite] hmr update /src/main.js"),
            ("5:35:24 PM - Found 2 errors.", "# PM - Found # errors."),
            ("2026-11-29T17:35:24.123Z GET /users/42 200 12ms", "# GET /users/# # #"),
            (
                "src/cart.ts(2,14): error TS2304: Cannot find name 'c'.",
                "src/cart.ts(#): error TS2304: Cannot find name \".",
            ),
            ("  at file:///w/app.mjs:3:25", "at file:/w/app.mjs:#"),
            (
                "error[E0425]: cannot find value `b` in this scope",
                "error[E0425]: cannot find value \" in this scope",
            ),
            ("request 3f2c1a9e-77b0-4c1e-9a52-0d2b6f1f8e11 failed", "request # failed"),
            ("commit a94f8e1 by job_7f3k29x81q", "commit # by #"),
            ("it doesn't work, and won't", "it doesn't work, and won't"),
            ("[=====>    ]  42% | 1.2 MB/s", "[=> ] #% | # MB/s"),
            ("2 passed, 1 failed in 0.02s", "# passed, # failed in #"),
            ("   ", ""),
        ] {
            assert_eq!(shape(line), expected, "{line}");
        }
    }

    #[test]
    fn lines_with_other_words_are_other_kinds() {
        let lines =
            ["error TS2304: x", "error TS2322: x", "a.ts: error", "b.ts: error", "page1.js"];
        let mut kinds: Vec<Kind> = lines.iter().map(|line| kind_of(line)).collect();
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!(kinds.len(), lines.len());
        assert_eq!(kind_of(" \t"), 0);
        assert_eq!(kind_of("took 5ms"), kind_of("took 61 ms".replace(" ms", "ms").as_str()));
    }

    #[test]
    fn an_unfinished_quote_and_any_text_are_accepted() {
        for line in ["'", "\"open", "`", "“x", "ß'ü'", "'a'b'", "\u{fffd}\u{fffd}'"] {
            shape(line);
        }
    }
}

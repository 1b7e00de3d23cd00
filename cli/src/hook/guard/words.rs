//! Words of a shell line: [`literal`] is the text of a word without expansions, [`raw`] the word as typed.

use rable::{Node, NodeKind};

/// What the shell makes of the word. `None` if that depends on variables, files or commands.
pub(super) fn literal(word: &Node) -> Option<String> {
    let NodeKind::Word { value, parts, .. } = &word.kind else { return None };
    let is_plain = parts.iter().all(|part| matches!(part.kind, NodeKind::WordLiteral { .. }));
    if is_plain { unquoted(value) } else { None }
}

/// The word as typed, with its quotes.
pub(super) fn raw(word: &Node) -> &str {
    match &word.kind {
        NodeKind::Word { value, .. } => value,
        _ => "",
    }
}

/// The words as typed, separated by spaces.
pub(super) fn raw_line(words: &[Node]) -> String {
    words.iter().map(raw).collect::<Vec<_>>().join(" ")
}

/// Removes the quotes. `None` for a text that the shell expands: a pattern of file names, `~`, `$`.
pub(super) fn unquoted(value: &str) -> Option<String> {
    let mut text = String::new();
    let mut quote = None;
    let mut rest = value.chars();
    while let Some(character) = rest.next() {
        match (quote, character) {
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), close) if open == close => quote = None,
            (Some('\''), other) => text.push(other),
            (_, '$' | '`') => return None,
            (Some(_), '\\') => match rest.next()? {
                escaped @ ('$' | '`' | '"' | '\\') => text.push(escaped),
                '\n' => {}
                other => text.extend(['\\', other]),
            },
            (None, '\\') => match rest.next()? {
                '\n' => {}
                escaped => text.push(escaped),
            },
            (None, '*' | '?' | '[' | '(' | ')') => return None,
            (None, '~') if text.is_empty() => return None,
            (_, other) => text.push(other),
        }
    }
    if quote.is_some() { None } else { Some(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_removed_and_expansions_have_no_text() {
        for (value, expected) in [
            ("dev", Some("dev")),
            ("\"d e\"v'$x'", Some("d ev$x")),
            (r"a\ b", Some("a b")),
            (r#""a\"b\c""#, Some(r#"a"b\c"#)),
            ("'[n]ode'", Some("[n]ode")),
            ("*.js", None),
            ("~/x", None),
            ("a~b", Some("a~b")),
            ("\"$x\"", None),
            ("\"open", None),
        ] {
            assert_eq!(unquoted(value).as_deref(), expected, "{value}");
        }
    }
}

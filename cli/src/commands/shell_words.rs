//! Words that only a shell knows: [`explain`] answers commands such as `cd x` and `FOO=1 make`, which
//! name no program, with what to type instead.

use std::ffi::OsString;

use persistproc_api::{ErrorCode, Problem};

/// Commands that change the shell itself.
const BUILTINS: [&str; 36] = [
    ".", "alias", "bg", "bind", "break", "builtin", "cd", "continue", "declare", "dirs", "disown",
    "eval", "exit", "export", "fg", "hash", "history", "jobs", "let", "local", "logout", "popd",
    "pushd", "read", "readonly", "return", "set", "shift", "shopt", "source", "trap", "typeset",
    "ulimit", "umask", "unalias", "unset",
];

/// Words that begin a construct of the shell's language.
const KEYWORDS: [&str; 13] = [
    "!", "[[", "case", "coproc", "do", "for", "function", "if", "select", "then", "until", "while",
    "{",
];

/// The words as they were typed. A line in one word is split at its spaces.
pub(super) fn text(words: &[OsString]) -> Vec<String> {
    match words {
        [line] => line.to_string_lossy().split_whitespace().map(str::to_owned).collect(),
        _ => words.iter().map(|word| word.to_string_lossy().into_owned()).collect(),
    }
}

/// Replaces the problem of a program that was not found, if the word is one of a shell.
pub(super) fn explain(problem: Problem, words: &[String]) -> Problem {
    if problem.code != ErrorCode::CommandNotFound {
        return problem;
    }
    let Some((word, rest)) = words.split_first() else { return problem };
    let line = words.join(" ");
    let (message, hint) = if is_assignment(word) {
        let before = rest.iter().position(|word| !is_assignment(word));
        match before {
            Some(count) => {
                let assignments = words[..=count].join(" ");
                let program = words[count + 1..].join(" ");
                let message = format!("`{word}` is an assignment, not a program.");
                (message, format!("Run `{assignments} pp {program}`."))
            }
            None => {
                let message = format!("`{line}` sets a variable of the shell; it is no program.");
                (message, format!("Run `export {line}`, without `pp`."))
            }
        }
    } else if word == "time" {
        let program = rest.join(" ");
        (format!("`{word}` is a word of the shell."), format!("Run `time pp {program}`."))
    } else if BUILTINS.contains(&word.as_str()) {
        let message = format!("`{word}` is built into the shell and acts on the shell itself.");
        (message, format!("Run `{line}` without `pp`."))
    } else if KEYWORDS.contains(&word.as_str()) {
        let message = format!("`{word}` is a word of the shell's language, not a program.");
        (message, format!("Quote the line: pp '{line} …'"))
    } else {
        return problem;
    };
    Problem::new(ErrorCode::CommandNotFound, message).hint(hint)
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        let mut characters = name.chars();
        characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
            && characters.all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_explained(line: &str, expected: &str) {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let unknown = Problem::new(ErrorCode::CommandNotFound, "unknown");
        let explained = explain(unknown, &words);
        assert_eq!(format!("{} {}", explained.message, explained.hint).trim(), expected);
    }

    #[test]
    fn words_of_a_shell_are_explained() {
        assert_explained(
            "cd x",
            "`cd` is built into the shell and acts on the shell itself. Run `cd x` without `pp`.",
        );
        assert_explained(
            "A=1 B=2 make -k",
            "`A=1` is an assignment, not a program. Run `A=1 B=2 pp make -k`.",
        );
        assert_explained(
            "A=1",
            "`A=1` sets a variable of the shell; it is no program. Run `export A=1`, without `pp`.",
        );
        assert_explained("time make", "`time` is a word of the shell. Run `time pp make`.");
        assert_explained("nosuch x", "unknown");
        assert_explained("a-b=c", "unknown");
    }
}

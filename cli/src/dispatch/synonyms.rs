//! Verbs under the names that other tools give them: [`verb`]. Some of these words are programs too;
//! the words after them decide, and whether the program is installed.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::programs;

/// Words that are a verb unless a program of that name is installed.
const NAMES: [(&str, &[&str]); 9] = [
    ("status", &["list"]),
    ("info", &["list"]),
    ("show", &["list"]),
    ("inspect", &["list", "--long"]),
    ("stats", &["list", "--long"]),
    ("monit", &["list", "--long", "--watch"]),
    ("log", &["output"]),
    ("delete", &["forget"]),
    ("remove", &["forget"]),
];

/// The verb and flags that replace the first of these words, if it is a name that other tools use.
pub(super) fn verb(words: &[OsString]) -> Option<&'static [&'static str]> {
    let first = words.first()?.to_str()?;
    if first == "tail" {
        return is_tail_of_process(&words[1..]).then_some(&["output"]);
    }
    let (_, verb) = NAMES.iter().find(|(name, _)| *name == first)?;
    programs::on_path(first).is_none().then_some(*verb)
}

/// Whether the first word, which is a verb, is a program here: `env` with assignments, a program or
/// no word at all (its help page is ours), `ls` with a path, `ps` with options of its own.
pub(super) fn is_program_here(words: &[OsString]) -> bool {
    let Some((verb, rest)) = words.split_first() else { return false };
    match verb.to_str() {
        Some("env") if rest.first().is_some_and(is_help) => false,
        Some("env") => !is_target_of_env(rest),
        Some("ls") => first_argument(rest).is_some_and(is_written_as_path),
        Some("ps") => rest.first().is_some_and(|word| OPTIONS_OF_PS.iter().any(|own| word == own)),
        _ => false,
    }
}

/// What people type after `ps`.
const OPTIONS_OF_PS: [&str; 8] = ["aux", "auxf", "auxww", "ax", "axf", "-ef", "-aux", "-e"];

/// The first word that is no flag, unless a long flag or `-C` could have it as its value.
fn first_argument(words: &[OsString]) -> Option<&OsStr> {
    let at = words.iter().position(|word| !is_flag(word))?;
    let has_flag_with_value = words[..at].iter().any(|flag| {
        let flag = flag.to_string_lossy();
        flag.starts_with("--") || flag == "-C"
    });
    (!has_flag_with_value).then_some(words[at].as_os_str())
}

/// Whether a word can only be a path: the name of a process has no slash and begins with no dot.
fn is_written_as_path(word: &OsStr) -> bool {
    let word = word.to_string_lossy();
    word.contains('/') || word.starts_with('.')
}

fn is_target_of_env(words: &[OsString]) -> bool {
    let mut words = words.iter().filter(|word| !is_flag(word));
    match (words.next(), words.next()) {
        (Some(word), None) => {
            !word.to_string_lossy().contains(['=', '/']) && programs::on_path(word).is_none()
        }
        _ => false,
    }
}

/// Whether the words after `tail` are one name, of no file, with or without `-f`: anything else is the
/// program's.
fn is_tail_of_process(words: &[OsString]) -> bool {
    let name = match words {
        [name] => name,
        [flag, name] if flag == "-f" => name,
        _ => return false,
    };
    !is_flag(name) && !Path::new(name).exists()
}

fn is_help(word: &OsString) -> bool {
    word == "--help" || word == "-h"
}

fn is_flag(word: &OsStr) -> bool {
    word.to_string_lossy().starts_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn names_of_other_tools_are_verbs_unless_they_run_a_program() {
        for (line, expected) in [
            ("monit", Some(&["list", "--long", "--watch"][..])),
            ("tail -f no-such-file", Some(&["output"][..])),
            ("tail -f /", None),
            ("tail", None),
            ("tail -n 1", None),
            ("tail -5", None),
            ("tail -f", None),
            ("tail -n 5 no-such-file", None),
            ("npm status", None),
        ] {
            assert_eq!(verb(&words(line)), expected, "{line}");
        }
    }

    #[test]
    fn ls_and_ps_are_programs_with_what_only_they_understand() {
        for line in ["ls /", "ls -la ./src", "ls .", "ls ..", "ps aux", "ps -ef"] {
            assert!(is_program_here(&words(line)), "{line}");
        }
        for line in ["ls", "ls web", "ls --all", "ls -C /", "ls --cwd .", "ps", "ps web"] {
            assert!(!is_program_here(&words(line)), "{line}");
        }
    }

    #[test]
    fn env_is_a_program_unless_it_names_one_process() {
        for line in
            ["env", "env A=1 npm run dev", "env -i sh", "env A=1", "env ./x", "env -i A=1 sh -c x"]
        {
            assert!(is_program_here(&words(line)), "{line}");
        }
        for line in ["env no-such-program", "env --help", "env -h"] {
            assert!(!is_program_here(&words(line)), "{line}");
        }
        assert!(!is_program_here(&words("stop web")));
    }
}

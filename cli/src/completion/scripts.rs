//! What a project defines for a program to run: the scripts of `package.json`, the targets of a
//! Makefile, the recipes of a justfile, the aliases of cargo. For shells that know no completion of
//! the program. Pure, apart from [`of_line`], which reads the files.

use std::fs;
use std::io::Read;
use std::path::Path;

use persistproc_api::words;
use serde_json::Value;

use super::Candidate;

/// The largest file that is read, in bytes.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// A file that defines names, and how they are read from its text.
struct Source {
    files: &'static [&'static str],
    read: fn(&str) -> Vec<Candidate>,
}

const PACKAGE: Source = Source { files: &["package.json"], read: package_scripts };
const MAKEFILE: Source =
    Source { files: &["GNUmakefile", "makefile", "Makefile"], read: make_targets };
const JUSTFILE: Source = Source { files: &["justfile", "Justfile", ".justfile"], read: recipes };
const CARGO: Source =
    Source { files: &[".cargo/config.toml", ".cargo/config"], read: cargo_aliases };

/// The names that complete the last of these words, which begin with the program. The nearest file
/// counts, in this directory or above it.
pub(crate) fn of_line(words: &[String], directory: &Path) -> Vec<Candidate> {
    let Some(source) = source(words) else { return Vec::new() };
    for folder in directory.ancestors() {
        let mut texts = source.files.iter().filter_map(|name| text(&folder.join(name)));
        if let Some(text) = texts.next() {
            return (source.read)(&text);
        }
    }
    Vec::new()
}

/// Where the names come from that complete the last word.
fn source(words: &[String]) -> Option<Source> {
    let (_, before) = words.split_last()?;
    let before: Vec<&str> = before.iter().map(String::as_str).collect();
    let (program, arguments) = before.split_first()?;
    let program = program.rsplit('/').next()?;
    match (program, arguments) {
        ("npm" | "pnpm" | "yarn" | "bun", ["run" | "run-script"])
        | ("pnpm" | "yarn" | "bun", [])
        | ("node", ["--run"]) => Some(PACKAGE),
        ("make" | "gmake", _) => Some(MAKEFILE),
        ("just", []) => Some(JUSTFILE),
        ("cargo", []) => Some(CARGO),
        _ => None,
    }
}

/// The text of a regular file that is not too large.
fn text(path: &Path) -> Option<String> {
    // A FIFO would block.
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    fs::File::open(path).ok()?.take(MAX_FILE_BYTES).read_to_string(&mut text).ok()?;
    Some(text)
}

fn package_scripts(text: &str) -> Vec<Candidate> {
    let Ok(package) = serde_json::from_str::<Value>(text) else { return Vec::new() };
    let scripts = package.get("scripts").and_then(Value::as_object);
    let named = scripts.into_iter().flatten().filter(|(name, _)| is_plain(name));
    named.map(|(name, script)| named_candidate(name, script.as_str().unwrap_or_default())).collect()
}

/// The explicit targets of a Makefile. Those with a variable, a pattern or a leading dot are no words to
/// type.
fn make_targets(text: &str) -> Vec<Candidate> {
    let mut targets: Vec<Candidate> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with([' ', '\t', '#', '.'])) {
        let Some((names, rest)) = line.split_once(':') else { continue };
        if rest.starts_with('=') || rest.starts_with(":=") || names.contains('=') {
            continue;
        }
        for name in names.split_whitespace().filter(|name| is_plain(name)) {
            if targets.iter().all(|known| known.word != name) {
                targets.push(named_candidate(name, ""));
            }
        }
    }
    targets
}

/// The recipes of a justfile, with the comment above each. Private ones begin with `_`.
fn recipes(text: &str) -> Vec<Candidate> {
    let mut recipes = Vec::new();
    let mut comment = "";
    for line in text.lines() {
        if let Some(text) = line.strip_prefix('#') {
            comment = text.trim();
            continue;
        }
        let head = line.split_once(':').filter(|(_, rest)| !rest.starts_with('='));
        let name =
            head.and_then(|(head, _)| head.trim_start_matches('@').split_whitespace().next());
        let is_recipe = |name: &&str| {
            !line.starts_with([' ', '\t', '_', '[']) && is_plain(name) && *name != "set"
        };
        if let Some(name) = name.filter(is_recipe) {
            recipes.push(named_candidate(name, comment));
        }
        if !line.starts_with('[') {
            comment = "";
        }
    }
    recipes
}

fn cargo_aliases(text: &str) -> Vec<Candidate> {
    let Ok(config) = text.parse::<toml_edit::DocumentMut>() else { return Vec::new() };
    let aliases = config.get("alias").and_then(|aliases| aliases.as_table_like());
    let named = aliases.into_iter().flat_map(|aliases| aliases.iter());
    named
        .filter(|(name, _)| is_plain(name))
        .map(|(name, value)| named_candidate(name, value.to_string().trim()))
        .collect()
}

/// Whether a name can be typed as it is.
fn is_plain(name: &str) -> bool {
    let is_allowed = |c: char| c.is_alphanumeric() || "_-.:/@+".contains(c);
    !name.is_empty() && name.chars().all(is_allowed)
}

fn named_candidate(word: &str, about: &str) -> Candidate {
    Candidate { word: word.to_owned(), about: words::shown(about) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(candidates: &[Candidate]) -> String {
        let shown = candidates.iter().map(|Candidate { word, about }| format!("{word} ({about})"));
        shown.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn names_are_read_from_the_files_of_each_program() {
        let package = r#"{"scripts": {"dev": "vite", "build:all": "vite build", "a b": "x"}}"#;
        assert_eq!(shown(&package_scripts(package)), "dev (vite), build:all (vite build)");
        assert_eq!(package_scripts("{"), []);
        let makefile =
            "CC := gcc\nA=b:c\n.PHONY: all\nall test: dep\n\tgcc x:y\n%.o: %.c\n$(X): y\nall:\n";
        assert_eq!(shown(&make_targets(makefile)), "all (), test ()");
        let justfile = "set shell := ['a']\nx := 'y'\n# Runs it\n@dev port='1': dep\n  echo a:b\n_hidden:\n\ntest:\n";
        assert_eq!(shown(&recipes(justfile)), "dev (Runs it), test ()");
        let cargo = "[alias]\nxt = \"run -p xtask\"\n[build]\njobs = 1\n";
        assert_eq!(shown(&cargo_aliases(cargo)), "xt (\"run -p xtask\")");
    }

    #[test]
    fn only_the_word_that_names_a_script_is_completed() {
        for (line, is_completed) in [
            ("npm run ", true),
            ("/usr/bin/npm run d", true),
            ("npm ", false),
            ("npm run dev ", false),
            ("yarn d", true),
            ("bun run ", true),
            ("make -j4 t", true),
            ("just ", true),
            ("just dev ", false),
            ("cargo x", true),
            ("git ", false),
        ] {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            assert_eq!(source(&words).is_some(), is_completed, "{line}");
        }
    }
}

//! Rules of prose: words that this project's texts and names avoid, and opening sentences that
//! name what their file holds.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use regex::Regex;

use super::crates::{CRATES, Crate, SourceFile};
use crate::support::tools::root;

/// Words that hide the subject of a sentence, or stand where the field has a term of its own.
/// `(s|ed|ing)` and the like are parts of a regular expression.
const AVOIDED: [&str; 30] = [
    "whoever",
    "whomever",
    "whatever",
    "nobody",
    "somebody",
    "someone",
    "anybody",
    "anyone",
    "mend(s|ed|ing)?",
    "told of",
    "(is|are|was|were|be) told",
    "those who",
    "for ever",
    "in so many words",
    "no news",
    "last words",
    "last breath",
    "heirs?",
    "fates?",
    "farewells?",
    "patience",
    "wish(es)?",
    "tam(e|es|ed|er|ing)",
    "lanes?",
    "blink of an eye",
    "in vain",
    "makes? no sense",
    "of its own accord",
    "the house",
    "no business",
];

/// Folders that hold no text of this project.
const SKIPPED_FOLDERS: [&str; 6] =
    ["target", ".git", "node_modules", "corpus", "__pycache__", ".schemathesis"];

/// Lock files, licences of others, and this list.
const SKIPPED_FILES: [&str; 4] =
    ["Cargo.lock", "package-lock.json", "requirements.txt", "prose.rs"];

#[test]
fn texts_and_names_use_plain_words() {
    let avoided = Regex::new(&format!(r"\b({})\b", AVOIDED.join("|"))).unwrap();
    let mut broken = Vec::new();
    for (path, text) in texts(&root()) {
        let words = separate_words(&text);
        for (at, line) in words.lines().enumerate() {
            if let Some(found) = avoided.find(line) {
                broken.push(format!("{path}:{}: `{}`", at + 1, found.as_str()));
            }
        }
    }
    assert!(broken.is_empty(), "{} places:\n{}", broken.len(), broken.join("\n"));
}

#[test]
fn avoided_words_are_found_in_prose_and_in_names() {
    for (text, expected) in [
        ("fn mend_later()", " mend later"),
        ("struct DaemonHeir;", "daemon heir"),
        ("LAST_BREATH", "last breath"),
    ] {
        assert!(separate_words(text).contains(expected), "{}", separate_words(text));
    }
}

/// The text in lower case, with the words of `snake_case` and `CamelCase` names apart.
fn separate_words(text: &str) -> String {
    let mut separated = String::with_capacity(text.len());
    let mut before = ' ';
    for character in text.chars() {
        if before.is_lowercase() && character.is_uppercase() {
            separated.push(' ');
        }
        separated.push(if character == '_' { ' ' } else { character });
        before = character;
    }
    separated.to_lowercase()
}

/// Every text file below a folder, by its path from the root of the checkout.
fn texts(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            if !SKIPPED_FOLDERS.contains(&name.as_str()) {
                found.extend(texts(&path));
            }
        } else if !SKIPPED_FILES.contains(&name.as_str())
            && let Ok(text) = fs::read_to_string(&path)
        {
            let path = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
            found.push((path, text));
        }
    }
    found
}

#[test]
fn opening_sentences_name_what_the_file_holds() {
    let mut broken = Vec::new();
    for folder in CRATES {
        for file in &Crate::parse(folder).files {
            let opening = opening_sentence(&file.path);
            if nouns(file).is_disjoint(&stems(&opening)) {
                broken.push(format!("{}: {opening}", file.path));
            }
        }
    }
    assert!(broken.is_empty(), "{} files:\n{}", broken.len(), broken.join("\n"));
}

/// The first sentence of a file's `//!` comment.
fn opening_sentence(path: &str) -> String {
    let text = fs::read_to_string(root().join(path)).unwrap();
    let lines = text.lines().map_while(|line| line.strip_prefix("//!"));
    let paragraph: Vec<&str> = lines.map(str::trim).take_while(|line| !line.is_empty()).collect();
    let paragraph = paragraph.join(" ");
    let end = paragraph.find(". ").map_or(paragraph.len(), |at| at + 1);
    paragraph[..end].to_owned()
}

/// The words in the names of the file, its folder, its modules, types and functions.
fn nouns(file: &SourceFile) -> BTreeSet<String> {
    let types = file.types.iter().map(|(name, _)| name.clone());
    let names: Vec<String> = file
        .declared_modules()
        .into_iter()
        .chain(types)
        .chain(file.module.clone())
        .chain(file.functions.clone())
        .collect();
    stems(&names.join(" "))
}

/// The words of a text without the endings that a verb or a plural adds.
fn stems(text: &str) -> BTreeSet<String> {
    let separated = separate_words(text);
    let words = separated.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 2);
    words.map(stem).collect()
}

fn stem(word: &str) -> String {
    let endings = ["ings", "ing", "ers", "er", "ies", "es", "ed", "s", "y", "e"];
    let shorter = endings.iter().find_map(|ending| word.strip_suffix(ending));
    shorter.filter(|stem| stem.len() > 2).unwrap_or(word).to_owned()
}

//! The sources of this project, read as text by the tests of the house rules.

use std::fs;
use std::path::{Path, PathBuf};

use super::tools::root;

/// The `.rs` files below a folder that its root file, or a `mod.rs`, doesn't name as a module.
pub(crate) fn unlisted(folder: &Path, root_file: &str) -> Vec<PathBuf> {
    let listing = fs::read_to_string(folder.join(root_file)).unwrap();
    let mut missing = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let is_module = path.is_dir() && path.join("mod.rs").exists();
        let is_file =
            path.extension().is_some_and(|kind| kind == "rs") && !path.ends_with(root_file);
        if (is_file || is_module) && !has_word(&listing, &name) {
            missing.push(path.clone());
        }
        if is_module {
            missing.extend(unlisted(&path, "mod.rs"));
        }
    }
    missing
}

/// All Rust files below these folders, as paths from the checkout.
pub(crate) fn sources(folders: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = open.pop() {
        for entry in
            fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("target") {
                open.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                found.push(path.strip_prefix(root()).unwrap().to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

/// Path, number and text of each line, without comments. An import that goes over several lines
/// is one line, so that its names stand together.
pub(crate) fn lines_of_code(folders: &[&str]) -> Vec<(String, usize, String)> {
    let mut lines: Vec<(String, usize, String)> = Vec::new();
    for path in sources(folders) {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        for (at, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            match lines.last_mut().filter(|(of, _, before)| *of == path && is_open(before)) {
                Some((_, _, before)) => before.push_str(code.trim()),
                None => lines.push((path.clone(), at + 1, code.to_owned())),
            }
        }
    }
    lines
}

fn is_open(code: &str) -> bool {
    let imports = code.trim_start().starts_with("use ") || code.contains(" use ");
    imports && code.contains('{') && !code.contains(';')
}

/// Whether a name stands in the code as a word of its own.
pub(crate) fn has_word(code: &str, word: &str) -> bool {
    code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|found| found == word)
}

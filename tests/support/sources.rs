//! Reads the sources of this project as text, for tests that check them.

use std::fs;
use std::path::{Path, PathBuf};

use super::tools::root;

/// The Rust files below `folder` that no module declares. `root_file` is the file whose `mod`
/// lines declare the modules of the folder.
pub(crate) fn unlisted_modules(folder: &Path, root_file: &Path) -> Vec<PathBuf> {
    let declarations = fs::read_to_string(root_file).unwrap();
    let mut missing = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let is_file = path.extension().is_some_and(|kind| kind == "rs") && path != root_file;
        if is_file && !path.ends_with("mod.rs") && !has_word(&declarations, &name) {
            missing.push(path.clone());
        }
        if path.is_dir()
            && let Some(module) = module_file(&path)
        {
            if !has_word(&declarations, &name) {
                missing.push(path.clone());
            }
            missing.extend(unlisted_modules(&path, &module));
        }
    }
    missing
}

/// The file of the module whose submodules are in `folder`: `name.rs` beside it, or `mod.rs` in it.
fn module_file(folder: &Path) -> Option<PathBuf> {
    let candidates = [folder.with_extension("rs"), folder.join("mod.rs")];
    candidates.into_iter().find(|file| file.exists())
}

/// All Rust files below these folders, as paths relative to the checkout.
pub(crate) fn sources(folders: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(folder) = open.pop() {
        let entries = fs::read_dir(&folder);
        for entry in entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
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

/// Path, number and text of each line, without comments. An import that spans several lines is
/// joined into one.
pub(crate) fn lines_of_code(folders: &[&str]) -> Vec<(String, usize, String)> {
    let mut lines: Vec<(String, usize, String)> = Vec::new();
    for path in sources(folders) {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        for (at, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            match lines
                .last_mut()
                .filter(|(of, _, before)| *of == path && is_unfinished_import(before))
            {
                Some((_, _, before)) => before.push_str(code.trim()),
                None => lines.push((path.clone(), at + 1, code.to_owned())),
            }
        }
    }
    lines
}

fn is_unfinished_import(code: &str) -> bool {
    let is_import = code.trim_start().starts_with("use ") || code.contains(" use ");
    is_import && code.contains('{') && !code.contains(';')
}

/// Whether the code contains `word` as a whole identifier.
pub(crate) fn has_word(code: &str, word: &str) -> bool {
    code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|found| found == word)
}

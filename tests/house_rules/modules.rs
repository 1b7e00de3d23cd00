//! Rules of modules: no import circles between siblings, tables that match the `mod` lines, and
//! `name.rs` beside `name/` as the one module style.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::crates::{CRATES, Crate, ModulePath, SourceFile};
use crate::support::sources::sources;
use crate::support::tools::root;

/// Who imports whom among the children of one module, with a file as evidence.
type Graph = BTreeMap<(String, String), String>;

#[test]
fn modules_have_no_import_circles() {
    let circles: Vec<String> =
        CRATES.iter().flat_map(|folder| circular_imports(&Crate::parse(folder))).collect();
    assert!(circles.is_empty(), "imports that close a circle:\n{}", circles.join("\n"));
}

#[test]
fn a_circle_of_three_modules_is_found() {
    let edges = [("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")];
    let graph: Graph = edges
        .iter()
        .map(|(from, to)| (((*from).to_owned(), (*to).to_owned()), format!("{from}.rs")))
        .collect();
    assert!(reaches(&graph, "b", "a") && reaches(&graph, "a", "c") && !reaches(&graph, "d", "a"));
}

/// Every import between siblings whose target leads back to the importing module.
fn circular_imports(krate: &Crate) -> Vec<String> {
    let mut found = Vec::new();
    for (parent, graph) in graphs(krate) {
        for ((from, to), file) in &graph {
            if reaches(&graph, to, from) {
                let parent = parent.join("::");
                found.push(format!("{} {parent}: {from} -> {to}, in {file}", krate.folder));
            }
        }
    }
    found
}

/// Whether a chain of imports leads from one sibling to another.
fn reaches(graph: &Graph, from: &str, to: &str) -> bool {
    let mut open = vec![from];
    let mut seen = BTreeSet::new();
    while let Some(module) = open.pop() {
        if module == to {
            return true;
        }
        if seen.insert(module) {
            open.extend(graph.keys().filter(|(start, _)| start == module).map(|(_, end)| &**end));
        }
    }
    false
}

fn graphs(krate: &Crate) -> BTreeMap<ModulePath, Graph> {
    let mut graphs: BTreeMap<ModulePath, Graph> = BTreeMap::new();
    for file in &krate.files {
        for target in krate.references_of(file) {
            let shared =
                file.module.iter().zip(&target).take_while(|(one, other)| one == other).count();
            let edge = (file.module[shared].clone(), target[shared].clone());
            let parent = file.module[..shared].to_vec();
            graphs.entry(parent).or_default().entry(edge).or_insert_with(|| file.path.clone());
        }
    }
    graphs
}

#[test]
fn tables_of_modules_match_the_mod_lines() {
    let mut broken = Vec::new();
    for folder in CRATES {
        for file in &Crate::parse(folder).files {
            broken.extend(table_mismatch(file));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// What a table of modules in the file's `//!` comment leaves out or has too many.
fn table_mismatch(file: &SourceFile) -> Option<String> {
    let text = fs::read_to_string(root().join(&file.path)).unwrap();
    let declared = file.declared_modules();
    let named = table_names(&text);
    if declared.is_empty() || named.is_disjoint(&declared) {
        return None;
    }
    let missing: Vec<&String> = declared.difference(&named).collect();
    let surplus: Vec<&String> = named.difference(&declared).collect();
    if missing.is_empty() && surplus.is_empty() {
        return None;
    }
    Some(format!("{}: missing {missing:?}, not a module {surplus:?}", file.path))
}

/// The names in the first column of the tables in a `//!` comment.
fn table_names(text: &str) -> BTreeSet<String> {
    let rows = text.lines().filter_map(|line| line.strip_prefix("//! |"));
    let cells = rows.filter_map(|row| row.split('|').next());
    let quoted = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    quoted.map(|name| name.trim_end_matches("::").to_owned()).collect()
}

#[test]
fn modules_are_files_beside_their_folders() {
    let folders = ["daemon", "cli", "nu_plugin_persistproc", "tests"];
    let mut broken = Vec::new();
    for path in sources(&folders) {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        if path.ends_with("/mod.rs") {
            broken.push(format!("{path}: write `name.rs` beside `name/`"));
        }
        // The fuzzer is a package of its own, which includes files of the tests by their path.
        let is_fuzzer = path.starts_with("tests/fuzz");
        let has_path = text.contains(concat!("#[", "path")) && !is_fuzzer;
        if path.ends_with("_tests.rs") || has_path {
            broken.push(format!("{path}: unit tests are `mod tests`, inline or in name/tests.rs"));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

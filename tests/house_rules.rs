//! The rules of the house, read off the sources: who may import whom, how a file opens, how long
//! it may be. Whoever breaks one is told which, and in which line.

use std::fs;

use crate::support::sources::{has_word, lines_of_code, sources};
use crate::support::tools::root;

/// The rooms of the daemon, and the rooms each may enter. `lib.rs` builds the house and may
/// enter all.
const DOORS: [(&str, &[&str]); 9] = [
    ("http", &["supervisor", "logs", "platform"]),
    ("mcp", &["supervisor", "logs", "platform"]),
    ("supervisor", &["logs", "platform"]),
    ("shim", &["logs", "platform"]),
    ("logs", &[]),
    ("platform", &[]),
    ("daemon", &["http", "mcp", "supervisor", "logs", "platform"]),
    ("serve", &["daemon", "http", "mcp", "supervisor", "logs", "platform"]),
    ("lib.rs", &["serve", "daemon", "http", "mcp", "supervisor", "shim", "logs", "platform"]),
];

/// Folders, words that may not stand in the code there, and why.
const CLOSED: [(&str, &[&str], &str); 7] = [
    (
        "daemon/api/src",
        &["tokio", "axum", "rmcp", "clap", "persistproc_daemon"],
        "the api is types",
    ),
    (
        "daemon/src/shim",
        &["tokio", "axum", "clap", "tracing"],
        "a shim is small and starts at once",
    ),
    ("daemon/src/logs", &["axum", "rmcp"], "the store knows no face"),
    ("daemon/src/supervisor", &["axum", "rmcp"], "the core knows no face"),
    ("daemon/src/http", &["rmcp"], "one face knows nothing of the other"),
    ("cli/src", &["persistproc_daemon"], "the CLI asks the daemon over its socket"),
    (
        "nu_plugin_persistproc/src",
        &["persistproc_daemon", "persistproc_cli"],
        "the plugin asks over the socket",
    ),
];

/// The two files in which the CLI becomes the daemon or a shim.
const EXEMPT: [&str; 2] = ["cli/src/commands/serve.rs", "cli/src/commands/shim.rs"];

const LONGEST_FILE: usize = 400;

#[test]
fn imports_run_one_way() {
    let mut broken = Vec::new();
    for (path, line, code) in lines_of_code(&["daemon/src"]) {
        let room = room_of(&path);
        let Some((_, open)) = DOORS.iter().find(|(name, _)| *name == room) else {
            broken.push(format!("{path}: no rule says what the room `{room}` may import"));
            continue;
        };
        for entered in rooms_named(&path, &code) {
            if entered != room
                && DOORS.iter().any(|(name, _)| *name == entered)
                && !open.contains(&&*entered)
            {
                broken.push(format!("{path}:{line}: `{room}` may not import `{entered}`"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn closed_folders_stay_closed() {
    let mut broken = Vec::new();
    for (folder, words, why) in CLOSED {
        for (path, line, code) in lines_of_code(&[folder]) {
            let named = words.iter().filter(|word| has_word(&code, word));
            broken.extend(named.map(|word| format!("{path}:{line}: `{word}` here, but {why}")));
        }
    }
    broken.retain(|what| !EXEMPT.iter().any(|file| what.starts_with(file)));
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_file_opens_with_a_sentence_and_is_short() {
    let mut broken = Vec::new();
    for path in sources(&["daemon", "cli", "nu_plugin_persistproc", "tests"]) {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        let length = text.lines().count();
        if !text.starts_with("//! ") {
            broken.push(format!("{path}:1: says nothing about itself with `//!`"));
        }
        if length > LONGEST_FILE {
            broken.push(format!("{path}: {length} lines, {LONGEST_FILE} at most"));
        }
        if text.contains(concat!("#[", "ignore")) {
            broken.push(format!("{path}: a test that never runs"));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// `daemon/src/logs/read.rs` is in `logs`, as is `daemon/src/logs.rs`.
fn room_of(path: &str) -> String {
    let inside = path.strip_prefix("daemon/src/").unwrap_or(path);
    let first = inside.split('/').next().unwrap_or_default();
    if first == "lib.rs" { first.into() } else { first.trim_end_matches(".rs").into() }
}

/// The rooms that a line names: behind `crate::`, or behind enough `super::` to leave the room.
fn rooms_named(path: &str, code: &str) -> Vec<String> {
    let inside = path.strip_prefix("daemon/src/").unwrap_or(path);
    let depth = inside.split('/').count() - usize::from(inside.ends_with("mod.rs"));
    let way_out = "super::".repeat(depth.max(1));
    let starts = ["crate::", &way_out];
    let paths = starts.iter().flat_map(|start| code.split(start).skip(1));
    paths.flat_map(heads).collect()
}

/// The first name of a path; of `{a::b, c}` the first of each.
fn heads(path: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    match path.strip_prefix('{') {
        Some(group) => group.split(',').map(name).collect(),
        None => vec![name(path)],
    }
}

#[test]
fn a_forbidden_import_is_seen_in_every_spelling() {
    for code in [
        "use crate::http::x;",
        "crate::http::y()",
        "use crate::{logs, http::z};",
        "use super::super::http;",
    ] {
        assert!(
            rooms_named("daemon/src/logs/read.rs", code).contains(&"http".to_owned()),
            "{code}"
        );
    }
    assert!(
        !rooms_named("daemon/src/logs/read.rs", "use super::http;").contains(&"http".to_owned())
    );
    assert_eq!(room_of("daemon/src/logs.rs"), "logs");
}

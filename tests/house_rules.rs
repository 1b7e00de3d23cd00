//! House rules, checked on the sources: which module may import which, how a file opens, how long
//! it may be. A failure names the rule, the file and the line.

mod crates;
mod modules;
mod prose;
mod types;

use std::fs;

use crate::support::sources::{has_word, lines_of_code, sources};
use crate::support::tools::root;

/// The top modules of the daemon, and those that each may import. `lib.rs` may import all.
const ALLOWED_IMPORTS: [(&str, &[&str]); 11] = [
    ("http", &["supervisor", "logs", "platform", "web"]),
    ("web", &[]),
    ("mcp", &["supervisor", "logs", "platform"]),
    ("supervisor", &["login_shell", "logs", "platform"]),
    ("shim", &["logs", "platform"]),
    ("login_shell", &["platform"]),
    ("logs", &[]),
    ("platform", &[]),
    ("daemon", &["http", "mcp", "supervisor", "logs", "platform"]),
    ("serve", &["daemon", "http", "mcp", "supervisor", "logs", "platform"]),
    (
        "lib.rs",
        &[
            "serve",
            "daemon",
            "http",
            "mcp",
            "supervisor",
            "shim",
            "login_shell",
            "logs",
            "platform",
            "web",
        ],
    ),
];

/// Folders, names that their code may not use, and the reason.
const FORBIDDEN_NAMES: [(&str, &[&str], &str); 7] = [
    (
        "daemon/api/src",
        &["tokio", "axum", "rmcp", "clap", "persistproc_daemon"],
        "the api holds types and a blocking client",
    ),
    (
        "daemon/src/shim",
        &["tokio", "axum", "clap", "tracing"],
        "a shim must stay small and start fast",
    ),
    ("daemon/src/logs", &["axum", "rmcp"], "the log store is independent of the faces"),
    ("daemon/src/supervisor", &["axum", "rmcp"], "the supervisor is independent of the faces"),
    ("daemon/src/http", &["rmcp"], "the faces are independent of each other"),
    ("cli/src", &["persistproc_daemon"], "the CLI reaches the daemon over its socket"),
    (
        "nu_plugin_persistproc/src",
        &["persistproc_daemon", "persistproc_cli"],
        "the plugin reaches the daemon over its socket",
    ),
];

/// The files that run the daemon, a shim or the question to the login shell in this process.
const EXEMPT: [&str; 4] = [
    "cli/src/commands/login_environment.rs",
    "cli/src/commands/serve.rs",
    "cli/src/commands/serve/background.rs",
    "cli/src/commands/shim.rs",
];

const MAX_FILE_LINES: usize = 400;

/// Own lines of JS and CSS that are neither empty nor comments, and all bytes that are served.
const MAX_DASHBOARD_LINES: usize = 1500;
const MAX_DASHBOARD_BYTES: usize = 120_000;

#[test]
fn imports_run_one_way() {
    let mut broken = Vec::new();
    for (path, line, code) in lines_of_code(&["daemon/src"]) {
        let module = top_module_of(&path);
        let Some((_, allowed)) = ALLOWED_IMPORTS.iter().find(|(name, _)| *name == module) else {
            broken.push(format!("{path}: no rule says what the module `{module}` may import"));
            continue;
        };
        for imported in top_modules_named(&path, &code) {
            if imported != module
                && ALLOWED_IMPORTS.iter().any(|(name, _)| *name == imported)
                && !allowed.contains(&&*imported)
            {
                broken.push(format!("{path}:{line}: `{module}` may not import `{imported}`"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn folders_do_not_use_forbidden_names() {
    let mut broken = Vec::new();
    for (folder, words, why) in FORBIDDEN_NAMES {
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
            broken.push(format!("{path}:1: does not open with a `//!` comment"));
        }
        if length > MAX_FILE_LINES {
            broken.push(format!("{path}: {length} lines, {MAX_FILE_LINES} at most"));
        }
        if text.contains(concat!("#[", "ignore")) {
            broken.push(format!("{path}: a test that never runs"));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The dashboard stays small enough to be read and to be loaded at once.
#[test]
fn the_dashboard_is_small() {
    let folder = root().join("daemon/src/web");
    let (mut code, mut bytes) = (0, 0);
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.ends_with(".LICENSE") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        bytes += text.len();
        let is_own = name != "preact.js" && (name.ends_with(".js") || name.ends_with(".css"));
        let is_code = |line: &&str| {
            let line = line.trim();
            !line.is_empty() && !["//", "/*", "* "].iter().any(|start| line.starts_with(start))
        };
        code += if is_own { text.lines().filter(is_code).count() } else { 0 };
        let words =
            ["innerHTML", "insertAdjacent", "document.write", "EventSource", "cookie", "eval("];
        let found = words.iter().find(|word| is_own && text.contains(**word));
        assert_eq!(found, None, "{name}");
    }
    assert!(code <= MAX_DASHBOARD_LINES, "{code} lines of code, {MAX_DASHBOARD_LINES} at most");
    assert!(bytes <= MAX_DASHBOARD_BYTES, "{bytes} bytes, {MAX_DASHBOARD_BYTES} at most");
}

/// `daemon/src/logs/read.rs` and `daemon/src/logs.rs` are in `logs`.
fn top_module_of(path: &str) -> String {
    let inside = path.strip_prefix("daemon/src/").unwrap_or(path);
    let first = inside.split('/').next().unwrap_or_default();
    if first == "lib.rs" { first.into() } else { first.trim_end_matches(".rs").into() }
}

/// The top modules that a line names: behind `crate::`, or behind enough `super::`.
fn top_modules_named(path: &str, code: &str) -> Vec<String> {
    let inside = path.strip_prefix("daemon/src/").unwrap_or(path);
    let depth = inside.split('/').count() - usize::from(inside.ends_with("mod.rs"));
    let to_crate_root = "super::".repeat(depth.max(1));
    let starts = ["crate::", &to_crate_root];
    let paths = starts.iter().flat_map(|start| code.split(start).skip(1));
    paths.flat_map(heads).collect()
}

/// The first name of a path; of a group `{a::b, c}` the first of each.
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
            top_modules_named("daemon/src/logs/read.rs", code).contains(&"http".to_owned()),
            "{code}"
        );
    }
    assert!(
        !top_modules_named("daemon/src/logs/read.rs", "use super::http;")
            .contains(&"http".to_owned())
    );
    assert_eq!(top_module_of("daemon/src/logs.rs"), "logs");
}

//! The Nushell examples of the README: they run as printed and give the documented results.

use std::fs;

use crate::support::nu::window;
use crate::support::tools::root;
use crate::support::{Tmux, World};

/// The Nushell code blocks of the README.
fn blocks() -> Vec<String> {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let blocks = text.split("```nu\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn every_line_of_the_readme_runs() {
    let mut lines = 0;
    for block in blocks().iter().filter(|block| !block.contains("--watch")) {
        // A line may depend on the lines before it.
        let world = World::with_three_processes();
        for line in block.lines() {
            let output = world.nu(line).ok();
            assert!(
                !output.out().is_empty() || line.contains("into sqlite"),
                "{line} prints nothing"
            );
            lines += 1;
        }
    }
    assert!(lines > 10, "{lines} lines");
}

#[test]
fn lines_of_the_readme_give_the_documented_values() {
    for (part, more, expected) in [
        ("where status == exited", "get label", "[build]"),
        ("persistproc restart", "get label", "[api]"),
        ("stream == stderr", "get message | sort", "[\"error: no database\", slow]"),
        ("--follow", "get message", "\"ready on http://localhost:3000\""),
        ("where exit_code > 0", "get exit_code", "[1]"),
        ("group-by cwd", "get mem | $in.0 > 100kb", "true"),
        ("histogram minute", "get count | math sum", "2"),
    ] {
        let world = World::with_three_processes();
        let blocks = blocks();
        let line = blocks.iter().flat_map(|block| block.lines()).find(|line| line.contains(part));
        let line = line.unwrap_or_else(|| panic!("the README has no line with {part}"));
        let out = world.nu(&format!("{line} | {more} | to nuon")).ok().out();
        assert_eq!(out.trim(), expected, "{line}");
    }
}

#[test]
fn the_dashboard_is_redrawn_at_every_change() {
    let world = World::with_three_processes();
    let dashboard = blocks().into_iter().find(|block| block.contains("--watch")).unwrap();
    assert_eq!(dashboard.lines().count(), 8);
    let file = world.write("dashboard.nu", &dashboard);
    let tmux = Tmux::new(&world);
    let screen = window(&tmux, "");
    screen.type_line(&format!("source {}", file.display()));
    let text = screen.until("web");
    assert!(text.contains("api") && !text.contains("terminated"), "{text}");
    world.pp(["stop", "web"]).ok();
    screen.until("terminated");
    screen.press_key("C-c");
    screen.type_line("print over");
    screen.until("\nover");
}

#[test]
fn the_readme_lists_the_versions_of_plugin_and_nushell() {
    let text = fs::read_to_string(root().join("README.md")).unwrap();
    let manifest = root().join("nu_plugin_persistproc/Cargo.toml");
    let manifest = fs::read_to_string(manifest).unwrap();
    let version = manifest.lines().find_map(|line| line.strip_prefix("version = ")).unwrap();
    let version = version.trim_matches('"');
    let (_, nu) = version.split_once('+').unwrap();
    let (minor, _) = nu.rsplit_once('.').unwrap();
    assert!(text.contains(&format!("| {version} | {minor} |")), "no row for {version}");
}

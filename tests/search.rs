//! `pp search`: one pattern over the output of all processes, newest match first.

use insta::assert_snapshot;

use crate::support::{Tmux, World};

/// Three processes that printed something, in this order; the last is still running.
fn three() -> World {
    let world = World::new();
    world.pp(["run", "--label", "api", "sh", "-c", "echo GET /; echo an Error; exit 3"]);
    world.pp(["run", "sh", "-c", "echo error on stderr >&2; echo fine"]).ok();
    let script = "printf 'red \\033[31merr\\033[0mor\\n'; sleep 1000";
    world.pp(["start", "--label", "web", "--wait-pattern", "red", "sh", "-c", script]).ok();
    world
}

#[test]
fn matches_are_newest_first_and_name_their_process() {
    let world = three();
    assert_snapshot!(world.pp(["search", "error"]), @"
    <time>  web                                   red error
    <time>  work-sh-c-echo-error-on-stderr-2-ech  error on stderr
    <time>  api                                   an Error
    --- exit 0
    ");
    assert_snapshot!(world.pp(["search", "Error"]), @"
    <time>  api  an Error
    --- exit 0
    ");
}

#[test]
fn filters_select_processes_streams_and_times() {
    let world = three();
    let found = |flag: &str, value: &str| {
        let text = world.pp(["search", flag, value, "error"]).ok().out();
        let lines = text.lines().map(|line| line.split("  ").last().unwrap_or_default().trim());
        lines.collect::<Vec<_>>().join(" | ")
    };
    assert_eq!(found("--label", "api"), "an Error");
    assert_eq!(found("--target", "web"), "red error");
    assert_eq!(found("--status", "running"), "red error");
    assert_eq!(found("--stream", "stderr"), "error on stderr");
    assert_eq!(found("--working-directory", "/"), "");
    assert_eq!(found("--lines", "1"), "red error");
    assert_eq!(found("--before-time", "5m"), "");
    assert_eq!(found("--since-time", "5m"), "red error | error on stderr | an Error");
}

#[test]
fn json_matches_have_cursors_to_continue_from() {
    let world = three();
    let answer = world.pp(["--format", "json", "search", "-n", "1", "error|GET"]).ok().json();
    assert_eq!(answer["truncated"], true);
    let found = &answer["matches"][0];
    assert_eq!((&found["label"], &found["line"]), (&"web".into(), &"red error".into()));
    let api = world.pp(["--format", "json", "search", "GET"]).ok().json();
    let cursor = api["matches"][0]["cursor"].as_str().unwrap().to_owned();
    assert_eq!(world.pp(["output", "--after", &cursor, "api"]).ok().out(), "an Error\n");
}

#[test]
fn no_match_is_noted_on_stderr() {
    let world = three();
    assert_snapshot!(world.pp(["search", "no such words"]), @"
    --- stderr
    No line matches.
    --- exit 0
    ");
}

#[test]
fn invalid_patterns_and_times_are_usage_errors() {
    let world = three();
    assert_snapshot!(world.pp(["search", "("]), @r#"
    --- stderr
    Error: `grep` is not a regular expression: "(" (unclosed group).
    Write it as for `grep -E`: `error|warn`. A backslash makes `[ ( . *` literal.
    --- exit 2
    "#);
    assert_eq!(world.pp(["search", "--since-time", "soon", "x"]).code, 2);
    assert_eq!(world.pp(["search"]).code, 2);
}

#[test]
fn matches_are_highlighted_in_a_terminal() {
    let world = three();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    assert_eq!(screen.run("pp search 'an err'"), 0);
    let colours = screen.colours();
    assert!(colours.contains("\x1b[1m\x1b[31man Err"), "{colours:?}");
    assert_eq!(screen.run("pp search 'no such words'"), 0);
    screen.until("No line matches.");
}

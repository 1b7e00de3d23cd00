//! `pp doctor`: what is well, what is not, and what to do; it looks and touches nothing.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use insta::assert_snapshot;

use crate::support::procs::{Signal, freeze, kill};
use crate::support::{Output, World};

/// `pp doctor` where no program is but ours and those of the world.
fn doctor<const N: usize>(world: &World, arguments: [&str; N]) -> Output {
    let mut command = world.pp_command(["doctor"]);
    let path = format!("{}:{}", world.folder("bin").display(), ours().display());
    command.args(arguments).env("PATH", path);
    world.run(command)
}

fn ours() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_pp")).parent().unwrap()
}

/// The text with what differs between machines made the same.
fn told(output: &Output) -> String {
    let text = output.to_string().replace(&*ours().to_string_lossy(), "<ours>");
    let line = |line: &str| match line.split_once("<run>/persistproc/") {
        Some((before, _)) => format!("{before}<run>/persistproc/…"),
        None => line.replace("<runtime>", "<run>/persistproc/…").trim_end_matches('.').to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn without_a_daemon_it_starts_none() {
    let world = World::new();
    assert_snapshot!(told(&doctor(&world, [])), @"
    ok       `pp` is <ours>/pp
    ok       `persistproc` is <ours>/persistproc
    ok       The data directory will be <data>
    ok       The runtime directory will be <run>/persistproc/…
    ok       No daemon runs; the next command starts one
    ok       Port <port> is free for it
    ok       None of these shells is here: bash, zsh, fish, nu
    ok       None of these agents is here: Claude Code, Cursor, Codex, Gemini CLI, VS Code, Windsurf, Zed, opencode, Goose, Claude Desktop
    --- exit 0
    ");
    assert!(world.processes().is_empty(), "{:#?}", world.processes());
    assert!(!world.folder("data").exists());
}

#[test]
fn a_daemon_that_is_well() {
    let world = World::new();
    world.pp(["start", "sleep", "1000"]).ok();
    assert_snapshot!(told(&doctor(&world, [])), @"
    ok       `pp` is <ours>/pp
    ok       `persistproc` is <ours>/persistproc
    ok       The data directory is <data>
    ok       The runtime directory is <run>/persistproc/…
    ok       The daemon runs (pid N) for N s; 1 of its 1 processes run
    ok       The daemon and this program are both <version>
    ok       Agents and scripts reach it at http://127.0.0.1:<port>
    ok       It keeps 256 MiB of output of each process and 8.0 GiB of all, 5 runs of each and 100 ended processes
    ok       None of these shells is here: bash, zsh, fish, nu
    ok       None of these agents is here: Claude Code, Cursor, Codex, Gemini CLI, VS Code, Windsurf, Zed, opencode, Goose, Claude Desktop
    --- exit 0
    ");
}

#[test]
fn a_daemon_that_does_not_answer() {
    let world = World::new();
    world.pp(["start", "--label", "nap", "sleep", "1000"]).ok();
    let daemon = world.daemons()[0].pid;
    freeze(daemon);
    let text = told(&doctor(&world, []));
    // What it says to do works, also for whoever comes before the kernel has cleared it away.
    kill(daemon, Signal::KILL);
    assert!(text.contains(&format!("`kill -9 {daemon}`")), "{text}");
    assert!(text.contains("problem  The daemon does not answer"), "{text}");
    assert_eq!(world.process("nap")["status"], "running");
}

#[test]
fn a_port_that_somebody_holds() {
    let world = World::new();
    let holder = TcpListener::bind(("127.0.0.1", world.port)).unwrap();
    let before = doctor(&world, []);
    assert_eq!(before.code, 1);
    assert!(before.to_string().contains("problem  Port <port> is held by PID N: "), "{before}");
    world.pp(["list"]).ok();
    let after = doctor(&world, []);
    assert_eq!(after.code, 1);
    assert!(after.to_string().contains("problem  Port <port> cannot be opened"), "{after}");
    drop(holder);
}

#[test]
fn folders_that_cannot_be() {
    let world = World::new();
    let file = world.write("file", "");
    let output = doctor(&world, ["--data-dir", file.join("below").to_str().unwrap()]);
    assert_eq!(output.code, 1);
    let text = told(&output);
    let problem = text.lines().find(|line| line.starts_with("problem")).unwrap_or_default();
    assert_snapshot!(problem, @"problem  The data directory <work>/file/below cannot be used: <work>/file is not a directory. Give another one with --data-dir or PERSISTPROC_DATA_DIR, or mend its owner and permissions");
}

#[test]
fn another_program_of_our_name() {
    let world = World::new();
    world.program("pp", "#!/bin/sh\n");
    let text = told(&doctor(&world, []));
    let problem = text.lines().find(|line| line.starts_with("problem")).unwrap_or_default();
    assert_snapshot!(problem, @"problem  `pp` is another program: <world>/bin/pp. Put <ours> in front of it on the PATH");
}

#[test]
fn shells_and_agents_that_are_here() {
    let world = World::new();
    world.program("zsh", "#!/bin/sh\n");
    world.program("nu", "#!/bin/sh\necho 0.114.0\n");
    world.program("nu_plugin_persistproc", "#!/bin/sh\n");
    let home = world.folder("home");
    fs::write(home.join(".claude.json"), "{}").unwrap();
    fs::create_dir(home.join(".cursor")).unwrap();
    let here = format!("http://127.0.0.1:{}/mcp", world.port);
    let connected = format!(r#"{{"mcpServers": {{"persistproc": {{"url": "{here}"}}}}}}"#);
    fs::write(home.join(".cursor/mcp.json"), connected).unwrap();
    fs::create_dir_all(home.join(".config/zed")).unwrap();
    let elsewhere = r#"{"context_servers": {"persistproc": {"url": "http://127.0.0.1:1/mcp"}}}"#;
    fs::write(home.join(".config/zed/settings.json"), elsewhere).unwrap();
    fs::create_dir(home.join(".gemini")).unwrap();
    fs::write(home.join(".gemini/settings.json"), "{\n").unwrap();
    let text = told(&doctor(&world, []));
    let told: Vec<_> = text
        .lines()
        .filter(|line| !line.contains("daemon") && !line.contains("director"))
        .collect();
    assert_snapshot!(told.join("\n"), @"
    ok       `pp` is <ours>/pp
    ok       `persistproc` is <ours>/persistproc
    ok       Port <port> is free for it
    ok       Shells: zsh, nu. `persistproc init zsh` prints what makes one of them know pp
    problem  Nushell is 0.114.0, but the plugin is made for 0.115.1. `cargo install nu --version 0.115.1 --locked` brings that one; `persistproc init nu --install` brings the same tables without the plugin
    ok       Claude Code is not connected (~/.claude.json). `persistproc mcp install claude-code --port <port>` connects it
    ok       Cursor is connected (~/.cursor/mcp.json)
    problem  <home>/.gemini/settings.json, line 1: Unterminated object. Mend it; then `persistproc mcp install gemini --port <port>` connects it
    ok       Zed is connected to http://127.0.0.1:1/mcp instead (~/.config/zed/settings.json). `persistproc mcp install zed --port <port>` connects it here
    --- exit 1
    ");
}

#[test]
fn programs_get_findings() {
    let world = World::new();
    let report = doctor(&world, ["--format", "json"]).json();
    assert_eq!(report["ok"], true);
    let checks: Vec<_> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| found["check"].as_str().unwrap())
        .collect();
    assert_eq!(checks, ["path", "path", "data", "runtime", "daemon", "port", "shells", "agents"]);
}

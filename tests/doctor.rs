//! `pp doctor`: the findings and their fixes, and that the checks change nothing.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use insta::assert_snapshot;

use crate::support::procs::{Signal, freeze, kill};
use crate::support::{Output, World};

/// Runs `pp doctor` with only our programs and those of the world on the PATH.
fn doctor<const N: usize>(world: &World, arguments: [&str; N]) -> Output {
    let mut command = world.pp_command(["doctor"]);
    let path = format!("{}:{}", world.folder("bin").display(), ours().display());
    command.args(arguments).env("PATH", path);
    world.run(command)
}

fn ours() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_pp")).parent().unwrap()
}

/// The text with everything that differs between machines replaced.
fn text(output: &Output) -> String {
    let text = output.to_string().replace(&*ours().to_string_lossy(), "<ours>");
    let line = |line: &str| match line.split_once("<run>/persistproc/") {
        Some((before, _)) => format!("{before}<run>/persistproc/…"),
        None => line.replace("<runtime>", "<run>/persistproc/…").trim_end_matches('.').to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn it_starts_no_daemon() {
    let world = World::new();
    assert_snapshot!(text(&doctor(&world, [])), @"
    ok       `pp` is <ours>/pp
    ok       `persistproc` is <ours>/persistproc
    ok       The data directory will be <data>
    ok       The runtime directory will be <run>/persistproc/…
    ok       No daemon is running; the next command starts one
    ok       Port <port> is free
    ok       Limits of the next daemon: 256 MiB of output per process, 8.0 GiB in total, 5 runs per process, 100 ended processes. All are defaults
    ok       No supported shell is installed: bash, zsh, fish, nu
    ok       No supported agent is installed: Claude Code, Cursor, Codex, Gemini CLI, VS Code, Windsurf, Zed, opencode, Goose, Claude Desktop
    --- exit 0
    ");
    assert!(world.processes().is_empty(), "{:#?}", world.processes());
    assert!(!world.folder("data").exists());
}

#[test]
fn a_healthy_daemon() {
    let world = World::new();
    world.pp(["start", "sleep", "1000"]).ok();
    assert_snapshot!(text(&doctor(&world, [])), @"
    ok       `pp` is <ours>/pp
    ok       `persistproc` is <ours>/persistproc
    ok       The data directory is <data>
    ok       The runtime directory is <run>/persistproc/…
    ok       The daemon (PID N) has been running for N s; 1 of 1 processes are running
    ok       The daemon and this program have the same version, <version>
    ok       Agents and HTTP clients can connect to http://127.0.0.1:<port>
    ok       Limits: 256 MiB of output per process, 8.0 GiB in total, 5 runs per process, 100 ended processes. All are defaults
    ok       Processes can get all that this shell can give them
    ok       No supported shell is installed: bash, zsh, fish, nu
    ok       No supported agent is installed: Claude Code, Cursor, Codex, Gemini CLI, VS Code, Windsurf, Zed, opencode, Goose, Claude Desktop
    --- exit 0
    ");
}

#[test]
fn an_unresponsive_daemon_gets_the_command_that_kills_it() {
    let world = World::new();
    world.pp(["start", "--label", "nap", "sleep", "1000"]).ok();
    let daemon = world.daemons()[0].pid;
    freeze(daemon);
    let text = text(&doctor(&world, []));
    // The suggested command works, even for a client that connects before the kernel has released
    // the daemon's lock.
    kill(daemon, Signal::KILL);
    assert!(text.contains(&format!("`kill -9 {daemon}`")), "{text}");
    assert!(text.contains("problem  The daemon does not answer"), "{text}");
    assert_eq!(world.process("nap")["status"], "running");
}

#[test]
fn a_port_in_use_is_a_problem_with_and_without_a_daemon() {
    let world = World::new();
    let holder = TcpListener::bind(("127.0.0.1", world.port)).unwrap();
    let before = doctor(&world, []);
    assert_eq!(before.code, 1);
    assert!(before.to_string().contains("problem  Port <port> is in use by PID N: "), "{before}");
    world.pp(["list"]).ok();
    let after = doctor(&world, []);
    assert_eq!(after.code, 1);
    assert!(after.to_string().contains("problem  Port <port> cannot be opened"), "{after}");
    drop(holder);
}

#[test]
fn a_data_directory_that_cannot_be_created() {
    let world = World::new();
    let file = world.write("file", "");
    let output = doctor(&world, ["--data-dir", file.join("below").to_str().unwrap()]);
    assert_eq!(output.code, 1);
    let text = text(&output);
    let problem = text.lines().find(|line| line.starts_with("problem")).unwrap_or_default();
    assert_snapshot!(problem, @"problem  The data directory <work>/file/below cannot be used: <work>/file is not a directory. Choose another with --data-dir or PERSISTPROC_DATA_DIR, or fix its owner and permissions");
}

#[test]
fn another_program_named_pp() {
    let world = World::new();
    world.program("pp", "#!/bin/sh\n");
    let text = text(&doctor(&world, []));
    let problem = text.lines().find(|line| line.starts_with("problem")).unwrap_or_default();
    assert_snapshot!(problem, @"problem  `pp` is another program: <world>/bin/pp. Put <ours> before its directory on the PATH");
}

#[test]
fn installed_shells_and_agents() {
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
    let text = text(&doctor(&world, []));
    let lines: Vec<_> = text
        .lines()
        .filter(|line| !line.contains("daemon") && !line.contains("director"))
        .collect();
    assert_snapshot!(lines.join("\n"), @"
    ok       `pp` is <ours>/pp
    ok       `persistproc` is <ours>/persistproc
    ok       Port <port> is free
    ok       Shells: zsh, nu. Run `persistproc init zsh --install` to set up completion and pp-wrap
    problem  Nushell is 0.114.0, but the plugin is built for 0.115.1. Run `cargo install nu --version 0.115.1 --locked` to install that version, or `persistproc init nu --install` to use the same tables without the plugin
    ok       Claude Code is not connected (~/.claude.json). Run `persistproc mcp install claude-code --port <port>` to connect it
    ok       Cursor is connected (~/.cursor/mcp.json)
    problem  <home>/.gemini/settings.json, line 1: Unterminated object. Fix the file, then run `persistproc mcp install gemini --port <port>` to connect the agent
    ok       Zed is connected to http://127.0.0.1:1/mcp instead (~/.config/zed/settings.json). Run `persistproc mcp install zed --port <port>` to connect it here
    ok       Cursor has no hooks of persistproc (~/.cursor/hooks.json). Run `persistproc mcp install cursor --port <port>` to add them
    --- exit 1
    ");
}

#[test]
fn setup_is_suggested_until_a_shell_or_an_agent_is_connected() {
    let world = World::new();
    world.program("zsh", "#!/bin/sh\n");
    fs::write(world.folder("home").join(".claude.json"), "{}").unwrap();
    let last_lines = || {
        let text = text(&doctor(&world, []));
        text.lines()
            .filter(|line| line.contains("Shells") || line.contains("setup`"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_snapshot!(last_lines(), @"
    ok       Shells: zsh. Run `persistproc init zsh --install` to set up completion and pp-wrap
    ok       Neither a shell nor an agent is connected. Run `persistproc setup` to connect those that you use
    ");
    world.persistproc(["init", "zsh", "--install"]).ok();
    assert_snapshot!(last_lines(), @"ok       Shells: zsh. Connected: zsh");
}

#[test]
fn json_lists_the_findings_by_check() {
    let world = World::new();
    let report = doctor(&world, ["--format", "json"]).json();
    assert_eq!(report["ok"], true);
    let checks: Vec<_> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| found["check"].as_str().unwrap())
        .collect();
    assert_eq!(
        checks,
        ["path", "path", "data", "runtime", "daemon", "port", "limits", "shells", "agents"]
    );
}

//! Whose environment a process has that an agent started: never that of the daemon's first client.
//!
//! The daemon of each test was started by a command with variables of a stranger.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::mcp::Mcp;
use crate::mcp_stdio::{Agent, PROTOCOLS, bridge_command};
use crate::support::World;

/// What must reach no process of an agent.
const STRANGERS: [(&str, &str); 4] = [
    ("AWS_PROFILE", "prod"),
    ("DATABASE_URL", "postgres://prod"),
    ("VIRTUAL_ENV", "/stranger/venv"),
    ("CLAUDECODE", "1"),
];

/// Prints the environment into a file of the working directory.
const PRINT: &str = "env -0 > environment";

/// A world whose daemon was started with the variables of a stranger.
fn world_of_stranger() -> World {
    let world = World::new();
    serve_for_stranger(&world, None);
    world
}

fn serve_for_stranger(world: &World, shell: Option<&Path>) {
    let mut list = world.pp_command(["list"]);
    list.envs(STRANGERS).envs(shell.map(|shell| ("SHELL", shell)));
    world.run(list).ok();
}

/// Starts [`PRINT`] in a directory; returns the answer and the environment.
#[track_caller]
fn start(world: &World, directory: &Path) -> (Value, BTreeMap<String, String>) {
    let answer = Mcp::modern(world).call("ctrl", start_arguments(directory));
    (answer.ok(), environment(directory))
}

fn start_arguments(directory: &Path) -> Value {
    json!({
        "action": "start", "command_or_label": PRINT, "working_directory": directory,
        "environment": {"GIVEN": "1"}, "wait_for": "exit",
    })
}

/// The environment that was printed in a directory. Those of a stranger are not among it.
#[track_caller]
fn environment(directory: &Path) -> BTreeMap<String, String> {
    let printed = fs::read_to_string(directory.join("environment")).unwrap();
    let variables: BTreeMap<String, String> = printed
        .split_terminator('\0')
        .map(|entry| entry.split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    for (name, value) in STRANGERS {
        assert_ne!(variables.get(name).map(String::as_str), Some(value), "{variables:#?}");
    }
    assert_eq!(variables["GIVEN"], "1");
    variables
}

#[test]
fn a_first_run_has_the_environment_of_the_login_shell() {
    let world = world_of_stranger();
    let profile = fs::read_to_string(world.folder("home/.profile")).unwrap();
    let more = "echo welcome\nexport OF_PROFILE='a  b'\n";
    fs::write(world.folder("home/.profile"), profile + more).unwrap();
    let (answer, variables) = start(&world, &world.work());
    assert_eq!(answer["environment"], "login shell");
    assert_eq!(variables["OF_PROFILE"], "a  b");
    assert_eq!(variables["HOME"], world.folder("home").to_string_lossy());
    assert!(variables["PATH"].contains("/usr/bin"), "{variables:#?}");
    assert!(!variables.contains_key("PERSISTPROC_RESOLVING_ENVIRONMENT"), "{variables:#?}");
}

/// Another process of the project gets its tools from it, and nothing else.
#[test]
fn the_tools_of_a_persons_run_in_the_repository_come_over_it() {
    let world = world_of_stranger();
    let package = world.work().join("packages/web");
    fs::create_dir_all(&package).unwrap();
    fs::create_dir(world.work().join(".git")).unwrap();
    let mut run = world.pp_command(["start", "--label", "web", "sleep", "1000"]);
    run.envs([("VIRTUAL_ENV", "/own/venv"), ("NVM_BIN", "/nvm"), ("PORT", "1"), ("TOKEN", "x")]);
    world.run(run).ok();
    for directory in [world.work(), package.clone()] {
        let (answer, variables) = start(&world, &directory);
        assert_eq!(answer["environment"], "login shell, with NVM_BIN, VIRTUAL_ENV of \"web\"");
        assert_eq!((&*variables["VIRTUAL_ENV"], &*variables["NVM_BIN"]), ("/own/venv", "/nvm"));
        assert!(!variables.contains_key("PORT") && !variables.contains_key("TOKEN"));
    }
    // What an agent brings to a process is for this process.
    let mut by_agent = world.pp_command(["start", "--label", "other", "sleep", "1001"]);
    by_agent.current_dir(&package).envs([("CODEX_THREAD_ID", "1"), ("VIRTUAL_ENV", "/agent")]);
    world.run(by_agent).ok();
    assert_eq!(world.process("other")["started_by"], "codex");
    let elsewhere = world.folder("home");
    assert_eq!(start(&world, &elsewhere).0["environment"], "login shell");
    let mut arguments = start_arguments(&package);
    arguments["command_or_label"] = format!("true; {PRINT}").into();
    Mcp::modern(&world).call("ctrl", arguments);
    assert_eq!(environment(&package)["VIRTUAL_ENV"], "/own/venv");
    world.pp(["shutdown"]).ok();
}

#[test]
fn a_process_keeps_the_environment_of_its_last_run() {
    let world = world_of_stranger();
    let mut run = world.pp_command(["start", "--wait-for", "exit", PRINT]);
    run.envs([("PORT", "4000"), ("GIVEN", "0")]);
    world.run(run).ok();
    let (answer, variables) = start(&world, &world.work());
    assert_eq!((&answer["environment"], &*variables["PORT"]), (&json!("last run"), "4000"));
}

#[test]
fn the_bridge_brings_the_environment_of_its_agent() {
    for protocol in PROTOCOLS {
        let world = world_of_stranger();
        let mut bridge = bridge_command(&world);
        bridge.envs([("AWS_PROFILE", "staging"), ("CLAUDE_CODE_ENTRYPOINT", "cli")]);
        let mut agent = Agent::with_bridge(&world, protocol, bridge);
        let answer = agent.call("ctrl", &start_arguments(&world.work()));
        let variables = environment(&world.work());
        assert_eq!(answer["environment"], "yours", "{protocol:?}");
        assert_eq!(variables["AWS_PROFILE"], "staging");
        assert!(!variables.contains_key("CLAUDE_CODE_ENTRYPOINT"), "{variables:#?}");
    }
}

#[test]
fn a_login_shell_that_does_not_answer_is_said() {
    let world = World::new();
    world.program("broken-shell", "#!/bin/sh\necho hello; exit 1\n");
    serve_for_stranger(&world, Some(&world.folder("bin/broken-shell")));
    let (answer, variables) = start(&world, &world.work());
    let shell = world.folder("bin").join("broken-shell");
    let expected = format!(
        "HOME, PATH and the like only. The login shell {} printed no environment.",
        shell.display()
    );
    assert_eq!(answer["environment"], expected);
    assert!(variables.contains_key("HOME") && variables.contains_key("PATH"), "{variables:#?}");
}

/// Each has start-up files that print, and that set a variable for interactive shells only.
#[test]
fn login_shells_of_every_kind_are_asked() {
    let files = [
        ("bash", ".bash_profile", "echo hi; . ~/.bashrc", ".bashrc", "export OF_SHELL=bash"),
        ("zsh", ".zprofile", "echo hi", ".zshrc", "export OF_SHELL=zsh; echo more"),
        ("fish", ".profile", "", ".config/fish/config.fish", "echo hi; set -gx OF_SHELL fish"),
    ];
    for (shell, profile, in_profile, interactive, in_interactive) in files {
        let world = World::new();
        for (name, text) in [(profile, in_profile), (interactive, in_interactive)] {
            let path = world.folder("home").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, format!("{text}\n")).unwrap();
        }
        let program = world.run({
            let mut which = world.command("sh");
            which.args(["-c", &format!("command -v {shell}")]);
            which
        });
        serve_for_stranger(&world, Some(Path::new(program.ok().out().trim())));
        let (answer, variables) = start(&world, &world.work());
        assert_eq!(answer["environment"], "login shell", "{shell}");
        assert_eq!(variables["OF_SHELL"], shell);
    }
}

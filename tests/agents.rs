//! `persistproc mcp install`, `uninstall` and `print` for all ten agents. The agents' own commands
//! are replaced by scripts that record their arguments.

mod hooks;
mod install;
mod opencode_plugin;
mod print;
mod real_clients;
mod refusals;
mod vendors;

use std::fs;
use std::path::PathBuf;

use crate::support::{Output, World};

/// Runs `persistproc mcp …` with a `PATH` that contains only the world's programs.
fn mcp<const N: usize>(world: &World, arguments: [&str; N]) -> Output {
    let mut command = world.command(env!("CARGO_BIN_EXE_persistproc"));
    command.arg("mcp").args(arguments).env("PATH", world.folder("bin"));
    world.run(command)
}

fn home(world: &World, file: &str) -> PathBuf {
    world.folder("home").join(file)
}

fn write(world: &World, file: &str, text: &str) -> PathBuf {
    let path = home(world, file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path
}

/// The normalized output, with `<persistproc>` for the path of the executable.
fn text_of(output: &Output) -> String {
    with_program_name(&output.to_string())
}

fn with_program_name(text: &str) -> String {
    let text = text.replace(env!("CARGO_BIN_EXE_persistproc"), "<persistproc>");
    // The hash of a plugin that names the data directory.
    let hash = regex::Regex::new("(`mcp uninstall`\\. )[0-9a-f]{16}").unwrap();
    hash.replace_all(&text, "${1}<hash>").into_owned()
}

/// The path and the content of every file in the home.
fn files_in_home(world: &World) -> Vec<(String, String)> {
    let mut folders = vec![world.folder("home")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with(".profile") {
                // Every world has a profile.
                let name = path.strip_prefix(world.folder("home")).unwrap().display().to_string();
                files.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// Installs a program of an agent, which appends its arguments to a log and then runs `ending`.
/// Returns the path of the log.
fn vendor_program(world: &World, name: &str, ending: &str) -> PathBuf {
    let log = world.folder("home").join(format!("{name}.log"));
    let script = format!("#!/bin/sh\nprintf '%s\\n' \"$*\" >>'{}'\n{ending}\n", log.display());
    world.program(name, &script);
    log
}

//! `persistproc mcp install`, `uninstall` and `print`: the settings of ten agents as their users
//! keep them, and what becomes of them. The agents' own commands are programs that write down
//! what they were asked.

mod install;
mod print;
mod refusals;
mod vendors;

use std::fs;
use std::path::PathBuf;

use crate::support::{Output, World};

/// `persistproc mcp …` where no agent is but those of the world.
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

/// The text, our own program by name.
fn told(output: &Output) -> String {
    named(&output.to_string())
}

fn named(text: &str) -> String {
    text.replace(env!("CARGO_BIN_EXE_persistproc"), "<persistproc>")
}

/// Every file below the home, with what is in it.
fn files(world: &World) -> Vec<(String, String)> {
    let mut open = vec![world.folder("home")];
    let mut files = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(world.folder("home")).unwrap().display().to_string();
                files.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// The program of an agent: it writes down its arguments, one a line.
fn vendor(world: &World, name: &str, ending: &str) -> PathBuf {
    let asked = world.folder("home").join(format!("{name}.asked"));
    let script = format!("#!/bin/sh\nprintf '%s\\n' \"$*\" >>'{}'\n{ending}\n", asked.display());
    world.program(name, &script);
    asked
}

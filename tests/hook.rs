//! `persistproc hook`, called as the agents call it: one JSON object on standard input, one or nothing on
//! standard output, exit code 0.

mod answers;
mod inputs;
mod news;
mod silence;
mod speed;

use std::fs::{self, File};
use std::process::Command;

use serde_json::Value;

use crate::support::{Output, World};

/// `persistproc hook <arguments>` with these bytes as its input.
fn hook_command(world: &World, arguments: &[&str], input: &[u8]) -> Command {
    let mut command = world.command(env!("CARGO_BIN_EXE_persistproc"));
    command.arg("hook").args(arguments).stdin(input_file(world, input));
    command
}

/// Runs a hook that has as much time as those of the agents.
#[track_caller]
fn hook_of_bytes(world: &World, arguments: &[&str], input: &[u8]) -> Output {
    world.run(hook_command(world, arguments, input))
}

/// A file with these bytes, opened for reading.
fn input_file(world: &World, input: &[u8]) -> File {
    let mut file = tempfile::NamedTempFile::new_in(world.folder("home")).unwrap();
    std::io::Write::write_all(&mut file, input).unwrap();
    File::open(file.path()).unwrap()
}

/// Runs a hook that has as much time as a busy machine takes.
#[track_caller]
fn hook(world: &World, arguments: &[&str], input: &Value) -> Output {
    let mut command = hook_command(world, arguments, input.to_string().as_bytes());
    command.env("PERSISTPROC_HOOK_TIMEOUT", "20000");
    let output = world.run(command);
    assert_eq!((output.code, output.err().as_str()), (0, ""), "{output}");
    output
}

/// The answer as indented JSON, or `nothing`.
fn answer(world: &World, output: &Output) -> String {
    if output.stdout.is_empty() {
        return "nothing".to_owned();
    }
    let text = serde_json::to_string_pretty(&output.json()).unwrap();
    let text = text.replace(env!("CARGO_BIN_EXE_persistproc"), "<persistproc>");
    world.normalizer().normalize(&text)
}

/// How many sessions have a state file.
fn session_files(world: &World) -> usize {
    let folder = world.sockets().unwrap().join("hooks");
    fs::read_dir(folder).map_or(0, Iterator::count)
}

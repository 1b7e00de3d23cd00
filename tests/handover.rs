//! What exists only once is handed over to the process: the standard input, open descriptors and
//! the directory of `pp <command>`. Each script runs twice, without `pp` and with it; `$PP` is the
//! difference.

mod descriptors;
mod input;
mod private;
mod versions;

use std::process::Command;

use crate::support::{Output, World};

/// A bash that runs this script, with an empty `$PP` or `pp`.
fn script(world: &World, pp: &str, script: &str) -> Command {
    let mut bash = world.command("bash");
    bash.args(["-c", script]).env("PP", pp);
    bash
}

/// Runs the script under `pp` and returns its output.
#[track_caller]
fn with_pp(world: &World, text: &str) -> Output {
    world.run(script(world, "pp", text))
}

/// Runs the script without `pp` and with it, and asserts that nothing differs. Returns its standard
/// output.
#[track_caller]
fn same(world: &World, text: &str) -> String {
    let bare = world.run(script(world, "", text));
    let managed = with_pp(world, text);
    assert_eq!(managed.to_string(), bare.to_string(), "{text}");
    bare.out()
}

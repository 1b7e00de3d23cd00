//! What a process gets from whoever started it, and what it must not get: files left open, somebody
//! else's permissions, a place in a pipeline it is not part of.

use std::process::Command;

use crate::support::World;

/// A shell in the world's directory, with `pp` as `$PP`.
fn shell(world: &World, script: &str) -> std::process::Output {
    let mut command: Command = world.command(env!("CARGO_BIN_EXE_pp"));
    let environment: Vec<_> = command
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect();
    let directory = command.get_current_dir().map(std::path::Path::to_owned);
    command = Command::new("bash");
    command.args(["-c", script]).envs(environment).env("PP", env!("CARGO_BIN_EXE_pp"));
    command.current_dir(directory.unwrap_or_else(|| world.work().to_owned()));
    command.output().unwrap()
}

#[test]
fn a_lock_or_pipe_left_open_by_the_caller_is_not_held_by_the_daemon() {
    let world = World::new();
    let output = shell(
        &world,
        "( exec 9>lock; flock 9; $PP start sleep 300 >/dev/null ); flock -n lock true",
    );
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn files_get_the_permissions_of_the_callers_umask() {
    let world = World::new();
    let output = shell(&world, "umask 027; $PP sh -c 'umask; touch made'; stat -c %a made");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "0027\n640\n", "{output:?}");
}

#[test]
fn input_for_a_process_that_runs_already_is_refused_not_lost() {
    let world = World::new();
    world.pp(["start", "cat"]).ok();
    let output = shell(&world, "echo lost | $PP cat");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("was running already") && said.contains("pp send"), "{said}");
}

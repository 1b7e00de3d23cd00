//! A process inherits what its caller would pass to a child, but not its open files, and not its
//! standard input if the process was already running.

mod attributes;
mod bytes;
mod confinement;
mod programs;

use std::process::{Command, Output};

use crate::support::World;

/// Runs a script in bash, in the world's directory and environment. `$PP` is `pp`.
fn bash(world: &World, script: &str) -> Output {
    let pp = world.command(env!("CARGO_BIN_EXE_pp"));
    let mut bash = Command::new("bash");
    bash.args(["-c", script]).current_dir(world.work());
    for (name, value) in pp.get_envs() {
        if let Some(value) = value {
            bash.env(name, value);
        }
    }
    bash.env("PP", env!("CARGO_BIN_EXE_pp"));
    bash.output().unwrap()
}

#[test]
fn the_daemon_does_not_hold_a_lock_of_its_caller() {
    let world = World::new();
    let output = bash(
        &world,
        "( exec 9>lock; flock 9; $PP start sleep 300 >/dev/null ); flock -n lock true",
    );
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_process_gets_the_umask_of_its_caller() {
    let world = World::new();
    let output = bash(&world, "umask 027; $PP sh -c 'umask; touch made'; stat -c %a made");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "0027\n640\n", "{output:?}");
}

#[test]
fn piped_input_for_an_already_running_process_is_refused() {
    let world = World::new();
    world.pp(["start", "cat"]).ok();
    let output = bash(&world, "echo lost | $PP cat");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("was already running") && error.contains("pp send"), "{error}");
}

#[test]
fn a_process_gets_the_limits_of_its_caller() {
    let world = World::new();
    // The caller that starts the daemon has small limits.
    let first = "ulimit -Sn 100; ulimit -Sf 16; ulimit -Sc 0; $PP start sleep 300 >/dev/null";
    assert!(bash(&world, first).status.success());
    let daemon = world.daemons().pop().unwrap();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", daemon.pid)).unwrap();
    let soft_and_hard = |name: &str| {
        let row = limits.lines().find(|line| line.starts_with(name)).unwrap();
        row[name.len()..].split_whitespace().take(2).map(str::to_owned).collect::<Vec<_>>()
    };
    for name in ["Max open files", "Max file size"] {
        let values = soft_and_hard(name);
        assert_eq!(values[0], values[1], "{limits}");
    }
    assert_eq!(soft_and_hard("Max core file size")[0], "0", "{limits}");

    // Another caller has other limits. They apply to its child, and not to the log.
    let second = "ulimit -Sn 500; ulimit -Sf 8; ulimit -Sc $(ulimit -Hc); \
                  say='echo $(ulimit -Sn) $(ulimit -Sf) $(ulimit -Sc)'; eval \"$say\"; \
                  $PP run --label it bash -c \"$say; head -c 100000 /dev/zero | tr '\\0' x\"";
    let output = bash(&world, second);
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines: Vec<&str> = stdout.lines().collect();
    assert!(lines[0].starts_with("500 8 ") && lines[1] == lines[0], "{output:?}");
    assert_eq!(lines[2].len(), 100_000);

    // A request without limits gets the defaults of the kernel, not those of the first caller.
    let rest = world.unix();
    let body = serde_json::json!({
        "command": "bash -c 'ulimit -Sn; ulimit -Sf'", "working_directory": world.work(),
        "label": "none", "wait": {"for": "exit"},
    });
    rest.post("/v1/processes", &body).expect(201);
    assert_eq!(world.pp(["output", "none"]).ok().out(), "1024\nunlimited\n");
    let unknown_limit = serde_json::json!({
        "command": "true", "working_directory": world.work(), "limits": {"files": 1},
    });
    let refused = rest.post("/v1/processes", &unknown_limit).expect(422);
    assert!(refused["message"].as_str().unwrap().contains("\"files\""), "{refused}");
}

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

#[test]
fn the_limits_of_the_caller_are_those_of_what_it_starts() {
    let world = World::new();
    // Whoever happens to start the daemon wants little of everything.
    let first = "ulimit -Sn 100; ulimit -Sf 16; ulimit -Sc 0; $PP start sleep 300 >/dev/null";
    assert!(shell(&world, first).status.success());
    let daemon = world.daemons().pop().unwrap();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", daemon.pid)).unwrap();
    let row = |name: &str| {
        let row = limits.lines().find(|line| line.starts_with(name)).unwrap();
        row[name.len()..].split_whitespace().take(2).map(str::to_owned).collect::<Vec<_>>()
    };
    let (files, size) = (row("Max open files"), row("Max file size"));
    assert!(files[0] == files[1] && size[0] == size[1], "{limits}");
    assert_eq!(row("Max core file size")[0], "0", "{limits}");

    // Another one wants something else, and none of it holds for the log.
    let second = "ulimit -Sn 500; ulimit -Sf 8; ulimit -Sc $(ulimit -Hc); \
                  say='echo $(ulimit -Sn) $(ulimit -Sf) $(ulimit -Sc)'; eval \"$say\"; \
                  $PP run --label it bash -c \"$say; head -c 100000 /dev/zero | tr '\\0' x\"";
    let output = shell(&world, second);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].starts_with("500 8 ") && lines[1] == lines[0], "{output:?}");
    assert_eq!(lines[2].len(), 100_000);

    // Who brings none gets those the daemon was started with.
    let rest = world.unix();
    let body = serde_json::json!({
        "command": "bash -c 'ulimit -Sn; ulimit -Sf'", "working_directory": world.work(),
        "label": "none", "wait": {"for": "exit"},
    });
    rest.post("/v1/processes", &body).expect(201);
    assert_eq!(world.pp(["output", "none"]).ok().out(), "100\n16\n");
    let wrong = serde_json::json!({
        "command": "true", "working_directory": world.work(), "limits": {"files": 1},
    });
    let refused = rest.post("/v1/processes", &wrong).expect(422);
    assert!(refused["message"].as_str().unwrap().contains("\"files\""), "{refused}");
}

//! Settings of the daemon that starts by itself: flags of `serve`, variables and `config.toml`.

use std::fs;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::World;
use crate::support::output::Output;

/// Writes `config.toml` in the configuration directory.
fn configure(world: &World, text: &str) {
    let folder = world.folder("home").join(".config/persistproc");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), text).unwrap();
}

/// Runs `pp list`, which starts a daemon, with these variables.
fn list(world: &World, variables: &[(&str, &str)]) -> Output {
    let mut command = world.pp_command(["list"]);
    command.envs(variables.iter().copied());
    world.run(command).ok()
}

/// What the running daemon says about itself.
fn daemon(world: &World) -> Value {
    world.unix().get("/v1/daemon").expect(200)
}

/// The lines of `pp doctor` about limits and settings.
fn doctor(world: &World, variables: &[(&str, &str)]) -> String {
    let mut command = world.pp_command(["doctor"]);
    command.envs(variables.iter().copied());
    let text = world.run(command).out();
    let is_about =
        |line: &&str| line.contains("imits") || line.contains("etting") || line.contains("config");
    text.lines().filter(is_about).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_variable_comes_before_the_file_and_the_file_before_the_default() {
    let world = World::new();
    configure(&world, "log_limit = '2MiB'\nkeep-runs = 3\n");
    list(&world, &[("PERSISTPROC_LOG_LIMIT", "4MiB"), ("PERSISTPROC_KEEP_PROCESSES", "7")]);
    let found = daemon(&world);
    assert_eq!(
        found["limits"],
        json!({"log_limit": 4 << 20, "total_log_limit": 8_u64 << 30, "keep_runs": 3, "keep_processes": 7})
    );
    assert_eq!(found["flags"]["variables"], json!(["--log-limit", "--keep-processes", "--port"]));
    assert_eq!(found["flags"]["file"], json!(["--keep-runs"]));
    let same = [("PERSISTPROC_LOG_LIMIT", "4MiB"), ("PERSISTPROC_KEEP_PROCESSES", "7")];
    assert_snapshot!(doctor(&world, &same), @"ok       Limits: 4.0 MiB of output per process, 8.0 GiB in total, 3 runs per process, 7 ended processes. By a variable: PERSISTPROC_LOG_LIMIT, PERSISTPROC_KEEP_PROCESSES. From ~/.config/persistproc/config.toml: keep_runs. The others are defaults.");
    // Another shell, without the variables.
    assert_snapshot!(doctor(&world, &[]), @"
    ok       Limits: 4.0 MiB of output per process, 8.0 GiB in total, 3 runs per process, 7 ended processes. By a variable: PERSISTPROC_LOG_LIMIT, PERSISTPROC_KEEP_PROCESSES. From ~/.config/persistproc/config.toml: keep_runs. The others are defaults.
    ok       A daemon that starts now has other settings: log_limit 2.0 MiB instead of 4.0 MiB, keep_processes 100 instead of 7. Run `persistproc shutdown --keep`, and the next command starts a daemon with them; all processes keep running.
    ");
    assert!(!world.folder("data").join("serve.json").exists(), "only `serve` remembers flags");
}

#[test]
fn a_flag_comes_before_all_and_is_remembered_before_the_file() {
    let world = World::new();
    configure(&world, "log_limit = '2MiB'\nkeep_runs = 3\nno_names = true\n");
    let mut command = world.command(env!("CARGO_BIN_EXE_persistproc"));
    command.args(["serve", "--log-limit", "8MiB"]).env("PERSISTPROC_LOG_LIMIT", "4MiB");
    let serve = world.serve(command);
    let found = daemon(&world);
    assert_eq!(
        (&found["limits"]["log_limit"], &found["limits"]["keep_runs"]),
        (&json!(8 << 20), &json!(3))
    );
    assert_eq!(found["names"], false);
    world.kill_daemon();
    serve.end();
    list(&world, &[]);
    assert_eq!(daemon(&world)["limits"]["log_limit"], 8 << 20, "remembered");
    assert_snapshot!(doctor(&world, &[]), @"ok       Limits: 8.0 MiB of output per process, 8.0 GiB in total, 3 runs per process, 100 ended processes. Remembered from an earlier `serve`: --log-limit; `persistproc serve --replace --defaults` forgets them. From ~/.config/persistproc/config.toml: keep_runs, no_names. The others are defaults.");
    let remembered = fs::read_to_string(world.folder("data").join("serve.json")).unwrap();
    assert!(!remembered.contains("keep_runs"), "{remembered}");
}

#[test]
fn an_invalid_file_stops_no_command_and_drops_nothing() {
    let world = World::new();
    configure(&world, "keep_runs = 3\nlog_limt = '2MiB'\nkeep_processes = 'many'\n");
    assert_snapshot!(list(&world, &[]), @"
    No processes.
    Start one by putting pp before its command: pp npm run dev
    --- stderr
    ~/.config/persistproc/config.toml, line 2: unknown key `log_limt`, expected `log_limit`. ~/.config/persistproc/config.toml, line 3: `keep_processes` is `many`: expected a whole number, such as 5. The daemon has started without it, and drops no run and no process. Correct it, then run `persistproc shutdown --keep`: the next command starts a daemon that uses it, and all processes keep running.
    --- exit 0
    ");
    assert_eq!(list(&world, &[]).err(), "", "it is said once");
    let limits = daemon(&world)["limits"].clone();
    assert_eq!((&limits["keep_runs"], &limits["keep_processes"]), (&json!(3), &json!(u32::MAX)));
    assert_snapshot!(doctor(&world, &[]), @"
    problem  ~/.config/persistproc/config.toml, line 2: unknown key `log_limt`, expected `log_limit`. ~/.config/persistproc/config.toml, line 3: `keep_processes` is `many`: expected a whole number, such as 5. Correct it, then run `persistproc shutdown --keep`: the next command starts a daemon that uses it, and all processes keep running.
    problem  A setting was invalid when the daemon started, so it drops no run and no process. Correct it, then run `persistproc shutdown --keep`; the next command starts a daemon with it, and all processes keep running.
    ");
    world.pp(["shutdown", "--keep"]).ok();
    assert_snapshot!(world.persistproc(["serve"]), @r#"
    --- stderr
    Error: ~/.config/persistproc/config.toml, line 2: unknown key `log_limt`, expected `log_limit`. ~/.config/persistproc/config.toml, line 3: `keep_processes` is `many`: expected a whole number, such as 5.
    Correct it. Example of a line in the file: log_limit = "1GiB"
    --- exit 2
    "#);
    assert_snapshot!(list(&world, &[("PERSISTPROC_KEEP_RUNS", "0")]).err(), @"PERSISTPROC_KEEP_RUNS is `0`: the latest run is always kept: give 1 or more, such as 5. ~/.config/persistproc/config.toml, line 2: unknown key `log_limt`, expected `log_limit`. ~/.config/persistproc/config.toml, line 3: `keep_processes` is `many`: expected a whole number, such as 5. The daemon has started without it, and drops no run and no process. Correct it, then run `persistproc shutdown --keep`: the next command starts a daemon that uses it, and all processes keep running.");
}

#[test]
fn an_invalid_file_is_a_finding_before_a_daemon_runs() {
    let world = World::new();
    configure(&world, "log_limit = 2MiB\n");
    assert_snapshot!(doctor(&world, &[]), @"
    problem  ~/.config/persistproc/config.toml, line 1: string values must be quoted, expected literal string. Correct it, then run `persistproc shutdown --keep`: the next command starts a daemon that uses it, and all processes keep running.
    ok       Limits of the next daemon: 256 MiB of output per process, 8.0 GiB in total, 5 runs per process, 100 ended processes. All are defaults.
    ");
    configure(&world, "total_log_limit = '64MiB'\n");
    assert_snapshot!(doctor(&world, &[("PERSISTPROC_KEEP_RUNS", "2")]), @"ok       Limits of the next daemon: 256 MiB of output per process, 64 MiB in total, 2 runs per process, 100 ended processes. By a variable: PERSISTPROC_KEEP_RUNS. From ~/.config/persistproc/config.toml: total_log_limit. The others are defaults.");
    assert!(!world.folder("data").exists());
}

#[test]
fn the_port_of_the_file_is_that_of_the_daemon_and_of_agents() {
    let world = World::new();
    configure(&world, &format!("port = {}\n", world.port));
    let mut command = world.pp_command(["list"]);
    command.env_remove("PERSISTPROC_PORT");
    world.run(command).ok();
    assert_eq!(daemon(&world)["tcp"]["url"], format!("http://127.0.0.1:{}", world.port));
    let mut command = world.pp_command(["mcp", "print", "cursor", "--http"]);
    command.env_remove("PERSISTPROC_PORT");
    let printed = world.run(command).ok().out();
    assert!(printed.contains(&format!("127.0.0.1:{}", world.port)), "{printed}");
}

//! Invalid input: the message, the hint and the exit code, and that nothing is left behind.

use std::fs;

use insta::assert_snapshot;

use crate::support::World;

#[test]
fn a_missing_working_directory() {
    let world = World::new();
    assert_snapshot!(world.pp(["start", "--working-directory", "not/there", "sleep", "1"]), @"
    --- stderr
    Error: The directory <work>/not/there does not exist.
    Create it, or give an existing directory.
    --- exit 1
    ");
}

#[test]
fn a_missing_program_names_the_path_that_was_searched() {
    let world = World::new();
    assert_snapshot!(short_path(&world, ["start", "no-such-program", "--flag"]), @"
    --- stderr
    Error: Command not found: `no-such-program`.
    It is not on the PATH of this process: /usr/bin:/bin
    --- exit 1
    ");
    assert_snapshot!(short_path(&world, ["no-such-program"]), @"
    --- stderr
    Error: Command not found: `no-such-program`.
    It is not on the PATH of this process: /usr/bin:/bin
    --- exit 127
    ");
}

#[test]
fn a_typo_gets_a_suggestion_and_leaves_no_record() {
    let world = World::new();
    assert_snapshot!(short_path(&world, ["lsit"]), @"
    --- stderr
    Error: Command not found: `lsit`.
    Did you mean `pp list`?
    --- exit 127
    ");
    let typo = world.pp(["start", "sleeep", "1"]);
    assert!(typo.err().contains("Did you mean `sleep`?"), "{typo}");
    world.write("notes.txt", "not a program\n");
    assert_eq!(world.pp(["./notes.txt"]).code, 126);
    assert!(world.list().is_empty(), "{:#?}", world.list());
    let processes = fs::read_dir(world.folder("data/processes")).unwrap();
    assert_eq!(processes.count(), 0);
}

#[test]
fn output_stays_readable_after_the_program_is_deleted() {
    let world = World::new();
    world.program("tool", "#!/bin/sh\necho hi\n");
    world.pp(["run", "--label", "it", "tool"]).ok();
    fs::remove_file(world.folder("bin/tool")).unwrap();
    assert_eq!(world.pp(["restart", "it"]).code, 1);
    assert_eq!(world.process("it")["status"], "failed");
    assert_eq!(world.pp(["output", "--run", "1", "it"]).ok().out(), "hi\n");
}

/// Runs `pp` with a PATH that is the same on every machine.
fn short_path<const N: usize>(world: &World, arguments: [&str; N]) -> crate::support::Output {
    let mut command = world.pp_command(arguments);
    command.env("PATH", "/usr/bin:/bin");
    world.run(command)
}

#[test]
fn a_file_that_cannot_be_executed() {
    let world = World::new();
    world.write("notes.txt", "not a program\n");
    assert_snapshot!(world.pp(["./notes.txt"]), @"
    --- stderr
    Error: `<work>/./notes.txt` is not executable.
    If it is a script, run `chmod +x` on it.
    --- exit 126
    ");
    assert_snapshot!(world.pp(["./not-there"]), @"
    --- stderr
    Error: Command not found: `./not-there`.
    Check the path.
    --- exit 127
    ");
}

#[test]
fn an_environment_that_is_not_a_json_object() {
    let world = World::new();
    assert_snapshot!(world.pp(["start", "--environment", "PORT=3000", "sleep", "1000"]), @r#"
    --- stderr
    Error: `--environment` is not a JSON object of strings: expected value at line 1 column 1.
    Example: --environment '{"PORT": "3000", "DEBUG": "1"}'
    --- exit 2
    "#);
    assert_snapshot!(world.pp(["start", "--environment", r#"["A"]"#, "sleep", "1000"]), @r#"
    --- stderr
    Error: `--environment` is not a JSON object of strings: invalid type: sequence, expected a map at line 1 column 0.
    Example: --environment '{"PORT": "3000", "DEBUG": "1"}'
    --- exit 2
    "#);
    assert_snapshot!(world.pp(["start", "--environment", r#"{"A": {}}"#, "sleep", "1000"]), @r#"
    --- stderr
    Error: `--environment` is not a JSON object of strings: "A" has the value {}.
    Example: --environment '{"PORT": "3000", "DEBUG": "1"}'
    --- exit 2
    "#);
    assert!(world.list().is_empty());
}

#[test]
fn a_data_directory_that_is_a_file_or_below_a_file() {
    let world = World::new();
    let file = world.write("file", "");
    let file = file.to_str().unwrap();
    assert_snapshot!(world.pp(["--data-dir", file, "list"]), @"
    --- stderr
    Error: The data directory <work>/file cannot be used: it is not a directory.
    Choose another with --data-dir or PERSISTPROC_DATA_DIR, or fix its owner and permissions.
    --- exit 1
    ");
    assert_snapshot!(world.pp(["--data-dir", &format!("{file}/below"), "list"]), @"
    --- stderr
    Error: The data directory <work>/file/below cannot be used: Not a directory (os error 20).
    Choose another with --data-dir or PERSISTPROC_DATA_DIR, or fix its owner and permissions.
    --- exit 1
    ");
    assert_snapshot!(world.persistproc(["--data-dir", file, "serve"]), @"
    --- stderr
    Error: The data directory <work>/file cannot be used: it is not a directory.
    Choose another with --data-dir or PERSISTPROC_DATA_DIR, or fix its owner and permissions.
    --- exit 1
    ");
}

#[test]
fn usage_errors_exit_with_2() {
    let world = World::new();
    assert_snapshot!(world.pp(["forget"]), @"
    --- stderr
    Error: The following required arguments were not provided: <TARGET>.
    Usage: pp forget <TARGET>...
    Run `pp forget --help` to see all options.
    --- exit 2
    ");
    assert_snapshot!(world.pp(["--port", "http", "list"]), @"
    --- stderr
    Error: Invalid value 'http' for '--port <N>': expected a port from 1 to 65535, such as 8947.
    Run `pp list --help` to see all options.
    --- exit 2
    ");
    assert_snapshot!(world.pp(["wait", "--timeout", "-1", "web"]), @"
    --- stderr
    Error: Invalid value '-1' for '--timeout <S>': -1 is not a duration in seconds.
    Run `pp wait --help` to see all options.
    --- exit 2
    ");
    assert_snapshot!(world.pp(["output", "--bytes", "-1", "web"]), @"
    --- stderr
    Error: Invalid value '-1' for '--bytes <SIZE>': expected a size, such as 256MiB, 1GiB or 1000000.
    Run `pp output --help` to see all options.
    --- exit 2
    ");
    assert_snapshot!(world.pp(["output", "--stream", "stdin", "web"]), @"
    --- stderr
    Error: Invalid value 'stdin' for '--stream <STREAM>' [possible values: stdout, stderr, combined].
    tip: a similar value exists: 'stderr'
    Run `pp output --help` to see all options.
    --- exit 2
    ");
    assert_snapshot!(world.pp(["--no-such-flag", "list"]), @"
    --- stderr
    Error: Unexpected argument '--no-such-flag' found.
    Usage: pp [OPTIONS] <COMMAND>
    Run `pp list --help` to see all options.
    --- exit 2
    ");
}

#[test]
fn a_label_of_another_running_process() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sleep", "1000"]).ok();
    assert_snapshot!(world.pp(["start", "--label", "web", "sleep", "1001"]), @"
    --- stderr
    Error: The label `web` belongs to a running process: PID N, `sleep 1000` in <work>.
    Give another label. Run `pp stop web` to free this one.
    --- exit 1
    ");
    assert_eq!(world.list().len(), 1);
}

#[test]
fn a_damaged_record_does_not_affect_the_others() {
    let world = World::new();
    world.pp(["run", "--label", "good", "echo", "hi"]).ok();
    world.pp(["run", "--label", "bad", "echo", "ho"]).ok();
    let runs = world.runs_folder(&world.process("bad"));
    world.pp(["shutdown"]).ok();
    fs::write(runs.parent().unwrap().join("process.json"), "{\"format\": 1, \"id\"").unwrap();
    let labels: Vec<_> = world.list().iter().map(|found| found["label"].clone()).collect();
    assert!(labels.contains(&"good".into()), "{labels:?}");
    assert_eq!(world.pp(["output", "good"]).ok().out(), "hi\n");
}

//! How programs are found and started: scripts without `#!`, words of a shell, unbuffered services.

use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;

use super::bash;
use crate::support::World;

#[test]
fn a_script_without_an_interpreter_is_run_by_sh() {
    let world = World::new();
    let script = world.write("script", "echo \"$0 $1\"\nexit 3\n");
    std::fs::set_permissions(&script, PermissionsExt::from_mode(0o755)).unwrap();
    assert_snapshot!(world.pp(["./script", "x y"]), @"
    ./script x y
    --- exit 3
    ");
    // A binary of another machine is not given to a shell.
    let binary = world.write("binary", "\u{7f}ELF\0\u{1}\u{1}");
    std::fs::set_permissions(&binary, PermissionsExt::from_mode(0o755)).unwrap();
    let output = world.pp(["./binary"]);
    assert!(output.err().contains("Exec format error"), "{output}");
}

#[test]
fn words_of_a_shell_are_answered_with_what_to_type() {
    let world = World::new();
    assert_snapshot!(world.pp(["cd", "x"]), @"
    --- stderr
    Error: `cd` is built into the shell and acts on the shell itself.
    Run `cd x` without `pp`.
    --- exit 127
    ");
    assert_snapshot!(world.pp(["FOO=1", "make", "-k"]), @"
    --- stderr
    Error: `FOO=1` is an assignment, not a program.
    Run `FOO=1 pp make -k`.
    --- exit 127
    ");
    assert_snapshot!(world.pp(["start", "source", "x"]), @"
    --- stderr
    Error: `source` is built into the shell and acts on the shell itself.
    Run `source x` without `pp`.
    --- exit 1
    ");
}

#[test]
fn a_service_in_python_is_not_buffered_and_a_run_is_as_bare() {
    let world = World::new();
    world.write("t.py", "import time\nprint('first')\ntime.sleep(300)\n");
    world.pp(["start", "--label", "it", "python3", "t.py"]).ok();
    world.pp(["wait", "it", "--for", "pattern", "--pattern", "^first$"]).ok();
    let script = "unset PYTHONUNBUFFERED; $PP sh -c 'echo ${PYTHONUNBUFFERED-unset}'; \
                  PYTHONUNBUFFERED= $PP start --wait-for exit --label s sh -c \
                  'echo \"<$PYTHONUNBUFFERED>\"' >/dev/null; $PP output s";
    let output = bash(&world, script);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "unset\n<>\n", "{output:?}");
    let runs = world.runs_folder(&world.process("it"));
    let record = std::fs::read_to_string(runs.with_file_name("process.json"));
    assert!(!record.unwrap().contains("PYTHONUNBUFFERED"));
}

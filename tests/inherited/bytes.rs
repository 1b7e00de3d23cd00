//! Arguments, variables and directories are bytes: they reach a process as they are, in their order,
//! also where they are not UTF-8.

use super::bash;
use crate::support::World;

/// Runs a script bare and with `pp` in front of `command`, and compares the bytes of both.
#[track_caller]
fn assert_equal(world: &World, before: &str, command: &str) {
    let output = bash(
        world,
        &format!("{before}; {command} >bare; $PP {command} >under; cmp bare under && cat under"),
    );
    assert!(output.status.success() && !output.stdout.is_empty(), "{command}: {output:?}");
}

#[test]
fn arguments_and_variables_that_are_not_utf_8_are_kept() {
    let world = World::new();
    assert_equal(&world, "echo hi > $'caf\\xe9'", "cat $'caf\\xe9'");
    assert_equal(&world, "export X=$'a\\xff'", "sh -c 'printf %s \"$X\"'");
    assert_equal(&world, "mkdir $'d\\xe9'; cd $'d\\xe9'", "pwd");
    assert_equal(&world, "cp /bin/echo $'p\\xe9'", "./$'p\\xe9' x");
    // The record keeps them for a restart, and every answer has their text.
    let script = "$PP restart --wait-for exit -- caf >/dev/null; $PP output caf";
    assert_eq!(bash(&world, script).stdout, b"hi\n");
    let list = world.pp(["list", "--format", "json"]).ok().json();
    let processes = list["processes"].as_array().unwrap();
    let cat = processes.iter().find(|process| process["command"][0] == "cat").unwrap();
    assert_eq!(cat["command"][1], "caf\u{fffd}");
    assert_eq!(cat["command_base64"][1], "Y2Fm6Q==");
    assert!(cat["label"].as_str().unwrap().starts_with(r"cat $'caf\xe9' in "), "{cat}");
}

#[test]
fn commands_are_the_same_only_if_their_bytes_are() {
    let world = World::new();
    let start = "$PP --format json start sleep 300 $'\\xe9'; $PP --format json start sleep 300 \
                 $'\\xe8'; $PP --format json start sleep 300 $'\\xe8'";
    let output = bash(&world, start);
    let answers = serde_json::Deserializer::from_slice(&output.stdout).into_iter();
    let running: Vec<bool> = answers
        .map(|answer: Result<serde_json::Value, _>| answer.unwrap()["already_running"] == true)
        .collect();
    assert_eq!(running.len(), 3, "{output:?}");
    assert!(!running[1], "{output:?}");
}

#[test]
fn the_environment_is_that_of_the_caller_and_two_variables() {
    let world = World::new();
    let output = bash(
        &world,
        "export B=2 A=1 Z= X=$'a\\xff' N=$'one\\ntwo'; sh -c 'env' >bare; sh -c '$PP env' >under; diff bare under",
    );
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let changed: Vec<&str> = text.lines().filter(|line| line.starts_with(['<', '>'])).collect();
    assert_eq!(changed.len(), 2, "{text}");
    assert!(changed[0].starts_with("> PERSISTPROC_ID="), "{text}");
    assert!(changed[1].starts_with("> PERSISTPROC_RUN="), "{text}");
}

#[test]
fn duplicates_and_odd_entries_of_the_environment_are_kept() {
    let world = World::new();
    // `execve` with a list that no shell can build.
    let program = "import ctypes, os, sys
libc = ctypes.CDLL(None)
words = [word.encode() for word in sys.argv[1:]]
entries = [f'{name}={value}'.encode() for name, value in os.environ.items()]
entries += [b'A=1', b'A=2', b'alone', b'=x']
def array(items):
    return (ctypes.c_char_p * (len(items) + 1))(*items, None)
libc.execve(words[0], array(words), array(entries))
";
    world.write("odd.py", program);
    let script = "python3 odd.py $PP cat /proc/self/environ | tr '\\0' '\\n' | tail -n 6";
    let output = bash(&world, script);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(&lines[..4], ["A=1", "A=2", "alone", "=x"], "{output:?}");
    assert!(lines[4].starts_with("PERSISTPROC_ID="), "{text}");
}

#[test]
fn variables_of_agents_reach_the_run_and_not_the_record() {
    let world = World::new();
    let script = "export CLAUDECODE=1 CLAUDE_CODE_ENTRYPOINT=cli AI_AGENT=x CODEX_HOME=/y; \
                  $PP --quiet run --label it sh -c 'echo $CLAUDECODE $AI_AGENT $CODEX_HOME'; \
                  $PP restart --wait-for exit it >/dev/null; $PP output it";
    let output = bash(&world, script);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "1 x /y\n/y\n", "{output:?}");
    let runs = world.runs_folder(&world.process("it"));
    let record = std::fs::read_to_string(runs.with_file_name("process.json"));
    assert!(!record.unwrap().contains("CLAUDE_CODE_ENTRYPOINT"));
}

//! Command lines as they are typed, the cursor behind the last word, and what comes next.

use super::*;
use crate::dispatch::{self, Name};

fn after(line: &str) -> Next {
    let mut root = dispatch::command(Name::Pp);
    root.build();
    next(&root, &line.split(' ').map(str::to_owned).collect::<Vec<_>>())
}

fn words(line: &str) -> Vec<String> {
    match after(line) {
        Next::Words(found) | Next::First(found) => {
            found.into_iter().map(|candidate| candidate.word).collect()
        }
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn after_a_program_it_is_the_programs_business() {
    for (line, at) in [
        ("npm run ", 0),
        ("-- make ", 1),
        ("-- ", 1),
        ("run --label x cargo b", 3),
        ("run --label = x cargo b", 4),
        ("run -- list ", 2),
        ("--on-exit stop npm --", 2),
        ("start --tty npm ru", 2),
        ("run ", 1),
        ("-q npm ", 1),
    ] {
        assert_eq!(after(line), Next::Program(at), "{line}");
    }
}

#[test]
fn targets_are_those_a_command_can_do_something_with() {
    for (line, which) in [
        ("stop ", Which::Running),
        ("stop --force w", Which::Running),
        ("logs ", Which::All),
        ("-q restart ", Which::All),
        ("forget -- ", Which::Ended),
        ("signal HUP ", Which::Running),
        ("send ", Which::Running),
    ] {
        assert_eq!(after(line), Next::Target(which), "{line}");
    }
    assert_eq!(after("send web "), Next::Unknown);
}

#[test]
fn flags_and_their_values() {
    assert!(words("stop --").contains(&"--force".to_owned()));
    assert!(words("stop --").contains(&"--data-dir".to_owned()));
    assert!(words("--").contains(&"--fresh".to_owned()));
    assert_eq!(words("output --stream "), ["stdout", "stderr", "combined"]);
    assert_eq!(words("run --on-exit "), ["ask", "stop", "detach"]);
    assert!(words("signal ").contains(&"HUP".to_owned()));
    assert_eq!(after("start --working-directory "), Next::Directory);
    assert_eq!(after("--data_dir "), Next::Directory);
    assert_eq!(after("run --label "), Next::Unknown);
}

#[test]
fn commands_of_ours_come_first() {
    let first = words("");
    assert!(first.contains(&"logs".to_owned()) && first.contains(&"stop".to_owned()));
    assert!(!first.contains(&"help".to_owned()));
    assert!(words("mcp ").contains(&"install".to_owned()));
}

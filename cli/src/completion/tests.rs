//! Incomplete command lines, with the cursor after the last word, and their classification.

use super::*;
use crate::dispatch::{self, Name};

fn after(line: &str) -> NextWord {
    let mut root = dispatch::command(Name::Pp);
    root.build();
    next(&root, &line.split(' ').map(str::to_owned).collect::<Vec<_>>())
}

fn words(line: &str) -> Vec<String> {
    match after(line) {
        NextWord::Words(found) | NextWord::First(found) => {
            found.into_iter().map(|candidate| candidate.word).collect()
        }
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn words_after_a_program_are_left_to_its_own_completion() {
    for (line, index) in [
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
        assert_eq!(after(line), NextWord::Program(index), "{line}");
    }
}

#[test]
fn targets_are_filtered_by_the_status_that_the_verb_requires() {
    for (line, filter) in [
        ("stop ", TargetFilter::Running),
        ("stop --force w", TargetFilter::Running),
        ("logs ", TargetFilter::All),
        ("-q restart ", TargetFilter::All),
        ("forget -- ", TargetFilter::Ended),
        ("signal HUP ", TargetFilter::Running),
        ("send ", TargetFilter::Running),
    ] {
        assert_eq!(after(line), NextWord::Target(filter), "{line}");
    }
    assert_eq!(after("send web "), NextWord::Unknown);
}

#[test]
fn flags_and_their_values_are_completed() {
    assert!(words("stop --").contains(&"--force".to_owned()));
    assert!(words("stop --").contains(&"--data-dir".to_owned()));
    assert!(words("--").contains(&"--fresh".to_owned()));
    assert_eq!(words("output --stream "), ["stdout", "stderr", "combined"]);
    assert_eq!(words("run --on-exit "), ["ask", "stop", "detach"]);
    assert!(words("signal ").contains(&"HUP".to_owned()));
    assert_eq!(after("start --working-directory "), NextWord::Directory);
    assert_eq!(after("--data_dir "), NextWord::Directory);
    assert_eq!(after("run --label "), NextWord::Unknown);
}

#[test]
fn the_first_word_is_completed_to_verbs() {
    let first = words("");
    assert!(first.contains(&"logs".to_owned()) && first.contains(&"stop".to_owned()));
    assert!(!first.contains(&"help".to_owned()));
    assert!(words("mcp ").contains(&"install".to_owned()));
}

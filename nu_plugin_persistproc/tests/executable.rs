//! The executable by itself: it says what it is for, and what it is not.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::process::{Command, Output};

fn plugin(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nu_plugin_persistproc")).args(arguments).output().unwrap()
}

#[test]
fn it_tells_its_version_and_its_commands() {
    let said = plugin(&["--help"]);
    assert!(said.status.success(), "{said:?}");
    let text = String::from_utf8(said.stdout).unwrap() + &String::from_utf8(said.stderr).unwrap();
    for part in [env!("CARGO_PKG_VERSION"), "persistproc ps", "persistproc logs", "--follow"] {
        assert!(text.contains(part), "no {part} in {text}");
    }
}

#[test]
fn it_is_for_nushell_alone() {
    assert_eq!(plugin(&["ps"]).status.code(), Some(1));
}

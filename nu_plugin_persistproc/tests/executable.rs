//! The plugin's executable, run outside Nushell.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::process::{Command, Output};

fn plugin(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nu_plugin_persistproc")).args(arguments).output().unwrap()
}

#[test]
fn help_shows_the_version_and_the_commands() {
    let output = plugin(&["--help"]);
    assert!(output.status.success(), "{output:?}");
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let help = stdout + &stderr;
    for part in [env!("CARGO_PKG_VERSION"), "persistproc ps", "persistproc logs", "--follow"] {
        assert!(help.contains(part), "no {part} in {help}");
    }
}

#[test]
fn running_it_as_a_command_fails() {
    assert_eq!(plugin(&["ps"]).status.code(), Some(1));
}

//! Finds and fetches the external programs that tests run, and reads test settings from the
//! environment. A missing program fails the test with a message that says how to install it.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

/// The path of a program, looked up on the `PATH` of the test run.
#[track_caller]
pub(crate) fn path_of(program: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let found =
        env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("{program} is not installed: run tests/run, which installs it"))
}

/// `target/test-tools`: what the tests fetch from package registries, shared by all of them.
pub(crate) fn folder() -> PathBuf {
    let target =
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let folder = target.join("test-tools");
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Runs a `tests/support/fetch-…` script, which installs into [`folder`] and returns at once if it is
/// up to date.
#[track_caller]
pub(crate) fn fetch(script: &str) {
    let script = root().join("tests/support").join(script);
    let output = Command::new(&script).arg(folder()).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} failed: {stderr}", script.display());
}

/// The third-party MCP clients, installed from their lock files on first use.
#[track_caller]
pub(crate) fn mcp_clients() -> PathBuf {
    fetch("fetch-mcp-clients");
    folder().join("mcp-clients")
}

/// The agents, installed on first use.
#[track_caller]
pub(crate) fn agents() -> PathBuf {
    fetch("fetch-agents");
    folder().join("agents")
}

/// The root of the checkout.
pub(crate) fn root() -> PathBuf {
    let crate_folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    crate_folder.parent().expect("the crate is in a folder of the workspace").to_owned()
}

/// A number from the environment, or `default`. Sets how thorough a test is.
pub(crate) fn number_from_env(variable: &str, default: u64) -> u64 {
    let set = env::var(variable).ok();
    set.map_or(default, |text| {
        text.parse().unwrap_or_else(|_| panic!("{variable} is not a number: {text}"))
    })
}

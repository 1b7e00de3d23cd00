//! The programs the tests drive. One that is missing is a failure that says how to get it.

use std::path::PathBuf;
use std::{env, fs};

/// Where a program is on the PATH of whoever runs the tests.
#[track_caller]
pub(crate) fn path_of(program: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let found =
        env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("{program} is not installed: run tests/run, which installs it"))
}

/// `target/test-tools`: what tests fetch from registries, once for all of them.
pub(crate) fn folder() -> PathBuf {
    let target =
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let folder = target.join("test-tools");
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The clients of other people that speak to agents' servers, installed as they are locked.
#[track_caller]
pub(crate) fn mcp_clients() -> PathBuf {
    let script = root().join("tests/support/fetch-mcp-clients");
    let made = std::process::Command::new(&script).arg(folder()).output().unwrap();
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "{} failed: {said}", script.display());
    folder().join("mcp-clients")
}

/// The checkout.
pub(crate) fn root() -> PathBuf {
    let crate_folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    crate_folder.parent().expect("the crate is in a folder of the workspace").to_owned()
}

/// A number from the environment, for those who want a test to be more thorough.
pub(crate) fn number_from_env(variable: &str, otherwise: u64) -> u64 {
    let set = env::var(variable).ok();
    set.map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{variable}={text}?")))
}

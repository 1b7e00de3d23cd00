//! A real Vite project. Vite's generator creates it once under `target/test-tools`; each test gets a
//! copy in its own world.

use std::path::PathBuf;
use std::process::Command;

use super::tools;
use super::world::World;

/// Copies the project into this world's working directory.
#[track_caller]
pub(crate) fn project(world: &World) -> PathBuf {
    tools::path_of("npm");
    tools::fetch("fetch-vite");
    let original = tools::folder().join("vite-project");
    let copy = world.work().join("vite-project");
    let copied = Command::new("cp").arg("-a").arg(&original).arg(&copy).status().unwrap();
    assert!(copied.success(), "cannot copy {}", original.display());
    // A cache of Vite for another configuration changes what it prints.
    std::fs::remove_dir_all(copy.join("node_modules/.vite")).ok();
    copy
}

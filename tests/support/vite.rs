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
    let original = fetched();
    let copy = world.work().join("vite-project");
    let copied = Command::new("cp").arg("-a").arg(&original).arg(&copy).status().unwrap();
    assert!(copied.success(), "cannot copy {}", original.display());
    copy
}

/// The original project, created on first use.
fn fetched() -> PathBuf {
    let script = tools::root().join("tests/support/fetch-vite");
    let folder = tools::folder();
    let made = Command::new(&script).arg(&folder).output().unwrap();
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "{} failed: {said}", script.display());
    folder.join("vite-project")
}

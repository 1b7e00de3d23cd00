//! A real Vite project: made once by Vite's own generator from the npm registry, kept under
//! `target/test-tools`, and copied into the world of the test that changes its files.

use std::path::PathBuf;
use std::process::Command;

use super::tools;
use super::world::World;

/// A copy of the project in this world's working directory.
#[track_caller]
pub(crate) fn project(world: &World) -> PathBuf {
    tools::path_of("npm");
    let kept = fetched();
    let copy = world.work().join("vite-project");
    let copied = Command::new("cp").arg("-a").arg(&kept).arg(&copy).status().unwrap();
    assert!(copied.success(), "cannot copy {}", kept.display());
    copy
}

/// The one that is kept; fetched now if no test has done so before.
fn fetched() -> PathBuf {
    let script = tools::root().join("tests/support/fetch-vite");
    let folder = tools::folder();
    let made = Command::new(&script).arg(&folder).output().unwrap();
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "{} failed: {said}", script.display());
    folder.join("vite-project")
}

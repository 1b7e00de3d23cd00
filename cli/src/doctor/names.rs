//! Checks that the names `pp` and `persistproc` on the PATH are this installation.

use std::env;
use std::path::{Path, PathBuf};

use super::finding::Finding;
use crate::programs::on_path;

pub(super) fn check() -> Vec<Finding> {
    let own_folder = env::current_exe().ok().and_then(|program| real_folder(&program));
    let Some(own_folder) = own_folder else { return Vec::new() };
    ["pp", "persistproc"].map(|name| judge(name, on_path(name), &own_folder)).into()
}

/// The directory of a program, with links resolved.
fn real_folder(program: &Path) -> Option<PathBuf> {
    Some(program.canonicalize().ok()?.parent()?.to_owned())
}

fn judge(name: &'static str, found: Option<PathBuf>, own_folder: &Path) -> Finding {
    let shown = own_folder.display();
    match found {
        Some(program) if real_folder(&program).is_some_and(|folder| folder == own_folder) => {
            Finding::ok("path", format!("`{name}` is {}.", program.display()))
        }
        Some(program) => Finding::problem(
            "path",
            format!("`{name}` is another program: {}.", program.display()),
            format!("Put {shown} before its directory on the PATH."),
        ),
        None => Finding::problem(
            "path",
            format!("`{name}` is not on the PATH."),
            format!("Add {shown} to the PATH."),
        ),
    }
}

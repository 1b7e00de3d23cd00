//! Whether `pp` and `persistproc`, as people type them, are this program.

use std::env;
use std::path::{Path, PathBuf};

use super::Finding;
use crate::programs::on_path;

pub(super) fn findings() -> Vec<Finding> {
    let Some(ours) = env::current_exe().ok().and_then(|exe| folder_of(&exe)) else {
        return Vec::new();
    };
    let found = |name: &'static str| (name, on_path(name));
    ["pp", "persistproc"].map(found).map(|(name, found)| judge(name, found, &ours)).into()
}

/// The folder a program really lies in.
fn folder_of(program: &Path) -> Option<PathBuf> {
    Some(program.canonicalize().ok()?.parent()?.to_owned())
}

fn judge(name: &'static str, found: Option<PathBuf>, ours: &Path) -> Finding {
    let folder = ours.display();
    match found {
        Some(found) if folder_of(&found).is_some_and(|theirs| theirs == ours) => {
            Finding::ok("path", format!("`{name}` is {}.", found.display()))
        }
        Some(found) => Finding::problem(
            "path",
            format!("`{name}` is another program: {}.", found.display()),
            format!("Put {folder} in front of it on the PATH."),
        ),
        None => Finding::problem(
            "path",
            format!("`{name}` is not on the PATH."),
            format!("Add {folder} to the PATH."),
        ),
    }
}

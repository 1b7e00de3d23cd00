//! A suggestion for a command that was not found: [`similar_program`].

use std::path::Path;

use persistproc_api::words::nearest;
use persistproc_api::{ErrorCode, Problem};

use crate::supervisor::requests::spec::ProcessSpec;

/// The program in the `PATH` of the request with the most similar name.
pub(super) fn similar_program(problem: &Problem, spec: &ProcessSpec) -> Option<String> {
    let word = spec.launch.command.first()?;
    // A short word is near to some program on every machine.
    let is_short = word.chars().count() < 4;
    if problem.code != ErrorCode::CommandNotFound || word.contains('/') || is_short {
        return None;
    }
    let path = spec.launch.environment.get("PATH")?;
    let programs = std::env::split_paths(path).flat_map(|folder| file_names(&folder));
    nearest(word, programs)
}

fn file_names(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| file.file_name().into_string().ok()).collect()
}

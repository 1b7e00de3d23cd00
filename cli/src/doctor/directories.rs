//! Whether the data and runtime directories are usable, or can be created when they are needed.

use std::path::Path;

use persistproc_api::data_dirs::{DATA_DIR_HINT, DataDirs, RUNTIME_DIR_HINT};
use rustix::fs::{Access, access};

use super::finding::Finding;

pub(super) fn check(dirs: &DataDirs) -> [Finding; 2] {
    [
        judge("data", "data directory", dirs.data(), DATA_DIR_HINT),
        judge("runtime", "runtime directory", dirs.runtime(), RUNTIME_DIR_HINT),
    ]
}

fn judge(check: &'static str, what: &str, path: &Path, fix: &str) -> Finding {
    let shown = path.display();
    match usability(path) {
        Ok(Usability::Exists) => Finding::ok(check, format!("The {what} is {shown}.")),
        Ok(Usability::CanBeCreated) => Finding::ok(check, format!("The {what} will be {shown}.")),
        Err(why) => {
            Finding::problem(check, format!("The {what} {shown} cannot be used: {why}."), fix)
        }
    }
}

/// How a directory can be used.
#[derive(Debug, PartialEq, Eq)]
enum Usability {
    Exists,
    CanBeCreated,
}

/// Checks that the directory, or its nearest existing parent, is a directory that we may write to.
fn usability(path: &Path) -> Result<Usability, String> {
    let Some(existing) = path.ancestors().find(|path| path.symlink_metadata().is_ok()) else {
        return Err("it has no existing parent".to_owned());
    };
    let shown = existing.display();
    if !existing.is_dir() {
        return Err(format!("{shown} is not a directory"));
    }
    access(existing, Access::WRITE_OK | Access::EXEC_OK)
        .map_err(|error| format!("{shown} is not writable ({})", std::io::Error::from(error)))?;
    Ok(if existing == path { Usability::Exists } else { Usability::CanBeCreated })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_exists_or_can_be_created_below_an_existing_one() {
        let base = tempfile::tempdir().unwrap();
        let file = base.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert_eq!(usability(base.path()), Ok(Usability::Exists));
        assert_eq!(usability(&base.path().join("a/b/c")), Ok(Usability::CanBeCreated));
        assert!(usability(&file).is_err());
        assert!(usability(&file.join("below")).is_err());
        assert!(!base.path().join("a").exists(), "the check creates nothing");
    }
}

//! Whether the directories of data and sockets can be used, or made when they are needed.

use std::path::Path;

use persistproc_api::data_dirs::DataDirs;
use rustix::fs::{Access, access};

use super::Finding;

const DATA: &str =
    "Give another one with --data-dir or PERSISTPROC_DATA_DIR, or mend its owner and permissions.";
const RUNTIME: &str =
    "Set PERSISTPROC_RUNTIME_DIR to a directory of your own, or mend its owner and permissions.";

pub(super) fn findings(dirs: &DataDirs) -> [Finding; 2] {
    [
        folder("data", "data directory", dirs.data(), DATA),
        folder("runtime", "runtime directory", dirs.runtime(), RUNTIME),
    ]
}

fn folder(check: &'static str, what: &str, path: &Path, fix: &str) -> Finding {
    let shown = path.display();
    match usable(path) {
        Ok(true) => Finding::ok(check, format!("The {what} is {shown}.")),
        Ok(false) => Finding::ok(check, format!("The {what} will be {shown}.")),
        Err(why) => {
            Finding::problem(check, format!("The {what} {shown} cannot be used: {why}."), fix)
        }
    }
}

/// Whether it is there; if it isn't, the nearest folder above it must let us make it.
fn usable(path: &Path) -> Result<bool, String> {
    let Some(found) = path.ancestors().find(|folder| folder.symlink_metadata().is_ok()) else {
        return Err("there is no folder above it".to_owned());
    };
    let shown = found.display();
    if !found.is_dir() {
        return Err(format!("{shown} is not a directory"));
    }
    access(found, Access::WRITE_OK | Access::EXEC_OK)
        .map_err(|error| format!("{shown} may not be written ({})", std::io::Error::from(error)))?;
    Ok(found == path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_there_or_can_be_made() {
        let base = tempfile::tempdir().unwrap();
        let file = base.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert_eq!(usable(base.path()), Ok(true));
        assert_eq!(usable(&base.path().join("a/b/c")), Ok(false));
        assert!(usable(&file).is_err());
        assert!(usable(&file.join("below")).is_err());
        assert!(!base.path().join("a").exists(), "looking makes nothing");
    }
}

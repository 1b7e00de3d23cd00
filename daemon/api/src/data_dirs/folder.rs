//! Folders that are ours alone: made so, or found to be so, or refused. It knows modes and owners,
//! and not what a folder is for.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::Path;

use rustix::fs::Access;
use rustix::io::Errno;

/// Makes a directory 0700, or takes an existing one that is ours and that not anyone may write:
/// the files we put there are private on their own, so others may see that they are there.
pub(super) fn make_owned(path: &Path) -> io::Result<()> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(missing) => return Err(made.err().unwrap_or(missing)),
    };
    if !found.is_dir() {
        return Err(io::Error::new(io::ErrorKind::NotADirectory, "it is not a directory"));
    }
    if found.uid() != rustix::process::getuid().as_raw() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "another user owns it"));
    }
    if found.permissions().mode() & OTHERS_WRITE != 0 {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "anyone may write there"));
    }
    // Whoever may not write here should hear it now, not at the first log. A disk that can only be
    // read at the moment is another matter: what runs can still be seen and stopped.
    match rustix::fs::access(path, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) | Err(Errno::ROFS) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Anyone may put something there.
const OTHERS_WRITE: u32 = 0o002;

/// Nobody may take away what somebody else has put there.
const STICKY: u32 = 0o1000;

/// Whether what is in a folder can be replaced by anyone.
pub(super) fn is_open(folder: &Path) -> bool {
    let mode = fs::metadata(folder).map_or(0, |found| found.permissions().mode());
    mode & OTHERS_WRITE != 0 && mode & STICKY == 0
}

/// The same, and closed to everyone else: sockets are as open as their folder.
pub(super) fn make_private(path: &Path) -> io::Result<()> {
    make_owned(path)?;
    if fs::symlink_metadata(path)?.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Whether a folder, and so what is in it, is ours alone.
#[cfg(any(test, all(feature = "client", not(target_os = "linux"))))]
pub(crate) fn is_private(path: &Path) -> bool {
    let ours = rustix::process::getuid().as_raw();
    fs::symlink_metadata(path).is_ok_and(|found| {
        found.is_dir() && found.uid() == ours && found.permissions().mode() & 0o022 == 0
    })
}

#[cfg(test)]
mod tests {
    use super::super::DataDirs;
    use super::*;

    fn with_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn refusal(dirs: &DataDirs) -> String {
        dirs.prepare().map_or_else(|problem| problem.message, |()| "usable".into())
    }

    #[test]
    fn a_place_that_others_could_change_is_refused() {
        let base = tempfile::tempdir().unwrap();
        let at = |name: &str| base.path().join(name);
        let dirs = DataDirs { data: at("data"), runtime: at("run/persistproc/0") };
        assert_eq!(refusal(&dirs), "usable");
        assert_eq!(fs::metadata(&dirs.runtime).unwrap().permissions().mode() & 0o777, 0o700);

        fs::create_dir(dirs.processes()).unwrap();
        with_mode(&dirs.processes(), 0o775);
        with_mode(&at("run/persistproc"), 0o770);
        assert_eq!(refusal(&dirs), "usable");
        assert_eq!(fs::metadata(dirs.processes()).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(is_private(&at("run/persistproc")));

        with_mode(&dirs.data, 0o777);
        assert!(refusal(&dirs).contains("anyone may write there"), "{}", refusal(&dirs));
        with_mode(&dirs.data, 0o755);
        with_mode(&at("run"), 0o777);
        assert!(refusal(&dirs).contains("anyone may replace"), "{}", refusal(&dirs));
        with_mode(&at("run"), 0o1777);
        assert_eq!(refusal(&dirs), "usable");
    }

    #[test]
    fn a_link_in_the_place_of_a_folder_is_refused() {
        let base = tempfile::tempdir().unwrap();
        let at = |name: &str| base.path().join(name);
        let dirs = DataDirs { data: at("data"), runtime: at("run/0") };
        fs::create_dir(at("elsewhere")).unwrap();
        std::os::unix::fs::symlink(at("elsewhere"), at("run")).unwrap();
        assert!(refusal(&dirs).contains("not a directory"), "{}", refusal(&dirs));
        assert!(!is_private(&at("run")));
        assert_eq!(fs::read_dir(at("elsewhere")).unwrap().count(), 0);
    }
}

//! Folders that belong to this user: [`make_owned`] and [`make_private`] create them or check
//! their owner and mode.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::Path;

use rustix::fs::Access;
use rustix::io::Errno;

/// Creates a directory with mode 0700, or accepts an existing one that this user owns and others
/// cannot write. Others may list it: the files in it are created with mode 0600.
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
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "all users can write to it"));
    }
    // Report missing permissions now, not at the first write. A read-only file system is accepted:
    // running processes can still be listed and stopped.
    match rustix::fs::access(path, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) | Err(Errno::ROFS) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The mode bit that lets all users write.
const OTHERS_WRITE: u32 = 0o002;

/// The mode bit that lets users delete only their own files.
const STICKY: u32 = 0o1000;

/// Whether all users can replace the files in a folder.
pub(super) fn is_replaceable(folder: &Path) -> bool {
    let mode = fs::metadata(folder).map_or(0, |found| found.permissions().mode());
    mode & OTHERS_WRITE != 0 && mode & STICKY == 0
}

/// [`make_owned`], with mode 0700 in any case: a socket is protected by the mode of its folder.
pub(super) fn make_private(path: &Path) -> io::Result<()> {
    make_owned(path)?;
    if fs::symlink_metadata(path)?.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Whether this user owns a folder and no other user can write to it.
#[cfg(any(test, not(target_os = "linux")))]
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
    fn folders_that_others_can_change_are_refused() {
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
        assert!(refusal(&dirs).contains("all users can write to it"), "{}", refusal(&dirs));
        with_mode(&dirs.data, 0o755);
        with_mode(&at("run"), 0o777);
        assert!(refusal(&dirs).contains("all users can replace"), "{}", refusal(&dirs));
        with_mode(&at("run"), 0o1777);
        assert_eq!(refusal(&dirs), "usable");
    }

    #[test]
    fn a_symlink_instead_of_a_folder_is_refused() {
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

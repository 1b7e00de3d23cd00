//! Folders that belong to this user: [`make_owned`] and [`make_private`] create them or check
//! their owner and mode. `parents` checks what is above them.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::Path;

use rustix::fs::Access;
use rustix::io::Errno;

use super::parents::{OTHERS_WRITE, check_parents};

/// The bits of a mode that let the group and all users write.
const WRITABLE: u32 = 0o022;

/// Creates a directory with mode 0700, or accepts an existing one of this user. Others may list it,
/// since the files in it are created with mode 0600, but a group that can write to it loses all its
/// rights. A directory that all users can write to is an error: it is open on purpose, or has been
/// for long.
pub(super) fn make_owned(path: &Path) -> io::Result<()> {
    check_parents(path)?;
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
    let mode = found.permissions().mode();
    if mode & OTHERS_WRITE != 0 {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "all users can write to it"));
    }
    if mode & WRITABLE != 0 {
        set_private(path)?;
    }
    // Report missing permissions now, not at the first write. A read-only file system is accepted:
    // running processes can still be listed and stopped.
    match rustix::fs::access(path, Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) | Err(Errno::ROFS) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// [`make_owned`], with mode 0700 in any case: a socket is protected by the mode of its folder.
pub(super) fn make_private(path: &Path) -> io::Result<()> {
    make_owned(path)?;
    if fs::symlink_metadata(path)?.permissions().mode() & 0o077 != 0 {
        set_private(path)?;
    }
    Ok(())
}

fn set_private(path: &Path) -> io::Result<()> {
    match fs::set_permissions(path, fs::Permissions::from_mode(0o700)) {
        // Others cannot write there either.
        Err(error) if error.kind() == io::ErrorKind::ReadOnlyFilesystem => Ok(()),
        outcome => outcome,
    }
}

/// Whether this user owns a folder and no other user can write to it.
#[cfg(any(test, not(target_os = "linux")))]
pub(crate) fn is_private(path: &Path) -> bool {
    let ours = rustix::process::getuid().as_raw();
    fs::symlink_metadata(path).is_ok_and(|found| {
        found.is_dir() && found.uid() == ours && found.permissions().mode() & WRITABLE == 0
    })
}

#[cfg(test)]
mod tests {
    use super::super::DataDirs;
    use super::*;

    fn with_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn refusal(dirs: &DataDirs) -> String {
        dirs.prepare().map_or_else(|problem| problem.message, |()| "usable".into())
    }

    #[test]
    fn folders_that_others_can_change_are_refused() {
        let base = tempfile::tempdir().unwrap();
        let at = |name: &str| base.path().join(name);
        let dirs = DataDirs { data: at("above/data"), runtime: at("run/persistproc/0") };
        assert_eq!(refusal(&dirs), "usable");
        assert_eq!(mode(&dirs.runtime), 0o700);

        fs::create_dir(dirs.processes()).unwrap();
        with_mode(&dirs.processes(), 0o775);
        with_mode(&at("run/persistproc"), 0o770);
        with_mode(&dirs.data, 0o770);
        assert_eq!(refusal(&dirs), "usable");
        assert_eq!(mode(&dirs.processes()), 0o700);
        assert_eq!(mode(&dirs.data), 0o700);
        assert!(is_private(&at("run/persistproc")));

        with_mode(&dirs.data, 0o777);
        assert!(refusal(&dirs).contains("all users can write to it"), "{}", refusal(&dirs));
        with_mode(&dirs.data, 0o755);
        for above in ["run", "above"] {
            with_mode(&at(above), 0o777);
            assert!(refusal(&dirs).contains("all users can replace"), "{}", refusal(&dirs));
            with_mode(&at(above), 0o1777);
            assert_eq!(refusal(&dirs), "usable");
        }
        assert_eq!(mode(&dirs.data), 0o755);
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

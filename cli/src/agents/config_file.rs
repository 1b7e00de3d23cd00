//! Reads an agent's config file or a startup file and replaces it atomically, with a backup of the
//! user's own text beside it. Symbolic links and permissions are preserved.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use persistproc_api::{ErrorCode, Problem};

const BACKUP_SUFFIX: &str = ".before-persistproc";

/// The longest chain of symbolic links that is followed, as in the kernel.
const MAX_LINKS: usize = 40;

/// What a change does with the backup, which holds the text from before the first change of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BackupRule {
    /// The old text is the user's own: write it.
    Write,
    /// The old text has a change of ours in it: keep the backup that there may be.
    Keep,
    /// The new text has no change of ours in it: remove the backup, and the file if it is empty and had
    /// none, because then a change of ours created it.
    Remove,
}

/// The text of the backup. `None` if there is none.
pub(crate) fn read_backup(path: &Path) -> Option<String> {
    fs::read_to_string(backup_path(path)).ok()
}

/// The text of the file, or an empty text if it does not exist.
pub(crate) fn read(path: &Path) -> Result<String, Problem> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(failed("read", path, &error)),
    }
}

/// Replaces the text `old`, as read before, with `new`; returns the path of the backup if there is one
/// now. Fails if the file has changed since it was read. A new file gets the mode `new_file_mode`.
pub(crate) fn replace(
    path: &Path,
    old: &str,
    new: &str,
    new_file_mode: u32,
    rule: BackupRule,
) -> Result<Option<PathBuf>, Problem> {
    let file = resolve_links(path).map_err(|error| failed("find", path, &error))?;
    let folder = file.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder).map_err(|error| failed("create", folder, &error))?;
    let permissions = fs::metadata(&file).ok().map(|found| found.permissions());
    let backup = backup_path(path);
    if let (BackupRule::Write, Some(permissions)) = (rule, &permissions) {
        write(&backup, old, permissions.clone())
            .map_err(|error| failed("write", &backup, &error))?;
    }
    if read(&file)? != old {
        return Err(changed_since_read(path));
    }
    if rule == BackupRule::Remove && new.is_empty() && !backup.exists() {
        fs::remove_file(&file).map_err(|error| failed("remove", path, &error))?;
        return Ok(None);
    }
    let permissions = permissions.unwrap_or_else(|| Permissions::from_mode(new_file_mode));
    write(&file, new, permissions).map_err(|error| failed("write", path, &error))?;
    if rule == BackupRule::Remove {
        remove_backup(path)?;
    }
    Ok(backup.exists().then_some(backup))
}

/// Removes the backup, if there is one.
pub(crate) fn remove_backup(path: &Path) -> Result<(), Problem> {
    let backup = backup_path(path);
    match fs::remove_file(&backup) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed("remove", &backup, &error)),
        _ => Ok(()),
    }
}

/// The file that the path resolves to, whether it exists or not. `canonicalize` requires it to exist.
fn resolve_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::read_link(&path) {
            Ok(link) => path = path.parent().unwrap_or(Path::new("/")).join(link),
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::NotFound) => {
                return Ok(path);
            }
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

fn backup_path(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(BACKUP_SUFFIX);
    name.into()
}

/// Writes a temporary file and renames it, so that a reader never sees a partial file.
fn write(path: &Path, text: &str, permissions: Permissions) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let mut file = tempfile::Builder::new().prefix(".persistproc-").tempfile_in(folder)?;
    file.as_file().set_permissions(permissions)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

fn failed(verb: &str, path: &Path, error: &io::Error) -> Problem {
    let code = match error.kind() {
        ErrorKind::PermissionDenied => ErrorCode::PermissionDenied,
        _ => ErrorCode::Storage,
    };
    Problem::new(code, format!("Cannot {verb} {}: {error}.", path.display()))
        .hint("The file was not changed. Run `persistproc mcp print` to see what to write there.")
}

fn changed_since_read(path: &Path) -> Problem {
    let message = format!("Another program changed {} in the meantime.", path.display());
    Problem::new(ErrorCode::Superseded, message)
        .hint("The file was not changed. Run the command again.")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_and_permissions_are_preserved() {
        let folder = tempfile::tempdir().unwrap();
        let [real, link, backup] = ["dotfiles/mcp.json", "mcp.json", "mcp.json.before-persistproc"]
            .map(|name| folder.path().join(name));
        fs::create_dir(folder.path().join("dotfiles")).unwrap();
        symlink("dotfiles/mcp.json", &link).unwrap();
        // The target of the link does not exist yet.
        assert_eq!(read(&link).unwrap(), "");
        assert_eq!(replace(&link, "", "one", 0o600, BackupRule::Write).unwrap(), None);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&real), 0o600);
        fs::set_permissions(&real, Permissions::from_mode(0o640)).unwrap();
        let rule = BackupRule::Write;
        assert_eq!(replace(&link, "one", "two", 0o600, rule).unwrap(), Some(backup.clone()));
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!((read(&real).unwrap().as_str(), mode(&real)), ("two", 0o640));
        assert_eq!((read(&backup).unwrap().as_str(), mode(&backup)), ("one", 0o640));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
        // The backup keeps the first text, and vanishes with the last change of ours.
        let rule = BackupRule::Keep;
        assert_eq!(replace(&link, "two", "three", 0o600, rule).unwrap(), Some(backup.clone()));
        assert_eq!(read(&backup).unwrap(), "one");
        assert_eq!(replace(&link, "three", "", 0o600, BackupRule::Remove).unwrap(), None);
        assert!(real.exists() && !backup.exists());
        replace(&link, "", "four", 0o600, BackupRule::Keep).unwrap();
        replace(&link, "four", "", 0o600, BackupRule::Remove).unwrap();
        assert!(!real.exists() && fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn a_concurrent_change_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("settings.json");
        fs::write(&file, "newer").unwrap();
        let problem = replace(&file, "older", "ours", 0o600, BackupRule::Keep).unwrap_err();
        assert_eq!(problem.code, ErrorCode::Superseded);
        assert_eq!(read(&file).unwrap(), "newer");
    }
}

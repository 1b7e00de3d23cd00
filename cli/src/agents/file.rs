//! Settings as a file: read, put in the place of the old one as a whole, and the old one kept
//! beside it. A link stays a link, and permissions stay what they were.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use persistproc_api::{ErrorCode, Problem};

/// Appended to the name of what is kept.
const KEPT: &str = ".before-persistproc";

/// A symbolic link may lead to another, so often.
const LINKS: usize = 40;

/// The text; empty when there is no file.
pub(crate) fn read(path: &Path) -> Result<String, Problem> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(failed("read", path, &error)),
    }
}

/// Writes new text where `old` was read; answers where the old file is kept, if there was one.
/// A new file gets these permissions.
pub(crate) fn replace(
    path: &Path,
    old: &str,
    new: &str,
    fresh: u32,
) -> Result<Option<PathBuf>, Problem> {
    let file = behind_links(path).map_err(|error| failed("find", path, &error))?;
    let folder = file.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(folder).map_err(|error| failed("create", folder, &error))?;
    let permissions = fs::metadata(&file).ok().map(|found| found.permissions());
    let kept = match &permissions {
        None => None,
        Some(permissions) => {
            let kept = beside(path);
            write(&kept, old, permissions.clone())
                .map_err(|error| failed("write", &kept, &error))?;
            Some(kept)
        }
    };
    if read(&file)? != old {
        return Err(changed_meanwhile(path));
    }
    let permissions = permissions.unwrap_or_else(|| Permissions::from_mode(fresh));
    write(&file, new, permissions).map_err(|error| failed("write", path, &error))?;
    Ok(kept)
}

/// The file that all links lead to, whether it is there or not.
fn behind_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
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

fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(KEPT);
    name.into()
}

/// A reader sees the old file or the new one, never half of it.
fn write(path: &Path, text: &str, permissions: Permissions) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let mut file = tempfile::Builder::new().prefix(".persistproc-").tempfile_in(folder)?;
    file.as_file().set_permissions(permissions)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

fn failed(what: &str, path: &Path, error: &io::Error) -> Problem {
    let code = match error.kind() {
        ErrorKind::PermissionDenied => ErrorCode::PermissionDenied,
        _ => ErrorCode::Storage,
    };
    Problem::new(code, format!("Cannot {what} {}: {error}.", path.display()))
        .hint("Nothing was changed. `persistproc mcp print` says what to write there yourself.")
}

fn changed_meanwhile(path: &Path) -> Problem {
    let message = format!("{} was changed by another program just now.", path.display());
    Problem::new(ErrorCode::Superseded, message).hint("Nothing was changed. Try again.")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_and_permissions_stay() {
        let folder = tempfile::tempdir().unwrap();
        let [real, link, kept] = ["dotfiles/mcp.json", "mcp.json", "mcp.json.before-persistproc"]
            .map(|name| folder.path().join(name));
        fs::create_dir(folder.path().join("dotfiles")).unwrap();
        symlink("dotfiles/mcp.json", &link).unwrap();
        // Nothing is behind the link yet.
        assert_eq!(read(&link).unwrap(), "");
        assert_eq!(replace(&link, "", "one", 0o600).unwrap(), None);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&real), 0o600);
        fs::set_permissions(&real, Permissions::from_mode(0o640)).unwrap();
        assert_eq!(replace(&link, "one", "two", 0o600).unwrap(), Some(kept.clone()));
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!((read(&real).unwrap().as_str(), mode(&real)), ("two", 0o640));
        assert_eq!((read(&kept).unwrap().as_str(), mode(&kept)), ("one", 0o640));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn what_another_program_wrote_meanwhile_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("settings.json");
        fs::write(&file, "newer").unwrap();
        let problem = replace(&file, "older", "ours", 0o600).unwrap_err();
        assert_eq!(problem.code, ErrorCode::Superseded);
        assert_eq!(read(&file).unwrap(), "newer");
    }
}

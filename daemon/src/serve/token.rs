//! The bearer token: made once, kept in a file of our own. One that others could have read, or
//! have put there, is worth nothing: another takes its place.

use std::fs;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use persistproc_api::data_dirs::DataDirs;
use persistproc_api::{Problem, record};
use rustix::fs::OFlags;

/// Fewer characters could be guessed.
const SHORTEST: usize = 32;

/// The token of this place.
pub(super) fn keep(dirs: &DataDirs) -> Result<String, Problem> {
    let path = dirs.token();
    match read(&path) {
        Ok(token) => return Ok(token),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => tracing::warn!("a new token is made, as the old one is not safe: {error}"),
    }
    let token = new()?;
    match record::write_bytes(&path, format!("{token}\n").as_bytes()) {
        Ok(()) => Ok(token),
        // Nobody can learn it; those who need none are served all the same.
        Err(error) if error.kind() == ErrorKind::ReadOnlyFilesystem => Ok(token),
        Err(error) => Err(Problem::storage(format!("Cannot write {}", path.display()), error)),
    }
}

/// The token in a file that is nobody else's business.
fn read(path: &Path) -> io::Result<String> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32;
    let mut file = fs::OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let found = file.metadata()?;
    let ours = found.uid() == rustix::process::getuid().as_raw();
    if !found.is_file() || !ours || found.mode() & 0o077 != 0 {
        return Err(io::Error::other("others could read or change it"));
    }
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    let token = text.trim();
    if token.len() < SHORTEST { Err(io::Error::other("it is short")) } else { Ok(token.to_owned()) }
}

fn new() -> Result<String, Problem> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(Problem::internal)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_token_that_others_know_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let dirs = DataDirs::resolve(Some(folder.path())).unwrap();
        let (path, mode) = (dirs.token(), |mode| Permissions::from_mode(mode));
        let first = keep(&dirs).unwrap();
        assert!(first.len() == 64 && keep(&dirs).unwrap() == first);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);

        fs::set_permissions(&path, mode(0o640)).unwrap();
        let second = keep(&dirs).unwrap();
        assert_ne!(second, first, "others could read it");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);

        let theirs = folder.path().join("theirs");
        fs::write(&theirs, "known".repeat(20)).unwrap();
        fs::set_permissions(&theirs, mode(0o600)).unwrap();
        fs::remove_file(&path).unwrap();
        symlink(&theirs, &path).unwrap();
        assert_ne!(keep(&dirs).unwrap(), "known".repeat(20), "a link leads to it");
        assert_eq!(fs::read_to_string(&theirs).unwrap(), "known".repeat(20));
        assert!(fs::symlink_metadata(&path).unwrap().is_file());

        fs::write(&path, "short").unwrap();
        assert_eq!(keep(&dirs).unwrap().len(), 64);
    }
}

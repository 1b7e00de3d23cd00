//! The bearer token of the TCP listener: created once and kept in a file of the data directory. A
//! token that other users could have read or replaced is not used; a new one is created.

use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use persistproc_api::data_dirs::DataDirs;
use persistproc_api::private_file::MAX_SHORT_FILE_BYTES;
use persistproc_api::{Problem, private_file, record};

/// A shorter token could be guessed.
const MIN_TOKEN_LENGTH: usize = 32;

/// Reads the token of this data directory. Creates one if there is none or the old one is not safe.
pub(super) fn read_or_create(dirs: &DataDirs) -> Result<String, Problem> {
    let path = dirs.token();
    match read(&path) {
        Ok(token) => return Ok(token),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => tracing::warn!("creating a new token, the old one is not safe: {error}"),
    }
    let token = random_token()?;
    match record::write_bytes(&path, format!("{token}\n").as_bytes()) {
        Ok(()) => Ok(token),
        // No client can read this token, which exists only in memory. Clients whose user the kernel
        // identifies need none.
        Err(error) if error.kind() == ErrorKind::ReadOnlyFilesystem => Ok(token),
        Err(error) => Err(Problem::storage(format!("Cannot write {}", path.display()), error)),
    }
}

/// Reads the token, if its file is a regular file of this user that others cannot access.
fn read(path: &Path) -> io::Result<String> {
    let file = private_file::open(path)?;
    if file.metadata()?.mode() & 0o077 != 0 {
        return Err(io::Error::other("others could read or change it"));
    }
    let bytes = private_file::read_open(&file, MAX_SHORT_FILE_BYTES)?;
    let text = String::from_utf8_lossy(&bytes);
    let token = text.trim();
    if token.len() < MIN_TOKEN_LENGTH {
        return Err(io::Error::other("it is too short"));
    }
    Ok(token.to_owned())
}

fn random_token() -> Result<String, Problem> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(Problem::internal)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_token_that_others_can_access_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let dirs = DataDirs::resolve(Some(folder.path())).unwrap();
        let path = dirs.token();
        let first = read_or_create(&dirs).unwrap();
        assert_eq!(first.len(), 64);
        assert_eq!(read_or_create(&dirs).unwrap(), first);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);

        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        let second = read_or_create(&dirs).unwrap();
        assert_ne!(second, first, "the group could read it");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);

        let other_file = folder.path().join("other");
        fs::write(&other_file, "known".repeat(20)).unwrap();
        fs::set_permissions(&other_file, Permissions::from_mode(0o600)).unwrap();
        fs::remove_file(&path).unwrap();
        symlink(&other_file, &path).unwrap();
        assert_ne!(read_or_create(&dirs).unwrap(), "known".repeat(20), "it is a symbolic link");
        assert_eq!(fs::read_to_string(&other_file).unwrap(), "known".repeat(20));
        assert!(fs::symlink_metadata(&path).unwrap().is_file());

        fs::write(&path, "short").unwrap();
        assert_eq!(read_or_create(&dirs).unwrap().len(), 64);
    }
}

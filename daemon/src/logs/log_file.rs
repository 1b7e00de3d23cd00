//! Log files: what makes one unreadable, and when it was written last.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;

/// Whether a log could not be read because it is missing, too short, or no file of this user.
pub(super) fn is_damage(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound
            | ErrorKind::UnexpectedEof
            | ErrorKind::InvalidData
            | ErrorKind::PermissionDenied
    )
}

/// In microseconds since 1970.
pub(super) fn modification_time(file: &File) -> io::Result<i64> {
    let metadata = file.metadata()?;
    Ok(metadata.mtime() * 1_000_000 + metadata.mtime_nsec() / 1_000)
}

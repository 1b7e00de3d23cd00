//! [`ActiveFiles`]: the four files of the active segment, open for appending by the writer.
//!
//! While a child writes only to stdout, `stdout.log` is a hard link to `combined.log`, so its bytes
//! are stored once. The first bytes of stderr replace it with a file of its own, see
//! [`split_stdout`].

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use persistproc_api::output::Stream;
use persistproc_api::private_file;

use super::file_names::{NEW_INDEX, NEW_STDOUT, SegmentId, index_name, log_name};
use super::index_entry::{EntryKind, IndexEntry};
use super::missing::none_if_missing;
use super::position::Position;

/// The files of the active segment.
pub(super) struct ActiveFiles {
    pub(super) combined: File,
    /// `None` while `stdout.log` is a second name of `combined.log`.
    pub(super) stdout: Option<File>,
    pub(super) stderr: File,
    pub(super) index: File,
}

impl ActiveFiles {
    /// Creates a segment that begins at `base`. `time` is that of the last byte before.
    ///
    /// The index comes last and is renamed into place when it is complete: a segment exists for
    /// readers as soon as its index does.
    pub(super) fn create(folder: &Path, base: Position, time: i64) -> io::Result<Self> {
        let combined_path = folder.join(log_name(Stream::Combined, SegmentId::Active));
        let stdout_path = folder.join(log_name(Stream::Stdout, SegmentId::Active));
        let combined = open_for_append(&combined_path)?;
        // Fails on a file system without hard links, where `stdout.log` gets its own bytes, and if
        // an unfinished roll has created the link already.
        fs::hard_link(&combined_path, &stdout_path).ok();
        let stdout = own_file(open_for_append(&stdout_path)?, &combined)?;
        let stderr = open_for_append(&folder.join(log_name(Stream::Stderr, SegmentId::Active)))?;
        let new_index = folder.join(NEW_INDEX);
        let mut index = open_for_append(&new_index)?;
        index.set_len(0)?;
        index.write_all(&IndexEntry { kind: EntryKind::Base, time, end: base }.encode())?;
        fs::rename(&new_index, folder.join(index_name(SegmentId::Active)))?;
        Ok(Self { combined, stdout, stderr, index })
    }

    /// Opens the existing active segment.
    pub(super) fn resume(folder: &Path) -> io::Result<Self> {
        let open = |name: String| open_for_append(&folder.join(name));
        let combined = open(log_name(Stream::Combined, SegmentId::Active))?;
        let stdout = own_file(open(log_name(Stream::Stdout, SegmentId::Active))?, &combined)?;
        let stderr = open(log_name(Stream::Stderr, SegmentId::Active))?;
        let index = open(index_name(SegmentId::Active))?;
        Ok(Self { combined, stdout, stderr, index })
    }
}

/// `stdout.log`, unless it is a second name of `combined.log`.
fn own_file(stdout: File, combined: &File) -> io::Result<Option<File>> {
    let is_shared = stdout.metadata()?.ino() == combined.metadata()?.ino();
    Ok((!is_shared).then_some(stdout))
}

/// Renames the active logs to those of a rolled segment, which has its index already. A log that
/// was renamed before is left alone: by then the active name may belong to the next segment.
pub(super) fn rename_logs(folder: &Path, number: u64) -> io::Result<()> {
    for stream in [Stream::Combined, Stream::Stdout, Stream::Stderr] {
        let rolled = folder.join(log_name(stream, SegmentId::Rolled(number)));
        if none_if_missing(fs::metadata(&rolled))?.is_none() {
            let active = folder.join(log_name(stream, SegmentId::Active));
            none_if_missing(fs::rename(active, rolled))?;
        }
    }
    Ok(())
}

/// Whether stdout and stderr of the active segment end in the middle of a line.
pub(super) fn end_in_line(folder: &Path) -> io::Result<[bool; 2]> {
    Ok([ends_in_line(folder, Stream::Stdout)?, ends_in_line(folder, Stream::Stderr)?])
}

fn ends_in_line(folder: &Path, stream: Stream) -> io::Result<bool> {
    let file = File::open(folder.join(log_name(stream, SegmentId::Active)))?;
    let mut last = [b'\n'];
    if let Some(at) = file.metadata()?.len().checked_sub(1) {
        file.read_exact_at(&mut last, at)?;
    }
    Ok(last != [b'\n'])
}

/// Replaces a segment's `stdout.log`, a hard link to its `combined.log`, with a separate copy.
///
/// A reader that still has the shared file open is not affected: it reads no further than the
/// index that it knows, and up to there both files are the same.
pub(super) fn split_stdout(folder: &Path, id: SegmentId) -> io::Result<File> {
    let path = folder.join(log_name(Stream::Stdout, id));
    let new_path = folder.join(NEW_STDOUT);
    let mut own = open_for_append(&new_path)?;
    own.set_len(0)?;
    let copied =
        io::copy(&mut File::open(&path)?, &mut own).and_then(|_| fs::rename(&new_path, &path));
    if let Err(error) = copied {
        // `stdout.log` stays shared. A leftover copy does no harm: the next attempt truncates it.
        fs::remove_file(&new_path).ok();
        return Err(error);
    }
    Ok(own)
}

/// Opens a file for appending, and for reading: it is written again if another program deletes it.
pub(super) fn open_for_append(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(private_file::SAFE_FLAGS)
        .open(path)?;
    private_file::check(&file)?;
    Ok(file)
}

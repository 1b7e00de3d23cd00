//! Reading single entries of an index: a file, or the bytes that replace a damaged one.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::Path;

use persistproc_api::private_file;

use super::file_names::{SegmentId, index_name, rolled_segments};
use super::index_entry::{ENTRY_SIZE, IndexEntry};

/// The bytes of an index.
pub(super) trait IndexBytes {
    fn length(&self) -> io::Result<u64>;

    /// Fills the buffer with the bytes at `offset`.
    fn fill(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;
}

impl IndexBytes for File {
    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn fill(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.read_exact_at(buffer, offset)
    }
}

/// The index of an open segment.
pub(super) enum SegmentIndex {
    File(File),
    /// Made from the logs.
    Salvaged(Vec<u8>),
}

impl IndexBytes for SegmentIndex {
    fn length(&self) -> io::Result<u64> {
        match self {
            Self::File(file) => file.length(),
            Self::Salvaged(bytes) => Ok(bytes.len() as u64),
        }
    }

    fn fill(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        match self {
            Self::File(file) => file.fill(buffer, offset),
            Self::Salvaged(bytes) => {
                let from = offset as usize;
                let found = bytes.get(from..from.saturating_add(buffer.len()));
                buffer.copy_from_slice(found.ok_or(ErrorKind::UnexpectedEof)?);
                Ok(())
            }
        }
    }
}

/// How many whole entries the index has. An incomplete one at the end doesn't count.
pub(super) fn entry_count(index: &impl IndexBytes) -> io::Result<u64> {
    Ok(index.length()? / ENTRY_SIZE as u64)
}

/// The entry of this number. `None` if it is missing, incomplete or damaged.
pub(super) fn read_entry(index: &impl IndexBytes, number: u64) -> io::Result<Option<IndexEntry>> {
    let mut bytes = [0; ENTRY_SIZE];
    match index.fill(&mut bytes, number * ENTRY_SIZE as u64) {
        Ok(()) => Ok(IndexEntry::decode(&bytes)),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// The last entry of an index. `None` if it has none or the last is damaged.
pub(super) fn read_last_entry(index: &impl IndexBytes) -> io::Result<Option<IndexEntry>> {
    read_entry(index, entry_count(index)?.saturating_sub(1))
}

/// Up to `count` entries, starting at this number. Stops before the first damaged one.
pub(super) fn read_entries(
    index: &impl IndexBytes,
    from: u64,
    count: u64,
) -> io::Result<Vec<IndexEntry>> {
    let mut bytes = vec![0; count as usize * ENTRY_SIZE];
    index.fill(&mut bytes, from * ENTRY_SIZE as u64)?;
    Ok(bytes.chunks_exact(ENTRY_SIZE).map_while(IndexEntry::decode).collect())
}

/// The entry at which the run's rolled segments end.
pub(super) fn last_rolled_entry(folder: &Path) -> io::Result<Option<IndexEntry>> {
    let Some(number) = rolled_segments(folder)?.pop() else { return Ok(None) };
    let path = folder.join(index_name(SegmentId::Rolled(number)));
    read_last_entry(&private_file::open(&path)?)
}

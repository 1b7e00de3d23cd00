//! Reading single entries of an index file.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;

use super::index_entry::{ENTRY_SIZE, IndexEntry};

/// How many whole entries the index has. An incomplete one at the end doesn't count.
pub(super) fn entry_count(index: &File) -> io::Result<u64> {
    Ok(index.metadata()?.len() / ENTRY_SIZE as u64)
}

/// The entry of this number. `None` if it is missing, incomplete or damaged.
pub(super) fn read_entry(index: &File, number: u64) -> io::Result<Option<IndexEntry>> {
    let mut bytes = [0; ENTRY_SIZE];
    match index.read_exact_at(&mut bytes, number * ENTRY_SIZE as u64) {
        Ok(()) => Ok(IndexEntry::decode(&bytes)),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// The last entry of an index. `None` if it has none or the last is damaged.
pub(super) fn read_last_entry(index: &File) -> io::Result<Option<IndexEntry>> {
    read_entry(index, entry_count(index)?.saturating_sub(1))
}

/// Up to `count` entries, starting at this number. Stops before the first damaged one.
pub(super) fn read_entries(index: &File, from: u64, count: u64) -> io::Result<Vec<IndexEntry>> {
    let mut bytes = vec![0; count as usize * ENTRY_SIZE];
    index.read_exact_at(&mut bytes, from * ENTRY_SIZE as u64)?;
    Ok(bytes.chunks_exact(ENTRY_SIZE).map_while(IndexEntry::decode).collect())
}

//! [`ReadBuffer`]: the memory between the child's pipes and the log.
//!
//! The child's output is read into this buffer and appended to the log from there. The buffer is
//! a memfd, and the daemon holds a duplicate of its descriptor. So if the shim is killed, the next
//! shim maps the same memory. Every byte is then in the pipe, in the buffer or in the log; none is
//! lost or stored twice, whenever the shim is killed.
//!
//! # Layout
//!
//! A header of [`HEADER_BYTES`], then the bytes. The header holds 64-bit words in native byte
//! order, see [`HeaderField`].
//!
//! # Order of operations
//!
//! 1. [`ReadBuffer::begin`] sets the log offset, then the source. A source marks the buffer as
//!    used.
//! 2. [`ReadBuffer::reserve`] fills the space for a read with a pattern, then sets the progress.
//! 3. The kernel overwrites the pattern with the bytes that it returns.
//! 4. [`ReadBuffer::commit`] counts them. Steps 2 to 4 are repeated for terminals.
//! 5. The caller appends the bytes to the log.
//! 6. [`ReadBuffer::clear`] stores the lost bytes, then resets the source.
//!
//! Each step changes one word, so a kill falls between two steps. The next shim learns from the
//! pattern whether step 3 happened, and from the length of the log how much of step 5 did.
//!
//! Only the order of the stores in the program matters, not their order among CPUs: the next shim
//! reads the memory after this one has been killed.

use std::io;
use std::ops::Range;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{Ordering, compiler_fence};

use memmap2::MmapMut;
use persistproc_api::cursor::Source;

/// Room for the header: one page.
const HEADER_BYTES: usize = 4096;

/// Marks the end of the space for an exact read. While the pattern is there, the read has not
/// happened. Random bytes of a child equal it with a probability of 2⁻¹²⁸.
const UNREAD_PATTERN: [u8; 16] = *b"\xC1unread\xF5\xC1\xFAplace\xFF";

/// Fills the space for a read that may return fewer bytes. It doesn't occur in UTF-8, so all bytes
/// up to the last one that differs have been read.
const FILL_BYTE: u8 = 0xC1;

/// The words of the header, in order.
#[derive(Clone, Copy)]
enum HeaderField {
    /// 0: the buffer is unused. Otherwise the source of the bytes, plus 1.
    Source,
    /// The length of the source's log before these bytes.
    LogOffset,
    /// A [`Progress`]. A single word, so that no kill can separate its parts.
    Progress,
    /// Bytes of stdout that could not be stored. (Of an older shim: those that no line in its log
    /// mentions. The next shim records those.)
    LostStdout,
    /// The same of stderr.
    LostStderr,
}

/// How many bytes a read returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadLength {
    /// As many as wanted, or none: from a pipe that holds that many.
    Exact,
    /// Fewer or as many as wanted: from a terminal.
    AtMost,
}

/// How far the buffer is filled, and the read in progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Progress {
    filled: u32,
    /// How many bytes the read in progress wants; 0 if there is none.
    wanted: u32,
    length: ReadLength,
}

impl Progress {
    const EXACT_BIT: u64 = 1 << 63;

    fn encode(self) -> u64 {
        let exact = match self.length {
            ReadLength::Exact => Self::EXACT_BIT,
            ReadLength::AtMost => 0,
        };
        exact | u64::from(self.wanted) << 32 | u64::from(self.filled)
    }

    fn decode(word: u64) -> Self {
        let is_exact = word & Self::EXACT_BIT != 0;
        Self {
            filled: word as u32,
            wanted: ((word & !Self::EXACT_BIT) >> 32) as u32,
            length: if is_exact { ReadLength::Exact } else { ReadLength::AtMost },
        }
    }
}

/// The buffer.
pub(super) struct ReadBuffer {
    map: MmapMut,
    /// The memfd. `None` on platforms without memfds, where the buffer is lost with this shim.
    file: Option<OwnedFd>,
}

/// Bytes that a shim had read, or was reading, when it was killed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct UnloggedRead {
    pub source: Source,
    /// The length of the source's log before these bytes.
    pub log_offset: u64,
    pub bytes: Vec<u8>,
}

impl ReadBuffer {
    /// A buffer for this many bytes. Its pages take no memory until they are used.
    pub(super) fn new(capacity: usize) -> io::Result<Self> {
        let size = HEADER_BYTES + capacity;
        match create_memfd(size) {
            Ok(file) => Self::map(file, size),
            Err(_) => Ok(Self { map: MmapMut::map_anon(size)?, file: None }),
        }
    }

    /// The buffer of a shim that was killed.
    pub(super) fn from_fd(file: OwnedFd) -> io::Result<Self> {
        let size = rustix::fs::fstat(&file)?.st_size as usize;
        if size <= HEADER_BYTES {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Self::map(file, size)
    }

    #[expect(unsafe_code, reason = "memory that outlives the process has to be mapped")]
    fn map(file: OwnedFd, size: usize) -> io::Result<Self> {
        // SAFETY: no other process maps the file while this one lives: the daemon only holds a
        // descriptor, and the next shim starts after our death. The file never shrinks.
        let map = unsafe { memmap2::MmapOptions::new().len(size).map_mut(&file)? };
        Ok(Self { map, file: Some(file) })
    }

    /// The descriptor that the next shim needs.
    pub(super) fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.file.as_ref().map(AsFd::as_fd)
    }

    /// Empties the buffer for bytes of this source, whose log has `log_offset` bytes.
    pub(super) fn begin(&mut self, source: Source, log_offset: u64) {
        self.set(HeaderField::Progress, 0);
        self.set(HeaderField::LogOffset, log_offset);
        self.set(HeaderField::Source, source as u64 + 1);
    }

    /// How many more bytes fit.
    pub(super) fn free(&self) -> usize {
        self.map.len() - HEADER_BYTES - self.len()
    }

    /// How many bytes the buffer holds.
    pub(super) fn len(&self) -> usize {
        self.progress().filled as usize
    }

    fn progress(&self) -> Progress {
        Progress::decode(self.get(HeaderField::Progress))
    }

    /// The space to read up to `wanted` bytes into.
    pub(super) fn reserve(&mut self, wanted: usize, length: ReadLength) -> &mut [u8] {
        let filled = self.progress().filled;
        let range = self.range(filled as usize, wanted);
        let space = &mut self.map[range.clone()];
        match length {
            ReadLength::Exact => {
                let from = space.len().saturating_sub(UNREAD_PATTERN.len());
                let end = &mut space[from..];
                let pattern = &UNREAD_PATTERN[..end.len()];
                end.copy_from_slice(pattern);
            }
            ReadLength::AtMost => space.fill(FILL_BYTE),
        }
        let progress = Progress { filled, wanted: range.len() as u32, length };
        self.set(HeaderField::Progress, progress.encode());
        &mut self.map[range]
    }

    /// Counts the bytes that the read returned.
    pub(super) fn commit(&mut self, count: usize) {
        let filled = self.progress().filled + count as u32;
        let progress = Progress { filled, wanted: 0, length: ReadLength::AtMost };
        self.set(HeaderField::Progress, progress.encode());
    }

    /// The bytes that the buffer holds.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.map[self.range(0, self.len())]
    }

    /// Marks the buffer as unused: its bytes are in the log, or among `lost`, by source.
    pub(super) fn clear(&mut self, lost: [u64; 2]) {
        for (field, lost) in
            [(HeaderField::LostStdout, lost[0]), (HeaderField::LostStderr, lost[1])]
        {
            if self.get(field) != lost {
                self.set(field, lost);
            }
        }
        self.set(HeaderField::Source, 0);
    }

    /// What the shim that was killed had read or was reading.
    pub(super) fn unlogged(&self) -> Option<UnloggedRead> {
        let source = match self.get(HeaderField::Source) {
            1 => Source::Stdout,
            2 => Source::Stderr,
            _ => return None,
        };
        let Progress { filled, wanted, length } = self.progress();
        let space = &self.map[self.range(filled as usize, wanted as usize)];
        let read = bytes_read_into(space, length);
        let bytes = self.map[self.range(0, filled as usize + read)].to_vec();
        Some(UnloggedRead { source, log_offset: self.get(HeaderField::LogOffset), bytes })
    }

    /// Bytes of each source that could not be stored.
    pub(super) fn lost(&self) -> [u64; 2] {
        [self.get(HeaderField::LostStdout), self.get(HeaderField::LostStderr)]
    }

    /// A part of the bytes. Never outside of the memory, even if the header is damaged.
    fn range(&self, from: usize, count: usize) -> Range<usize> {
        let start = HEADER_BYTES.saturating_add(from).min(self.map.len());
        start..start.saturating_add(count).min(self.map.len())
    }

    fn get(&self, field: HeaderField) -> u64 {
        let word = self.map[field as usize * 8..].first_chunk().copied();
        word.map(u64::from_ne_bytes).unwrap_or_default()
    }

    /// Sets a word. The compiler must not move other accesses across it.
    fn set(&mut self, field: HeaderField, value: u64) {
        compiler_fence(Ordering::SeqCst);
        self.map[field as usize * 8..][..8].copy_from_slice(&value.to_ne_bytes());
        compiler_fence(Ordering::SeqCst);
    }
}

/// How many bytes an interrupted read has written into its space.
fn bytes_read_into(space: &[u8], length: ReadLength) -> usize {
    match length {
        ReadLength::Exact => {
            let pattern = &UNREAD_PATTERN[..space.len().min(UNREAD_PATTERN.len())];
            if space.ends_with(pattern) { 0 } else { space.len() }
        }
        ReadLength::AtMost => {
            space.iter().rposition(|byte| *byte != FILL_BYTE).map_or(0, |last| last + 1)
        }
    }
}

#[cfg(target_os = "linux")]
fn create_memfd(size: usize) -> io::Result<OwnedFd> {
    let file = rustix::fs::memfd_create("output", rustix::fs::MemfdFlags::CLOEXEC)?;
    rustix::fs::ftruncate(&file, size as u64)?;
    Ok(file)
}

#[cfg(not(target_os = "linux"))]
fn create_memfd(_: usize) -> io::Result<OwnedFd> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    /// The same memory as the next shim maps it.
    fn next_shims(buffer: &ReadBuffer) -> ReadBuffer {
        ReadBuffer::from_fd(buffer.fd().unwrap().try_clone_to_owned().unwrap()).unwrap()
    }

    fn unlogged_bytes(buffer: &ReadBuffer) -> Option<Vec<u8>> {
        next_shims(buffer).unlogged().map(|read| read.bytes)
    }

    #[test]
    fn the_next_shim_finds_every_byte_after_a_kill_at_any_step() {
        for length in [ReadLength::Exact, ReadLength::AtMost] {
            let mut buffer = ReadBuffer::new(1 << 16).unwrap();
            assert_eq!(unlogged_bytes(&buffer), None);
            buffer.begin(Source::Stderr, 7);
            assert_eq!(unlogged_bytes(&buffer).unwrap(), b"");
            buffer.reserve(6, length);
            assert_eq!(unlogged_bytes(&buffer).unwrap(), b"", "before the read");
            buffer.reserve(6, length).copy_from_slice(b"Hello\n");
            assert_eq!(unlogged_bytes(&buffer).unwrap(), b"Hello\n", "read, not committed");
            buffer.commit(6);
            buffer.reserve(300, length).fill(b'x');
            buffer.commit(300);
            let all = [&b"Hello\n"[..], &[b'x'; 300]].concat();
            assert_eq!(buffer.bytes(), all);
            let expected = UnloggedRead { source: Source::Stderr, log_offset: 7, bytes: all };
            assert_eq!(next_shims(&buffer).unlogged(), Some(expected));
            buffer.clear([0, 3]);
            assert_eq!((unlogged_bytes(&buffer), next_shims(&buffer).lost()), (None, [0, 3]));
        }
    }

    #[test]
    fn a_terminal_may_return_fewer_bytes_than_wanted() {
        let mut buffer = ReadBuffer::new(1 << 16).unwrap();
        buffer.begin(Source::Stdout, 0);
        buffer.reserve(4096, ReadLength::AtMost)[..3].copy_from_slice(b"abc");
        assert_eq!(unlogged_bytes(&buffer).unwrap(), b"abc");
    }

    #[test]
    fn a_damaged_header_leads_to_no_access_outside_the_memory() {
        let mut buffer = ReadBuffer::new(1 << 16).unwrap();
        buffer.begin(Source::Stdout, 0);
        buffer.set(HeaderField::Progress, u64::MAX);
        assert!(unlogged_bytes(&buffer).is_some());
        assert_eq!(buffer.reserve(10, ReadLength::Exact).len(), 0);
    }
}

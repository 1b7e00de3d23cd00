//! What was read of the child's output and is not in the log yet, in memory that outlives this
//! shim: the daemon has a handle of it. So a shim may be killed between reading and writing, or
//! within either, and the next one finds every byte: here, in the log, or still in the pipe.

use std::io;
use std::ops::Range;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{Ordering, compiler_fence};

use memmap2::MmapMut;

use crate::logs::entry::Source;

/// What comes before the bytes.
const HEADER: usize = 4096;

/// A read that has not overwritten this at the end of its place has not happened.
const UNREAD: [u8; 16] = *b"\xC1unread\xF5\xC1\xFAplace\xFF";

/// No text has this byte: up to the first of them at the end, a place was read into.
const NEVER_TEXT: u8 = 0xC1;

/// Numbers in the header.
#[derive(Clone, Copy)]
enum Field {
    /// 0: nothing is held; else of which stream, from 1.
    Source,
    /// Bytes of that stream in the log before these.
    After,
    /// How far the place is filled, and the read that is under way: one number, so that there is
    /// no moment between them.
    Progress,
    /// Bytes that found no room on the disk and are not told of in the log yet.
    LostStdout,
    LostStderr,
}

/// How far the place is filled, and the read that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Progress {
    filled: u32,
    /// So many bytes are wanted; 0: there is none under way.
    wanted: u32,
    /// It brings all it wants, or nothing.
    whole: bool,
}

impl Progress {
    const WHOLE: u64 = 1 << 63;

    fn encode(self) -> u64 {
        let whole = if self.whole { Self::WHOLE } else { 0 };
        whole | u64::from(self.wanted) << 32 | u64::from(self.filled)
    }

    fn decode(word: u64) -> Self {
        let wanted = (word & !Self::WHOLE) >> 32;
        Self { filled: word as u32, wanted: wanted as u32, whole: word & Self::WHOLE != 0 }
    }
}

/// The memory.
pub(super) struct Held {
    map: MmapMut,
    /// What the next shim needs; `None`: there is no such memory here, and none that goes on.
    file: Option<OwnedFd>,
}

/// What a shim that was killed held.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Left {
    pub source: Source,
    /// Bytes of that stream in the log before these.
    pub after: u64,
    pub bytes: Vec<u8>,
}

impl Held {
    /// Room for so many bytes. It takes no memory until a read touches it.
    pub(super) fn new(size: usize) -> io::Result<Self> {
        match shared(HEADER + size) {
            Ok(file) => Self::of(file, HEADER + size),
            Err(_) => Ok(Self { map: MmapMut::map_anon(HEADER + size)?, file: None }),
        }
    }

    /// The memory of a shim that was killed.
    pub(super) fn handed(file: OwnedFd) -> io::Result<Self> {
        let size = rustix::fs::fstat(&file)?.st_size as usize;
        if size <= HEADER {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Self::of(file, size)
    }

    #[expect(unsafe_code, reason = "memory that outlives this process can only be mapped")]
    fn of(file: OwnedFd, size: usize) -> io::Result<Self> {
        // SAFETY: nobody else maps it as long as we live: the daemon has a handle and looks at
        // nothing, and the next shim comes after our death. It never shrinks.
        let map = unsafe { memmap2::MmapOptions::new().len(size).map_mut(&file)? };
        Ok(Self { map, file: Some(file) })
    }

    /// What the next shim needs.
    pub(super) fn file(&self) -> Option<BorrowedFd<'_>> {
        self.file.as_ref().map(AsFd::as_fd)
    }

    /// From now on bytes of this stream are read, of which the log has so many.
    pub(super) fn begin(&mut self, source: Source, after: u64) {
        self.set(Field::Progress, 0);
        self.set(Field::After, after);
        self.set(Field::Source, source as u64 + 1);
    }

    /// How many more there is room for.
    pub(super) fn room(&self) -> usize {
        self.map.len() - HEADER - self.filled()
    }

    /// How many there are.
    pub(super) fn filled(&self) -> usize {
        self.progress().filled as usize
    }

    fn progress(&self) -> Progress {
        Progress::decode(self.get(Field::Progress))
    }

    /// A place to read so many bytes into. `whole`: the read brings all of them or none.
    pub(super) fn place(&mut self, wanted: usize, whole: bool) -> &mut [u8] {
        let filled = self.progress().filled;
        let place = self.span(filled as usize, wanted);
        match whole {
            true => {
                let end = &mut self.map[place.clone()];
                let from = end.len().saturating_sub(UNREAD.len());
                let pattern = &UNREAD[..end.len() - from];
                end[from..].copy_from_slice(pattern);
            }
            false => self.map[place.clone()].fill(NEVER_TEXT),
        }
        let progress = Progress { filled, wanted: place.len() as u32, whole };
        self.set(Field::Progress, progress.encode());
        &mut self.map[place]
    }

    /// The read brought so many.
    pub(super) fn read(&mut self, count: usize) {
        let filled = self.progress().filled + count as u32;
        self.set(Field::Progress, Progress { filled, wanted: 0, whole: false }.encode());
    }

    /// The bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.map[self.span(0, self.filled())]
    }

    /// All of it is in the log, or is counted as lost: so many of each stream.
    pub(super) fn stored(&mut self, lost: [u64; 2]) {
        for (field, lost) in [(Field::LostStdout, lost[0]), (Field::LostStderr, lost[1])] {
            if self.get(field) != lost {
                self.set(field, lost);
            }
        }
        self.set(Field::Source, 0);
    }

    /// What the shim that was killed had read, or was about to.
    pub(super) fn left(&self) -> Option<Left> {
        let source = match self.get(Field::Source) {
            1 => Source::Stdout,
            2 => Source::Stderr,
            _ => return None,
        };
        let Progress { filled, wanted, whole } = self.progress();
        let place = &self.map[self.span(filled as usize, wanted as usize)];
        let pattern = &UNREAD[..place.len().min(UNREAD.len())];
        let brought = match whole {
            _ if place.is_empty() => 0,
            false => place.iter().rposition(|byte| *byte != NEVER_TEXT).map_or(0, |last| last + 1),
            true if place.ends_with(pattern) => 0,
            true => place.len(),
        };
        let bytes = self.map[self.span(0, filled as usize + brought)].to_vec();
        Some(Left { source, after: self.get(Field::After), bytes })
    }

    /// Bytes of each stream that it could not store and had not told of.
    pub(super) fn lost(&self) -> [u64; 2] {
        [self.get(Field::LostStdout), self.get(Field::LostStderr)]
    }

    /// A part of the bytes, wherever the numbers in the header point.
    fn span(&self, from: usize, count: usize) -> Range<usize> {
        let start = (HEADER.saturating_add(from)).min(self.map.len());
        start..start.saturating_add(count).min(self.map.len())
    }

    fn get(&self, field: Field) -> u64 {
        let word = self.map[field as usize * 8..].first_chunk().copied();
        word.map_or(0, u64::from_ne_bytes)
    }

    /// Whatever was set before is there before this is.
    fn set(&mut self, field: Field, value: u64) {
        compiler_fence(Ordering::SeqCst);
        self.map[field as usize * 8..][..8].copy_from_slice(&value.to_ne_bytes());
        compiler_fence(Ordering::SeqCst);
    }
}

#[cfg(target_os = "linux")]
fn shared(size: usize) -> io::Result<OwnedFd> {
    let file = rustix::fs::memfd_create("output", rustix::fs::MemfdFlags::CLOEXEC)?;
    rustix::fs::ftruncate(&file, size as u64)?;
    Ok(file)
}

#[cfg(not(target_os = "linux"))]
fn shared(_: usize) -> io::Result<OwnedFd> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    fn again(held: &Held) -> Held {
        Held::handed(held.file().unwrap().try_clone_to_owned().unwrap()).unwrap()
    }

    fn left(held: &Held) -> Option<Vec<u8>> {
        again(held).left().map(|left| left.bytes)
    }

    #[test]
    fn killed_at_any_step_no_byte_is_lost_or_told_twice() {
        for whole in [true, false] {
            let mut held = Held::new(1 << 16).unwrap();
            assert_eq!(left(&held), None);
            held.begin(Source::Stderr, 7);
            assert_eq!(left(&held).unwrap(), b"");
            held.place(6, whole);
            assert_eq!(left(&held).unwrap(), b"", "before the read");
            held.place(6, whole).copy_from_slice(b"Hello\n");
            assert_eq!(left(&held).unwrap(), b"Hello\n", "after the read, before it was counted");
            held.read(6);
            held.place(300, whole)[..].fill(b'x');
            held.read(300);
            let all = [&b"Hello\n"[..], &[b'x'; 300]].concat();
            assert_eq!(held.bytes(), all);
            let found = again(&held).left().unwrap();
            assert_eq!((found.source, found.after, found.bytes), (Source::Stderr, 7, all));
            held.stored([0, 3]);
            assert_eq!((left(&held), again(&held).lost()), (None, [0, 3]));
        }
    }

    #[test]
    fn of_a_terminal_a_read_may_bring_less_than_it_wants() {
        let mut held = Held::new(1 << 16).unwrap();
        held.begin(Source::Stdout, 0);
        held.place(4096, false)[..3].copy_from_slice(b"abc");
        assert_eq!(left(&held).unwrap(), b"abc");
    }

    #[test]
    fn nonsense_in_the_header_is_no_way_out_of_the_memory() {
        let mut held = Held::new(1 << 16).unwrap();
        held.begin(Source::Stdout, 0);
        held.set(Field::Progress, u64::MAX);
        assert!(left(&held).is_some());
        assert_eq!(held.place(10, true).len(), 0);
    }
}

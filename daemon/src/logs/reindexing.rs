//! [`Reindexing`]: index entries for bytes that have none. The own logs of the sources determine which
//! bytes were written; `combined.log` determines only their order.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;

use persistproc_api::cursor::Source;
use persistproc_api::output::Stream;

use super::index_entry::{EntryKind, IndexEntry};
use super::position::Position;

/// How many bytes are compared or copied at a time.
const BLOCK_BYTES: usize = 64 << 10;

/// The logs that are read.
#[derive(Clone, Copy)]
pub(super) struct ReadLogs<'a> {
    pub(super) combined: &'a File,
    /// By source.
    pub(super) own: [&'a File; 2],
}

/// Takes an entry.
pub(super) type EntrySink<'a> = dyn FnMut(IndexEntry) -> io::Result<()> + 'a;

/// Indexes the bytes after the last sound entry.
pub(super) struct Reindexing<'a> {
    logs: ReadLogs<'a>,
    base: Position,
    /// The end of the last entry so far.
    end: Position,
    /// The time of all new entries.
    time: i64,
    sink: &'a mut EntrySink<'a>,
    /// Whether `combined.log` is made to agree with the own logs.
    pub(super) repairs_combined: bool,
}

impl<'a> Reindexing<'a> {
    pub(super) fn new(
        logs: ReadLogs<'a>,
        base: Position,
        end: Position,
        time: i64,
        sink: &'a mut EntrySink<'a>,
    ) -> Self {
        Self { logs, base, end, time, sink, repairs_combined: false }
    }

    /// Returns where the log ends.
    pub(super) fn run(mut self) -> io::Result<Position> {
        let mut at = self.end.bytes_since(self.base, Stream::Combined);
        let mut source = Source::Stdout;
        let mut block = Vec::new();
        let mut done = 0;
        loop {
            if done == block.len() {
                block = read_up_to(self.logs.combined, at, BLOCK_BYTES)?;
                done = 0;
            }
            let rest = &block[done..];
            let line = memchr::memchr(b'\n', rest).map_or(rest, |end| &rest[..=end]);
            // If both sources match equally well, assume no change of the source.
            let same = self.matching_bytes(source, line)?;
            let changed = self.matching_bytes(other(source), line)?;
            if changed > same {
                source = other(source);
            }
            let matching = same.max(changed);
            if matching == 0 {
                break;
            }
            at += matching as u64;
            done += matching;
            self.append_entry(source, &line[..matching])?;
        }
        if self.repairs_combined {
            self.logs.combined.set_len(at)?;
        }
        for source in Source::BOTH {
            self.append_rest(source)?;
        }
        Ok(self.end)
    }

    /// How many of these bytes come next in a source's own log.
    fn matching_bytes(&self, source: Source, bytes: &[u8]) -> io::Result<usize> {
        let own = self.next_bytes(source, bytes.len())?;
        Ok(own.iter().zip(bytes).take_while(|(a, b)| a == b).count())
    }

    /// Appends to `combined.log` what only the source's own log has.
    fn append_rest(&mut self, source: Source) -> io::Result<()> {
        loop {
            let rest = self.next_bytes(source, BLOCK_BYTES)?;
            if rest.is_empty() {
                return Ok(());
            }
            if self.repairs_combined {
                let mut combined = self.logs.combined;
                combined.write_all(&rest)?;
            }
            self.append_entry(source, &rest)?;
        }
    }

    /// The next bytes of a source's own log that are not indexed.
    fn next_bytes(&self, source: Source, count: usize) -> io::Result<Vec<u8>> {
        let stream = source.stream();
        read_up_to(self.logs.own[source as usize], self.end.bytes_since(self.base, stream), count)
    }

    fn append_entry(&mut self, source: Source, bytes: &[u8]) -> io::Result<()> {
        let lines = memchr::memchr_iter(b'\n', bytes).count() as u64;
        self.end = self.end.after(source, bytes.len() as u64, lines);
        let entry = IndexEntry { kind: EntryKind::Read(source), time: self.time, end: self.end };
        (self.sink)(entry)
    }
}

fn other(source: Source) -> Source {
    match source {
        Source::Stdout => Source::Stderr,
        Source::Stderr => Source::Stdout,
    }
}

/// Reads `count` bytes, or fewer at the end of the file.
fn read_up_to(file: &File, offset: u64, count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    let mut filled = 0;
    while filled < count {
        match file.read_at(&mut bytes[filled..], offset + filled as u64)? {
            0 => break,
            read => filled += read,
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

//! One set of the four files of a log: the active one, or a numbered one that was rolled away.
//! It opens what it needs when it is needed, and gets it right while the writer is renaming.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use persistproc_api::output::Stream;

use super::entry::{Entry, Mark, SIZE};

/// The index of the active segment.
pub const INDEX: &str = "index";

/// The file of a stream in the active segment (`None`) or a numbered one.
pub fn log_name(stream: Stream, number: Option<u64>) -> String {
    match number {
        None => format!("{}.log", stream.word()),
        Some(number) => format!("{}.{number:06}.log", stream.word()),
    }
}

/// The index of the active segment (`None`) or a numbered one.
pub fn index_name(number: Option<u64>) -> String {
    match number {
        None => INDEX.to_owned(),
        Some(number) => format!("{INDEX}.{number:06}"),
    }
}

/// The numbers of a run folder's rolled segments, oldest first.
pub fn rolled(folder: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for file in fs::read_dir(folder)? {
        let name = file?.file_name();
        let number: Option<u64> =
            name.to_str().and_then(|name| name.strip_prefix("index.")?.parse().ok());
        numbers.extend(number);
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Entries at its end that are kept in memory: what is asked of a log is mostly there.
const TAIL: u64 = 64;

/// An open segment. What it holds is what was committed when it was opened or last refreshed.
pub struct Segment {
    folder: PathBuf,
    /// The active segment learns its number when the writer rolls it away under our feet.
    number: OnceLock<u64>,
    index: File,
    entries: u64,
    base: Entry,
    /// Its last entries, never none.
    tail: Vec<Entry>,
    logs: [OnceLock<File>; 3],
}

impl Segment {
    /// Opens the active segment (`None`) or a numbered one; `None` when there is no such one.
    pub fn open(folder: &Path, number: Option<u64>) -> io::Result<Option<Self>> {
        let path = folder.join(index_name(number));
        let Some(index) = found(patiently(|| File::open(&path), number.is_none()))? else {
            return Ok(None);
        };
        let entries = index.metadata()?.len() / SIZE as u64;
        let tail = read_tail(&index, entries)?;
        let base = match entries == tail.len() as u64 {
            true => tail.first().copied(),
            false => read_entry(&index, 0)?,
        };
        let (Some(base), false) = (base, tail.is_empty()) else { return Ok(None) };
        let segment = Self {
            folder: folder.to_owned(),
            number: number.map_or_else(OnceLock::new, OnceLock::from),
            index,
            entries,
            base,
            tail,
            logs: [const { OnceLock::new() }; 3],
        };
        Ok(Some(segment))
    }

    /// Takes in what was committed since. `false`: it is not the active one any more, and all
    /// that was ever written to it may have been rolled away with it.
    pub fn refresh(&mut self) -> io::Result<bool> {
        if self.number.get().is_some() || !self.is_at(&index_name(None))? {
            return Ok(false);
        }
        let entries = self.index.metadata()?.len() / SIZE as u64;
        // A repair may take entries away and put as many others in their place.
        let last = entries.checked_sub(1).map(|last| read_entry(&self.index, last)).transpose()?;
        let grown = entries > self.entries;
        if grown || last.flatten() != Some(*self.last()) {
            let tail = read_tail(&self.index, entries)?;
            if tail.is_empty() {
                return Ok(false);
            }
            let silent = self.end().stderr == self.base().stderr;
            (self.entries, self.tail) = (entries, tail);
            if !grown || silent && self.end().stderr > self.base().stderr {
                // A repair, or the first of standard error, gave standard output a file of its own.
                self.logs = [const { OnceLock::new() }; 3];
            }
        }
        Ok(true)
    }

    /// Where it begins.
    pub fn base(&self) -> Mark {
        self.base.mark
    }

    /// Where it ends.
    pub fn end(&self) -> Mark {
        self.last().mark
    }

    /// Its first entry, the base.
    pub fn begin(&self) -> &Entry {
        &self.base
    }

    /// Its last entry.
    pub fn last(&self) -> &Entry {
        self.tail.last().unwrap_or(&self.base)
    }

    /// How many entries it has, the base included.
    pub fn count(&self) -> u64 {
        self.entries
    }

    /// The entry of this number.
    pub fn entry(&self, number: u64) -> io::Result<Entry> {
        if let Some(entry) = self.kept(number).first() {
            return Ok(*entry);
        }
        read_entry(&self.index, number)?.ok_or_else(damaged)
    }

    /// Up to `count` entries from this number on.
    pub fn entries(&self, from: u64, count: u64) -> io::Result<Vec<Entry>> {
        let count = count.min(self.entries.saturating_sub(from)) as usize;
        let kept = self.kept(from);
        if !kept.is_empty() {
            return Ok(kept[..count].to_vec());
        }
        let mut bytes = vec![0; count * SIZE];
        self.index.read_exact_at(&mut bytes, from * SIZE as u64)?;
        Ok(bytes.chunks_exact(SIZE).map_while(Entry::decode).collect())
    }

    /// The number of the first read, from `from` on, for which a growing condition holds.
    pub fn first(&self, from: u64, holds: impl Fn(&Entry) -> bool) -> io::Result<Option<u64>> {
        let (mut low, mut high) = (from.max(1), self.entries);
        let tail = self.tail_begins();
        if tail > low && self.tail.first().is_some_and(|entry| !holds(entry)) {
            low = tail + 1;
        }
        while low < high {
            let middle = low + (high - low) / 2;
            if holds(&self.entry(middle)?) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok((low < self.entries).then_some(low))
    }

    fn tail_begins(&self) -> u64 {
        self.entries - self.tail.len() as u64
    }

    /// The entries from this number on, if they are in memory.
    fn kept(&self, from: u64) -> &[Entry] {
        from.checked_sub(self.tail_begins())
            .and_then(|at| self.tail.get(at as usize..))
            .unwrap_or_default()
    }

    /// Fills `into` from a stream's bytes, `offset` counted from the beginning of the run.
    pub fn read(&self, stream: Stream, offset: u64, into: &mut [u8]) -> io::Result<()> {
        let start = offset.checked_sub(self.base().bytes(stream)).ok_or_else(damaged)?;
        self.log(stream)?.read_exact_at(into, start)
    }

    /// Whether a stream's bytes are there as far as this offset.
    pub(super) fn holds(&self, stream: Stream, offset: u64) -> io::Result<bool> {
        let length = self.log(stream)?.metadata()?.len();
        Ok(offset.checked_sub(self.base().bytes(stream)).is_some_and(|wanted| wanted <= length))
    }

    fn log(&self, stream: Stream) -> io::Result<&File> {
        let cell = &self.logs[stream as usize];
        if let Some(file) = cell.get() {
            return Ok(file);
        }
        let file = self.open_log(stream)?;
        Ok(cell.get_or_init(|| file))
    }

    /// The active files may be renamed between our open of the index and this one. The index
    /// is renamed first and made anew last, so an unmoved index vouches for the file just opened.
    fn open_log(&self, stream: Stream) -> io::Result<File> {
        if self.number.get().is_none() {
            let file = File::open(self.folder.join(log_name(stream, None)));
            if self.is_at(&index_name(None))? {
                return file;
            }
            let numbers = rolled(&self.folder)?;
            for number in numbers.into_iter().rev() {
                if self.is_at(&index_name(Some(number)))? {
                    self.number.get_or_init(|| number);
                    break;
                }
            }
        }
        match self.number.get() {
            Some(number) => {
                let path = self.folder.join(log_name(stream, Some(*number)));
                patiently(|| File::open(&path), true)
            }
            None => Err(ErrorKind::NotFound.into()),
        }
    }

    fn is_at(&self, name: &str) -> io::Result<bool> {
        let there = found(fs::metadata(self.folder.join(name)))?;
        Ok(there
            .is_some_and(|there| Some(there.ino()) == self.index.metadata().ok().map(|m| m.ino())))
    }
}

/// What an index says cannot be.
pub(super) fn damaged() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "the index is damaged")
}

/// The last entries of an index of so many; none when it is damaged.
fn read_tail(index: &File, entries: u64) -> io::Result<Vec<Entry>> {
    let count = entries.min(TAIL);
    let mut bytes = [0; TAIL as usize * SIZE];
    let bytes = &mut bytes[..count as usize * SIZE];
    index.read_exact_at(bytes, (entries - count) * SIZE as u64)?;
    // Behind a damaged one nothing is known; a sound last one is enough to go on.
    let mut tail: Vec<Entry> = bytes.rchunks_exact(SIZE).map_while(Entry::decode).collect();
    tail.reverse();
    Ok(tail)
}

fn read_entry(index: &File, number: u64) -> io::Result<Option<Entry>> {
    let mut bytes = [0; SIZE];
    match index.read_exact_at(&mut bytes, number * SIZE as u64) {
        Ok(()) => Ok(Entry::decode(&bytes)),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// A roll takes microseconds; a file that is missing right now may be there in a moment.
fn patiently<T>(attempt: impl Fn() -> io::Result<T>, rolling: bool) -> io::Result<T> {
    for _ in 0..if rolling { 20 } else { 0 } {
        match attempt() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                std::thread::sleep(Duration::from_micros(100));
            }
            outcome => return outcome,
        }
    }
    attempt()
}

/// A missing file as `None`.
pub fn found<T>(outcome: io::Result<T>) -> io::Result<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

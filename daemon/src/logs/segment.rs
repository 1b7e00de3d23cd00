//! One set of the four files of a log: the active one, or a numbered one that was rolled away.
//! It opens what it needs when it is needed, and gets it right while the writer is renaming.

use std::cell::{Cell, OnceCell};
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
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

/// An open segment. What it holds is what was committed when it was opened.
pub struct Segment {
    folder: PathBuf,
    /// The active segment learns its number when the writer rolls it away under our feet.
    number: Cell<Option<u64>>,
    index: File,
    entries: u64,
    base: Entry,
    end: Entry,
    logs: [OnceCell<File>; 3],
}

impl Segment {
    /// Opens the active segment (`None`) or a numbered one; `None` when there is no such one.
    pub fn open(folder: &Path, number: Option<u64>) -> io::Result<Option<Self>> {
        let path = folder.join(index_name(number));
        let Some(index) = found(patiently(|| File::open(&path), number.is_none()))? else {
            return Ok(None);
        };
        let entries = index.metadata()?.len() / SIZE as u64;
        let (Some(base), Some(end)) =
            (read_entry(&index, 0)?, read_entry(&index, entries.saturating_sub(1))?)
        else {
            return Ok(None);
        };
        let segment = Self {
            folder: folder.to_owned(),
            number: Cell::new(number),
            index,
            entries,
            base,
            end,
            logs: [const { OnceCell::new() }; 3],
        };
        Ok(Some(segment))
    }

    /// Where it begins.
    pub fn base(&self) -> Mark {
        self.base.mark
    }

    /// Where it ends.
    pub fn end(&self) -> Mark {
        self.end.mark
    }

    /// Its first entry, the base.
    pub fn begin(&self) -> &Entry {
        &self.base
    }

    /// Its last entry.
    pub fn last(&self) -> &Entry {
        &self.end
    }

    /// How many entries it has, the base included.
    pub fn count(&self) -> u64 {
        self.entries
    }

    /// The entry of this number.
    pub fn entry(&self, number: u64) -> io::Result<Entry> {
        read_entry(&self.index, number)?
            .ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "the index is damaged"))
    }

    /// Up to `count` entries from this number on.
    pub fn entries(&self, from: u64, count: u64) -> io::Result<Vec<Entry>> {
        let count = count.min(self.entries.saturating_sub(from)) as usize;
        let mut bytes = vec![0; count * SIZE];
        self.index.read_exact_at(&mut bytes, from * SIZE as u64)?;
        Ok(bytes.chunks_exact(SIZE).map_while(Entry::decode).collect())
    }

    /// The number of the first read, from `from` on, for which a growing condition holds.
    pub fn first(&self, from: u64, holds: impl Fn(&Entry) -> bool) -> io::Result<Option<u64>> {
        let (mut low, mut high) = (from.max(1), self.entries);
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

    /// Fills `into` from a stream's bytes, `offset` counted from the beginning of the run.
    pub fn read(&self, stream: Stream, offset: u64, into: &mut [u8]) -> io::Result<()> {
        let start = offset - self.base().bytes(stream);
        self.log(stream)?.read_exact_at(into, start)
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
                    self.number.set(Some(number));
                    break;
                }
            }
        }
        match self.number.get() {
            Some(number) => {
                let path = self.folder.join(log_name(stream, Some(number)));
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

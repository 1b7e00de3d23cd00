//! An index that was torn, shortened or lost, made anew from the logs themselves. Only for a log
//! nobody writes any more. What the index lost for good is time: repaired reads get the file's.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use persistproc_api::output::Stream;

use super::entry::{Entry, Kind, Mark, SIZE, Source};
use super::segment::{INDEX, found, index_name, log_name, rolled};

/// How much is compared at once.
const BLOCK: usize = 64 << 10;

/// Whether a look at the active segment says that its index and logs do not agree.
pub fn is_due(folder: &Path) -> io::Result<bool> {
    let length =
        |name: &str| io::Result::Ok(found(fs::metadata(folder.join(name)))?.map(|it| it.len()));
    let Some(combined) = length(&log_name(Stream::Combined, None))? else { return Ok(false) };
    let Some(index) = found(File::open(folder.join(INDEX)))? else { return Ok(true) };
    let size = index.metadata()?.len();
    let base = read(&index, 0)?.filter(|entry| entry.kind == Kind::Base);
    let last = read(&index, (size / SIZE as u64).saturating_sub(1))?;
    let (Some(base), Some(last)) = (base, last) else { return Ok(true) };
    let bytes = |entry: Entry| entry.mark.bytes(Stream::Combined);
    Ok(size % SIZE as u64 != 0 || bytes(last).checked_sub(bytes(base)) != Some(combined))
}

/// Makes index and logs of a run's active segment agree. Answers whether anything was mended.
pub fn repair(folder: &Path) -> io::Result<bool> {
    for half_made in ["stdout.new", "index.new"] {
        found(fs::remove_file(folder.join(half_made)))?;
    }
    finish_roll(folder)?;
    let files = Files::open(folder)?;
    let Some(last) = files.last_entry(folder)? else { return Ok(false) };
    let indexed = last.entry.mark;
    let beyond = |stream: Stream, file: &File| -> io::Result<u64> {
        let expected = indexed.bytes(stream) - last.base.bytes(stream);
        Ok(file.metadata()?.len().saturating_sub(expected))
    };
    let stdout = beyond(Stream::Stdout, &files.stdout)?;
    let stderr = beyond(Stream::Stderr, &files.stderr)?;
    if stdout + stderr + beyond(Stream::Combined, &files.combined)? == 0 {
        return Ok(last.torn);
    }
    Merge::new(&files, last)?.run()?;
    Ok(true)
}

/// A writer that died while it renamed: the numbered index is there, a log is not renamed yet.
fn finish_roll(folder: &Path) -> io::Result<()> {
    if found(fs::metadata(folder.join(index_name(None))))?.is_some() {
        return Ok(());
    }
    let Some(number) = rolled(folder)?.pop() else { return Ok(()) };
    for stream in [Stream::Combined, Stream::Stdout, Stream::Stderr] {
        let new = folder.join(log_name(stream, Some(number)));
        if found(fs::metadata(&new))?.is_none() {
            found(fs::rename(folder.join(log_name(stream, None)), new))?;
        }
    }
    Ok(())
}

struct Files {
    combined: File,
    stdout: File,
    stderr: File,
    index: File,
}

/// The last sound entry.
#[derive(Clone, Copy)]
struct Last {
    base: Mark,
    entry: Entry,
    torn: bool,
}

impl Files {
    fn open(folder: &Path) -> io::Result<Self> {
        let open = |name: String| {
            let mut options = OpenOptions::new();
            options.read(true).append(true).create(true).mode(0o600).open(folder.join(name))
        };
        Ok(Self {
            combined: open(log_name(Stream::Combined, None))?,
            stdout: open(log_name(Stream::Stdout, None))?,
            stderr: open(log_name(Stream::Stderr, None))?,
            index: open(INDEX.to_owned())?,
        })
    }

    /// Cuts a torn end off the index; writes the base of an index that is gone.
    fn last_entry(&self, folder: &Path) -> io::Result<Option<Last>> {
        let size = self.index.metadata()?.len();
        let mut entries = size / SIZE as u64;
        let base = read(&self.index, 0)?.filter(|entry| entry.kind == Kind::Base);
        let Some(base) = base else {
            self.index.set_len(0)?;
            let before = end_of_rolled(folder)?;
            let time = before.map_or_else(|| mtime(&self.combined), |entry| Ok(entry.time))?;
            let mark = before.map(|entry| entry.mark).unwrap_or_default();
            let entry = Entry { kind: Kind::Base, time, mark };
            (&self.index).write_all(&entry.encode())?;
            return Ok(Some(Last { base: mark, entry, torn: true }));
        };
        while entries > 1 && !self.holds(&base, entries - 1)? {
            entries -= 1;
        }
        self.index.set_len(entries * SIZE as u64)?;
        let entry = read(&self.index, entries - 1)?;
        let torn = size != entries * SIZE as u64;
        Ok(entry.map(|entry| Last { base: base.mark, entry, torn }))
    }

    /// Whether the bytes that an entry speaks of are there.
    fn holds(&self, base: &Entry, number: u64) -> io::Result<bool> {
        let Some(entry) = read(&self.index, number)? else { return Ok(false) };
        let there = |stream, file: &File| -> io::Result<bool> {
            let from = base.mark.bytes(stream);
            Ok(entry.mark.bytes(stream).checked_sub(from).is_some_and(|wanted| {
                file.metadata().is_ok_and(|metadata| metadata.len() >= wanted)
            }))
        };
        Ok(there(Stream::Stdout, &self.stdout)? && there(Stream::Stderr, &self.stderr)?)
    }
}

/// Goes through the unindexed end of the combined log, says of each line which stream it is
/// from, and adds at the end what only a stream's own log has.
struct Merge<'a> {
    files: &'a Files,
    base: Mark,
    mark: Mark,
    time: i64,
}

impl<'a> Merge<'a> {
    fn new(files: &'a Files, last: Last) -> io::Result<Self> {
        let time = mtime(&files.combined)?.max(last.entry.time);
        Ok(Self { files, base: last.base, mark: last.entry.mark, time })
    }

    fn run(mut self) -> io::Result<()> {
        let mut at = self.mark.bytes(Stream::Combined) - self.base.bytes(Stream::Combined);
        let mut source = Source::Stdout;
        loop {
            let block = read_at(&self.files.combined, at, BLOCK)?;
            let piece = memchr::memchr(b'\n', &block).map_or(&block[..], |end| &block[..=end]);
            let candidates = [source, other(source)];
            let matching = candidates
                .map(|source| self.common(source, piece))
                .into_iter()
                .collect::<io::Result<Vec<_>>>()?;
            let best = usize::from(matching[1] > matching[0]);
            if matching[best] == 0 {
                break;
            }
            source = candidates[best];
            at += matching[best] as u64;
            self.index(source, &piece[..matching[best]])?;
        }
        // Nothing after this is in either stream's log; the truth is what they hold.
        self.files.combined.set_len(at)?;
        for source in Source::BOTH {
            self.add_rest(source)?;
        }
        Ok(())
    }

    /// How many bytes of `piece` come next in a stream's own log.
    fn common(&self, source: Source, piece: &[u8]) -> io::Result<usize> {
        let own = self.next_of(source, piece.len())?;
        Ok(own.iter().zip(piece).take_while(|(a, b)| a == b).count())
    }

    fn add_rest(&mut self, source: Source) -> io::Result<()> {
        loop {
            let rest = self.next_of(source, BLOCK)?;
            if rest.is_empty() {
                return Ok(());
            }
            (&self.files.combined).write_all(&rest)?;
            self.index(source, &rest)?;
        }
    }

    fn next_of(&self, source: Source, count: usize) -> io::Result<Vec<u8>> {
        let file = match source {
            Source::Stdout => &self.files.stdout,
            Source::Stderr => &self.files.stderr,
        };
        let stream = source.stream();
        read_at(file, self.mark.bytes(stream) - self.base.bytes(stream), count)
    }

    fn index(&mut self, source: Source, bytes: &[u8]) -> io::Result<()> {
        let lines = memchr::memchr_iter(b'\n', bytes).count() as u64;
        self.mark = self.mark.after(source, bytes.len() as u64, lines);
        let entry = Entry { kind: Kind::Read(source), time: self.time, mark: self.mark };
        (&self.files.index).write_all(&entry.encode())
    }
}

fn other(source: Source) -> Source {
    match source {
        Source::Stdout => Source::Stderr,
        Source::Stderr => Source::Stdout,
    }
}

/// Where a run's numbered segments end.
fn end_of_rolled(folder: &Path) -> io::Result<Option<Entry>> {
    let Some(number) = rolled(folder)?.pop() else { return Ok(None) };
    let index = File::open(folder.join(index_name(Some(number))))?;
    let entries = index.metadata()?.len() / SIZE as u64;
    read(&index, entries.saturating_sub(1))
}

fn mtime(file: &File) -> io::Result<i64> {
    let metadata = file.metadata()?;
    Ok(metadata.mtime() * 1_000_000 + metadata.mtime_nsec() / 1_000)
}

fn read(index: &File, number: u64) -> io::Result<Option<Entry>> {
    let bytes = read_at(index, number * SIZE as u64, SIZE)?;
    Ok(if bytes.len() == SIZE { Entry::decode(&bytes) } else { None })
}

/// Up to `count` bytes; fewer at the end of the file.
fn read_at(file: &File, offset: u64, count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    let mut filled = 0;
    while filled < count {
        match file.read_at(&mut bytes[filled..], offset + filled as u64)? {
            0 => break,
            more => filled += more,
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

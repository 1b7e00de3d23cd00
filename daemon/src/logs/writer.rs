//! Append, roll, survive a full disk. One writer per run, in its shim.
//! It never fails its caller: what it cannot store it counts, and says so in the log when it can.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use persistproc_api::output::Stream;

use super::entry::{Entry, Kind, Mark, SIZE, Source};
use super::files::{self, Files};
use super::limits::{self, segment_size};
use super::repair;
use super::segment::{self, Segment, index_name, log_name};

/// The writer of one run's log.
pub struct Writer {
    folder: PathBuf,
    limit: u64,
    files: Files,
    base: Mark,
    mark: Mark,
    entries: u64,
    time: i64,
    lost: Lost,
    /// Which source is in the middle of a line.
    inside: [bool; 2],
    /// The segment that was rolled last. A number is never used again, or a reader could take one
    /// segment for another.
    rolled: u64,
}

/// Bytes that found no room, by stream.
#[derive(Default)]
struct Lost {
    stdout: u64,
    stderr: u64,
}

impl Writer {
    /// Begins the log of a run in its folder. `limit` bounds the process's logs on disk, in bytes.
    pub fn create(folder: &Path, limit: u64, time: i64) -> io::Result<Self> {
        let mark = Mark::default();
        let files = Files::create(folder, mark, time)?;
        let folder = folder.to_owned();
        let (lost, inside) = (Lost::default(), [false; 2]);
        let (base, entries, rolled) = (mark, 1, 0);
        Ok(Self { folder, limit, files, base, mark, entries, time, lost, inside, rolled })
    }

    /// Goes on with a log whose writer was killed: what it stored last without a note of it is
    /// found again. `lost`: what it could not store and had not told of.
    pub fn resume(folder: &Path, limit: u64, lost: [u64; 2]) -> io::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        // On a full disk there may be no room for a note; what has none is cut off below.
        let mended = repair::repair(folder);
        let Some(segment) = Segment::open(folder, None)? else {
            return Err(mended.err().unwrap_or_else(|| io::ErrorKind::NotFound.into()));
        };
        let files = Files::resume(folder)?;
        let (base, mark) = (segment.base(), segment.end());
        let (time, entries) = (segment.last().time, segment.count());
        let rolled = segment::rolled(folder)?.last().copied().unwrap_or_default();
        let inside = files.inside(folder)?;
        let (folder, lost) = (folder.to_owned(), Lost { stdout: lost[0], stderr: lost[1] });
        let resumed =
            Self { folder, limit, files, base, mark, entries, time, lost, inside, rolled };
        resumed.cut_back();
        Ok(resumed)
    }

    /// Where the log ends, in bytes of both streams.
    pub fn end(&self) -> u64 {
        self.mark.bytes(Stream::Combined)
    }

    /// Where one stream of it ends.
    pub fn bytes(&self, source: Source) -> u64 {
        self.mark.bytes(source.stream())
    }

    /// Bytes of each stream that found no room and are not told of yet.
    pub fn lost(&self) -> [u64; 2] {
        [self.lost.stdout, self.lost.stderr]
    }

    /// Stores what was read; answers whether that filled a segment. `time` in microseconds since
    /// 1970; a clock that goes back stands still here.
    pub fn append(&mut self, source: Source, bytes: &[u8], time: i64) -> bool {
        let mut filled = false;
        for piece in pieces(bytes, (segment_size(self.limit) / 2) as usize) {
            filled |= self.append_piece(source, piece, time);
        }
        filled
    }

    fn append_piece(&mut self, source: Source, bytes: &[u8], time: i64) -> bool {
        self.time = self.time.max(time);
        // A marker without room for what follows it would only take the room of the next bytes.
        let lost = self.lost.of(source);
        let marked = if lost > 0 { [marker(lost).as_bytes(), bytes].concat() } else { Vec::new() };
        let stored = self.store(source, if lost > 0 { &marked } else { bytes });
        match stored {
            Ok(()) => {
                self.lost.clear(source);
                let last = bytes.last();
                self.inside[source as usize] =
                    last.map_or(self.inside[source as usize], |last| *last != b'\n');
            }
            Err(_) => self.lost.add(source, bytes.len()),
        }
        let (size, enough) = (self.on_disk(), segment_size(self.limit));
        // A segment begins with a line of either source, where that is possible.
        let whole = self.inside == [false; 2] || size >= 2 * enough;
        // A roll that fails leaves everything where it is; the next append tries again.
        size >= enough && whole && self.roll().is_ok()
    }

    /// Bytes of the active segment in all its files.
    fn on_disk(&self) -> u64 {
        let length = |stream| self.mark.bytes(stream) - self.base.bytes(stream);
        let stdout = if self.files.stdout.is_some() { length(Stream::Stdout) } else { 0 };
        length(Stream::Combined) + stdout + length(Stream::Stderr) + self.entries * SIZE as u64
    }

    /// The last word: says what is missing at the end, if there is room for that; answers how
    /// many bytes found no room and are not told of in the log.
    pub fn finish(&mut self) -> u64 {
        for source in Source::BOTH {
            let lost = self.lost.of(source);
            if lost > 0 && self.store(source, marker(lost).as_bytes()).is_ok() {
                self.lost.clear(source);
            }
        }
        self.lost.stdout + self.lost.stderr
    }

    fn store(&mut self, source: Source, bytes: &[u8]) -> io::Result<()> {
        let lines = memchr::memchr_iter(b'\n', bytes).count() as u64;
        let mark = self.mark.after(source, bytes.len() as u64, lines);
        let entry = Entry { kind: Kind::Read(source), time: self.time, mark };
        let written =
            self.write(source, bytes).and_then(|()| self.files.index.write_all(&entry.encode()));
        if written.is_err() {
            self.cut_back();
        } else {
            self.mark = mark;
            self.entries += 1;
        }
        written
    }

    /// Most programs write to one stream: their bytes are stored once, under two names.
    fn write(&mut self, source: Source, bytes: &[u8]) -> io::Result<()> {
        match source {
            Source::Stdout => {
                self.files.stdout.as_mut().map_or(Ok(()), |file| file.write_all(bytes))?;
            }
            Source::Stderr => {
                if self.files.stdout.is_none() {
                    self.files.stdout = Some(files::part(&self.folder)?);
                }
                self.files.stderr.write_all(bytes)?;
            }
        }
        self.files.combined.write_all(bytes)
    }

    /// A write that stopped half-way must leave no half: all files end where the index says.
    fn cut_back(&self) {
        let length = |stream| self.mark.bytes(stream) - self.base.bytes(stream);
        let stdout = self.files.stdout.as_ref().unwrap_or(&self.files.combined);
        for (file, length) in [
            (&self.files.combined, length(Stream::Combined)),
            (stdout, length(Stream::Stdout)),
            (&self.files.stderr, length(Stream::Stderr)),
            (&self.files.index, self.entries * SIZE as u64),
        ] {
            // Shrinking needs no room; if even that fails, `repair` mends it later.
            file.set_len(length).ok();
        }
    }

    /// The index moves first and is made anew last: a reader that finds it unmoved has a matching set.
    fn roll(&mut self) -> io::Result<()> {
        let last = segment::rolled(&self.folder)?.last().copied();
        let number = self.rolled.max(last.unwrap_or_default()) + 1;
        let rename =
            |old: String, new: String| fs::rename(self.folder.join(old), self.folder.join(new));
        rename(index_name(None), index_name(Some(number)))?;
        for stream in [Stream::Combined, Stream::Stdout, Stream::Stderr] {
            rename(log_name(stream, None), log_name(stream, Some(number)))?;
        }
        self.rolled = number;
        self.files = Files::create(&self.folder, self.mark, self.time)?;
        self.base = self.mark;
        self.entries = 1;
        if let Some(runs) = self.folder.parent() {
            limits::enforce(runs, self.limit)?;
        }
        Ok(())
    }
}

/// One read may be larger than a segment of a small limit is to be: cut after whole lines where
/// there are any, so that segments keep their size and begin with a line.
pub(super) fn pieces(mut bytes: &[u8], most: usize) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (piece, rest) = if bytes.len() <= most {
            (bytes, &[][..])
        } else {
            let line = memchr::memrchr(b'\n', &bytes[..most]);
            bytes.split_at(line.map_or(most, |end| end + 1))
        };
        bytes = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

impl Lost {
    fn of(&self, source: Source) -> u64 {
        match source {
            Source::Stdout => self.stdout,
            Source::Stderr => self.stderr,
        }
    }

    fn add(&mut self, source: Source, bytes: usize) {
        match source {
            Source::Stdout => self.stdout += bytes as u64,
            Source::Stderr => self.stderr += bytes as u64,
        }
    }

    fn clear(&mut self, source: Source) {
        match source {
            Source::Stdout => self.stdout = 0,
            Source::Stderr => self.stderr = 0,
        }
    }
}

/// What stands in a log where bytes are missing, on a line of its own.
fn marker(bytes: u64) -> String {
    format!("\n[persistproc: {bytes} bytes of output are missing here, the disk was full]\n")
}

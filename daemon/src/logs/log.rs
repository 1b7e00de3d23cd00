//! A run's segments as one log: where it begins and ends, and the place of any line, time or
//! offset, found through the index without reading what lies between.

use std::cell::OnceCell;
use std::io;
use std::path::{Path, PathBuf};

use persistproc_api::cursor::Offsets;
use persistproc_api::output::Stream;

use super::entry::{Entry, Mark, Source};
use super::read::Read;
use super::segment::{self, Segment};

/// An open log: what was committed when it was opened.
pub struct Log {
    folder: PathBuf,
    /// Oldest first; the active one last.
    slots: Vec<Slot>,
}

struct Slot {
    number: Option<u64>,
    segment: OnceCell<Option<Segment>>,
}

impl Log {
    /// Opens the log in a run folder. A folder without one is an empty log.
    pub fn open(folder: &Path) -> io::Result<Self> {
        // The active one first: if it is rolled away meanwhile it shows up twice, never not at all.
        let active = Segment::open(folder, None)?;
        // Where a run begins nothing was rolled away yet.
        let numbers = match &active {
            Some(active) if active.base() == Mark::default() => Vec::new(),
            _ => segment::found(segment::rolled(folder))?.unwrap_or_default(),
        };
        let mut slots: Vec<Slot> =
            numbers.into_iter().map(|number| Slot::new(Some(number))).collect();
        if let Some(active) = active {
            let same = |slot: &Slot, folder: &Path| {
                Ok::<_, io::Error>(
                    slot.open(folder)?.is_some_and(|last| last.base() == active.base()),
                )
            };
            while slots.last().map(|slot| same(slot, folder)).transpose()? == Some(true) {
                slots.pop();
            }
            slots.push(Slot { number: None, segment: OnceCell::from(Some(active)) });
        }
        Ok(Self { folder: folder.to_owned(), slots })
    }

    /// Takes in what was committed since it was opened or last refreshed.
    pub fn refresh(&mut self) -> io::Result<()> {
        if let Some(last) = self.slots.last_mut()
            && let Some(Some(active)) = last.segment.get_mut()
            && active.refresh()?
        {
            return Ok(());
        }
        *self = Self::open(&self.folder)?;
        Ok(())
    }

    /// Lets go of all but the newest segment, for one who has read the others.
    pub(super) fn forget_older(&mut self) {
        self.slots.drain(..self.slots.len().saturating_sub(1));
    }

    /// Where the log ends.
    pub fn end(&self) -> io::Result<Mark> {
        Ok(self.backwards().next().transpose()?.map(Segment::end).unwrap_or_default())
    }

    /// When its last byte came, in microseconds since 1970.
    pub fn end_time(&self) -> io::Result<Option<i64>> {
        Ok(self.backwards().next().transpose()?.map(|last| last.last().time))
    }

    /// Where what is left of it begins: everything before was dropped.
    pub fn first(&self) -> io::Result<Mark> {
        Ok(self.begin()?.map(|base| base.mark).unwrap_or_default())
    }

    /// The same with the time of the last byte before it.
    pub fn begin(&self) -> io::Result<Option<Entry>> {
        for slot in &self.slots {
            if let Some(segment) = slot.open(&self.folder)? {
                return Ok(Some(*segment.begin()));
            }
        }
        Ok(None)
    }

    /// The first read for which a condition holds that, once it holds, holds for all later ones:
    /// its segment and number.
    pub(super) fn find(
        &self,
        holds: impl Fn(&Entry) -> bool,
    ) -> io::Result<Option<(&Segment, u64)>> {
        let mut best = None;
        for segment in self.backwards() {
            let segment = segment?;
            if !holds(segment.last()) {
                break;
            }
            if !holds(segment.begin()) {
                return Ok(segment.first(1, holds)?.map(|number| (segment, number)));
            }
            // All of it qualifies; an older one may hold the first.
            if segment.count() > 1 {
                best = Some((segment, 1));
            }
        }
        Ok(best)
    }

    /// The place right after line end number `lines` of a stream, or where the log begins if that is later.
    pub fn after_line(&self, stream: Stream, lines: u64) -> io::Result<Mark> {
        let first = self.first()?;
        if lines <= first.lines(stream) {
            return Ok(first);
        }
        let Some((segment, number)) = self.find(|entry| entry.mark.lines(stream) >= lines)? else {
            return self.end();
        };
        Read::of(segment, number)?.after_line(stream, lines)
    }

    /// Where in each stream the line begins that is unfinished at `place`.
    pub fn line_starts(&self, place: Mark) -> io::Result<Offsets> {
        let stdout = self.after_line(Stream::Stdout, place.stdout_lines)?.stdout;
        let stderr = self.after_line(Stream::Stderr, place.stderr_lines)?.stderr;
        Ok(Offsets { stdout: stdout.min(place.stdout), stderr: stderr.min(place.stderr) })
    }

    /// How many line ends of a source lie before an offset in it.
    pub fn lines_before(&self, source: Source, offset: u64) -> io::Result<u64> {
        let stream = source.stream();
        let Some((segment, number)) = self.find(|entry| entry.mark.bytes(stream) >= offset)? else {
            return Ok(self.end()?.lines(stream));
        };
        let before = segment.entry(number - 1)?.mark;
        // Where a segment begins nothing may be known of what lies before, and the read may be of the other source.
        if offset <= before.bytes(stream) {
            return Ok(before.lines(stream));
        }
        Read::of(segment, number)?.lines_before(offset)
    }

    /// The place before the first read at or after a time.
    pub fn at_time(&self, time: i64) -> io::Result<Mark> {
        match self.find(|entry| entry.time >= time)? {
            Some((segment, number)) => Ok(segment.entry(number - 1)?.mark),
            None => self.end(),
        }
    }

    /// Whether a source ends in the middle of a line.
    pub fn is_unfinished(&self, source: Source) -> io::Result<bool> {
        let end = self.end()?.bytes(source.stream());
        if end == 0 {
            return Ok(false);
        }
        let Some((segment, _)) = self.find(|entry| entry.mark.bytes(source.stream()) >= end)?
        else {
            return Ok(false);
        };
        if segment.base().bytes(source.stream()) >= end {
            return Ok(false);
        }
        let mut last = [0];
        segment.read(source.stream(), end - 1, &mut last)?;
        Ok(last != [b'\n'])
    }

    /// Its segments, newest first.
    pub(super) fn backwards(&self) -> impl Iterator<Item = io::Result<&Segment>> {
        self.slots.iter().rev().filter_map(|slot| slot.open(&self.folder).transpose())
    }
}

impl Slot {
    fn new(number: Option<u64>) -> Self {
        Self { number, segment: OnceCell::new() }
    }

    /// `None` when it was dropped meanwhile.
    fn open(&self, folder: &Path) -> io::Result<Option<&Segment>> {
        if let Some(opened) = self.segment.get() {
            return Ok(opened.as_ref());
        }
        let opened = Segment::open(folder, self.number)?;
        Ok(self.segment.get_or_init(|| opened).as_ref())
    }
}

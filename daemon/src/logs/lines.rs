//! [`LineAssembler`]: puts lines together from chunks of both sources.
//!
//! The two sources can interrupt each other in the middle of a line, so each has an unfinished
//! line of its own. Lines come out in the order in which they end. A line needs bounded memory: of
//! a very long one only the beginning and the end are kept.

use std::collections::VecDeque;

use persistproc_api::cursor::Source;

use super::byte_reader::ChunkRef;

/// How many bytes are kept at each end of a long line.
const KEPT_BYTES: usize = 32 << 10;

/// One line, without its line end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub source: Source,
    /// When its end was read, in microseconds since 1970.
    pub time: i64,
    pub bytes: Vec<u8>,
    /// Its length in the log, including the line end and the bytes left out of `bytes`.
    pub length: u64,
    /// The offset in the source after its line end.
    pub end: u64,
}

/// Takes chunks and returns lines.
#[derive(Default)]
pub struct LineAssembler {
    unfinished: [UnfinishedLine; 2],
    finished: VecDeque<Line>,
}

/// The line of one source that has no line end yet.
#[derive(Default)]
struct UnfinishedLine {
    /// The first bytes, at most `KEPT_BYTES`.
    head: Vec<u8>,
    /// The last bytes, at most `KEPT_BYTES`. Empty until the head is full.
    tail: VecDeque<u8>,
    /// Bytes between head and tail.
    left_out: u64,
    length: u64,
    time: i64,
    end: u64,
}

impl LineAssembler {
    /// Takes the next chunk.
    pub fn take(&mut self, chunk: ChunkRef<'_>) {
        if chunk.lost > 0 {
            let note = lost_note(chunk.lost);
            self.unfinished_mut(chunk.source).insert(note.as_bytes());
        }
        let mut rest = chunk.bytes;
        while let Some(line_end) = memchr::memchr(b'\n', rest) {
            let line = &rest[..line_end];
            let next_lines = &rest[line_end + 1..];
            let end = chunk.end - next_lines.len() as u64;
            self.unfinished_mut(chunk.source).extend(line, chunk.time, end);
            self.finish(chunk.source, 1);
            rest = next_lines;
        }
        if !rest.is_empty() {
            self.unfinished_mut(chunk.source).extend(rest, chunk.time, chunk.end);
        }
    }

    /// The next finished line.
    pub fn next_line(&mut self) -> Option<Line> {
        self.finished.pop_front()
    }

    /// Finishes the unfinished lines of both sources, the least recently changed one first.
    pub fn flush(&mut self) {
        let mut sources = Source::BOTH;
        sources.sort_by_key(|source| self.unfinished_mut(*source).time);
        for source in sources {
            self.cut(source);
        }
    }

    /// Finishes the unfinished line of a source, because bytes are missing after it.
    pub fn cut(&mut self, source: Source) {
        if self.unfinished_mut(source).length > 0 {
            self.finish(source, 0);
        }
    }

    /// Adds a line of our own, which takes no place in the log.
    pub fn add_note(&mut self, source: Source, text: &str, time: i64, end: u64) {
        let bytes = text.as_bytes().to_vec();
        self.finished.push_back(Line { source, time, bytes, length: 0, end });
    }

    /// The bytes so far of each unfinished line.
    pub fn unfinished(&self) -> impl Iterator<Item = Vec<u8>> {
        self.unfinished.iter().filter(|line| line.length > 0).map(UnfinishedLine::bytes)
    }

    fn unfinished_mut(&mut self, source: Source) -> &mut UnfinishedLine {
        &mut self.unfinished[source as usize]
    }

    /// `line_end` is 1 if a line end was read, otherwise 0.
    fn finish(&mut self, source: Source, line_end: u64) {
        let line = std::mem::take(self.unfinished_mut(source));
        let time = line.time;
        let length = line.length + line_end;
        let end = line.end;
        let bytes = if line.tail.is_empty() { line.head } else { line.bytes() };
        self.finished.push_back(Line { source, time, bytes, length, end });
    }
}

impl UnfinishedLine {
    /// Appends bytes that were read at `time` and end at the offset `end` of the source.
    fn extend(&mut self, bytes: &[u8], time: i64, end: u64) {
        self.time = time;
        self.end = end;
        self.length += bytes.len() as u64;
        self.insert(bytes);
    }

    /// Appends text that takes no place in the log.
    fn insert(&mut self, bytes: &[u8]) {
        let (head, rest) = bytes.split_at(bytes.len().min(KEPT_BYTES - self.head.len()));
        self.head.extend(head);
        let tail = &rest[rest.len().saturating_sub(KEPT_BYTES)..];
        self.left_out += (rest.len() - tail.len()) as u64;
        self.tail.extend(tail);
        let surplus = self.tail.len().saturating_sub(KEPT_BYTES);
        self.tail.drain(..surplus);
        self.left_out += surplus as u64;
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.head.clone();
        if self.left_out > 0 {
            bytes.extend(format!(" […{} bytes left out…] ", self.left_out).into_bytes());
        }
        bytes.extend(&self.tail);
        bytes
    }
}

/// The text in a line where bytes are missing that could not be stored.
pub fn lost_note(bytes: u64) -> String {
    format!("[persistproc: {bytes} bytes of output are missing here, the disk was full]")
}

/// The line in place of bytes that another program has deleted.
pub fn damaged_note(bytes: u64) -> String {
    format!("[persistproc: {bytes} bytes of output are missing here, the log was damaged]")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Assembles chunks, each of which ends at its own length.
    fn assemble(chunks: &[(Source, &str)]) -> Vec<(Source, String, u64)> {
        let mut assembler = LineAssembler::default();
        for (source, text) in chunks {
            let end = text.len() as u64;
            assembler.take(ChunkRef {
                source: *source,
                time: 0,
                bytes: text.as_bytes(),
                end,
                lost: 0,
            });
        }
        assembler.flush();
        std::iter::from_fn(|| assembler.next_line())
            .map(|line| (line.source, String::from_utf8(line.bytes).unwrap(), line.length))
            .collect()
    }

    #[test]
    fn sources_that_interrupt_each_other_keep_their_lines() {
        let out = Source::Stdout;
        let err = Source::Stderr;
        let lines = assemble(&[(out, "ab"), (err, "e1\n"), (out, "c\nd"), (err, "e2")]);
        let expected = [
            (err, "e1".into(), 3),
            (out, "abc".into(), 4),
            (out, "d".into(), 1),
            (err, "e2".into(), 2),
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_line_says_where_bytes_are_missing() {
        let mut assembler = LineAssembler::default();
        let chunk =
            |bytes, end, lost| ChunkRef { source: Source::Stdout, time: 0, bytes, end, lost };
        assembler.take(chunk(b"a\nb", 3, 0));
        assembler.take(chunk(b"c\nd\n", 7, 5));
        let lines: Vec<_> = std::iter::from_fn(|| assembler.next_line())
            .map(|line| (String::from_utf8(line.bytes).unwrap(), line.length))
            .collect();
        let middle = format!("b{}c", lost_note(5));
        assert_eq!(lines, [("a".into(), 2), (middle, 3), ("d".into(), 2)]);
    }

    #[test]
    fn a_long_line_keeps_both_ends_in_bounded_memory() {
        let mut assembler = LineAssembler::default();
        let take = |assembler: &mut LineAssembler, bytes: &[u8], end| {
            assembler.take(ChunkRef { source: Source::Stdout, time: 0, bytes, end, lost: 0 });
        };
        for _ in 0..100 {
            take(&mut assembler, &[b'x'; 100_000], 100_000);
        }
        take(&mut assembler, b"end\n", 100_004);
        let line = assembler.next_line().unwrap();
        assert!(line.bytes.len() < 2 * KEPT_BYTES + 60);
        assert!(line.bytes.ends_with(b"end"));
        assert_eq!((line.length, line.end), (10_000_004, 100_004));
    }
}

//! Lines put together across reads and streams. A line is done when its line end has come;
//! what is left at the end is shown as it is. A giant line keeps its beginning and its end.

use std::collections::VecDeque;

use super::entry::Source;
use super::walk::Piece;

/// What is kept of a line at either end.
const KEPT: usize = 32 << 10;

/// One line, without its line end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub source: Source,
    /// When its end came, in microseconds since 1970.
    pub time: i64,
    pub bytes: Vec<u8>,
    /// Its bytes in the log, its line end and all that was left out included.
    pub length: u64,
    /// Where it ends in its source's stream, its line end included.
    pub end: u64,
}

/// Takes pieces, gives lines in the order in which they were finished.
#[derive(Default)]
pub struct Assembler {
    open: [Open; 2],
    done: VecDeque<Line>,
}

/// The unfinished line of one source.
#[derive(Default)]
struct Open {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    skipped: u64,
    length: u64,
    time: i64,
    end: u64,
}

impl Assembler {
    /// Takes the next bytes.
    pub fn take(&mut self, piece: Piece<'_>) {
        let mut rest = piece.bytes;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, more) = (&rest[..end], &rest[end + 1..]);
            self.open(piece.source).extend(line, piece.time, piece.end - more.len() as u64);
            self.finish(piece.source, 1);
            rest = more;
        }
        if !rest.is_empty() {
            self.open(piece.source).extend(rest, piece.time, piece.end);
        }
    }

    /// The next line.
    pub fn next_line(&mut self) -> Option<Line> {
        self.done.pop_front()
    }

    /// Makes lines of what is unfinished, the longest unchanged first.
    pub fn flush(&mut self) {
        let mut sources = Source::BOTH;
        sources.sort_by_key(|source| self.open(*source).time);
        sources.into_iter().for_each(|source| self.cut(source));
    }

    /// Makes a line of what is unfinished of a source: what follows is not the rest of it.
    pub fn cut(&mut self, source: Source) {
        if self.open(source).length > 0 {
            self.finish(source, 0);
        }
    }

    /// What is there of lines that have no end yet.
    pub fn unfinished(&self) -> impl Iterator<Item = Vec<u8>> {
        self.open.iter().filter(|open| open.length > 0).map(Open::bytes)
    }

    fn open(&mut self, source: Source) -> &mut Open {
        &mut self.open[source as usize]
    }

    fn finish(&mut self, source: Source, line_end: u64) {
        let open = std::mem::take(self.open(source));
        let (time, length, end) = (open.time, open.length + line_end, open.end);
        let bytes = if open.tail.is_empty() { open.head } else { open.bytes() };
        self.done.push_back(Line { source, time, bytes, length, end });
    }
}

impl Open {
    /// `end` is where the stream has come to with them.
    fn extend(&mut self, bytes: &[u8], time: i64, end: u64) {
        (self.time, self.end) = (time, end);
        self.length += bytes.len() as u64;
        let (head, rest) = bytes.split_at(bytes.len().min(KEPT - self.head.len()));
        self.head.extend(head);
        let late = &rest[rest.len().saturating_sub(KEPT)..];
        self.skipped += (rest.len() - late.len()) as u64;
        self.tail.extend(late);
        let surplus = self.tail.len().saturating_sub(KEPT);
        self.tail.drain(..surplus);
        self.skipped += surplus as u64;
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.head.clone();
        if self.skipped > 0 {
            bytes.extend(format!(" […{} bytes left out…] ", self.skipped).into_bytes());
        }
        bytes.extend(&self.tail);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[(Source, &str)]) -> Vec<(Source, String, u64)> {
        let mut assembler = Assembler::default();
        for (source, text) in pieces {
            let end = text.len() as u64;
            assembler.take(Piece { source: *source, time: 0, bytes: text.as_bytes(), end });
        }
        assembler.flush();
        std::iter::from_fn(|| assembler.next_line())
            .map(|line| (line.source, String::from_utf8(line.bytes).unwrap(), line.length))
            .collect()
    }

    #[test]
    fn two_streams_in_the_middle_of_each_others_lines() {
        let (out, err) = (Source::Stdout, Source::Stderr);
        let found = lines(&[(out, "ab"), (err, "e1\n"), (out, "c\nd"), (err, "e2")]);
        let expected = [
            (err, "e1".into(), 3),
            (out, "abc".into(), 4),
            (out, "d".into(), 1),
            (err, "e2".into(), 2),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_giant_line_keeps_both_ends_and_little_memory() {
        let mut assembler = Assembler::default();
        for _ in 0..100 {
            let bytes = vec![b'x'; 100_000];
            assembler.take(Piece { source: Source::Stdout, time: 0, bytes: &bytes, end: 100_000 });
        }
        assembler.take(Piece { source: Source::Stdout, time: 0, bytes: b"end\n", end: 100_004 });
        let line = assembler.next_line().unwrap();
        assert!(line.bytes.len() < 2 * KEPT + 60);
        assert!(line.bytes.ends_with(b"end"));
        assert_eq!((line.length, line.end), (10_000_004, 100_004));
    }
}

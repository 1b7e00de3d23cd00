//! Lines of a page in the making: those that match with what is around them, repeats said once,
//! giant lines cut in the middle, and no more text than the page may hold.

use std::collections::VecDeque;

use persistproc_api::Time;
use persistproc_api::cursor::{Cursor, Offsets};
use persistproc_api::output::{OutputPage, Row};

use super::entry::Source;
use super::lines::Line;
use super::question::{LARGEST, Question};
use super::text;

/// Which lines stay when a page grows too large.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    Oldest,
    Newest,
}

/// What is between two groups of matches, as grep has it.
const GAP: &str = "--";

pub(super) struct Gathered<'a> {
    question: &'a Question,
    keep: Keep,
    lines: VecDeque<Shown>,
    bytes: usize,
    left_out: u64,
    /// Lines before a match that may come, and how many after the last one are wanted still.
    context: VecDeque<Shown>,
    after: usize,
    /// Lines were passed over since the last one that stayed.
    gap: bool,
    place: Place,
}

/// How far the lines have come that were looked at.
#[derive(Clone, Copy, Default)]
struct Place {
    run: u32,
    at: Offsets,
    /// Lines of the run so far.
    lines: u64,
}

/// One line as it will be shown.
struct Shown {
    source: Source,
    place: Place,
    time: i64,
    text: String,
    times: u64,
}

impl<'a> Gathered<'a> {
    pub(super) fn new(question: &'a Question, keep: Keep) -> Self {
        let (lines, context) = (VecDeque::new(), VecDeque::new());
        let place = Place::default();
        Self { question, keep, lines, bytes: 0, left_out: 0, context, after: 0, gap: false, place }
    }

    /// The lines that come now are those behind a cursor, which has so many before it.
    pub(super) fn enter(&mut self, cursor: Cursor, lines: u64) {
        self.place = Place { run: cursor.run, at: cursor.at, lines };
    }

    /// A line that is of no interest.
    pub(super) fn pass(&mut self, line: &Line) {
        *self.place.at.of_mut(line.source) = line.end;
        self.place.lines += 1;
    }

    /// Whether no further line could be taken.
    pub(super) fn is_full(&self) -> bool {
        self.lines.len() as u64 >= self.question.most() || self.bytes >= self.question.bytes
    }

    /// Takes a line, or passes it over; `false`: there is no room for it.
    pub(super) fn push(&mut self, line: &Line) -> bool {
        let before = self.place;
        self.pass(line);
        let taken = self.take(line);
        if !taken {
            self.place = before;
        }
        taken
    }

    fn take(&mut self, line: &Line) -> bool {
        let text =
            if self.question.raw { text::raw(&line.bytes) } else { text::plain(&line.bytes) };
        let (source, place, time) = (line.source, self.place, line.time);
        let shown = Shown { source, place, time, text: self.cut(text), times: 1 };
        let Some((pattern, around)) = &self.question.grep else { return self.add(shown) };
        if pattern.is_match(&text::plain(&line.bytes).into_bytes()) {
            self.after = *around;
            let gap = std::mem::take(&mut self.gap) && *around > 0 && !self.lines.is_empty();
            // Rows have numbers, which show a gap as well.
            if gap && !self.question.rows {
                self.add(Shown { source, place, time, text: GAP.to_owned(), times: 1 });
            }
            while let Some(before) = self.context.pop_front() {
                self.add(before);
            }
            return self.add(shown);
        }
        if self.after > 0 {
            self.after -= 1;
            return self.add(shown);
        }
        self.context.push_back(shown);
        if self.context.len() > *around {
            self.context.pop_front();
            self.gap = true;
        }
        true
    }

    fn add(&mut self, shown: Shown) -> bool {
        if let Some(last) = self.lines.back_mut()
            && self.question.collapse
            && last.text == shown.text
        {
            last.times += 1;
            (last.time, last.place) = (shown.time, shown.place);
            return true;
        }
        let bytes = self.bytes + shown.text.len() + 1;
        if self.keep == Keep::Oldest && bytes > self.question.bytes && !self.lines.is_empty() {
            return false;
        }
        self.bytes = bytes;
        self.lines.push_back(shown);
        while self.keep == Keep::Newest && self.is_over() {
            self.bytes -= self.lines.pop_front().map_or(0, |line| line.text.len() + 1);
            self.left_out += 1;
        }
        true
    }

    /// A line alone stays, however long: it was cut already.
    fn is_over(&self) -> bool {
        let lines = self.lines.len() as u64;
        lines > self.question.most() || lines > 1 && self.bytes > self.question.bytes
    }

    /// No line takes more than a quarter of a page that is bounded.
    fn cut(&self, line: String) -> String {
        let most = (self.question.bytes / 4).max(80);
        if self.question.bytes >= LARGEST || line.len() <= most {
            return line;
        }
        let (mut head, mut tail) = (most / 2, line.len() - most / 2);
        while !line.is_char_boundary(head) {
            head -= 1;
        }
        while !line.is_char_boundary(tail) {
            tail += 1;
        }
        format!("{} […{} bytes left out…] {}", &line[..head], tail - head, &line[tail..])
    }

    pub(super) fn page(self, cursor: Cursor) -> OutputPage {
        let (timestamps, rows) = (self.question.timestamps, self.question.rows);
        let (mut output, mut detailed) = (Vec::new(), Vec::new());
        for line in self.lines {
            if rows {
                detailed.push(line.row());
            } else {
                output.push(line.written(timestamps));
            }
        }
        OutputPage {
            output,
            rows: rows.then_some(detailed),
            lines_before: self.left_out,
            cursor: cursor.to_string(),
            run: cursor.run,
            truncated: self.left_out > 0,
            ..OutputPage::default()
        }
    }
}

impl Shown {
    fn written(self, timestamps: bool) -> String {
        match timestamps {
            true => format!("{} {}", Time::from_micros(self.time), self.line()),
            false => self.line(),
        }
    }

    fn row(self) -> Row {
        let Place { run, at, lines } = self.place;
        Row {
            run,
            number: Some(lines),
            stream: self.source.stream(),
            time: Time::from_micros(self.time),
            cursor: Cursor { run, at }.to_string(),
            line: self.line(),
        }
    }

    fn line(self) -> String {
        let times = if self.times > 1 { format!(" [{} times]", self.times) } else { String::new() };
        self.text + &times
    }
}

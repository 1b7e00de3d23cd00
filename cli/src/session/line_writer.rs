//! [`LineWriter`]: collects the output of one process into lines with their time of arrival.

use std::{io, mem};

use persistproc_api::Time;
use persistproc_api::cursor::Source;

use super::follower::{OutputPosition, OutputWriter};

/// A longer line is written in parts of this size, to limit memory.
const MAX_LINE_BYTES: usize = 1 << 20;

/// A line without its line end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OutputLine {
    pub(crate) run: u32,
    pub(crate) source: Source,
    /// When its last bytes arrived.
    pub(crate) time: Time,
    pub(crate) bytes: Vec<u8>,
}

/// Where the lines go.
type Destination = Box<dyn FnMut(OutputLine) -> io::Result<()> + Send>;

/// The unfinished line of each stream of a process.
pub(crate) struct LineWriter {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    now: Time,
    run: u32,
    destination: Destination,
}

impl LineWriter {
    pub(crate) fn new(
        destination: impl FnMut(OutputLine) -> io::Result<()> + Send + 'static,
    ) -> Self {
        let now = Time::from_micros(0);
        let destination = Box::new(destination);
        Self { stdout: Vec::new(), stderr: Vec::new(), now, run: 0, destination }
    }

    /// Sends the lines that follow to another destination, and drops this one.
    pub(crate) fn redirect(
        &mut self,
        destination: impl FnMut(OutputLine) -> io::Result<()> + Send + 'static,
    ) {
        self.destination = Box::new(destination);
    }

    /// Writes the unfinished lines, because the rest of them will not arrive.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        for source in Source::BOTH {
            if !self.pending(source).is_empty() {
                self.end_line(source)?;
            }
        }
        Ok(())
    }

    fn pending(&mut self, source: Source) -> &mut Vec<u8> {
        match source {
            Source::Stdout => &mut self.stdout,
            Source::Stderr => &mut self.stderr,
        }
    }

    fn end_line(&mut self, source: Source) -> io::Result<()> {
        let bytes = mem::take(self.pending(source));
        let line = OutputLine { run: self.run, source, time: self.now, bytes };
        (self.destination)(line)
    }
}

impl OutputWriter for LineWriter {
    fn write(&mut self, source: Source, bytes: &[u8], position: OutputPosition) -> io::Result<()> {
        if position.run != self.run {
            self.flush()?;
            self.run = position.run;
        }
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let pending = self.pending(source);
            pending.extend(part.strip_suffix(b"\n").unwrap_or(part));
            if part.ends_with(b"\n") || pending.len() >= MAX_LINE_BYTES {
                self.end_line(source)?;
            }
        }
        Ok(())
    }

    fn arrived(&mut self, time: Time) {
        self.now = time;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;

    #[test]
    fn a_line_has_the_time_of_its_end_and_ends_with_its_run() {
        let (sender, lines) = sync_channel(16);
        let mut writer = LineWriter::new(move |line: OutputLine| {
            sender.send(line).unwrap();
            Ok(())
        });
        let mut write = |second: i64, source: Source, run: u32, bytes: &str| {
            writer.arrived(Time::from_micros(second * 1_000_000));
            let position = OutputPosition { run, offset: 0 };
            writer.write(source, bytes.as_bytes(), position).unwrap();
        };
        write(1, Source::Stdout, 1, "a");
        write(2, Source::Stderr, 1, "err\n");
        write(3, Source::Stdout, 1, "b\nc");
        write(4, Source::Stdout, 2, "new\n");
        write(5, Source::Stdout, 2, "rest");
        writer.flush().unwrap();
        drop(writer);
        let shown = |line: OutputLine| {
            let text = String::from_utf8(line.bytes).unwrap();
            format!("{} {:?} {} {text}", line.run, line.source, line.time.micros() / 1_000_000)
        };
        let lines: Vec<_> = lines.into_iter().map(shown).collect();
        let expected = [
            "1 Stderr 2 err",
            "1 Stdout 3 ab",
            "1 Stdout 4 c",
            "2 Stdout 4 new",
            "2 Stdout 5 rest",
        ];
        assert_eq!(lines, expected);
    }
}

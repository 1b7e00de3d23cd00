//! [`Backlog`]: the existing lines of several processes, merged by time. It holds one line of each.

use std::iter::Peekable;
use std::sync::mpsc::{IntoIter, Receiver};

use crate::session::OutputLine;

/// The lines of each process, oldest first.
pub(super) struct Backlog {
    sources: Vec<Peekable<IntoIter<OutputLine>>>,
}

impl Backlog {
    pub(super) fn new(sources: Vec<Receiver<OutputLine>>) -> Self {
        let sources = sources.into_iter().map(|source| source.into_iter().peekable());
        Self { sources: sources.collect() }
    }
}

impl Iterator for Backlog {
    type Item = (usize, OutputLine);

    /// The oldest line, with the index of its process. Waits until a line of each process is known.
    fn next(&mut self) -> Option<Self::Item> {
        let heads = self.sources.iter_mut().enumerate();
        let times = heads.filter_map(|(index, source)| Some((source.peek()?.time, index)));
        let (_, index) = times.min()?;
        Some((index, self.sources[index].next()?))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use persistproc_api::Time;
    use persistproc_api::cursor::Source;

    use super::*;

    #[test]
    fn lines_are_merged_by_time() {
        let source = |times: &[i64]| {
            let (sender, lines) = sync_channel(16);
            for micros in times {
                let time = Time::from_micros(*micros);
                let line = OutputLine { run: 1, source: Source::Stdout, time, bytes: Vec::new() };
                sender.send(line).unwrap();
            }
            lines
        };
        let merged = Backlog::new(vec![source(&[1, 4, 5]), source(&[2, 4]), source(&[])]);
        let order: Vec<_> = merged.map(|(index, line)| (index, line.time.micros())).collect();
        assert_eq!(order, [(0, 1), (1, 2), (0, 4), (1, 4), (0, 5)]);
    }
}

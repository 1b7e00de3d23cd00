//! `MergedRows`: merges finite streams of rows by time. Each stream is ordered already. Rows with
//! the same time come in the order of their streams.

use super::row::RowResult;

/// The merged stream.
pub(super) struct MergedRows<S> {
    sources: Vec<S>,
    /// The next row of each source.
    heads: Vec<Head>,
}

enum Head {
    NotRead,
    Ready(Box<RowResult>),
    Exhausted,
}

impl<S: Iterator<Item = RowResult>> MergedRows<S> {
    pub(super) fn new(sources: Vec<S>) -> Self {
        let heads = sources.iter().map(|_| Head::NotRead).collect();
        Self { sources, heads }
    }

    /// Takes the sources out, after all rows have been read from them.
    pub(super) fn take_sources(&mut self) -> Vec<S> {
        std::mem::take(&mut self.sources)
    }

    fn read_heads(&mut self) {
        for (head, source) in self.heads.iter_mut().zip(&mut self.sources) {
            if matches!(head, Head::NotRead) {
                *head = source.next().map_or(Head::Exhausted, |row| Head::Ready(Box::new(row)));
            }
        }
    }
}

impl<S: Iterator<Item = RowResult>> Iterator for MergedRows<S> {
    type Item = RowResult;

    fn next(&mut self) -> Option<RowResult> {
        // A single source needs no merging.
        if let [only] = &mut self.sources[..] {
            return only.next();
        }
        self.read_heads();
        let ready = self.heads.iter_mut().filter_map(|head| match head {
            Head::Ready(result) => {
                // An error has no time and comes first: `None` is less than any time.
                let time = result.as_ref().as_ref().ok().map(|row| row.row.time);
                Some((time, head))
            }
            Head::NotRead | Head::Exhausted => None,
        });
        let (_, oldest) = ready.min_by_key(|(time, _)| *time)?;
        match std::mem::replace(oldest, Head::NotRead) {
            Head::Ready(result) => Some(*result),
            Head::NotRead | Head::Exhausted => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use persistproc_api::Time;
    use persistproc_api::output::{Row, Stream};

    use super::super::row::{ProcessName, ProcessRow};
    use super::*;

    fn rows(label: &str, times: &[i64]) -> std::vec::IntoIter<RowResult> {
        let process = Arc::new(ProcessName { id: label.into(), label: label.into() });
        let rows: Vec<RowResult> = times
            .iter()
            .map(|time| {
                let row = Row {
                    run: 1,
                    number: None,
                    stream: Stream::Stdout,
                    time: Time::from_micros(*time),
                    line: String::new(),
                    cursor: String::new(),
                };
                Ok(ProcessRow { process: Arc::clone(&process), row })
            })
            .collect();
        rows.into_iter()
    }

    #[test]
    fn rows_are_ordered_by_time_and_then_by_source() {
        let sources = vec![rows("a", &[1, 3, 3]), rows("b", &[2, 3]), rows("c", &[])];
        let merged = MergedRows::new(sources);
        let labels: String = merged.map(|row| row.unwrap().process.label.clone()).collect();
        assert_eq!(labels, "abaab");
    }
}

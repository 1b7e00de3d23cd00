//! Several streams that end, as one in order of time. Each gives its own in order; between two
//! that came at once the first one named comes first.

use persistproc_api::Problem;

use super::Owned;

type Item = Result<Owned, Problem>;

/// The merged stream.
pub(crate) struct Merged<S> {
    sources: Vec<S>,
    /// The next row of each, once it was asked for.
    heads: Vec<Head>,
}

enum Head {
    Unasked,
    Waits(Box<Item>),
    Over,
}

impl<S: Iterator<Item = Item>> Merged<S> {
    pub(crate) fn new(sources: Vec<S>) -> Self {
        let heads = sources.iter().map(|_| Head::Unasked).collect();
        Self { sources, heads }
    }

    /// The streams, all given out.
    pub(crate) fn take_sources(&mut self) -> Vec<S> {
        std::mem::take(&mut self.sources)
    }
}

impl<S: Iterator<Item = Item>> Iterator for Merged<S> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        // One alone need not be looked at before it is wanted.
        if let [only] = &mut self.sources[..] {
            return only.next();
        }
        for (head, source) in self.heads.iter_mut().zip(&mut self.sources) {
            if matches!(head, Head::Unasked) {
                *head = source.next().map_or(Head::Over, |item| Head::Waits(Box::new(item)));
            }
        }
        let first = self.heads.iter_mut().filter_map(|head| match head {
            Head::Waits(item) => Some((item.as_ref().as_ref().ok().map(|(_, row)| row.time), head)),
            Head::Unasked | Head::Over => None,
        });
        // What went wrong has no time, and is told first.
        let (_, head) = first.min_by_key(|(time, _)| *time)?;
        match std::mem::replace(head, Head::Unasked) {
            Head::Waits(item) => Some(*item),
            Head::Unasked | Head::Over => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use persistproc_api::Time;
    use persistproc_api::output::{Row, Stream};

    use super::super::Who;
    use super::*;

    fn rows(label: &str, times: &[i64]) -> std::vec::IntoIter<Item> {
        let who = Arc::new(Who { id: label.into(), label: label.into() });
        let row = |time: &i64| {
            let (run, number, stream) = (1, None, Stream::Stdout);
            let time = Time::from_micros(*time);
            Ok((
                Arc::clone(&who),
                Row { run, number, stream, time, line: String::new(), cursor: String::new() },
            ))
        };
        times.iter().map(row).collect::<Vec<_>>().into_iter()
    }

    #[test]
    fn the_oldest_comes_first_and_the_first_named_before_the_others() {
        let merged = Merged::new(vec![rows("a", &[1, 3, 3]), rows("b", &[2, 3]), rows("c", &[])]);
        let told: String = merged.map(|item| item.unwrap().0.label.clone()).collect();
        assert_eq!(told, "abaab");
    }
}

//! [`KnownKinds`]: the kinds of error lines that a process has printed, as many as memory allows.

use std::collections::HashSet;

use super::kind::Kind;

/// How many kinds each of the two generations has.
const MAX_GENERATION: usize = 2048;

/// The kinds that are known, in two generations: a kind that was printed in neither is forgotten. So what is
/// known at a position depends on a bounded part of the output before it, and a daemon that reads only that
/// part knows the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KnownKinds {
    previous: HashSet<Kind>,
    current: HashSet<Kind>,
}

impl KnownKinds {
    /// Adds a kind. Returns whether it was unknown.
    pub(crate) fn add(&mut self, kind: Kind) -> bool {
        let is_old = self.previous.contains(&kind);
        if self.current.len() >= MAX_GENERATION && !self.current.contains(&kind) {
            self.next_generation();
        }
        self.current.insert(kind) && !is_old
    }

    /// Forgets kinds: the next line of theirs is new.
    pub(crate) fn forget(&mut self, kinds: &[Kind]) {
        for kind in kinds {
            self.previous.remove(kind);
            self.current.remove(kind);
        }
    }

    /// Begins the next generation. The previous one is forgotten.
    pub(crate) fn next_generation(&mut self) {
        self.previous = std::mem::take(&mut self.current);
    }

    /// Begins a run. The kinds of earlier runs are its previous generation.
    pub(crate) fn next_run(&mut self) {
        self.previous.extend(self.current.drain());
        if self.previous.len() > MAX_GENERATION {
            let mut all: Vec<Kind> = self.previous.drain().collect();
            // Which ones are kept must not depend on the order of a hash table.
            all.sort_unstable();
            all.truncate(MAX_GENERATION);
            self.previous.extend(all);
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.previous.len() + self.current.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_known_for_two_generations_and_in_the_next_run() {
        let mut known = KnownKinds::default();
        assert!(known.add(1));
        assert!(!known.add(1));
        known.next_generation();
        assert!(!known.add(1), "printed in the previous generation");
        known.next_generation();
        known.next_generation();
        assert!(known.add(1), "forgotten");
        known.next_run();
        known.next_run();
        assert!(!known.add(1), "of an earlier run");
        known.forget(&[1]);
        assert!(known.add(1));
    }

    #[test]
    fn memory_is_bounded() {
        let mut known = KnownKinds::default();
        for run in 0..3 {
            for kind in 1..20_000 {
                known.add(kind + run * 100_000);
                assert!(known.len() <= 4096);
            }
            known.next_run();
        }
    }
}

//! [`Viewers`]: the clients that show the child's terminal. The viewer that typed last decides the
//! size of the terminal, and its own terminal answers the questions in the output.
//!
//! Attaching counts as typing: a person has just typed the command. When the viewer that decides
//! leaves, the one that typed before it decides again.

use std::collections::BTreeMap;

use persistproc_api::process::Size;

/// The viewers by the keys of their connections.
#[derive(Default)]
pub(super) struct Viewers {
    viewers: BTreeMap<u64, Viewer>,
    /// Counts what the viewers have typed.
    typed: u64,
}

/// A client that shows the terminal.
struct Viewer {
    /// The size of its own terminal. `None`: it has none.
    size: Option<Size>,
    /// The value of [`Viewers::typed`] when it typed last.
    typed: u64,
}

impl Viewers {
    /// Makes a connection a viewer. A viewer that attaches again counts as one that typed.
    pub(super) fn add(&mut self, key: u64, size: Option<Size>) {
        self.typed += 1;
        self.viewers.insert(key, Viewer { size, typed: self.typed });
    }

    /// Removes the viewers whose connections have ended. Returns whether there were any.
    pub(super) fn remove_others(&mut self, is_connected: impl Fn(u64) -> bool) -> bool {
        let before = self.viewers.len();
        self.viewers.retain(|key, _| is_connected(*key));
        self.viewers.len() < before
    }

    /// Notes that a viewer has typed. Returns whether another one had typed last.
    pub(super) fn note_typed(&mut self, key: u64) -> bool {
        if self.active() == Some(key) {
            return false;
        }
        let Some(viewer) = self.viewers.get_mut(&key) else { return false };
        self.typed += 1;
        viewer.typed = self.typed;
        true
    }

    /// Notes that the terminal of a viewer has another size. Returns `false` if the client is no
    /// viewer.
    pub(super) fn resize(&mut self, key: u64, size: Size) -> bool {
        let Some(viewer) = self.viewers.get_mut(&key) else { return false };
        viewer.size = Some(size);
        true
    }

    /// The viewer that typed last.
    pub(super) fn active(&self) -> Option<u64> {
        let (key, _) = self.viewers.iter().max_by_key(|(_, viewer)| viewer.typed)?;
        Some(*key)
    }

    /// The size that the child's terminal should have. `None` if no viewer has a terminal.
    pub(super) fn size(&self) -> Option<Size> {
        let sizes = self.viewers.values().filter_map(|viewer| Some((viewer.typed, viewer.size?)));
        sizes.max_by_key(|(typed, _)| *typed).map(|(_, size)| size)
    }

    /// Whether this connection is a viewer.
    pub(super) fn contains(&self, key: u64) -> bool {
        self.viewers.contains_key(&key)
    }

    pub(super) fn keys(&self) -> Vec<u64> {
        self.viewers.keys().copied().collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.viewers.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(columns: u16) -> Size {
        Size { rows: 24, columns }
    }

    #[test]
    fn the_viewer_that_typed_last_decides_the_size() {
        let mut viewers = Viewers::default();
        assert_eq!(viewers.size(), None);
        viewers.add(1, Some(size(80)));
        viewers.add(2, Some(size(60)));
        assert_eq!((viewers.active(), viewers.size()), (Some(2), Some(size(60))));
        assert!(viewers.note_typed(1) && !viewers.note_typed(1));
        assert_eq!((viewers.active(), viewers.size()), (Some(1), Some(size(80))));
        assert!(viewers.resize(2, size(50)));
        assert_eq!(viewers.size(), Some(size(80)));
        assert!(viewers.remove_others(|key| key == 2));
        assert_eq!((viewers.active(), viewers.size()), (Some(2), Some(size(50))));
    }

    #[test]
    fn the_size_is_given_back_when_a_viewer_leaves() {
        let mut viewers = Viewers::default();
        viewers.add(1, Some(size(80)));
        viewers.add(2, Some(size(60)));
        viewers.remove_others(|key| key == 1);
        assert_eq!(viewers.size(), Some(size(80)));
    }

    #[test]
    fn a_viewer_without_a_terminal_decides_no_size() {
        let mut viewers = Viewers::default();
        viewers.add(1, Some(size(80)));
        viewers.add(2, None);
        assert_eq!((viewers.active(), viewers.size()), (Some(2), Some(size(80))));
        assert!(!viewers.resize(3, size(9)) && !viewers.note_typed(3));
    }
}

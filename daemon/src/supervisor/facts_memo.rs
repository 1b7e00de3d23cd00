//! [`FactsMemo`]: what was measured of a process, with what it depends on. A question about many
//! processes then costs little for those that have not changed since the last one.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::logs::file_names::INDEX;
use crate::platform::run_tree::SampledMember;
use crate::platform::sockets::{self, ListeningSocket, are_in_other_network};

/// What is remembered of one process.
#[derive(Default)]
pub(crate) struct FactsMemo {
    /// The processes of the run.
    pub(crate) members: Vec<SampledMember>,
    pub(crate) ports: Remembered<ListeningSet, Vec<u16>>,
    pub(crate) log: Remembered<LogState, LogFacts>,
}

impl FactsMemo {
    /// Replaces the processes of the run. Other processes may have other ports.
    pub(crate) fn set_members(&mut self, members: Vec<SampledMember>) {
        let is_same = members.len() == self.members.len()
            && members.iter().zip(&self.members).all(|(new, old)| new.is_same_program(old));
        if !is_same {
            self.ports = Remembered::default();
        }
        self.members = members;
    }
}

impl FactsMemo {
    /// The ports on which these processes of the run listen.
    pub(crate) fn ports(&mut self, pids: &[u32], listening: &ListeningSet) -> Vec<u16> {
        // Ports in another network namespace are not among `listening`.
        let is_here = !self.members.is_empty() && !are_in_other_network(pids);
        let find = || sockets::ports_of(pids, &listening.0);
        if is_here {
            self.ports.get_or_make(listening.clone(), || Some(find())).unwrap_or_default()
        } else {
            find()
        }
    }
}

/// A value, and what it was made from.
pub(crate) struct Remembered<K, V>(Option<(K, V)>);

impl<K, V> Default for Remembered<K, V> {
    fn default() -> Self {
        Self(None)
    }
}

impl<K: PartialEq, V: Clone> Remembered<K, V> {
    /// The value for this key: the remembered one, or a new one.
    pub(crate) fn get_or_make(&mut self, key: K, make: impl FnOnce() -> Option<V>) -> Option<V> {
        if let Some((_, value)) = self.0.as_ref().filter(|(known, _)| *known == key) {
            return Some(value.clone());
        }
        let value = make()?;
        self.0 = Some((key, value.clone()));
        Some(value)
    }
}

/// The sockets that listen at a moment. Two are equal only if one is a clone of the other, which
/// costs nothing to find out.
#[derive(Clone)]
pub(crate) struct ListeningSet(Arc<[ListeningSocket]>);

impl Default for ListeningSet {
    fn default() -> Self {
        Self(Arc::new([]))
    }
}

/// The set that was read last.
#[derive(Default)]
pub(crate) struct LastListening(Mutex<ListeningSet>);

impl LastListening {
    /// Reads the sockets that listen now: a clone of the last set if they are the same.
    pub(crate) fn read(&self) -> ListeningSet {
        let now = sockets::listening();
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *last.0 != *now {
            *last = ListeningSet(now.into());
        }
        last.clone()
    }
}

impl PartialEq for ListeningSet {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// How far the log of a run has come, and the ports whose URLs are looked for in it.
#[derive(PartialEq, Eq)]
pub(crate) struct LogState {
    run: u32,
    /// Inode and length of the index, to which each read appends.
    index: (u64, u64),
    ports: Vec<u16>,
}

impl LogState {
    /// `None` if the run has no log yet.
    pub(crate) fn of(folder: &Path, run: u32, ports: &[u16]) -> Option<Self> {
        let index = fs::metadata(folder.join(INDEX)).ok()?;
        Some(Self { run, index: (index.ino(), index.len()), ports: ports.to_owned() })
    }
}

/// What the log tells.
#[derive(Clone, Default)]
pub(crate) struct LogFacts {
    pub(crate) url: Option<String>,
    pub(crate) last_line: Option<String>,
    pub(crate) size: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_made_once_for_each_key() {
        let mut remembered = Remembered::default();
        assert_eq!(remembered.get_or_make(1, || Some("one")), Some("one"));
        assert_eq!(remembered.get_or_make(1, || Some("again")), Some("one"));
        assert_eq!(remembered.get_or_make(2, || None), None, "a failure is not remembered");
        assert_eq!(remembered.get_or_make(2, || Some("two")), Some("two"));
    }

    #[test]
    fn the_state_of_a_log_changes_with_its_index() {
        let folder = tempfile::tempdir().unwrap();
        assert!(LogState::of(folder.path(), 1, &[]).is_none());
        fs::write(folder.path().join(INDEX), "x").unwrap();
        let before = LogState::of(folder.path(), 1, &[80]);
        assert!(before == LogState::of(folder.path(), 1, &[80]));
        assert!(before != LogState::of(folder.path(), 1, &[]));
        fs::write(folder.path().join(INDEX), "xy").unwrap();
        assert!(before != LogState::of(folder.path(), 1, &[80]));
    }
}

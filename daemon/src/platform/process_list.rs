//! [`ProcessList`]: the living processes of this machine with their parents.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::tree::{self, LivingProcess};

/// How many orphans of orphans are followed at most.
const MAX_GENERATIONS: usize = 100;

/// The living processes by pid. They were read one by one, so it is no picture of one moment.
pub(super) struct ProcessList(BTreeMap<u32, LivingProcess>);

impl ProcessList {
    pub(super) fn read() -> Self {
        Self(tree::pids().filter_map(|pid| Some((pid, tree::living_process(pid)?))).collect())
    }

    /// A list with every living child of this shim.
    ///
    /// A process that starts another and exits while the list is read may be missing in it together with
    /// the other. But such an orphan becomes a child of the shim, whose children the kernel lists. A
    /// child that has exited meanwhile may have left another to the shim, so they are read until there
    /// is none that was not looked at.
    pub(super) fn with_children_of(shim: u32) -> Self {
        let Self(mut processes) = Self::read();
        let mut exited = BTreeSet::new();
        for _ in 0..MAX_GENERATIONS {
            let children = tree::children(shim).unwrap_or_default();
            let is_new = |pid: &u32| !processes.contains_key(pid) && !exited.contains(pid);
            let new: Vec<u32> = children.into_iter().filter(is_new).collect();
            if new.is_empty() {
                break;
            }
            for pid in new {
                match tree::living_process(pid) {
                    Some(process) => _ = processes.insert(pid, process),
                    None => _ = exited.insert(pid),
                }
            }
        }
        Self(processes)
    }

    pub(super) fn get(&self, pid: u32) -> Option<&LivingProcess> {
        self.0.get(&pid)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &LivingProcess)> {
        self.0.iter().map(|(pid, process)| (*pid, process))
    }

    pub(super) fn children_of(&self, parent: u32) -> Vec<u32> {
        self.iter().filter(|(_, process)| process.parent == parent).map(|(pid, _)| pid).collect()
    }

    /// The children of each process that has some.
    pub(super) fn by_parent(&self) -> HashMap<u32, Vec<u32>> {
        let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
        for (pid, process) in self.iter() {
            children.entry(process.parent).or_default().push(pid);
        }
        children
    }
}

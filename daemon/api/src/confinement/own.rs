//! Reads the own confinement of this process, most of it from `/proc/self/status`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::Confinement;
use crate::limits;

/// The kinds of namespaces, as in `/proc/self/ns`.
const NAMESPACES: [&str; 8] = ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"];

impl Confinement {
    /// The confinement of this process. What the platform does not tell is absent.
    pub fn own() -> Self {
        let status = ProcStatus::of("self");
        let mut groups: BTreeSet<u32> =
            status.field("Groups").split_whitespace().filter_map(|id| id.parse().ok()).collect();
        groups.insert(rustix::process::getegid().as_raw());
        Self {
            niceness: rustix::process::getpriority_process(None).unwrap_or(0),
            hard_limits: limits::own_hard(),
            no_new_privileges: status.no_new_privileges(),
            seccomp_filters: status.seccomp_filters(),
            groups,
            capabilities: u64::from_str_radix(status.field("CapPrm"), 16).unwrap_or(0),
            namespaces: namespaces(),
            cgroup: cgroup(),
        }
    }
}

/// The fields of a `/proc/<pid>/status`.
pub(super) struct ProcStatus(String);

impl ProcStatus {
    /// Without such a file, every field is empty.
    pub(super) fn of(process: &str) -> Self {
        Self(fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default())
    }

    pub(super) fn field(&self, name: &str) -> &str {
        let value = self.0.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        value.unwrap_or("").trim()
    }

    pub(super) fn no_new_privileges(&self) -> bool {
        self.field("NoNewPrivs") == "1"
    }

    /// Kernels before 5.9 do not count the filters.
    pub(super) fn seccomp_filters(&self) -> u32 {
        let count = self.field("Seccomp_filters").parse();
        count.unwrap_or_else(|_| u32::from(!matches!(self.field("Seccomp"), "" | "0")))
    }
}

fn namespaces() -> BTreeMap<String, u64> {
    let number = |kind: &&str| {
        let link = fs::read_link(format!("/proc/self/ns/{kind}")).ok()?;
        let text = link.to_str()?.split_once('[')?.1.strip_suffix(']')?.to_owned();
        Some(((*kind).to_owned(), text.parse().ok()?))
    };
    NAMESPACES.iter().filter_map(number).collect()
}

/// The group of the unified hierarchy, which is the last line.
fn cgroup() -> String {
    let text = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let line = text.lines().last().unwrap_or("");
    line.splitn(3, ':').nth(2).unwrap_or("").to_owned()
}

//! [`Confinement`]: what confines a process and everything that it starts, and cannot be undone
//! without privileges. The daemon has that of the client that started it; a client that is less
//! confined replaces the daemon before it starts a process.

mod own;
mod sandbox;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use sandbox::sandbox;

use crate::limits::{HardLimits, is_higher};

/// The niceness, limits, filters, groups and namespaces of a process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Confinement {
    pub niceness: i32,
    /// Hard limits, with the names and units of `limits`; null is no limit.
    pub hard_limits: HardLimits,
    /// No program gains privileges, not even a set-user-ID program.
    pub no_new_privileges: bool,
    /// Number of seccomp filters, which refuse system calls.
    pub seccomp_filters: u32,
    /// Its groups, in ascending order.
    pub groups: BTreeSet<u32>,
    /// Its permitted capabilities, as bits.
    pub capabilities: u64,
    /// The numbers of its namespaces by kind: `mnt`, `net`, `pid`, `user` and so on.
    pub namespaces: BTreeMap<String, u64>,
    /// Its control group.
    pub cgroup: String,
}

const CAP_SYS_NICE: u64 = 1 << 23;
const CAP_SYS_RESOURCE: u64 = 1 << 24;

/// The numbers of the first namespaces of a machine, which are part of the kernel's interface.
const INITIAL_NAMESPACES: [(&str, u64); 2] = [("pid", 0xefff_fffc), ("user", 0xefff_fffd)];

impl Confinement {
    /// What the caller has and a child of this process cannot get. As the caller is less confined in
    /// each of these, a daemon that it starts can give them.
    pub fn withheld_from(&self, caller: &Self) -> Vec<String> {
        let mut withheld = Vec::new();
        if caller.niceness < self.lowest_niceness() {
            withheld.push(format!("niceness {}", caller.niceness));
        }
        if self.capabilities & CAP_SYS_RESOURCE == 0 {
            withheld.extend(self.lower_limits(caller));
        }
        if self.no_new_privileges && !caller.no_new_privileges {
            withheld.push("set-user-ID programs such as sudo".to_owned());
        }
        if self.seccomp_filters > caller.seccomp_filters {
            withheld.push("all system calls".to_owned());
        }
        if is_proper_subset(&self.groups, &caller.groups) {
            let missing = caller.groups.difference(&self.groups).map(u32::to_string);
            let missing = missing.collect::<Vec<_>>().join(", ");
            withheld.push(format!("membership of group {missing}"));
        }
        let has_all_of_daemon = self.capabilities & !caller.capabilities == 0;
        if has_all_of_daemon && self.capabilities != caller.capabilities {
            withheld.push("capabilities".to_owned());
        }
        for (kind, initial) in INITIAL_NAMESPACES {
            let is_initial = caller.namespaces.get(kind) == Some(&initial);
            if is_initial && self.differs_in(kind, caller) {
                withheld.push(format!("the {kind} namespace of the machine"));
            }
        }
        withheld
    }

    /// What confines the caller and will not confine a child of this process.
    pub fn not_passed_on(&self, caller: &Self) -> Vec<String> {
        let mut lost = Vec::new();
        if caller.seccomp_filters > self.seccomp_filters {
            lost.push("seccomp filter".to_owned());
        }
        if !self.groups.is_subset(&caller.groups) {
            lost.push("groups".to_owned());
        }
        if self.capabilities & !caller.capabilities != 0 {
            lost.push("capabilities".to_owned());
        }
        let kinds = caller.namespaces.keys().filter(|kind| self.differs_in(kind, caller));
        let kinds: Vec<&str> = kinds.map(String::as_str).collect();
        if !kinds.is_empty() {
            lost.push(format!("namespaces ({})", kinds.join(", ")));
        }
        lost
    }

    /// The lowest niceness that a child of this process can set.
    fn lowest_niceness(&self) -> i32 {
        const LOWEST: i32 = -20;
        if self.capabilities & CAP_SYS_NICE != 0 {
            return LOWEST;
        }
        let allowed = match self.hard_limits.get("nice") {
            Some(Some(limit)) => 20 - i32::try_from(*limit).unwrap_or(40).min(40),
            Some(None) => LOWEST,
            None => self.niceness,
        };
        self.niceness.min(allowed)
    }

    fn lower_limits<'a>(&'a self, caller: &'a Self) -> impl Iterator<Item = String> + 'a {
        caller.hard_limits.iter().filter_map(|(name, limit)| {
            let own = self.hard_limits.get(name)?;
            is_higher(*limit, *own).then(|| match limit {
                Some(limit) => format!("a hard limit of {limit} for {name}"),
                None => format!("no hard limit for {name}"),
            })
        })
    }

    fn differs_in(&self, kind: &str, caller: &Self) -> bool {
        match (self.namespaces.get(kind), caller.namespaces.get(kind)) {
            (Some(own), Some(other)) => own != other,
            _ => false,
        }
    }
}

fn is_proper_subset(part: &BTreeSet<u32>, whole: &BTreeSet<u32>) -> bool {
    part.is_subset(whole) && part.len() < whole.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn confinement() -> Confinement {
        Confinement {
            niceness: 0,
            hard_limits: HardLimits::from([
                ("nofile".into(), Some(4096)),
                ("core".into(), None),
                ("nice".into(), Some(0)),
            ]),
            groups: BTreeSet::from([1000]),
            namespaces: BTreeMap::from([("net".into(), 7), ("user".into(), 0xefff_fffd)]),
            ..Confinement::default()
        }
    }

    #[test]
    fn a_daemon_withholds_what_it_cannot_give() {
        let caller = confinement();
        assert_eq!(caller.withheld_from(&caller), [""; 0]);
        let daemon = Confinement {
            niceness: 10,
            no_new_privileges: true,
            seccomp_filters: 1,
            groups: BTreeSet::new(),
            hard_limits: HardLimits::from([
                ("nofile".into(), Some(100)),
                ("core".into(), Some(0)),
                ("nice".into(), Some(0)),
            ]),
            namespaces: BTreeMap::from([("user".into(), 5)]),
            ..Confinement::default()
        };
        assert_eq!(
            daemon.withheld_from(&caller),
            [
                "niceness 0",
                "no hard limit for core",
                "a hard limit of 4096 for nofile",
                "set-user-ID programs such as sudo",
                "all system calls",
                "membership of group 1000",
                "the user namespace of the machine",
            ]
        );
        // The less confined side is never replaced.
        let without_groups = Confinement { groups: BTreeSet::new(), ..confinement() };
        let daemon = Confinement { niceness: 10, ..without_groups };
        assert_eq!(confinement().withheld_from(&daemon), [""; 0]);
    }

    #[test]
    fn privileges_of_the_daemon_are_enough() {
        let daemon = Confinement {
            niceness: 10,
            capabilities: CAP_SYS_NICE | CAP_SYS_RESOURCE,
            hard_limits: HardLimits::from([("nofile".into(), Some(1))]),
            ..confinement()
        };
        let caller = Confinement { capabilities: daemon.capabilities, ..confinement() };
        assert_eq!(daemon.withheld_from(&caller), [""; 0]);
    }

    #[test]
    fn a_sandbox_of_the_caller_is_not_passed_on() {
        let caller = Confinement {
            seccomp_filters: 1,
            namespaces: BTreeMap::from([("net".into(), 8), ("user".into(), 0xefff_fffd)]),
            ..confinement()
        };
        let lost = confinement().not_passed_on(&caller);
        assert_eq!(lost, ["seccomp filter", "namespaces (net)"]);
    }
}

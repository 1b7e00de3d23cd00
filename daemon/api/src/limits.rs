//! [`SoftLimits`]: the resource limits of a process, as `ulimit` shows them. Functions read and set
//! those of this process. A client sends its own with a start, so that the child has the limits of
//! the client and not those of the daemon.

use std::collections::BTreeMap;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Soft limits by name, each in the unit of the kernel: bytes, seconds or a number. `None` is no
/// limit.
pub type SoftLimits = BTreeMap<String, Option<u64>>;

/// The limits that every platform has, by the names of `prlimit`.
const NAMES: [(&str, Resource); 9] = [
    ("as", Resource::As),
    ("core", Resource::Core),
    ("cpu", Resource::Cpu),
    ("data", Resource::Data),
    ("fsize", Resource::Fsize),
    ("memlock", Resource::Memlock),
    ("nofile", Resource::Nofile),
    ("nproc", Resource::Nproc),
    ("stack", Resource::Stack),
];

/// The names of all limits.
pub fn names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|(name, _)| *name)
}

/// The soft limits of this process.
pub fn own() -> SoftLimits {
    NAMES.iter().map(|(name, it)| ((*name).to_owned(), getrlimit(*it).current)).collect()
}

/// Sets soft limits of this process, each at most to its hard limit. Returns the old values of
/// those that changed.
pub fn set(limits: &SoftLimits) -> SoftLimits {
    let mut old = SoftLimits::new();
    for (name, resource) in NAMES {
        let Some(limit) = limits.get(name) else { continue };
        let Rlimit { current, maximum } = getrlimit(resource);
        let limit = match (*limit, maximum) {
            (Some(limit), Some(maximum)) => Some(limit.min(maximum)),
            (limit, None) => limit,
            (None, maximum) => maximum,
        };
        // A limit that cannot be set stays as it is, since it is no reason not to start a child.
        if limit != current && setrlimit(resource, Rlimit { current: limit, maximum }).is_ok() {
            old.insert(name.to_owned(), current);
        }
    }
    old
}

/// Raises the soft limits of this process to the hard limits, so that the daemon does not depend on
/// the limits of the client that started it. Core files are turned off: they would contain the
/// secrets in its memory. Returns the old values of all limits.
pub fn raise() -> SoftLimits {
    let raised = ["as", "cpu", "data", "fsize", "nofile", "nproc"];
    let mut limits: SoftLimits = raised.iter().map(|name| ((*name).to_owned(), None)).collect();
    limits.insert("core".into(), Some(0));
    let mut old = own();
    old.extend(set(&limits));
    old
}

/// The maximum number of open files of this process.
pub fn open_files() -> usize {
    let most = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(most).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_set_up_to_the_hard_limit_and_can_be_restored() {
        let given = own();
        assert_eq!(given.len(), NAMES.len());
        let files = given["nofile"].unwrap();
        let wanted = SoftLimits::from([("nofile".into(), Some(files - 1)), ("x".into(), None)]);
        assert_eq!(set(&wanted), SoftLimits::from([("nofile".into(), Some(files))]));
        assert_eq!(open_files() as u64, files - 1);
        assert_eq!(set(&wanted), SoftLimits::new());
        set(&SoftLimits::from([("nofile".into(), None)]));
        assert!(open_files() as u64 >= files);
        set(&given);
        assert_eq!(own(), given);
    }
}

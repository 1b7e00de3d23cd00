//! [`SoftLimits`] and [`HardLimits`]: the resource limits of a process, as `ulimit` shows them.
//! Functions read and set those of this process. A client sends its own with a start, so that the
//! child has the limits of the client and not those of the daemon.

use std::collections::BTreeMap;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Soft limits by name, each in the unit of the kernel: bytes, seconds or a number. `None` is no
/// limit.
pub type SoftLimits = BTreeMap<String, Option<u64>>;

/// Hard limits, in the form of [`SoftLimits`].
pub type HardLimits = BTreeMap<String, Option<u64>>;

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

/// The limits that only Linux has.
#[cfg(target_os = "linux")]
const MORE_NAMES: [(&str, Resource); 7] = [
    ("locks", Resource::Locks),
    ("msgqueue", Resource::Msgqueue),
    ("nice", Resource::Nice),
    ("rss", Resource::Rss),
    ("rtprio", Resource::Rtprio),
    ("rttime", Resource::Rttime),
    ("sigpending", Resource::Sigpending),
];

#[cfg(not(target_os = "linux"))]
const MORE_NAMES: [(&str, Resource); 0] = [];

/// The kernel's own default for the number of open files. Programs that use `select` cannot handle
/// more, so a higher limit is for programs that ask for it.
const DEFAULT_OPEN_FILES: u64 = 1024;

/// The kernel's own default for the size of a stack.
const DEFAULT_STACK_BYTES: u64 = 8 << 20;

fn all() -> impl Iterator<Item = (&'static str, Resource)> {
    NAMES.into_iter().chain(MORE_NAMES)
}

/// The names of all limits.
pub fn names() -> impl Iterator<Item = &'static str> {
    all().map(|(name, _)| name)
}

/// Whether every platform has the limit. Version 0.3 knows no others.
pub fn is_on_every_platform(name: &str) -> bool {
    NAMES.iter().any(|(known, _)| *known == name)
}

/// The limit with this name.
pub fn by_name(name: &str) -> Option<Resource> {
    all().find(|(known, _)| *known == name).map(|(_, resource)| resource)
}

/// The soft limits of this process.
pub fn own() -> SoftLimits {
    all().map(|(name, resource)| (name.to_owned(), getrlimit(resource).current)).collect()
}

/// The hard limits of this process.
pub fn own_hard() -> HardLimits {
    all().map(|(name, resource)| (name.to_owned(), getrlimit(resource).maximum)).collect()
}

/// The soft limits of a process whose client sent none: those of the kernel, and no others. They do
/// not depend on the client that happened to start the daemon.
pub fn defaults() -> SoftLimits {
    let mut limits: SoftLimits = names().map(|name| (name.to_owned(), None)).collect();
    limits.insert("core".to_owned(), Some(0));
    limits.insert("nofile".to_owned(), Some(DEFAULT_OPEN_FILES));
    limits.insert("stack".to_owned(), Some(DEFAULT_STACK_BYTES));
    limits
}

/// Whether a limit is higher than another one; `None` is no limit.
pub fn is_higher(limit: Option<u64>, than: Option<u64>) -> bool {
    than.is_some_and(|than| limit.is_none_or(|limit| limit > than))
}

/// Sets soft limits of this process, each at most to its hard limit. Returns the old values of
/// those that changed.
pub fn set(limits: &SoftLimits) -> SoftLimits {
    let mut old = SoftLimits::new();
    for (name, resource) in all() {
        let Some(limit) = limits.get(name) else { continue };
        let Rlimit { current, maximum } = getrlimit(resource);
        let limit = if is_higher(*limit, maximum) { maximum } else { *limit };
        // A limit that cannot be set stays as it is, since it is no reason not to start a child.
        if limit != current && setrlimit(resource, Rlimit { current: limit, maximum }).is_ok() {
            old.insert(name.to_owned(), current);
        }
    }
    old
}

/// Raises the soft limits of this process to the hard limits, so that the daemon does not depend on
/// the limits of the client that started it. Core files are turned off: they would contain the
/// secrets in its memory.
pub fn raise() {
    let raised = ["as", "cpu", "data", "fsize", "nofile", "nproc"];
    let mut limits: SoftLimits = raised.iter().map(|name| ((*name).to_owned(), None)).collect();
    limits.insert("core".into(), Some(0));
    set(&limits);
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
        assert_eq!(given.len(), names().count());
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

    #[test]
    fn no_limit_is_higher_than_every_limit() {
        for (limit, than, higher) in [
            (Some(2), Some(1), true),
            (Some(1), Some(1), false),
            (None, Some(1), true),
            (Some(1), None, false),
            (None, None, false),
        ] {
            assert_eq!(is_higher(limit, than), higher, "{limit:?} {than:?}");
        }
    }
}

//! What the kernel lets a program have, as `ulimit` shows it: the limits of a caller are those of
//! what it starts, whoever is the parent. It reads and sets the soft ones of this very process.

use std::collections::BTreeMap;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Soft limits by name, each in the kernel's own unit: bytes, seconds, or how many; none is no
/// limit at all.
pub type SoftLimits = BTreeMap<String, Option<u64>>;

/// Those that every platform has, by the names of `prlimit`.
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

/// The names there are.
pub fn names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|(name, _)| *name)
}

/// Our own.
pub fn own() -> SoftLimits {
    NAMES.iter().map(|(name, it)| ((*name).to_owned(), getrlimit(*it).current)).collect()
}

/// Sets those that are named, each as far as the hard limit lets it; answers what they were.
pub fn set(wanted: &SoftLimits) -> SoftLimits {
    let mut before = SoftLimits::new();
    for (name, resource) in NAMES {
        let Some(wanted) = wanted.get(name) else { continue };
        let Rlimit { current, maximum } = getrlimit(resource);
        let wanted = match (*wanted, maximum) {
            (Some(wanted), Some(most)) => Some(wanted.min(most)),
            (wanted, None) => wanted,
            (None, most) => most,
        };
        // A limit that cannot be had stays as it is: better a child with it than none.
        if wanted != current && setrlimit(resource, Rlimit { current: wanted, maximum }).is_ok() {
            before.insert(name.to_owned(), current);
        }
    }
    before
}

/// As many open files as the hard limit lets us have; no core file, which would hold what is in
/// our memory; nothing else that whoever happened to start us wanted less of. Answers what the
/// limits were.
pub fn widen() -> SoftLimits {
    let most = ["as", "cpu", "data", "fsize", "nofile", "nproc"];
    let mut wanted: SoftLimits = most.iter().map(|name| ((*name).to_owned(), None)).collect();
    wanted.insert("core".into(), Some(0));
    let mut given = own();
    given.extend(set(&wanted));
    given
}

/// How many files this process may have open.
pub fn open_files() -> usize {
    let most = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(most).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_set_as_far_as_they_may_be_and_given_back() {
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

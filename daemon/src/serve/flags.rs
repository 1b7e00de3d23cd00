//! [`settle`]: the flags that a daemon runs with: those that it was given, then those that are
//! remembered in its data directory. What a user gives is remembered.

use persistproc_api::daemon::FlagOrigins;
use persistproc_api::data_dirs::DataDirs;
use persistproc_api::serve_flags::ServeFlags;

/// What becomes of the flags of a `serve`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlagMemory {
    /// Whether the flags were given by a user, who means later daemons too. A client that starts a
    /// daemon means this one only.
    pub remembers: bool,
    /// Whether what is remembered is forgotten first.
    pub forgets: bool,
}

/// The flags to run with, and where they come from. The caller holds the lock of the data directory.
pub(super) fn settle(
    dirs: &DataDirs,
    given: ServeFlags,
    memory: FlagMemory,
) -> (ServeFlags, FlagOrigins) {
    let found =
        if memory.forgets { Ok(ServeFlags::default()) } else { ServeFlags::remembered(dirs) };
    let remembered = *found.as_ref().unwrap_or(&ServeFlags::default());
    let flags = given.or(remembered);
    // A port that the kernel chooses is another one each time.
    let lasting = ServeFlags { port: flags.port.filter(|port| *port != 0), ..flags };
    let is_new = found.is_ok() && lasting != remembered || given != ServeFlags::default();
    if (memory.remembers && is_new) || memory.forgets {
        lasting.remember(dirs).unwrap_or_else(|error| {
            tracing::warn!("the flags of serve cannot be remembered: {error}");
        });
    }
    let mut origins = given.origins(&remembered);
    match found {
        Err(problem) if !memory.remembers || !is_new => {
            tracing::warn!("{problem}");
            origins.error = Some(problem.message);
            (flags.keeping_everything(), origins)
        }
        _ => (flags, origins),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: FlagMemory = FlagMemory { remembers: true, forgets: false };
    const CLIENT: FlagMemory = FlagMemory { remembers: false, forgets: false };

    fn keeping(runs: u32) -> ServeFlags {
        ServeFlags { keep_runs: Some(runs), ..ServeFlags::default() }
    }

    #[test]
    fn what_a_user_gives_is_remembered_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let dirs = DataDirs::resolve(Some(folder.path())).unwrap();
        let none = ServeFlags::default();
        let runs = |given, memory| settle(&dirs, given, memory).0.keep_runs;
        assert_eq!(runs(none, CLIENT), None);
        assert_eq!(runs(keeping(9), USER), Some(9));
        assert_eq!(runs(none, CLIENT), Some(9));
        assert_eq!(runs(keeping(3), CLIENT), Some(3), "a client means its own daemon");
        assert_eq!(runs(none, USER), Some(9));
        let port = ServeFlags { port: Some(1), ..none };
        assert_eq!(settle(&dirs, port, USER).1.remembered, ["--keep-runs"]);
        assert_eq!(settle(&dirs, ServeFlags { port: Some(0), ..none }, USER).0.port, Some(0));
        assert_eq!(ServeFlags::remembered(&dirs).unwrap(), keeping(9), "no random port");
        assert_eq!(runs(none, FlagMemory { remembers: true, forgets: true }), None);
        assert_eq!(runs(none, CLIENT), None);
    }

    #[test]
    fn a_damaged_file_drops_nothing_until_flags_are_given() {
        let folder = tempfile::tempdir().unwrap();
        let dirs = DataDirs::resolve(Some(folder.path())).unwrap();
        std::fs::write(ServeFlags::path(&dirs), "{").unwrap();
        let (flags, origins) = settle(&dirs, ServeFlags::default(), USER);
        assert_eq!(flags.keep_processes, Some(u32::MAX));
        assert!(origins.error.is_some());
        let (flags, origins) = settle(&dirs, keeping(9), USER);
        assert_eq!((flags, origins.error), (keeping(9), None));
    }
}

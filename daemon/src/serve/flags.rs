//! [`settle`]: the flags that a daemon runs with: those that it was given, then variables, then those that
//! are remembered in its data directory, then those of the configuration file. What a user gives to
//! `serve`, by a flag or a variable, is remembered.

use std::path::PathBuf;

use persistproc_api::daemon::FlagOrigins;
use persistproc_api::data_dirs::DataDirs;
use persistproc_api::serve_flags::{FlagSources, ServeFlags};

/// The flags that a daemon was given, and the configuration that its client has read for it.
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    /// All but the remembered flags, which the daemon reads itself.
    pub sources: FlagSources,
    /// The configuration file, if there is one.
    pub file: Option<PathBuf>,
    /// What is invalid in the file and the variables, and was left out of the sources.
    pub error: Option<String>,
}

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
    configuration: Configuration,
    memory: FlagMemory,
) -> (ServeFlags, FlagOrigins) {
    let Configuration { sources, file: config_file, error: config_error } = configuration;
    let given = sources.given.or(sources.variables);
    let found =
        if memory.forgets { Ok(ServeFlags::default()) } else { ServeFlags::remembered(dirs) };
    let remembered = *found.as_ref().unwrap_or(&ServeFlags::default());
    let sources = FlagSources { remembered, ..sources };
    let flags = sources.merged();
    let lasting = given.or(remembered);
    // A port that the kernel chooses is another one each time.
    let lasting = ServeFlags { port: lasting.port.filter(|port| *port != 0), ..lasting };
    let is_new = found.is_ok() && lasting != remembered || given != ServeFlags::default();
    if (memory.remembers && is_new) || memory.forgets {
        lasting.remember(dirs).unwrap_or_else(|error| {
            tracing::warn!("the flags of serve cannot be remembered: {error}");
        });
    }
    let error = match found {
        Err(problem) if !memory.remembers || !is_new => Some(problem.message),
        _ => None,
    };
    for error in [&error, &config_error].into_iter().flatten() {
        tracing::warn!("{error}");
    }
    // An invalid limit may have been a larger one than the default.
    let is_incomplete = error.is_some() || config_error.is_some();
    let flags = if is_incomplete { flags.keeping_everything() } else { flags };
    (flags, FlagOrigins { error, config_error, config_file, ..sources.origins() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: FlagMemory = FlagMemory { remembers: true, forgets: false };
    const CLIENT: FlagMemory = FlagMemory { remembers: false, forgets: false };

    fn keeping(runs: u32) -> ServeFlags {
        ServeFlags { keep_runs: Some(runs), ..ServeFlags::default() }
    }

    fn given(flags: ServeFlags) -> Configuration {
        let sources = FlagSources { given: flags, ..FlagSources::default() };
        Configuration { sources, ..Configuration::default() }
    }

    #[test]
    fn what_a_user_gives_is_remembered_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let dirs = DataDirs::resolve(Some(folder.path())).unwrap();
        let none = ServeFlags::default();
        let runs = |flags, memory| settle(&dirs, given(flags), memory).0.keep_runs;
        assert_eq!(runs(none, CLIENT), None);
        assert_eq!(runs(keeping(9), USER), Some(9));
        assert_eq!(runs(none, CLIENT), Some(9));
        assert_eq!(runs(keeping(3), CLIENT), Some(3), "a client means its own daemon");
        assert_eq!(runs(none, USER), Some(9));
        let port = ServeFlags { port: Some(1), ..none };
        assert_eq!(settle(&dirs, given(port), USER).1.remembered, ["--keep-runs"]);
        let any_port = given(ServeFlags { port: Some(0), ..none });
        assert_eq!(settle(&dirs, any_port, USER).0.port, Some(0));
        assert_eq!(ServeFlags::remembered(&dirs).unwrap(), keeping(9), "no random port");
        assert_eq!(runs(none, FlagMemory { remembers: true, forgets: true }), None);
        assert_eq!(runs(none, CLIENT), None);
    }

    #[test]
    fn a_damaged_file_drops_nothing_until_flags_are_given() {
        let folder = tempfile::tempdir().unwrap();
        let dirs = DataDirs::resolve(Some(folder.path())).unwrap();
        std::fs::write(ServeFlags::path(&dirs), "{").unwrap();
        let (flags, origins) = settle(&dirs, Configuration::default(), USER);
        assert_eq!(flags.keep_processes, Some(u32::MAX));
        assert!(origins.error.is_some());
        let (flags, origins) = settle(&dirs, given(keeping(9)), USER);
        assert_eq!((flags, origins.error), (keeping(9), None));
    }

    #[test]
    fn the_configuration_file_is_not_remembered_and_an_error_in_it_drops_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let dirs = DataDirs::resolve(Some(folder.path())).unwrap();
        let sources = FlagSources { file: keeping(9), ..FlagSources::default() };
        let file = Configuration { sources, ..Configuration::default() };
        let (flags, origins) = settle(&dirs, file.clone(), USER);
        assert_eq!((flags, &origins.file[..]), (keeping(9), &["--keep-runs".to_owned()][..]));
        assert_eq!(ServeFlags::remembered(&dirs).unwrap(), ServeFlags::default());
        let broken = Configuration { error: Some("line 2".into()), ..file };
        let (flags, origins) = settle(&dirs, broken, CLIENT);
        assert_eq!((flags.keep_runs, flags.keep_processes), (Some(9), Some(u32::MAX)));
        assert_eq!(origins.config_error.as_deref(), Some("line 2"));
    }
}

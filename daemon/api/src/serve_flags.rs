//! [`ServeFlags`]: the flags of `serve`, and [`FlagSources`], which says where each is from. The daemon
//! remembers those that a user has given in the data directory, so that the next daemon, which any
//! command may start, keeps as much as this one.

use std::io::{self, ErrorKind};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::daemon::{FlagOrigins, Limits};
use crate::data_dirs::DataDirs;
use crate::problem::Problem;
use crate::record;

/// The name of the file in the data directory.
const FILE_NAME: &str = "serve.json";

/// Flags of `serve`, and `serve.json`. An absent flag has its default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServeFlags {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_limit: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_log_limit: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_runs: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_processes: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_names: Option<bool>,
}

impl ServeFlags {
    /// The file in which flags are remembered.
    pub fn path(dirs: &DataDirs) -> PathBuf {
        dirs.data().join(FILE_NAME)
    }

    /// The flags that are remembered in a data directory.
    pub fn remembered(dirs: &DataDirs) -> Result<Self, Problem> {
        let path = Self::path(dirs);
        match record::read(&path) {
            Ok(flags) => Ok(flags),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Problem::storage(format!("Cannot read {}", path.display()), error)),
        }
    }

    /// Remembers these flags and no others.
    pub fn remember(&self, dirs: &DataDirs) -> io::Result<()> {
        record::write(&Self::path(dirs), self)
    }

    /// These flags, and from `others` those that are absent here.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        Self {
            log_limit: self.log_limit.or(others.log_limit),
            total_log_limit: self.total_log_limit.or(others.total_log_limit),
            keep_runs: self.keep_runs.or(others.keep_runs),
            keep_processes: self.keep_processes.or(others.keep_processes),
            port: self.port.or(others.port),
            no_names: self.no_names.or(others.no_names),
        }
    }

    /// The limits, with the defaults of absent flags.
    pub fn limits(&self) -> Limits {
        let default = Limits::default();
        Limits {
            log_limit: self.log_limit.unwrap_or(default.log_limit),
            total_log_limit: self.total_log_limit.unwrap_or(default.total_log_limit),
            keep_runs: self.keep_runs.unwrap_or(default.keep_runs),
            keep_processes: self.keep_processes.unwrap_or(default.keep_processes),
        }
    }

    /// Limits under which nothing of older runs and processes is dropped.
    #[must_use]
    pub fn keeping_everything(self) -> Self {
        self.or(Self {
            total_log_limit: Some(u64::MAX),
            keep_runs: Some(u32::MAX),
            keep_processes: Some(u32::MAX),
            ..Self::default()
        })
    }

    /// The names of the flags that are not absent.
    pub fn names(&self) -> Vec<String> {
        let flags = [
            ("--log-limit", self.log_limit.is_some()),
            ("--total-log-limit", self.total_log_limit.is_some()),
            ("--keep-runs", self.keep_runs.is_some()),
            ("--keep-processes", self.keep_processes.is_some()),
            ("--port", self.port.is_some()),
            ("--no-names", self.no_names.is_some()),
        ];
        let given = flags.into_iter().filter(|(_, is_given)| *is_given);
        given.map(|(name, _)| name.to_owned()).collect()
    }
}

/// The flags of one daemon by their source, in the order of precedence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlagSources {
    /// The command line.
    pub given: ServeFlags,
    pub variables: ServeFlags,
    /// `serve.json`: what an earlier `serve` was given.
    pub remembered: ServeFlags,
    /// The configuration file.
    pub file: ServeFlags,
}

impl FlagSources {
    /// The flags that hold.
    pub fn merged(&self) -> ServeFlags {
        self.given.or(self.variables).or(self.remembered).or(self.file)
    }

    /// The source of each flag that is set.
    pub fn origins(&self) -> FlagOrigins {
        let mut earlier: Vec<String> = Vec::new();
        let mut new_names = |flags: &ServeFlags| {
            let mut names = flags.names();
            names.retain(|name| !earlier.contains(name));
            earlier.extend(names.iter().cloned());
            names
        };
        FlagOrigins {
            given: new_names(&self.given),
            variables: new_names(&self.variables),
            remembered: new_names(&self.remembered),
            file: new_names(&self.file),
            ..FlagOrigins::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_comes_before_a_variable_and_a_remembered_one_before_the_file() {
        let none = ServeFlags::default();
        let sources = FlagSources {
            given: ServeFlags { keep_runs: Some(9), ..none },
            variables: ServeFlags { keep_runs: Some(4), log_limit: Some(2 << 20), ..none },
            remembered: ServeFlags { keep_runs: Some(3), port: Some(1), ..none },
            file: ServeFlags { port: Some(2), total_log_limit: Some(4 << 20), ..none },
        };
        let flags = sources.merged();
        assert_eq!((flags.keep_runs, flags.port), (Some(9), Some(1)));
        assert_eq!((flags.log_limit, flags.total_log_limit), (Some(2 << 20), Some(4 << 20)));
        assert_eq!(flags.limits().keep_processes, Limits::default().keep_processes);
        let origins = sources.origins();
        assert_eq!(origins.given, ["--keep-runs"]);
        assert_eq!(origins.variables, ["--log-limit"]);
        assert_eq!(origins.remembered, ["--port"]);
        assert_eq!(origins.file, ["--total-log-limit"]);
    }

    #[test]
    fn flags_are_remembered_in_a_private_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let dirs = DataDirs::resolve(Some(folder.path())).unwrap();
        assert_eq!(ServeFlags::remembered(&dirs).unwrap(), ServeFlags::default());
        let flags = ServeFlags { log_limit: Some(1 << 20), ..ServeFlags::default() };
        flags.remember(&dirs).unwrap();
        assert_eq!(ServeFlags::remembered(&dirs).unwrap(), flags);
        let mode = std::fs::metadata(ServeFlags::path(&dirs)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::write(ServeFlags::path(&dirs), "{").unwrap();
        assert!(ServeFlags::remembered(&dirs).is_err());
    }
}

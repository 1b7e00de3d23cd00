//! Where everything is: the data directory, and the runtime directory that belongs to it.
//! It decides names and checks owners; it opens no socket and takes no lock.

mod folder;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use self::folder::{is_open, make_owned, make_private};
use crate::problem::{ErrorCode, Problem};

#[cfg(all(feature = "client", not(target_os = "linux")))]
pub(crate) use self::folder::is_private;

/// The port of the TCP listener unless another is given.
pub const DEFAULT_PORT: u16 = 8947;

/// The next step if the data directory cannot be used.
pub const DATA_DIR_HINT: &str = "Choose another with --data-dir or PERSISTPROC_DATA_DIR, or fix \
                                 its owner and permissions.";

/// The next step if the runtime directory cannot be used.
pub const RUNTIME_DIR_HINT: &str = "Set PERSISTPROC_RUNTIME_DIR to a directory that you own, or \
                                    fix its owner and permissions.";

/// The longest path of a socket, in bytes, that every platform takes.
pub const LONGEST_SOCKET_PATH: usize = 100;

/// The longest folder to put them under, in bytes.
const LONGEST_BASE: usize = 40;

/// Environment variables by name.
pub type Variables<'a> = dyn Fn(&str) -> Option<OsString> + 'a;

/// The two directories of one daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataDirs {
    data: PathBuf,
    runtime: PathBuf,
}

impl DataDirs {
    /// The place for a data directory: as given, or `$PERSISTPROC_DATA_DIR`, or the platform's own.
    pub fn resolve(data_dir: Option<&Path>) -> Result<Self, Problem> {
        Self::resolve_with(data_dir, &|name| env::var_os(name))
    }

    /// The same for someone whose variables are not those of this process.
    pub fn resolve_with(data_dir: Option<&Path>, variable: &Variables) -> Result<Self, Problem> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let data = match data_dir {
            Some(path) => expand_home(path, set("HOME")),
            None => default_data_dir(&set)?,
        };
        let data = std::path::absolute(&data).map_err(|error| {
            Problem::storage(format!("cannot resolve {}", data.display()), error)
        })?;
        let data = canonical(&data);
        let runtime = runtime_dir(&data, set("PERSISTPROC_RUNTIME_DIR"))?;
        Ok(Self { data, runtime })
    }

    /// The data directory.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The folder that holds sockets and the lock.
    pub fn runtime(&self) -> &Path {
        &self.runtime
    }

    /// The daemon's socket.
    pub fn socket(&self) -> PathBuf {
        self.runtime.join("daemon.sock")
    }

    /// The file a living daemon holds locked; it says who that is.
    pub fn lock(&self) -> PathBuf {
        self.runtime.join("daemon.lock")
    }

    /// The file a client holds locked while it starts a daemon.
    pub fn starting_lock(&self) -> PathBuf {
        self.runtime.join("starting.lock")
    }

    /// The socket of a process's shim.
    pub fn shim_socket(&self, id: &str) -> PathBuf {
        self.runtime.join(format!("{id}.sock"))
    }

    /// The longest id whose socket path is short enough.
    pub fn longest_id(&self) -> usize {
        let used = self.runtime.as_os_str().len() + "/.sock".len();
        LONGEST_SOCKET_PATH.saturating_sub(used).min(64)
    }

    /// The daemon's own log.
    pub fn daemon_log(&self) -> PathBuf {
        self.data.join("daemon.log")
    }

    /// The bearer token.
    pub fn token(&self) -> PathBuf {
        self.data.join("token")
    }

    /// The folder of all processes.
    pub fn processes(&self) -> PathBuf {
        self.data.join("processes")
    }

    /// The folder of one process.
    pub fn process(&self, id: &str) -> PathBuf {
        self.processes().join(id)
    }

    /// The folder of one run.
    pub fn run(&self, id: &str, run: u32) -> PathBuf {
        self.process(id).join("runs").join(run.to_string())
    }

    /// Makes both directories, for this user alone, and checks that nobody else owns them.
    pub fn prepare(&self) -> Result<(), Problem> {
        make_owned(&self.data).map_err(|error| no_data(&self.data, &error))?;
        let processes = self.processes();
        if fs::symlink_metadata(&processes).is_ok() {
            // Whoever may write there says what is run.
            make_private(&processes).map_err(|error| no_data(&processes, &error))?;
        }
        if let Some(parent) = self.runtime.parent() {
            make_private(parent).map_err(|error| no_runtime(parent, &error))?;
            let above = parent.ancestors().skip(1).find(|folder| is_open(folder));
            if let Some(open) = above {
                let why = format!("anyone may replace what is in {}", open.display());
                return Err(no_runtime(parent, &io::Error::other(why)));
            }
        }
        make_private(&self.runtime).map_err(|error| no_runtime(&self.runtime, &error))
    }
}

/// Two spellings of one directory are one daemon, and so is a directory before and after it exists.
fn canonical(path: &Path) -> PathBuf {
    match (fs::canonicalize(path), path.parent(), path.file_name()) {
        (Ok(found), ..) => found,
        (Err(_), Some(parent), Some(name)) => canonical(parent).join(name),
        (Err(_), ..) => path.to_owned(),
    }
}

fn no_data(path: &Path, error: &io::Error) -> Problem {
    unusable("data", path, error).hint(DATA_DIR_HINT)
}

fn no_runtime(path: &Path, error: &io::Error) -> Problem {
    unusable("runtime", path, error).hint(RUNTIME_DIR_HINT)
}

fn unusable(what: &str, path: &Path, error: &io::Error) -> Problem {
    let path = path.display();
    Problem::new(
        ErrorCode::Storage,
        format!("The {what} directory {path} cannot be used: {error}."),
    )
}

fn expand_home(path: &Path, home: Option<PathBuf>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_owned(),
    }
}

fn default_data_dir(set: &dyn Fn(&str) -> Option<PathBuf>) -> Result<PathBuf, Problem> {
    if let Some(path) = set("PERSISTPROC_DATA_DIR") {
        return Ok(expand_home(&path, set("HOME")));
    }
    let home = || {
        set("HOME").ok_or_else(|| {
            Problem::new(ErrorCode::Storage, "There is no place for data: HOME is not set.")
                .hint("Set HOME, or give a directory with --data-dir or PERSISTPROC_DATA_DIR.")
        })
    };
    if cfg!(target_os = "macos") {
        return Ok(home()?.join("Library/Application Support/persistproc"));
    }
    match set("XDG_DATA_HOME") {
        Some(path) => Ok(path.join("persistproc")),
        None => Ok(home()?.join(".local/share/persistproc")),
    }
}

/// In one place for all who share the data directory, whatever session they are in:
/// `XDG_RUNTIME_DIR` is not set everywhere, and is gone when its user logs out, sockets and all,
/// while daemons and what they keep live on.
fn runtime_dir(data: &Path, base: Option<PathBuf>) -> Result<PathBuf, Problem> {
    let name = format!("{:08x}", fnv1a(data.as_os_str().as_encoded_bytes()));
    let base = match base {
        Some(path) if path.is_absolute() && path.as_os_str().len() <= LONGEST_BASE => {
            path.join("persistproc")
        }
        Some(path) => {
            let message = format!("PERSISTPROC_RUNTIME_DIR cannot be {path:?}.");
            return Err(Problem::new(ErrorCode::Storage, message).hint(format!(
                "Give an absolute path of at most {LONGEST_BASE} bytes, so that sockets fit under it."
            )));
        }
        None => format!("/tmp/persistproc-{}", rustix::process::getuid().as_raw()).into(),
    };
    Ok(base.join(name))
}

/// A small stable hash, to name one directory after another.
fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_path_is_never_over_a_hundred_bytes() {
        let dirs = DataDirs::resolve(Some(Path::new("/somewhere"))).unwrap();
        let id = "x".repeat(dirs.longest_id());
        assert!(dirs.shim_socket(&id).as_os_str().len() <= LONGEST_SOCKET_PATH);
        assert!(dirs.longest_id() >= 30);
    }
}

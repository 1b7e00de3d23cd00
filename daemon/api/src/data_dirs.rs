//! [`DataDirs`]: the data directory of a daemon and the runtime directory that belongs to it, with
//! the paths in both. It creates and checks directories; it opens no socket and takes no lock.

mod folder;
mod parents;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use self::folder::{make_owned, make_private};
use crate::fnv;
use crate::private_file::{self, MAX_SHORT_FILE_BYTES};
use crate::problem::{ErrorCode, Problem};
use crate::record;

#[cfg(not(target_os = "linux"))]
pub(crate) use self::folder::is_private;

/// The default port of the TCP listener.
pub const DEFAULT_PORT: u16 = 8947;

/// The extension of the socket of a client that hands descriptors over to a run.
pub const HANDOVER_EXTENSION: &str = "handover";

/// The extension of the sockets of the daemon and the shims.
pub const SOCKET_EXTENSION: &str = "sock";

/// The next step if the data directory cannot be used.
pub const DATA_DIR_HINT: &str = "Choose another with --data-dir or PERSISTPROC_DATA_DIR, or fix \
                                 its owner and permissions.";

/// The next step if the runtime directory cannot be used.
pub const RUNTIME_DIR_HINT: &str = "Set PERSISTPROC_RUNTIME_DIR to a directory that you own, or \
                                    fix its owner and permissions.";

/// The longest socket path, in bytes, that every platform accepts.
pub const MAX_SOCKET_PATH: usize = 100;

/// The longest `PERSISTPROC_RUNTIME_DIR`, in bytes.
const MAX_RUNTIME_BASE: usize = 40;

const MAX_ID_BYTES: usize = 64;

/// The file in the data directory that names a runtime directory that is not the default one.
const RUNTIME_FILE: &str = "runtime-dir";

/// The daemon's socket in the runtime directory.
const SOCKET_FILE: &str = "daemon.sock";

/// Looks up an environment variable.
pub type Variables<'a> = dyn Fn(&str) -> Option<OsString> + 'a;

/// The two directories of one daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataDirs {
    data: PathBuf,
    runtime: PathBuf,
}

impl DataDirs {
    /// The directories for the given data directory, for `$PERSISTPROC_DATA_DIR`, or for the
    /// default of the platform.
    pub fn resolve(data_dir: Option<&Path>) -> Result<Self, Problem> {
        Self::resolve_with(data_dir, &|name| env::var_os(name))
    }

    /// [`DataDirs::resolve`] for a caller whose variables are not those of this process.
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
        let base = set("PERSISTPROC_RUNTIME_DIR").or_else(|| recorded_runtime_base(&data));
        let runtime = runtime_dir(&data, base)?;
        Ok(Self { data, runtime })
    }

    /// The data directory.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The directory of the sockets and locks.
    pub fn runtime(&self) -> &Path {
        &self.runtime
    }

    /// The daemon's socket.
    pub fn socket(&self) -> PathBuf {
        self.runtime.join(SOCKET_FILE)
    }

    /// The file that a running daemon keeps locked. It contains the daemon's PID.
    pub fn lock(&self) -> PathBuf {
        self.runtime.join("daemon.lock")
    }

    /// The file that a client keeps locked while it starts a daemon.
    pub fn starting_lock(&self) -> PathBuf {
        self.runtime.join("starting.lock")
    }

    /// The socket of a process's shim.
    pub fn shim_socket(&self, id: &str) -> PathBuf {
        self.runtime.join(format!("{id}.{SOCKET_EXTENSION}"))
    }

    /// The socket of a client that hands descriptors over to a run. `nonce` is lower-case hex.
    pub fn handover_socket(&self, nonce: &str) -> PathBuf {
        // An id has no dot, so no shim has such a socket.
        self.runtime.join(format!("{nonce:.16}.{HANDOVER_EXTENSION}"))
    }

    /// The longest id, in bytes, whose socket path is not too long.
    pub fn max_id_bytes(&self) -> usize {
        let used = self.runtime.as_os_str().len() + "/.sock".len();
        MAX_SOCKET_PATH.saturating_sub(used).min(MAX_ID_BYTES)
    }

    /// Writes down in the data directory where the runtime directory is, if it is not the default one.
    /// A client whose host passes on only a part of the environment finds the daemon by it.
    pub fn record_runtime(&self) -> io::Result<()> {
        let path = self.data.join(RUNTIME_FILE);
        if Ok(&self.runtime) == runtime_dir(&self.data, None).as_ref() {
            return match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        // The last two components are our own.
        let base = self.runtime.ancestors().nth(2).unwrap_or(&self.runtime);
        record::write_bytes(&path, base.as_os_str().as_encoded_bytes())
    }

    /// The facts that the running daemon has written down about itself.
    pub fn daemon_record(&self) -> PathBuf {
        self.runtime.join("daemon.json")
    }

    /// The log of the daemon.
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

    /// Creates both directories for this user alone. Existing ones are an error if another user
    /// owns them or could replace what is in them.
    pub fn prepare(&self) -> Result<(), Problem> {
        make_owned(&self.data).map_err(|error| data_dir_unusable(&self.data, &error))?;
        let processes = self.processes();
        if fs::symlink_metadata(&processes).is_ok() {
            // Its records say what the daemon executes.
            make_private(&processes).map_err(|error| data_dir_unusable(&processes, &error))?;
        }
        if let Some(parent) = self.runtime.parent() {
            make_private(parent).map_err(|error| runtime_dir_unusable(parent, &error))?;
        }
        make_private(&self.runtime).map_err(|error| runtime_dir_unusable(&self.runtime, &error))
    }
}

/// The canonical path, also of a directory that does not exist yet: all spellings of a data
/// directory must lead to the same runtime directory, before and after it is created.
fn canonical(path: &Path) -> PathBuf {
    if let Ok(canonical) = fs::canonicalize(path) {
        return canonical;
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => canonical(parent).join(name),
        _ => path.to_owned(),
    }
}

fn data_dir_unusable(path: &Path, error: &io::Error) -> Problem {
    unusable("data", path, error).hint(DATA_DIR_HINT)
}

fn runtime_dir_unusable(path: &Path, error: &io::Error) -> Problem {
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
    let xdg_data_home = set("XDG_DATA_HOME").filter(|_| !cfg!(target_os = "macos"));
    if let Some(path) = xdg_data_home {
        return Ok(path.join("persistproc"));
    }
    let Some(home) = set("HOME") else {
        let message = "The data directory is unknown: HOME is not set.";
        return Err(Problem::new(ErrorCode::Storage, message)
            .hint("Set HOME, or choose a directory with --data-dir or PERSISTPROC_DATA_DIR."));
    };
    if cfg!(target_os = "macos") {
        return Ok(home.join("Library/Application Support/persistproc"));
    }
    Ok(home.join(".local/share/persistproc"))
}

/// The runtime directory depends on the data directory alone, so that all sessions of a user find
/// the same daemon. `XDG_RUNTIME_DIR` is not used: it is not set everywhere, and is deleted when
/// the user logs out, while daemons keep running.
fn runtime_dir(data: &Path, base: Option<PathBuf>) -> Result<PathBuf, Problem> {
    let name = format!("{:08x}", fnv::hash_32(data.as_os_str().as_encoded_bytes()));
    let base = match base {
        Some(path) if path.is_absolute() && path.as_os_str().len() <= MAX_RUNTIME_BASE => {
            path.join("persistproc")
        }
        Some(path) => {
            let message = format!("PERSISTPROC_RUNTIME_DIR cannot be {path:?}.");
            return Err(Problem::new(ErrorCode::Storage, message).hint(format!(
                "Use an absolute path of at most {MAX_RUNTIME_BASE} bytes: longer socket paths are \
                 not portable."
            )));
        }
        None => format!("/tmp/persistproc-{}", rustix::process::getuid().as_raw()).into(),
    };
    Ok(base.join(name))
}

/// The runtime directory that the latest daemon of this data directory has written down, while its
/// socket exists.
fn recorded_runtime_base(data: &Path) -> Option<PathBuf> {
    let base = private_file::read(&data.join(RUNTIME_FILE), MAX_SHORT_FILE_BYTES).ok()?;
    let base = PathBuf::from(OsString::from_vec(base));
    let runtime = runtime_dir(data, Some(base.clone())).ok()?;
    runtime.join(SOCKET_FILE).exists().then_some(base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_id_has_a_valid_socket_path() {
        let dirs = DataDirs::resolve(Some(Path::new("/somewhere"))).unwrap();
        let id = "x".repeat(dirs.max_id_bytes());
        assert!(dirs.shim_socket(&id).as_os_str().len() <= MAX_SOCKET_PATH);
        assert!(dirs.max_id_bytes() >= 30);
    }
}

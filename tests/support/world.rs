//! `World`: a private environment for one test, with its own home, data directory, runtime directory,
//! port and working directory. Dropping it ends all its processes and fails if some had to be killed.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tempfile::TempDir;

use super::background::Background;
use super::normalizer::Normalizer;
use super::output::Output;
use super::ports::Reservation;
use super::procs::{self, Proc};
use super::wait::{until, within};

/// The environment of one test.
pub(crate) struct World {
    // Held for its drop, which removes the folder.
    _folder: TempDir,
    root: PathBuf,
    marker: String,
    /// The TCP port of its daemon.
    pub(crate) port: u16,
    // Held for its drop.
    _reservation: Reservation,
}

/// Limits each command that cleans up a world.
const CLEANUP_TIMEOUT: Duration = Duration::from_secs(20);

/// The environment variable that marks all processes of a world.
const MARKER: &str = "PERSISTPROC_TEST_WORLD";

impl World {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        close_inherited_on_exec();
        // A short path, because Unix socket paths below it are limited to about 100 bytes.
        let folder = tempfile::Builder::new().prefix("pp-").tempdir_in("/tmp").unwrap();
        let root = folder.path().canonicalize().unwrap();
        for name in ["home", "run", "work", "bin"] {
            fs::create_dir(root.join(name)).unwrap();
        }
        // The PATH of this world, also for what gets the environment of a login shell.
        let path = format!("export PATH='{}'\n", path(&root));
        fs::write(root.join("home/.profile"), path).unwrap();
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let marker = format!("{}-{number}", std::process::id());
        let reservation = Reservation::new();
        Self { _folder: folder, root, marker, port: reservation.port, _reservation: reservation }
    }

    /// A folder of this world: `home`, `data`, `run`, `work`, `bin`.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The working directory of commands.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder("work")
    }

    /// Writes a file in the working directory and returns its path.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.work().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Installs a script that comes first on the `PATH` of this world.
    pub(crate) fn program(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.folder("bin").join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A command for any program, with the environment of this world only.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(self.environment()).current_dir(self.work()).stdin(Stdio::null());
        command
    }

    /// A `pp` command with these arguments; the caller can change it further.
    pub(crate) fn pp_command<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_pp"));
        command.args(arguments);
        command
    }

    /// Runs `pp …` to completion.
    #[track_caller]
    pub(crate) fn pp<const N: usize>(&self, arguments: [&str; N]) -> Output {
        self.run(self.pp_command(arguments))
    }

    /// Runs `persistproc …` to completion.
    #[track_caller]
    pub(crate) fn persistproc<const N: usize>(&self, arguments: [&str; N]) -> Output {
        let mut command = self.command(env!("CARGO_BIN_EXE_persistproc"));
        command.args(arguments);
        self.run(command)
    }

    /// Runs a command to completion.
    #[track_caller]
    pub(crate) fn run(&self, command: Command) -> Output {
        self.spawn(command).end()
    }

    /// Starts a command in the background.
    pub(crate) fn spawn(&self, command: Command) -> Background {
        Background::start(command, self.normalizer())
    }

    /// Starts a daemon with this command and waits until it listens.
    pub(crate) fn serve(&self, command: Command) -> Background {
        let daemon = self.spawn(command);
        until("the daemon to listen", || {
            let answer = self.unix().try_send("GET", "/v1/daemon", &[], b"");
            answer.map(|_| ()).map_err(|error| error.to_string())
        });
        daemon
    }

    /// Starts `pp …` in the background.
    pub(crate) fn spawn_pp<const N: usize>(&self, arguments: [&str; N]) -> Background {
        self.spawn(self.pp_command(arguments))
    }

    /// Every running process of this world, including the daemon and its shims.
    pub(crate) fn processes(&self) -> Vec<Proc> {
        procs::of_world(&self.root, &format!("{MARKER}={}", self.marker))
    }

    /// The normalizer for texts of this world.
    pub(crate) fn normalizer(&self) -> Normalizer {
        let name = |name: &str| self.folder(name).to_string_lossy().into_owned();
        let mut names = vec![
            (name("work"), "<work>"),
            (name("home"), "<home>"),
            (name("data"), "<data>"),
            (name("run"), "<run>"),
            (self.root.to_string_lossy().into_owned(), "<world>"),
            (self.port.to_string(), "<port>"),
        ];
        names.extend(self.sockets().map(|path| (path.to_string_lossy().into_owned(), "<runtime>")));
        names.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        Normalizer { names }
    }

    /// The folder of the daemon's sockets and lock, once a client has created it.
    pub(crate) fn sockets(&self) -> Option<PathBuf> {
        let mut found = fs::read_dir(self.folder("run/persistproc")).ok()?;
        found.next().map(|entry| entry.unwrap().path())
    }

    /// The environment of this world's commands.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (String, String)> {
        self.environment().into_iter().map(|(name, value)| (name.to_owned(), value))
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        let name = |path: &Path| path.to_string_lossy().into_owned();
        vec![
            ("PATH", path(&self.root)),
            ("HOME", name(&self.folder("home"))),
            ("PERSISTPROC_RUNTIME_DIR", name(&self.folder("run"))),
            ("PERSISTPROC_DATA_DIR", name(&self.folder("data"))),
            ("PERSISTPROC_PORT", self.port.to_string()),
            ("LANG", "C.UTF-8".into()),
            ("npm_config_update_notifier", "false".into()),
            (MARKER, self.marker.clone()),
        ]
    }

    /// Shuts the daemon down as a user does, then kills the remaining processes. Returns an error
    /// that lists them.
    fn close(&self) -> Result<(), String> {
        // A plugin takes half a second to notice that its shell has exited. Until then it reconnects
        // when the daemon shuts down, which starts a new daemon. The check below reports a plugin
        // that is still running after this timeout.
        within(Duration::from_secs(3), || {
            let is_plugin = |left: &Proc| left.exe.ends_with("nu_plugin_persistproc");
            if self.processes().iter().any(is_plugin) {
                Err("the plugin runs".to_owned())
            } else {
                Ok(())
            }
        })
        .ok();
        if !self.processes().is_empty() {
            // `list` starts a daemon that takes over the runs of a killed one; `shutdown` ends them.
            for verb in ["list", "shutdown"] {
                let mut command = self.command(env!("CARGO_BIN_EXE_persistproc"));
                command.arg(verb);
                // The check of remaining processes below covers a failure.
                self.spawn(command).end_within(CLEANUP_TIMEOUT).ok();
            }
        }
        let all_gone = within(Duration::from_secs(3), || match &self.processes()[..] {
            [] => Ok(()),
            left => Err(format!("processes were left: {left:#?}")),
        });
        self.processes().iter().for_each(|left| procs::kill_if_alive(left.pid));
        all_gone
    }
}

/// The programs of a world first, then ours, then those of the system.
fn path(root: &Path) -> String {
    let binaries = Path::new(env!("CARGO_BIN_EXE_pp")).parent().unwrap();
    let system = env::var("PATH").unwrap_or_default();
    format!("{}:{}:{system}", root.join("bin").display(), binaries.display())
}

impl Drop for World {
    fn drop(&mut self) {
        let closed = self.close();
        if !std::thread::panicking() {
            closed.unwrap();
        }
    }
}

/// Keeps descriptors that this process has inherited, such as locks and jobservers of build tools, from
/// the programs of a test: a run that gets descriptors is private.
#[expect(unsafe_code, reason = "an inherited descriptor has no owner in this program")]
fn close_inherited_on_exec() {
    let entries = fs::read_dir("/proc/self/fd").unwrap().flatten();
    let numbers: Vec<i32> =
        entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    for number in numbers.into_iter().filter(|number| *number > 2) {
        // SAFETY: the flag is set before anything else could close the descriptor.
        let fd = unsafe { std::os::fd::BorrowedFd::borrow_raw(number) };
        // Fails for the descriptor of the listing, which is closed.
        rustix::io::fcntl_setfd(fd, rustix::io::FdFlags::CLOEXEC).ok();
    }
}

/// A TCP port for this test alone, until its process ends.
pub(crate) fn free_port() -> u16 {
    let reservation = Reservation::new();
    let port = reservation.port;
    std::mem::forget(reservation);
    port
}

//! A world of its own for each test: home, data, sockets, port and working directory, and the
//! assurance that no process of it is left when the test is over.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tempfile::TempDir;

use super::background::Background;
use super::normalizer::Normalizer;
use super::output::Output;
use super::procs::{self, Proc};
use super::wait::{until, within};

/// One test's machine.
pub(crate) struct World {
    // Held for its drop, which removes the folder.
    _folder: TempDir,
    root: PathBuf,
    marker: String,
    /// Where its daemon's TCP listener is.
    pub(crate) port: u16,
}

/// How long a command may take that ends a world.
const PATIENCE: Duration = Duration::from_secs(20);

const MARKER: &str = "PERSISTPROC_TEST_WORLD";

impl World {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        // Short, since sockets lie below it.
        let folder = tempfile::Builder::new().prefix("pp-").tempdir_in("/tmp").unwrap();
        let root = folder.path().canonicalize().unwrap();
        for name in ["home", "run", "work", "bin"] {
            fs::create_dir(root.join(name)).unwrap();
        }
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let marker = format!("{}-{number}", std::process::id());
        Self { _folder: folder, root, marker, port: free_port() }
    }

    /// A folder of this world: `home`, `data`, `run`, `work`, `bin`.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Where commands run unless a test says otherwise.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder("work")
    }

    /// A file in the working directory.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.work().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// A program that is found before all others on the PATH of this world.
    pub(crate) fn program(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.folder("bin").join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Any program, with the environment of this world and nothing else.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(self.environment()).current_dir(self.work()).stdin(Stdio::null());
        command
    }

    /// `pp` with these arguments, to be changed further.
    pub(crate) fn pp_command<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_pp"));
        command.args(arguments);
        command
    }

    /// `pp …`, to its end.
    #[track_caller]
    pub(crate) fn pp<const N: usize>(&self, arguments: [&str; N]) -> Output {
        self.run(self.pp_command(arguments))
    }

    /// `persistproc …`, to its end.
    #[track_caller]
    pub(crate) fn persistproc<const N: usize>(&self, arguments: [&str; N]) -> Output {
        let mut command = self.command(env!("CARGO_BIN_EXE_persistproc"));
        command.args(arguments);
        self.run(command)
    }

    /// A command, to its end.
    #[track_caller]
    pub(crate) fn run(&self, command: Command) -> Output {
        self.spawn(command).end()
    }

    /// A command that goes on beside the test.
    pub(crate) fn spawn(&self, command: Command) -> Background {
        Background::start(command, self.normalizer())
    }

    /// A daemon in the foreground, once it listens.
    pub(crate) fn serve(&self, command: Command) -> Background {
        let daemon = self.spawn(command);
        until("the daemon to listen", || {
            let answer = self.unix().try_send("GET", "/v1/daemon", &[], b"");
            answer.map(|_| ()).map_err(|error| error.to_string())
        });
        daemon
    }

    /// `pp …` beside the test.
    pub(crate) fn spawn_pp<const N: usize>(&self, arguments: [&str; N]) -> Background {
        self.spawn(self.pp_command(arguments))
    }

    /// Every living process of this world, the daemon and its shims included.
    pub(crate) fn processes(&self) -> Vec<Proc> {
        procs::of_world(&self.root, &format!("{MARKER}={}", self.marker))
    }

    /// How to make texts of this world comparable.
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
        names.sort_by_key(|(place, _)| std::cmp::Reverse(place.len()));
        Normalizer { names }
    }

    /// The folder of the daemon's sockets and lock; there is one once a daemon was wanted.
    pub(crate) fn sockets(&self) -> Option<PathBuf> {
        let mut found = fs::read_dir(self.folder("run/persistproc")).ok()?;
        found.next().map(|entry| entry.unwrap().path())
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        let name = |path: &Path| path.to_string_lossy().into_owned();
        let binaries = Path::new(env!("CARGO_BIN_EXE_pp")).parent().unwrap();
        let system = env::var("PATH").unwrap_or_default();
        vec![
            ("PATH", format!("{}:{}:{system}", name(&self.folder("bin")), name(binaries))),
            ("HOME", name(&self.folder("home"))),
            ("PERSISTPROC_RUNTIME_DIR", name(&self.folder("run"))),
            ("PERSISTPROC_DATA_DIR", name(&self.folder("data"))),
            ("PERSISTPROC_PORT", self.port.to_string()),
            ("LANG", "C.UTF-8".into()),
            ("npm_config_update_notifier", "false".into()),
            (MARKER, self.marker.clone()),
        ]
    }

    /// Ends everything as a user would; says what had to be ended by force.
    fn close(&self) -> Result<(), String> {
        // A plugin notices in half a second that its shell is gone; until then it would go on with
        // the next daemon, and so start one. One that stays is told of below.
        within(Duration::from_secs(3), || {
            let plugin = |left: &Proc| left.exe.ends_with("nu_plugin_persistproc");
            if self.processes().iter().any(plugin) { Err("it lives".to_owned()) } else { Ok(()) }
        })
        .ok();
        if !self.processes().is_empty() {
            // The first finds what a daemon that is gone has left; the second ends it.
            for verb in ["list", "shutdown"] {
                let mut command = self.command(env!("CARGO_BIN_EXE_persistproc"));
                command.arg(verb);
                // Whether it worked shows in what is left.
                self.spawn(command).end_within(PATIENCE).ok();
            }
        }
        let gone = within(Duration::from_secs(3), || match &self.processes()[..] {
            [] => Ok(()),
            left => Err(format!("processes were left: {left:#?}")),
        });
        self.processes().iter().for_each(|left| procs::kill_if_alive(left.pid));
        gone
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let closed = self.close();
        if !std::thread::panicking() {
            closed.unwrap();
        }
    }
}

/// A port the kernel says is free.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

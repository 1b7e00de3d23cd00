//! `Stage`: the home, data directory and terminals of the plain user who plays the rows of one file
//! of the table. Dropping it ends its processes.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use tempfile::TempDir;

use crate::support::output::Output;
use crate::support::procs::{self, Proc};
use crate::support::wait::within;
use crate::support::world::free_port;

use super::control::Control;
use super::user::PlainUser;

/// The size of a terminal: columns and rows.
pub(super) const SIZE: (u16, u16) = (100, 30);

/// Read by each shell. `cls` clears the terminal and its scrollback, and changes the title: from then
/// on the screen belongs to the command.
const RCFILE: &str = r"
PS1='[$?]$ '
unset HISTFILE TMUX TMUX_PANE PROMPT_COMMAND
bind 'set enable-bracketed-paste off'
cls() { printf '\033[H\033[2J\033[3J\033]2;runs\007'; }
";

pub(super) struct Stage {
    // Held for its drop, which removes the folder.
    _folder: TempDir,
    root: PathBuf,
    user: PlainUser,
    port: u16,
    tmux: Option<Mutex<Control>>,
    server: u32,
}

impl Stage {
    pub(super) fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("pp-").tempdir_in("/tmp").unwrap();
        let root = folder.path().canonicalize().unwrap();
        for name in ["home", "run", "bin", "rows", "bare", "probes", "own"] {
            fs::create_dir(root.join(name)).unwrap();
        }
        fs::write(root.join("rcfile"), RCFILE).unwrap();
        let user = PlainUser::new(root.join("etc"), &root.join("home"));
        let mut stage =
            Self { _folder: folder, root, user, port: free_port(), tmux: None, server: 0 };
        stage.install();
        for name in ["home", "run", "rows", "bare", "probes", "own"] {
            stage.user.own(&stage.root.join(name));
        }
        fs::set_permissions(&stage.root, fs::Permissions::from_mode(0o755)).unwrap();
        stage.open();
        stage
    }

    pub(super) fn folder(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub(super) fn user(&self) -> &PlainUser {
        &self.user
    }

    /// Whether the plain user finds this program.
    pub(super) fn has(&self, program: &str) -> bool {
        self.path().split(':').any(|folder| Path::new(folder).join(program).is_file())
    }

    /// Runs a tmux command.
    pub(super) fn tmux(&self, words: &[&str]) -> Result<String, String> {
        let control = self.tmux.as_ref().expect("the stage is open");
        control.lock().unwrap().run(words)
    }

    /// The environment of everything that runs here, as words for `env -i`.
    pub(super) fn environment(&self) -> Vec<String> {
        let name = |part: &str| self.root.join(part).display().to_string();
        vec![
            format!("PATH={}", self.path()),
            format!("HOME={}", name("home")),
            format!("USER={}", self.user.name()),
            format!("LOGNAME={}", self.user.name()),
            "SHELL=/bin/bash".to_owned(),
            "LANG=C.UTF-8".to_owned(),
            "npm_config_update_notifier=false".to_owned(),
            format!("PERSISTPROC_RUNTIME_DIR={}", name("run")),
            format!("PERSISTPROC_DATA_DIR={}", name("home/data")),
            format!("PERSISTPROC_PORT={}", self.port),
        ]
    }

    /// The variable that marks all processes of a row. Other stages have rows with the same slug.
    pub(super) fn row_variable(&self, slug: &str) -> String {
        format!("PERSISTPROC_TEST_ROW={}/{slug}", self.root.display())
    }

    /// The variables of a row with a daemon of its own.
    pub(super) fn own_environment(&self, row: &str) -> Vec<String> {
        let folder = self.root.join("own").join(row);
        for name in ["", "run"] {
            fs::create_dir_all(folder.join(name)).unwrap();
        }
        self.user.own(&folder);
        let folder = folder.display();
        vec![
            format!("PERSISTPROC_RUNTIME_DIR={folder}/run"),
            format!("PERSISTPROC_DATA_DIR={folder}/data"),
            format!("PERSISTPROC_PORT={}", free_port()),
        ]
    }

    /// Runs a shell script as the plain user, outside of every terminal.
    pub(super) fn outside(&self, folder: &Path, more: &[String], script: &str) -> Output {
        let mut command = self.user.command_beside(self.server, "env");
        // `nsenter` changes the directory to the root.
        command.arg("-i").arg("-C").arg(folder).args(self.environment()).args(more);
        command.args(["bash", "-c", script]).stdin(Stdio::null());
        let output = command.output().unwrap();
        let code = output.status.code().unwrap_or(-1);
        let normalizer = crate::support::normalizer::Normalizer::default();
        Output { stdout: output.stdout, stderr: output.stderr, code, normalizer }
    }

    /// The running processes that belong to a folder of this stage, or have this variable.
    pub(super) fn processes(&self, folder: &Path, variable: &str) -> Vec<Proc> {
        procs::of_world(folder, variable)
    }

    /// `pp` and `persistproc` where the plain user can execute them: the build may be in a folder
    /// that other users cannot enter.
    fn install(&self) {
        for built in [env!("CARGO_BIN_EXE_pp"), env!("CARGO_BIN_EXE_persistproc")] {
            let name = Path::new(built).file_name().unwrap();
            let copy = self.root.join("bin").join(name);
            if fs::hard_link(built, &copy).is_err() {
                fs::copy(built, &copy).unwrap();
            }
        }
    }

    /// Starts the tmux server and the daemon.
    fn open(&mut self) {
        let (columns, rows) = SIZE;
        let (columns, rows) = (columns.to_string(), rows.to_string());
        let size = format!("{columns}x{rows}");
        let options = [
            ("history-limit", "20000"),
            ("status", "off"),
            ("default-terminal", "screen-256color"),
            ("default-size", &size),
            ("automatic-rename", "off"),
        ];
        let mut server = self.tmux_command(self.user.first_command("env"));
        server.args(["new-session", "-d", "-x", &columns, "-y", &rows, "--", "cat"]);
        let output = server.output().expect("the tests need tmux and unshare: run tests/run");
        assert!(output.status.success(), "tmux: {}", String::from_utf8_lossy(&output.stderr));

        let mut client = self.tmux_command(self.user.first_command("env"));
        client.args(["-C", "attach", "-f", "no-output,ignore-size"]);
        let mut control = Control::attach(client);
        for (name, value) in options {
            control.run(&["set", "-g", name, value]).unwrap();
        }
        let pid = control.run(&["display-message", "-p", "#{pid}"]).unwrap();
        self.server = pid.trim().parse().unwrap();
        self.tmux = Some(Mutex::new(control));
        let daemon = self.outside(&self.root, &[], "persistproc list");
        assert_eq!(daemon.code, 0, "{daemon}");
    }

    fn tmux_command(&self, mut command: Command) -> Command {
        command.arg("-i").args(self.environment()).arg("tmux").arg("-S");
        command.arg(self.root.join("run/tmux")).args(["-u", "-f", "/dev/null"]);
        command.current_dir(&self.root);
        command
    }

    /// The search path of the plain user: that of the test run, as far as other users may enter its
    /// folders.
    fn path(&self) -> String {
        let own = self.root.join("bin").display().to_string();
        let inherited = std::env::var("PATH").unwrap_or_default();
        let standard = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"];
        let mut folders = vec![own.as_str()];
        let reachable = inherited.split(':').filter(|folder| everyone_may_enter(Path::new(folder)));
        for folder in reachable.chain(standard) {
            if !folders.contains(&folder) {
                folders.push(folder);
            }
        }
        // Debian keeps the server of PostgreSQL outside of the search path.
        let servers: Vec<String> = fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten()
            .flatten()
            .map(|version| version.path().join("bin").display().to_string())
            .collect();
        folders.extend(servers.iter().map(String::as_str));
        folders.join(":")
    }

    /// Shuts the daemons down as a user does; returns the processes that are left.
    fn close(&mut self) -> Result<(), String> {
        let mut folders = vec![Vec::new()];
        for entry in fs::read_dir(self.root.join("own")).unwrap() {
            let folder = entry.unwrap().path().display().to_string();
            folders.push(vec![
                format!("PERSISTPROC_RUNTIME_DIR={folder}/run"),
                format!("PERSISTPROC_DATA_DIR={folder}/data"),
            ]);
        }
        for more in folders {
            self.outside(&self.root, &more, "timeout 20 persistproc shutdown");
        }
        drop(self.tmux.take());
        let left = || procs::of_world(&self.root, &format!("HOME={}/home", self.root.display()));
        let all_gone = within(Duration::from_secs(3), || match &left()[..] {
            [] => Ok(()),
            left => Err(format!("processes were left: {left:#?}")),
        });
        left().iter().for_each(|left| procs::kill_if_alive(left.pid));
        all_gone
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let closed = self.close();
        if !std::thread::panicking() {
            closed.unwrap();
        }
    }
}

/// Whether users who own none of it can search a folder and its parents.
fn everyone_may_enter(folder: &Path) -> bool {
    folder.is_absolute()
        && folder.ancestors().all(|part| {
            fs::metadata(part).is_ok_and(|facts| facts.permissions().mode() & 0o001 != 0)
        })
}

//! `serve --detached`: starts the daemon as a process that belongs to no tree and no session of its
//! client, then exits, so that the daemon has no parent among the programs of its client.
//!
//! With a systemd user manager the daemon gets a scope of its own. Otherwise it would be counted
//! and ended with the terminal or the service in which the first command happened to be typed.

use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, stderr};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use persistproc_api::Problem;
use persistproc_daemon::platform::descriptors;
use persistproc_daemon::platform::run_tree::{ID_VARIABLE, RUN_VARIABLE};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::error::Outcome;

/// How long systemd may take to create the scope. After that the daemon is started without one.
const SCOPE_TIMEOUT: Duration = Duration::from_secs(2);

/// The flag that makes `serve --detached` serve in its own process.
const NO_FORK: &str = "--no-fork";

/// What the daemon writes to its standard error when it runs.
const BEGUN: &[u8] = b"begun\n";

/// Starts a daemon with the arguments of this program and returns. The daemon inherits standard
/// input and output, over which it reports to its client.
pub(super) fn start() -> Outcome {
    descriptors::close_inherited();
    // The daemon must not be reached by signals to the session or group of its client. Fails only in
    // a session leader, which has left them already.
    rustix::process::setsid().ok();
    if let Some(mut scoped) = scope_command()
        && start_in_scope(&mut scoped)
    {
        return Ok(ExitCode::SUCCESS);
    }
    let mut daemon = without_run_variables(Command::new(own_program()?));
    daemon
        .args(daemon_arguments())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| Problem::internal(format!("The daemon could not be started: {error}.")))?;
    // The daemon outlives this process, which does not wait for it.
    Ok(ExitCode::SUCCESS)
}

/// Reports to [`start`] that this daemon runs, and detaches standard error.
pub(super) fn report_begun() {
    // Fails if nothing waits for the report.
    rustix::io::write(stderr(), BEGUN).ok();
    if let Ok(null) = File::options().write(true).open("/dev/null") {
        // If this fails, messages go where they went before.
        rustix::stdio::dup2_stderr(null.as_fd()).ok();
    }
}

fn own_program() -> Result<PathBuf, Problem> {
    env::current_exe().map_err(|error| {
        Problem::internal(format!("Cannot find the executable of persistproc: {error}."))
    })
}

fn daemon_arguments() -> impl Iterator<Item = OsString> {
    env::args_os().skip(1).chain([NO_FORK.into()])
}

/// Removes what marks the processes of a run: the daemon belongs to none, even if a process of a run
/// has started it.
fn without_run_variables(mut command: Command) -> Command {
    command.env_remove(RUN_VARIABLE).env_remove(ID_VARIABLE);
    command
}

/// The command that starts the daemon in a scope of its own; `None` without a systemd user manager.
fn scope_command() -> Option<Command> {
    let runtime_dir = PathBuf::from(env::var_os("XDG_RUNTIME_DIR")?);
    if !has_user_manager(&runtime_dir) {
        return None;
    }
    let mut command = without_run_variables(Command::new("systemd-run"));
    command.args(["--user", "--scope", "--collect", "--quiet", "--"]);
    command.arg(own_program().ok()?).args(daemon_arguments()).stderr(Stdio::piped());
    Some(command)
}

fn has_user_manager(runtime_dir: &Path) -> bool {
    ["systemd/private", "bus"].iter().any(|socket| runtime_dir.join(socket).exists())
}

/// Returns whether the daemon runs. `systemd-run --scope` executes the daemon in its own process, so
/// the child is one or the other.
fn start_in_scope(command: &mut Command) -> bool {
    let Ok(mut child) = command.spawn() else { return false };
    let has_begun = child.stderr.take().is_some_and(|stderr| has_begun(stderr).unwrap_or(false));
    if !has_begun {
        end(&mut child);
    }
    has_begun
}

/// Waits for the report of the daemon.
fn has_begun(mut stderr: ChildStderr) -> io::Result<bool> {
    let deadline = Instant::now() + SCOPE_TIMEOUT;
    let mut text = Vec::new();
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout =
            Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() };
        if poll(&mut [PollFd::new(&stderr, PollFlags::IN)], Some(&timeout))? == 0 {
            return Ok(false);
        }
        let mut buffer = [0; 512];
        let count = stderr.read(&mut buffer)?;
        text.extend(&buffer[..count]);
        if text.ends_with(BEGUN) {
            return Ok(true);
        }
        if count == 0 {
            return Ok(false);
        }
    }
}

fn end(child: &mut Child) {
    // Both fail if it has exited already.
    child.kill().ok();
    child.wait().ok();
}

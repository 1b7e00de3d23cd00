//! `shutdown`: stop all processes and the daemon, and return when the daemon is gone. If no daemon
//! runs but processes were left running, one is started to stop them.

mod others;

use std::fs;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
#[cfg(target_os = "linux")]
use std::time::{Duration, Instant};

use persistproc_api::daemon::{ShutdownReply, ShutdownRequest};
use persistproc_api::data_dirs::DataDirs;
use persistproc_api::process::ListQuery;
use persistproc_api::{ErrorCode, Problem};

use crate::args::ShutdownArgs;
use crate::context::Context;
use crate::error::{Failure, Outcome};
use crate::paths;
use crate::render::{self, words};
use crate::terminal::question;

/// How long the daemon may take to exit after its answer. It gives clients two seconds to read theirs.
#[cfg(target_os = "linux")]
const EXIT_TIMEOUT: Duration = Duration::from_secs(30);

pub(crate) fn run(args: &ShutdownArgs, context: &Context) -> Outcome {
    if !args.keep && !args.yes && !context.json() && question::can_ask() {
        confirm(context)?;
    }
    let reply = shut_down(ShutdownRequest { keep: args.keep }, context)?;
    wait_for_exit(reply.pid, context.data_dirs())?;
    if context.json() {
        render::json(&reply)?;
    } else {
        render::lines([summary(&reply)])?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Asks, if others have started some of the processes.
fn confirm(context: &Context) -> Result<(), Failure> {
    // Without a daemon there is nothing to ask about.
    let list = context.client_of_running_daemon().list(&ListQuery::default());
    let processes = list.map(|list| list.processes).unwrap_or_default();
    let directory = paths::current_directory()?;
    let Some(text) = others::question(&processes, context.client_name(), &directory) else {
        return Ok(());
    };
    if question::confirm(&words::shown(&text))? {
        return Ok(());
    }
    let problem = Problem::new(ErrorCode::NotRunning, "Nothing was stopped.");
    Err(Failure::with_code(problem, 1))
}

fn shut_down(request: ShutdownRequest, context: &Context) -> Result<ShutdownReply, Failure> {
    let problem = match context.client_of_running_daemon().shutdown(&request) {
        Ok(reply) => return Ok(reply),
        Err(problem) => problem,
    };
    if problem.code != ErrorCode::DaemonUnreachable {
        return Err(problem.into());
    }
    if !request.keep && is_any_shim_listening(context.data_dirs()) {
        return Ok(context.client()?.shutdown(&request)?);
    }
    Err(problem.hint("There is nothing to shut down.").into())
}

/// Whether the socket of any shim accepts a connection.
fn is_any_shim_listening(dirs: &DataDirs) -> bool {
    let entries = fs::read_dir(dirs.runtime()).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|it| it == "sock") && *path != dirs.socket())
        .any(|path| UnixStream::connect(path).is_ok())
}

/// Waits until the daemon's process is gone. Waiting for its lock would not do: a client that
/// watches a process starts the next daemon at once, and that one takes the lock and keeps it.
#[cfg(target_os = "linux")]
fn wait_for_exit(pid: u32, _: &DataDirs) -> Result<(), Problem> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::io::Errno;
    use rustix::process::{Pid, PidfdFlags, pidfd_open};

    let cannot_wait =
        |error: Errno| Problem::internal(format!("Cannot wait for daemon {pid}: {error}."));
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return Ok(()) };
    let daemon = match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(daemon) => daemon,
        Err(Errno::SRCH) => return Ok(()),
        Err(error) => return Err(cannot_wait(error)),
    };
    let deadline = Instant::now() + EXIT_TIMEOUT;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout =
            Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() };
        match poll(&mut [PollFd::new(&daemon, PollFlags::IN)], Some(&timeout)) {
            Ok(0) => return Err(does_not_exit(pid)),
            Ok(_) => return Ok(()),
            Err(Errno::INTR) => {}
            Err(error) => return Err(cannot_wait(error)),
        }
    }
}

#[cfg(target_os = "linux")]
fn does_not_exit(pid: rustix::process::Pid) -> Problem {
    let message = format!(
        "The daemon (PID {pid}) has answered and not exited within {} s.",
        EXIT_TIMEOUT.as_secs()
    );
    let hint = format!("Run `kill -9 {pid}` to end it; all that was to be stopped has ended.");
    Problem::new(ErrorCode::DaemonUnresponsive, message).hint(hint)
}

/// Waits for the lock that the daemon holds until it exits.
#[cfg(not(target_os = "linux"))]
fn wait_for_exit(_: u32, dirs: &DataDirs) -> Result<(), Problem> {
    let path = dirs.lock();
    let lock = match fs::File::open(&path) {
        Ok(lock) => lock,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Problem::storage(path.display(), error)),
    };
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockShared)
        .map_err(|error| Problem::storage(path.display(), error))
}

fn summary(reply: &ShutdownReply) -> String {
    let mut text = format!("Stopped the daemon (PID {})", reply.pid);
    if reply.stopped > 0 {
        text.push_str(&format!(" and {}", processes(reply.stopped)));
    }
    if reply.kept > 0 {
        text.push_str(&format!("; {} left running", processes(reply.kept)));
    }
    text
}

fn processes(count: usize) -> String {
    if count == 1 { "1 process".to_owned() } else { format!("{count} processes") }
}

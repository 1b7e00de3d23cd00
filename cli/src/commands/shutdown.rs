//! `shutdown`: returns when the daemon is really gone. It starts none to stop it, but where processes
//! were left running without one: nobody else could end them.

use std::os::unix::net::UnixStream;
use std::process::ExitCode;

use persistproc_api::daemon::{ShutdownReply, ShutdownRequest};
use persistproc_api::data_dirs::DataDirs;
use persistproc_api::{ErrorCode, Problem};

use crate::args::ShutdownArgs;
use crate::context::Context;
use crate::error::Outcome;
use crate::render;

pub(crate) fn run(args: &ShutdownArgs, context: &Context) -> Outcome {
    let request = ShutdownRequest { keep: args.keep };
    let reply = match context.client_of_running_daemon().shutdown(&request) {
        Err(problem)
            if problem.code == ErrorCode::DaemonUnreachable
                && !args.keep
                && something_runs(context.data_dirs()) =>
        {
            context.client()?.shutdown(&request)?
        }
        reply => reply.map_err(nothing_to_do)?,
    };
    wait_until_gone(reply.pid, context.data_dirs())?;
    if context.json() {
        render::json(&reply)?;
    } else {
        render::lines([text(&reply)])?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether the shim of a process listens.
fn something_runs(dirs: &DataDirs) -> bool {
    let sockets = std::fs::read_dir(dirs.runtime()).into_iter().flatten().flatten();
    sockets
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|it| it == "sock") && *path != dirs.socket())
        .any(|path| UnixStream::connect(path).is_ok())
}

fn nothing_to_do(problem: Problem) -> Problem {
    match problem.code {
        ErrorCode::DaemonUnreachable => problem.hint("There is nothing to shut down."),
        _ => problem,
    }
}

/// Waits for the process itself. Its lock would not do: whoever watches a process starts the
/// next daemon at once, and that one holds the lock as long as it lives.
#[cfg(target_os = "linux")]
fn wait_until_gone(pid: u32, _: &DataDirs) -> Result<(), Problem> {
    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::io::Errno;
    use rustix::process::{Pid, PidfdFlags, pidfd_open};

    let wrong = |error: Errno| Problem::internal(format!("Cannot wait for daemon {pid}: {error}."));
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return Ok(()) };
    let daemon = match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(daemon) => daemon,
        Err(Errno::SRCH) => return Ok(()),
        Err(error) => return Err(wrong(error)),
    };
    loop {
        match poll(&mut [PollFd::new(&daemon, PollFlags::IN)], None) {
            Ok(_) => return Ok(()),
            Err(Errno::INTR) => {}
            Err(error) => return Err(wrong(error)),
        }
    }
}

/// Waits for the lock that a daemon holds as long as it lives.
#[cfg(not(target_os = "linux"))]
fn wait_until_gone(_: u32, dirs: &DataDirs) -> Result<(), Problem> {
    let path = dirs.lock();
    let lock = match std::fs::File::open(&path) {
        Ok(lock) => lock,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Problem::storage(path.display(), error)),
    };
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockShared)
        .map_err(|error| Problem::storage(path.display(), error))
}

fn text(reply: &ShutdownReply) -> String {
    let count = |count: usize| match count {
        1 => "1 process".to_owned(),
        count => format!("{count} processes"),
    };
    let mut text = format!("Daemon stopped (pid {}); {} stopped", reply.pid, count(reply.stopped));
    if reply.kept > 0 {
        text.push_str(&format!(", {} left running", count(reply.kept)));
    }
    text + "."
}

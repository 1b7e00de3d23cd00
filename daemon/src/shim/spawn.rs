//! Starting the child: its program, environment, directory, limits, session and process group.

use std::io::{self, ErrorKind};
#[cfg(target_os = "linux")]
use std::os::fd::AsFd;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use persistproc_api::limits;
use persistproc_api::record::{Identity, ProcessRecord};
use persistproc_api::{ErrorCode, Problem};
use rustix::process::{Pid, Signal, WaitOptions};

#[cfg(target_os = "linux")]
use super::child_session;
use super::child_streams::ChildEnds;
use super::handover::Handed;
use super::placement::Placement;
use crate::platform::run_tree::{ID_VARIABLE, RUN_VARIABLE, RunTree};
use crate::platform::tree;

/// Where programs are looked up if the child's environment has no `PATH`.
const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// The umask of a child whose client sent none.
const DEFAULT_UMASK: u32 = 0o022;

/// Starts the child.
///
/// It becomes the leader of a process group, whose id a stop signals. With a terminal that group is
/// the foreground group of a session of its own, see [`child_session`](super::child_session).
pub(super) fn spawn(
    process: &ProcessRecord,
    run: &Path,
    ends: ChildEnds,
    mut handed: Handed,
) -> Result<Identity, Problem> {
    let Some((word, arguments)) = process.launch.command.split_first() else {
        return Err(Problem::new(ErrorCode::CommandNotFound, "The command is empty."));
    };
    let directory = match &handed.working_directory {
        // Leads to the directory also when its name does not.
        Some(fd) => PathBuf::from(format!("/proc/self/fd/{}", fd.as_raw_fd())),
        None => process.launch.working_directory.clone(),
    };
    if !directory.is_dir() {
        return Err(Problem::directory_missing(&process.launch.working_directory));
    }
    let program = find_program(word, &directory, process)?;
    // The child executes it after it has entered the directory.
    let executed = match program.strip_prefix(&directory) {
        Ok(_) if word.contains('/') => Path::new(word).to_owned(),
        Ok(relative) => Path::new(".").join(relative),
        Err(_) => program.clone(),
    };
    let failed = |error: &io::Error| {
        let shown = process.launch.working_directory.join(&executed);
        spawn_problem(word, &shown, error)
    };
    let placement = placement(&ends, &mut handed).map_err(|error| failed(&error))?;
    let mut command = Command::new(&executed);
    command
        .arg0(word)
        .args(arguments)
        .env_clear()
        .envs(&process.launch.environment)
        // Tells the program its id, and that it is managed.
        .env(ID_VARIABLE, &process.id)
        .env(RUN_VARIABLE, run)
        .stdin(Stdio::from(ends.stdin))
        .stdout(Stdio::from(ends.stdout))
        .stderr(Stdio::from(ends.stderr));
    match handed.working_directory {
        Some(fd) => enter_directory(&mut command, fd),
        None => {
            command.current_dir(&directory);
        }
    }
    place_descriptors(&mut command, placement);
    // The child inherits the umask. The shim itself creates its files with an explicit mode.
    let umask = process.launch.umask.unwrap_or(DEFAULT_UMASK);
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(umask as _));
    // The child inherits the limits, and the shim takes its own back: its log may be larger than
    // the largest file that the child may write.
    let own_limits = limits::set(&process.launch.limits);
    let spawned = match ends.terminal {
        Some(terminal) => spawn_in_session(command, terminal),
        None => command.process_group(0).spawn().map(|child| child.id()),
    };
    limits::set(&own_limits);
    let pid = spawned.map_err(|error| failed(&error))?;
    // A child that has exited already has no start time. Its pid can't be reused before it is
    // reaped.
    Ok(tree::identity(pid).unwrap_or(Identity { pid, started: 0 }))
}

/// Kills and reaps all children and descendants. `run` is the run folder.
pub(super) fn kill_all(run: &Path) {
    let tree = RunTree::new(run, None);
    loop {
        for member in tree.below(std::process::id()) {
            if let Some(pid) = Pid::from_raw(member.pid as i32) {
                // Fails if it has exited since.
                rustix::process::kill_process(pid, Signal::KILL).ok();
            }
        }
        match rustix::process::wait(WaitOptions::empty()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return,
        }
    }
}

/// Starts the child in a session with this controlling terminal. Returns its pid.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "only a fork of this process can create the session")]
fn spawn_in_session(mut command: Command, terminal: OwnedFd) -> io::Result<u32> {
    let (child_pid, sender) = child_session::child_pid()?;
    // Executes nothing: its fork leads the session, and starts the child.
    let mut leader = Command::new("/");
    let lead = move || Err(child_session::lead(terminal.as_fd(), &sender, || command.exec()));
    // SAFETY: this process has one thread, so that its fork may allocate and take locks.
    unsafe {
        leader.pre_exec(lead);
    }
    let spawned = leader.spawn();
    // Closes the child's ends of the streams, and our copy of the sender.
    drop(leader);
    spawned?;
    child_pid.receive()
}

/// Starts the child as the leader of a new session with this controlling terminal. Returns its pid.
/// The descriptor is closed in the child by `exec`, and in the shim with the command.
#[cfg(not(target_os = "linux"))]
#[expect(unsafe_code, reason = "only the child itself can create its session")]
fn spawn_in_session(mut command: Command, terminal: OwnedFd) -> io::Result<u32> {
    let create_session = move || {
        rustix::process::setsid()?;
        rustix::process::ioctl_tiocsctty(&terminal)?;
        Ok(())
    };
    // SAFETY: between fork and exec only async-signal-safe calls are allowed. These are two plain
    // system calls; they allocate nothing and take no lock.
    unsafe {
        command.pre_exec(create_session);
    }
    command.spawn().map(|child| child.id())
}

/// Makes a directory that was handed over the child's working directory.
#[expect(unsafe_code, reason = "only the child itself can enter the directory")]
fn enter_directory(command: &mut Command, directory: OwnedFd) {
    let enter = move || Ok(rustix::process::fchdir(&directory)?);
    // SAFETY: as above. This is one system call.
    unsafe {
        command.pre_exec(enter);
    }
}

/// The descriptors above standard error, and the child's own terminal under the numbers of those
/// that led to the terminal of the client.
fn placement(ends: &ChildEnds, handed: &mut Handed) -> io::Result<Placement> {
    let mut descriptors = std::mem::take(&mut handed.descriptors);
    for number in &handed.terminals {
        if let Some(terminal) = &ends.terminal {
            descriptors.push((*number, terminal.try_clone()?));
        }
    }
    Placement::new(descriptors)
}

/// Gives the child descriptors under their numbers.
#[expect(unsafe_code, reason = "only the child itself can have descriptors under these numbers")]
fn place_descriptors(command: &mut Command, placement: Placement) {
    // SAFETY: as above. `apply` makes system calls only.
    unsafe {
        command.pre_exec(move || placement.apply());
    }
}

/// The program that a shell would run: looked up in the child's directory and on its PATH.
fn find_program(word: &str, directory: &Path, process: &ProcessRecord) -> Result<PathBuf, Problem> {
    let in_directory = |path: &Path| directory.join(path);
    if word.contains('/') {
        return Ok(in_directory(Path::new(word)));
    }
    let path = process.launch.environment.get("PATH").map_or(DEFAULT_PATH, |path| path);
    std::env::split_paths(path)
        .map(|folder| in_directory(&folder).join(word))
        .find(|candidate| is_executable(candidate))
        .ok_or_else(|| {
            command_not_found(word, format!("It is not on the PATH of this process: {path}"))
        })
}

fn is_executable(path: &Path) -> bool {
    path.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
}

fn spawn_problem(word: &str, program: &Path, error: &io::Error) -> Problem {
    match error.kind() {
        // `exec` also reports a missing interpreter this way.
        ErrorKind::NotFound if program.exists() => command_not_found(
            word,
            "The file exists, but the interpreter that its first line names does not.".to_owned(),
        ),
        ErrorKind::NotFound => command_not_found(word, "Check the path.".to_owned()),
        ErrorKind::PermissionDenied => Problem::new(
            ErrorCode::PermissionDenied,
            format!("`{}` is not executable.", program.display()),
        )
        .hint("If it is a script, run `chmod +x` on it."),
        _ => Problem::new(ErrorCode::StartFailed, format!("Cannot start `{word}`: {error}.")),
    }
}

fn command_not_found(word: &str, hint: String) -> Problem {
    Problem::new(ErrorCode::CommandNotFound, format!("Command not found: `{word}`.")).hint(hint)
}

//! Starting the child: its program, environment, directory, attributes, session and process group.

use std::ffi::OsStr;
use std::io::{self, ErrorKind};
#[cfg(target_os = "linux")]
use std::os::fd::AsFd;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use persistproc_api::environment::Environment;
use persistproc_api::record::{Identity, ProcessRecord};
use persistproc_api::{ErrorCode, Problem};
use rustix::process::{Pid, Signal, WaitOptions};

use super::attributes::Attributes;
#[cfg(target_os = "linux")]
use super::child_session;
use super::child_streams::ChildEnds;
use super::handover::Handed;
use super::placement::Placement;
use super::program::{self, Program};
use crate::platform::run_tree::{ID_VARIABLE, RUN_VARIABLE, RunTree};
use crate::platform::tree;

/// Tells Python not to buffer its output: a pipe would get it in blocks of 8 KiB.
const UNBUFFERED_VARIABLES: [(&str, &str); 1] = [("PYTHONUNBUFFERED", "1")];

/// The variable from which most servers take their port.
const PORT_VARIABLE: &str = "PORT";

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
    let launch = &process.launch;
    let words = process.executed_words();
    let Some(word) = words.first() else {
        return Err(Problem::new(ErrorCode::CommandNotFound, "The command is empty."));
    };
    let directory = match &handed.working_directory {
        // Leads to the directory also when its name does not.
        Some(fd) => PathBuf::from(format!("/proc/self/fd/{}", fd.as_raw_fd())),
        None => launch.directory(),
    };
    if !directory.is_dir() {
        return Err(Problem::directory_missing(&launch.working_directory));
    }
    let path = program::find(word, &directory, launch)?;
    // The child executes it after it has entered the directory.
    let executed = match path.strip_prefix(&directory) {
        Ok(_) if word.as_bytes().contains(&b'/') => PathBuf::from(word),
        Ok(relative) => Path::new(".").join(relative),
        Err(_) => path.clone(),
    };
    let failed =
        |error: &io::Error| spawn_problem(word, &launch.directory().join(&executed), error);
    if let (Some(terminal), Some(settings)) = (&ends.terminal, &launch.inherited.terminal) {
        // Fails for a stream that is a pipe.
        settings.apply(terminal).ok();
        settings.apply(&ends.stderr).ok();
    }
    let program = Program::new(&executed, &words, &environment(process, run));
    let program = program.map_err(|error| failed(&error))?;
    let placement = placement(&ends, &mut handed).map_err(|error| failed(&error))?;
    let mut command = Command::new(&executed);
    command
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
    let attributes = Attributes::new(launch);
    let spawned = match ends.terminal {
        Some(terminal) => spawn_in_session(command, terminal, attributes, program),
        None => {
            command.process_group(0);
            execute_in_child(&mut command, attributes, program);
            command.spawn().map(|child| child.id())
        }
    };
    let pid = spawned.map_err(|error| failed(&error))?;
    // A child that has exited already has no start time. Its pid can't be reused before it is
    // reaped.
    Ok(tree::identity(pid).unwrap_or(Identity { pid, started: 0 }))
}

/// The recorded environment, the assigned port, and two variables that tell the program its id, and
/// that it is managed.
fn environment(process: &ProcessRecord, run: &Path) -> Environment {
    let launch = &process.launch;
    let mut environment = launch.environment.clone();
    if launch.unbuffered && launch.tty.is_none() {
        for (name, value) in UNBUFFERED_VARIABLES {
            if environment.get(name).is_none() {
                environment.set(name, value);
            }
        }
    }
    if let Some(assigned) = &process.assigned_port {
        environment.set(PORT_VARIABLE, assigned.port.to_string());
    }
    environment.set(ID_VARIABLE, &process.id);
    environment.set(RUN_VARIABLE, run);
    environment
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

/// What the child does last between fork and exec, and the exec itself.
#[expect(unsafe_code, reason = "only the child itself can set its attributes")]
fn execute_in_child(command: &mut Command, attributes: Attributes, program: Program) {
    let execute = move || -> io::Result<()> {
        attributes.apply();
        Err(program.execute())
    };
    // SAFETY: between fork and exec only async-signal-safe calls are allowed. These are system
    // calls on values that were prepared before; they allocate nothing and take no lock.
    unsafe {
        command.pre_exec(execute);
    }
}

/// Starts the child in a session with this controlling terminal. Returns its pid.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "only a fork of this process can create the session")]
fn spawn_in_session(
    mut command: Command,
    terminal: OwnedFd,
    attributes: Attributes,
    program: Program,
) -> io::Result<u32> {
    execute_in_child(&mut command, attributes, program);
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
fn spawn_in_session(
    mut command: Command,
    terminal: OwnedFd,
    attributes: Attributes,
    program: Program,
) -> io::Result<u32> {
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
    execute_in_child(&mut command, attributes, program);
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

fn spawn_problem(word: &OsStr, program: &Path, error: &io::Error) -> Problem {
    match error.kind() {
        // `exec` also reports a missing interpreter this way.
        ErrorKind::NotFound if program.exists() => program::not_found(
            word,
            "The file exists, but the interpreter that its first line names does not.".to_owned(),
        ),
        ErrorKind::NotFound => program::not_found(word, "Check the path.".to_owned()),
        ErrorKind::PermissionDenied if program.is_dir() => Problem::new(
            ErrorCode::PermissionDenied,
            format!("`{}` is a directory.", program.display()),
        )
        .hint("Give the path of a program."),
        ErrorKind::PermissionDenied => Problem::new(
            ErrorCode::PermissionDenied,
            format!("`{}` is not executable.", program.display()),
        )
        .hint("If it is a script, run `chmod +x` on it."),
        _ => {
            let word = word.to_string_lossy();
            Problem::new(ErrorCode::StartFailed, format!("Cannot start `{word}`: {error}."))
        }
    }
}

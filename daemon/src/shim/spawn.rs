//! The child: its program found on its own PATH, its environment and nothing else, its own
//! session when it has a terminal and its own process group when it has pipes.

use std::io::{self, ErrorKind};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use persistproc_api::limits;
use persistproc_api::record::{Identity, ProcessRecord};
use persistproc_api::{ErrorCode, Problem};

use rustix::process::{Pid, Signal, WaitOptions};

use super::streams::Ends;
use crate::platform::tree;

/// Starts the child.
pub(super) fn spawn(process: &ProcessRecord, run: &Path, ends: Ends) -> Result<Identity, Problem> {
    let Some((word, arguments)) = process.command.split_first() else {
        return Err(Problem::new(ErrorCode::CommandNotFound, "The command is empty."));
    };
    if !process.working_directory.is_dir() {
        return Err(Problem::directory_missing(&process.working_directory));
    }
    let program = find(word, process)?;
    let mut command = Command::new(&program);
    command
        .arg0(word)
        .args(arguments)
        .env_clear()
        .envs(&process.environment)
        // So that a program can tell that it is managed, and by which name.
        .env("PERSISTPROC_ID", &process.id)
        // So that its descendants are found even when their shim is no more.
        .env(tree::RUN_VARIABLE, run)
        .current_dir(&process.working_directory)
        .stdin(Stdio::from(ends.stdin))
        .stdout(Stdio::from(ends.stdout))
        .stderr(Stdio::from(ends.stderr));
    if ends.tty {
        own_terminal(&mut command);
    } else {
        command.process_group(0);
    }
    // Everything of ours is open by now, or is opened with a mode of its own.
    let mask = process.umask.unwrap_or(0o022);
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(mask as _));
    // What the child may have is for the child: our log may be longer than its largest file.
    let own = limits::set(&process.limits);
    let spawned = command.spawn();
    limits::set(&own);
    let child = spawned.map_err(|error| failed(word, &program, &error))?;
    // A child that is gone already has no start time any more; it is ours until we collect it.
    Ok(tree::identity(child.id()).unwrap_or(Identity { pid: child.id(), started: 0 }))
}

/// Ends whatever was started, to the last of it.
pub(super) fn undo() {
    loop {
        for pid in tree::descendants(std::process::id()) {
            if let Some(pid) = Pid::from_raw(pid as i32) {
                // One that ended since is what is wanted.
                rustix::process::kill_process(pid, Signal::KILL).ok();
            }
        }
        match rustix::process::wait(WaitOptions::empty()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return,
        }
    }
}

/// A new session, whose controlling terminal is the child's standard input.
#[expect(unsafe_code, reason = "only a child itself can lead a session and take a terminal")]
fn own_terminal(command: &mut Command) {
    let lead = || {
        rustix::process::setsid()?;
        rustix::process::ioctl_tiocsctty(rustix::stdio::stdin())?;
        Ok(())
    };
    // SAFETY: between fork and exec, two system calls that allocate nothing and take no lock.
    unsafe {
        command.pre_exec(lead);
    }
}

/// The program a shell would run for this word, in the child's directory and on the child's PATH.
fn find(word: &str, process: &ProcessRecord) -> Result<PathBuf, Problem> {
    let there = |path: &Path| process.working_directory.join(path);
    if word.contains('/') {
        return Ok(there(Path::new(word)));
    }
    let path = process.environment.get("PATH").map_or("/usr/local/bin:/usr/bin:/bin", |path| path);
    let candidates = std::env::split_paths(path).map(|folder| there(&folder).join(word));
    let found = candidates.into_iter().find(|candidate| {
        candidate.is_file() && rustix::fs::access(candidate, rustix::fs::Access::EXEC_OK).is_ok()
    });
    found.ok_or_else(|| not_found(word, &format!("It is not on the PATH of this process: {path}")))
}

fn failed(word: &str, program: &Path, error: &io::Error) -> Problem {
    match error.kind() {
        ErrorKind::NotFound if program.exists() => not_found(
            word,
            "Its file exists, but the interpreter it names in its first line does not.",
        ),
        ErrorKind::NotFound => not_found(word, "Check the path."),
        ErrorKind::PermissionDenied => Problem::new(
            ErrorCode::PermissionDenied,
            format!("`{}` may not be executed.", program.display()),
        )
        .hint("Is it a program? `chmod +x` makes a script one."),
        _ => {
            Problem::new(ErrorCode::StartFailed, format!("`{word}` could not be started: {error}."))
        }
    }
}

fn not_found(word: &str, hint: &str) -> Problem {
    Problem::new(ErrorCode::CommandNotFound, format!("Command not found: `{word}`."))
        .hint(hint.to_owned())
}

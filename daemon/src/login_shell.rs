//! [`main`]: asks the user's login shell for its environment, in a process of its own that the daemon
//! waits for.
//!
//! A start-up file can print, hang, or leave a program in the background that keeps the output open.
//! This process has a session of its own, so that a shell finds no terminal to take, reads what the
//! shell prints until the shell has exited, and ends what is left of it after [`TIMEOUT`].

use std::ffi::OsString;
use std::io::Read;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use persistproc_api::environment::Environment;
use rustix::process::{Pid, Signal};

use crate::platform::descriptors;

/// How long the shells have in all.
pub const TIMEOUT: Duration = Duration::from_secs(5);

/// How long an interactive shell has. A login shell that is not interactive is tried after it.
const INTERACTIVE_TIMEOUT: Duration = Duration::from_secs(3);

/// How long the output of a shell may take after the shell has exited.
const READ_TIMEOUT: Duration = Duration::from_millis(200);

/// The longest output that is read. An environment is limited by the kernel to less.
const MAX_OUTPUT_BYTES: usize = 8 << 20;

/// Set for the shell, so that a start-up file can leave out what it does for people.
const MARKER: &str = "PERSISTPROC_RESOLVING_ENVIRONMENT";

/// Variables of the shell itself, not of its user.
const SHELL_VARIABLES: [&str; 4] = ["_", "SHLVL", "OLDPWD", MARKER];

/// What a shell is asked to do: what start-up files print comes before the first NUL.
const SCRIPT: &str = "printf '\\0'; exec env -0";
const NU_SCRIPT: &str = "^printf '\\0'; ^env -0";

/// What this process prints, as JSON: the environment, or what the shell did instead.
pub type LoginShellAnswer = Result<Environment, String>;

/// A message of a thread that watches a shell.
enum ShellEvent {
    Output(Vec<u8>),
    Exited,
}

/// Prints the environment of the login shell in a directory as a [`LoginShellAnswer`].
pub fn main(directory: Option<&Path>) -> ExitCode {
    descriptors::close_inherited();
    // Fails if it is a session leader already, which means that it was started by hand.
    rustix::process::setsid().ok();
    let answer = environment(directory.unwrap_or(Path::new("/")));
    match serde_json::to_writer(std::io::stdout(), &answer) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn environment(directory: &Path) -> LoginShellAnswer {
    let deadline = Instant::now() + TIMEOUT;
    let shell = std::env::var_os("SHELL").filter(|shell| !shell.is_empty());
    let shell = shell.unwrap_or_else(|| "/bin/sh".into());
    let interactive = ask(&shell, &["-l", "-i", "-c"], directory, INTERACTIVE_TIMEOUT);
    let left = deadline.saturating_duration_since(Instant::now());
    interactive
        .or_else(|_| ask(&shell, &["-l", "-c"], directory, left))
        .map_err(|problem| format!("{} {problem}", shell.display()))
}

fn ask(shell: &OsString, flags: &[&str], directory: &Path, timeout: Duration) -> LoginShellAnswer {
    let is_nu = Path::new(shell).file_name().is_some_and(|name| name == "nu");
    let mut child = Command::new(shell)
        .args(flags)
        .arg(if is_nu { NU_SCRIPT } else { SCRIPT })
        .current_dir(directory)
        .env(MARKER, "1")
        .env("TERM", "dumb")
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("cannot be executed: {error}"))?;
    let group = Pid::from_child(&child);
    let output = output(&mut child, timeout);
    // What the shell left in the background. Fails if nothing is left.
    rustix::process::kill_process_group(group, Signal::KILL).ok();
    parse(&output?).ok_or_else(|| "printed no environment".to_owned())
}

/// The output of a shell until it has exited.
fn output(child: &mut Child, timeout: Duration) -> Result<Vec<u8>, String> {
    let events = watch(child);
    let deadline = Instant::now() + timeout;
    let mut output = Vec::new();
    let mut has_exited = false;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let limit = if has_exited { left.min(READ_TIMEOUT) } else { left };
        match events.recv_timeout(limit) {
            Ok(ShellEvent::Output(bytes)) if output.len() < MAX_OUTPUT_BYTES => {
                output.extend(bytes);
            }
            Ok(ShellEvent::Output(_)) => return Err("printed no end of output".to_owned()),
            Ok(ShellEvent::Exited) => has_exited = true,
            Err(RecvTimeoutError::Disconnected) => return Ok(output),
            Err(RecvTimeoutError::Timeout) if has_exited => return Ok(output),
            Err(RecvTimeoutError::Timeout) => {
                return Err(format!("did not answer within {} s", timeout.as_secs().max(1)));
            }
        }
    }
}

/// The output and the exit of a shell. Disconnected once both have ended.
fn watch(child: &mut Child) -> Receiver<ShellEvent> {
    let (sender, events) = mpsc::sync_channel(1);
    if let Some(mut stdout) = child.stdout.take() {
        let sender = sender.clone();
        std::thread::spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            while let Ok(count @ 1..) = stdout.read(&mut buffer) {
                if sender.send(ShellEvent::Output(buffer[..count].to_vec())).is_err() {
                    return;
                }
            }
        });
    }
    let pid = Pid::from_child(child);
    std::thread::spawn(move || {
        // Fails if something else has reaped it, which is an exit as well.
        rustix::process::waitpid(Some(pid), rustix::process::WaitOptions::empty()).ok();
        // Fails once the daemon waits no longer.
        sender.send(ShellEvent::Exited).ok();
    });
    events
}

/// The environment in the output of a shell.
fn parse(output: &[u8]) -> Option<Environment> {
    let mut entries = output.split(|byte| *byte == 0).skip(1);
    let is_own = |entry: &&[u8]| {
        let name = entry.split(|byte| *byte == b'=').next().unwrap_or_default();
        entry.is_empty()
            || *entry == b"TERM=dumb"
            || SHELL_VARIABLES.iter().any(|own| own.as_bytes() == name)
    };
    let mut found = Vec::new();
    for entry in entries.by_ref().filter(|entry| !is_own(entry)) {
        found.push(OsString::from_vec(entry.to_vec()));
    }
    let environment: Environment = found.into_iter().collect();
    environment.get("PATH").is_some().then_some(environment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_start_up_files_print_is_no_variable() {
        let output =
            b"welcome\nPATH=/wrong\0PATH=/bin\0A=1\n2\0SHLVL=1\0_=/usr/bin/env\0TERM=dumb\0";
        let environment = parse(output).unwrap();
        assert_eq!(environment, Environment::from_iter([("PATH", "/bin"), ("A", "1\n2")]));
        assert_eq!(parse(b"welcome\n"), None);
        assert_eq!(parse(b"\0HOME=/root\0"), None);
    }

    #[test]
    fn a_shell_that_hangs_or_leaves_a_program_behind_does_not_block() {
        let run = |script: &str, timeout| {
            let folder = tempfile::tempdir().unwrap();
            let shell = folder.path().join("shell");
            std::fs::write(&shell, format!("#!/bin/sh\n{script}")).unwrap();
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            std::fs::set_permissions(&shell, mode).unwrap();
            ask(&shell.into_os_string(), &["-l"], Path::new("/"), timeout)
        };
        let left_behind = "sleep 1000 & printf 'hello\\0'; exec env -0";
        assert!(run(left_behind, TIMEOUT).unwrap().get("PATH").is_some());
        let hanging = run("sleep 1000", Duration::from_millis(300));
        assert_eq!(hanging, Err("did not answer within 1 s".to_owned()));
        assert_eq!(run("exit 3", TIMEOUT), Err("printed no environment".to_owned()));
    }
}

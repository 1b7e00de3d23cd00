//! Faults that put something out of reach for a while: stopped shims and daemons, deleted sockets,
//! damaged records, a daemon without free descriptors.

use std::fs;

use super::{any_shim, kill_and_wait, kill_daemon, pause_up_to, run_folder};
use crate::chaos::round::Round;
use crate::support::procs::{Signal, alive, signal_if_alive};

/// Stops a shim with a signal, for up to 400 ms. Meanwhile, another daemon may take over.
pub(super) fn freeze_shim(round: &mut Round, kills_daemon: bool) -> bool {
    let Some((_, shim)) = any_shim(round) else { return false };
    if !signal_if_alive(shim, Signal::STOP) {
        return false;
    }
    let was_possible = !kills_daemon || kill_daemon(round, Signal::KILL);
    if kills_daemon && round.random.below(2) == 0 {
        // The next daemon meets a shim that does not answer.
        round.world.pp(["list"]);
    }
    pause_up_to(round, 400);
    signal_if_alive(shim, Signal::CONT);
    was_possible
}

/// Stops the daemon with a signal, for up to 300 ms.
pub(super) fn freeze_daemon(round: &mut Round) -> bool {
    let daemons = round.world.daemons();
    let Some(daemon) = daemons.first() else { return false };
    let is_stopped = signal_if_alive(daemon.pid, Signal::STOP);
    pause_up_to(round, 300);
    signal_if_alive(daemon.pid, Signal::CONT);
    is_stopped
}

/// Deletes the sockets of the daemon and of all shims; in half of the cases, the daemon dies too.
pub(super) fn delete_sockets(round: &mut Round) -> bool {
    let Some(folder) = round.world.sockets() else { return false };
    let mut was_possible = false;
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "sock") {
            was_possible |= fs::remove_file(path).is_ok();
        }
    }
    was_possible && may_kill_daemon(round)
}

/// Deletes the runtime directory; in half of the cases, the daemon dies too.
pub(super) fn delete_runtime_directory(round: &mut Round) -> bool {
    let deleted = fs::remove_dir_all(round.world.folder("run/persistproc")).is_ok();
    deleted && may_kill_daemon(round)
}

fn may_kill_daemon(round: &mut Round) -> bool {
    if round.random.below(2) == 0 {
        kill_daemon(round, Signal::KILL);
    }
    true
}

/// Truncates `process.json` of a process that runs, then kills the daemon.
pub(super) fn damage_process(round: &mut Round) -> bool {
    let Some((number, _)) = any_shim(round) else { return false };
    if !alive(round.children[number].pid()) {
        // Its shim may exit before the next daemon asks it.
        return false;
    }
    if !round.children[number].is_endless() {
        return false;
    }
    let folder = run_folder(round, number);
    let Some(process) = folder.ancestors().nth(2) else { return false };
    let length = round.random.below(40) as usize;
    let text = &b"{\"format\": 1, \"id\": \"work-python3\", \"label\""[..length];
    fs::write(process.join("process.json"), text).is_ok() && kill_daemon(round, Signal::KILL)
}

/// Kills a shim while the daemon cannot open a descriptor, for up to 400 ms.
pub(super) fn kill_shim_without_descriptors(round: &mut Round) -> bool {
    let Some((_, shim)) = any_shim(round) else { return false };
    let daemons = round.world.daemons();
    let Some(daemon) = daemons.first() else { return false };
    let Some(limit) = open_files_limit(daemon.pid) else { return false };
    let open = fs::read_dir(format!("/proc/{}/fd", daemon.pid)).map_or(0, Iterator::count);
    set_open_files_limit(round, daemon.pid, &open.to_string());
    kill_and_wait(shim);
    pause_up_to(round, 400);
    set_open_files_limit(round, daemon.pid, &limit);
    true
}

/// The soft limit on open files of a process.
fn open_files_limit(pid: u32) -> Option<String> {
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).ok()?;
    let line = limits.lines().find(|line| line.starts_with("Max open files"))?;
    Some(line.split_whitespace().nth(3)?.to_owned())
}

fn set_open_files_limit(round: &Round, pid: u32, limit: &str) {
    let mut command = round.world.command("prlimit");
    command.args(["--pid", &pid.to_string(), &format!("--nofile={limit}:")]);
    // Fails if the daemon has exited.
    round.world.run(command);
}

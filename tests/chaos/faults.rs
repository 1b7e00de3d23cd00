//! The faults of the chaos test: kills, full and read-only disks, damaged files, a moved clock.
//!
//! | file | contents |
//! |---|---|
//! | `reach` | faults that put something out of reach for a while |
//! | `damage` | faults after which output may be missing, and a shutdown that is interrupted |

mod damage;
mod reach;

use std::fs::{self, OpenOptions};
use std::path::Path;
use std::time::Duration;

use super::round::{Child, Round};
use crate::support::clock;
use crate::support::disk::ReadOnly;
use crate::support::procs::{Signal, alive, kill_if_alive, signal_if_alive};
use crate::support::until;
use crate::support::wait::pause;

/// The clock is moved by up to this many seconds in either direction.
const MAX_CLOCK_OFFSET: u64 = 7200;

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    KillDaemon,
    NoDaemon,
    StopDaemon,
    KillShim,
    KillAllShims,
    KillShimThenDaemon,
    KillDaemonAndShim,
    DaemonInRun,
    KillChild,
    KillFollower,
    FullDisk,
    ReadOnlyFolder,
    DamagedRecord,
    TruncatedIndex,
    MovedClock,
    FrozenShim,
    FrozenShimAndNoDaemon,
    FrozenDaemon,
    DeletedSockets,
    DeletedRuntimeDirectory,
    DamagedProcess,
    FewDescriptors,
    CutLog,
    InterruptedShutdown,
    DeletedData,
}

impl Fault {
    pub(super) const ALL: [Self; 25] = [
        Self::KillDaemon,
        Self::NoDaemon,
        Self::StopDaemon,
        Self::KillShim,
        Self::KillAllShims,
        Self::KillShimThenDaemon,
        Self::KillDaemonAndShim,
        Self::DaemonInRun,
        Self::KillChild,
        Self::KillFollower,
        Self::FullDisk,
        Self::ReadOnlyFolder,
        Self::DamagedRecord,
        Self::TruncatedIndex,
        Self::MovedClock,
        Self::FrozenShim,
        Self::FrozenShimAndNoDaemon,
        Self::FrozenDaemon,
        Self::DeletedSockets,
        Self::DeletedRuntimeDirectory,
        Self::DamagedProcess,
        Self::FewDescriptors,
        Self::CutLog,
        Self::InterruptedShutdown,
        Self::DeletedData,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::KillDaemon => "daemon killed",
            Self::NoDaemon => "no daemon for a while",
            Self::StopDaemon => "daemon replaced",
            Self::KillShim => "shim killed",
            Self::KillAllShims => "all shims killed",
            Self::KillShimThenDaemon => "shim killed, then the daemon",
            Self::KillDaemonAndShim => "daemon and a shim killed together",
            Self::DaemonInRun => "daemon started within a run",
            Self::KillChild => "child killed",
            Self::KillFollower => "follower killed",
            Self::FullDisk => "disk full",
            Self::ReadOnlyFolder => "folder read-only",
            Self::DamagedRecord => "run.json damaged",
            Self::TruncatedIndex => "index truncated",
            Self::MovedClock => "clock moved",
            Self::FrozenShim => "shim stopped for a while",
            Self::FrozenShimAndNoDaemon => "shim stopped, daemon killed",
            Self::FrozenDaemon => "daemon stopped for a while",
            Self::DeletedSockets => "sockets deleted",
            Self::DeletedRuntimeDirectory => "runtime directory deleted",
            Self::DamagedProcess => "process.json damaged",
            Self::FewDescriptors => "shim killed without free descriptors",
            Self::CutLog => "log truncated",
            Self::InterruptedShutdown => "shutdown interrupted",
            Self::DeletedData => "data deleted",
        }
    }
}

/// Makes a fault happen. Returns whether it was possible at this moment.
pub(super) fn inject(round: &mut Round, fault: Fault) -> bool {
    match fault {
        Fault::KillDaemon => kill_daemon(round, Signal::KILL),
        Fault::NoDaemon => {
            let killed = kill_daemon(round, Signal::KILL);
            pause_up_to(round, 400);
            killed
        }
        Fault::StopDaemon => kill_daemon(round, Signal::TERM),
        Fault::KillShim => kill_any_shim(round),
        Fault::KillAllShims => kill_all_shims(round),
        Fault::KillShimThenDaemon => {
            let killed = kill_any_shim(round);
            pause_up_to(round, 10);
            killed && kill_daemon(round, Signal::KILL)
        }
        Fault::KillDaemonAndShim => kill_daemon_and_shim(round),
        Fault::DaemonInRun => start_daemon_in_run(round),
        Fault::KillChild => kill_child(round),
        Fault::KillFollower => {
            let follower = round.follower.take();
            drop(follower);
            round.follow();
            true
        }
        Fault::FullDisk => fill_disk(round),
        Fault::ReadOnlyFolder => make_read_only(round),
        Fault::DamagedRecord => damage_record(round),
        Fault::TruncatedIndex => truncate_index(round),
        Fault::MovedClock => {
            // Applies to all rounds that are being played.
            let offset = round.random.below(2 * MAX_CLOCK_OFFSET) as i64;
            clock::move_to(offset - MAX_CLOCK_OFFSET as i64);
            true
        }
        Fault::FrozenShim => reach::freeze_shim(round, false),
        Fault::FrozenShimAndNoDaemon => reach::freeze_shim(round, true),
        Fault::FrozenDaemon => reach::freeze_daemon(round),
        Fault::DeletedSockets => reach::delete_sockets(round),
        Fault::DeletedRuntimeDirectory => reach::delete_runtime_directory(round),
        Fault::DamagedProcess => reach::damage_process(round),
        Fault::FewDescriptors => reach::kill_shim_without_descriptors(round),
        Fault::CutLog => damage::cut_log(round),
        Fault::InterruptedShutdown => damage::interrupt_shutdown(round),
        Fault::DeletedData => damage::delete_data(round),
    }
}

/// Undoes the faults that would prevent a clean end of the round.
pub(super) fn undo(round: &mut Round) {
    if let Some(disk) = &round.disk {
        disk.free_space();
    }
    if round.result.faults.contains_key(Fault::TruncatedIndex.name()) {
        // The last daemon may have been unable to repair the index because the folder was
        // read-only. The next one repairs it at its start.
        kill_daemon(round, Signal::TERM);
    }
    round.until_all_have_shims();
}

fn pause_up_to(round: &mut Round, milliseconds: u64) {
    pause(Duration::from_millis(round.random.below(milliseconds)));
}

/// Ends the daemon. A child without a shim at this moment is orphaned.
fn kill_daemon(round: &mut Round, signal: Signal) -> bool {
    let daemons = round.world.daemons();
    let Some(daemon) = daemons.first() else { return false };
    let shims: Vec<Option<u32>> =
        round.children.iter().map(|child| round.shim_pid(child)).collect();
    // A daemon that finds another one exits by itself.
    if !signal_if_alive(daemon.pid, signal) {
        return false;
    }
    for (child, shim) in round.children.iter_mut().zip(shims) {
        child.was_orphaned |= shim.is_some_and(|shim| !alive(shim));
    }
    until("the end of the daemon", || if alive(daemon.pid) { Err("alive".into()) } else { Ok(()) });
    true
}

/// The number of a child, and the pid of its living shim, when the daemon is connected to it.
fn any_shim(round: &mut Round) -> Option<(usize, u32)> {
    round.until_all_have_shims();
    let mut shims = Vec::new();
    for (number, child) in round.children.iter().enumerate() {
        shims.extend(round.shim_pid(child).filter(|pid| alive(*pid)).map(|pid| (number, pid)));
    }
    round.random.choose(&shims).copied()
}

fn kill_any_shim(round: &mut Round) -> bool {
    let Some((_, shim)) = any_shim(round) else { return false };
    kill_and_wait(shim);
    true
}

/// Kills a process and returns when it has ended.
fn kill_and_wait(pid: u32) {
    kill_if_alive(pid);
    until("the end of a shim", || if alive(pid) { Err(pid.to_string()) } else { Ok(()) });
}

fn kill_all_shims(round: &mut Round) -> bool {
    round.until_all_have_shims();
    let shims: Vec<u32> = round.children.iter().filter_map(|child| round.shim_pid(child)).collect();
    shims.iter().for_each(|shim| kill_if_alive(*shim));
    shims.iter().for_each(|shim| kill_and_wait(*shim));
    !shims.is_empty()
}

fn kill_daemon_and_shim(round: &mut Round) -> bool {
    let Some((child, shim)) = any_shim(round) else { return false };
    round.children[child].was_orphaned = true;
    let killed = kill_daemon(round, Signal::KILL);
    kill_if_alive(shim);
    killed
}

/// Kills the daemon, and has a child start the next one.
fn start_daemon_in_run(round: &mut Round) -> bool {
    let reviving = |child: &Child| child.kind == "reviving" && alive(child.pid());
    let Some(number) = choose_child(round, reviving) else { return false };
    let path = round.children[number].record(&round.world).with_extension("revive");
    // A follower starts a daemon too.
    drop(round.follower.take());
    let killed = kill_daemon(round, Signal::KILL);
    fs::write(&path, "").unwrap();
    until("another daemon", || match round.world.daemons().len() {
        0 => Err(format!(
            "`pp list`: {:?}; the child lives: {}",
            fs::read_to_string(path.with_extension("revived")),
            alive(round.children[number].pid())
        )),
        _ => Ok(()),
    });
    round.follow();
    killed
}

fn kill_child(round: &mut Round) -> bool {
    let can_be_killed = |child: &Child| !child.is_endless() && alive(child.pid());
    let Some(number) = choose_child(round, can_be_killed) else { return false };
    round.children[number].was_killed = true;
    kill_if_alive(round.children[number].pid());
    true
}

/// The number of a random child among those that fulfil a condition.
fn choose_child(round: &mut Round, condition: impl Fn(&Child) -> bool) -> Option<usize> {
    let numbers: Vec<usize> =
        (0..round.children.len()).filter(|number| condition(&round.children[*number])).collect();
    round.random.choose(&numbers).copied()
}

fn fill_disk(round: &mut Round) -> bool {
    let milliseconds = round.random.below(300);
    let Some(disk) = &round.disk else { return false };
    disk.fill();
    pause(Duration::from_millis(milliseconds));
    disk.free_space();
    true
}

/// For a while no file can be opened for writing. Open files are not affected.
fn make_read_only(round: &mut Round) -> bool {
    let read_only = ReadOnly::over(round.world.folder("data").join("processes"));
    if read_only.is_some() {
        pause_up_to(round, 200);
    }
    read_only.is_some()
}

/// Truncates the record of a running process, then kills the daemon.
fn damage_record(round: &mut Round) -> bool {
    round.until_all_have_shims();
    let shims: Vec<bool> =
        round.children.iter().map(|child| round.shim_pid(child).is_some_and(alive)).collect();
    let running: Vec<usize> = (0..round.children.len())
        .filter(|number| round.children[*number].kind == "forever" && shims[*number])
        .collect();
    let Some(number) = round.random.choose(&running).copied() else { return false };
    let path = run_folder(round, number).join("run.json");
    let record = b"{\"format\": 1, \"run\": 1, \"tty\": false, \"started";
    let length = round.random.below(40) as usize;
    fs::write(path, &record[..length]).is_ok() && kill_daemon(round, Signal::KILL)
}

/// Truncates the index of a run that has ended, then kills the daemon.
fn truncate_index(round: &mut Round) -> bool {
    let ended: Vec<usize> = (0..round.children.len())
        .filter(|number| {
            let record = fs::read_to_string(run_folder(round, *number).join("run.json"));
            record.is_ok_and(|text| text.contains("\"state\": \"ended\""))
        })
        .collect();
    let Some(number) = round.random.choose(&ended).copied() else { return false };
    let index = run_folder(round, number).join("index");
    let percent = round.random.below(100);
    truncate(&index, percent) && kill_daemon(round, Signal::KILL)
}

fn run_folder(round: &Round, child: usize) -> std::path::PathBuf {
    round.world.runs_folder(&round.children[child].process).join("1")
}

/// Keeps this part of a file. Returns whether that was possible.
fn truncate(file: &Path, percent: u64) -> bool {
    let opened = OpenOptions::new().write(true).open(file);
    opened.is_ok_and(|file| {
        let length = file.metadata().map(|metadata| metadata.len()).unwrap_or_default();
        file.set_len(length * percent / 100).is_ok()
    })
}

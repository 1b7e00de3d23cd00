//! What is done to a round: to programs, files, disks. One that makes no sense at the moment does
//! not happen.

use std::fs::{self, OpenOptions};
use std::path::Path;
use std::time::Duration;

use super::round::Round;
use crate::support::clock;
use crate::support::disk::ReadOnly;
use crate::support::procs::{Signal, alive, kill, kill_if_alive};
use crate::support::until;
use crate::support::wait::pause;

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    KillDaemon,
    NoDaemon,
    EndDaemon,
    KillShim,
    KillShims,
    KillShimThenDaemon,
    KillBoth,
    KillChild,
    KillFollower,
    FullDisk,
    ReadOnly,
    DamagedRecord,
    ShortIndex,
    MovedClock,
}

impl Fault {
    pub(super) const ALL: [Self; 14] = [
        Self::KillDaemon,
        Self::NoDaemon,
        Self::EndDaemon,
        Self::KillShim,
        Self::KillShims,
        Self::KillShimThenDaemon,
        Self::KillBoth,
        Self::KillChild,
        Self::KillFollower,
        Self::FullDisk,
        Self::ReadOnly,
        Self::DamagedRecord,
        Self::ShortIndex,
        Self::MovedClock,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::KillDaemon => "daemon killed",
            Self::NoDaemon => "no daemon for a while",
            Self::EndDaemon => "daemon replaced",
            Self::KillShim => "shim killed",
            Self::KillShims => "all shims killed",
            Self::KillShimThenDaemon => "shim killed, then the daemon",
            Self::KillBoth => "daemon and a shim killed together",
            Self::KillChild => "child killed",
            Self::KillFollower => "follower killed",
            Self::FullDisk => "disk full",
            Self::ReadOnly => "folder read-only",
            Self::DamagedRecord => "run.json damaged",
            Self::ShortIndex => "index cut short",
            Self::MovedClock => "clock moved",
        }
    }
}

/// Does it; whether it could be done.
pub(super) fn happens(round: &mut Round, fault: Fault) -> bool {
    match fault {
        Fault::KillDaemon => kill_daemon(round, Signal::KILL),
        Fault::NoDaemon => {
            let killed = kill_daemon(round, Signal::KILL);
            pause(Duration::from_millis(round.dice.below(400)));
            killed
        }
        Fault::EndDaemon => kill_daemon(round, Signal::TERM),
        Fault::KillShim => kill_shim(round).is_some(),
        Fault::KillShims => kill_shims(round),
        Fault::KillShimThenDaemon => {
            let killed = kill_shim(round);
            pause(Duration::from_millis(round.dice.below(10)));
            killed.is_some() && kill_daemon(round, Signal::KILL)
        }
        Fault::KillBoth => kill_both(round),
        Fault::KillChild => kill_child(round),
        Fault::KillFollower => {
            let follower = round.follower.take();
            drop(follower);
            round.follow();
            true
        }
        Fault::FullDisk => fill(round),
        Fault::ReadOnly => lock(round),
        Fault::DamagedRecord => damage_record(round),
        Fault::ShortIndex => cut_index(round),
        Fault::MovedClock => {
            // Up to two hours, for all rounds that go on at this moment.
            clock::move_to(round.dice.below(14_400) as i64 - 7200);
            true
        }
    }
}

/// What would keep the round from ending well.
pub(super) fn undo(round: &mut Round) {
    if let Some(disk) = &round.disk {
        disk.free_space();
    }
    if round.outcome.faults.contains_key(Fault::ShortIndex.name()) {
        // The last daemon may have found what it should mend in a folder that was read-only.
        kill_daemon(round, Signal::TERM);
    }
    round.until_taken_over();
}

/// Whoever has no shim at this moment may lose something with the daemon.
fn kill_daemon(round: &mut Round, signal: Signal) -> bool {
    let daemons = round.world.daemons();
    let Some(daemon) = daemons.first() else { return false };
    let before: Vec<Option<u32>> = round.children.iter().map(|child| round.shim(child)).collect();
    kill(daemon.pid, signal);
    for (child, shim) in round.children.iter_mut().zip(before) {
        child.forsaken |= shim.is_some_and(|shim| !alive(shim));
    }
    until("the end of the daemon", || if alive(daemon.pid) { Err("alive".into()) } else { Ok(()) });
    true
}

/// The pid of a shim of ours that lives, and whose it is; with a daemon that knows it.
fn some_shim(round: &mut Round) -> Option<(usize, u32)> {
    round.until_taken_over();
    let all: Vec<(usize, u32)> = round
        .children
        .iter()
        .enumerate()
        .filter_map(|(place, child)| Some((place, round.shim(child).filter(|pid| alive(*pid))?)))
        .collect();
    round.dice.one_of(&all).copied()
}

fn kill_shim(round: &mut Round) -> Option<usize> {
    let (place, shim) = some_shim(round)?;
    end_for_good(shim);
    Some(place)
}

/// Returns when it is gone.
fn end_for_good(pid: u32) {
    kill_if_alive(pid);
    until("the end of a shim", || if alive(pid) { Err(pid.to_string()) } else { Ok(()) });
}

fn kill_shims(round: &mut Round) -> bool {
    round.until_taken_over();
    let shims: Vec<u32> = round.children.iter().filter_map(|child| round.shim(child)).collect();
    shims.iter().for_each(|shim| kill_if_alive(*shim));
    shims.iter().for_each(|shim| end_for_good(*shim));
    !shims.is_empty()
}

fn kill_both(round: &mut Round) -> bool {
    let Some((place, shim)) = some_shim(round) else { return false };
    round.children[place].forsaken = true;
    let killed = kill_daemon(round, Signal::KILL);
    kill_if_alive(shim);
    killed
}

fn kill_child(round: &mut Round) -> bool {
    let living = |place: &usize| {
        round.children[*place].kind != "forever" && alive(round.children[*place].pid())
    };
    let all: Vec<usize> = (0..round.children.len()).filter(living).collect();
    let Some(place) = round.dice.one_of(&all).copied() else { return false };
    round.children[place].killed = true;
    kill_if_alive(round.children[place].pid());
    true
}

fn fill(round: &mut Round) -> bool {
    let Some(disk) = &round.disk else { return false };
    disk.fill();
    pause(Duration::from_millis(round.dice.below(300)));
    disk.free_space();
    true
}

/// Nothing can be opened for writing for a while; what is open goes on.
fn lock(round: &mut Round) -> bool {
    let locked = ReadOnly::over(round.world.folder("data").join("processes"));
    if locked.is_some() {
        pause(Duration::from_millis(round.dice.below(200)));
    }
    locked.is_some()
}

/// The record of a run that goes on is nonsense when the next daemon comes.
fn damage_record(round: &mut Round) -> bool {
    round.until_taken_over();
    let goes_on = |place: &usize| {
        let child = &round.children[*place];
        child.kind == "forever" && round.shim(child).is_some_and(alive)
    };
    let all: Vec<usize> = (0..round.children.len()).filter(goes_on).collect();
    let Some(place) = round.dice.one_of(&all).copied() else { return false };
    let record = round.world.runs_folder(&round.children[place].process).join("1/run.json");
    let part =
        &b"{\"format\": 1, \"run\": 1, \"tty\": false, \"started"[..round.dice.below(40) as usize];
    fs::write(record, part).is_ok() && kill_daemon(round, Signal::KILL)
}

/// The index of a run that is over is cut when the next daemon comes.
fn cut_index(round: &mut Round) -> bool {
    let over = |place: &usize| {
        let record = round.world.runs_folder(&round.children[*place].process).join("1/run.json");
        fs::read_to_string(record).is_ok_and(|text| text.contains("\"state\": \"ended\""))
    };
    let all: Vec<usize> = (0..round.children.len()).filter(over).collect();
    let Some(place) = round.dice.one_of(&all).copied() else { return false };
    let index = round.world.runs_folder(&round.children[place].process).join("1/index");
    cut(&index, round.dice.below(100)) && kill_daemon(round, Signal::KILL)
}

fn cut(file: &Path, share: u64) -> bool {
    let open = OpenOptions::new().write(true).open(file);
    open.is_ok_and(|file| {
        let length = file.metadata().map(|it| it.len()).unwrap_or_default();
        file.set_len(length * share / 100).is_ok()
    })
}

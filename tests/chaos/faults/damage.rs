//! Faults after which output may be missing, but not silently: a truncated log, a deleted data
//! directory. And a shutdown that is interrupted.

use std::fs;

use super::{choose_child, kill_daemon, pause_up_to, run_folder, truncate};
use crate::chaos::round::{Child, Round};
use crate::support::procs::{Signal, alive, kill_if_alive};
use crate::support::until;

/// The logs of a run.
const LOGS: [&str; 3] = ["combined.log", "stdout.log", "stderr.log"];

/// Truncates a log of a running process; in half of the cases, the daemon dies too.
pub(super) fn cut_log(round: &mut Round) -> bool {
    let writes = |child: &Child| child.kind == "forever" && alive(child.pid());
    let Some(number) = choose_child(round, writes) else { return false };
    let name = LOGS[round.random.below(LOGS.len() as u64) as usize];
    let log = run_folder(round, number).join(name);
    let percent = round.random.below(100);
    if !truncate(&log, percent) {
        return false;
    }
    round.children[number].has_damaged_logs = true;
    if round.random.below(2) == 0 {
        kill_daemon(round, Signal::KILL);
    }
    true
}

/// Kills the client of a shutdown that keeps the processes; in half of the cases, the daemon dies too.
pub(super) fn interrupt_shutdown(round: &mut Round) -> bool {
    round.until_all_have_shims();
    let client = round.world.spawn_pp(["shutdown", "--keep"]);
    pause_up_to(round, 50);
    kill_if_alive(client.pid());
    if round.random.below(2) == 0 {
        kill_daemon(round, Signal::KILL);
    }
    true
}

/// Deletes what is in the data directory, then kills the daemon in half of the cases. The records of
/// ended processes are gone with it, so the round has no further fault.
pub(super) fn delete_data(round: &mut Round) -> bool {
    round.until_all_have_shims();
    let folder = round.world.folder("data").join("processes");
    // Fails while files are created in it.
    until("the deletion", || fs::remove_dir_all(&folder).map_err(|error| error.to_string()));
    for child in &mut round.children {
        child.has_damaged_logs = true;
    }
    round.is_over = true;
    if round.random.below(2) == 0 {
        kill_daemon(round, Signal::KILL);
    }
    true
}

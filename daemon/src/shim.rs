//! The parent of one run. It owns the child's terminal or pipes, writes its log, knows its exit,
//! and outlives the daemon. It knows one run folder and one socket; it knows no other process,
//! no label, no daemon by name.
//!
//! One thread, one `poll`, no timer while nothing is ending. Started as
//! `persistproc shim <run folder>` with its listening socket as standard input.
//!
//! | file | what it does |
//! |---|---|
//! | `streams` | terminals or pipes, and what is read from them |
//! | `spawn` | the child |
//! | `ending` | the table: what happens when it stops, ends, or will not |
//! | `run` | the loop |
//! | `inherited` | a child whose first shim was killed |
//! | `signals` | signals as readable bytes |
//! | `clients` | who is connected, what they asked |
//! | `stdin` | bytes on their way to the child |
//! | `held` | what was read and is not in the log yet |
//! | `gather` | when a flood is worth a nap |

mod clients;
mod ending;
mod gather;
mod held;
mod inherited;
mod run;
mod signals;
mod spawn;
mod stdin;
mod streams;

use std::fs;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::ExitCode;

use persistproc_api::record::{self, ProcessRecord, RunRecord, RunState};
use persistproc_api::seconds::Seconds;
use persistproc_api::shim::{ShimMessage, SpareHandle};
use persistproc_api::{Problem, Time};

use crate::logs::writer::Writer;
use crate::platform::pidfd::PidFd;
use crate::platform::{descriptors, reap, tree};

/// Runs the run whose folder this is, to its end.
pub fn main(folder: &Path) -> ExitCode {
    descriptors::close_inherited();
    match begin(folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("shim of {}: {problem}", folder.display());
            ExitCode::FAILURE
        }
    }
}

/// Whatever needs no record is done while the daemon still writes it.
fn begin(folder: &Path) -> Result<(), Problem> {
    let listener = listener().map_err(Problem::internal)?;
    // Already a session leader only when someone runs a shim by hand.
    rustix::process::setsid().ok();
    reap::become_subreaper();
    let signals = signals::Signals::catch().map_err(Problem::internal)?;
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    let mut clients = clients::Clients::default();
    let record = match clients.begin(&listener).map_err(Problem::internal)? {
        Some(clients::First::Begin { record }) => record,
        Some(clients::First::TakeOver { record, ends, asked, teller }) => {
            let start = take_over(folder, record, ends, teller)?;
            return run::Run::new(folder, listener, signals, clients, start).asked(asked).finish();
        }
        // The daemon could not write what to run, or is gone: there is no run.
        None => {
            return made
                .and_then(|()| fs::remove_dir(folder))
                .map_err(|error| unwritten(folder, error));
        }
    };
    let started = made.map_err(|error| unwritten(folder, error));
    match started.and_then(|()| start(folder, record.clone())) {
        Ok(start) => run::Run::new(folder, listener, signals, clients, start).finish(),
        Err(problem) => {
            refuse(folder, record, clients, &problem);
            Err(problem)
        }
    }
}

/// Starts the child; one that cannot be started is told as such. The log is made while it loads:
/// what it writes meanwhile waits in its pipes.
fn start(folder: &Path, mut record: RunRecord) -> Result<run::Start, Problem> {
    let process = what_to_run(folder)?;
    record.shim = tree::identity(std::process::id());
    let opened = streams::Streams::open(process.tty);
    let started =
        opened.and_then(|(streams, ends)| Ok((streams, spawn::spawn(&process, folder, ends)?)));
    let log = Writer::create(folder, process.log_limit, Time::now().micros()).map_err(|error| {
        // Nobody would see what it does: it must not be there.
        spawn::undo();
        unwritten(folder, error)
    })?;
    let (streams, child) = match started {
        Ok((streams, child)) => {
            record.state = RunState::Running { child, start_time: Time::now() };
            (Some(streams), Some(child))
        }
        Err(error) => {
            record.state = RunState::Failed { time: Time::now(), error };
            (None, None)
        }
    };
    let stop_timeout = process.stop_timeout.unwrap_or(Seconds::STOP_TIMEOUT).duration();
    let held = held::Held::new(streams::PIPE_SIZE).map_err(Problem::internal)?;
    // It is ours until we collect it, so nobody else can have its pid yet.
    let watch = child.and_then(|child| PidFd::from_pid(child.pid));
    Ok(run::Start { record, log, streams, child, watch, stop_timeout, held, inherited: None })
}

/// Goes on where a shim was killed. What it had not read is still in the pipes and terminals.
fn take_over(
    folder: &Path,
    mut record: RunRecord,
    mut ends: Vec<(SpareHandle, OwnedFd)>,
    teller: Option<u64>,
) -> Result<run::Start, Problem> {
    let RunState::Running { child, .. } = record.state else {
        return Err(Problem::internal("only a run that has a child can be taken over"));
    };
    let process = what_to_run(folder)?;
    record.shim = tree::identity(std::process::id());
    let mut take = |wanted| {
        let place = ends.iter().position(|(end, _)| *end == wanted)?;
        Some(ends.swap_remove(place).1)
    };
    let held = match take(SpareHandle::Held) {
        Some(file) => held::Held::handed(file),
        None => held::Held::new(streams::PIPE_SIZE),
    };
    let watch =
        take(SpareHandle::Child).map_or_else(|| PidFd::from_identity(child), PidFd::from_fd);
    let mut held = held.map_err(Problem::internal)?;
    let streams = streams::Streams::handed(ends, record.tty).map_err(Problem::internal)?;
    let log = Writer::resume(folder, process.log_limit, held.lost());
    let mut log = log.map_err(|error| unwritten(folder, error))?;
    if let Some(left) = held.left() {
        let stored = log.bytes(left.source).saturating_sub(left.after) as usize;
        if let Some(rest) = left.bytes.get(stored..).filter(|rest| !rest.is_empty()) {
            log.append(left.source, rest, Time::now().micros());
        }
    }
    held.stored(log.lost());
    let inherited = Some(inherited::Inherited::new(child, folder.to_owned(), teller));
    let stop_timeout = process.stop_timeout.unwrap_or(Seconds::STOP_TIMEOUT).duration();
    let (streams, child) = (Some(streams), Some(child));
    Ok(run::Start { record, log, streams, child, watch, stop_timeout, held, inherited })
}

fn what_to_run(folder: &Path) -> Result<ProcessRecord, Problem> {
    let process = folder.ancestors().nth(2).unwrap_or(folder).join(record::PROCESS_FILE);
    record::read(&process).map_err(|error| Problem::storage(process.display(), error))
}

fn unwritten(folder: &Path, error: std::io::Error) -> Problem {
    Problem::storage(format!("The log in {}", folder.display()), error)
}

/// Without what to run or a log there is no run; whoever waits for it hears why.
fn refuse(folder: &Path, mut own: RunRecord, mut clients: clients::Clients, problem: &Problem) {
    own.state = RunState::Failed { time: Time::now(), error: problem.clone() };
    // The disk may be the very problem; the daemon is told in any case.
    record::write(&folder.join(record::RUN_FILE), &own).ok();
    clients.tell_all(&ShimMessage::State { record: own, ends: Vec::new() });
    clients.farewell();
}

/// The socket the daemon bound for us, our standard input.
fn listener() -> std::io::Result<UnixListener> {
    let stdin = std::io::stdin();
    let fd: BorrowedFd<'_> = stdin.as_fd();
    Ok(UnixListener::from(fd.try_clone_to_owned()?))
}

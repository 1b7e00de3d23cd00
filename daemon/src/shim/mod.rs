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
//! | `signals` | signals as readable bytes |
//! | `clients` | who is connected, what they asked |
//! | `stdin` | bytes on their way to the child |
//! | `gather` | when a flood is worth a nap |

mod clients;
mod ending;
mod gather;
mod run;
mod signals;
mod spawn;
mod stdin;
mod streams;

use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::ExitCode;

use persistproc_api::record::{self, ProcessRecord, RunRecord, RunState};
use persistproc_api::seconds::Seconds;
use persistproc_api::shim::Message;
use persistproc_api::{Problem, Time};

use crate::logs::writer::Writer;
use crate::platform::{descriptors, tree};

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

/// Whatever needs no record is done while the daemon still writes them.
fn begin(folder: &Path) -> Result<(), Problem> {
    let listener = listener().map_err(Problem::internal)?;
    // Already a session leader only when someone runs a shim by hand.
    rustix::process::setsid().ok();
    adopt_orphans();
    let signals = signals::Signals::catch().map_err(Problem::internal)?;
    let failed = |error| Problem::storage(format!("The log in {}", folder.display()), error);
    let log = Writer::create(folder, u64::MAX, Time::now().micros()).map_err(failed);
    let mut clients = clients::Clients::default();
    if !clients.begin(&listener).map_err(Problem::internal)? {
        // The daemon could not write the records, or is gone: there is no run.
        return log.and_then(|log| log.discard().map_err(failed));
    }
    match log.and_then(|log| prepare(folder, log)) {
        Ok(start) => run::Run::new(folder, listener, signals, clients, start).finish(),
        Err(problem) => {
            refuse(folder, clients, &problem);
            Err(problem)
        }
    }
}

/// Everything up to the first byte of the child; a child that cannot be started is told as such.
fn prepare(folder: &Path, mut log: Writer) -> Result<run::Start, Problem> {
    let process = folder.ancestors().nth(2).unwrap_or(folder).join(record::PROCESS_FILE);
    let process: ProcessRecord =
        record::read(&process).map_err(|error| Problem::storage(process.display(), error))?;
    let path = folder.join(record::RUN_FILE);
    let mut record: RunRecord =
        record::read(&path).map_err(|error| Problem::storage(path.display(), error))?;
    record.shim = tree::identity(std::process::id());
    log.limit_to(process.log_limit);
    let opened = streams::Streams::open(process.tty);
    let started = opened.and_then(|(streams, ends)| Ok((streams, spawn::spawn(&process, ends)?)));
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
    Ok(run::Start { record, log, streams, child, stop_timeout })
}

/// Without records or a log there is no run; whoever waits for it hears why.
fn refuse(folder: &Path, mut clients: clients::Clients, problem: &Problem) {
    let path = folder.join(record::RUN_FILE);
    let Ok(mut own) = record::read::<RunRecord>(&path) else { return };
    own.state = RunState::Failed { time: Time::now(), error: problem.clone() };
    // The disk may be the very problem; the daemon is told in any case.
    record::write(&path, &own).ok();
    clients.tell_all(&Message::State { record: own });
    clients.farewell();
}

/// Descendants that lose their parent become our children: none can escape.
fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).ok();
}

/// The socket the daemon bound for us, our standard input.
fn listener() -> std::io::Result<UnixListener> {
    let stdin = std::io::stdin();
    let fd: BorrowedFd<'_> = stdin.as_fd();
    Ok(UnixListener::from(fd.try_clone_to_owned()?))
}

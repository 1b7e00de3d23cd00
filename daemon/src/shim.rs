//! The shim: the parent process of one run. It owns the child's terminal or pipes, writes the
//! run's log, reaps the child, and outlives the daemon.
//!
//! It is started as `persistproc shim <run folder>` with its listening socket as stdin. It uses
//! only this folder and this socket, and knows no other process. What it executes comes over the
//! socket: a file could have been replaced since the daemon has checked its folder.
//!
//! # What makes it independent of the daemon
//!
//! - It is the leader of its own session: no terminal and no process group of the daemon reaches
//!   it.
//! - It is the subreaper of its descendants: none of them goes to init, so it can wait for all.
//! - It writes log and record itself. The daemon is not in the data path.
//!
//! # Why two processes hold the same descriptors
//!
//! If only the shim had the ends of the child's pipes and terminals, a `kill -9` of the shim would
//! close them: the child would get SIGPIPE or SIGHUP. So the shim sends duplicates of them to each
//! daemon that connects, together with the memfd of its read buffer and a pidfd of the child. The
//! daemon only keeps them. If the shim is killed, the daemon starts another one and sends it the
//! duplicates with [`Ask::TakeOver`](persistproc_api::shim::Ask::TakeOver). The child itself
//! becomes a child of the daemon that started the shim, which is a subreaper too, or of init if
//! that daemon is gone; see `adopted_child`.
//!
//! Only one process reads from the pipes and writes the log at a time: the next shim starts after
//! the daemon has seen the exit of the previous one.
//!
//! # Modules
//!
//! | module | contents |
//! |---|---|
//! | `spawn`, `child_session` | starting the child; the session of a child with a terminal |
//! | `placement` | descriptors that the child gets under fixed numbers |
//! | `handover` | what the client hands over to the run |
//! | `terminal` | a pseudo-terminal |
//! | `program`, `attributes` | what it executes; what it inherits from its caller |
//! | `child_streams`, `child_stdin` | terminals and pipes; input on its way to the child |
//! | `read_buffer` | output on its way to the log |
//! | `run_loop` | the `poll` loop, requests, the end of the run |
//! | `termination` | the table of stops: phase and event to actions |
//! | `adopted_child` | a child that another shim started |
//! | `clients` | connections of daemons and other clients |
//! | `lease` | a client that gets every byte |
//! | `viewers` | the clients that show the terminal, and the size that they decide |
//! | `terminal_watch` | what the child does with its terminal |
//! | `signals` | SIGCHLD and SIGTERM as readable bytes |
//! | `flood` | when to delay a read |

mod adopted_child;
mod attributes;
#[cfg(target_os = "linux")]
mod child_session;
mod child_stdin;
mod child_streams;
mod clients;
mod flood;
mod handover;
mod lease;
mod placement;
mod program;
mod read_buffer;
mod run_loop;
mod signals;
mod spawn;
mod terminal;
mod terminal_watch;
mod termination;
mod viewers;

use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use persistproc_api::environment::Environment;
use persistproc_api::handover::HandoverOffer;
use persistproc_api::record::{self, ProcessRecord, RunRecord, RunState};
use persistproc_api::seconds::Seconds;
use persistproc_api::shim::{ShimMessage, SpareHandle};
use persistproc_api::streams::StandardStream;
use persistproc_api::{Problem, Time};

use self::adopted_child::AdoptedChild;
use self::child_streams::{ChildStreams, PIPE_BYTES};
use self::clients::{Clients, FirstRequest};
use self::lease::Lease;
use self::read_buffer::ReadBuffer;
use self::run_loop::{RunLoop, RunStart};
use self::signals::SignalPipes;
use crate::logs::writer::Writer;
use crate::platform::pidfd::PidFd;
use crate::platform::{descriptors, reap, tree};

/// Runs the shim of a run until the run has ended.
pub fn main(folder: &Path) -> ExitCode {
    descriptors::close_inherited();
    // The kernel named it after `/proc/self/exe`, which executed it. `ps` and `top` show this name.
    #[cfg(target_os = "linux")]
    rustix::thread::set_name(c"persistproc").ok();
    match run(folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            // The shim's stderr is the daemon's log.
            eprintln!("shim of {}: {problem}", folder.display());
            ExitCode::FAILURE
        }
    }
}

/// Prepares everything that needs no record while the daemon is still writing it, then waits for
/// the first request.
fn run(folder: &Path) -> Result<(), Problem> {
    let listener = listener_from_stdin().map_err(Problem::internal)?;
    // Fails if the shim is a session leader already, which means that it was started by hand.
    rustix::process::setsid().ok();
    reap::become_subreaper();
    let signals = SignalPipes::register().map_err(Problem::internal)?;
    let created = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    let mut clients = Clients::default();
    let first = clients.receive_first(&listener).map_err(Problem::internal)?;
    match first {
        Some(FirstRequest::Begin { record, process, handover, environment }) => {
            let created = created.map_err(|error| cannot_write_log(folder, error));
            let start = |()| {
                let process = process_record(process, folder, environment)?;
                start(folder, record.clone(), process, handover.as_ref())
            };
            match created.and_then(start) {
                Ok(start) => RunLoop::new(folder, listener, signals, clients, start).run(),
                Err(problem) => {
                    report_failure(folder, record, clients, &problem);
                    Err(problem)
                }
            }
        }
        Some(FirstRequest::TakeOver {
            record,
            process,
            handles,
            stop_requested,
            exit_reporter,
        }) => {
            let process = process_record(process, folder, None)?;
            let start = take_over(folder, record, process, handles, stop_requested, exit_reporter)?;
            RunLoop::new(folder, listener, signals, clients, start).run()
        }
        // The daemon has exited or could not write `process.json`. There is no run.
        None => created
            .and_then(|()| fs::remove_dir(folder))
            .map_err(|error| cannot_write_log(folder, error)),
    }
}

/// Starts the child. If that fails, the record says why.
///
/// The log is created after the child was spawned, so that the child can load in the meantime.
/// Output that the child writes before the log exists waits in its pipes.
fn start(
    folder: &Path,
    mut record: RunRecord,
    process: Box<ProcessRecord>,
    offer: Option<&HandoverOffer>,
) -> Result<RunStart, Problem> {
    record.shim = tree::identity(std::process::id());
    // Before the child is spawned: after an error here, no child may run without its shim.
    let read_buffer = ReadBuffer::new(PIPE_BYTES).map_err(Problem::internal)?;
    let spawned = handover::claim(offer).and_then(|mut handed| {
        let (mut streams, mut ends) = ChildStreams::open(&process.launch)?;
        let stdin = handed.stdin.take();
        record.stdin = handover::replace_stdin(stdin, record.stdin, &mut streams, &mut ends)
            .map_err(Problem::internal)?;
        let child = spawn::spawn(&process, folder, ends, handed)?;
        Ok((streams, child))
    });
    let log = match Writer::create(folder, process.log_limit, Time::now().micros()) {
        Ok(log) => log,
        Err(error) => {
            // A child whose output can't be stored must not run. The leader of its session ends
            // when the terminal is closed.
            drop(spawned);
            spawn::kill_all(folder);
            return Err(cannot_write_log(folder, error));
        }
    };
    let log = log.with_leases(tree::is_alive);
    let (streams, child) = match spawned {
        Ok((streams, child)) => {
            record.state = RunState::Running { child, start_time: Time::now() };
            record.session = tree::session(child.pid);
            (Some(streams), Some(child))
        }
        Err(error) => {
            record.state = RunState::Failed { time: Time::now(), error };
            (None, None)
        }
    };
    // From the first byte: the client asks for it when it knows that the child runs.
    let is_leased = child.is_some() && offer.is_some_and(|offer| offer.lease);
    let lease = is_leased.then(|| Lease::expected(folder, process.log_limit));
    let stop_timeout = stop_timeout(&process);
    Ok(RunStart {
        record,
        process,
        log,
        streams,
        child,
        // Its pid can't be reused before this shim has reaped it.
        child_pidfd: child.and_then(|child| PidFd::from_pid(child.pid)),
        stop_timeout,
        stop_requested: false,
        read_buffer,
        adopted: None,
        lease,
    })
}

/// Continues a run whose shim was killed. Output that the killed shim had not read is still in the
/// pipes and terminals.
fn take_over(
    folder: &Path,
    mut record: RunRecord,
    process: Box<ProcessRecord>,
    mut handles: Vec<(SpareHandle, OwnedFd)>,
    stop_requested: bool,
    exit_reporter: Option<u64>,
) -> Result<RunStart, Problem> {
    let RunState::Running { child, .. } = record.state else {
        return Err(Problem::internal("only a run whose child was started can be taken over"));
    };
    record.shim = tree::identity(std::process::id());
    if record.session.is_none() && tree::is_alive(child) {
        record.session = tree::session(child.pid);
    }
    // No daemon held the streams when the shim was killed. Unread output is gone with them.
    record.output_cut |= handles.is_empty();
    let read_buffer = match take_handle(&mut handles, SpareHandle::Held) {
        Some(fd) => ReadBuffer::from_fd(fd),
        None => ReadBuffer::new(PIPE_BYTES),
    };
    let mut read_buffer = read_buffer.map_err(Problem::internal)?;
    let child_pidfd = match take_handle(&mut handles, SpareHandle::Child) {
        Some(fd) => PidFd::from_fd(fd),
        None => PidFd::from_identity(child),
    };
    let stdin_is_terminal =
        record.tty && !process.launch.redirected.contains(&StandardStream::Stdin);
    let streams = ChildStreams::from_spare_handles(handles, stdin_is_terminal);
    let mut log = Writer::resume(folder, process.log_limit, read_buffer.lost())
        .map_err(|error| cannot_write_log(folder, error))?
        .with_leases(tree::is_alive);
    store_unlogged(&mut read_buffer, &mut log);
    let lease = if stop_requested { None } else { Lease::resume(folder, process.log_limit) };
    Ok(RunStart {
        stop_timeout: stop_timeout(&process),
        record,
        process,
        log,
        streams: Some(streams),
        child: Some(child),
        child_pidfd,
        stop_requested,
        read_buffer,
        adopted: Some(AdoptedChild::new(child, folder.to_owned(), exit_reporter)),
        lease,
    })
}

fn take_handle(handles: &mut Vec<(SpareHandle, OwnedFd)>, wanted: SpareHandle) -> Option<OwnedFd> {
    let at = handles.iter().position(|(handle, _)| *handle == wanted)?;
    Some(handles.swap_remove(at).1)
}

/// Appends the bytes that the killed shim had read but not stored to the log.
fn store_unlogged(read_buffer: &mut ReadBuffer, log: &mut Writer) {
    if let Some(read) = read_buffer.unlogged() {
        let stored = log.source_end(read.source).saturating_sub(read.log_offset) as usize;
        if let Some(rest) = read.bytes.get(stored..) {
            log.append(read.source, rest, Time::now().micros());
        }
    }
    read_buffer.clear(log.lost());
}

fn stop_timeout(process: &ProcessRecord) -> Duration {
    process.launch.stop_timeout.unwrap_or(Seconds::STOP_TIMEOUT).duration()
}

/// The process of the run, with the environment of this run if it has one of its own.
fn process_record(
    sent: Option<Box<ProcessRecord>>,
    folder: &Path,
    environment: Option<Environment>,
) -> Result<Box<ProcessRecord>, Problem> {
    let mut process = match sent {
        Some(process) => process,
        None => Box::new(read_process_record(folder)?),
    };
    if let Some(environment) = environment {
        process.launch.environment = environment;
    }
    Ok(process)
}

/// Reads `process.json`, for a daemon of a version that sends no record.
fn read_process_record(folder: &Path) -> Result<ProcessRecord, Problem> {
    // The run folder is `<process folder>/runs/<number>`.
    let process_folder = folder.ancestors().nth(2).unwrap_or(folder);
    let path = process_folder.join(record::PROCESS_FILE);
    record::read(&path)
        .map_err(|error| Problem::storage(format!("Cannot read {}", path.display()), error))
}

fn cannot_write_log(folder: &Path, error: io::Error) -> Problem {
    Problem::storage(format!("Cannot write the log in {}", folder.display()), error)
}

/// Records and reports that the run could not be started.
fn report_failure(folder: &Path, mut record: RunRecord, mut clients: Clients, problem: &Problem) {
    record.state = RunState::Failed { time: Time::now(), error: problem.clone() };
    // Fails if the disk is the problem. The daemon also gets the record in a message.
    record::write(&folder.join(record::RUN_FILE), &record).ok();
    clients.broadcast(&ShimMessage::State { record: Box::new(record), handles: Vec::new() });
    clients.flush_and_close();
}

/// The socket that the daemon has bound for this shim.
fn listener_from_stdin() -> io::Result<UnixListener> {
    Ok(UnixListener::from(io::stdin().as_fd().try_clone_to_owned()?))
}

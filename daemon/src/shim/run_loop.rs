//! [`RunLoop`]: one thread, one `poll`, from the child's first byte to the run's final record.
//!
//! It reads the child's output into the log, serves the clients, and performs what the
//! [termination table](super::termination) says. There is no timer unless the run is ending, so an
//! idle run uses no CPU.
//!
//! # The end of a run, in order
//!
//! 1. The child exits and is reaped.
//! 2. Its descendants are terminated, then killed, until none is left that has to end with the run.
//! 3. What is left in the pipes is read.
//! 4. `run.json` is written, with the number of bytes that could not be stored.
//! 5. The clients get the final state.
//!
//! A client that sees the final state thus finds all output and the record on disk. If `run.json`
//! cannot be written, see `serve_until_recorded`.
//!
//! If the shim is killed before step 4, the next one does the rest. The exit of a child that was
//! already reaped is then only known on kernels that report it to a pidfd.

mod connections;
mod exit;
mod leasing;
mod poll;
mod requests;
mod services;
mod signals;
mod viewing;

use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use persistproc_api::cursor::Source;
use persistproc_api::record::{self, Identity, PROCESS_FILE, ProcessRecord, RunRecord};
use persistproc_api::shim::ShimMessage;
use persistproc_api::{Exit, Problem, Time};

use self::leasing::PendingClose;
use super::adopted_child::AdoptedChild;
use super::child_stdin::ChildStdin;
use super::child_streams::{ChildStreams, ReadOutcome};
use super::clients::Clients;
use super::flood::{FLOOD_READ_DELAY, FloodDetector};
use super::lease::Lease;
use super::read_buffer::ReadBuffer;
use super::signals::SignalPipes;
use super::terminal::TERMINAL_READ_BYTES;
use super::terminal_watch::TerminalWatch;
use super::termination::{TerminationEvent, TerminationPhase};
use super::viewers::Viewers;
use crate::logs::writer::Writer;
use crate::platform::pidfd::PidFd;

/// How many bytes of a stream are read at a time while the other one has some too.
const ALTERNATING_READ_BYTES: usize = 8 << 10;

/// How many bytes of a stream are read after the end of the run at most. More than a pipe or a
/// terminal holds.
const MAX_DRAINED_BYTES: usize = 4 << 20;

/// How long the first viewer may take to connect.
const FIRST_VIEWER_TIMEOUT: Duration = Duration::from_secs(2);

/// The loop of one run.
pub(super) struct RunLoop {
    folder: PathBuf,
    record: RunRecord,
    /// As the daemon sent it that started the shim.
    process: Box<ProcessRecord>,
    listener: UnixListener,
    signals: SignalPipes,
    log: Writer,
    /// `None` if the child could not be started.
    streams: Option<ChildStreams>,
    stdin: ChildStdin,
    /// The input of the child's terminal, if that is not its stdin.
    keys: Option<ChildStdin>,
    clients: Clients,
    viewers: Viewers,
    /// Until then, output that is not logged waits for the first viewer.
    first_viewer_deadline: Option<Instant>,
    terminal_watch: TerminalWatch,
    /// `None` if the child could not be started.
    child: Option<Identity>,
    child_pidfd: Option<PidFd>,
    child_exit: Option<ChildExit>,
    /// The child was started by another shim.
    adopted: Option<AdoptedChild>,
    /// A process of the tree may have exited since the last check.
    tree_may_have_changed: bool,
    phase: TerminationPhase,
    /// When the phase ends.
    deadline: Option<Instant>,
    /// When descendants began to have time to create sessions of their own.
    child_exited_at: Option<Instant>,
    /// Whether a stop was requested, so that the whole tree ends with the run.
    ends_whole_tree: bool,
    stop_timeout: Duration,
    /// The pids that got SIGTERM, so that none gets it twice.
    terminated: Vec<u32>,
    /// A stop was requested before the child exited.
    stop_requested: bool,
    read_buffer: ReadBuffer,
    flood: FloodDetector,
    /// When the last read was done, in microseconds since 1970.
    ready_since: i64,
    /// A client that must get all output.
    lease: Option<Lease>,
    /// A question of that client that no daemon has answered yet.
    pending_close: Option<PendingClose>,
}

/// The exit of the child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ChildExit {
    /// This shim has reaped it.
    Reaped(Exit, Time),
    /// Another process was its parent and reaps it. [`AdoptedChild::exit`] may know the exit
    /// status.
    Seen(Time),
}

/// What a loop starts with: a child that was just started or taken over, or could not be started.
pub(super) struct RunStart {
    pub(super) record: RunRecord,
    pub(super) process: Box<ProcessRecord>,
    pub(super) log: Writer,
    pub(super) streams: Option<ChildStreams>,
    pub(super) child: Option<Identity>,
    pub(super) child_pidfd: Option<PidFd>,
    pub(super) stop_timeout: Duration,
    pub(super) stop_requested: bool,
    pub(super) read_buffer: ReadBuffer,
    pub(super) adopted: Option<AdoptedChild>,
    pub(super) lease: Option<Lease>,
}

impl RunLoop {
    pub(super) fn new(
        folder: &Path,
        listener: UnixListener,
        signals: SignalPipes,
        clients: Clients,
        mut start: RunStart,
    ) -> Self {
        let (stdin, keys) = match &mut start.streams {
            Some(streams) => streams.take_stdin(),
            None => (ChildStdin::pipe(None), None),
        };
        let has_unlogged_output =
            start.streams.as_ref().is_some_and(|streams| streams.unlogged_terminal().is_some());
        let first_viewer_deadline = (has_unlogged_output && start.adopted.is_none())
            .then(|| Instant::now() + FIRST_VIEWER_TIMEOUT);
        let mut terminal_watch = TerminalWatch::default();
        if start.adopted.is_some() && start.record.tty {
            terminal_watch.resume(&folder.join("combined.log"));
        }
        let leader_exit = start.record.leader_exit;
        services::note_exit(leader_exit, start.adopted.as_mut());
        Self {
            folder: folder.to_owned(),
            record: start.record,
            process: start.process,
            listener,
            signals,
            log: start.log,
            streams: start.streams,
            stdin,
            keys,
            clients,
            viewers: Viewers::default(),
            first_viewer_deadline,
            terminal_watch,
            child: start.child,
            child_pidfd: start.child_pidfd,
            child_exit: leader_exit.map(|exit| ChildExit::Reaped(exit, Time::now())),
            adopted: start.adopted,
            tree_may_have_changed: true,
            phase: services::first_phase(leader_exit),
            deadline: None,
            child_exited_at: None,
            ends_whole_tree: start.stop_requested,
            stop_timeout: start.stop_timeout,
            terminated: Vec::new(),
            stop_requested: start.stop_requested,
            read_buffer: start.read_buffer,
            flood: FloodDetector::default(),
            ready_since: 0,
            lease: start.lease,
            pending_close: None,
        }
    }

    /// Runs until the child has exited, with its descendants as far as they end with the run, and
    /// everything is on disk.
    pub(super) fn run(mut self) -> Result<(), Problem> {
        // A new run is recorded before it is announced. A run that was taken over is known to the
        // daemon already, so it is announced first.
        if self.adopted.is_none() {
            self.write_record();
        }
        for key in self.clients.keys() {
            self.greet(key);
        }
        if self.adopted.is_some() {
            self.write_record();
        }
        while self.child.is_some() && !self.reap() {
            self.turn().map_err(Problem::internal)?;
        }
        while self.holds_unlogged_output() {
            self.turn().map_err(Problem::internal)?;
        }
        self.drain();
        self.record.lost_bytes = self.log.lost().into_iter().sum();
        if let Some(state) = self.final_state() {
            self.record.state = state;
            let is_written = self.write_record();
            let record = Box::new(self.record.clone());
            self.clients.broadcast(&ShimMessage::State { record, handles: Vec::new() });
            if !is_written {
                self.serve_until_recorded();
            }
        }
        self.clients.flush_and_close();
        Ok(())
    }

    /// Writes `run.json`. Returns whether that succeeded. A full disk must not end the run: the
    /// daemon gets the record in a message too. If the data directory was deleted, and the log has made
    /// the folder again, the record of the process is written as well: without it the run belongs to
    /// none.
    fn write_record(&self) -> bool {
        let path = self.folder.join(record::RUN_FILE);
        let process = self.folder.ancestors().nth(2).map(|folder| folder.join(PROCESS_FILE));
        let is_missing = |path: &PathBuf| !path.exists();
        let restored = process.filter(is_missing).map(|path| record::write(&path, &self.process));
        let written = restored.unwrap_or(Ok(())).and_then(|()| record::write(&path, &self.record));
        written.inspect_err(|error| eprintln!("cannot write {}: {error}", path.display())).is_ok()
    }

    /// Waits once and handles everything that is ready.
    fn turn(&mut self) -> io::Result<()> {
        let ready = self.wait()?;
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            self.deadline = None;
            self.handle_deadline();
        }
        self.first_viewer_deadline.take_if(|deadline| Instant::now() >= *deadline);
        self.tree_may_have_changed |= ready.process_exited;
        if ready.unlogged_terminal {
            self.read_unlogged_terminal();
        }
        self.read_output(&ready.sources);
        if ready.sigterm {
            drain_pipe(&self.signals.terminate);
            self.stop_requested |= self.goes_on();
            self.end_lease();
            self.handle_event(TerminationEvent::StopRequested, self.stop_timeout);
        }
        if ready.sigchld {
            drain_pipe(&self.signals.child);
            self.continue_suspended();
        }
        if ready.sighup {
            drain_pipe(&self.signals.hangup);
            self.bind_again();
        }
        if ready.listener {
            self.accept_clients();
        }
        if ready.stdin {
            self.write_stdin();
        }
        self.serve_clients(ready.writable_clients, ready.readable_clients);
        self.check_lease();
        Ok(())
    }

    /// Reads the sources that are ready.
    ///
    /// Two streams have no common order but that of their arrival. While both have something, they
    /// are read in small alternating pieces, a terminal before a pipe: what a program writes to its
    /// terminal is on the screen before the reader of the pipe can print.
    fn read_output(&mut self, ready: &[Source]) {
        if let [source] = ready {
            self.read(*source, usize::MAX);
            return;
        }
        for source in self.streams.as_ref().map_or(Source::BOTH, ChildStreams::read_order) {
            if ready.contains(&source) {
                self.read(source, ALTERNATING_READ_BYTES);
            }
        }
    }

    /// Reads about `limit` bytes of a source at most, appends to the log, and notifies the clients.
    /// Returns how many bytes there were.
    fn read(&mut self, source: Source, limit: usize) -> usize {
        let Some(streams) = &mut self.streams else { return 0 };
        self.read_buffer.begin(source, self.log.source_end(source));
        let outcome = streams.read(source, &mut self.read_buffer, limit);
        let ReadOutcome::Bytes(count) = outcome else { return 0 };
        let is_terminal = streams.is_terminal(source);
        let now = Time::now().micros();
        let rolled = self.log.append(source, self.read_buffer.bytes(), now);
        let questions = is_terminal.then(|| self.terminal_watch.scan(self.read_buffer.bytes()));
        self.read_buffer.clear(self.log.lost());
        // Viewers learn that keys are hidden before they show the question for them.
        match questions {
            Some(questions) => self.handle_terminal_output(&questions),
            None => self.watch_terminal(),
        }
        self.clients.notify_growth(self.log.end());
        if rolled {
            self.clients.broadcast(&ShimMessage::Rolled);
        }
        let gap = now - self.ready_since;
        // A read that reached the limit has left something, for which nothing has to be awaited.
        let is_flood = count < limit && self.flood.should_delay_after(source, count, gap);
        if is_flood && !is_terminal && self.child_exit.is_none() {
            std::thread::sleep(FLOOD_READ_DELAY);
        }
        self.ready_since = Time::now().micros();
        count
    }

    /// Passes on what the child writes to a terminal that is neither its stdout nor its stderr.
    fn read_unlogged_terminal(&mut self) -> usize {
        let Some(streams) = &mut self.streams else { return 0 };
        let mut buffer = [0; TERMINAL_READ_BYTES];
        let count = streams.read_unlogged(&mut buffer);
        if count > 0 {
            let output = &buffer[..count];
            let questions = self.terminal_watch.scan(output);
            self.handle_terminal_output(&questions);
            self.clients.show(&self.viewers.keys(), &buffer[..count]);
        }
        count
    }

    /// Reads what is left in the pipes and terminals. Processes that are no part of the run any
    /// more may have their other ends open, and may go on writing, so this does not wait for EOF.
    fn drain(&mut self) {
        let mut read = [0; 2];
        loop {
            let before = read;
            for source in self.streams.as_ref().map_or(Source::BOTH, ChildStreams::read_order) {
                let total = &mut read[source as usize];
                if *total < MAX_DRAINED_BYTES {
                    *total += self.read(source, ALTERNATING_READ_BYTES);
                }
            }
            if read == before {
                break;
            }
        }
        let mut shown = 0;
        while shown < MAX_DRAINED_BYTES {
            match self.read_unlogged_terminal() {
                0 => break,
                count => shown += count,
            }
        }
    }
}

/// Reads all bytes from a signal pipe.
fn drain_pipe(pipe: &UnixStream) {
    let mut bytes = [0; 64];
    while io::Read::read(&mut &*pipe, &mut bytes).is_ok_and(|count| count == bytes.len()) {}
}

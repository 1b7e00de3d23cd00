//! The loop of one run: waits for the child's output, its end, requests and deadlines, and does
//! what [`super::ending`] says. It decides nothing itself.

use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use persistproc_api::frame::{self, Frame};
use persistproc_api::record::{self, Identity, RunRecord, RunState};
use persistproc_api::shim::{Ask, Message, Request};
use persistproc_api::{ErrorCode, Exit, Problem, Time};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus};

use super::clients::Clients;
use super::ending::{self, Action, Event, Phase};
use super::gather::{Gather, NAP};
use super::stdin::Stdin;
use super::streams::{Got, PIPE_SIZE, Streams};
use crate::logs::entry::Source;
use crate::logs::writer::Writer;
use crate::platform::tree;

/// What a child that ended by itself leaves behind has this long.
const GRACE: Duration = Duration::from_millis(500);

/// Between one look at a tree that is being killed and the next, when nothing is heard from it.
const KILL_AGAIN: Duration = Duration::from_millis(10);

/// A run, from its child's first byte to its record's last.
pub(super) struct Run {
    folder: PathBuf,
    record: RunRecord,
    listener: UnixListener,
    signals: Signals,
    log: Writer,
    streams: Option<Streams>,
    stdin: Stdin,
    clients: Clients,
    child: Option<Identity>,
    phase: Phase,
    deadline: Option<Instant>,
    stop_timeout: Duration,
    ended: Option<(Exit, Time)>,
    /// Someone asked for the end before it came.
    asked: bool,
    gather: [Gather; 2],
    ready_since: i64,
    buffer: Vec<u8>,
}

/// The ends of the pipes through which signals reach the loop.
pub(super) struct Signals {
    child: UnixStream,
    terminate: UnixStream,
}

impl Signals {
    /// Turns SIGCHLD and SIGTERM into readable bytes. What a terminal sends is not for us.
    pub(super) fn catch() -> io::Result<Self> {
        use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};
        let caught = |signal| {
            let (ours, theirs) = UnixStream::pair()?;
            ours.set_nonblocking(true)?;
            signal_hook::low_level::pipe::register(signal, theirs)?;
            Ok::<_, io::Error>(ours)
        };
        for signal in [SIGINT, SIGHUP] {
            signal_hook::flag::register(signal, std::sync::Arc::default())?;
        }
        Ok(Self { child: caught(SIGCHLD)?, terminate: caught(SIGTERM)? })
    }
}

/// What one wait found ready.
#[derive(Default)]
struct Ready {
    child: bool,
    terminate: bool,
    listener: bool,
    stdin: bool,
    sources: Vec<Source>,
    readable: Vec<u64>,
    writable: Vec<u64>,
}

impl Run {
    /// A run whose child was just started, or could not be.
    #[expect(clippy::too_many_arguments, reason = "everything a run is made of, once")]
    pub(super) fn new(
        folder: &Path,
        record: RunRecord,
        listener: UnixListener,
        signals: Signals,
        log: Writer,
        mut streams: Option<Streams>,
        child: Option<Identity>,
        stop_timeout: Duration,
    ) -> Self {
        let tty = streams.as_ref().is_some_and(Streams::is_tty);
        let stdin = Stdin::new(streams.as_mut().and_then(|streams| streams.stdin.take()), tty);
        Self {
            folder: folder.to_owned(),
            record,
            listener,
            signals,
            log,
            streams,
            stdin,
            clients: Clients::default(),
            child,
            phase: Phase::Running,
            deadline: None,
            stop_timeout,
            ended: None,
            asked: false,
            gather: Default::default(),
            ready_since: 0,
            // Fresh zero pages cost no memory until a read touches them.
            buffer: vec![0; PIPE_SIZE],
        }
    }

    /// Stays until the child and all its descendants are gone and everything is on disk.
    pub(super) fn finish(mut self) -> Result<(), Problem> {
        self.write_record();
        self.clients.accept(&self.listener, &Message::State { record: self.record.clone() });
        while self.child.is_some() {
            self.turn().map_err(Problem::internal)?;
            if self.collect() {
                break;
            }
        }
        self.drain();
        if let (Some(child), Some((exit, end_time)), RunState::Running { start_time, .. }) =
            (self.child, self.ended, &self.record.state)
        {
            let (start_time, asked) = (*start_time, self.asked);
            self.record.state = RunState::Ended { child, start_time, end_time, exit, asked };
            self.write_record();
            self.clients.tell_all(&Message::State { record: self.record.clone() });
        }
        self.clients.farewell();
        Ok(())
    }

    /// A full disk must not end the run: the daemon is told all the same and writes it too.
    fn write_record(&self) {
        let path = self.folder.join(record::RUN_FILE);
        if let Err(error) = record::write(&path, &self.record) {
            eprintln!("{}: {error}", path.display());
        }
    }

    /// Waits once and handles what came.
    fn turn(&mut self) -> io::Result<()> {
        let ready = self.wait()?;
        if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            self.deadline = None;
            self.happened(Event::TimeUp, self.stop_timeout);
        }
        for source in ready.sources {
            self.read(source);
        }
        if ready.terminate {
            empty(&self.signals.terminate);
            self.asked |= self.ended.is_none();
            self.happened(Event::StopAsked, self.stop_timeout);
        }
        if ready.child {
            empty(&self.signals.child);
        }
        if ready.listener {
            self.clients.accept(&self.listener, &Message::State { record: self.record.clone() });
        }
        if ready.stdin {
            self.write_stdin();
        }
        for key in ready.writable {
            self.clients.flush(key);
        }
        for key in ready.readable {
            for frame in self.clients.receive(key) {
                self.handle(key, &frame);
            }
        }
        Ok(())
    }

    /// Without a deadline this waits for ever: an idle run uses no CPU.
    fn wait(&self) -> io::Result<Ready> {
        let mut fds = vec![
            PollFd::new(&self.signals.child, PollFlags::IN),
            PollFd::new(&self.signals.terminate, PollFlags::IN),
            PollFd::new(&self.listener, PollFlags::IN),
        ];
        let mut sources = Vec::new();
        for source in Source::BOTH {
            if let Some(fd) = self.streams.as_ref().and_then(|streams| streams.fd(source)) {
                fds.push(PollFd::from_borrowed_fd(fd, PollFlags::IN));
                sources.push(source);
            }
        }
        let stdin = self.stdin.wants_write().map(|fd| {
            fds.push(PollFd::from_borrowed_fd(fd, PollFlags::OUT));
            fds.len() - 1
        });
        let first_client = fds.len();
        let mut keys = Vec::new();
        for (key, fd, unsent) in self.clients.fds() {
            let flags = if unsent { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
            fds.push(PollFd::from_borrowed_fd(fd, flags));
            keys.push(key);
        }
        let limit = self.deadline.map(|deadline| {
            let left = deadline.saturating_duration_since(Instant::now());
            Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() }
        });
        match poll(&mut fds, limit.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let came = |index: usize| fds[index].revents();
        let reading =
            |flags: PollFlags| flags.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR);
        Ok(Ready {
            child: reading(came(0)),
            terminate: reading(came(1)),
            listener: reading(came(2)),
            stdin: stdin.is_some_and(|index| !came(index).is_empty()),
            sources: (3..)
                .zip(sources)
                .filter(|(index, _)| reading(came(*index)))
                .map(|(_, s)| s)
                .collect(),
            readable: (first_client..)
                .zip(&keys)
                .filter(|(i, _)| reading(came(*i)))
                .map(|(_, k)| *k)
                .collect(),
            writable: (first_client..)
                .zip(&keys)
                .filter(|(index, _)| came(*index).contains(PollFlags::OUT))
                .map(|(_, key)| *key)
                .collect(),
        })
    }

    /// Reads once, stores, tells; in a flood rests before the next read.
    fn read(&mut self, source: Source) -> bool {
        let Some(streams) = &mut self.streams else { return false };
        let Got::Bytes(count) = streams.read(source, &mut self.buffer) else { return false };
        let now = Time::now().micros();
        self.log.append(source, &self.buffer[..count], now);
        self.clients.log_grew(self.log.end());
        let flood = self.gather[source as usize].nap_after(count, now - self.ready_since);
        if flood && !streams.is_tty() && self.ended.is_none() {
            std::thread::sleep(NAP);
        }
        self.ready_since = Time::now().micros();
        true
    }

    /// Collects every child that ended; answers whether none is left.
    fn collect(&mut self) -> bool {
        let mut child_ended = false;
        loop {
            match rustix::process::wait(WaitOptions::NOHANG) {
                Ok(Some((pid, status))) => {
                    let pid = pid.as_raw_nonzero().get() as u32;
                    if self.child.is_some_and(|child| child.pid == pid) && self.ended.is_none() {
                        self.ended = exit_of(status).map(|exit| (exit, Time::now()));
                        child_ended = true;
                    }
                }
                Ok(None) => break,
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return true,
            }
        }
        if child_ended {
            self.happened(Event::ChildEnded, self.stop_timeout);
        }
        false
    }

    /// After the last process of the tree is gone, what is still in pipes and terminals is all there will ever be.
    fn drain(&mut self) {
        for source in Source::BOTH {
            while self.read(source) {}
        }
    }

    fn handle(&mut self, key: u64, frame: &Frame) {
        if frame.kind == frame::STDIN {
            let Some((number, bytes)) = frame.payload.split_first_chunk::<8>() else { return };
            let number = u64::from_be_bytes(*number);
            let accepted = self.stdin.accept(bytes, (key, number));
            return self.stdin_accepted(key, number, accepted);
        }
        let Ok(Request { number, ask }) = serde_json::from_slice(&frame.payload) else {
            // Someone newer wants what we do not know: say so instead of leaving them waiting.
            let number =
                serde_json::from_slice::<Numbered>(&frame.payload).map_or(0, |it| it.number);
            let message = "This process was started by an older persistproc that cannot do this.";
            let error =
                Problem::new(ErrorCode::InvalidRequest, message).hint("A restart mends that.");
            return self.clients.tell(key, &Message::Reply { number, error: Some(error) });
        };
        let outcome = match ask {
            Ask::Stop { force, timeout } => {
                self.asked |= self.ended.is_none();
                let event = if force { Event::KillAsked } else { Event::StopAsked };
                self.happened(event, timeout.duration());
                Ok(())
            }
            Ask::Signal { signal } => self.signal(signal),
            Ask::Resize { size } => self.resize(size),
            Ask::CloseStdin => {
                let accepted = self.stdin.close((key, number));
                return self.stdin_accepted(key, number, accepted);
            }
            Ask::Watch { after } => {
                self.clients.watch(key, after);
                return self.clients.log_grew(self.log.end());
            }
        };
        self.clients.tell(key, &Message::Reply { number, error: outcome.err() });
    }

    fn stdin_accepted(&mut self, key: u64, number: u64, accepted: Result<(), Problem>) {
        match accepted {
            Ok(()) => self.write_stdin(),
            Err(error) => self.clients.tell(key, &Message::Reply { number, error: Some(error) }),
        }
    }

    fn write_stdin(&mut self) {
        for ((key, number), error) in self.stdin.write() {
            self.clients.tell(key, &Message::Reply { number, error });
        }
    }

    fn resize(&self, size: persistproc_api::process::Size) -> Result<(), Problem> {
        match &self.streams {
            Some(streams) if streams.is_tty() => streams.resize(size).map_err(Problem::internal),
            _ => Err(Problem::invalid("The process has pipes, not a terminal; it has no size.")),
        }
    }

    fn signal(&self, signal: i32) -> Result<(), Problem> {
        let signal = Signal::from_named_raw(signal)
            .ok_or_else(|| Problem::invalid(format!("{signal} is not a signal of this system.")))?;
        let gone = || Problem::new(ErrorCode::NotRunning, "The process has ended.");
        let group = self.group().filter(|_| self.ended.is_none()).ok_or_else(gone)?;
        rustix::process::kill_process_group(group, signal).map_err(|_| gone())
    }

    fn group(&self) -> Option<Pid> {
        Pid::from_raw(self.child?.pid as i32)
    }

    /// Asks the table and does what it says. `timeout` is what a deadline that begins now lasts.
    fn happened(&mut self, event: Event, timeout: Duration) {
        let (next, actions) = ending::step(self.phase, event);
        self.phase = next;
        for action in actions {
            match action {
                Action::TerminateGroup => {
                    self.deadline = Some(Instant::now() + timeout);
                    if let Some(group) = self.group() {
                        // A group that is gone already is what was wanted.
                        rustix::process::kill_process_group(group, Signal::TERM).ok();
                        rustix::process::kill_process_group(group, Signal::CONT).ok();
                    }
                }
                Action::TerminateTree => self.signal_tree(Signal::TERM),
                Action::Grace => self.deadline = Some(Instant::now() + GRACE),
                Action::KillTree => {
                    self.signal_tree(Signal::KILL);
                    self.deadline = Some(Instant::now() + KILL_AGAIN);
                }
            }
        }
    }

    fn signal_tree(&self, signal: Signal) {
        for pid in tree::descendants(std::process::id()) {
            if let Some(pid) = Pid::from_raw(pid as i32) {
                // One that ended since is what was wanted.
                rustix::process::kill_process(pid, signal).ok();
            }
        }
        if !cfg!(target_os = "linux")
            && let Some(group) = self.group()
        {
            rustix::process::kill_process_group(group, signal).ok();
        }
    }
}

/// The number alone, of a request that makes no sense otherwise.
#[derive(serde::Deserialize)]
struct Numbered {
    number: u64,
}

fn exit_of(status: WaitStatus) -> Option<Exit> {
    let code = status.exit_status().map(Exit::Code);
    code.or_else(|| status.terminating_signal().map(Exit::Signal))
}

fn empty(pipe: &UnixStream) {
    let mut bytes = [0; 64];
    while io::Read::read(&mut &*pipe, &mut bytes).is_ok_and(|count| count == bytes.len()) {}
}
